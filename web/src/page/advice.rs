//! A recommendation as a page: the verdict, what to do with its settings and *Apply*, the ranking, and
//! all else folded.

use super::blocks::{self, flow, inline, sentence_case};
use super::verdict::tone_of;
use pullstorm_core::report::{self, Advised, Part};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What the core says.
    pub advice: report::Advice,
    /// A change is to be put into *what if*.
    pub on_apply: Callback<Vec<(String, String)>>,
}

/// See the module.
#[component(Advice)]
pub fn advice(props: &Props) -> Html {
    let advice = &props.advice;
    let apply = |told: &str| apply(props, told, "apply");
    let (class, sign) = tone_of(&advice.verdict.0);
    html! {
        <>
            <p class={classes!("verdict", class)} id="advice-verdict">
                <span class="sign" aria-hidden="true">{ sign }</span>
                <span>
                    <strong>{ &advice.verdict.0 }</strong>{ " " }{ inline(&advice.verdict.1) }
                </span>
            </p>
            <div class="two to-do">
                { for advice.answers.iter().map(|answer| to_do(props, answer)) }
            </div>
            <section class="card" id="ranking">
                <h3>{ "What holds, best first" }</h3>
                { flow(&advice.ranking, &apply) }
            </section>
            <div class="folded">
                { for advice.details.iter().map(|part| folded(part, false, &apply)) }
            </div>
        </>
    }
}

/// One thing to do: what it is, what it comes to, and what to write where.
fn to_do(props: &Props, answer: &Advised) -> Html {
    let settings = answer.settings.iter().enumerate();
    html! {
        <section class="card" data-label={answer.label.clone()}>
            <div class="headed">
                <h3>
                    { sentence_case(&answer.label) }
                    if !answer.pace.is_empty() {
                        <span class="pace">{ &answer.pace }</span>
                    }
                </h3>
                { answer.told.as_ref().and_then(|told| apply(props, told, "primary apply")) }
            </div>
            <p class="lead">{ inline(&answer.sentence) }</p>
            if !answer.figures.is_empty() {
                <dl class="figures">
                    { for answer.figures.iter().map(|(name, value)| html! {
                        <div><dt>{ name }</dt><dd>{ value }</dd></div>
                    }) }
                </dl>
            }
            if let Some(leaves) = &answer.leaves {
                <p class="doubt">{ inline(&sentence(leaves)) }</p>
            }
            { for settings.map(|(at, part)| folded(part, at == 0, &|_| None)) }
            if !answer.detail.blocks().is_empty() {
                <details>
                    <summary>{ "Against today, and how far its numbers may move" }</summary>
                    { flow(&answer.detail, &|_| None) }
                </details>
            }
        </section>
    }
}

fn folded(part: &Part, is_open: bool, beside: blocks::Beside<'_>) -> Html {
    html! {
        <details open={is_open}>
            <summary>{ inline(&part.title) }</summary>
            { flow(&part.inside, beside) }
        </details>
    }
}

/// The button that puts what is told of into *what if*, if that is a change.
fn apply(props: &Props, told: &str, class: &'static str) -> Option<Html> {
    let offer = props
        .advice
        .offers
        .iter()
        .find(|offer| offer.told == told)?;
    let (on_apply, sets) = (props.on_apply.clone(), offer.sets.clone());
    Some(html! {
        <button type="button" {class} data-told={offer.told.clone()}
            aria-label={format!("Apply {}: put it into what if", offer.name)}
            onclick={Callback::from(move |_| on_apply.emit(sets.clone()))}>
            { "Apply" }
        </button>
    })
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}
