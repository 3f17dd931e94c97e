//! Links, and what is asked beyond the comparison.

use super::{ANSWERED, choose, open, open_at, set};
use pullstorm_core::capacity::{self, capacity};
use pullstorm_core::recommend::{Options, recommend};
use pullstorm_core::replicate::Sequential;
use pullstorm_core::report::{Block, Report, capacity_article, offers};
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::built_in;
use pullstorm_tests::browser::Page;

#[test]
fn a_link_opens_with_the_same_digests() {
    let mut page = open();
    set(&mut page, "#control-workloads-ci-login", "per-job");
    page.wait_until("document.querySelector('#command').innerText.includes('--set')");
    page.wait_until(ANSWERED);
    let digests = [page.text("#digest"), page.text("#digest-what-if")];
    page.wait_until("location.hash.startsWith('#v2.')");
    let fragment = page.evaluate("location.hash");
    let fragment = fragment.as_str().expect("a fragment");
    let mut again = open_at(fragment);
    assert_eq!(
        [again.text("#digest"), again.text("#digest-what-if")],
        digests
    );
    assert_eq!(again.problems(), [""; 0]);
}

#[test]
fn a_recommendation_can_be_put_into_what_if() {
    let mut page = open();
    page.click("#tab-answers");
    page.click("#recommend");
    page.wait_until("document.querySelector('#answer') !== null");
    let first = "[data-label=NOW] details[open] pre code";
    assert!(
        page.text(first).contains("sleep 48"),
        "open, and above all else"
    );
    let order = page.evaluate(
        "['#advice-verdict', '[data-label=NOW]', '[data-label=\"THIS WEEK\"]', '#ranking', \
         '.folded', '#why'].map(it => document.querySelector(it)).every((it, at, all) => \
         at === 0 || all[at - 1].compareDocumentPosition(it) & Node.DOCUMENT_POSITION_FOLLOWING)",
    );
    assert_eq!(order, true, "the answer comes first");
    let longest = page.evaluate(
        "document.querySelector('#ranking').getBoundingClientRect().top - \
        document.querySelector('#answer').getBoundingClientRect().top",
    );
    assert!(
        longest.as_f64().is_some_and(|it| it < 800.0),
        "one screen to the ranking: {longest}"
    );
    page.evaluate("document.querySelector('#why').open = true");
    let why = page.text("#why");
    for words in ["GetAuthorizationToken", "184"] {
        assert!(why.contains(words), "{words} is not in {why}");
    }
    unfold(&mut page);
    let native = recommended("circleci-ecr-fanout");
    // A browser shows one space where there are several.
    let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let answer = spaced(&page.text("#answer"));
    for line in &native.lines {
        let text = spaced(&line.text.replace('`', ""));
        assert!(answer.contains(&text), "{text}");
    }
    let offers = offers(&native);
    let places =
        page.evaluate("[...document.querySelectorAll('.apply')].map(it => it.dataset.told)");
    let mut places: Vec<&str> = places
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|it| it.as_str())
        .collect();
    let told: Vec<&str> = offers.iter().map(|offer| offer.told.as_str()).collect();
    let mut sorted = told.clone();
    places.sort_unstable();
    sorted.sort_unstable();
    assert_eq!(places, sorted, "each change is offered once");
    for settings in &native.settings {
        let written = format!(
            "[...document.querySelectorAll('#answer code')].filter(it => it.textContent === {}).length",
            serde_json::json!(settings.text)
        );
        assert_eq!(page.evaluate(&written), 1, "{}", settings.target);
    }
    for lever in native.levers.iter().filter(|it| it.no_effect.is_some()) {
        assert!(answer.contains(&lever.what), "{}", lever.what);
    }
    // What stops it now, the fix, a ranked variant, and a single setting that is in none.
    let ends = [told.first(), told.last()].into_iter().flatten().copied();
    let headings = told.iter().copied().filter(|it| it.contains(": `"));
    for told in headings.chain(ends) {
        page.click(&format!("[data-told={told:?}]"));
        let offer = offers.iter().find(|it| it.told == told).expect("an offer");
        let sets = offer.sets.iter();
        let words: String = sets
            .map(|(path, value)| format!(" --set {path}={value}"))
            .collect();
        let command = format!("pullstorm run circleci-ecr-fanout{words}");
        page.wait_until(ANSWERED);
        assert_eq!(page.text("#command").replace('\'', ""), command);
    }
    assert_eq!(page.problems(), [""; 0]);
}

/// Opens what is folded, by keyboard: from the title of each, as somebody does who cannot point.
fn unfold(page: &mut Page) {
    loop {
        let is_left = page.evaluate(
            "(() => { const folded = document.querySelector('#answer details:not([open]) > summary'); \
             folded?.focus(); return folded !== null && document.activeElement === folded; })()",
        );
        if is_left != true {
            break;
        }
        page.press("Enter");
    }
    let closed = "document.querySelectorAll('#answer details:not([open])').length";
    assert_eq!(page.evaluate(closed), 0);
}

/// What native code recommends for an incident.
fn recommended(name: &str) -> Report {
    let scenario = built_in(name).expect("an incident");
    let document = Document::parse(name, scenario.text.as_bytes()).expect("a scenario");
    let found = recommend(&document, &Options::of(&document), &Sequential);
    found.expect("a scenario").expect("runs").report
}

#[test]
fn a_control_changes_only_its_own_bytes_and_the_text_can_be_edited() {
    let mut page = open();
    page.click("#tab-scenario");
    let yaml = "document.querySelector('#yaml').value";
    let before = page.evaluate(yaml);
    let before = before.as_str().expect("a text").to_owned();
    set(&mut page, "#typed-workloads-ci-workflows", "1");
    page.wait_until(&format!("{yaml}.includes('workflows: 1\\n')"));
    let after = before.replace("workflows: 2\n", "workflows: 1\n");
    assert_eq!(page.evaluate(yaml), after);
    page.evaluate(&format!(
        "(() => {{
            const area = document.querySelector('#yaml');
            area.value = {yaml}.replace('images: 6', 'images: six');
            area.dispatchEvent(new Event('input', {{ bubbles: true }}));
        }})()"
    ));
    page.wait_until("document.querySelector('.wrong') !== null");
    let wrong = page.text(".wrong");
    let line = after
        .lines()
        .position(|line| line.contains("images: 6"))
        .expect("a line")
        + 1;
    assert!(wrong.contains(&format!("line {line}")), "{wrong}");
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn a_line_of_the_herd_tells_its_story_and_the_storm_can_be_played() {
    let mut page = open();
    page.wait_until("document.querySelector('.lanes') !== null");
    page.evaluate("document.querySelector('.lanes').focus()");
    for _ in 0..3 {
        page.press("ArrowDown");
    }
    page.press("Enter");
    page.wait_until("document.querySelector('#story') !== null");
    assert!(
        page.text("#story").contains("ci.jobs[3]"),
        "{}",
        page.text("#story")
    );
    page.click("#play");
    page.wait_until("document.querySelector('#now').innerText.includes('failed')");
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn how_many_at_once_is_what_the_command_line_says() {
    let mut page = open();
    page.click("#tab-answers");
    page.click("#capacity");
    page.wait_until("document.querySelector('#answer[data-question=Capacity]') !== null");
    let name = "circleci-ecr-fanout";
    let document = Document::parse(name, built_in(name).expect("an incident").text.as_bytes());
    let document = document.expect("a scenario");
    let options = capacity::Options {
        runs: 1_000,
        only: vec!["today".to_owned()],
        ..capacity::Options::of(&document)
    };
    let native = capacity(&document, &options, &Sequential);
    let native = native.expect("a scenario").expect("runs");
    let answer = page.text("#answer");
    for row in capacity_article(&native).blocks() {
        let Block::Table(table) = row else { continue };
        for cell in table.rows().iter().flatten() {
            let text = cell.text.replace('`', "");
            assert!(answer.contains(text.trim()), "{text} is not in {answer}");
        }
    }
    let drawn = page.evaluate("document.querySelectorAll('#answer .chart img').length");
    assert_eq!(drawn, 1, "the curve");
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn a_search_that_nobody_waits_for_can_be_stopped() {
    let mut page = open();
    choose(&mut page, "swarm-restart-loop");
    page.click("#tab-answers");
    page.click("#recommend");
    page.wait_until("document.querySelector('#stop') !== null");
    page.click("#stop");
    page.wait_until("document.querySelector('#answering') === null");
    let disabled = page.evaluate("document.querySelector('#recommend').disabled");
    assert_eq!(disabled, false, "it can be asked again");
    choose(&mut page, "circleci-ecr-fanout");
    page.click("#recommend");
    page.wait_until("document.querySelector('#answer') !== null");
    assert!(page.text("#advice-verdict").contains("384"));
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn settings_are_copied_as_they_are_written_and_each_button_says_what_it_copies() {
    let mut page = open();
    page.allow_clipboard();
    page.click("#tab-answers");
    page.click("#recommend");
    page.wait_until("document.querySelector('#answer') !== null");
    let labels = page.evaluate(
        "[...document.querySelectorAll('#answer .code')].every(it => { \
         const first = it.querySelector('code').textContent.split('\\n')[0].slice(0, 60); \
         return it.querySelector('.copy').ariaLabel === `Copy: ${first}`; })",
    );
    assert_eq!(labels, true);
    page.click("[data-label=NOW] details[open] .copy");
    let first = "document.querySelector('[data-label=NOW] details[open] pre code').textContent";
    page.wait_until(&format!(
        "navigator.clipboard.readText().then(text => text === {first})"
    ));
    assert_eq!(page.problems(), [""; 0]);
}
