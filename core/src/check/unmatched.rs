//! What a baseline has of scenarios that were not checked, and why that may be.

use super::baseline::{Baseline, Entry};
use crate::order::Arrange;
use crate::scenarios::built_in;

/// A scenario that was given to a check.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Given {
    /// Its name.
    pub scenario: String,
    /// Its file as it was named; none for a built-in scenario.
    pub file: Option<String>,
}

/// What a baseline has of scenarios that were not given, in sentences.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct Unmatched {
    /// Those whose file is gone or has another scenario now: nothing holds them any more.
    pub lost: Vec<String>,
    /// Those that nobody asked for, and those of which it is not known.
    pub notes: Vec<String>,
}

/// The scenarios of a baseline that were not given. `is_there`
/// says whether there is a file, `again` is the command that writes the baseline again, with so many
/// more paths: it has to name all that are to stay.
pub fn unmatched(
    baseline: &Baseline,
    given: &[Given],
    is_there: &dyn Fn(&str) -> bool,
    again: &dyn Fn(&[&str]) -> String,
) -> Unmatched {
    let mut lost: Vec<(Why, Vec<String>)> = Vec::new();
    let mut stay: Vec<&str> = Vec::new();
    for entry in &baseline.entries {
        if given.iter().any(|it| it.scenario == entry.scenario) {
            continue;
        }
        let (why, named) = why(entry, given, is_there);
        let path = entry.file.as_deref().unwrap_or(&entry.scenario);
        if why == Why::NotGiven && !stay.contains(&path) {
            stay.push(path);
        }
        match lost.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) if names.contains(&named) => {}
            Some((_, names)) => names.push(named),
            None => lost.push((why, vec![named])),
        }
    }
    lost.arrange_by_key(|(why, _)| *why);
    let again = again(&stay);
    let sentence = |why: Why, names: Vec<String>| {
        let names = names.join(", ");
        match why {
            Why::Gone => format!(
                "nothing is compared with what the baseline has of files that are gone: {names}; to \
                 take them out of it: `{again}`"
            ),
            Why::Renamed => format!(
                "files have other scenarios than when the baseline was written: {names}; to keep \
                 what they have now: `{again}`"
            ),
            Why::Unknown => format!(
                "no path given leads to scenarios that the baseline has: {names}; if their files are \
                 gone, take them out of it: `{again}`"
            ),
            Why::NotGiven => {
                format!("the baseline also has scenarios that were not among the paths: {names}")
            }
        }
    };
    let mut unmatched = Unmatched::default();
    for (why, names) in lost {
        match why {
            Why::Gone | Why::Renamed => unmatched.lost.push(sentence(why, names)),
            Why::Unknown | Why::NotGiven => unmatched.notes.push(sentence(why, names)),
        }
    }
    unmatched
}

/// Why a scenario of a baseline was not checked; what somebody has to do something about first.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd)]
enum Why {
    Gone,
    Renamed,
    Unknown,
    NotGiven,
}

fn why(entry: &Entry, given: &[Given], is_there: &dyn Fn(&str) -> bool) -> (Why, String) {
    let scenario = &entry.scenario;
    let Some(file) = &entry.file else {
        let why = match built_in(scenario) {
            Some(_) => Why::NotGiven,
            None => Why::Unknown,
        };
        return (why, scenario.clone());
    };
    let now = given.iter().find(|it| it.file.as_ref() == Some(file));
    match now {
        Some(now) => (
            Why::Renamed,
            format!("{file} ({scenario}, now {})", now.scenario),
        ),
        None if is_there(file) => (Why::NotGiven, format!("{file} ({scenario})")),
        None => (Why::Gone, format!("{file} ({scenario})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Tolerance;
    use crate::judge::Status;

    fn entry(scenario: &str, file: Option<&str>) -> Entry {
        Entry {
            scenario: scenario.to_owned(),
            variant: "today".to_owned(),
            file: file.map(str::to_owned),
            fingerprint: String::new(),
            seed: 1,
            runs: 1,
            deterministic: true,
            digest: String::new(),
            verdict: Status::Met,
            numbers: Vec::new(),
            presets: Vec::new(),
            limits: None,
            policies: Vec::new(),
        }
    }

    #[test]
    fn a_file_that_is_gone_is_told_apart_from_one_that_was_not_named() {
        let entries = vec![
            entry("kept", Some("limits/kept.yaml")),
            entry("gone", Some("limits/gone.yaml")),
            entry("gone", Some("limits/gone.yaml")),
            entry("old", Some("limits/renamed.yaml")),
            entry("other", Some("elsewhere/other.yaml")),
            entry("circleci-ecr-fanout", None),
            entry("of-an-older-file", None),
        ];
        let baseline = Baseline::new(Tolerance::default(), entries);
        let given = [("kept", "limits/kept.yaml"), ("new", "limits/renamed.yaml")];
        let given = given.map(|(scenario, file)| Given {
            scenario: scenario.to_owned(),
            file: Some(file.to_owned()),
        });
        let is_there = |file: &str| file != "limits/gone.yaml";
        let again = |more: &[&str]| format!("again limits {}", more.join(" "));
        let Unmatched { lost, notes } = unmatched(&baseline, &given, &is_there, &again);
        assert_eq!(lost.len(), 2, "what nobody asked for is not lost");
        let said = [lost, notes].concat();
        let ends = [
            "are gone: limits/gone.yaml (gone); to take them out of it: `again limits \
             circleci-ecr-fanout elsewhere/other.yaml`",
            "limits/renamed.yaml (old, now new); to keep what they have now: `again limits \
             circleci-ecr-fanout elsewhere/other.yaml`",
            "the baseline has: of-an-older-file; if their files are gone, take them out of it: \
             `again limits circleci-ecr-fanout elsewhere/other.yaml`",
            "not among the paths: circleci-ecr-fanout, elsewhere/other.yaml (other)",
        ];
        assert_eq!(said.len(), ends.len(), "{said:?}");
        for (said, end) in said.iter().zip(ends) {
            assert!(said.ends_with(end), "{said}");
        }
    }
}
