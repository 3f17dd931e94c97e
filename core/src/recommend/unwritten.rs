//! Settings of a CI fan-out that the fragments of its CI system do not say: who applies the fragments
//! alone does not have what was simulated.

use super::{change, words};
use crate::catalog::lever;
use crate::emit;
use crate::replicate::Prepared;
use crate::report::Judged;
use crate::report::model::Report;
use crate::scenario::Document;
use crate::scenario::model::{Scenario, Workload};

/// Remarks, of each variant that has settings, what is in none of them.
pub(super) fn remark(report: &mut Report, judged: &[Judged], document: &Document) {
    let Some(today) = judged.first() else {
        return;
    };
    for variant in &mut report.variants {
        let has_settings = report.settings.iter().any(|it| it.variant == variant.name);
        let own = judged.iter().find(|it| it.prepared.name == variant.name);
        let (Some(change), Some(own), true) = (&mut variant.change, own, has_settings) else {
            continue;
        };
        let left = unwritten(document, &own.prepared, &today.prepared);
        let (unnamed, without_key): (Vec<_>, Vec<_>) = left
            .into_iter()
            .partition(|(path, _)| names_no_system(&own.prepared.scenario, path));
        let by_hand = "make it so by hand, or the figures are not those of what is applied";
        if !without_key.is_empty() {
            change.remarks.push(format!(
                "{} is in none of the settings to apply, for which its CI system has no key: {by_hand}",
                words::list(&without_key)
            ));
        }
        if !unnamed.is_empty() {
            change.remarks.push(format!(
                "{} is in none of the settings to apply, as the scenario does not say which CI system \
                 runs it: state `ci:` of the workload to have what that system has a key for, and \
                 until then {by_hand}",
                words::list(&unnamed)
            ));
        }
    }
}

/// Whether a path is of a fan-out whose CI system is not stated.
fn names_no_system(scenario: &Scenario, path: &str) -> bool {
    match change::workload(scenario, path) {
        Some(Workload::CiFanout(fanout)) => fanout.ci.is_none(),
        _ => false,
    }
}

/// The overrides of CI fan-outs without which the same would be written.
fn unwritten(document: &Document, own: &Prepared, today: &Prepared) -> Vec<(String, String)> {
    let texts = |of: &Prepared| -> Vec<(String, String)> {
        let settings = emit::settings(of, today, None).into_iter();
        settings.map(|it| (it.place, it.text)).collect()
    };
    let all = texts(own);
    let is_lever = |path: &str| {
        let kind = change::kind_of(&own.scenario, path);
        kind == Some("ci-fanout")
            && lever(path, kind).is_some()
            && !goes_with_login(path, &own.overrides)
    };
    let without = |left: &(String, String)| {
        let others = own.overrides.iter().filter(|it| *it != left);
        let scenario = document.with_all(others).ok()?;
        Prepared::new(&own.name, &own.about, &own.overrides, &scenario).ok()
    };
    let silent = own
        .overrides
        .iter()
        .filter(|it| is_lever(&it.0) && without(it).is_some_and(|without| texts(&without) == all));
    silent.cloned().collect()
}

/// Whether a setting is a part of where a login is made, which the variant changes, and written with
/// that.
fn goes_with_login(path: &str, overrides: &[(String, String)]) -> bool {
    let Some((fanout, "runners" | "token_lifetime")) = path.rsplit_once('.') else {
        return false;
    };
    let login = format!("{fanout}.login");
    overrides.iter().any(|(known, _)| *known == login)
}

#[cfg(test)]
mod tests {
    use crate::recommend::tests::{of, variant};

    /// Two workflows of eight jobs that log in once each, of a registry that takes eight at once; with
    /// what is said of the CI system that runs them.
    fn remarks(system: &str, set: &str) -> String {
        let report = of(&format!(
            "
pullstorm: 1
name: written
services:
  hub: {{latency: 1ms, limiters: {{logins: {{bucket: {{burst: 8, refill: 1/s}}, status: 429}}}}}}
workloads:
  ci: {{kind: ci-fanout, service: hub, operation: login, {system} workflows: 2, jobs: 8, images: 2,
       login: per-image, spin_up: 0s, duration: 1min, retry: none}}
variants:
  both: {{about: Both, set: {{{set}}}}}
expect: [ci.jobs.failed == 0]
"
        ));
        variant(&report, "both")
            .change
            .as_ref()
            .unwrap()
            .remarks
            .join("; ")
    }

    #[test]
    fn what_no_fragment_says_is_told_beside_the_fragments() {
        let set = "workloads.ci.launch_spread: 5min, workloads.ci.waves: 2, workloads.ci.images: 1";
        let github = remarks("ci: github-actions,", set);
        assert!(
            github.contains("launch_spread of ci 5min") && github.contains("images of ci 1"),
            "{github}"
        );
        assert!(!github.contains("waves"), "{github}");
        let circleci = remarks("ci: circleci,", set);
        assert!(!circleci.contains("none of the settings"), "{circleci}");
    }
    #[test]
    fn of_a_fan_out_whose_ci_system_is_not_stated_no_system_is_said_to_lack_a_key() {
        let set = "workloads.ci.launch_spread: 5min, workloads.ci.waves: 2, workloads.ci.images: 1, \
                   workloads.ci.retry: aws-standard-2.1";
        let unnamed = remarks("", set);
        assert!(
            unnamed.contains("waves of ci 2") && unnamed.contains("state `ci:`"),
            "{unnamed}"
        );
        assert!(!unnamed.contains("no key"), "{unnamed}");
    }

    #[test]
    fn runners_are_told_of_unless_a_login_that_needs_them_is_written() {
        let runners = "workloads.ci.waves: 2, workloads.ci.runners: 4";
        let alone = remarks("ci: circleci,", runners);
        assert!(alone.contains("runners of ci 4 is in none"), "{alone}");
        let with_login =
            format!("{runners}, workloads.ci.login: per-host, workloads.ci.token_lifetime: 12h");
        let with_login = remarks("ci: circleci,", &with_login);
        assert!(!with_login.contains("none of the settings"), "{with_login}");
    }
}
