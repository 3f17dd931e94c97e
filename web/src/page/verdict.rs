//! The verdict of a column: a word, a sign and a colour, and the sentence of the command line.

use super::blocks::inline;
use crate::protocol::Column;
use yew::prelude::*;

/// Class and sign of a verdict.
pub fn tone_of(label: &str) -> (&'static str, &'static str) {
    match label {
        "HOLDS" => ("holds", "✓"),
        "FAILS" => ("fails", "✕"),
        _ => ("undecided", "?"),
    }
}

#[derive(PartialEq, Properties)]
pub struct Props {
    /// *Today*.
    pub column: Column,
    /// Who can change what, in a sentence.
    pub yours: Option<AttrValue>,
}

/// The verdict of *today*, large.
#[component(Verdict)]
pub fn verdict(props: &Props) -> Html {
    let (class, sign) = tone_of(&props.column.label);
    html! {
        <div class={classes!("verdict", class)}>
            <span class="sign" aria-hidden="true">{ sign }</span>
            <p>
                <strong>{ &props.column.label }</strong>{ " " }
                <span id="headline">{ inline(&props.column.sentence) }</span>
                if let Some(yours) = &props.yours {
                    <span class="yours" id="yours">{ " " }{ yours }</span>
                }
            </p>
        </div>
    }
}
