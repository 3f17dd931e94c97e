//! `--sweep PATH=VALUES`: the values that a path takes one after another.

use pullstorm_core::capacity::Vary;
use std::str::FromStr;

/// A path and the values it takes.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Sweep {
    /// The path.
    pub path: String,
    /// They as they were written.
    pub range: String,
    /// Its values, at least one.
    pub values: Vec<String>,
    /// Whether all of them are numbers, which may be loads.
    pub is_of_numbers: bool,
}

impl FromStr for Sweep {
    type Err = String;

    fn from_str(text: &str) -> Result<Sweep, String> {
        let vary: Vary = text.parse()?;
        Ok(Sweep {
            values: vary.values.listed()?,
            is_of_numbers: vary.is_of_numbers(),
            range: text
                .split_once('=')
                .map_or("", |(_, range)| range)
                .to_owned(),
            path: vary.path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_is_a_range_that_is_spelled_out() {
        let sweep: Sweep = "ci.jobs=1..64*8".parse().unwrap();
        assert_eq!(sweep.path, "ci.jobs");
        assert_eq!(sweep.values, ["1", "8", "64"]);
        assert!(sweep.is_of_numbers);
        let words: Sweep = "ci.login=per-job,per-workflow".parse().unwrap();
        assert!(!words.is_of_numbers);
        assert!("p=1..9999".parse::<Sweep>().is_err());
    }
}
