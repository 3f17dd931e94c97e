//! Whether a number has moved further than the tolerance allows and the runs leave room for.

use super::baseline::{Entry, Number};
use super::tolerance::{Allowance, Tolerance};
use crate::metric::Unit;
use crate::report::cells;
use crate::statistics::{at_least, at_most};
use serde::Serialize;

/// Which way a number went.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// For the better.
    Better,
    /// For the worse.
    Worse,
}

/// A number that has drifted.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Drift {
    /// The path of its metric.
    pub path: String,
    /// What the number is.
    pub unit: Unit,
    /// What the baseline says.
    pub was: Number,
    /// What it is.
    pub is: Number,
    /// The difference of both means, if both have one.
    pub difference: Option<f64>,
    /// Half the 95 % interval of that difference, from both intervals.
    pub half: Option<f64>,
    /// How far it was allowed to move.
    pub allowed: Allowance,
    /// Which way it went; `None` of what is neither good nor bad by itself, as attempts per call.
    pub direction: Option<Direction>,
    /// Whether the same runs give another number than stands there: somebody wrote it, or a build that
    /// measures otherwise.
    pub edited: bool,
    /// All that in a sentence.
    pub text: String,
}

/// A rate of *never* in some runs is another one in others if chance makes it so less often.
const DOUBT: f64 = 0.05;

/// The numbers that have drifted. Those that only one of both has are the scenario's change, not a
/// drift.
pub(super) fn drifts(was: &Entry, is: &Entry, tolerance: &Tolerance) -> Vec<Drift> {
    let pairs = is.numbers.iter().filter_map(|number| {
        let mut known = was.numbers.iter();
        Some((known.find(|known| known.path == number.path)?, number))
    });
    pairs
        .filter_map(|(before, now)| {
            let allowed = tolerance.allowance(&before.path);
            let differs = moved(before, now, allowed) || never_moved(was, is, before, now);
            differs.then(|| drift(was, is, before, now, allowed))
        })
        .collect()
}

/// Of runs that are those of the baseline, the numbers that it says otherwise, however little: the same
/// runs come to the same numbers.
pub(super) fn edited(was: &Entry, is: &Entry, tolerance: &Tolerance) -> Vec<Drift> {
    let pairs = is.numbers.iter().filter_map(|number| {
        let mut known = was.numbers.iter();
        Some((known.find(|known| known.path == number.path)?, number))
    });
    let edited = pairs.filter(|(before, now)| !says_the_same(before, now));
    edited
        .map(|(before, now)| {
            let found = drift(was, is, before, now, tolerance.allowance(&before.path));
            let [said, comes_to] = [(before, was), (now, is)].map(|(number, entry)| {
                let shown = shown(number, entry.runs);
                match number.half() > 0.0 {
                    true => format!("{shown} ± {}", cells::spread(number.half(), number.unit)),
                    false => shown,
                }
            });
            // What differs by less than is shown is told in full.
            let [said, comes_to] = match said == comes_to {
                true => in_full(before, now),
                false => [said, comes_to],
            };
            Drift {
                edited: true,
                text: format!(
                    "{}: the baseline says {said}, the run comes to {comes_to} with the same digest: the \
                     baseline was edited, or written by another build",
                    now.path
                ),
                ..found
            }
        })
        .collect()
}

/// Two numbers with all their digits: the means, and the intervals where the means are the same.
fn in_full(a: &Number, b: &Number) -> [String; 2] {
    let digits = |it: Option<f64>| it.map_or_else(|| "-".to_owned(), |it| format!("{it:?}"));
    [a, b].map(|it| match near(a.mean, b.mean) {
        true => format!(
            "{} ({} to {})",
            digits(it.mean),
            digits(it.low),
            digits(it.high)
        ),
        false => digits(it.mean),
    })
}

/// Whether two numbers are the same, but for what writing and reading them may change.
fn says_the_same(a: &Number, b: &Number) -> bool {
    let numbers = [(a.mean, b.mean), (a.low, b.low), (a.high, b.high)];
    a.never == b.never && numbers.into_iter().all(|(a, b)| near(a, b))
}

fn near(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= rounding(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// What rounding of a sum in another order may come to is no change.
fn rounding(a: f64, b: f64) -> f64 {
    1e-12 * a.abs().max(b.abs())
}

/// Whether the means differ by more than is allowed, and by more than their intervals explain.
fn moved(was: &Number, is: &Number, allowed: Allowance) -> bool {
    let (Some(before), Some(now)) = (was.mean, is.mean) else {
        return false;
    };
    let by = (now - before).abs();
    by > allowed.of(before) + rounding(before, now) && by > half(was, is)
}

/// Half the interval of the difference of two independent means.
fn half(was: &Number, is: &Number) -> f64 {
    libm::hypot(was.half(), is.half())
}

/// Whether *never* happens in another part of the runs, and chance does not explain it.
fn never_moved(was: &Entry, is: &Entry, before: &Number, now: &Number) -> bool {
    let part = |number: &Number, runs: u32| f64::from(number.never) / f64::from(runs.max(1));
    if was.deterministic && is.deterministic {
        return (before.never > 0) != (now.never > 0);
    }
    // Not 0 and not 1, as other runs could have been otherwise (Laplace's rule of succession).
    let expected = (f64::from(before.never) + 1.0) / (f64::from(was.runs) + 2.0);
    match part(now, is.runs).total_cmp(&part(before, was.runs)) {
        std::cmp::Ordering::Equal => false,
        std::cmp::Ordering::Greater => at_least(now.never, is.runs, expected) <= DOUBT,
        std::cmp::Ordering::Less => at_most(now.never, is.runs, expected) <= DOUBT,
    }
}

fn drift(was: &Entry, is: &Entry, before: &Number, now: &Number, allowed: Allowance) -> Drift {
    let unit = now.unit;
    let both = before
        .mean
        .zip(now.mean)
        .filter(|_| before.never == 0 && now.never == 0);
    let difference = both.map(|(before, now)| now - before);
    let half = difference.map(|_| half(before, now));
    let rose = match difference {
        Some(difference) => difference > 0.0,
        None => {
            // Products of two numbers of runs need more than 32 bits.
            let now_part = u64::from(now.never) * u64::from(was.runs.max(1));
            let before_part = u64::from(before.never) * u64::from(is.runs.max(1));
            now_part > before_part || (now_part == before_part && now.mean > before.mean)
        }
    };
    let direction = better_if_more(&now.path).map(|more| match rose == more {
        true => Direction::Better,
        false => Direction::Worse,
    });
    let word = direction.map_or(String::new(), |direction| format!("{}; ", direction.word()));
    let by = match (difference, half) {
        (Some(difference), Some(half)) if half > 0.0 => format!(
            "{} ± {}; ",
            cells::signed(difference, unit),
            cells::spread(half, unit)
        ),
        (Some(difference), _) => format!("{}; ", cells::signed(difference, unit)),
        (None, _) => String::new(),
    };
    let allowance = match allowed {
        Allowance::Relative(part) => cells::value(part, Unit::Share),
        Allowance::Absolute(amount) => cells::value(amount, unit),
    };
    let text = format!(
        "{} {} -> {} ({by}{word}allowed {allowance})",
        now.path,
        shown(before, was.runs),
        shown(now, is.runs)
    );
    Drift {
        path: now.path.clone(),
        unit,
        was: before.clone(),
        is: now.clone(),
        difference,
        half,
        allowed,
        direction,
        edited: false,
        text,
    }
}

/// Whether more of it is better, where that can be said.
fn better_if_more(path: &str) -> Option<bool> {
    let (_, name) = path.rsplit_once('.')?;
    match name {
        "finished" | "succeeded" => Some(true),
        "failed" | "failed_share" | "finished_after" | "last_start" | "never_started" => {
            Some(false)
        }
        _ if path.ends_with(".running.lowest") => Some(true),
        _ if path.contains(".start_delay.") || path.contains(".delay.") => Some(false),
        _ => None,
    }
}

fn shown(number: &Number, runs: u32) -> String {
    match (number.never, number.mean) {
        (0, Some(mean)) => cells::value(mean, number.unit),
        (0, None) => "-".to_owned(),
        (never, _) if never == runs => "never".to_owned(),
        (never, _) => format!("never in {never} of {runs} runs"),
    }
}

impl Direction {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Direction::Better => "better",
            Direction::Worse => "worse",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Status;

    fn number(mean: Option<f64>, half: f64, never: u32) -> Number {
        Number {
            path: "ci.finished_after".to_owned(),
            unit: Unit::Seconds,
            mean,
            low: mean.map(|mean| mean - half),
            high: mean.map(|mean| mean + half),
            never,
        }
    }

    fn entry(runs: u32, number: Number) -> Entry {
        Entry {
            scenario: "x".to_owned(),
            variant: "today".to_owned(),
            file: None,
            fingerprint: String::new(),
            seed: 1,
            runs,
            deterministic: runs == 1,
            digest: String::new(),
            verdict: Status::Met,
            numbers: vec![number],
            presets: Vec::new(),
            limits: None,
            policies: Vec::new(),
        }
    }

    fn texts(was: &Entry, is: &Entry) -> Vec<String> {
        let drifts = drifts(was, is, &Tolerance::default());
        drifts.into_iter().map(|drift| drift.text).collect()
    }

    #[test]
    fn a_mean_drifts_beyond_tolerance_and_beyond_what_its_intervals_explain() {
        let was = entry(30, number(Some(100.0), 1.0, 0));
        let is = |mean, half| entry(30, number(Some(mean), half, 0));
        assert_eq!(texts(&was, &is(101.9, 0.1)), [""; 0], "within tolerance");
        assert_eq!(texts(&was, &is(110.0, 12.0)), [""; 0], "within the noise");
        assert_eq!(
            texts(&was, &is(110.0, 2.0)),
            ["ci.finished_after 1min 40s -> 1min 50s (+10s ± 2.2s; worse; allowed 2 %)"]
        );
        assert!(texts(&was, &is(90.0, 1.0))[0].contains("better"));
    }

    #[test]
    fn a_deterministic_number_has_no_noise_to_hide_in() {
        let was = entry(1, number(Some(46.0), 0.0, 0));
        assert_eq!(texts(&was, &entry(1, number(Some(46.5), 0.0, 0))), [""; 0]);
        assert_eq!(texts(&was, &entry(1, number(Some(47.0), 0.0, 0))).len(), 1);
        let never = entry(1, number(None, 0.0, 1));
        assert!(texts(&was, &never)[0].starts_with("ci.finished_after 46s -> never (worse"));
        assert!(texts(&never, &was)[0].contains("never -> 46s (better"));
        assert_eq!(texts(&never, &never), [""; 0]);
    }

    #[test]
    fn of_the_same_runs_any_other_number_was_written_by_somebody() {
        let is = entry(30, number(Some(100.0), 1.0, 0));
        let told = |was: &Entry| {
            let edited = edited(was, &is, &Tolerance::default());
            assert!(edited.iter().all(|it| it.edited));
            edited.into_iter().map(|it| it.text).collect::<Vec<_>>()
        };
        assert_eq!(told(&is), [""; 0]);
        // Far within the tolerance, and a wider interval, in which a drift would hide.
        let ends = "with the same digest: the baseline was edited, or written by another build";
        assert_eq!(
            told(&entry(30, number(Some(101.0), 1.0, 0))),
            [format!(
                "ci.finished_after: the baseline says 1min 41s ± 1s, the run comes to 1min 40s ± 1s {ends}"
            )]
        );
        let wide = told(&entry(30, number(Some(100.0), 50.0, 0)));
        assert!(wide[0].contains("says 1min 40s ± 50s"), "{wide:?}");
        let slight = told(&entry(30, number(Some(100.000_01), 1.0, 0)));
        assert!(
            slight[0].contains("says 100.00001, the run comes to 100.0 "),
            "{slight:?}"
        );
        assert_eq!(told(&entry(30, number(Some(100.0), 1.0, 2))).len(), 1);
        // Of the same mean and nearly the same interval.
        let moved = told(&entry(30, number(Some(100.0), 1.000_01, 0)));
        assert!(
            moved[0].contains(
                "says 100.0 (98.99999 to 101.00001), the run comes to 100.0 (99.0 to 101.0) "
            ),
            "{moved:?}"
        );
    }

    #[test]
    fn never_in_a_run_or_two_is_chance_and_never_in_many_is_not() {
        let was = entry(30, number(Some(100.0), 1.0, 0));
        let is = |never| entry(30, number(Some(100.0), 1.0, never));
        assert_eq!(texts(&was, &is(1)), [""; 0]);
        assert!(texts(&was, &is(10))[0].contains("-> never in 10 of 30 runs (worse"));
        assert!(texts(&is(29), &is(3))[0].contains("better"));
        // As many runs as can be asked for.
        let is = |never| entry(1_000_000, number(Some(100.0), 1.0, never));
        assert!(texts(&is(900_000), &is(4_295))[0].contains("better"));
    }
}
