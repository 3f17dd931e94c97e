//! The page simulates nothing itself: workers do, in slices, so that it is never blocked.

use super::{ANSWERED, open, set};

#[test]
fn without_its_workers_the_page_answers_nothing_and_can_still_be_used() {
    let mut page = open();
    page.in_workers("self.onmessage = () => {}; 0");
    set(&mut page, "#typed-workloads-ci-workflows", "1");
    // A page that simulated itself would do so before it draws.
    for _ in 0..20 {
        page.let_render();
    }
    let stale = "document.querySelector('#columns').classList.contains('stale')";
    assert_eq!(page.evaluate(stale), true);
    let busy = "document.querySelector('#study').getAttribute('aria-busy')";
    assert_eq!(page.evaluate(busy), "true");
    page.click("#tab-scenario");
    assert!(
        page.evaluate("document.querySelector('#yaml').value.includes('workflows: 1\\n')") == true
    );
    page.click("#undo");
    let typed = "document.querySelector('#typed-workloads-ci-workflows').value";
    assert_eq!(page.evaluate(typed), "2");
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn a_search_comes_in_slices_between_which_controls_are_answered() {
    let mut page = open();
    page.click("#tab-answers");
    page.evaluate(
        "(() => {
            window.told = new Set();
            window.during = null;
            new MutationObserver(() => {
                const told = document.querySelector('#answering')?.innerText;
                if (told) window.told.add(told);
                const digest = document.querySelector('#digest-what-if').innerText;
                if (told && digest !== window.before) window.during = told;
            }).observe(document.body, { subtree: true, childList: true, characterData: true });
            window.before = document.querySelector('#digest-what-if').innerText;
        })()",
    );
    page.click("#recommend");
    set(&mut page, "#typed-workloads-ci-workflows", "1");
    page.wait_until("document.querySelector('#answer') !== null");
    page.wait_until(ANSWERED);
    let told = page.evaluate("window.told.size").as_u64();
    assert!(told > Some(2), "it says {told:?} times how far it is");
    assert_ne!(page.evaluate("window.during"), serde_json::Value::Null);
    assert_eq!(page.problems(), [""; 0]);
}
