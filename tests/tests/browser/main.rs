//! The page in a browser, under the headers it is meant to run under.

mod answers;
mod bad_input;
mod experiment;
mod fit;
mod lanes;
mod motion;
mod native;
mod review;
mod saved;
mod served;
mod stories;
mod workers;

use pullstorm_tests::browser::{Page, Scheme, Server, View};
use std::path::PathBuf;

const WIDE: View = View {
    width: 1280,
    scheme: Scheme::Light,
};

/// All runs of what is shown are made and judged.
const ANSWERED: &str = "document.querySelector('#study')?.getAttribute('aria-busy') === 'false' \
    && document.querySelector('#digest') !== null";

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

/// The page as it begins, once it has answered.
fn open() -> Page {
    open_at("")
}

/// The page with a fragment, once it has answered.
fn open_at(fragment: &str) -> Page {
    let server = Server::start(root().join("web-dist"));
    let mut page = Page::open(&(server.url("index.html") + fragment), WIDE);
    page.wait_until(ANSWERED);
    page
}

/// Chooses an incident of the gallery and waits for its answer.
fn choose(page: &mut Page, name: &str) {
    page.click(&format!("#incident-{name}"));
    page.wait_until(&format!(
        "document.querySelector('#incident-{name}').getAttribute('aria-current') === 'true'"
    ));
    page.wait_until(ANSWERED);
}

/// Puts a value into a control as somebody does who types it.
fn set(page: &mut Page, selector: &str, value: &str) {
    let script = format!(
        "(() => {{
            const element = document.querySelector({selector:?});
            element.value = {value:?};
            element.dispatchEvent(new Event('change', {{ bubbles: true }}));
        }})()"
    );
    page.evaluate(&script);
    page.let_render();
}

fn screenshots() -> PathBuf {
    root().join("target/screenshots")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}
