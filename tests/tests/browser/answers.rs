//! Links, and what is asked beyond the comparison.

use super::{ANSWERED, open, open_at, set};

#[test]
fn a_link_opens_with_the_same_digests() {
    let mut page = open();
    set(&mut page, "#control-workloads-ci-login", "per-job");
    page.wait_until("document.querySelector('#command').innerText.includes('--set')");
    page.wait_until(ANSWERED);
    let digests = [page.text("#digest"), page.text("#digest-what-if")];
    page.wait_until("location.hash.startsWith('#v1.')");
    let fragment = page.evaluate("location.hash");
    let fragment = fragment.as_str().expect("a fragment");
    let mut again = open_at(fragment);
    assert_eq!(
        [again.text("#digest"), again.text("#digest-what-if")],
        digests
    );
    assert_eq!(again.problems(), [""; 0]);
}
