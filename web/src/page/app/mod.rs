//! The whole page: its state, and who is asked what.

mod asking;
mod first;
mod outside;
mod view;

use super::error::ErrorBox;
use super::gallery::Gallery;
use super::paste::{Given, Paste};
use super::tabs::Tabs;
use super::toolbar::Tool;
use crate::pool::{Event, Pool, Study, Topic};
use crate::protocol::{Answered, Comparison, News, Opened, Picture, Question, Task, Trouble};
use crate::state::recent::Kept;
use crate::state::{self, Experiment, History, Tab};
use pullstorm_core::lanes::Lanes;
use pullstorm_core::report::Article;
use pullstorm_core::yaml::BYTES_MAX;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use yew::prelude::*;

/// The page.
pub struct App {
    pool: Option<Pool>,
    study: Study,
    history: History<Experiment>,
    /// What *today* is, and what of *what if* can be turned.
    opened: [Option<Rc<Opened>>; 2],
    comparison: Option<Rc<Comparison>>,
    /// Whether the comparison is of what is shown.
    is_fresh: bool,
    /// Until there is one: that of the first part of a run, and how long that is.
    first: Option<(Rc<Comparison>, AttrValue)>,
    lanes: Option<Rc<[Lanes; 2]>>,
    holds_to: [Option<AttrValue>; 2],
    /// Why what is shown cannot be simulated.
    trouble: Option<Trouble>,
    /// Why something was not done; nothing has changed.
    refused: Option<Trouble>,
    told: Option<(Rc<Article>, Option<String>)>,
    notice: Option<AttrValue>,
    tab: Tab,
    charts: Option<Rc<Vec<Picture>>>,
    answer: Option<(Question, Rc<Answered>)>,
    /// The question that is worked on, and the runs it has taken.
    asked: Option<(Question, u64)>,
    /// Of whom a story was asked, and it.
    story: (AttrValue, Option<Rc<Article>>),
    /// The step of the guided story.
    step: Option<usize>,
    /// Whether the browser kept the last experiment that was answered.
    kept: Kept,
    _keys: Option<Closure<dyn Fn(web_sys::KeyboardEvent)>>,
    _address: Option<Closure<dyn Fn()>>,
}

/// What can happen to the page.
pub enum Message {
    /// A worker said something, or died.
    Heard(Event),
    /// An incident of the gallery was chosen.
    Choose(String),
    /// A text was pasted or dropped.
    Text(Given),
    /// A file of this name cannot be read.
    Unread(String),
    /// A control was turned: path, value, and whether it still moves.
    Set(String, String, bool),
    /// Seed and number of runs were chosen, in place of the scenario's.
    Draw(Option<u64>, Option<u32>),
    /// A tool was used.
    Tool(Tool),
    /// Another tab was chosen.
    Tab(Tab),
    /// A question was asked.
    Ask(Question),
    /// Its answer is not wanted any more.
    Stop,
    /// Values are to be put into *what if*, which is as *today* otherwise.
    Apply(Vec<(String, String)>),
    /// The story of an entity of a column was asked for.
    Story(usize, String),
    /// *What if* was edited as text.
    Edit(String),
    /// *Today* is to be as *what if*.
    Adopt,
    /// To a step of the guided story; none ends it.
    Guide(Option<usize>),
    /// An experiment of the past was chosen, or put into the address, by its fragment.
    Open(String),
    /// A box was closed.
    Close,
}

impl Component for App {
    type Message = Message;
    type Properties = ();

    fn create(context: &Context<Self>) -> Self {
        let (first, tab, notice) = outside::first();
        if let Some(name) = state::file_in_address() {
            let on_text = context.link().callback(|(name, text)| match text {
                Some(text) => Message::Text(Given::whole(name, text)),
                None => Message::Unread(name),
            });
            state::fetch_file(name, on_text);
        }
        let mut app = App {
            pool: None,
            study: Study::default(),
            history: History::new(first),
            opened: [None, None],
            comparison: None,
            is_fresh: false,
            first: None,
            lanes: None,
            holds_to: [None, None],
            trouble: None,
            refused: None,
            told: None,
            notice,
            tab,
            charts: None,
            answer: None,
            asked: None,
            story: (AttrValue::default(), None),
            step: None,
            kept: Kept::Yes,
            _keys: outside::listen_to_keys(context.link().callback(Message::Tool)),
            _address: outside::listen_to_address(context.link().callback(Message::Open)),
        };
        match Pool::start(context.link().callback(Message::Heard)) {
            Ok(pool) => {
                app.pool = Some(pool);
                app.begin(true);
            }
            Err(why) => app.trouble = Some(why.into()),
        }
        app
    }

    fn update(&mut self, _: &Context<Self>, message: Message) -> bool {
        match message {
            Message::Heard(event) => {
                if let (Event::News(_, News::Progress(runs)), Some((_, done))) =
                    (&event, &mut self.asked)
                {
                    *done = *runs;
                    return true;
                }
                let died = match &event {
                    Event::Died(_, why) => Some(why.clone()),
                    _ => None,
                };
                let heard = self.pool.as_mut().map(|pool| pool.hear(event));
                let is_given_up = matches!(&heard, Some(Ok(Some(_))));
                if let Some(why) = died
                    && !is_given_up
                {
                    let words = format!(
                        "A worker ended ({why}). Another one takes its place, and what it did is \
                         done again."
                    );
                    self.notice = Some(words.into());
                }
                match heard {
                    Some(Ok(Some(answer))) => self.take(answer),
                    Some(Ok(None)) | None => {}
                    Some(Err(why)) => {
                        self.pool = None;
                        self.notice = None;
                        let words = format!("The simulation does not start: {why}");
                        self.trouble = Some(words.into());
                    }
                }
            }
            Message::Choose(name) => {
                self.notice = None;
                if let Some(experiment) = Experiment::incident(&name) {
                    self.told = None;
                    self.show(experiment);
                }
            }
            Message::Text(file) => self.read(file),
            Message::Unread(name) => {
                self.refused = Some(format!("{name} cannot be read.").into());
            }
            Message::Set(path, value, moving) => {
                let now = self.history.now();
                match now.with(&[(path.clone(), value)]) {
                    Ok(changed) => {
                        let is_new = changed != *now;
                        self.history.change(changed, Some(&path));
                        if is_new {
                            self.begin(false);
                        }
                    }
                    Err(why) => self.refused = Some(why.into()),
                }
                if !moving {
                    self.history.settle();
                }
            }
            Message::Draw(seed, runs) => {
                let now = self.history.now();
                let changed = Experiment {
                    seed,
                    runs,
                    ..now.clone()
                };
                if changed != *now {
                    self.history.change(changed, None);
                    self.begin(true);
                }
            }
            Message::Tool(tool) => {
                let of_today = |it: &Experiment| (it.today.clone(), it.seed, it.runs);
                let before = of_today(self.history.now());
                let changed = match tool {
                    Tool::Undo => self.history.undo(),
                    Tool::Redo => self.history.redo(),
                    Tool::Reset => {
                        let reset = self.history.now().reset();
                        self.history.change(reset, None);
                        true
                    }
                };
                if changed {
                    self.begin(before != of_today(self.history.now()));
                }
            }
            Message::Tab(tab) => {
                self.tab = tab;
                if self.study.is_final() {
                    state::show_in_address(self.history.now(), tab);
                }
                self.ask_charts();
            }
            Message::Ask(question) => self.ask(question),
            Message::Stop => {
                self.asked = None;
                if let Some(pool) = &mut self.pool {
                    pool.drop_topics(|topic| *topic == Topic::Answer);
                }
            }
            Message::Apply(sets) => match self.history.now().reset().with(&sets) {
                Ok(changed) => {
                    self.history.change(changed, None);
                    self.begin(false);
                }
                Err(why) => self.refused = Some(why.into()),
            },
            Message::Story(at, entity) => {
                let now = self.history.now();
                let text = now.texts()[at].clone();
                let seed = now.seed;
                self.story = (entity.clone().into(), None);
                if let Some(pool) = &mut self.pool {
                    pool.drop_topics(|topic| *topic == Topic::Story);
                    pool.ask(Topic::Story, Task::Story { text, seed, entity });
                }
            }
            Message::Edit(yaml) => {
                if yaml.len() > BYTES_MAX {
                    let words = format!("A scenario has at most {} kB.", BYTES_MAX / 1_000);
                    self.refused = Some(words.into());
                    return true;
                }
                let changed = Experiment {
                    what_if: yaml,
                    ..self.history.now().clone()
                };
                self.history.change(changed, Some("editor"));
                self.begin(false);
            }
            Message::Adopt => {
                let now = self.history.now();
                let adopted = Experiment {
                    today: now.what_if.clone(),
                    ..now.clone()
                };
                self.show(adopted);
            }
            Message::Guide(step) => self.guide(step),
            Message::Open(fragment) => self.open(&fragment),
            Message::Close => {
                self.trouble = None;
                self.refused = None;
                self.told = None;
                self.notice = None;
            }
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let experiment = self.history.now();
        let is_waiting = !self.study.is_final() || self.opened[0].is_none();
        let is_busy = is_waiting && self.trouble.is_none();
        html! {
            <>
                <header class="bar">
                    <h1>{ "Pullstorm" }</h1>
                    <p>{ "Will it throttle you, what does that cost, and which settings stop it?" }</p>
                    <p class="local">{ "Nothing leaves this page." }</p>
                </header>
                <main class="first">
                    <aside>
                        <Paste told={self.told.clone()}
                            on_text={link.callback(Message::Text)}
                            on_unread={link.callback(Message::Unread)}
                            on_choose={link.callback(Message::Choose)}
                            on_close={link.callback(|()| Message::Close)} />
                        <Gallery chosen={experiment.name.clone()}
                            on_choose={link.callback(|name: &str| Message::Choose(name.to_owned()))} />
                    </aside>
                    <section class="study" aria-labelledby="title"
                        id="study" aria-busy={is_busy.to_string()}>
                        { self.head(context) }
                        if let Some(notice) = &self.notice {
                            <p class="notice" role="status" id="notice">{ notice }</p>
                        }
                        if let Some(trouble) = &self.trouble {
                            <ErrorBox trouble={trouble.clone()} is_of_experiment={true}
                                on_undo={link.callback(|()| Message::Tool(Tool::Undo))}
                                on_close={link.callback(|()| Message::Close)} />
                        } else if let Some(refused) = &self.refused {
                            <ErrorBox trouble={refused.clone()} is_of_experiment={false}
                                on_undo={Callback::noop()}
                                on_close={link.callback(|()| Message::Close)} />
                        }
                        { self.body(context) }
                    </section>
                </main>
                if let Some(comparison) = &self.comparison {
                    <Tabs tab={self.tab} on_choose={link.callback(Message::Tab)}>
                        { self.panel(context, comparison) }
                    </Tabs>
                }
            </>
        }
    }
}
