//! The credits left in a limiter over one run, as a small picture.

use crate::protocol::Credits;
use pullstorm_core::report::{number, seconds};
use std::fmt::Write;
use yew::prelude::*;

const WIDTH: f64 = 256.0;
const HEIGHT: f64 = 36.0;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What is shown.
    pub credits: Credits,
    /// The last second of both columns, so that they have one axis.
    pub until: f64,
}

/// An area under steps, with its least as text.
#[component(CreditsLine)]
pub fn credits_line(props: &Props) -> Html {
    let Credits { most, points, .. } = &props.credits;
    let x = |second: f64| second / props.until.max(1e-9) * WIDTH;
    let y = |credits: f64| HEIGHT - 1.0 - credits / most.max(1.0) * (HEIGHT - 3.0);
    let mut line = String::new();
    for (at, (second, credits)) in points.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = match at {
            0 => write!(line, "M{:.1} {:.1}", x(*second), y(*credits)),
            _ => write!(line, "H{:.1}V{:.1}", x(*second), y(*credits)),
        };
    }
    let end = x(props.credits.until);
    let _ = write!(line, "H{end:.1}");
    let least = points
        .iter()
        .map(|point| point.1)
        .fold(f64::INFINITY, f64::min);
    let words = match points.is_empty() {
        true => "nobody asked".to_owned(),
        false => format!(
            "least {} within {}",
            number(least),
            seconds(props.credits.until)
        ),
    };
    html! {
        <figure class="credits">
            <svg role="img" aria-label={format!("Credits left: {words}")}
                viewBox={format!("0 0 {WIDTH} {HEIGHT}")} preserveAspectRatio="none">
                <path class="credits-area" d={format!("{line}V{HEIGHT}H0z")} />
                <path class="credits-line" d={line} />
            </svg>
            <figcaption>{ words }</figcaption>
        </figure>
    }
}
