//! What to do: recommendations to apply, how many at once, and why.

use super::advice::Advice;
use super::blocks;
use super::charts::picture;
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
    /// The answer that is worked on is not wanted any more.
    pub on_stop: Callback<()>,
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
                    <button type="button" id="stop" onclick={
                        let on_stop = props.on_stop.clone();
                        Callback::from(move |_| on_stop.emit(()))
                    }>{ "Stop" }</button>
                }
            </div>
            if let Some((question, answer)) = &props.answer {
                <div id="answer" data-question={format!("{question:?}")}>
                    { match &**answer {
                        Answered::Advice(advice) => html! {
                            <Advice advice={advice.clone()} on_apply={props.on_apply.clone()} />
                        },
                        Answered::Curve(told, drawn) => html! {
                            <>{ picture(drawn) }{ blocks::cards(told.blocks()) }</>
                        },
                    } }
                </div>
            }
            <details class="why" id="why" open={props.answer.is_none()}>
                <summary>{ "Why: what is met in order, and what binds" }</summary>
                <div class="two">
                    <div><h3>{ "Today" }</h3>{ blocks::flow_of(&props.why[0]) }</div>
                    <div><h3>{ "What if" }</h3>{ blocks::flow_of(&props.why[1]) }</div>
                </div>
            </details>
        </div>
    }
}
