//! The whole page: its state, and who is asked what.

use super::about::about;
use super::answers::Answers;
use super::assumptions::Assumptions;
use super::charts::Charts;
use super::column::Columns;
use super::control::ControlRow;
use super::editor::Editor;
use super::error::ErrorBox;
use super::gallery::Gallery;
use super::guide::{Guide, story_of};
use super::herd::Herd;
use super::paste::{Given, Paste};
use super::settings::Settings;
use super::share::Share;
use super::tabs::{Tab, Tabs};
use super::toolbar::{Tool, Toolbar};
use super::verdict::Verdict;
use crate::pool::{Answer, Event, Pool, Study, Topic};
use crate::protocol::{
    Answered, Comparison, News, Opened, Picture, Question, Reply, Task, Trouble,
};
use crate::state::{self, Experiment, History};
use pullstorm_core::control::Control;
use pullstorm_core::lanes::Lanes;
use pullstorm_core::report::{Article, number};
use pullstorm_core::yaml::{BYTES_MAX, Node, Path};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use yew::prelude::*;

/// What the page shows first.
const FIRST: &str = "circleci-ecr-fanout";

/// As many controls as matter at first sight.
const CONTROLS: usize = 5;

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
    lanes: Option<Rc<[Lanes; 2]>>,
    holds_to: [Option<AttrValue>; 2],
    trouble: Option<Trouble>,
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
    is_kept: bool,
    _keys: Option<Closure<dyn Fn(web_sys::KeyboardEvent)>>,
}

/// What can happen to the page.
pub enum Message {
    /// A worker said something, or died.
    Heard(Event),
    /// An incident of the gallery was chosen.
    Choose(String),
    /// A text was pasted or dropped.
    Text(Given),
    /// A control was turned: path, value, and whether it still moves.
    Set(String, String, bool),
    /// A tool was used.
    Tool(Tool),
    /// Another tab was chosen.
    Tab(Tab),
    /// A question was asked.
    Ask(Question),
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
    /// An experiment of the past was chosen, by its fragment.
    Open(String),
    /// A box was closed.
    Close,
}

impl Component for App {
    type Message = Message;
    type Properties = ();

    fn create(context: &Context<Self>) -> Self {
        let (first, notice) = first();
        if let Some(name) = state::file_in_address() {
            let on_text = context
                .link()
                .callback(|(name, text)| Message::Text(Given::whole(name, text)));
            state::fetch_file(name, on_text);
        }
        let mut app = App {
            pool: None,
            study: Study::default(),
            history: History::new(first),
            opened: [None, None],
            comparison: None,
            is_fresh: false,
            lanes: None,
            holds_to: [None, None],
            trouble: None,
            told: None,
            notice,
            tab: Tab::Pictures,
            charts: None,
            answer: None,
            asked: None,
            story: (AttrValue::default(), None),
            step: None,
            is_kept: true,
            _keys: listen_to_keys(context.link().callback(Message::Tool)),
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
                    Err(why) => self.trouble = Some(why.into()),
                }
                if !moving {
                    self.history.settle();
                }
            }
            Message::Tool(tool) => {
                let before = self.history.now().today.clone();
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
                    self.begin(before != self.history.now().today);
                }
            }
            Message::Tab(tab) => {
                self.tab = tab;
                self.ask_charts();
            }
            Message::Ask(question) => self.ask(question),
            Message::Apply(sets) => match self.history.now().reset().with(&sets) {
                Ok(changed) => {
                    self.history.change(changed, None);
                    self.begin(false);
                }
                Err(why) => self.trouble = Some(why.into()),
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
                    return false;
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
            Message::Open(fragment) => match state::decode(&fragment) {
                Ok(experiment) => self.show(experiment),
                Err(bad) => self.notice = Some(bad.words().into()),
            },
            Message::Close => {
                self.trouble = None;
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
                            <ErrorBox trouble={trouble.clone()}
                                on_undo={link.callback(|()| Message::Tool(Tool::Undo))}
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

impl App {
    fn head(&self, context: &Context<Self>) -> Html {
        let steps = story_of(&self.history.now().name);
        let today = self.opened[0].as_ref();
        let name = &self.history.now().name;
        let title = today.map(|opened| opened.title.as_str());
        let title = title.unwrap_or(name);
        html! {
            <div class="story">
                if !steps.is_empty() && self.step.is_none() {
                    <Guide {steps} at={None} on_go={context.link().callback(Message::Guide)} />
                }
                <h2 id="title">{ title }</h2>
                if let Some(opened) = today {
                    { about(&opened.about) }
                }
                if !steps.is_empty() && self.step.is_some() {
                    <Guide {steps} at={self.step}
                        on_go={context.link().callback(Message::Guide)} />
                }
            </div>
        }
    }

    /// What the chosen tab shows.
    fn panel(&self, context: &Context<Self>, comparison: &Rc<Comparison>) -> Html {
        let link = context.link();
        let experiment = self.history.now();
        match self.tab {
            Tab::Pictures => {
                let story = self
                    .story
                    .1
                    .clone()
                    .map(|story| (self.story.0.clone(), story));
                let credits = [0, 1].map(|at| comparison.columns[at].credits.clone());
                html! {
                    <>
                        if let Some(lanes) = &self.lanes {
                            <Herd lanes={lanes.clone()} {credits} {story}
                                on_story={link.callback(|(at, name)| Message::Story(at, name))} />
                        }
                        if let Some(pictures) = &self.charts {
                            <Charts pictures={pictures.clone()} />
                        } else {
                            <p class="waiting">{ "Drawing …" }</p>
                        }
                    </>
                }
            }
            Tab::Answers => html! {
                <Answers answer={self.answer.clone()} asked={self.asked}
                    why={[0, 1].map(|at| comparison.columns[at].why.clone())}
                    on_ask={link.callback(Message::Ask)}
                    on_apply={link.callback(Message::Apply)} />
            },
            Tab::Settings => {
                let on_set =
                    link.callback(|(path, value, moving)| Message::Set(path, value, moving));
                html! { <Settings controls={self.all_controls()} {on_set} /> }
            }
            Tab::Scenario => html! {
                <Editor yaml={experiment.what_if.clone()} trouble={self.trouble.clone()}
                    is_unchanged={experiment.is_unchanged()}
                    on_edit={link.callback(Message::Edit)}
                    on_adopt={link.callback(|()| Message::Adopt)} />
            },
            Tab::Share => html! {
                <Share experiment={experiment.clone()} exports={comparison.exports.clone()}
                    is_kept={self.is_kept}
                    recent={state::recent::list()} on_open={link.callback(Message::Open)} />
            },
        }
    }

    fn body(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let Some(comparison) = &self.comparison else {
            return html! { <p class="waiting">{ "Simulating …" }</p> };
        };
        let progress = (!self.study.is_final()).then(|| self.study.progress());
        let experiment = self.history.now();
        html! {
            <>
                <Verdict column={comparison.columns[0].clone()} yours={self.yours()} />
                <div class="turning">
                    <section class="controls" aria-label="What matters most">
                        { self.controls(context) }
                        <Toolbar can={self.history.can()} is_unchanged={experiment.is_unchanged()}
                            {progress} runs={Some(comparison.columns[0].runs)}
                            on={link.callback(Message::Tool)} />
                    </section>
                    <Columns comparison={comparison.clone()} lanes={self.lanes.clone()}
                        holds_to={self.holds_to.clone()} is_stale={!self.is_fresh}
                        is_unchanged={experiment.is_unchanged()} />
                </div>
                <Assumptions column={comparison.columns[0].clone()} />
                <footer class="digest">
                    <span>{ "Digest of today" }</span>
                    <code id="digest">{ &comparison.columns[0].digest }</code>
                    <span>{ "what if" }</span>
                    <code id="digest-what-if">{ &comparison.columns[1].digest }</code>
                    <span>{ "the same as from" }</span>
                    <code id="command">{ experiment.command() }</code>
                </footer>
            </>
        }
    }

    fn controls(&self, context: &Context<Self>) -> Html {
        let on_set = context
            .link()
            .callback(|(path, value, moving)| Message::Set(path, value, moving));
        let rows = self.all_controls().into_iter().take(CONTROLS);
        let rows = rows.map(|(control, today, value)| {
            let key = control.path.clone();
            html! {
                <ControlRow {key} {control} {today} {value}
                    on_set={on_set.clone()} />
            }
        });
        rows.collect()
    }

    /// What can be turned, with its values of *today* and *what if*. What matters most is said by
    /// *today*, so that rows do not change their places; what else there is, by *what if*.
    fn all_controls(&self) -> Vec<(Control, AttrValue, AttrValue)> {
        let [Some(today), what_if] = &self.opened else {
            return Vec::new();
        };
        let experiment = self.history.now();
        let trees = [&experiment.today, &experiment.what_if].map(|yaml| state::tree(yaml));
        let what_if = what_if.as_ref().map_or(&[][..], |opened| &opened.controls);
        let known = |path: &str| today.controls.iter().any(|control| control.path == path);
        let others = what_if.iter().filter(|control| !known(&control.path));
        let all = today.controls.iter().chain(others);
        all.map(|control| {
            let [today, value] = [0, 1].map(|at| value_in(trees[at].as_ref(), control));
            (control.clone(), today, value)
        })
        .collect()
    }

    /// What of the scenario is the reader's to change: levers of the first controls that are.
    fn yours(&self) -> Option<AttrValue> {
        let opened = self.opened[0].as_ref()?;
        let yours = opened
            .controls
            .iter()
            .take(2 * CONTROLS)
            .filter_map(|control| {
                let lever = control.lever.as_deref()?.strip_prefix("you: ")?;
                let (does, _) = lever.rsplit_once(" (")?;
                Some(does.to_owned())
            });
        let mut yours: Vec<String> = yours.collect();
        yours.dedup();
        yours.truncate(3);
        (!yours.is_empty()).then(|| format!("Yours to change: {}.", yours.join("; ")).into())
    }

    /// Shows another experiment.
    fn show(&mut self, experiment: Experiment) {
        self.history.change(experiment, None);
        self.begin(true);
    }

    /// Asks anew after the experiment has changed.
    fn begin(&mut self, is_other: bool) {
        let Some(pool) = &mut self.pool else {
            return;
        };
        let experiment = self.history.now();
        pool.drop_topics(|topic| match topic {
            Topic::Today => is_other,
            Topic::HoldsTo(0) => is_other,
            Topic::WhatIf | Topic::HoldsTo(_) | Topic::Lanes | Topic::Charts => true,
            Topic::Answer => is_other,
            _ => false,
        });
        self.trouble = None;
        self.is_fresh = false;
        self.holds_to[1] = None;
        self.story.1 = None;
        if is_other {
            self.holds_to[0] = None;
            self.lanes = None;
            self.charts = None;
            self.answer = None;
            self.asked = None;
            let steps = story_of(&self.history.now().name);
            self.step = self.step.filter(|_| !steps.is_empty());
            self.opened = [None, None];
        }
        self.study.begin(experiment, pool);
        let [today, what_if] = experiment.texts();
        if is_other {
            pool.ask(Topic::Today, Task::Open(today));
        }
        if !experiment.is_unchanged() {
            pool.ask(Topic::WhatIf, Task::Open(what_if));
        } else {
            self.opened[1] = None;
        }
    }

    /// Takes an answer in.
    fn take(&mut self, answer: Answer) {
        let Some(pool) = &mut self.pool else {
            return;
        };
        let is_present = match &answer.topic {
            topic @ Topic::Study(_) => *topic == self.study.topic(),
            _ => true,
        };
        match (answer.topic, answer.reply) {
            (_, Ok(Reply::Runs(batch))) => self.study.take(batch, pool),
            (Topic::Study(_), Ok(Reply::Compared(comparison))) if is_present => {
                self.study.judged(&comparison, pool);
                let is_first = !self.is_fresh;
                self.comparison = Some(Rc::from(comparison));
                self.is_fresh = true;
                if is_first {
                    self.ask_lanes();
                }
                if self.study.is_final() {
                    self.finished();
                }
            }
            (Topic::Today, Ok(Reply::Opened(opened))) => self.opened[0] = Some(Rc::from(opened)),
            (Topic::WhatIf, Ok(Reply::Opened(opened))) => self.opened[1] = Some(Rc::from(opened)),
            (Topic::HoldsTo(at), Ok(Reply::HoldsTo(found))) => {
                let text = found.unwrap_or_else(|| "no load named".to_owned());
                self.holds_to[at] = Some(text.into());
                if self.history.now().is_unchanged() {
                    self.holds_to[1] = self.holds_to[0].clone();
                }
            }
            (Topic::Lanes, Ok(Reply::Lanes(lanes))) => self.lanes = Some(Rc::from(lanes)),
            (Topic::Diagnosis, Ok(Reply::Told(article, scenario))) => {
                self.told = Some((Rc::from(article), scenario));
            }
            (Topic::Story, Ok(Reply::Told(article, _))) => self.story.1 = Some(Rc::from(article)),
            (Topic::Charts, Ok(Reply::Charts(charts))) => self.charts = Some(Rc::new(charts)),
            (Topic::Answer, Ok(Reply::Answered(answered))) => {
                if let Some((question, _)) = self.asked.take() {
                    self.answer = Some((question, Rc::from(answered)));
                }
            }
            (Topic::Answer, Err(trouble)) => {
                self.asked = None;
                self.trouble = Some(trouble);
            }
            // What the column cannot say is not said; what cannot be simulated is.
            (topic, Err(trouble)) if is_present && !matches!(topic, Topic::HoldsTo(_)) => {
                self.trouble = Some(trouble);
            }
            _ => {}
        }
    }

    /// Asks a question of *today*.
    fn ask(&mut self, question: Question) {
        let experiment = self.history.now();
        let [text, _] = experiment.texts();
        let seed = experiment.seed;
        if let Some(pool) = &mut self.pool {
            pool.drop_topics(|topic| *topic == Topic::Answer);
            self.asked = Some((question, 0));
            let task = Task::Answer {
                question,
                text,
                seed,
            };
            pool.ask(Topic::Answer, task);
        }
    }

    /// Asks for charts where they are seen and not there.
    fn ask_charts(&mut self) {
        let is_seen = self.tab == Tab::Pictures && self.study.is_final();
        let experiment = self.history.now();
        let (texts, seed) = (experiment.texts(), experiment.seed);
        if let Some(pool) = self.pool.as_mut().filter(|_| is_seen) {
            pool.drop_topics(|topic| *topic == Topic::Charts);
            pool.ask(Topic::Charts, Task::Charts { texts, seed });
        }
    }

    /// Tells a step of the guided story.
    fn guide(&mut self, step: Option<usize>) {
        self.step = step;
        let now = self.history.now();
        let Some(step) = step.and_then(|step| story_of(&now.name).get(step)) else {
            return;
        };
        let sets = step.sets.iter();
        let sets: Vec<_> = sets
            .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
            .collect();
        if let Ok(changed) = now.reset().with(&sets) {
            self.history.change(changed, None);
            self.begin(false);
        }
    }

    fn ask_lanes(&mut self) {
        let experiment = self.history.now();
        let (texts, seed) = (experiment.texts(), experiment.seed);
        if let Some(pool) = &mut self.pool {
            pool.drop_topics(|topic| *topic == Topic::Lanes);
            pool.ask(Topic::Lanes, Task::Lanes { texts, seed });
        }
    }

    /// All runs are made and judged.
    fn finished(&mut self) {
        let experiment = self.history.now();
        let seed = experiment.seed;
        let is_unchanged = experiment.is_unchanged();
        let [today, what_if] = experiment.texts();
        self.is_kept = state::recent::keep(experiment);
        state::show_in_address(experiment);
        let Some(pool) = &mut self.pool else {
            return;
        };
        let mut ask = |at: usize, text| {
            let topic = Topic::HoldsTo(at);
            if self.holds_to[at].is_none() && !pool.is_asked(&topic) {
                pool.ask(topic, Task::HoldsTo { text, seed });
            }
        };
        ask(0, today);
        if !is_unchanged {
            ask(1, what_if);
        } else {
            self.holds_to[1] = self.holds_to[0].clone();
        }
        self.ask_charts();
    }

    /// A text that was pasted or dropped: a scenario, or an error.
    fn read(&mut self, given: Given) {
        let Given { name, text, of } = given;
        self.notice = of.map(|bytes| {
            let all = number((bytes / 1e5).ceil() / 10.0);
            format!("Of {name} ({all} MB) only the last MB was read.").into()
        });
        if text.len() > BYTES_MAX {
            let words = format!("{name} has more than {} kB", BYTES_MAX / 1_000);
            self.trouble = Some(words.into());
            return;
        }
        let is_scenario = text.lines().any(|line| line.starts_with("pullstorm:"));
        if is_scenario {
            self.told = None;
            self.show(Experiment::of(&name, &text));
        } else if let Some(pool) = &mut self.pool {
            pool.ask(Topic::Diagnosis, Task::Diagnose(text));
        }
    }
}

/// The experiment of the address, or the first incident and what is wrong with the address.
fn first() -> (Experiment, Option<AttrValue>) {
    let incident = || Experiment::incident(FIRST).expect("it is built in");
    let hash = web_sys::window().and_then(|window| window.location().hash().ok());
    let hash = hash.unwrap_or_default();
    let fragment = hash.trim_start_matches('#');
    if fragment.is_empty() || state::file_in_address().is_some() {
        return (incident(), None);
    }
    match state::decode(fragment) {
        Ok(experiment) => (experiment, None),
        Err(bad) => {
            let words = format!("{} Here is the first incident instead.", bad.words());
            (incident(), Some(words.into()))
        }
    }
}

/// What a control stands at in a text.
fn value_in(tree: Option<&Node>, control: &Control) -> AttrValue {
    let path = Path::parse(&control.path).ok();
    let node = tree
        .zip(path.as_ref())
        .and_then(|(tree, path)| tree.at(path));
    let value = node.map(Node::to_flow).or_else(|| control.default.clone());
    value.unwrap_or_default().into()
}

/// Undo and redo by key, except where text is typed.
fn listen_to_keys(on_tool: Callback<Tool>) -> Option<Closure<dyn Fn(web_sys::KeyboardEvent)>> {
    let listener =
        Closure::<dyn Fn(web_sys::KeyboardEvent)>::new(move |event: web_sys::KeyboardEvent| {
            let is_command = event.ctrl_key() || event.meta_key();
            let target = event
                .target()
                .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
            let is_text = target.is_some_and(|element| {
                let kind = element.get_attribute("type").unwrap_or_default();
                element.tag_name() == "TEXTAREA"
                    || (element.tag_name() == "INPUT" && kind != "range")
            });
            if !is_command || is_text {
                return;
            }
            let tool = match (event.key().to_lowercase().as_str(), event.shift_key()) {
                ("z", false) => Tool::Undo,
                ("z", true) | ("y", _) => Tool::Redo,
                _ => return,
            };
            event.prevent_default();
            on_tool.emit(tool);
        });
    let document = web_sys::window()?.document()?;
    let function = listener.as_ref().unchecked_ref();
    document
        .add_event_listener_with_callback("keydown", function)
        .ok()?;
    Some(listener)
}
