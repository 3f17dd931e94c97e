//! The worker: answers questions, and tells the page how far it is.

mod pictures;
mod study;

use crate::protocol::News;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Begins to listen.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        post(&News::Failed(panic.to_string()));
        web_sys::console::error_1(&panic.to_string().into());
    }));
    let listener = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        let text = event.data().as_string().unwrap_or_default();
        let news = match serde_json::from_str(&text) {
            Ok(question) => study::answer(&question).map_or_else(News::Failed, News::Answer),
            Err(error) => News::Failed(format!("the page asked no question: {error}")),
        };
        post(&news);
    });
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    listener.forget();
    post(&News::Ready);
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn post(news: &News) {
    let text = serde_json::to_string(news).expect("news are plain data");
    if let Err(error) = scope().post_message(&text.into()) {
        web_sys::console::error_1(&error);
    }
}
