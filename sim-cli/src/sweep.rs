//! `--sweep PATH=VALUES`: the values that a path takes one after another.

use std::str::FromStr;

/// More steps than this are a mistake.
const STEPS_MAX: usize = 1_000;

/// The forms that a sweep can have, for messages.
const FORMS: &str = "write 1..8, 10..100+10, 1..64*2, 0s..60s+10s or a,b,c";

/// A path and the values it takes.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Sweep {
    /// The path.
    pub path: String,
    /// Its values, at least one.
    pub values: Vec<String>,
}

impl FromStr for Sweep {
    type Err = String;

    fn from_str(text: &str) -> Result<Sweep, String> {
        let (path, values) = text
            .split_once('=')
            .filter(|(path, values)| !path.trim().is_empty() && !values.trim().is_empty())
            .ok_or_else(|| format!("there is no `PATH=VALUES`; {FORMS}"))?;
        let values = match values.split_once("..") {
            Some((from, rest)) => range(from.trim(), rest.trim())?,
            None => list(values)?,
        };
        Ok(Sweep {
            path: path.trim().to_owned(),
            values,
        })
    }
}

fn list(values: &str) -> Result<Vec<String>, String> {
    let values: Vec<String> = values
        .split(',')
        .map(|value| value.trim().to_owned())
        .collect();
    match values.iter().any(String::is_empty) {
        true => Err(format!("a value is empty; {FORMS}")),
        false if values.len() > STEPS_MAX => Err(too_many()),
        false => Ok(values),
    }
}

fn range(from: &str, rest: &str) -> Result<Vec<String>, String> {
    let (to, step) = match rest.find(['+', '*']) {
        Some(at) => (&rest[..at], Some((rest.as_bytes()[at], &rest[at + 1..]))),
        None => (rest, None),
    };
    let (from, from_unit) = number(from)?;
    let (to, unit) = number(to)?;
    if !from_unit.is_empty() && from_unit != unit {
        return Err(format!(
            "a range has one unit, not `{from_unit}` and `{unit}`; {FORMS}"
        ));
    }
    let next: Box<dyn Fn(u64) -> Option<u64>> = match step {
        None => Box::new(|value| value.checked_add(1)),
        Some((b'*', factor)) => {
            let factor = match number(factor)? {
                (factor, "") if factor > 1 && from > 0 => factor,
                _ => return Err(format!("this never reaches its end; {FORMS}")),
            };
            Box::new(move |value| value.checked_mul(factor))
        }
        Some((_, step)) => {
            let step = match number(step)? {
                (step, own) if step > 0 && (own.is_empty() || own == unit) => step,
                _ => return Err(format!("this never reaches its end; {FORMS}")),
            };
            Box::new(move |value| value.checked_add(step))
        }
    };
    if from > to {
        return Err(format!("the range ends before it begins; {FORMS}"));
    }
    let mut values = Vec::new();
    let mut value = Some(from);
    while let Some(at) = value.filter(|at| *at <= to) {
        if values.len() == STEPS_MAX {
            return Err(too_many());
        }
        values.push(format!("{at}{unit}"));
        value = next(at);
    }
    Ok(values)
}

/// A whole number and the unit behind it.
fn number(text: &str) -> Result<(u64, &str), String> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let value = digits
        .parse()
        .map_err(|_| format!("`{text}` is not a whole number with or without a unit; {FORMS}"))?;
    Ok((value, unit))
}

fn too_many() -> String {
    format!("these are more than {STEPS_MAX} values")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        format!("p={text}").parse::<Sweep>().unwrap().values
    }

    #[test]
    fn ranges_and_lists_are_spelled_out() {
        assert_eq!(values("1..4"), ["1", "2", "3", "4"]);
        assert_eq!(values("1..64*4"), ["1", "4", "16", "64"]);
        assert_eq!(values("1..10*4"), ["1", "4"]);
        assert_eq!(values("10..40+15"), ["10", "25", "40"]);
        assert_eq!(values("0s..60s+30s"), ["0s", "30s", "60s"]);
        assert_eq!(values("0..60s+30"), ["0s", "30s", "60s"]);
        assert_eq!(values("none, aws-legacy"), ["none", "aws-legacy"]);
        assert_eq!(values("5"), ["5"]);
        assert_eq!(values("3..3"), ["3"]);
    }

    #[test]
    fn what_never_ends_or_begins_is_refused() {
        for wrong in [
            "",
            "p",
            "p=",
            "=1",
            "p=1..",
            "p=..4",
            "p=4..1",
            "p=1..8*1",
            "p=0..8*2",
            "p=1..8+0",
            "p=1..9999",
            "p=1s..8min",
            "p=a..b",
            "p=1,,2",
            "p=1..99999999999999999999",
        ] {
            assert!(wrong.parse::<Sweep>().is_err(), "{wrong}");
        }
    }
}
