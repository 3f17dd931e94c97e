//! What cannot be opened or simulated: the page says so and keeps what it had.

use super::{ANSWERED, WIDE, open, open_at, root, set};
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
        ("#v2.AAAA", "damaged"),
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
fn what_is_refused_changes_nothing_and_there_is_nothing_to_undo() {
    let mut page = open();
    set(&mut page, "#typed-workloads-ci-workflows", "1");
    page.wait_until(ANSWERED);
    let digest = page.text("#digest-what-if");
    page.click("#tab-scenario");
    page.evaluate(
        "(() => { const area = document.querySelector('#yaml'); \
         area.value += '#' + 'x'.repeat(2000000); \
         area.dispatchEvent(new Event('input', { bubbles: true })); })()",
    );
    page.wait_until("document.querySelector('#error') !== null");
    assert!(page.text("#error").contains("A scenario has at most"));
    assert!(page.text(".trouble").contains("Nothing has changed."));
    let undo = page.evaluate("document.querySelector('#undo-trouble') === null");
    assert_eq!(undo, true, "an undo would take back something else");
    assert_eq!(page.text("#digest-what-if"), digest);
    page.click("#undo");
    page.wait_until("document.querySelector('#error') === null");
    page.wait_until("document.querySelector('#typed-workloads-ci-workflows').value === '2'");
    assert_eq!(page.problems(), [""; 0]);
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

/// Pastes a text and has it read.
fn paste(page: &mut Page, text: &str) {
    page.evaluate(&format!(
        "document.querySelector('#paste').value = {}",
        serde_json::json!(text)
    ));
    page.click("#diagnose");
}

/// Callers that ask every second for a day: seconds of work for one run.
fn polls(callers: u32) -> String {
    format!(
        "pullstorm: 1\nname: endless\nhorizon: 24h\nservices: {{ecs: {{preset: aws-ecs@2026-11}}}}\n\
         workloads:\n  polls:\n    kind: api-callers\n    service: ecs\n    callers: {callers}\n    \
         calls: [RegisterTaskDefinition]\n    poll: {{calls: [DescribeServices], every: 1s, times: \
         80000}}\n    retry: {{preset: harness-default}}\n"
    )
}

#[test]
fn a_scenario_that_would_run_for_ever_is_refused_and_what_was_there_stays() {
    let mut page = open();
    let digest = page.text("#digest");
    paste(&mut page, &polls(50_000));
    page.wait_until("document.querySelector('#error') !== null");
    let words = page.text("#error");
    assert!(
        words.contains("a run has 300000000 events at most"),
        "{words}"
    );
    assert_eq!(page.text("#digest"), digest);
    page.click("#undo-trouble");
    page.wait_until(ANSWERED);
    assert_eq!(page.text("#digest"), digest);
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn what_runs_for_long_can_be_left_and_the_page_answers_others_meanwhile() {
    let mut page = open();
    let digest = page.text("#digest");
    let before = page.text("#digest-what-if");
    paste(&mut page, &polls(500));
    page.wait_until("document.querySelector('#title').innerText === 'endless'");
    assert_eq!(
        page.text("#digest"),
        digest,
        "the last answer stays until there is another"
    );
    page.click("#undo");
    page.wait_until(ANSWERED);
    assert_eq!(page.text("#digest"), digest);
    // Both workers answer again, also the one that was busy with it.
    set(&mut page, "#typed-workloads-ci-workflows", "1");
    page.wait_until("document.querySelector('#columns').classList.contains('stale') === false");
    page.wait_until(ANSWERED);
    assert_ne!(page.text("#digest-what-if"), before);
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn a_worker_that_dies_is_replaced_and_what_it_did_is_done_again() {
    let mut page = open();
    let digest = page.text("#digest");
    page.in_workers("self.onmessage = () => { throw new Error('struck by lightning'); }; 0");
    set(&mut page, "#typed-workloads-ci-workflows", "1");
    page.wait_until("document.querySelector('#notice') !== null");
    let notice = page.text("#notice");
    assert!(notice.contains("struck by lightning"), "{notice}");
    assert!(notice.contains("done again"), "{notice}");
    page.wait_until("document.querySelector('#typed-workloads-ci-workflows').value === '1'");
    page.wait_until(ANSWERED);
    assert_eq!(page.text("#digest"), digest);
    assert!(page.text("#columns").contains("holds"), "one workflow fits");
    let mut others = page.problems().iter();
    assert!(others.all(|it| it.contains("struck by lightning")));
}

#[test]
fn a_file_of_50_mb_is_read_from_its_end_if_it_is_a_log_and_refused_if_it_is_a_scenario() {
    let mut page = open();
    let digest = page.text("#digest");
    let drop = |page: &mut Page, name: &str, ends: &str| {
        page.evaluate(&format!(
            "(() => {{
                const line = 'x'.repeat(99) + '\\n';
                const file = new File([line.repeat(500000), {}], {name:?});
                const data = new DataTransfer();
                data.items.add(file);
                const event = new DragEvent('drop', {{ dataTransfer: data, bubbles: true, cancelable: true }});
                document.querySelector('form.paste').dispatchEvent(event);
            }})()",
            serde_json::json!(ends)
        ));
    };
    drop(
        &mut page,
        "large.log",
        "toomanyrequests: Too Many Requests (HAP429).\n",
    );
    page.wait_until("document.querySelector('#diagnosis') !== null");
    assert!(page.text("#diagnosis").contains("Docker Hub"));
    let notice = page.text("#notice");
    assert!(
        notice.contains("large.log") && notice.contains("last"),
        "{notice}"
    );
    drop(&mut page, "large.yaml", "pullstorm: 1\n");
    page.wait_until("document.querySelector('#error') !== null");
    let words = page.text("#error");
    assert!(words.contains("large.yaml has more than"), "{words}");
    assert_eq!(page.text("#digest"), digest);
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn storage_that_is_full_or_forbidden_is_said_where_it_is_missing_and_nowhere_else() {
    let full = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }";
    let forbidden = "Object.defineProperty(window, 'localStorage', \
                     { get() { throw new DOMException('no', 'SecurityError'); } })";
    for script in [full, forbidden] {
        let server = Server::start(root().join("web-dist"));
        let mut page = Page::open_after(script, &server.url("index.html"), WIDE);
        page.wait_until(ANSWERED);
        page.click("#tab-share");
        assert!(
            page.text("#not-kept").contains("full or forbidden"),
            "{script}"
        );
        assert_eq!(page.problems(), [""; 0]);
    }
    let mut page = open();
    page.click("#tab-share");
    assert_eq!(page.text("#not-kept"), "");
    assert!(page.text(".recent").contains("circleci-ecr-fanout"));
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

/// Makes a link of so many bytes of zeros, deflated by the browser.
fn bomb(page: &mut Page, bytes: u32) -> String {
    let made = page.evaluate(&format!(
        "(async () => {{
            const deflated = new Blob([new Uint8Array({bytes})]).stream()
                .pipeThrough(new CompressionStream('deflate-raw'));
            const packed = new Uint8Array(await new Response(deflated).arrayBuffer());
            let text = '';
            for (const byte of packed) text += String.fromCharCode(byte);
            return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
        }})()"
    ));
    format!("#v2.{}", made.as_str().expect("a text"))
}

#[test]
fn a_link_that_unpacks_to_a_hundred_megabytes_is_refused_and_what_was_there_stays() {
    let mut page = open();
    set(&mut page, "#typed-workloads-ci-workflows", "1");
    page.wait_until("document.querySelector('#command').innerText.includes('--set')");
    page.wait_until(ANSWERED);
    let held = [page.text("#digest"), page.text("#digest-what-if")];
    let bomb = bomb(&mut page, 100_000_000);
    assert!(bomb.len() < 200_000, "{} bytes", bomb.len());
    // Pasted into the address of the page that is open.
    page.evaluate(&format!("location.hash = '{bomb}'"));
    page.wait_until("document.querySelector('#notice') !== null");
    let notice = page.text("#notice");
    assert!(notice.contains("unpacks to more"), "{notice}");
    assert_eq!([page.text("#digest"), page.text("#digest-what-if")], held);
    assert!(page.text("#command").contains("--set"));
    let mut other = open_at(&bomb);
    assert!(other.text("#notice").contains("unpacks to more"));
    assert_eq!(other.text("#digest"), held[0], "the first incident");
    assert_eq!(other.problems(), [""; 0]);
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn a_link_that_is_pasted_into_the_address_of_the_open_page_is_opened() {
    let mut page = open();
    let fragment = {
        let mut other = open();
        set(&mut other, "#control-workloads-ci-login", "per-job");
        other.wait_until("document.querySelector('#command').innerText.includes('--set')");
        other.wait_until(ANSWERED);
        other.evaluate("location.hash")
    };
    page.evaluate(&format!("location.hash = {fragment}"));
    page.wait_until("document.querySelector('#command').innerText.includes('login=per-job')");
    page.wait_until(ANSWERED);
    assert!(page.text("#columns").contains("holds"));
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn of_a_run_that_takes_long_the_first_part_is_shown_and_never_with_a_digest() {
    let mut page = open();
    paste(&mut page, &polls(4));
    page.wait_until("document.querySelector('#title').innerText === 'endless'");
    page.wait_until(ANSWERED);
    page.wait_until("document.querySelectorAll('.strip').length === 2");
    let before = page.text("#digest-what-if");
    assert!(before.starts_with("p1:"), "{before}");
    page.evaluate(
        "(() => {
            window.firsts = [];
            new MutationObserver(() => {
                const first = document.querySelector('#first-part');
                const digest = document.querySelector('#digest-what-if').innerText;
                if (first) window.firsts.push([first.innerText, digest]);
            }).observe(document.body, { subtree: true, childList: true, characterData: true });
        })()",
    );
    page.click("#tab-scenario");
    page.evaluate(
        "(() => {
            const area = document.querySelector('#yaml');
            area.value = area.value.replace('callers: 4', 'callers: 5');
            area.dispatchEvent(new Event('input', { bubbles: true }));
        })()",
    );
    page.wait_until("window.firsts.length > 0");
    page.wait_until(ANSWERED);
    let firsts = page.evaluate("window.firsts");
    for first in firsts.as_array().expect("some") {
        let label = first[0].as_str().unwrap_or_default();
        assert!(
            label.starts_with("first ") && label.ends_with(" only"),
            "{label}"
        );
        assert_eq!(first[1], "…", "the digest is that of a whole run, or none");
    }
    assert_eq!(page.text("#first-part"), "", "all of it is there now");
    let after = page.text("#digest-what-if");
    assert!(after.starts_with("p1:") && after != before, "{after}");
    assert_eq!(page.problems(), [""; 0]);
}
