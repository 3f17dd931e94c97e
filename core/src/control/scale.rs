//! Numbers along a slider: evenly by powers of ten, with 0 at the left end.

use super::{Form, Measure};
use crate::report::{number, seconds};
use crate::units::text;

/// How many powers of ten a slider goes below and above a value.
const DECADES: f64 = 2.0;

/// The part of a slider at its left end that means 0.
const ZERO: f64 = 0.04;

/// A form with the ends of its slider.
struct Scale {
    low: f64,
    high: f64,
    has_zero: bool,
}

/// Where the value `text` lies on the slider of a form that is laid out around `anchor`, from 0 to 1.
/// `None` where the form has no slider or a text is no value of it.
pub fn position(form: &Form, anchor: &str, text: &str) -> Option<f64> {
    let scale = Scale::around(form, read(form, anchor)?);
    let value = read(form, text)?;
    if value < scale.low {
        return Some(0.0);
    }
    let span = libm::log10(scale.high / scale.low);
    let place = libm::log10(value / scale.low) / span;
    let left = if scale.has_zero { ZERO } else { 0.0 };
    Some((left + place * (1.0 - left)).clamp(0.0, 1.0))
}

/// The value at a place of the same slider, as it is written, with the digits that a slider can mean.
pub fn at_position(form: &Form, anchor: &str, place: f64) -> Option<String> {
    let scale = Scale::around(form, read(form, anchor)?);
    let left = if scale.has_zero { ZERO } else { 0.0 };
    let place = place.clamp(0.0, 1.0);
    if scale.has_zero && place < left / 2.0 {
        return write(form, 0.0);
    }
    let place = ((place - left) / (1.0 - left)).max(0.0);
    let value = scale.low * libm::pow(scale.high / scale.low, place);
    write(form, rounded(value))
}

/// The value next to `text` above it, or below it, that a slider of `steps` steps stops at: what an
/// arrow key means. A count may stay the same for several steps, and a key is to move it all the
/// same. `None` at the end of the slider.
pub fn next(form: &Form, anchor: &str, text: &str, steps: u32, is_up: bool) -> Option<String> {
    let value = read(form, text)?;
    let steps_f = f64::from(steps);
    let at = (position(form, anchor, text)? * steps_f).round() as i64;
    let places: &mut dyn Iterator<Item = i64> = match is_up {
        true => &mut (at..=i64::from(steps)),
        false => &mut (0..=at).rev(),
    };
    places
        .filter_map(|step| at_position(form, anchor, step as f64 / steps_f))
        .find(|other| {
            read(form, other).is_some_and(|other| match is_up {
                true => other > value,
                false => other < value,
            })
        })
}

impl Scale {
    fn around(form: &Form, anchor: f64) -> Scale {
        let power = libm::pow(10.0, DECADES);
        match form {
            Form::Count { min, max } => {
                let high = (anchor * power).max(64.0).min(*max as f64);
                Scale {
                    low: (*min as f64).max(1.0),
                    high: high.max(2.0),
                    has_zero: *min == 0,
                }
            }
            Form::Quantity(Measure::Share) => Scale {
                low: 1e-3,
                high: 1.0,
                has_zero: true,
            },
            Form::Quantity(measure) => {
                let usual = match measure {
                    Measure::Time => 10.0,
                    Measure::Bytes => 1e8,
                    Measure::Rate | Measure::Share | Measure::Number => 1.0,
                };
                let middle = if anchor > 0.0 { anchor } else { usual };
                Scale {
                    low: middle / power,
                    high: middle * power,
                    has_zero: true,
                }
            }
            Form::Choice(_) | Form::Flag | Form::Text => Scale {
                low: 1.0,
                high: 2.0,
                has_zero: false,
            },
        }
    }
}

/// Two digits below a hundred, three above: what a step of a slider can mean.
fn rounded(value: f64) -> f64 {
    let power = libm::floor(libm::log10(value));
    let digits = if value < 100.0 { 1.0 } else { 2.0 };
    let unit = libm::pow(10.0, power - digits);
    (value / unit).round() * unit
}

fn read(form: &Form, written: &str) -> Option<f64> {
    match form {
        Form::Count { .. } => text::count(written).ok().map(|count| count as f64),
        Form::Quantity(Measure::Time) => text::span(written).ok().map(|span| span.as_secs_f64()),
        Form::Quantity(Measure::Rate) => match written.trim() {
            "0" => Some(0.0),
            written if written.starts_with("0/") => Some(0.0),
            written => text::rate(written).ok().map(|rate| rate.per_second_f64()),
        },
        Form::Quantity(Measure::Share) => {
            let parts = text::parts_per_million(written).ok()?;
            Some(f64::from(parts) / 1e6)
        }
        Form::Quantity(Measure::Bytes) => text::bytes(written).ok().map(|bytes| bytes as f64),
        Form::Quantity(Measure::Number) => text::number(written).ok(),
        Form::Choice(_) | Form::Flag | Form::Text => None,
    }
}

fn write(form: &Form, value: f64) -> Option<String> {
    let written = match form {
        Form::Count { min, max } => {
            let whole = value.round().clamp(*min as f64, *max as f64);
            format!("{whole}")
        }
        Form::Quantity(Measure::Time) => seconds(value).replace(' ', ""),
        Form::Quantity(Measure::Rate) if value == 0.0 => "0/s".to_owned(),
        Form::Quantity(Measure::Rate) if value < 0.1 => format!("{}/h", number(value * 3_600.0)),
        Form::Quantity(Measure::Rate) => format!("{}/s", number(value)),
        Form::Quantity(Measure::Share) => format!("{}%", number(value * 100.0)),
        Form::Quantity(Measure::Bytes) if value >= 1e6 => format!("{}MB", number(value / 1e6)),
        Form::Quantity(Measure::Bytes) => format!("{}kB", number(value / 1e3)),
        Form::Quantity(Measure::Number) => number(value),
        Form::Choice(_) | Form::Flag | Form::Text => return None,
    };
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOBS: Form = Form::Count { min: 1, max: 4_000 };
    const TIME: Form = Form::Quantity(Measure::Time);

    #[test]
    fn a_value_stays_where_it_was_put() {
        let rate = Form::Quantity(Measure::Rate);
        for (form, anchor) in [(JOBS, "32"), (TIME, "48s"), (rate, "4/s")] {
            for step in 1..100 {
                let place = f64::from(step) / 100.0;
                let text = at_position(&form, anchor, place).unwrap();
                let back = position(&form, anchor, &text).unwrap();
                assert!(
                    (back - place).abs() < 0.06,
                    "{text}: {place} came back as {back}"
                );
            }
        }
    }

    #[test]
    fn each_arrow_key_moves_a_value_until_the_end_of_its_slider() {
        for (form, anchor, most) in [(JOBS, "2", "200"), (TIME, "48s", "4800s")] {
            let mut text = anchor.to_owned();
            let mut keys = 0;
            while let Some(less) = next(&form, anchor, &text, 200, false) {
                assert!(read(&form, &less) < read(&form, &text));
                text = less;
                keys += 1;
            }
            assert!(keys <= 200 && read(&form, &text).unwrap() <= 1.0, "{text}");
            while let Some(more) = next(&form, anchor, &text, 200, true) {
                assert!(read(&form, &more) > read(&form, &text));
                text = more;
            }
            assert_eq!(read(&form, &text), read(&form, most), "{text}");
        }
        assert_eq!(next(&JOBS, "2", "2", 200, false).unwrap(), "1");
        assert_eq!(next(&JOBS, "2", "2", 200, true).unwrap(), "3");
        assert_eq!(next(&JOBS, "2", "many", 200, true), None);
    }

    #[test]
    fn a_slider_ends_at_nothing_and_at_the_limits() {
        assert_eq!(at_position(&TIME, "0s", 0.0).unwrap(), "0s");
        assert_eq!(at_position(&JOBS, "32", 0.0).unwrap(), "1");
        assert_eq!(at_position(&JOBS, "3000", 1.0).unwrap(), "4000");
        assert_eq!(at_position(&Form::Flag, "true", 0.5), None);
        assert_eq!(position(&TIME, "48s", "soon"), None);
    }
}
