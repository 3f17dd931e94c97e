//! The page in a browser, under the headers it is meant to run under.

use pullstorm_core::recommend::{Options, recommend};
use pullstorm_core::replicate::Sequential;
use pullstorm_core::report::Report;
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::built_in;
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
fn the_page_says_what_native_code_says_with_the_same_digest() {
    let mut page = open();
    page.wait_until(ANSWERED);
    let native = native(None, None);
    assert_eq!(page.text("#digest"), native.variants[0].digest);
    assert_eq!(page.text("#headline"), native.lines[0].text);
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
    page.wait_until("parseInt(document.querySelector('#runs-done')?.innerText) > 10");
    page.click("#run");
    page.wait_until(ANSWERED);
    page.evaluate("document.querySelector('#runs').value = '3'");
    page.evaluate("document.querySelector('#seed').value = '18446744073709551615'");
    page.click("#run");
    let digest = &native(Some(u64::MAX), Some(3)).variants[0].digest;
    page.wait_until(&format!(
        "document.querySelector('#digest').innerText === '{digest}'"
    ));
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn a_page_whose_worker_does_not_load_says_so_and_tries_again() {
    let folder = std::env::temp_dir().join(format!("pullstorm-page-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let copy = |name: &str| {
        std::fs::copy(root().join("web-dist").join(name), folder.join(name)).expect("a copy");
    };
    for name in [
        "index.html",
        "main.js",
        "app.js",
        "app_bg.wasm",
        "style.css",
    ] {
        copy(name);
    }
    let mut page = Page::open(&Server::start(&folder).url("index.html"), WIDE);
    page.wait_until("document.querySelector('#error') !== null");
    assert_eq!(page.text("#error"), "The worker could not be loaded.");
    copy("worker.js");
    page.click("#run");
    page.wait_until(ANSWERED);
    std::fs::remove_dir_all(&folder).expect("a folder of its own");
}

/// Nothing is being simulated and there is an answer.
const ANSWERED: &str = "document.querySelector('#verdict')?.getAttribute('aria-busy') === 'false' \
    && document.querySelector('#digest') !== null";

/// What native code recommends, with the scenario's seed and runs or others.
fn native(seed: Option<u64>, runs: Option<u32>) -> Report {
    let scenario = built_in("circleci-ecr-fanout").expect("incident 1");
    let document = Document::parse(scenario.name, scenario.text.as_bytes()).expect("a scenario");
    let mut options = Options::of(&document);
    options.seed = seed.unwrap_or(options.seed);
    options.runs = runs;
    let recommendation = recommend(&document, &options, &Sequential).expect("a plan");
    recommendation.expect("some runs").report
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
