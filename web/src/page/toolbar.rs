//! Undo, redo and reset, and how far the simulation is.

use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// Whether there is something to undo, and to redo.
    pub can: (bool, bool),
    /// Whether *what if* is as *today*.
    pub is_unchanged: bool,
    /// Whether *today* is the incident as it is built in.
    pub is_of_incident: bool,
    /// Runs that are there and runs that are wanted; none where all are judged.
    pub progress: Option<(u32, u32)>,
    /// Runs of each column.
    pub runs: Option<u32>,
    /// Asked for.
    pub on: Callback<Tool>,
}

/// What can be asked for.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Tool {
    /// One step back.
    Undo,
    /// One step forward again.
    Redo,
    /// *What if* as *today*.
    Reset,
}

/// A row of buttons.
#[component(Toolbar)]
pub fn toolbar(props: &Props) -> Html {
    let button = |id: &'static str, tool: Tool, text: &'static str, keys, is_possible: bool| {
        let on = props.on.clone();
        html! {
            <button type="button" {id} disabled={!is_possible} aria-keyshortcuts={keys}
                onclick={Callback::from(move |_| on.emit(tool))}>{ text }</button>
        }
    };
    let status = match (props.progress, props.runs) {
        (Some((done, all)), _) => format!("{done} of {all} runs"),
        (None, Some(1)) => "1 run: all are the same".to_owned(),
        (None, Some(runs)) => format!("{runs} runs each"),
        (None, None) => String::new(),
    };
    let reset = match props.is_of_incident {
        true => "Reset to the incident",
        false => "Reset to today",
    };
    html! {
        <div class="toolbar" role="toolbar" aria-label="Changes">
            { button("undo", Tool::Undo, "Undo", Some("Control+Z"), props.can.0) }
            { button("redo", Tool::Redo, "Redo", Some("Control+Shift+Z"), props.can.1) }
            { button("reset", Tool::Reset, reset, None, !props.is_unchanged) }
            <span class="status" id="status" role="status">{ status }</span>
        </div>
    }
}
