//! The address of the page: the experiment in its fragment, or a file that its server has.

use super::{Experiment, Tab, encode};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Response;
use yew::Callback;

/// What `pullstorm web --scenario` serves the file as.
const FILE: &str = "scenario.yaml";

/// Puts an experiment and the open tab into the address, so that they survive a reload and can be
/// copied from there.
pub fn show_in_address(experiment: &Experiment, tab: Tab) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let pristine = experiment.is_unchanged() && experiment.seed.is_none();
    let fragment = match encode(experiment, tab) {
        Some(fragment) => format!("#{fragment}"),
        None if pristine => return,
        None => "#".to_owned(),
    };
    if let Ok(history) = window.history() {
        // Where that is forbidden (a page from a file), the link is still offered.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&fragment));
    }
}

/// What the file is called that the page is to begin with, if the address says so.
pub fn file_in_address() -> Option<String> {
    let hash = web_sys::window()?.location().hash().ok()?;
    hash.strip_prefix("#file=").map(str::to_owned)
}

/// Fetches that file from where the page came from: its text, or nothing where it is not there.
pub fn fetch_file(name: String, on_text: Callback<(String, Option<String>)>) {
    spawn_local(async move {
        on_text.emit((name, text_of_file().await));
    });
}

async fn text_of_file() -> Option<String> {
    let request = web_sys::window()?.fetch_with_str(FILE);
    let response: Response = JsFuture::from(request).await.ok()?.dyn_into().ok()?;
    let text = JsFuture::from(response.text().ok()?).await.ok()?;
    text.as_string().filter(|_| response.ok())
}
