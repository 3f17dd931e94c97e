//! The storm moves only when somebody plays it, and in jumps for those who prefer less motion.

use super::{ANSWERED, WIDE, root};
use pullstorm_tests::browser::{Page, Server};

/// Notes what the page has repeated, in milliseconds.
const NOTED: &str = "window.repeated = []; const repeat = window.setInterval; \
    window.setInterval = (work, time) => { window.repeated.push(time); return repeat(work, time); };";

/// How often the storm is drawn while it is played, in milliseconds.
fn played_every(motion: &str) -> f64 {
    let server = Server::start(root().join("web-dist"));
    let mut page = Page::open_after(NOTED, &server.url("index.html"), WIDE);
    page.prefer("prefers-reduced-motion", motion);
    page.wait_until(ANSWERED);
    page.wait_until("document.querySelector('#play') !== null");
    assert_eq!(
        page.evaluate("window.repeated.length"),
        0,
        "nobody plays it"
    );
    assert_eq!(page.text("#play"), "Play");
    page.click("#play");
    assert_eq!(page.evaluate("window.repeated.length"), 1);
    if motion == "reduce" {
        let moving = "document.getAnimations().length";
        assert_eq!(page.evaluate(moving), 0, "nothing fades");
        let faded = "[...document.querySelectorAll('*')].filter(it => \
                     getComputedStyle(it).transitionDuration !== '0s').length";
        assert_eq!(page.evaluate(faded), 0, "nothing could");
    }
    page.wait_until("document.querySelector('#now').innerText.includes('failed')");
    assert_eq!(page.problems(), [""; 0]);
    page.evaluate("window.repeated[0]")
        .as_f64()
        .expect("a time")
}

#[test]
fn the_storm_is_played_when_it_is_asked_for_and_in_jumps_where_less_motion_is_preferred() {
    let (smooth, jumping) = (played_every("no-preference"), played_every("reduce"));
    assert!(smooth <= 50.0, "{smooth}");
    assert!(jumping >= 500.0, "{jumping}");
}
