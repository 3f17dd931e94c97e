//! The scenario of *what if* as YAML, with what is wrong at its line.

use crate::protocol::Trouble;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// The text of *what if*.
    pub yaml: AttrValue,
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
    /// Whether it is as *today*.
    pub is_unchanged: bool,
    /// It was edited.
    pub on_edit: Callback<String>,
    /// *Today* is to be as *what if*.
    pub on_adopt: Callback<()>,
}

/// A text area with line numbers.
#[component(Editor)]
pub fn editor(props: &Props) -> Html {
    let area = use_node_ref();
    let lines = props.yaml.lines().count().max(1);
    let oninput = {
        let on_edit = props.on_edit.clone();
        Callback::from(move |event: InputEvent| {
            let area: HtmlTextAreaElement = event.target_unchecked_into();
            on_edit.emit(area.value());
        })
    };
    let wrong = props
        .trouble
        .as_ref()
        .map_or(&[][..], |trouble| &trouble.lines);
    let go_to = |line: usize| {
        let (area, yaml) = (area.clone(), props.yaml.clone());
        Callback::from(move |_| {
            if let Some(area) = area.cast::<HtmlTextAreaElement>() {
                let before: usize = yaml.split('\n').take(line - 1).map(utf16_length).sum();
                let own = yaml.split('\n').nth(line - 1).map_or(0, utf16_length);
                let (from, until) = (before as u32, (before + own.saturating_sub(1)) as u32);
                // A range within the text can be selected.
                let _ = area.set_selection_range(from, until);
                let _ = area.focus();
                area.set_scroll_top((line as i32 - 4).max(0) * 20);
            }
        })
    };
    let numbers: String = (1..=lines).map(|line| format!("{line}\n")).collect();
    let on_adopt = props.on_adopt.clone();
    html! {
        <div class="editor">
            <div class="row">
                <label for="yaml">{ "The scenario of what if; a control changes only its own value" }</label>
                <button type="button" id="adopt" disabled={props.is_unchanged}
                    onclick={Callback::from(move |_| on_adopt.emit(()))}>
                    { "Make this today" }
                </button>
            </div>
            if !wrong.is_empty() {
                <ul class="wrong" role="alert">
                    { for wrong.iter().map(|(line, words)| html! {
                        <li>
                            <button type="button" class="link" onclick={go_to(*line)}>
                                { format!("line {line}") }
                            </button>
                            { " " }{ words }
                        </li>
                    }) }
                </ul>
            }
            <div class="text">
                <pre class="numbers" aria-hidden="true">{ numbers }</pre>
                <textarea ref={area.clone()} id="yaml" rows={(lines + 1).to_string()} spellcheck="false"
                    autocomplete="off" wrap="off" value={props.yaml.clone()} {oninput}
                    aria-invalid={(!wrong.is_empty()).to_string()} />
            </div>
        </div>
    }
}

/// The length of a line with its line feed, as text areas count.
fn utf16_length(line: &str) -> usize {
    line.encode_utf16().count() + 1
}
