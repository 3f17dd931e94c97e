//! The limiters at a moment of the storm: who asks, who gets through, and what is left for the next.

use pullstorm_core::lanes::{Axis, Curve, Track, TrackKind};
use pullstorm_core::report::{counted, number};
use std::fmt::Write;
use yew::prelude::*;

/// Units of the picture.
const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 64.0;

/// The tank stands at the right.
const TANK: f64 = 36.0;

/// Attempts of one moment are about so many dots at most; of more, a dot is several.
const DOTS: usize = 120;

/// Dots above one another, and from the middle of one to that of the next.
const DOTS_HIGH: usize = 6;
const DOT: f64 = 10.0;

/// A limiter: its attempts, and its credits where it has some.
struct Met<'t> {
    attempts: &'t Track,
    credits: Option<&'t Track>,
}

/// Limiters by their tracks: what follows the attempts of one is its own.
fn met(tracks: &[Track]) -> Vec<Met<'_>> {
    let mut all: Vec<Met<'_>> = Vec::new();
    for track in tracks {
        match (track.kind, all.last_mut()) {
            (TrackKind::Attempts, _) => all.push(Met {
                attempts: track,
                credits: None,
            }),
            (TrackKind::Credits, Some(last)) => last.credits = Some(track),
            _ => {}
        }
    }
    all
}

/// Attempts of a curve from one place of the axis to another.
fn between(track: &Track, curve: &Curve, from: f64, until: f64) -> f64 {
    let bins = curve.values.iter().zip(0_u32..);
    let parts = bins.map(|(value, bin)| {
        let (begins, ends) = (f64::from(bin), f64::from(bin + 1));
        let (begins, ends) = (begins * track.width, ends * track.width);
        value * (ends.min(until) - begins.max(from)).max(0.0)
    });
    parts.sum()
}

/// Admitted and throttled from one place to another, whole.
fn counts(track: &Track, from: f64, until: f64) -> [f64; 2] {
    [0, 1].map(|at| {
        let curve = track.curves.get(at);
        curve.map_or(0.0, |curve| between(track, curve, from, until).round())
    })
}

/// What is left at a place, and what a full one has.
fn left(track: &Track, at: f64) -> Option<(f64, f64)> {
    let values = &track.curves.first()?.values;
    let last = values.len().checked_sub(1)?;
    let bin = ((at / track.width).max(0.0) as usize).min(last);
    Some((values[bin].floor(), track.full?))
}

/// A part of a run.
#[derive(Copy, Clone)]
pub struct Moment {
    /// Where it begins on the axis.
    pub from: f64,
    /// Where it ends.
    pub until: f64,
    /// Whether it is all of the run.
    pub is_all: bool,
}

/// Each limiter in a moment.
pub fn view(tracks: &[Track], axis: Axis, moment: Moment) -> Html {
    html! {
        <div class="tanks" id="tanks">
            { for met(tracks).iter().map(|it| tank(it, axis, moment)) }
        </div>
    }
}

fn tank(met: &Met<'_>, axis: Axis, moment: Moment) -> Html {
    let Moment {
        from,
        until,
        is_all,
    } = moment;
    let now = counts(met.attempts, from, until);
    let so_far = (!is_all).then(|| counts(met.attempts, 0.0, until));
    let whose = met
        .credits
        .and_then(|track| track.name.split_once("credits left"));
    let left = met.credits.and_then(|track| left(track, until));
    let [admitted, throttled] = dots(now);
    let mut words = words(axis, now, so_far, left);
    if let (Some((_, whose)), true) = (whose, left.is_some()) {
        words += whose;
    }
    let (name, _) = met.attempts.name.split_once(": ").unwrap_or_default();
    let level = left.map_or(0.0, |(left, most)| left / most.max(1e-9)) * (HEIGHT - 4.0);
    let x = WIDTH - TANK;
    html! {
        <figure class="tank">
            <figcaption><b>{ name.to_owned() }</b></figcaption>
            <svg role="img" aria-label={format!("{name}: {words}")}
                viewBox={format!("0 0 {WIDTH} {HEIGHT}")}>
                <path class="lane-done" d={admitted} />
                <path class="lane-failed" d={throttled} />
                if left.is_some() {
                    <rect class="tank-level" x={(x + 2.0).to_string()} width={(TANK - 4.0).to_string()}
                        y={format!("{:.1}", HEIGHT - 2.0 - level)} height={format!("{level:.1}")} />
                    <path class="tank-wall" d={format!("M{} 1V{}H{}V1", x + 1.0, HEIGHT - 1.0, WIDTH - 1.0)} />
                }
            </svg>
            <p class="summary">{ words }</p>
        </figure>
    }
}

/// Dots of the attempts of a moment, admitted ones first: discs, and crosses of what was refused.
fn dots([admitted, throttled]: [f64; 2]) -> [String; 2] {
    // What there is of is seen, however little, which may be one dot more.
    let each = ((admitted + throttled) / (DOTS - 1) as f64).ceil().max(1.0);
    let [well, ill] = [admitted, throttled].map(|count| (count / each).ceil() as usize);
    let mut paths = [const { String::new() }; 2];
    for dot in 0..well + ill {
        let x = WIDTH - TANK - DOT - (dot / DOTS_HIGH) as f64 * DOT;
        let y = HEIGHT - DOT + 2.0 - (dot % DOTS_HIGH) as f64 * DOT;
        // Writing to a string cannot fail.
        let _ = match dot < well {
            true => write!(paths[0], "M{x} {y}a3 3 0 1 1 6 0a3 3 0 1 1 -6 0z"),
            false => write!(
                paths[1],
                "M{x} {}l1.5 -1.5 1.5 1.5 1.5 -1.5 1.5 1.5 -1.5 1.5 1.5 1.5 -1.5 1.5 -1.5 -1.5 -1.5 1.5 -1.5 -1.5 1.5 -1.5z",
                y - 1.0
            ),
        };
    }
    paths
}

fn words(axis: Axis, now: [f64; 2], so_far: Option<[f64; 2]>, left: Option<(f64, f64)>) -> String {
    let sum = |[admitted, throttled]: [f64; 2]| admitted + throttled;
    let moment = match (so_far, axis) {
        (None, _) => "in all",
        (_, Axis::Seconds) => "at this moment",
        (_, Axis::Attempts) => "here",
    };
    let mut words = format!(
        "{} {moment}, {} refused",
        counted(sum(now), "attempts"),
        number(now[1]),
    );
    if let Some(so_far) = so_far {
        let [all, refused] = [sum(so_far), so_far[1]].map(number);
        words += &format!("; {all} so far, {refused} refused");
    }
    if let Some((left, most)) = left {
        words += &format!("; {} of {} credits left", number(left), number(most));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(kind: TrackKind, width: f64, curves: &[&[f64]]) -> Track {
        let curves = curves.iter().map(|values| Curve {
            name: String::new(),
            values: values.to_vec(),
        });
        Track {
            kind,
            name: "ecr login: attempts a second".to_owned(),
            summary: String::new(),
            width,
            full: Some(20.0),
            curves: curves.collect(),
        }
    }

    #[test]
    fn a_moment_has_its_part_of_the_attempts_and_what_is_left_is_that_of_its_end() {
        let attempts = track(TrackKind::Attempts, 2.0, &[&[10.0, 1.0], &[0.0, 4.0]]);
        assert_eq!(counts(&attempts, 0.0, 1.0), [10.0, 0.0]);
        assert_eq!(counts(&attempts, 1.0, 3.0), [11.0, 4.0]);
        assert_eq!(counts(&attempts, 0.0, 9.0), [22.0, 8.0]);
        let credits = track(TrackKind::Credits, 2.0, &[&[20.0, 3.0]]);
        assert_eq!(left(&credits, 1.9), Some((20.0, 20.0)));
        assert_eq!(left(&credits, 99.0), Some((3.0, 20.0)));
        let tracks = [attempts.clone(), credits, attempts];
        let met = met(&tracks);
        assert_eq!((met.len(), met[1].credits.is_none()), (2, true));
    }

    #[test]
    fn a_thousand_attempts_are_as_many_dots_as_there_is_room_for() {
        for (rare, most) in [(2.0, 998.0), (1.0, 239.0), (1.0, 118.0), (1.0, 119.0)] {
            let [well, ill] = dots([rare, most]);
            assert_eq!(well.matches('M').count(), 1, "what is rare is seen");
            assert!((50..DOTS).contains(&ill.matches('M').count()), "{most}");
            assert!(
                !ill.contains("M-"),
                "none lies outside of the picture: {most}"
            );
        }
    }
}
