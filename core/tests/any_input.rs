//! Whatever is given to the scenario language, it ends in a scenario or in problems with places.

use proptest::collection::vec;
use proptest::prelude::*;
use pullstorm_core::scenario::{Document, Problem};
use pullstorm_core::yaml::{Diagnostics, Path, SourceId, edit, read};

const SCENARIOS: [&str; 2] = [
    include_str!("../../scenarios/circleci-ecr-fanout.yaml"),
    include_str!("support/every_key.yaml"),
];

/// Pieces from which hand-made YAML mistakes are made.
const PIECES: [&str; 44] = [
    "a",
    "ci",
    "jobs",
    "pullstorm",
    "workloads",
    "variants",
    "set",
    "retry",
    ": ",
    ":",
    "- ",
    "-",
    "\n",
    "\n  ",
    "\n    ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "'",
    "\"",
    "|",
    ">",
    "&x ",
    "*x",
    "!!str ",
    "<<",
    "#",
    " # ",
    "---",
    "...",
    "1",
    "60ms",
    "4/s",
    "1e999",
    "-1",
    ".nan",
    "null",
    "~",
    "é",
    "\r\n",
    "\u{feff}",
];

/// Each problem can be shown, and its place is in the text it names.
fn are_shown(problems: &Diagnostics) {
    assert!(!problems.items().is_empty());
    for problem in problems.items() {
        for place in problem
            .place
            .iter()
            .chain(problem.also.iter().map(|(place, _)| place))
        {
            let text = &problems
                .sources()
                .get(place.source)
                .expect("the text is known")
                .text;
            assert!(place.start <= place.end, "{problem:?}");
            assert!(
                text.is_char_boundary((place.start as usize).min(text.len())),
                "{problem:?}"
            );
        }
    }
    assert!(problems.render(false).starts_with("error: "));
    problems.render(true);
}

fn parse(bytes: &[u8]) -> Option<Document> {
    Document::parse("scenario.yaml", bytes)
        .map_err(|problems| are_shown(&problems))
        .ok()
}

fn mutated() -> impl Strategy<Value = String> {
    let change = (
        any::<prop::sample::Index>(),
        0..12usize,
        prop::sample::select(PIECES.to_vec()),
    );
    (prop::sample::select(SCENARIOS.to_vec()), vec(change, 1..4)).prop_map(|(text, changes)| {
        let mut letters: Vec<char> = text.chars().collect();
        for (at, length, piece) in changes {
            let start = at.index(letters.len());
            let end = (start + length).min(letters.len());
            letters.splice(start..end, piece.chars());
        }
        letters.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..200)) {
        parse(&bytes);
    }

    #[test]
    fn any_pieces_of_yaml(pieces in vec(prop::sample::select(PIECES.to_vec()), 0..40)) {
        let text = pieces.concat();
        parse(text.as_bytes());
        parse(format!("pullstorm: 1\n{text}").as_bytes());
    }

    #[test]
    fn any_slip_of_the_finger_in_a_scenario(text in mutated()) {
        if let Some(document) = parse(text.as_bytes()) {
            document.scenario();
        }
    }

    #[test]
    fn any_argument(
        path in prop::sample::select(vec![
            "workloads.ci.jobs", "workloads.ci.retry.attempts", "workloads.ci", "expect",
            "services",
            "services.ecr.latency.uniform", "variants.x", "", "a..b", "load.path", "name", "é.ü",
        ]),
        value in vec(prop::sample::select(PIECES.to_vec()), 0..8),
    ) {
        let document = parse(SCENARIOS[0].as_bytes()).unwrap();
        for set in [Document::set, Document::set_everywhere] {
            if let Err(problems) = set(&document, path, &value.concat()) {
                are_shown(&problems);
            }
        }
    }

    #[test]
    fn an_edit_changes_its_own_line_only(jobs in 1u32..1_000_000) {
        let text = SCENARIOS[0];
        let path = Path::parse("workloads.ci.jobs").unwrap();
        let edited = edit::replace(text, &path, &jobs.to_string()).unwrap();
        let changed = text.lines().zip(edited.lines()).filter(|(a, b)| a != b).count();
        prop_assert!(changed <= 1);
        prop_assert_eq!(text.lines().count(), edited.lines().count());
        let root = read(&edited, SourceId::FILE).unwrap();
        let written = jobs.to_string();
        prop_assert_eq!(root.at(&path).unwrap().text(), Some(written.as_str()));
    }
}

#[test]
fn the_scenario_with_every_key_is_a_scenario() {
    assert!(parse(SCENARIOS[1].as_bytes()).is_some());
}

#[test]
fn problems_of_others_are_shown_at_their_place() {
    let document = parse(SCENARIOS[0].as_bytes()).unwrap();
    let problem = Problem {
        place: document.scenario().services[0].place,
        path: "services.ecr".to_owned(),
        message: "nobody calls it".to_owned(),
        hint: None,
    };
    let shown = document.diagnostics(vec![problem]).to_string();
    assert!(shown.contains("|   ecr:\n"), "{shown}");
}
