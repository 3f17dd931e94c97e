//! The whole page and its state.

use super::about::about;
use super::answer::{Details, Verdict};
use super::controls::Controls;
use super::link::Link;
use crate::protocol::{Answer, News, Question};
use crate::scenario;
use yew::prelude::*;

/// The page.
pub struct App {
    title: String,
    about: String,
    link: Option<Link>,
    question: Question,
    state: State,
    /// The latest answer; it stays while the next one is worked on.
    answer: Option<Box<Answer>>,
}

/// What the worker is doing, as far as the page knows.
#[derive(Clone, PartialEq, Debug)]
enum State {
    /// It loads, or simulates: so many runs are done.
    Working(u64),
    /// Nothing.
    Idle,
    /// It could not answer, or died.
    Failed(String),
}

/// What can happen to the page.
pub enum Message {
    /// The worker said something.
    News(News),
    /// The worker ended by itself.
    Died(String),
    /// Somebody asks.
    Ask(Question),
    /// Nobody wants to know any more.
    Stop,
}

impl Component for App {
    type Message = Message;
    type Properties = ();

    fn create(context: &Context<Self>) -> Self {
        let mut app = App {
            title: "Pullstorm".to_owned(),
            about: String::new(),
            link: None,
            question: Question::default(),
            state: State::Idle,
            answer: None,
        };
        match scenario::document() {
            Ok(document) => {
                app.title.clone_from(&document.scenario().title);
                app.about.clone_from(&document.scenario().about);
                app.start_worker(context);
            }
            Err(problems) => app.state = State::Failed(problems),
        }
        app
    }

    fn update(&mut self, context: &Context<Self>, message: Message) -> bool {
        match message {
            Message::News(News::Ready) => self.ask(),
            Message::News(News::Progress(done)) => self.state = State::Working(done),
            Message::News(News::Answer(answer)) => {
                self.state = State::Idle;
                self.answer = Some(answer);
            }
            Message::News(News::Failed(reason)) => {
                self.state = State::Failed(reason);
                self.answer = None;
            }
            Message::Died(reason) => {
                // Its panic has come as news already, where it had words.
                if !matches!(self.state, State::Failed(_)) {
                    self.state = State::Failed(reason);
                }
                self.link = None;
            }
            Message::Ask(question) => {
                self.question = question;
                if self.link.is_some() {
                    self.ask();
                } else {
                    self.start_worker(context);
                }
            }
            Message::Stop => {
                self.link = None;
                self.state = State::Idle;
            }
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let working = matches!(self.state, State::Working(_));
        html! {
            <>
                <header>
                    <h1>{ "Pullstorm" }</h1>
                    <p>{ "Will it throttle you, what does that cost, and which settings stop it?" }</p>
                </header>
                <main>
                    <section class="scenario">
                        <h2 id="title">{ &self.title }</h2>
                        { about(&self.about) }
                        <Controls {working}
                            on_ask={context.link().callback(Message::Ask)}
                            on_stop={context.link().callback(|()| Message::Stop)} />
                        { self.progress() }
                    </section>
                    <div id="verdict" aria-live="polite" aria-busy={working.to_string()}>
                        { self.verdict() }
                    </div>
                    if let Some(answer) = &self.answer {
                        <div class={classes!("details", working.then_some("stale"))}>
                            <Details answer={(**answer).clone()} />
                        </div>
                    }
                </main>
            </>
        }
    }
}

impl App {
    /// Starts a worker; it is asked as soon as it listens.
    fn start_worker(&mut self, context: &Context<Self>) {
        self.state = State::Working(0);
        let link = Link::start(
            context.link().callback(Message::News),
            context.link().callback(Message::Died),
        );
        match link {
            Ok(link) => self.link = Some(link),
            Err(reason) => self.state = State::Failed(reason),
        }
    }

    fn ask(&mut self) {
        self.state = State::Working(0);
        if let Some(link) = &self.link {
            link.ask(&self.question);
        }
    }

    /// How far it is. There is always room for it, so that nothing jumps. How many runs there will
    /// be depends on what they find.
    fn progress(&self) -> Html {
        match self.state {
            State::Working(done) => html! {
                <div class="progress">
                    <progress aria-label="Simulating" />
                    <span id="runs-done">{ format!("{done} runs") }</span>
                </div>
            },
            State::Idle | State::Failed(_) => html! { <div class="progress" /> },
        }
    }

    fn verdict(&self) -> Html {
        match (&self.state, &self.answer) {
            (State::Failed(reason), _) => html! {
                <div class="verdict error" role="alert">
                    <span class="sign" aria-hidden="true">{ "!" }</span>
                    <div>
                        <strong>{ "No answer" }</strong>
                        <pre id="error">{ reason }</pre>
                    </div>
                </div>
            },
            (_, Some(answer)) => html! { <Verdict article={answer.article.clone()} /> },
            (State::Idle, None) => html! { <p class="waiting">{ "Stopped." }</p> },
            (State::Working(_), None) => html! { <p class="waiting">{ "Simulating …" }</p> },
        }
    }
}
