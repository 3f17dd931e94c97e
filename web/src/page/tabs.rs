//! What lies below the first screen, one at a time.

use crate::state::Tab;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// What a tab is called in ids.
const fn id_of(tab: Tab) -> &'static str {
    match tab {
        Tab::Pictures => "pictures",
        Tab::Answers => "answers",
        Tab::Settings => "settings",
        Tab::Scenario => "scenario",
        Tab::Share => "share",
    }
}

const fn title_of(tab: Tab) -> &'static str {
    match tab {
        Tab::Pictures => "See the storm",
        Tab::Answers => "What to do",
        Tab::Settings => "All settings",
        Tab::Scenario => "Scenario",
        Tab::Share => "Share and export",
    }
}

#[derive(PartialEq, Properties)]
pub struct Props {
    /// The one that is shown.
    pub tab: Tab,
    /// Another one was chosen.
    pub on_choose: Callback<Tab>,
    /// What it shows.
    pub children: Html,
}

/// A list of tabs, moved along by arrow keys, and the panel of one.
#[component(Tabs)]
pub fn tabs(props: &Props) -> Html {
    let at = Tab::ALL
        .iter()
        .position(|tab| *tab == props.tab)
        .unwrap_or(0);
    let onkeydown = {
        let on_choose = props.on_choose.clone();
        Callback::from(move |event: KeyboardEvent| {
            let count = Tab::ALL.len();
            let next = match event.key().as_str() {
                "ArrowRight" => (at + 1) % count,
                "ArrowLeft" => (at + count - 1) % count,
                _ => return,
            };
            event.prevent_default();
            on_choose.emit(Tab::ALL[next]);
            let document = web_sys::window().and_then(|window| window.document());
            let id = format!("tab-{}", id_of(Tab::ALL[next]));
            let tab = document.and_then(|document| document.get_element_by_id(&id));
            if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
                // Only a tab that is gone cannot be focused.
                let _ = tab.focus();
            }
        })
    };
    html! {
        <section class="deeper" aria-label="In depth">
            <div role="tablist" class="tabs" aria-label="In depth" {onkeydown}>
                { for Tab::ALL.iter().map(|tab| {
                    let (on_choose, tab) = (props.on_choose.clone(), *tab);
                    let is_chosen = tab == props.tab;
                    html! {
                        <button type="button" role="tab" id={format!("tab-{}", id_of(tab))}
                            aria-selected={is_chosen.to_string()} aria-controls="panel"
                            tabindex={if is_chosen { "0" } else { "-1" }}
                            onclick={Callback::from(move |_| on_choose.emit(tab))}>
                            { title_of(tab) }
                        </button>
                    }
                }) }
            </div>
            <div role="tabpanel" id="panel" class="panel"
                aria-labelledby={format!("tab-{}", id_of(props.tab))}>
                { props.children.clone() }
            </div>
        </section>
    }
}
