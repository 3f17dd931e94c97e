//! What comes to the page from outside: its address, and keys.

use crate::page::toolbar::Tool;
use crate::state::{self, Experiment, Tab};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use yew::prelude::*;

/// What the page shows first.
const FIRST: &str = "circleci-ecr-fanout";

/// The experiment and tab of the address, or the first incident and what is wrong with the address.
pub(super) fn first() -> (Experiment, Tab, Option<AttrValue>) {
    let incident = || Experiment::incident(FIRST).expect("it is built in");
    let hash = web_sys::window().and_then(|window| window.location().hash().ok());
    let hash = hash.unwrap_or_default();
    let fragment = hash.trim_start_matches('#');
    if fragment.is_empty() || state::file_in_address().is_some() {
        return (incident(), Tab::default(), None);
    }
    match state::decode(fragment) {
        Ok((experiment, tab)) => (experiment, tab, None),
        Err(bad) => {
            let words = format!("{} Here is the first incident instead.", bad.words());
            (incident(), Tab::default(), Some(words.into()))
        }
    }
}

/// Undo and redo by key, except where text is typed.
pub(super) fn listen_to_keys(
    on_tool: Callback<Tool>,
) -> Option<Closure<dyn Fn(web_sys::KeyboardEvent)>> {
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

/// Opens a link that is put into the address of the page while it is open.
pub(super) fn listen_to_address(on_open: Callback<String>) -> Option<Closure<dyn Fn()>> {
    let listener = Closure::<dyn Fn()>::new(move || {
        let hash = web_sys::window().and_then(|window| window.location().hash().ok());
        let hash = hash.unwrap_or_default();
        let fragment = hash.trim_start_matches('#');
        if !fragment.is_empty() && state::file_in_address().is_none() {
            on_open.emit(fragment.to_owned());
        }
    });
    let function = listener.as_ref().unchecked_ref();
    web_sys::window()?
        .add_event_listener_with_callback("hashchange", function)
        .ok()?;
    Some(listener)
}
