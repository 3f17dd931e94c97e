//! The page's end of the line to one worker.

use super::Event;
use crate::protocol::{Call, News};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};
use yew::Callback;

/// A running worker; dropping it ends the worker, whatever it is doing.
pub struct Line {
    worker: Worker,
    // The worker calls these as long as the line lives.
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(web_sys::Event)>,
}

impl Line {
    /// Starts a worker. It may be called once it has said [`News::Ready`].
    ///
    /// # Errors
    /// If the browser has no workers or refuses this one; in words.
    pub fn start(at: usize, on_event: &Callback<Event>) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options("worker.js", &options)
            .map_err(|error| format!("This browser starts no worker: {error:?}"))?;
        let heard = on_event.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let bytes = Uint8Array::new(&event.data()).to_vec();
            match postcard::from_bytes::<News>(&bytes) {
                Ok(news) => heard.emit(Event::News(at, news)),
                Err(error) => panic!("the worker sent no news: {error}"),
            }
        });
        let died = on_event.clone();
        let on_error = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
            // A worker that could not be loaded sends an event without words.
            let words = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message);
            let words = words.filter(|words| !words.is_empty());
            let words = words.unwrap_or_else(|| "it could not be loaded".to_owned());
            died.emit(Event::Died(at, words));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Line {
            worker,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// Calls the worker.
    pub fn send(&self, call: &Call) {
        let bytes = postcard::to_allocvec(call).expect("calls are plain data");
        let bytes = Uint8Array::from(bytes.as_slice());
        if let Err(error) = self.worker.post_message(&bytes) {
            web_sys::console::error_1(&error);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
