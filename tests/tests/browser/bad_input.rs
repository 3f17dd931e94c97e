//! What cannot be opened or simulated: the page says so and keeps what it had.

use super::{ANSWERED, WIDE, open, open_at, root};
use pullstorm_tests::browser::{Page, Server};

#[test]
fn a_broken_scenario_is_told_in_the_words_of_the_command_line_and_can_be_undone() {
    let mut page = open();
    let digest = page.text("#digest");
    let yaml = "pullstorm: 1\\nname: x\\nservices: {ecr: {preset: aws-ecr}}\\n\
                workloads: {ci: {kind: ci-fanout, service: ecr, jbos: 3}}\\n";
    page.evaluate(&format!(
        "document.querySelector('#paste').value = '{yaml}'"
    ));
    page.click("#diagnose");
    page.wait_until("document.querySelector('#error') !== null");
    let words = page.text("#error");
    assert!(
        words.contains("did you mean `jobs`?") && words.contains("--> pasted:4:"),
        "{words}"
    );
    page.click("#undo-trouble");
    page.wait_until(ANSWERED);
    assert_eq!(page.text("#digest"), digest);
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn a_hostile_link_harms_nobody_and_the_page_begins_as_always() {
    for (fragment, words) in [
        ("#v9.AAAA", "another version"),
        ("#v1.AAAA", "damaged"),
        ("#<img src=x onerror=alert(1)>", "another version"),
    ] {
        let mut page = open_at(fragment);
        assert!(
            page.text("#notice").contains(words),
            "{fragment}: {}",
            page.text("#notice")
        );
        assert_eq!(
            page.evaluate("document.querySelectorAll('img[src=x]').length"),
            0
        );
        assert_eq!(page.problems(), [""; 0]);
    }
}

#[test]
fn names_of_a_file_are_text_and_nothing_else() {
    let mut page = open();
    let yaml = "pullstorm: 1\\nname: evil\\ntitle: \"<img src=x onerror=alert(1)>\"\\n\
                about: \"<script>alert(1)</script>\"\\nservices: {ecr: {preset: aws-ecr@2018-01}}\\n\
                workloads: {ci: {kind: ci-fanout, service: ecr, jobs: 3}}\\n";
    page.evaluate(&format!(
        "document.querySelector('#paste').value = '{yaml}'"
    ));
    page.click("#diagnose");
    page.wait_until("document.querySelector('#title').innerText.startsWith('<img')");
    page.wait_until(ANSWERED);
    assert_eq!(
        page.evaluate("document.querySelectorAll('#study img, #study script').length"),
        0
    );
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn a_page_whose_workers_do_not_load_says_so() {
    let folder = std::env::temp_dir().join(format!("pullstorm-page-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    for name in [
        "index.html",
        "main.js",
        "app.js",
        "app_bg.wasm",
        "style.css",
    ] {
        std::fs::copy(root().join("web-dist").join(name), folder.join(name)).expect("a copy");
    }
    let mut page = Page::open(&Server::start(&folder).url("index.html"), WIDE);
    page.wait_until("document.querySelector('#error') !== null");
    assert!(
        page.text("#error").contains("could not be loaded"),
        "{}",
        page.text("#error")
    );
    std::fs::remove_dir_all(&folder).expect("a folder of its own");
}
