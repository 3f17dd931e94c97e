//! All values of the scenario that can be turned, found by name.

use super::blocks;
use super::control::ControlRow;
use pullstorm_core::control::Control;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Rows that are shown; more are found by name.
const ROWS_MAX: usize = 60;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// Each with its values of *today* and *what if*.
    pub controls: Vec<(Control, AttrValue, AttrValue)>,
    /// One was turned: path, value, and whether it is still moving.
    pub on_set: Callback<(String, String, bool)>,
}

/// A search field and rows by section.
#[component(Settings)]
pub fn settings(props: &Props) -> Html {
    let wanted = use_state(String::new);
    let oninput = {
        let wanted = wanted.clone();
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            wanted.set(input.value().to_lowercase());
        })
    };
    let matches = |control: &Control| {
        let text = format!("{} {}", control.path, control.about).to_lowercase();
        wanted.split_whitespace().all(|word| text.contains(word))
    };
    let found: Vec<_> = props
        .controls
        .iter()
        .filter(|(it, ..)| matches(it))
        .collect();
    html! {
        <div class="settings">
            <div class="row">
                <label for="find-setting">{ "Find a setting" }</label>
                <input id="find-setting" type="search" {oninput} placeholder="retry, burst, latency …" />
                <span class="faint" role="status">{ format!("{} settings", found.len()) }</span>
            </div>
            <div class="grid">
                { for found.iter().take(ROWS_MAX).map(|(control, today, value)| html! {
                    <div class="setting" key={control.path.clone()}>
                        <ControlRow control={control.clone()} today={today.clone()}
                            value={value.clone()} on_set={props.on_set.clone()} prefix="all" />
                        <p class="faint">{ blocks::inline(&control.about) }</p>
                        if let Some(lever) = &control.lever {
                            <p class="lever">{ lever }</p>
                        }
                    </div>
                }) }
            </div>
        </div>
    }
}
