//! With which random numbers both columns are simulated, and how often.

use web_sys::HtmlInputElement;
use yew::prelude::*;

/// More runs than that no verdict needs.
const RUNS_MAX: u32 = 1_000;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// In place of the scenario's seed.
    pub seed: Option<u64>,
    /// In place of the number of runs that it calls for.
    pub runs: Option<u32>,
    /// One was changed.
    pub on_draw: Callback<(Option<u64>, Option<u32>)>,
}

/// Two fields, empty where the scenario says so itself.
#[component(Draws)]
pub fn draws(props: &Props) -> Html {
    let wrong_seed = use_state(|| None::<&'static str>);
    let wrong_runs = use_state(|| None::<&'static str>);
    let on_seed = {
        let (wrong, on_draw, runs) = (wrong_seed.clone(), props.on_draw.clone(), props.runs);
        Callback::from(move |event: Event| match typed(&event, u64::MAX) {
            Ok(seed) => {
                wrong.set(None);
                on_draw.emit((seed, runs));
            }
            Err(()) => wrong.set(Some("A seed is a whole number, 0 or more.")),
        })
    };
    let on_runs = {
        let (wrong, on_draw, seed) = (wrong_runs.clone(), props.on_draw.clone(), props.seed);
        Callback::from(move |event: Event| {
            match typed(&event, u64::from(RUNS_MAX)).map(|it| it.map(|it| it as u32)) {
                Ok(Some(0)) | Err(()) => {
                    wrong.set(Some("Runs are a whole number from 1 to 1,000."))
                }
                Ok(runs) => {
                    wrong.set(None);
                    on_draw.emit((seed, runs));
                }
            }
        })
    };
    let field = |id: &'static str, label: &'static str, value: Option<String>, onchange| {
        html! {
            <>
                <label for={id}>{ label }</label>
                <input {id} class="draw" type="text" inputmode="numeric" autocomplete="off"
                    placeholder="the scenario's" value={value.unwrap_or_default()} {onchange} />
            </>
        }
    };
    html! {
        <div class="row draws" role="group" aria-label="Random numbers">
            { field("seed", "Seed", props.seed.map(|it| it.to_string()), on_seed) }
            { field("runs", "Runs", props.runs.map(|it| it.to_string()), on_runs) }
            if let Some(wrong) = wrong_seed.or(*wrong_runs) {
                <span class="bad" role="alert">{ wrong }</span>
            } else {
                <span class="faint">{ "Both columns draw the same numbers, so that what differs is the change." }</span>
            }
        </div>
    }
}

/// What was typed into a field; none where it was emptied.
fn typed(event: &Event, most: u64) -> Result<Option<u64>, ()> {
    let input: HtmlInputElement = event.target_unchecked_into();
    match input.value().trim() {
        "" => Ok(None),
        text => match text.parse() {
            Ok(number) if number <= most => Ok(Some(number)),
            _ => Err(()),
        },
    }
}
