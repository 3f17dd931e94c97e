//! A worker: does one task after another, and tells the page how far it is.

mod answer;
mod charts;
mod compare;
mod counted;
mod kept;

use crate::protocol::{Batch, Call, News, Opened, Order, Reply, Task, Text, Trouble};
use counted::{Log, Slice};
use gloo_timers::callback::Timeout;
use js_sys::Uint8Array;
use kept::Kept;
use pullstorm_core::control::controls;
use pullstorm_core::diagnose::{Diagnosis, diagnose};
use pullstorm_core::explain::explain;
use pullstorm_core::lanes::lanes;
use pullstorm_core::replicate::run_one;
use pullstorm_core::report::{diagnosis, seconds, story_article};
use pullstorm_core::units::Span;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Begins to listen.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
    }));
    let desk = Rc::new(RefCell::new(Desk::default()));
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let bytes = Uint8Array::new(&event.data()).to_vec();
        let call: Call = postcard::from_bytes(&bytes).expect("the page sends calls");
        take(&desk, call);
    });
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    listener.forget();
    post(&News::Ready);
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Milliseconds since the worker began.
fn now() -> f64 {
    scope().performance().map_or(0.0, |clock| clock.now())
}

fn post(news: &News) {
    let bytes = postcard::to_allocvec(news).expect("news are plain data");
    if let Err(error) = scope().post_message(&Uint8Array::from(bytes.as_slice())) {
        web_sys::console::error_1(&error);
    }
}

/// What a worker has to do and what it keeps.
#[derive(Default)]
struct Desk {
    kept: Kept,
    /// Orders that take long, each with the runs made for it so far.
    long: VecDeque<(Order, Log)>,
    is_awake: bool,
}

/// Does what is short at once, and puts what takes long on the desk.
fn take(desk: &Rc<RefCell<Desk>>, call: Call) {
    let mut at = desk.borrow_mut();
    match call {
        Call::Cancel(id) => at.long.retain(|(order, _)| order.id != id),
        Call::Order(order) if order.task.is_sliced() => {
            at.long.push_back((order, Log::default()));
            if !std::mem::replace(&mut at.is_awake, true) {
                go_on(Rc::clone(desk));
            }
        }
        Call::Order(order) => {
            let reply = done(&mut at.kept, order.task);
            post(&News::Done(order.id, reply));
        }
    }
}

/// Does a slice of what takes long, once what the page has said meanwhile is done.
fn go_on(desk: Rc<RefCell<Desk>>) {
    Timeout::new(0, move || {
        let mut at = desk.borrow_mut();
        if let Some((order, log)) = at.long.pop_front() {
            match slice(&mut at.kept, &order.task, &log) {
                Some(reply) => post(&News::Done(order.id, reply)),
                None => at.long.push_front((order, log)),
            }
        }
        at.is_awake = !at.long.is_empty();
        if at.is_awake {
            go_on(Rc::clone(&desk));
        }
    })
    .forget();
}

/// The answer, unless it takes another slice.
fn slice(kept: &mut Kept, task: &Task, log: &Log) -> Option<Result<Reply, Trouble>> {
    let slice = Slice::new(log);
    let reply = match task {
        Task::HoldsTo { text, seed } => {
            answer::holds_to(kept, text, *seed, &slice).map(Reply::HoldsTo)
        }
        Task::Answer {
            question,
            text,
            seed,
        } => answer::answer(kept, *question, text, *seed, &slice)
            .map(|answered| Reply::Answered(Box::new(answered))),
        other => done(kept, other.clone()),
    };
    (!slice.is_cut()).then_some(reply)
}

fn done(kept: &mut Kept, task: Task) -> Result<Reply, Trouble> {
    Ok(match task {
        Task::Open(text) => Reply::Opened(Box::new(opened(kept, &text)?)),
        Task::Runs {
            text,
            seed,
            first,
            count,
            shelf,
        } => {
            let began = now();
            let prepared = kept.prepared(&text)?;
            let seed = seed.unwrap_or(prepared.scenario.seed);
            let runs = first..first.saturating_add(count);
            let runs = runs.map(|run| {
                let summary = run_one(prepared, seed, run);
                postcard::to_allocvec(&summary).expect("summaries are plain data")
            });
            Reply::Runs(Batch {
                shelf,
                first,
                runs: runs.collect(),
                took: now() - began,
            })
        }
        Task::Compare(task) => Reply::Compared(Box::new(compare::compare(kept, &task)?)),
        Task::First { texts, until, seed } => {
            let until = Span::from_secs(until);
            let comparison = compare::first(kept, texts, until, seed)?;
            Reply::First(seconds(until.as_secs_f64()), Box::new(comparison))
        }
        Task::Lanes { texts, seed } => {
            let mut of = |text: &Text| -> Result<_, Trouble> {
                let prepared = kept.prepared(text)?;
                Ok(lanes(prepared, seed.unwrap_or(prepared.scenario.seed), 0))
            };
            Reply::Lanes(Box::new([of(&texts[0])?, of(&texts[1])?]))
        }
        Task::Story { text, seed, entity } => {
            let prepared = kept.prepared(&text)?;
            let seed = seed.unwrap_or(prepared.scenario.seed);
            let story = explain(prepared, seed, 0, &entity).map_err(|error| error.to_string())?;
            Reply::Told(Box::new(story_article(&story)), None)
        }
        Task::Charts { texts, seed } => Reply::Charts(charts::both(kept, &texts, seed)?),
        Task::HoldsTo { .. } | Task::Answer { .. } => unreachable!("these are done in slices"),
        Task::Diagnose(text) => {
            let found = diagnose(&text);
            let scenario = match &found {
                Diagnosis::Known { finding, .. } => finding.scenario.map(str::to_owned),
                Diagnosis::Unknown(_) => None,
            };
            Reply::Told(Box::new(diagnosis(&found)), scenario)
        }
    })
}

fn opened(kept: &mut Kept, text: &Text) -> Result<Opened, Trouble> {
    let document = kept.document(text)?;
    let scenario = document.scenario();
    let variants = document.variants().iter();
    Ok(Opened {
        name: scenario.name.clone(),
        title: match scenario.title.is_empty() {
            true => scenario.name.clone(),
            false => scenario.title.clone(),
        },
        about: scenario.about.clone(),
        seed: scenario.seed,
        controls: controls(document),
        variants: variants
            .map(|variant| {
                let (name, about) = (variant.name.clone(), variant.about.clone());
                (name, about, variant.overrides.clone())
            })
            .collect(),
    })
}
