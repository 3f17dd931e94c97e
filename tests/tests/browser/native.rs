//! The page says what native code says, to the last digit.

use super::review::command_line;
use super::{ANSWERED, choose, open, root, set};
use pullstorm_core::replicate::Sequential;
use pullstorm_core::report::{Report, judge_variants, report};
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::{BUILT_IN, built_in};

#[test]
fn every_incident_has_the_verdict_and_the_digest_of_native_code() {
    let mut page = open();
    let mut gallery = String::new();
    for scenario in BUILT_IN {
        choose(&mut page, scenario.name);
        let native = native(scenario.name, &[], None);
        let name = scenario.name;
        let (number, counts) = in_short(&native.lines[0].text);
        gallery += &format!("{name}\t{number}\t{counts}\n");
        assert_eq!(page.text("#digest"), native.variants[0].digest, "{name}");
        // What is code in a terminal is code in the page, without the marks.
        let told = native.lines[0].text.replace('`', "");
        assert_eq!(page.text("#headline"), told, "{name}");
        assert_eq!(
            page.text("#digest-what-if"),
            native.variants[0].digest,
            "{name}"
        );
    }
    assert_eq!(page.problems(), [""; 0]);
    let file = root().join("web/src/page/incidents.tsv");
    if std::env::var_os("PULLSTORM_BLESS").is_some() {
        std::fs::write(&file, &gallery).expect("a file");
    }
    let written = std::fs::read_to_string(&file).expect("the numbers of the gallery");
    assert_eq!(
        written, gallery,
        "PULLSTORM_BLESS=1 accepts the numbers of the gallery"
    );
}

/// The number of a verdict that the gallery shows, and what it counts.
fn in_short(sentence: &str) -> (&str, String) {
    let mut parts = sentence.split("; ");
    let throttled = parts.find(|part| part.contains("throttled"));
    // What clients refuse themselves comes between what is throttled and how all end.
    let ended = parts.find(|part| !part.contains(" itself refuses "));
    let ended = throttled.and(ended).unwrap_or_default();
    if let Some((_, after)) = ended.split_once("done after ") {
        let number = after.split(" ± ").next().unwrap_or_default();
        return (number, "until the last one is done".to_owned());
    }
    let ended = ended.trim_start_matches("on average ");
    let (number, rest) = ended.split_once(" of ").unwrap_or_default();
    let number = number.split(" ± ").next().unwrap_or_default();
    (number, format!("of {rest}"))
}

#[test]
fn what_a_control_sets_is_what_the_command_line_sets() {
    let mut page = open();
    set(&mut page, "#typed-workloads-ci-workflows", "1");
    let native = native(
        "circleci-ecr-fanout",
        &[("workloads.ci.workflows", "1")],
        None,
    );
    let digest = &native.variants[0].digest;
    page.wait_until(&format!(
        "document.querySelector('#digest-what-if').innerText === '{digest}'"
    ));
    page.wait_until(ANSWERED);
    assert_eq!(
        page.text("#command"),
        "pullstorm run circleci-ecr-fanout --set workloads.ci.workflows=1"
    );
    let words = page.text("#command");
    let printed = command_line()
        .args(words.split(' ').skip(1))
        .current_dir(root())
        .output()
        .expect("the command line starts");
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(printed.contains(digest), "{words} prints\n{printed}");
    assert_eq!(page.problems(), [""; 0]);
}

/// What native code says of an incident with values set.
fn native(name: &str, sets: &[(&str, &str)], runs: Option<u32>) -> Report {
    let scenario = built_in(name).expect("an incident");
    let mut document = Document::parse(name, scenario.text.as_bytes()).expect("a scenario");
    for (path, value) in sets {
        document = document.set(path, value).expect("a value");
    }
    let only = ["today".to_owned()];
    let prepared = pullstorm_core::replicate::prepare(&document, &only).expect("a plan");
    let seed = document.scenario().seed;
    report(&judge_variants(prepared, &Sequential, seed, runs), seed)
}
