//! The box to paste an error line or a scenario into, or to drop a file on.

use super::blocks;
use pullstorm_core::report::Article;
use pullstorm_core::yaml;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{File, HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

/// A log that is larger is read from its end, where the error is.
const BYTES_MAX: f64 = 1_000_000.0;

/// What was pasted or dropped.
pub struct Given {
    /// What it is called.
    pub name: String,
    /// Its text.
    pub text: String,
    /// How many bytes there are in all, where the text is only the end of them.
    pub of: Option<f64>,
}

impl Given {
    /// A text as it is.
    pub fn whole(name: String, text: String) -> Self {
        let of = None;
        Given { name, text, of }
    }
}

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What the last line that was pasted comes from.
    pub told: Option<(std::rc::Rc<Article>, Option<String>)>,
    /// A text was pasted or dropped.
    pub on_text: Callback<Given>,
    /// A file of this name cannot be read.
    pub on_unread: Callback<String>,
    /// The incident that a diagnosis names was chosen.
    pub on_choose: Callback<String>,
    /// The diagnosis was closed.
    pub on_close: Callback<()>,
}

/// A text area, a button, and below it what was found.
#[component(Paste)]
pub fn paste(props: &Props) -> Html {
    let area = use_node_ref();
    let submit = {
        let (area, on_text) = (area.clone(), props.on_text.clone());
        Callback::from(move |()| {
            if let Some(area) = area.cast::<HtmlTextAreaElement>()
                && !area.value().trim().is_empty()
            {
                on_text.emit(Given::whole("pasted".to_owned(), area.value()));
            }
        })
    };
    let onsubmit = {
        let submit = submit.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            submit.emit(());
        })
    };
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() {
            event.prevent_default();
            submit.emit(());
        }
    });
    let ondrop = {
        let (on_text, on_unread) = (props.on_text.clone(), props.on_unread.clone());
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            let files = event.data_transfer().and_then(|data| data.files());
            if let Some(file) = files.and_then(|files| files.get(0)) {
                read(file, on_text.clone(), on_unread.clone());
            }
        })
    };
    let ondragover = Callback::from(|event: DragEvent| event.prevent_default());
    let onchange = {
        let (on_text, on_unread) = (props.on_text.clone(), props.on_unread.clone());
        Callback::from(move |event: yew::events::Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                read(file, on_text.clone(), on_unread.clone());
            }
            input.set_value("");
        })
    };
    html! {
        <form class="paste" {onsubmit} {ondrop} {ondragover}>
            <label for="paste">{ "Paste your error line, or a scenario" }</label>
            <textarea ref={area} id="paste" rows="2" spellcheck="false" {onkeydown}
                placeholder="toomanyrequests: Rate exceeded" />
            <div class="row">
                <button id="diagnose" class="primary">{ "Explain" }</button>
                <label class="file">
                    { "Open a file …" }
                    <input type="file" id="file" accept=".yaml,.yml,.txt,.log,.pullstorm" {onchange} />
                </label>
            </div>
            if let Some((article, scenario)) = &props.told {
                <div class="told" id="diagnosis" role="status">
                    { blocks::flow_of(article) }
                    <div class="row">
                        if let Some(name) = scenario {
                            <button type="button" id="open-diagnosed" class="primary" onclick={
                                let (on_choose, name) = (props.on_choose.clone(), name.clone());
                                Callback::from(move |_| on_choose.emit(name.clone()))
                            }>{ "Show me this incident" }</button>
                        }
                        <button type="button" onclick={
                            let on_close = props.on_close.clone();
                            Callback::from(move |_| on_close.emit(()))
                        }>{ "Close" }</button>
                    </div>
                </div>
            }
        </form>
    }
}

/// Experiments that were saved, which are as long as what is in them.
const EXPERIMENT_MAX: f64 = 4e6;

/// Reads a file and hands its text on: of a large log the end, of a large scenario or experiment as much
/// as shows that it is too large.
fn read(file: File, on_text: Callback<Given>, on_unread: Callback<String>) {
    let name = file.name();
    let is_scenario = [".yaml", ".yml"].iter().any(|end| name.ends_with(end));
    let (from, until) = match is_scenario {
        true => (0.0, file.size().min(yaml::BYTES_MAX as f64 + 1.0)),
        false if name.ends_with(".pullstorm") => (0.0, file.size().min(EXPERIMENT_MAX)),
        false => ((file.size() - BYTES_MAX).max(0.0), file.size()),
    };
    let of = (from > 0.0).then(|| file.size());
    let part = file.slice_with_f64_and_f64(from, until);
    let Ok(part) = part else {
        on_unread.emit(name);
        return;
    };
    spawn_local(async move {
        let text: Result<JsValue, JsValue> = JsFuture::from(part.text()).await;
        match text.ok().and_then(|text| text.as_string()) {
            Some(text) => on_text.emit(Given { name, text, of }),
            // A folder is a file that cannot be read.
            None => on_unread.emit(name),
        }
    });
}
