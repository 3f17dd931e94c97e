//! The page's end of the line to its worker.

use crate::protocol::{News, Question};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, Event, MessageEvent, Worker, WorkerOptions, WorkerType};
use yew::Callback;

/// A running worker; dropping it ends the worker, whatever it is doing.
pub struct Link {
    worker: Worker,
    // The worker calls these as long as the link lives.
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(Event)>,
}

impl Link {
    /// Starts a worker. `on_news` hears what it says, `on_death` why it ended by itself.
    /// It may be asked once it has said [`News::Ready`].
    ///
    /// # Errors
    /// If the browser has no workers or refuses this one; in words.
    pub fn start(on_news: Callback<News>, on_death: Callback<String>) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options("worker.js", &options)
            .map_err(|error| format!("This browser starts no worker: {error:?}"))?;
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            match serde_json::from_str(&text) {
                Ok(news) => on_news.emit(news),
                Err(error) => panic!("the worker sent no news: {error}"),
            }
        });
        let on_error = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            // A worker that could not be loaded sends an event without words.
            let words = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message);
            on_death.emit(words.unwrap_or_else(|| "The worker could not be loaded.".to_owned()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Link {
            worker,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Asks a question.
    pub fn ask(&self, question: &Question) {
        let text = serde_json::to_string(question).expect("questions are plain data");
        if let Err(error) = self.worker.post_message(&text.into()) {
            web_sys::console::error_1(&error);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
