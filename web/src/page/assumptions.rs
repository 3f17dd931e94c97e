//! The limit, what the provider says today, and what is taken for granted.

use super::blocks::{inline, sentence_case};
use crate::protocol::Column;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// *Today*.
    pub column: Column,
}

/// A list of labelled lines, and the assumptions folded away behind their count.
#[component(Assumptions)]
pub fn assumptions(props: &Props) -> Html {
    let count = props.column.assumptions.len();
    html! {
        <div class="limits">
            <dl class="facts">
                { for props.column.lines.iter().map(|(label, text)| html! {
                    <div><dt>{ sentence_case(label) }</dt><dd>{ inline(text) }</dd></div>
                }) }
            </dl>
            <details id="assumptions">
                <summary>
                    { format!("{count} assumption{}", if count == 1 { "" } else { "s" }) }
                </summary>
                <ul>{ for props.column.assumptions.iter().map(|text| html! {
                    <li>{ inline(text) }</li>
                }) }</ul>
            </details>
        </div>
    }
}
