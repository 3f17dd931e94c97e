//! Moving controls, undoing it, and going from an error line to its incident.

use super::{ANSWERED, choose, open, set};

#[test]
fn a_control_that_moves_is_answered_and_can_be_undone_redone_and_reset() {
    let mut page = open();
    let before = page.text("#digest-what-if");
    let slider = "#control-workloads-ci-workflows";
    page.evaluate(&format!(
        "(() => {{
            const slider = document.querySelector('{slider}');
            for (const value of [150, 100, 50, 0]) {{
                slider.value = value;
                slider.dispatchEvent(new Event('input', {{ bubbles: true }}));
            }}
            slider.dispatchEvent(new Event('change', {{ bubbles: true }}));
        }})()"
    ));
    page.wait_until("document.querySelector('#typed-workloads-ci-workflows').value === '1'");
    page.wait_until(ANSWERED);
    let after = page.text("#digest-what-if");
    assert_ne!(before, after);
    assert!(page.text("#columns").contains("holds"), "one workflow fits");
    let typed = "document.querySelector('#typed-workloads-ci-workflows').value";
    page.click("#undo");
    page.wait_until(&format!("{typed} === '2'"));
    page.wait_until(ANSWERED);
    assert_eq!(
        page.text("#digest-what-if"),
        before,
        "all its moves are one step"
    );
    page.click("#redo");
    page.wait_until(&format!("{typed} === '1'"));
    page.wait_until(ANSWERED);
    assert_eq!(page.text("#digest-what-if"), after);
    page.click("#reset");
    page.wait_until(&format!("{typed} === '2'"));
    page.wait_until(ANSWERED);
    assert_eq!(page.text("#digest-what-if"), before);
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn a_list_of_what_variants_set_applies_one_of_them() {
    let mut page = open();
    set(&mut page, "#control-workloads-ci-login", "per-job");
    page.wait_until(
        "document.querySelector('#command').innerText.endsWith('--set workloads.ci.login=per-job')",
    );
    page.wait_until(ANSWERED);
    assert!(page.text("#columns").contains("holds"));
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn any_value_is_found_by_name_and_can_be_turned() {
    let mut page = open();
    page.click("#tab-settings");
    let count = "document.querySelectorAll('.settings .control').length";
    let all = page.evaluate(count);
    page.evaluate(
        "(() => { const it = document.querySelector('#find-setting'); it.value = 'burst credits'; \
         it.dispatchEvent(new Event('input', { bubbles: true })); })()",
    );
    page.wait_until(&format!("{count} < {all} && {count} > 0"));
    let typed = "#typed-all-services-ecr-limiters-GetAuthorizationToken-bucket-burst";
    set(&mut page, typed, "500");
    let command = "document.querySelector('#command').innerText";
    page.wait_until(&format!("{command}.includes('burst: 500')"));
    page.wait_until(ANSWERED);
    assert!(page.text("#columns").contains("holds"), "384 logins fit");
    page.press_with_control("z");
    page.wait_until(&format!("!{command}.includes('--set')"));
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn seed_and_runs_are_chosen_stand_in_the_command_and_are_undone() {
    let mut page = open();
    let before = page.text("#digest");
    page.click("#tab-settings");
    let command = "document.querySelector('#command').innerText";
    set(&mut page, "#seed", "7");
    page.wait_until(&format!("{command}.endsWith('--seed 7')"));
    page.wait_until(ANSWERED);
    assert_ne!(page.text("#digest"), before);
    set(&mut page, "#runs", "5");
    page.wait_until(&format!("{command}.endsWith('--seed 7 --runs 5')"));
    page.wait_until(ANSWERED);
    page.wait_until("document.querySelector('#status').innerText === '5 runs each'");
    for (field, wrong) in [("#seed", "-1"), ("#runs", "0"), ("#runs", "many")] {
        set(&mut page, field, wrong);
        page.wait_until("document.querySelector('.draws [role=alert]') !== null");
        set(&mut page, field, if field == "#seed" { "7" } else { "5" });
        page.wait_until("document.querySelector('.draws [role=alert]') === null");
    }
    for _ in 0..2 {
        page.click("#undo");
        page.wait_until(ANSWERED);
    }
    page.wait_until(&format!("!{command}.includes('--seed')"));
    page.wait_until(&format!(
        "document.querySelector('#digest').innerText === '{before}'"
    ));
    assert_eq!(page.evaluate("document.querySelector('#seed').value"), "");
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn an_error_line_leads_to_its_limiter_and_its_incident() {
    let mut page = open();
    page.evaluate(
        "document.querySelector('#paste').value = \
         'toomanyrequests: Too Many Requests (HAP429).'",
    );
    page.click("#diagnose");
    page.wait_until("document.querySelector('#diagnosis') !== null");
    assert!(
        page.text("#diagnosis").contains("Docker Hub"),
        "{}",
        page.text("#diagnosis")
    );
    page.click("#open-diagnosed");
    page.wait_until(
        "document.querySelector('#incident-swarm-restart-loop[aria-current]') !== null",
    );
    page.wait_until(ANSWERED);
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn once_it_is_loaded_the_page_asks_the_server_for_nothing() {
    let mut page = open();
    let count = "performance.getEntriesByType('resource').length";
    let loaded = page.evaluate(count);
    choose(&mut page, "harness-ecs-deploys");
    set(&mut page, "#typed-workloads-deploys-callers", "20");
    page.wait_until(ANSWERED);
    page.click("#undo");
    page.wait_until(ANSWERED);
    assert_eq!(page.evaluate(count), loaded);
    assert_eq!(page.problems(), [""; 0]);
}
