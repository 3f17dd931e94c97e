//! What went wrong; what was there before stays.

use crate::protocol::Trouble;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What.
    pub trouble: Trouble,
    /// Whether what is shown cannot be simulated, so that going back helps; else what was asked for
    /// was not done, and nothing has changed.
    pub is_of_experiment: bool,
    /// Back to what held before.
    pub on_undo: Callback<()>,
    /// It was read.
    pub on_close: Callback<()>,
}

/// A box in the words of the command line.
#[component(ErrorBox)]
pub fn error_box(props: &Props) -> Html {
    let (on_undo, on_close) = (props.on_undo.clone(), props.on_close.clone());
    html! {
        <div class="trouble" role="alert">
            if props.is_of_experiment {
                <p><strong>{ "This cannot be simulated." }</strong>
                    { " Below is what held before." }</p>
            } else {
                <p><strong>{ "This was not done." }</strong>{ " Nothing has changed." }</p>
            }
            <pre id="error" tabindex="0"><code>{ &props.trouble.words }</code></pre>
            <div class="row">
                if props.is_of_experiment {
                    <button type="button" id="undo-trouble" class="primary"
                        onclick={Callback::from(move |_| on_undo.emit(()))}>
                        { "Undo the last change" }
                    </button>
                }
                <button type="button" onclick={Callback::from(move |_| on_close.emit(()))}>
                    { "Close" }
                </button>
            </div>
        </div>
    }
}
