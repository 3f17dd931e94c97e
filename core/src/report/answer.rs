//! The lines that answer the question a reader came with: does *today* hold, what binds, and what is
//! taken for granted.

use super::build::{Judged, cause_text, cut_off, telling_headline};
use super::model::{Figure, HeadLine, Headline, Label, Quantity, VariantReport, WithoutLimits};
use super::sufferers::{outlasting_sentence, sufferer_sentence};
use super::{anyway_sentence, not_so, words};
use crate::judge::{CauseKey, Status};
use crate::limiter::{Algorithm, Initial, Refill};
use crate::metric::Unit;
use crate::plan::{Basis, LimiterPlan};
use crate::random::Distribution;
use std::collections::BTreeMap;

/// Verdict, limit or other cause, and assumptions of *today*, the first of the variants; claims that
/// are not so matter in any of them.
pub(super) fn lines(today: &Judged, variants: &[VariantReport]) -> Vec<HeadLine> {
    let label = match today.verdict {
        Status::Met => Label::Holds,
        Status::Broken => Label::Fails,
        Status::Undecided | Status::Skipped => Label::Undecided,
    };
    let line = |label, text| HeadLine { label, text };
    let cause = cause_sentence(today);
    let without = variants[0].without_limits.as_ref();
    // A cause that has a line of its own is not told twice.
    let named = |text: &str| text.rsplit_once(" (").map(|(cause, _)| cause.to_owned());
    let is_told = |without: &WithoutLimits| {
        cause
            .as_deref()
            .is_some_and(|cause| named(cause) == named(&without.because))
    };
    let verdict = match without.filter(|it| !is_told(it)) {
        Some(without) => format!("{}; {}", anyway_sentence(without), verdict_sentence(today)),
        None => verdict_sentence(today),
    };
    let mut lines = vec![line(label, verdict)];
    let suffers = variants[0].sufferers.iter().map(sufferer_sentence);
    lines.extend(suffers.map(|text| line(Label::Suffers, text)));
    lines.extend(cause.clone().map(|text| line(Label::Cause, text)));
    // What no limiter did is no matter of a quota.
    let limit = match without.is_none_or(|it| it.limits_matter) {
        true => limit_sentence(today, cause.is_some()),
        false => None,
    };
    lines.extend(limit.map(|text| line(Label::Limit, text)));
    let lasts = variants[0].outlasting.iter().map(outlasting_sentence);
    lines.extend(lasts.map(|text| line(Label::Lasts, text)));
    lines.extend(
        not_so::sentences(variants)
            .into_iter()
            .map(|text| line(Label::NotSo, text)),
    );
    lines.push(line(Label::Assumed, assumed(today).join("; ")));
    lines
}

fn mean(figure: &Figure) -> String {
    match figure.mean {
        Some(Quantity::Number(value)) => words::number(value),
        Some(Quantity::Never) => "never".to_owned(),
        None => "-".to_owned(),
    }
}

/// `on average ` before a mean of values that differ.
fn average(figure: &Figure) -> &'static str {
    match figure.min == figure.max {
        true => "",
        false => "on average ",
    }
}

fn verdict_sentence(today: &Judged) -> String {
    let head = telling_headline(today);
    // Where nothing is called, nothing can be throttled.
    let throttled = match head.calls_needed > 0.0 {
        true => format!(
            "{} of {} throttled; ",
            mean(&head.first_throttled),
            words::counted(head.calls_needed, &format!("first {}", head.calls)),
        ),
        false => String::new(),
    };
    let refused: String = own_refusals(today, &head.workload)
        .map(|text| format!("{text}; "))
        .collect();
    let ended = match cut_off(&today.runs) {
        Some(why) => {
            let finished = head.finished.mean_otherwise.unwrap_or(0.0);
            format!(
                "{}{} of {} had finished when it was cut off ({why})",
                average(&head.finished),
                words::number(finished),
                words::counted(head.wanted, &head.units)
            )
        }
        None => ended(&head),
    };
    let broken = match today.verdict {
        // Where the numbers above do not show what breaks, it is named.
        Status::Broken if head.failed.mean_otherwise == Some(0.0) => {
            broken_because(today).map_or(String::new(), |because| format!("; {because}"))
        }
        _ => String::new(),
    };
    let whose = match head.others.is_empty() {
        true => String::new(),
        false => format!("{}: ", head.workload),
    };
    format!("{whose}{throttled}{refused}{ended}{broken}")
}

/// What a workload's clients refuse by limits of their own: none of that reaches a service.
fn own_refusals(today: &Judged, workload: &str) -> impl Iterator<Item = String> {
    let plan = &today.prepared.plan;
    let asks = move |limiter: usize| {
        plan.sites.iter().any(|site| {
            let checks = site.checks.start as usize..site.checks.end as usize;
            let mut asked = plan.checks[checks].iter();
            let of_workload = plan
                .loops
                .get(site.retry as usize)
                .is_some_and(|retry| plan.workloads[retry.workload as usize].name == workload);
            of_workload && asked.any(|check| check.limiter as usize == limiter)
        })
    };
    let own = plan.limiters.iter().enumerate();
    let own = own.filter(move |(index, limiter)| limiter.client_side && asks(*index));
    own.filter_map(|(_, limiter)| {
        let path = format!("limiters.{}.{}.throttled", limiter.service, limiter.name);
        let refused = today.figure(&path, None);
        refused.mean_otherwise.filter(|mean| *mean >= 0.5)?;
        let times = super::cells::estimate(&refused, Unit::Count, u32::MAX);
        let about = average(&refused);
        Some(format!(
            "{} itself refuses {about}{times} of its pulls",
            limiter.service
        ))
    })
}

/// How all ended, and how few ran meanwhile.
fn ended(head: &Headline) -> String {
    let lowest = head.running_lowest.as_ref().map_or(String::new(), |it| {
        let lowest = super::cells::estimate(it, Unit::Count, u32::MAX);
        let counts = head.running_counts.as_ref();
        let counts = counts.map_or(String::new(), |counts| format!(" ({counts})"));
        format!("; lowest running {lowest}{counts}")
    });
    format!("{}{lowest}", ended_when(head))
}

fn ended_when(head: &Headline) -> String {
    let wanted = words::counted(head.wanted, &head.units);
    if head.failed.mean_otherwise.unwrap_or(0.0) > 0.0 {
        let about = average(&head.failed);
        let verb = if head.wanted == 1.0 { "fails" } else { "fail" };
        let failed = super::cells::estimate(&head.failed, Unit::Count, u32::MAX);
        return format!("{about}{failed} of {wanted} {verb}");
    }
    let finished = match head.finished_after.mean {
        Some(Quantity::Number(_)) => {
            let after = super::cells::estimate(&head.finished_after, Unit::Seconds, u32::MAX);
            format!(", the last done after {after}")
        }
        _ => String::new(),
    };
    match head.wanted == 1.0 {
        true => format!(
            "{wanted} finishes{}",
            finished.replace("the last done", "done")
        ),
        false => format!("all {wanted} finish{finished}"),
    }
}

/// What breaks, where the main workload's number of failed units does not show it.
pub(super) fn unseen(judged: &Judged) -> Option<String> {
    let (workload, units, _) = super::main_workload(&judged.prepared.plan);
    let failed = judged.figure(&format!("{workload}.{units}.failed"), None);
    let seen = failed.mean_otherwise.is_some_and(|failed| failed > 0.0);
    broken_because(judged).filter(|_| !seen)
}

/// The first expectation that is broken, with what is observed and what it should be:
/// `ci.start_delay.max is 30.4s, not <= 30s`.
fn broken_because(judged: &Judged) -> Option<String> {
    let broken = judged.expectations.iter().find(|it| it.breaks())?;
    let observed = super::cells::quantity(broken.observed?, broken.unit);
    let bound = broken.text.find(['<', '>', '=', '!']);
    let bound = bound.map_or(String::new(), |at| format!(", not {}", &broken.text[at..]));
    Some(format!("{} is {observed}{bound}", broken.metric))
}

/// What most calls were given up on, if it is no limiter.
fn cause_sentence(today: &Judged) -> Option<String> {
    let plan = &today.prepared.plan;
    let told = telling_headline(today).workload;
    let of_told = |key: &CauseKey| {
        let workload = plan.loops[key.retry as usize].workload;
        plan.workloads[workload as usize].name == told
    };
    let mut counts: BTreeMap<CauseKey, (u64, bool)> = BTreeMap::new();
    let causes = today.runs.iter().flat_map(|run| &run.causes);
    for cause in causes.filter(|cause| of_told(&cause.key)) {
        counts.entry(cause.key).or_insert((0, cause.throttled)).0 += cause.count;
    }
    // The first of several as frequent, in the order of the plan.
    let (key, (count, throttled)) = counts
        .into_iter()
        .rev()
        .max_by_key(|(_, (count, _))| *count)?;
    (!throttled).then(|| {
        let per_run = count as f64 / today.runs.len().max(1) as f64;
        format!(
            "{} ({} a run)",
            cause_text(plan, key),
            words::number(per_run)
        )
    })
}

/// The limiter that refuses most, with its rule and source; where none refuses, the one that is
/// asked most, unless calls fail for another reason.
fn limit_sentence(today: &Judged, other_cause: bool) -> Option<String> {
    let count = |limiter: &LimiterPlan, name: &str| {
        let path = format!("limiters.{}.{}.{name}", limiter.service, limiter.name);
        today.figure(&path, None).mean_otherwise.unwrap_or(0.0)
    };
    let busy = |limiter: &LimiterPlan| (count(limiter, "throttled"), count(limiter, "offered"));
    let limiter = met(today).into_iter().max_by(|a, b| {
        let (a, b) = (busy(a), busy(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    })?;
    if other_cause && busy(limiter).0 == 0.0 {
        return None;
    }
    let raisable = match limiter.raisable {
        _ if limiter.client_side => ", a setting of the client",
        Some(true) => ", raisable on request",
        Some(false) => ", not raisable",
        None => "",
    };
    Some(format!(
        "{} {}, per {}: {}{raisable}   [{}]",
        limiter.service,
        limiter.name,
        limiter.scope.words(),
        words::rule(&limiter.spec),
        words::source(limiter)
    ))
}

/// The limiters that requests of the scenario's own workloads meet in any run.
fn met(judged: &Judged) -> Vec<&LimiterPlan> {
    let limiters = judged.prepared.plan.limiters.iter();
    limiters
        .filter(|limiter| !limiter.keys.is_empty() && is_asked(judged, limiter))
        .collect()
}

/// Whether anybody but other callers asks a limiter; nobody does where pulls are anonymous.
fn is_asked(judged: &Judged, limiter: &LimiterPlan) -> bool {
    let most = |name: &str| {
        let path = format!("limiters.{}.{}.{name}", limiter.service, limiter.name);
        judged.figure(&path, None)
    };
    let others_only = most("background_share").min == Some(1.0);
    most("offered").max > Some(0.0) && !others_only
}

const FULL: &str = "bucket full";
const UNUSED: &str = "nothing used of any limit yet";

/// A limiter that nobody has asked yet, in a word that fits the way it counts.
fn untouched(limiter: &LimiterPlan) -> &'static str {
    match limiter.spec.algorithm {
        Algorithm::TokenBucket(_) => FULL,
        Algorithm::FixedWindow(_) | Algorithm::SlidingLog(_) | Algorithm::SlidingCounter(_) => {
            "window unused"
        }
        Algorithm::NginxLimitReq(_) => "burst unused",
        Algorithm::ConcurrencyLimit(_) => "nothing in flight",
    }
}

/// What is taken for granted, most important first.
fn assumed(today: &Judged) -> Vec<String> {
    let plan = &today.prepared.plan;
    let mut parts = Vec::new();
    let expected: Vec<&str> = today
        .expectations
        .iter()
        .filter(|expectation| expectation.assumed)
        .map(|expectation| expectation.text.as_str())
        .collect();
    if !expected.is_empty() {
        let states = match today.prepared.scenario.expect.is_empty() {
            true => "none",
            false => "none that can be judged",
        };
        let expected = expected.join(", ");
        parts.push(format!(
            "expect: {expected}, because the scenario states {states}"
        ));
    }
    let met = met(today);
    let (busy, alone): (Vec<&LimiterPlan>, Vec<&LimiterPlan>) = met
        .iter()
        .partition(|limiter| !limiter.background.is_zero());
    for limiter in &busy {
        // What is refilled more slowly than others draw from it is empty before anybody begins.
        let beyond = match &limiter.spec.algorithm {
            Algorithm::TokenBucket(bucket) => match bucket.refill {
                Refill::Continuous(refill)
                    if limiter.spec.initial == Initial::Full
                        && limiter.background.per_second_f64() > refill.per_second_f64() =>
                {
                    format!(", more than the {refill} it earns: `initial: empty` is nearer to that")
                }
                Refill::Continuous(_) | Refill::Lump { .. } => String::new(),
            },
            _ => String::new(),
        };
        parts.push(format!(
            "background of {} {}{beyond}",
            limiter.name, limiter.background
        ));
    }
    if !alone.is_empty() {
        let others = if busy.is_empty() { "" } else { " elsewhere" };
        parts.push(format!("background 0/s{others}"));
    }
    let full: Vec<&LimiterPlan> = met
        .iter()
        .copied()
        .filter(|limiter| limiter.spec.initial == Initial::Full)
        .collect();
    match (met.as_slice(), full.len()) {
        ([only], 1) => parts.push(untouched(only).to_owned()),
        (all, full) if all.len() == full && full > 1 => {
            let buckets = all.iter().all(|limiter| untouched(limiter) == FULL);
            let what = if buckets { "all limiters full" } else { UNUSED };
            parts.push(what.to_owned());
        }
        _ => parts.extend(full.iter().map(|limiter| match untouched(limiter) {
            FULL => format!("{} full", limiter.name),
            _ => format!("{} unused", limiter.name),
        })),
    }
    if plan.random_order {
        parts.push("attempts of one instant in random order".to_owned());
    }
    for service in &today.prepared.scenario.services {
        let latency = match &service.value.latency {
            Distribution::Constant(span) => span.to_string(),
            _ => "drawn".to_owned(),
        };
        parts.push(format!("latency of {} {latency}", service.name));
    }
    for assumption in plan.assumptions() {
        let basis = match assumption.basis {
            Basis::Inferred => "(inferred)",
            Basis::Observed => "(observed)",
            Basis::Stated => "(stated)",
            Basis::Default => "(default)",
        };
        parts.push(match assumption.text.ends_with(basis) {
            true => assumption.text,
            false => format!("{} {basis}", assumption.text),
        });
    }
    parts.dedup();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::{Sequential, prepare};
    use crate::report::{judge_variants, report};
    use crate::scenario::Document;

    /// Ten callers at once of a bucket that holds four and earns one an hour.
    const CALLERS: &str = "
pullstorm: 1
name: callers
services:
  api: {latency: 0s, limiters: {calls: {bucket: {burst: 4, refill: 1/h}, status: 429}}}
workloads:
  deploys: {kind: api-callers, service: api, callers: 10, calls: [deploy], retry: none}
expect: [deploys.callers.failed == 0]
";

    #[test]
    fn a_bucket_that_others_empty_faster_than_it_fills_is_said_to_be_no_full_one() {
        let busy = |rate: &str| {
            let refill = format!("refill: 1/h}}, background: {rate}");
            line(
                &judged(&CALLERS.replace("refill: 1/h}", &refill)),
                Label::Assumed,
            )
        };
        let more = busy("2/h");
        assert!(more.contains("more than the 1/h it earns"), "{more}");
        assert!(!busy("1/h").contains("it earns"));
    }

    fn judged(text: &str) -> Judged {
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        judge_variants(prepared, &Sequential, 1, None).remove(0)
    }

    fn lines(judged: &Judged) -> Vec<HeadLine> {
        report(std::slice::from_ref(judged), 1).lines
    }

    fn line(judged: &Judged, label: Label) -> String {
        let lines = lines(judged).into_iter();
        lines
            .filter(|line| line.label == label)
            .map(|line| line.text)
            .collect()
    }

    #[test]
    fn a_scenario_that_expects_nothing_is_expected_to_fail_nothing_and_says_so() {
        let today = judged(&CALLERS.replace("expect: [deploys.callers.failed == 0]", ""));
        assert_eq!(today.verdict, Status::Broken);
        assert_eq!(lines(&today)[0].label, Label::Fails);
        assert!(line(&today, Label::Assumed).starts_with(
            "expect: deploys.callers.failed == 0, because the scenario states none; "
        ));
        let expected = &report(&[today], 1).variants[0].expectations;
        assert!(expected.len() == 1 && expected[0].assumed);
        assert!(!judged(CALLERS).expectations[0].assumed);
    }

    #[test]
    fn an_expectation_of_too_few_for_its_quantile_is_skipped_and_the_others_decide() {
        let few = |count: u32, expect: &str| {
            let text = CALLERS.replace("callers: 10", &format!("callers: {count}"));
            judged(&text.replace("deploys.callers.failed == 0", expect))
        };
        let p90 = "deploys.callers.start_delay.p90 <= 2s";
        let both = few(3, &format!("deploys.callers.failed == 0, {p90}"));
        assert_eq!(both.verdict, Status::Met);
        assert_eq!(both.expectations[1].status, Status::Skipped);
        let alone = few(3, p90);
        assert_eq!(alone.verdict, Status::Met, "what is assumed decides");
        assert!(line(&alone, Label::Assumed).contains("states none that can be judged"));
        assert_eq!(few(8, p90).verdict, Status::Broken);
    }

    #[test]
    fn a_run_that_is_cut_off_is_not_called_finished() {
        let text = CALLERS.replace(
            "retry: none",
            "retry: {strategy: fixed, attempts: 90, delay: 1h}",
        );
        let today = judged(&text.replace("name: callers", "name: callers\nhorizon: 2h"));
        assert_eq!(today.verdict, Status::Undecided);
        let first = line(&today, Label::Undecided);
        assert!(
            first.contains(" of 10 callers had finished when it was cut off"),
            "{first}"
        );
        assert!(
            first.contains("reached the horizon") && !first.contains("finish,"),
            "{first}"
        );
    }

    #[test]
    fn what_no_limiter_did_is_named_as_the_cause_and_no_limit_is() {
        let text = CALLERS.replace("callers: 10", "callers: 3").replace(
            "api: {latency: 0s,",
            "api: {latency: 0s, faults: {out: {answer: {status: 503}, until: 1min}},",
        );
        let today = judged(&text);
        assert!(
            line(&today, Label::Cause).contains("503"),
            "{:?}",
            lines(&today)
        );
        assert_eq!(line(&today, Label::Limit), "");
        assert_eq!(line(&judged(CALLERS), Label::Cause), "");
        assert!(line(&judged(CALLERS), Label::Limit).contains("4 burst"));
    }

    #[test]
    fn where_nobody_logs_in_nothing_is_throttled_and_no_limit_is_named() {
        let text = "
pullstorm: 1
name: anonymous
services:
  ecr: {preset: aws-ecr@2018-01, limiters: {GetAuthorizationToken: {background: 1/s}}}
workloads:
  ci: {kind: ci-fanout, service: ecr, jobs: 4, duration: 5s, login: anonymous}
expect: [ci.jobs.failed == 0]
";
        let nobody = judged(text);
        assert_eq!(
            line(&nobody, Label::Holds),
            "all 4 jobs finish, the last done after 5s"
        );
        assert_eq!(line(&nobody, Label::Limit), "");
        let assumed = line(&nobody, Label::Assumed);
        assert!(
            !assumed.contains("full") && !assumed.contains("background"),
            "{assumed}"
        );
        let somebody = judged(&text.replace("anonymous}", "per-job}"));
        assert!(line(&somebody, Label::Holds).starts_with("0 of 4 first logins throttled; "));
        assert!(line(&somebody, Label::Limit).starts_with("ecr GetAuthorizationToken"));
        assert!(line(&somebody, Label::Assumed).contains("bucket full"));
    }

    #[test]
    fn only_buckets_are_called_full() {
        let with = |limiters: &str| {
            let bucket = "calls: {bucket: {burst: 4, refill: 1/h}, status: 429}";
            line(&judged(&CALLERS.replace(bucket, limiters)), Label::Assumed)
        };
        assert!(with("calls: {window: {limit: 20 per 1h}}").contains("; window unused"));
        assert!(with("calls: {in_flight: 20}").contains("; nothing in flight"));
        assert!(with("calls: {bucket: {burst: 20, refill: 1/s}}").contains("; bucket full"));
        let bucket = "a: {bucket: {burst: 20, refill: 1/s}}";
        let buckets = with(&format!(
            "{bucket}, b: {{bucket: {{burst: 30, refill: 1/s}}}}"
        ));
        assert!(buckets.contains("; all limiters full"), "{buckets}");
        let mixed = with(&format!("{bucket}, b: {{in_flight: 20}}"));
        assert!(mixed.contains("; nothing used of any limit yet"), "{mixed}");
        let one_empty = format!(
            "{bucket}, b: {{in_flight: 20}}, c: {{initial: 2, {}}}",
            "bucket: {burst: 20, refill: 9/s}"
        );
        let some = with(&one_empty);
        assert!(some.contains("; a full; b unused"), "{some}");
    }

    #[test]
    fn a_cause_names_the_operation_unless_its_limit_is_called_so() {
        let cause = |operation: &str| {
            let today =
                judged(&CALLERS.replace("calls: [deploy]", &format!("calls: [{operation}]")));
            report(&[today], 1).variants[0].causes[0].text.clone()
        };
        // The one letter is in `api`, too.
        assert!(
            cause("a").starts_with("api calls at a: deploys"),
            "{}",
            cause("a")
        );
        assert!(
            cause("call").starts_with("api calls at call: "),
            "{}",
            cause("call")
        );
        assert!(
            cause("calls").starts_with("api calls: deploys"),
            "{}",
            cause("calls")
        );
    }

    #[test]
    fn the_first_line_tells_of_the_workload_that_breaks() {
        let text = CALLERS.replace("expect: [", "expect: [others.callers.failed == 0, ").replace(
            "workloads:\n",
            "workloads:\n  others: {kind: api-callers, service: api, callers: 6, begin: 1min, calls: \
             [list], retry: none}\n",
        );
        let text = text.replace(
            "  others:",
            "  early: {kind: api-callers, service: api, callers: 1, \
             calls: [list], retry: none}\n  others:",
        );
        let first = line(&judged(&text), Label::Fails);
        assert!(first.ends_with("6 of 6 callers fail"), "{first}");
    }

    #[test]
    fn inferred_numbers_are_not_called_documented_alone_and_only_limits_that_were_met_are_assumed()
    {
        let text = include_str!("../../../scenarios/circleci-ecr-fanout.yaml");
        let text = text.replace("aws-ecr@2018-01", "aws-ecr@2026-11");
        let today = judged(&text);
        assert!(
            line(&today, Label::Limit).ends_with("[documented, aws-ecr@2026-11; burst inferred]")
        );
        let assumed = line(&today, Label::Assumed);
        assert!(
            assumed.contains("GetAuthorizationToken: burst of 500"),
            "{assumed}"
        );
        assert!(!assumed.contains("PutImage"), "{assumed}");
        assert_eq!(assumed.matches("(inferred)").count(), 1, "{assumed}");
    }
}
