//! The units of one run as a strip of marks: what failed stands out by shape and by colour.

use pullstorm_core::lanes::{Ending, Lanes};
use std::fmt::Write;
use std::rc::Rc;
use yew::prelude::*;

/// A strip has at most so many marks; of more units a mark is several.
const MARKS_MAX: usize = 160;

/// Marks of one row.
const ROW: usize = 32;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// Both columns.
    pub lanes: Rc<[Lanes; 2]>,
    /// Which.
    pub at: usize,
}

/// A picture with its numbers as text.
#[component(Strip)]
pub fn strip(props: &Props) -> Html {
    let lanes = &props.lanes[props.at].lanes;
    let each = lanes.len().div_ceil(MARKS_MAX).max(1);
    let [mut done, mut failed, mut open] = [const { String::new() }; 3];
    let marks: Vec<Ending> = lanes.chunks(each).map(worst).collect();
    for (index, ending) in marks.iter().enumerate() {
        let (x, y) = ((index % ROW) * 8, (index / ROW) * 9);
        // Writing to a string cannot fail. Done is a full mark, failed a cross, open a line below.
        let _ = match ending {
            Ending::Done => write!(done, "M{x} {y}h6v7h-6z"),
            Ending::Failed => write!(
                failed,
                "M{} {}l5 6m0 -6l-5 6",
                x as f64 + 0.5,
                y as f64 + 0.5
            ),
            Ending::Open => write!(open, "M{x} {}h6", y + 6),
        };
    }
    let count = |wanted: Ending| lanes.iter().filter(|lane| lane.ending == wanted).count();
    let (well, ill, rest) = (
        count(Ending::Done),
        count(Ending::Failed),
        count(Ending::Open),
    );
    let mut words = format!("{well} finished, {ill} failed");
    if rest > 0 {
        let _ = write!(words, ", {rest} open at the end");
    }
    if each > 1 {
        let _ = write!(words, "; a mark is {each} of them");
    }
    let rows = marks.len().div_ceil(ROW).max(1);
    let width = ROW * 8;
    html! {
        <figure class="strip">
            <svg role="img" aria-label={words.clone()} viewBox={format!("0 0 {width} {}", rows * 9)}>
                <path class="mark-done" d={done} />
                <path class="mark-failed" d={failed} />
                <path class="mark-open" d={open} />
            </svg>
            <figcaption>{ words }</figcaption>
        </figure>
    }
}

/// What came of the unlucky one of several.
fn worst(lanes: &[pullstorm_core::lanes::Lane]) -> Ending {
    let any = |ending: Ending| lanes.iter().any(|lane| lane.ending == ending);
    if any(Ending::Failed) {
        Ending::Failed
    } else if any(Ending::Open) {
        Ending::Open
    } else {
        Ending::Done
    }
}
