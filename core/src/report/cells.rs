//! Figures as a reader sees them in tables and sentences.

use super::model::{Difference, Figure, HoldsTo, Quantity};
use super::words;
use crate::metric::Unit;

/// A number in the words of its unit.
pub fn value(number: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds => words::seconds(number),
        Unit::Share => words::number(number * 100.0) + " %",
        Unit::Count | Unit::Ratio => words::number(number),
        Unit::Bytes => words::bytes(number),
    }
}

/// A quantity in the words of its unit.
pub fn quantity(quantity: Quantity, unit: Unit) -> String {
    match quantity {
        Quantity::Number(number) => value(number, unit),
        Quantity::Never => "never".to_owned(),
    }
}

/// A mean: `58.4`, `never`, `never in 3 of 30 runs`, `-` where there is none.
pub fn mean(figure: &Figure, unit: Unit, runs: u32) -> String {
    match figure.mean {
        None => "-".to_owned(),
        Some(Quantity::Never) if figure.never < runs => {
            format!("never in {} of {runs} runs", figure.never)
        }
        Some(mean) => quantity(mean, unit),
    }
}

/// A mean and half its 95 % interval: `58.4 ± 0.3`. An interval without width is left out.
pub fn estimate(figure: &Figure, unit: Unit, runs: u32) -> String {
    let mean = mean(figure, unit, runs);
    let half = match (figure.low, figure.high, figure.never) {
        (Some(low), Some(high), 0) if high > low => (high - low) / 2.0,
        _ => return mean,
    };
    format!("{mean} ± {}", spread(half, unit))
}

/// Half an interval, to two digits: more say nothing.
pub fn spread(half: f64, unit: Unit) -> String {
    let step = libm::pow(10.0, libm::floor(libm::log10(half)) - 1.0);
    let text = value((half / step).round() * step, unit);
    match unit {
        Unit::Count | Unit::Ratio if text.contains('.') => {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => text,
    }
}

/// The 95 % interval: `58.1 to 58.7`; empty where there is none.
pub fn interval(figure: &Figure, unit: Unit) -> String {
    match (figure.low, figure.high) {
        (Some(low), Some(high)) if high > low => {
            format!("{} to {}", value(low, unit), value(high, unit))
        }
        _ => String::new(),
    }
}

/// A difference to *today* and half its 95 % interval: `-12.3 ± 0.8`, `0`, `-` where there is none.
pub fn difference(difference: Option<&Difference>, unit: Unit) -> String {
    let Some(difference) = difference else {
        return "-".to_owned();
    };
    let mean = signed(difference.mean, unit);
    match (difference.low, difference.high) {
        (Some(low), Some(high)) if high > low => {
            format!("{mean} ± {}", spread((high - low) / 2.0, unit))
        }
        _ => mean,
    }
}

/// A number with its sign.
pub fn signed(number: f64, unit: Unit) -> String {
    let text = value(number, unit);
    // What rounds to zero has no sign.
    let is_zero = !text.contains(|c: char| ('1'..='9').contains(&c));
    match is_zero {
        true => text.trim_start_matches('-').to_owned(),
        false if number > 0.0 => format!("+{text}"),
        false => text,
    }
}

/// `6`, `about 6`, `6 or more`, and in how few runs that was seen: `6 (2 runs)`.
pub fn holds_to(holds: &HoldsTo) -> String {
    let more = if holds.or_more { " or more" } else { "" };
    let seen = holds.few_runs().map_or(String::new(), |runs| {
        format!(" ({})", words::counted(f64::from(runs), "runs"))
    });
    match holds.load {
        0 if holds.about => "not known".to_owned(),
        0 => "none".to_owned(),
        load => format!("{}{load}{more}{seen}", holds.roughly()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(values: &[f64], today: &[f64]) -> Figure {
        let some = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
        Figure::of(&some(values), Some(&some(today)))
    }

    #[test]
    fn a_mean_has_its_interval_and_says_in_how_many_runs_it_is_never() {
        let spread = figure(&[58.0, 59.0, 58.5], &[62.0, 62.0, 62.0]);
        assert_eq!(estimate(&spread, Unit::Count, 3), "58.5 ± 1.2");
        assert_eq!(interval(&spread, Unit::Count), "57.3 to 59.7");
        let same = figure(&[5.0, 5.0], &[5.0, 5.0]);
        assert_eq!(estimate(&same, Unit::Seconds, 2), "5s");
        let never = f64::INFINITY;
        let some = figure(&[5.0, never], &[5.0, 5.0]);
        assert_eq!(estimate(&some, Unit::Seconds, 2), "never in 1 of 2 runs");
        let all = figure(&[never, never], &[5.0, 5.0]);
        assert_eq!(mean(&all, Unit::Seconds, 2), "never");
    }

    #[test]
    fn a_difference_has_its_sign_and_interval() {
        let less = figure(&[58.0, 59.0, 58.5], &[62.0, 62.0, 62.0]);
        assert_eq!(
            difference(less.difference.as_ref(), Unit::Count),
            "-3.50 ± 1.2"
        );
        let more = figure(&[7.0, 7.0], &[5.0, 5.0]);
        assert_eq!(difference(more.difference.as_ref(), Unit::Seconds), "+2s");
        let same = figure(&[5.0, 5.0], &[5.0, 5.0]);
        assert_eq!(difference(same.difference.as_ref(), Unit::Count), "0");
        assert_eq!(difference(None, Unit::Count), "-");
    }

    #[test]
    fn a_load_that_few_runs_saw_says_how_few() {
        let searched = |load, or_more, runs, about| {
            holds_to(&HoldsTo {
                load,
                or_more,
                about,
                unit: "workflows".to_owned(),
                runs,
                now: None,
            })
        };
        let holds = |load, or_more, runs| searched(load, or_more, runs, false);
        assert_eq!(searched(6, false, 10, true), "about 6 (10 runs)");
        assert_eq!(holds(6, false, 100), "6");
        assert_eq!(holds(6, false, 1), "6", "all runs are the same");
        assert_eq!(holds(6, false, 2), "6 (2 runs)");
        assert_eq!(holds(64, true, 12), "64 or more (12 runs)");
        assert_eq!(holds(0, false, 2), "none");
        assert_eq!(searched(0, false, 2, true), "not known");
    }
}
