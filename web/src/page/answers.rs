//! What to do: recommendations to apply, how many at once, and why.

use super::blocks;
use super::charts::picture;
use super::download::copy;
use crate::protocol::{Answered, Question};
use pullstorm_core::report::Article;
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// The last answer, and to which question.
    pub answer: Option<(Question, Rc<Answered>)>,
    /// The question that is worked on, and how many runs it has taken.
    pub asked: Option<(Question, u64)>,
    /// Why *today* does what it does, and *what if*.
    pub why: [Article; 2],
    /// A question is asked.
    pub on_ask: Callback<Question>,
    /// A change is to be put into *what if*.
    pub on_apply: Callback<Vec<(String, String)>>,
}

/// Buttons, and the answer below.
#[component(Answers)]
pub fn answers(props: &Props) -> Html {
    let ask = |question: Question, id: &'static str, text: &'static str| {
        let on_ask = props.on_ask.clone();
        let is_asked = props.asked.is_some_and(|(asked, _)| asked == question);
        html! {
            <button type="button" {id} class="primary" disabled={is_asked}
                onclick={Callback::from(move |_| on_ask.emit(question))}>{ text }</button>
        }
    };
    html! {
        <div class="answers">
            <div class="row">
                { ask(Question::Recommend, "recommend", "What should I change?") }
                { ask(Question::Capacity, "capacity", "How many at once?") }
                if let Some((_, runs)) = props.asked {
                    <span class="faint" role="status" id="answering">
                        { format!("{runs} runs …") }
                    </span>
                }
            </div>
            if let Some((question, answer)) = &props.answer {
                <div id="answer" data-question={format!("{question:?}")}>
                    { answered(answer, &props.on_apply) }
                </div>
            }
            <section class="card">
                <h3>{ "Why: what is met in order, and what binds" }</h3>
                <div class="two">
                    <div><h4>{ "Today" }</h4>{ blocks::flow_of(&props.why[0]) }</div>
                    <div><h4>{ "What if" }</h4>{ blocks::flow_of(&props.why[1]) }</div>
                </div>
            </section>
        </div>
    }
}

fn answered(answer: &Answered, on_apply: &Callback<Vec<(String, String)>>) -> Html {
    let apply = |told: &str| {
        let offer = answer.offers.iter().find(|offer| offer.told == told)?;
        let (on_apply, sets) = (on_apply.clone(), offer.sets.clone());
        Some(html! {
            <button type="button" class="apply" data-told={offer.told.clone()}
                aria-label={format!("Put {} into what if", offer.name)}
                onclick={Callback::from(move |_| on_apply.emit(sets.clone()))}>
                { "Apply" }
            </button>
        })
    };
    html! {
        <>
            if let Some(chart) = &answer.picture {
                { picture(chart) }
            }
            { blocks::cards(answer.article.blocks(), &apply) }
            if !answer.settings.is_empty() {
                <section class="card" id="settings-to-copy">
                    <h3>{ "Settings to copy" }</h3>
                    { for answer.settings.iter().map(|(what, place, text)| {
                        let copied = text.clone();
                        html! {
                            <details>
                                <summary>{ format!("{what} ({place})") }</summary>
                                <button type="button" class="copy-settings"
                                    onclick={Callback::from(move |_| copy(&copied))}>
                                    { "Copy settings" }
                                </button>
                                <pre tabindex="0"><code>{ text }</code></pre>
                            </details>
                        }
                    }) }
                </section>
            }
        </>
    }
}
