//! Settings of a CI fan-out that the fragments of its CI system do not say: who applies the fragments
//! alone does not have what was simulated.

use super::{change, words};
use crate::catalog::lever;
use crate::emit;
use crate::replicate::Prepared;
use crate::report::Judged;
use crate::report::model::Report;
use crate::scenario::Document;

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
        if !left.is_empty() {
            change.remarks.push(format!(
                "{} is in none of the settings to apply, for which its CI system has no key: make it \
                 so by hand, or the figures are not those of what is applied",
                words::list(&left)
            ));
        }
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
        kind == Some("ci-fanout") && lever(path, kind).is_some() && !goes_with_login(path)
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

/// Whether a setting is a part of where a login is made, and written with that.
fn goes_with_login(path: &str) -> bool {
    ["runners", "token_lifetime", "operated_by"]
        .iter()
        .any(|name| path.ends_with(&format!(".{name}")))
}

#[cfg(test)]
mod tests {
    use crate::recommend::tests::{of, variant};

    /// Two workflows of eight jobs that log in once each, of a registry that takes eight at once.
    fn remarks(system: &str, set: &str) -> String {
        let report = of(&format!(
            "
pullstorm: 1
name: written
services:
  hub: {{latency: 1ms, limiters: {{logins: {{bucket: {{burst: 8, refill: 1/s}}, status: 429}}}}}}
workloads:
  ci: {{kind: ci-fanout, service: hub, operation: login, ci: {system}, workflows: 2, jobs: 8, images: 2,
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
        let github = remarks("github-actions", set);
        assert!(
            github.contains("launch_spread of ci 5min") && github.contains("images of ci 1"),
            "{github}"
        );
        assert!(!github.contains("waves"), "{github}");
        let circleci = remarks("circleci", set);
        assert!(!circleci.contains("none of the settings"), "{circleci}");
    }
}
