//! The page in a browser, under the headers it is meant to run under.

use pullstorm_core::compile::compile;
use pullstorm_core::engine::simulate;
use pullstorm_core::record::Nothing;
use pullstorm_core::scenario::Document;
use pullstorm_tests::browser::{Page, Scheme, Server, View};
use std::path::PathBuf;

const WIDE: View = View {
    width: 1280,
    scheme: Scheme::Light,
};

#[test]
fn the_net_catches_everything_a_page_can_complain_about() {
    let folder = root().join("tests/assets/bad-page");
    let server = Server::start(folder);
    let mut page = Page::open(&server.url("index.html"), WIDE);
    page.wait_until("window.asked === true");
    let problems = page.problems().join("\n");
    for sign in [
        "said on the console",
        "thrown late",
        "rejected by nobody",
        "said by the worker",
        "missing.css",
        "style-src",
    ] {
        assert!(problems.contains(sign), "{sign} is not in\n{problems}");
    }
}

#[test]
fn the_page_shows_the_digest_that_native_code_computes() {
    let mut page = open();
    page.wait_until(ANSWERED);
    assert_eq!(page.text("#digest"), native_digest(None));
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn the_page_reads_well_wide_and_narrow_by_day_and_night() {
    let mut page = open();
    page.wait_until(ANSWERED);
    for (width, name) in [(1280, "wide"), (400, "narrow")] {
        for (scheme, hour) in [(Scheme::Light, "day"), (Scheme::Dark, "night")] {
            page.look(View { width, scheme });
            let overflow = "document.documentElement.scrollWidth <= window.innerWidth";
            page.wait_until(overflow);
            page.screenshot(&screenshots().join(format!("{name}-{hour}.png")));
        }
    }
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn a_long_answer_can_be_stopped_and_asked_again() {
    let mut page = open();
    page.wait_until(ANSWERED);
    page.evaluate("document.querySelector('#runs').value = '900000'");
    page.click("#run");
    page.wait_until("document.querySelector('progress')?.value > 0");
    page.click("#run");
    page.wait_until(ANSWERED);
    page.evaluate("document.querySelector('#runs').value = '3'");
    page.evaluate("document.querySelector('#seed').value = '18446744073709551615'");
    page.click("#run");
    let native = native_digest(Some(u64::MAX));
    page.wait_until(&format!(
        "document.querySelector('#digest').innerText === '{native}'"
    ));
    assert_eq!(page.problems(), [""; 0]);
}

/// Nothing is being simulated and there is an answer.
const ANSWERED: &str = "document.querySelector('#verdict')?.getAttribute('aria-busy') === 'false' \
    && document.querySelector('#digest') !== null";

/// The digest of the scenario as it is, of run 0, of the scenario's seed or another.
fn native_digest(seed: Option<u64>) -> String {
    let file = root().join("scenarios/circleci-ecr-fanout.yaml");
    let text = std::fs::read(file).expect("the scenario");
    let document = Document::parse("scenario", &text).expect("a scenario");
    let scenario = document.scenario();
    let plan = compile(scenario, "today").expect("a plan");
    let seed = seed.unwrap_or(scenario.seed);
    simulate(&plan, seed, 0, Nothing).0.digest.to_string()
}

fn open() -> Page {
    Page::open(
        &Server::start(root().join("web-dist")).url("index.html"),
        WIDE,
    )
}

fn screenshots() -> PathBuf {
    root().join("target/screenshots")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}
