//! What happens when: lanes over one time axis, with one crosshair.

use super::{choose, open};
use pullstorm_tests::browser::Page;

/// Where the lanes are in the window: left, top, width.
fn place(page: &mut Page) -> (f64, f64, f64) {
    page.evaluate(
        "document.querySelector('#timed').scrollIntoView({ block: 'start', behavior: 'instant' })",
    );
    let place = page.evaluate(
        "(() => { const box = document.querySelector('.track svg[role=img]').getBoundingClientRect(); \
         return [box.left, box.top + box.height / 2, box.width]; })()",
    );
    let of = |at: usize| place[at].as_f64().expect("a number");
    (of(0), of(1), of(2))
}

/// Where the first line of the herd is in the window: left, and its middle.
fn line_of_the_herd(page: &mut Page) -> (f64, f64) {
    page.evaluate(
        "document.querySelector('svg.rows').scrollIntoView({ block: 'center', behavior: 'instant' })",
    );
    let place = page.evaluate(
        "(() => { const list = document.querySelector('svg.rows').parentElement; list.scrollTop = 0; \
         const box = list.getBoundingClientRect(); return [box.left, box.top + 7]; })()",
    );
    let of = |at: usize| place[at].as_f64().expect("a number");
    (of(0), of(1))
}

/// The times along the axis.
fn axis(page: &mut Page) -> String {
    let texts = "[...document.querySelectorAll('.axis text')].map(it => it.textContent).join(' ')";
    page.evaluate(texts).as_str().unwrap_or_default().to_owned()
}

#[test]
fn all_lanes_have_one_crosshair_and_each_has_words_and_numbers() {
    let mut page = open();
    choose(&mut page, "swarm-restart-loop");
    page.wait_until("document.querySelector('#herd-summary') !== null");
    let names = page.text(".tracks");
    for name in [
        "attempts a second",
        "credits left",
        "locked out, per IP address",
        "Attempts a second by loop",
        "What they do",
    ] {
        assert!(names.contains(name), "{name} is not in {names}");
    }
    let (left, top, width) = place(&mut page);
    page.point_at(left + width / 2.0, top);
    let places = page.evaluate(
        "[...new Set([...document.querySelectorAll('#timed line.crosshair')].map(it => \
         Math.round(it.getBoundingClientRect().left)))]",
    );
    assert_eq!(places.as_array().map(Vec::len), Some(1), "{places}");
    let counts = page.evaluate(
        "['#timed line.crosshair', '.track svg[role=img]', '#track-numbers table', \
         '.track svg[aria-label]'].map(it => document.querySelectorAll(it).length)",
    );
    let count = |at: usize| counts[at].as_u64().expect("a count");
    assert_eq!(
        count(0),
        count(1) + 1,
        "one in each track and one in the herd"
    );
    assert_eq!((count(2), count(3)), (count(1), count(1)));
    assert!(page.text(".track figcaption").contains("offered"));
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn two_fingers_zoom_and_one_moves_along_and_neither_is_a_click() {
    let mut page = open();
    choose(&mut page, "harness-ecs-deploys");
    page.wait_until("document.querySelector('#herd-summary') !== null");
    let (left, top, width) = place(&mut page);
    let whole = axis(&mut page);
    let at = |part: f64| (left + part * width, top);
    page.touch("touchStart", &[at(0.4), at(0.6)]);
    page.touch("touchMove", &[at(0.2), at(0.8)]);
    page.touch("touchEnd", &[]);
    let zoomed = axis(&mut page);
    assert_ne!(zoomed, whole);
    page.touch("touchStart", &[at(0.5)]);
    page.touch("touchMove", &[at(0.8)]);
    page.touch("touchEnd", &[]);
    let moved = axis(&mut page);
    assert_ne!(moved, zoomed);
    page.touch("touchStart", &[at(0.2), at(0.8)]);
    page.touch("touchMove", &[at(0.48), at(0.52)]);
    page.touch("touchEnd", &[]);
    assert_eq!(axis(&mut page), whole);
    assert_eq!(page.text("#story"), "");
    // Along the lines of the herd, too, where a click tells a story.
    let (left, top) = line_of_the_herd(&mut page);
    page.drag((left + 0.5 * width, top), 0.1 * width);
    assert_eq!(page.text("#story"), "");
    page.drag((left + 0.5 * width, top), 0.0);
    page.wait_until("document.querySelector('#story').innerText.trim() !== ''");
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn start_delays_are_drawn_beside_the_best_possible() {
    let mut page = open();
    page.wait_until("document.querySelector('.chart figcaption') !== null");
    let told = page.text(".chart figcaption");
    let words = "Whatever the retry timing, one call waits 46s at least (best possible).";
    assert!(told.contains(words), "{told}");
    let drawn = page.evaluate("decodeURIComponent(document.querySelector('.chart img').src)");
    let drawn = drawn.as_str().unwrap_or_default();
    assert!(drawn.contains("best possible: last not before 46s"));
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn the_keyboard_moves_the_crosshair_and_the_window_follows_it() {
    let mut page = open();
    choose(&mut page, "harness-ecs-deploys");
    page.wait_until("document.querySelector('#herd-summary') !== null");
    page.evaluate("document.querySelector('.lanes').focus()");
    let places = "[...new Set([...document.querySelectorAll('#timed line.crosshair')].map(it => \
                  Math.round(it.getBoundingClientRect().left)))]";
    assert_eq!(page.evaluate(places), serde_json::json!([]));
    page.press("ArrowRight");
    let first = page.evaluate(places);
    page.press("ArrowRight");
    let second = page.evaluate(places);
    let at = |places: &serde_json::Value| places[0].as_i64().expect("one place for all lanes");
    assert!(at(&second) > at(&first), "{first} {second}");
    assert!(page.text(".track figcaption").contains("offered"));
    assert!(page.text(".crosshair-time").starts_with("at "));
    let whole = axis(&mut page);
    page.press("+");
    for _ in 0..120 {
        page.press("ArrowRight");
    }
    assert_ne!(axis(&mut page), whole, "it goes on to the end");
    let late = axis(&mut page);
    page.press_with("ArrowLeft", true);
    assert_ne!(axis(&mut page), late, "with shift it moves along");
    page.press("0");
    assert_eq!(axis(&mut page), whole);
    page.click("[aria-label='Zoom in']");
    let near = axis(&mut page);
    assert_ne!(near, whole);
    page.evaluate("document.querySelector('.lanes').focus()");
    page.press("-");
    assert_ne!(axis(&mut page), near);
    page.click("[aria-label='All of the run']");
    assert_eq!(axis(&mut page), whole);
    page.evaluate("document.querySelector('.lanes').focus()");
    page.press("Escape");
    assert_eq!(page.evaluate(places), serde_json::json!([]));
    assert_eq!(page.text("#story"), "");
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn the_storm_is_played_paused_stepped_and_scrubbed_and_the_limiters_follow() {
    let mut page = open();
    choose(&mut page, "harness-ecs-deploys");
    page.wait_until("document.querySelector('#tanks .tank') !== null");
    let scrub = |page: &mut Page, step: u32| {
        page.evaluate(&format!(
            "(() => {{ const it = document.querySelector('.player input[type=range]'); it.value = {step}; \
             it.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()"
        ));
        page.let_render();
    };
    let so_far = |page: &mut Page| {
        let text = page.text("#tanks .summary");
        let (_, after) = text.split_once("; ").expect("two parts");
        let number = after.split(' ').next().unwrap_or_default().replace(',', "");
        number.parse::<f64>().expect("a number")
    };
    assert!(page.text("#tanks .summary").contains(" in all, "));
    let dots = page.evaluate(
        "[...document.querySelectorAll('#tanks path')].map(it => it.getAttribute('d').split('M').length - 1)",
    );
    let drawn: u64 = dots
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it.as_u64())
        .sum();
    assert!(drawn > 10, "all calls of the deploys: {dots}");
    scrub(&mut page, 200);
    let all = so_far(&mut page);
    scrub(&mut page, 2);
    let few = so_far(&mut page);
    assert!(few < all, "{few} of {all}");
    assert!(page.text("#tanks").contains("credits left"));
    let now = page.text("#now");
    page.click(".player button:nth-of-type(2)");
    assert_ne!(page.text("#now"), now, "a step");
    page.click(".player .switch button:nth-child(3)");
    page.click("#play");
    page.wait_until("document.querySelector('#play').innerText === 'Pause'");
    let before = page.text("#now");
    page.wait_until(&format!(
        "document.querySelector('#now').innerText !== {before:?}"
    ));
    page.click("#play");
    page.wait_until("document.querySelector('#play').innerText === 'Play'");
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn a_run_that_is_one_instant_is_seen_in_the_order_of_its_attempts() {
    let mut page = open();
    page.wait_until("document.querySelector('#instant') !== null");
    assert_eq!(axis(&mut page), "0 attempts 100 200 300");
    // The bars of the herd are as long as their jobs were asking, not all of them a line at the edge.
    let long = page.evaluate("document.querySelector('path.lane-pulling').getBBox().width");
    assert!(long.as_f64() > Some(900.0), "{long}");
    choose(&mut page, "harness-ecs-deploys");
    page.wait_until("document.querySelector('#instant') === null");
    assert_eq!(page.problems(), [""; 0]);
}
