//! The whole page and its state.

use super::answer::{Details, Verdict};
use super::controls::{Controls, Wish};
use super::link::Link;
use crate::protocol::{Answer, Generation, News, Order};
use crate::scenario;
use yew::prelude::*;

/// The page.
pub struct App {
    title: String,
    about: String,
    link: Option<Link>,
    generation: Generation,
    wish: Wish,
    state: State,
    /// The latest answer; it stays while the next one is worked on.
    answer: Option<Box<Answer>>,
}

/// What the worker is doing, as far as the page knows.
#[derive(Clone, PartialEq, Debug)]
pub enum State {
    /// It loads.
    Starting,
    /// It simulates: so many runs of so many.
    Running(u64, u64),
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
    Ask(Wish),
    /// Nobody wants to know any more.
    Stop,
}

impl Component for App {
    type Message = Message;
    type Properties = ();

    fn create(context: &Context<Self>) -> Self {
        let document = scenario::document();
        let words = document.as_ref().map(|document| document.scenario());
        let mut app = App {
            title: words.map_or_else(|_| "Pullstorm".to_owned(), |s| s.title.clone()),
            about: words.map_or_else(|_| String::new(), |s| s.about.clone()),
            link: None,
            generation: 0,
            wish: Wish::default(),
            state: State::Starting,
            answer: None,
        };
        app.start_worker(context);
        app
    }

    fn update(&mut self, context: &Context<Self>, message: Message) -> bool {
        match message {
            Message::News(News::Ready) => self.ask(),
            Message::News(News::Progress(generation, done, total)) => {
                if generation != self.generation {
                    return false;
                }
                self.state = State::Running(done, total);
            }
            Message::News(News::Answer(generation, answer)) => {
                if generation != self.generation {
                    return false;
                }
                self.state = State::Idle;
                self.answer = Some(answer);
            }
            Message::News(News::Failed(generation, reason)) => {
                if generation != self.generation {
                    return false;
                }
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
            Message::Ask(wish) => {
                self.wish = wish;
                if self.link.is_some() {
                    self.ask();
                } else {
                    self.start_worker(context);
                }
            }
            Message::Stop => {
                self.generation += 1;
                self.state = State::Idle;
                if let Some(link) = &self.link {
                    link.send(&Order::Stop(self.generation));
                }
            }
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let running = matches!(self.state, State::Starting | State::Running(..));
        html! {
            <>
                <header>
                    <h1>{ "Pullstorm" }</h1>
                    <p>{ "Will it throttle you, what does that cost, and which settings stop it?" }</p>
                </header>
                <main>
                    <section class="scenario">
                        <h2 id="title">{ &self.title }</h2>
                        { for self.about.split("\n\n").map(|text| html! { <p>{ text }</p> }) }
                        <Controls {running}
                            on_ask={context.link().callback(Message::Ask)}
                            on_stop={context.link().callback(|()| Message::Stop)} />
                        { self.progress() }
                    </section>
                    <div id="verdict" aria-live="polite" aria-busy={running.to_string()}>
                        { self.verdict() }
                    </div>
                    if let Some(answer) = &self.answer {
                        <div class={classes!("details", running.then_some("stale"))}>
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
        self.state = State::Starting;
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
        self.generation += 1;
        self.state = State::Running(0, 0);
        if let Some(link) = &self.link {
            link.send(&Order::Run(self.generation, self.wish.question()));
        }
    }

    /// How far it is. There is always room for it, so that nothing jumps.
    fn progress(&self) -> Html {
        match self.state {
            State::Running(done, total) if total > 0 => html! {
                <progress aria-label="Runs done" max={total.to_string()} value={done.to_string()} />
            },
            State::Starting | State::Running(..) => html! { <progress aria-label="Starting" /> },
            State::Idle | State::Failed(_) => html! { <div class="no-progress" /> },
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
                        <p>{ "Run tries again." }</p>
                    </div>
                </div>
            },
            (_, Some(answer)) => html! { <Verdict answer={(**answer).clone()} /> },
            (State::Idle, None) => html! { <p class="waiting">{ "Stopped." }</p> },
            (_, None) => html! { <p class="waiting">{ "Simulating …" }</p> },
        }
    }
}
