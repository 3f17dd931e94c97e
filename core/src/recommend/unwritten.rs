//! Settings of a CI fan-out that the fragments of its CI system do not say: who applies the fragments
//! alone does not have what was simulated.

use super::{change, places, words};
use crate::catalog::lever;
use crate::emit::{self, Unsaid};
use crate::judge::Status;
use crate::replicate::Prepared;
use crate::report::Judged;
use crate::report::model::Report;
use crate::scenario::Document;
use crate::scenario::model::{Scenario, Workload};

/// What to do with a part of a variant that is in no text, where others are.
const BY_HAND: &str = "make it so by hand, or the figures are not those of what is applied";

/// Remarks, of each variant, what is in none of its settings.
pub(super) fn remark(report: &mut Report, judged: &[Judged], document: &Document) {
    let Some(today) = judged.first() else {
        return;
    };
    for variant in &mut report.variants {
        let has_settings = report.settings.iter().any(|it| it.variant == variant.name);
        let own = judged.iter().find(|it| it.prepared.name == variant.name);
        let (Some(change), Some(own)) = (&mut variant.change, own) else {
            continue;
        };
        let (own, today) = (&own.prepared, &today.prepared);
        let unsaid = emit::unsaid(&own.scenario, &today.scenario, &own.overrides);
        let (by_system, mut unnamed): (Vec<Unsaid>, Vec<Unsaid>) =
            unsaid.into_iter().partition(|it| it.system.is_some());
        if variant.verdict == Status::Met && change.possible {
            change.remarks.extend(places::remarks(document, own, today));
        }
        if !has_settings {
            let is_written = !emit::settings(own, today, None).is_empty();
            if !is_written {
                let alone = together(&by_system).into_iter();
                change.remarks.extend(alone.filter_map(nothing_to_apply));
            }
            continue;
        }
        let left = together(&by_system).into_iter();
        change.remarks.extend(left.filter_map(left_out));
        let others = unwritten(document, own, today).into_iter();
        let (of_others, without_key): (Vec<_>, Vec<_>) =
            others.partition(|it| names_no_system(&own.scenario, &it.0));
        unnamed.extend(of_others.into_iter().map(|set| Unsaid {
            set,
            system: None,
            instead: None,
        }));
        if !without_key.is_empty() {
            change.remarks.push(format!(
                "{} {} in none of the settings to apply, for which its CI system has no key: {BY_HAND}",
                words::list(&without_key),
                is_or_are(without_key.len())
            ));
        }
        if !unnamed.is_empty() {
            change.remarks.push(format!(
                "{} {} in none of the settings to apply, as the scenario does not say which CI system \
                 runs it: state `ci:` of the workload to have what that system has a key for, and \
                 until then {BY_HAND}",
                list(&unnamed),
                is_or_are(unnamed.len())
            ));
        }
    }
}

/// Settings of which the same is told.
fn together(unsaid: &[Unsaid]) -> Vec<&[Unsaid]> {
    let is_same = |a: &Unsaid, b: &Unsaid| (a.system, a.instead) == (b.system, b.instead);
    unsaid.chunk_by(is_same).collect()
}

fn is_or_are(settings: usize) -> &'static str {
    match settings {
        1 => "is",
        _ => "are",
    }
}

/// What is set, for people.
fn list(unsaid: &[Unsaid]) -> String {
    let sets: Vec<_> = unsaid.iter().map(|it| it.set.clone()).collect();
    words::list(&sets)
}

/// What is told of settings that are all of a variant, and in no text.
fn nothing_to_apply(unsaid: &[Unsaid]) -> Option<String> {
    let first = unsaid.first()?;
    let instead = first.instead.unwrap_or("make it so by hand");
    Some(format!(
        "no setting of {} makes {} so, and nothing is written to apply: {instead}",
        first.system?,
        list(unsaid)
    ))
}

/// What is told of settings that are in no text, where others of their variant are.
fn left_out(unsaid: &[Unsaid]) -> Option<String> {
    let first = unsaid.first()?;
    let instead = first.instead.map_or(String::new(), |it| format!("; {it}"));
    Some(format!(
        "{} {} in none of the settings to apply, for which {} has no key: {BY_HAND}{instead}",
        list(unsaid),
        is_or_are(unsaid.len()),
        first.system?
    ))
}

/// Whether a path is of a fan-out whose CI system is not stated.
fn names_no_system(scenario: &Scenario, path: &str) -> bool {
    match change::workload(scenario, path) {
        Some(Workload::CiFanout(fanout)) => fanout.ci.is_none(),
        _ => false,
    }
}

/// The overrides of CI fan-outs without which the same would be written, but for those that the file of
/// the CI system may say.
fn unwritten(document: &Document, own: &Prepared, today: &Prepared) -> Vec<(String, String)> {
    let texts = |of: &Prepared| places::texts(of, today);
    let all = texts(own);
    let is_lever = |path: &str| {
        let kind = change::kind_of(&own.scenario, path);
        kind == Some("ci-fanout")
            && lever(path, kind).is_some()
            && !emit::is_said_by_ci(&own.scenario, path)
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
    let Some((fanout, "token_lifetime")) = path.rsplit_once('.') else {
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
        assert!(!github.contains("waves of ci"), "{github}");
        assert!(github.contains("set `login: per-job`"), "{github}");
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

    #[test]
    fn a_variant_of_which_nothing_is_written_says_so_and_what_to_do_instead() {
        let gitlab = remarks("ci: gitlab,", "workloads.ci.launch_spread: 5min");
        assert!(
            gitlab.contains("no setting of GitLab CI makes launch_spread of ci 5min so")
                && gitlab.contains("set `login: per-job`"),
            "{gitlab}"
        );
        let rerun = remarks("ci: gitlab,", "workloads.ci.rerun: {times: 2, delay: 1min}");
        assert!(
            rerun.contains("nothing is written to apply: `retry` runs a job again at once"),
            "{rerun}"
        );
        assert_eq!(rerun.matches("no setting of").count(), 1, "{rerun}");
        let unnamed = remarks("", "workloads.ci.launch_spread: 5min");
        assert!(!unnamed.contains("no setting of"), "{unnamed}");
    }

    #[test]
    fn a_text_that_holds_for_fewer_workflows_than_the_figures_says_so() {
        let risk = |system: &str| {
            let report = of(&format!(
                "
pullstorm: 1
name: apart
services:
  hub: {{latency: 1ms, limiters: {{logins: {{bucket: {{burst: 8, refill: 1/s}}, status: 429}}}}}}
workloads:
  ci: {{kind: ci-fanout, service: hub, operation: login, ci: {system}, workflows: 2, begin: 0s, jobs: 8,
       images: 1, login: per-image, spin_up: 0s, duration: 0s, retry: none}}
load: {{path: workloads.ci.workflows, up_to: 150, unit: workflows}}
variants:
  apart: {{about: Ten seconds apart, set: {{workloads.ci.begin: {{every: 10s}}}}}}
expect: [ci.jobs.failed == 0]
"
            ));
            let mut settings = report.settings.into_iter();
            let apart = settings.find(|it| it.variant == "apart");
            apart.map_or(String::new(), |it| it.risk)
        };
        let github = risk("github-actions");
        assert!(
            github.contains("holds for 101 workflows at once, not for the 150 that the figures"),
            "{github}"
        );
        // One waits for five hours in CircleCI's group, which 1,800 others do not fill.
        let circleci = risk("circleci");
        assert!(
            circleci.contains("5 h") && !circleci.contains("figures"),
            "{circleci}"
        );
    }
}
