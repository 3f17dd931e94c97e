//! Why a change changes nothing, from what its runs and those of today counted.

use crate::outcome::Digest;
use crate::plan::LimiterPlan;
use crate::report::Judged;
use crate::retry::RetryPolicy;
use crate::scenario::model::Scope;

/// Why a change has no effect; `None` if it has one in any run.
pub(super) fn no_effect(judged: &Judged, today: &Judged) -> Option<String> {
    let digests = |judged: &Judged| -> Vec<Digest> {
        let runs = judged.runs.len().min(today.runs.len());
        judged.runs[..runs].iter().map(|run| run.digest).collect()
    };
    let own = digests(judged);
    let unchanged = !own.is_empty() && own == digests(today)[..own.len()];
    unchanged.then(|| format!("no effect here: {}", why(judged, today)))
}

fn why(judged: &Judged, today: &Judged) -> String {
    let paths = || judged.prepared.overrides.iter().map(|(path, _)| path);
    let all = |is: &dyn Fn(&str) -> bool| paths().all(|path| is(path));
    let throttling = throttling(today);
    let counted_by = |scope: Scope| throttling.iter().any(|(_, own)| *own == scope);
    if all(&|path| path.contains(".retry")) {
        if policies(judged) == policies(today) {
            return "the policy it sets is the one that is there today".to_owned();
        }
        if today.runs.iter().all(|run| run.causes.is_empty()) && retries(today) == 0.0 {
            return "no call fails, so there is nothing to retry otherwise".to_owned();
        }
        if retries(today) == 0.0 {
            return "no loop retries what fails here".to_owned();
        }
        return "the retries of these runs never get to what it changes".to_owned();
    }
    let mut never_hit = paths().filter_map(|path| {
        let (service, limiter) = path.strip_prefix("services.")?.split_once(".limiters.")?;
        let limiter = limiter.split('.').next().unwrap_or_default();
        let name = format!("{service} {limiter}");
        (!throttling.iter().any(|(own, _)| *own == name)).then_some(name)
    });
    if let Some(limiter) = never_hit.next() {
        return format!("{limiter} is never hit");
    }
    if throttling.is_empty() {
        return "no limiter is hit, so there is nothing to spare".to_owned();
    }
    if all(&|path| path.ends_with(".login") || path.ends_with(".token_lifetime")) {
        return "the token is shared already".to_owned();
    }
    let by_address = |path: &str| path.starts_with("nats.") || path.contains(".identity.address");
    let (limiter, scope) = &throttling[0];
    let counts = |by: &str| match scope {
        Scope::Global => format!("{limiter} counts all callers together"),
        scope => format!("{limiter} counts by {}, not by {by}", scope.words()),
    };
    if all(&by_address) && !counted_by(Scope::Address) {
        return counts("address");
    }
    let by_account = [Scope::AccountRegion, Scope::Repository];
    if all(&|path| path.contains(".identity.account")) && !by_account.into_iter().any(counted_by) {
        return counts("account");
    }
    if all(&|path| path.ends_with(".identity.user")) && !counted_by(Scope::User) {
        return counts("user");
    }
    "it changes no attempt that a limiter sees in these runs".to_owned()
}

/// The limiters that throttle in any run, and what they count by.
fn throttling(judged: &Judged) -> Vec<(String, Scope)> {
    let hit = refusing(judged).into_iter();
    hit.map(|(_, it)| (format!("{} {}", it.service, it.name), it.scope))
        .collect()
}

/// The limiters that throttle in any run, with their places in the plan.
pub(super) fn refusing(judged: &Judged) -> Vec<(u32, &LimiterPlan)> {
    let limiters = (0..).zip(&judged.prepared.plan.limiters);
    let hit = limiters.filter(|(_, it)| {
        let path = format!("limiters.{}.{}.throttled", it.service, it.name);
        let values = judged.values(&path).unwrap_or_default();
        values.into_iter().flatten().any(|value| value > 0.0)
    });
    hit.collect()
}

/// Retries of all loops in all runs.
fn retries(judged: &Judged) -> f64 {
    let metrics = judged.prepared.metrics.iter();
    let paths = metrics.map(|metric| metric.path.as_str());
    let retries = paths.filter(|path| path.ends_with(".retries"));
    let values = retries.flat_map(|path| judged.values(path).unwrap_or_default());
    values.flatten().sum()
}

fn policies(judged: &Judged) -> Vec<&RetryPolicy> {
    let loops = judged.prepared.plan.loops.iter();
    loops.map(|retry| &retry.policy).collect()
}

#[cfg(test)]
mod tests {
    use crate::recommend::tests::{DEPLOYS, of, variant};

    fn remark(text: &str, set: &str) -> String {
        let report = of(&format!("{text}variants:\n  other: {{set: {{{set}}}}}\n"));
        let change = variant(&report, "other").change.clone().unwrap();
        change.remarks.first().cloned().unwrap_or_default()
    }

    #[test]
    fn what_counts_by_account_does_not_count_by_address() {
        let set = "workloads.deploys.identity.address: another";
        let together = remark(DEPLOYS, set);
        assert_eq!(
            together,
            "no effect here: api calls counts all callers together"
        );
        let by_account = DEPLOYS.replace("status: 429", "status: 429, scope: account-region");
        assert_eq!(
            remark(&by_account, set),
            "no effect here: api calls counts by account+region, not by address"
        );
    }

    #[test]
    fn more_of_a_limit_that_is_never_hit_changes_nothing() {
        let second = "reads: {bucket: {burst: 90, refill: 90/s}, status: 429}, calls: {";
        let text = DEPLOYS.replace("calls: {", second);
        let set = "services.api.limiters.reads: {bucket: {burst: 99, refill: 99/s}, status: 429}";
        assert_eq!(remark(&text, set), "no effect here: api reads is never hit");
    }

    #[test]
    fn a_policy_without_effect_is_one_that_no_retry_gets_to() {
        let set =
            |rest: &str| format!("workloads.deploys.retry: {{preset: harness-default, {rest}}}");
        // Two retries after a throttled call wait a second and two at most.
        assert_eq!(
            remark(DEPLOYS, &set("attempts: 3, cap: 10s")),
            "no effect here: the retries of these runs never get to what it changes"
        );
        let once = DEPLOYS.replace("attempts: 3", "attempts: 1");
        assert_eq!(
            remark(&once, &set("attempts: 1, cap: 10s")),
            "no effect here: no loop retries what fails here"
        );
    }

    #[test]
    fn a_change_that_counts_has_an_effect() {
        let said = remark(DEPLOYS, "workloads.deploys.begin: {every: 1s}");
        assert_eq!(said, "");
    }
}
