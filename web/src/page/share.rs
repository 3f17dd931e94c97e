//! Taking it away: a link, the scenario, the report, the command.

use super::download::{copy, save};
use crate::protocol::Exports;
use crate::state::recent::Kept;
use crate::state::{self, Experiment, Tab};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What is shared.
    pub experiment: Experiment,
    /// The report of both columns.
    pub exports: Exports,
    /// The tab that a link opens.
    pub tab: Tab,
    /// Whether the browser kept this one.
    pub kept: Kept,
    /// Experiments of the past.
    pub recent: Vec<(String, String)>,
    /// One of them was chosen, by its fragment.
    pub on_open: Callback<String>,
}

/// Buttons, and what they give as text.
#[component(Share)]
pub fn share(props: &Props) -> Html {
    let link = state::encode(&props.experiment, props.tab).map(|fragment| address(&fragment));
    let whole = state::packed(&props.experiment, props.tab);
    let command = props.experiment.command();
    let file =
        |id: &'static str, text: &'static str, name: &'static str, kind, content: &String| {
            let content = content.clone();
            let onclick = Callback::from(move |_| save(name, kind, content.as_bytes()));
            html! { <button type="button" {id} {onclick}>{ text }</button> }
        };
    let copied = |id: &'static str, text: String| {
        let onclick = Callback::from(move |_| copy(&text));
        html! { <button type="button" {id} {onclick}>{ "Copy" }</button> }
    };
    html! {
        <div class="share">
            <h3>{ "A link to this experiment" }</h3>
            if let Some(link) = link {
                <p class="faint">
                    { "It holds all of it: scenario, seed, both columns. Nothing is stored elsewhere." }
                </p>
                <div class="row">
                    <input id="link" readonly=true value={link.clone()} aria-label="Link" />
                    { copied("copy-link", link) }
                </div>
            } else {
                <p id="too-long">
                    { "This scenario is too long for a link. Send the file of the experiment instead: \
                       dropped on this page, it opens as it is now." }
                </p>
            }
            <h3>{ "The same numbers on the command line" }</h3>
            <div class="row">
                <code class="command">{ &command }</code>
                { copied("copy-command", command.clone()) }
            </div>
            <h3>{ "Files" }</h3>
            <div class="row">
                { file("save-experiment", "Experiment", "experiment.pullstorm", "text/plain", &whole) }
                { file("save-scenario", "Scenario (YAML)", "what-if.yaml", "text/yaml",
                    &props.experiment.what_if) }
                { file("save-markdown", "Report (Markdown)", "pullstorm.md", "text/markdown",
                    &props.exports.markdown) }
                { file("save-json", "Report (JSON)", "pullstorm.json", "application/json",
                    &props.exports.json) }
                { file("save-csv", "Numbers (CSV)", "pullstorm.csv", "text/csv",
                    &props.exports.csv) }
            </div>
            if props.kept != Kept::Yes {
                <p id="not-kept">
                    { match props.kept {
                        Kept::TooLong => "This experiment is too long to be kept below. Its file holds \
                                          all there is.",
                        _ => "This browser does not keep experiments of the past: its storage is full \
                              or forbidden. Links and files hold all there is.",
                    } }
                </p>
            }
            if !props.recent.is_empty() {
                <h3>{ "Recent experiments" }</h3>
                <ul class="recent">
                    { for props.recent.iter().map(|(fragment, name)| {
                        let (on_open, fragment) = (props.on_open.clone(), fragment.clone());
                        html! {
                            <li>
                                <button type="button" class="link" onclick={
                                    Callback::from(move |_| on_open.emit(fragment.clone()))
                                }>{ name }</button>
                            </li>
                        }
                    }) }
                </ul>
            }
        </div>
    }
}

fn address(fragment: &str) -> String {
    let href = web_sys::window().and_then(|window| window.location().href().ok());
    let href = href.unwrap_or_default();
    let page = href.split('#').next().unwrap_or_default();
    format!("{page}#{fragment}")
}
