//! The worker: takes orders, simulates in slices, tells the page how far it is.
//!
//! It stays able to hear the page: it works for [`SLICE_MS`], then lets the next message in.

mod study;

use crate::protocol::{Generation, News, Order, Question};
use gloo_timers::future::TimeoutFuture;
use std::sync::atomic::{AtomicU32, Ordering};
use study::{Step, Study};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// How long it works before it listens.
const SLICE_MS: f64 = 30.0;

/// What the page wants now. A worker is one thread; the panic hook has to reach this too.
static WANTED: AtomicU32 = AtomicU32::new(0);

/// Begins to listen.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        let generation = WANTED.load(Ordering::Relaxed);
        post(&News::Failed(generation, panic.to_string()));
        web_sys::console::error_1(&panic.to_string().into());
    }));
    let listener = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        let text = event.data().as_string().unwrap_or_default();
        match serde_json::from_str(&text) {
            Ok(Order::Run(generation, question)) => {
                WANTED.store(generation, Ordering::Relaxed);
                wasm_bindgen_futures::spawn_local(answer(generation, question));
            }
            Ok(Order::Stop(generation)) => WANTED.store(generation, Ordering::Relaxed),
            Err(error) => panic!("the page sent no order: {error}"),
        }
    });
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    listener.forget();
    post(&News::Ready);
}

async fn answer(generation: Generation, question: Question) {
    let clock = scope().performance().expect("workers have a clock");
    let mut study = match Study::new(&question) {
        Ok(study) => study,
        Err(reason) => return post(&News::Failed(generation, reason)),
    };
    while WANTED.load(Ordering::Relaxed) == generation {
        let begin = clock.now();
        while clock.now() - begin < SLICE_MS {
            if let Step::Finished(answer) = study.advance() {
                return post(&News::Answer(generation, answer));
            }
        }
        let (done, total) = study.progress();
        post(&News::Progress(generation, done, total));
        TimeoutFuture::new(0).await;
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn post(news: &News) {
    if let Err(error) = scope().post_message(&news.to_text().into()) {
        web_sys::console::error_1(&error);
    }
}
