//! Guided stories: they move the real controls, and end where one tries it oneself.

use super::{ANSWERED, choose, open};

#[test]
fn a_guided_story_moves_the_real_controls_and_ends_in_the_open() {
    let mut page = open();
    choose(&mut page, "circleci-ecr-fanout");
    page.click("#guide");
    page.wait_until("document.querySelector('#typed-workloads-ci-workflows').value === '1'");
    for step in 2..=5 {
        page.click("#guide-next");
        page.wait_until(&format!(
            "document.querySelector('#guide-step h3').innerText.startsWith('{step} of 5')"
        ));
    }
    page.wait_until(
        "document.querySelector('#control-workloads-ci-login').value === 'per-workflow'",
    );
    page.click("#guide-end");
    page.wait_until(ANSWERED);
    assert!(page.text("#columns").contains("holds"));
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn the_story_of_the_restart_loop_shows_the_storm_and_ends_with_what_holds() {
    let mut page = open();
    choose(&mut page, "swarm-restart-loop");
    page.click("#guide");
    for step in 1..=5 {
        page.wait_until(&format!(
            "document.querySelector('#guide-step h3').innerText.startsWith('{step} of 5')"
        ));
        page.wait_until(ANSWERED);
        let what_if =
            page.evaluate("document.querySelector('#columns').innerText.includes('holds')");
        assert_eq!(what_if, step == 5, "step {step}");
        if step < 5 {
            page.click("#guide-next");
        }
    }
    page.click("#guide-end");
    page.wait_until("document.querySelector('#guide-step') === null");
    assert_eq!(page.problems(), [""; 0]);
}
