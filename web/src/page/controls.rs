//! What the reader can choose.

use crate::protocol::Question;
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// Whether something is being simulated.
    pub working: bool,
    /// Asked for what is chosen.
    pub on_ask: Callback<Question>,
    /// Asked to stop.
    pub on_stop: Callback<()>,
}

/// A form of two numbers, and one button that runs or stops.
#[component(Controls)]
pub fn controls(props: &Props) -> Html {
    let seed = use_node_ref();
    let runs = use_node_ref();
    let on_submit = {
        let (seed, runs) = (seed.clone(), runs.clone());
        let (working, on_ask, on_stop) =
            (props.working, props.on_ask.clone(), props.on_stop.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if working {
                return on_stop.emit(());
            }
            on_ask.emit(Question {
                seed: number_in(&seed),
                runs: number_in(&runs),
            });
        })
    };
    html! {
        <form class="controls" onsubmit={on_submit}>
            <label>
                { "Seed" }
                <input ref={seed} id="seed" inputmode="numeric" pattern="[0-9]{1,20}"
                    placeholder="the scenario's" autocomplete="off" />
            </label>
            <label>
                { "Runs" }
                <input ref={runs} id="runs" inputmode="numeric" pattern="[1-9][0-9]{0,5}"
                    placeholder="as needed" autocomplete="off" />
            </label>
            <button id="run" class={classes!(props.working.then_some("quiet"))}>
                { if props.working { "Stop" } else { "Run" } }
            </button>
        </form>
    }
}

/// The number in a field, or nothing where it is empty; the form lets nothing else through.
fn number_in<N: std::str::FromStr>(field: &NodeRef) -> Option<N> {
    field
        .cast::<HtmlInputElement>()
        .and_then(|input| input.value().trim().parse().ok())
}
