//! The lines of a recommendation that only a comparison can give.

use super::closest::Closest;
use super::rank::number;
use super::tune::Tuned;
use super::{Options, answers, spread};
use crate::capacity;
use crate::catalog::{self, Pace};
use crate::judge::Status;
use crate::metric::Unit;
use crate::plan::Plan;
use crate::replicate::Workers;
use crate::report::model::{Change, HeadLine, HoldsTo, Label, Report, VariantReport};
use crate::report::{Judged, TooSoon, is_of_failures, lacks_a_call, least_wait, seconds, too_soon};
use crate::retry::{Class, RetryPolicy};
use crate::scenario::Document;
use crate::scenario::model::{Expectation, Tune};
use crate::statistics::no_events_limit;
use crate::units::{Span, Time};

/// Adds what today's provider allows, what is assumed, and what cannot help.
pub(super) fn add(
    report: &mut Report,
    document: &Document,
    judged: &[Judged],
    tuned: &Tuned,
    options: &Options,
    workers: &dyn Workers,
) {
    let today = &judged[0];
    // What breaks without any limit is no matter of when clients try again.
    let of_today = report.variants.iter().find(|it| it.name == "today");
    let without = of_today.and_then(|it| it.without_limits.as_ref());
    let limits_matter = without.is_none_or(|it| it.limits_matter);
    if today.verdict == Status::Broken && limits_matter {
        let short = no_retry_setting(judged, tuned).or_else(|| too_short(judged));
        if let Some(text) = short
            && let Some(first) = report.lines.first_mut()
        {
            first.text = format!("{}; {text}", first.text);
        }
        if let Some(text) = cannot(judged, tuned) {
            // Where no retry timing can hold, that is the first thing to know after the verdict.
            let line = HeadLine {
                label: Label::Cannot,
                text,
            };
            report.lines.insert(1.min(report.lines.len()), line);
        }
    }
    let assumed = report
        .lines
        .iter()
        .position(|line| line.label == Label::Assumed);
    let place = assumed.unwrap_or(report.lines.len());
    let newer = newer_presets(today).into_iter().map(|text| HeadLine {
        label: Label::Today,
        text,
    });
    report.lines.splice(place..place, newer);
    // A change of today's assumptions that would do is the first of them to know.
    let harmless = spread::harmless_from(document, today, workers, options.seed);
    let is_assumed = |line: &&mut HeadLine| line.label == Label::Assumed;
    if let (Some((name, from)), Some(line)) = (harmless, report.lines.iter_mut().find(is_assumed)) {
        line.text = format!(
            "launch spread of {name} 0s (at {from}s no login was throttled in {} runs); {}",
            spread::RUNS,
            line.text
        );
    }
    let fewest = report
        .variants
        .iter()
        .map(|variant| variant.runs)
        .min()
        .unwrap_or(0);
    let most = report
        .variants
        .iter()
        .map(|variant| variant.runs)
        .max()
        .unwrap_or(0);
    let runs = if fewest == most {
        most.to_string()
    } else {
        format!("{fewest} to {most}")
    };
    let text = format!(
        "{runs} of each variant, seed {}, the same random numbers in all; digest of today {}",
        options.seed,
        report
            .variants
            .first()
            .map_or("", |variant| variant.digest.as_str())
    );
    let text = text + &how_sure_of_loads(&report.variants);
    report.lines.push(HeadLine {
        label: Label::Runs,
        text,
    });
}

/// How many of the settings that `tune:` allows were tried; none where it says nothing or nothing was
/// searched.
pub(super) fn searched(tune: &[Tune], tried: u64) -> Option<String> {
    if tune.is_empty() || tried == 0 {
        return None;
    }
    let all = tune.iter().map(|it| it.values.len() as u64);
    let all = all.fold(1, u64::saturating_mul);
    let each = tune.iter().map(|it| {
        let (first, last) = (it.values.first(), it.values.last());
        let values = first.zip(last).filter(|_| it.ordered);
        let values = values.map_or(String::new(), |(first, last)| {
            format!(", {first} to {last}")
        });
        format!("{} has {} values{values}", it.path, it.values.len())
    });
    let each: Vec<String> = each.collect();
    Some(format!(
        "`tune:` allows {all} settings of each variant ({}); {tried} of them and of the variants were tried",
        each.join("; ")
    ))
}

/// What "holds to" rests on, where runs differ.
fn how_sure_of_loads(variants: &[VariantReport]) -> String {
    let holds = variants
        .iter()
        .filter_map(|variant| variant.holds_to.as_ref());
    let random = holds.filter(|holds| holds.load > 0 && holds.runs > 1);
    random.map(|holds| holds.runs).min().map_or(String::new(), |runs| {
        let limit = no_events_limit(runs) * 100.0;
        let less = match variants.iter().any(is_rough) {
            true => "less or more",
            false => "less",
        };
        let more = match runs < capacity::RUNS_TO_CONFIRM {
            true => format!(
                "; `pullstorm capacity` takes {} there, and may say {less}",
                capacity::RUNS_TO_CONFIRM
            ),
            false => String::new(),
        };
        format!(
            "; at the load a variant holds to, no expectation was broken in {runs} runs: with 95 % \
             confidence one is in under {limit:.1} % of runs{more}"
        )
    })
}

/// Whether the search for the load that a variant holds to ended early.
fn is_rough(variant: &VariantReport) -> bool {
    let holds = variant.holds_to.as_ref();
    holds.is_some_and(|it| !it.roughly().is_empty())
}

/// Of which variants it is known only roughly up to which load they hold, why, and who knows better.
pub(super) fn roughly(variants: &[VariantReport]) -> Option<String> {
    let rough = variants.iter().filter(|it| is_rough(it));
    let names: Vec<&str> = rough.map(|it| it.name.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "runs are long here: up to which load a variant holds was searched only so far, and the numbers \
             of {} are first guesses; `pullstorm capacity` searches to the end, with more runs at each load, \
             and what it says counts",
            names.join(", ")
        )
    })
}

/// The first of the ranked variants that holds and can be had, by its place.
pub(super) fn recommended(variants: &[VariantReport]) -> Option<&VariantReport> {
    let (today, candidates) = variants.split_first()?;
    if today.verdict == Status::Met {
        return None;
    }
    candidates
        .iter()
        .filter(is_possible)
        .find(|variant| variant.verdict == Status::Met)
}

/// Whether today holds, but not to a load that is planned for.
fn falls_short(today: &VariantReport, planned: u32) -> bool {
    let known = today.holds_to.as_ref().filter(|holds| holds.is_known());
    today.verdict == Status::Met && known.is_some_and(|holds| holds.load < planned)
}

/// Where today holds, but not to the load that is planned for: the first of the ranked variants that
/// does and can be had.
pub(super) fn recommended_for(variants: &[VariantReport], planned: u32) -> Option<&VariantReport> {
    let (today, candidates) = variants.split_first()?;
    if !falls_short(today, planned) {
        return None;
    }
    let mut met = candidates
        .iter()
        .filter(is_possible)
        .filter(|it| it.verdict == Status::Met);
    met.find(|it| it.holds_to.as_ref().is_some_and(|it| it.load >= planned))
}

fn is_possible(variant: &&VariantReport) -> bool {
    let change = variant.change.as_ref();
    change.is_some_and(|change| change.possible)
}

/// What to change, and who changes what where: what stops it now, if the fix takes longer, and the fix.
/// `all` levers were tried, or only the variants that were named; `planned` is the load that is to come,
/// `closest` what came closest in searches that found nothing.
pub(super) fn what_to_do(
    variants: &[VariantReport],
    all: bool,
    planned: Option<(&str, u32)>,
    closest: Option<&Closest>,
) -> Vec<HeadLine> {
    let line = |label, text| HeadLine { label, text };
    let Some((today, candidates)) = variants.split_first() else {
        return Vec::new();
    };
    if today.verdict == Status::Met {
        let known = today.holds_to.as_ref().filter(|holds| holds.is_known());
        let loads = known.map_or(String::new(), |holds| {
            let now = holds
                .now
                .map_or(String::new(), |now| format!("; you have {now}"));
            format!(", to {}{now}", up_to(holds))
        });
        let short = planned.filter(|(_, planned)| falls_short(today, *planned));
        let text = match short {
            None => format!("nothing: today holds{loads}"),
            Some((path, planned)) => {
                let then = recommended_for(variants, planned).map_or_else(
                    || {
                        format!(
                            "to which no variant here holds: `--set {path}={planned}` searches what does"
                        )
                    },
                    |best| format!("for which {}", change_to(best)),
                );
                format!("nothing now: today holds{loads}, and plan for {planned}, {then}")
            }
        };
        return vec![line(Label::Do, text)];
    }
    let Some(best) = recommended(variants) else {
        let failed = |it: &&VariantReport| number(it.headline.failed.mean);
        let possible = candidates.iter().filter(is_possible);
        let least = possible.min_by(|a, b| failed(a).total_cmp(&failed(b)));
        let least = least.map_or(String::new(), |variant| {
            format!("; the fewest failures has {}", told(variant))
        });
        let closest = closest.map_or(String::new(), |it| format!("; {}", it.told()));
        let text = format!("no variant here holds{least}{closest}");
        return vec![line(Label::Do, text)];
    };
    match answers::now_beside(variants, best) {
        Some(now) => vec![
            line(Label::Now, change_to(now)),
            line(Label::ThisWeek, change_to(best)),
        ],
        None => {
            let is_slow = |change: &Change| change.pace != Pace::Minutes;
            let sooner = answers::now(variants).filter(|now| answers::asks_less(best, now));
            let slow = match (best.change.as_ref().is_some_and(is_slow), sooner) {
                (true, Some(now)) => {
                    let who = now.change.as_ref();
                    let who = who.map_or(String::new(), |it| {
                        format!(" ({}, {})", it.owner, it.effort)
                    });
                    format!(
                        "; {}{who} counts sooner, within minutes, and asks more",
                        now.name
                    )
                }
                (true, None) if all => {
                    "; nothing tried that counts within minutes holds".to_owned()
                }
                _ => String::new(),
            };
            vec![line(Label::Do, format!("{}{slow}", change_to(best)))]
        }
    }
}

/// The name of a variant, and what it is; where its author does not say, what it sets.
fn told(variant: &VariantReport) -> String {
    let about = match variant.about.as_str() {
        "" => super::words::list(&variant.overrides),
        about => about.to_owned(),
    };
    format!("{}: {about}", variant.name)
}

/// A variant, who changes it, and up to which load it holds.
pub(super) fn change_to(variant: &VariantReport) -> String {
    let change = variant.change.as_ref();
    let who = change.map_or(String::new(), |change| {
        format!(" ({}, {})", change.owner, change.effort)
    });
    let to = variant.holds_to.as_ref().filter(|holds| holds.is_known());
    let to = to.map_or(String::new(), |holds| {
        format!("; holds to {}", up_to(holds))
    });
    format!("{}{who}{to}", told(variant))
}

fn up_to(holds: &HoldsTo) -> String {
    let more = if holds.or_more { " and more" } else { "" };
    let seen = holds
        .few_runs()
        .map_or(String::new(), |runs| format!(" (seen in {runs} runs)"));
    format!("{}{more}{seen}", holds.named())
}

/// That no retry setting meets the expectations, with the best possible where that is the reason.
fn no_retry_setting(judged: &[Judged], tuned: &Tuned) -> Option<String> {
    let today = judged.first()?;
    let best = today.runs.iter().map(|run| run.best.finish).min()?;
    let best = match best {
        Time::NEVER => "never".to_owned(),
        best => seconds(best.as_secs_f64()),
    };
    let possible = match breaks_by_waiting(today) {
        true => format!(" (best possible: the last done after {best})"),
        false => String::new(),
    };
    let only_retry = |judged: &&Judged| {
        let mut paths = judged.prepared.overrides.iter().map(|(path, _)| path);
        paths.all(|path| path.contains(".retry"))
    };
    let held = judged
        .iter()
        .filter(only_retry)
        .any(|it| it.verdict == Status::Met);
    if let Some(why) = too_late(today) {
        return Some(format!(
            "no retry setting can hold ({})",
            why.of_a_verdict()
        ));
    }
    match tuned {
        _ if held => None,
        Tuned::CannotLastLongEnough { .. } => Some(format!(
            "no retry setting within the ranges searched can hold{possible}"
        )),
        Tuned::Nothing { tried } if *tried > 0 => Some(format!(
            "none of {tried} retry settings tried holds{possible}"
        )),
        Tuned::Found(found) if found.judged.verdict != Status::Met => {
            Some(format!("no retry setting tried holds{possible}"))
        }
        Tuned::Found(_) | Tuned::Nothing { .. } => None,
    }
}

/// Whether an expectation that is broken speaks of times or of failures: what is throttled, or sent, is
/// not less for waiting longer, and not more for giving up.
fn breaks_by_waiting(judged: &Judged) -> bool {
    let mut broken = judged.expectations.iter().filter(|it| it.breaks());
    broken.any(|it| {
        let ends = [".succeeded", ".finished", ".never_started"];
        let failures = is_of_failures(&it.metric);
        failures || it.unit == Unit::Seconds || ends.iter().any(|end| it.metric.ends_with(end))
    })
}

/// Why no retry timing can be in time for what decides of today, where that is known.
fn too_late(today: &Judged) -> Option<TooSoon> {
    let broken = |it: &Expectation| {
        let mut broken = today.expectations.iter().filter(|own| own.breaks());
        broken.any(|own| own.text == it.text)
    };
    let expected = today.expected().into_iter();
    let mut expected = expected.filter(broken);
    expected.find_map(|it| too_soon(today, &it))
}

/// From which time on no retry policy can hold, where one that was tried ends earlier.
fn too_short(judged: &[Judged]) -> Option<String> {
    let today = judged.first()?;
    let needed = least_wait(today);
    // Where some may fail, one that waits longer need not be served; and what breaks may be no failure.
    if needed == Span::MAX || !lacks_a_call(today) {
        return None;
    }
    let ends_earlier = |it: &Judged| {
        let lasts = lasts_at_most(&it.prepared.plan);
        it.verdict == Status::Broken && lasts.is_some_and(|lasts| lasts < needed)
    };
    judged.iter().any(ends_earlier).then(|| {
        let needed = seconds(needed.as_secs_f64());
        format!("retries that end before {needed} cannot hold: at best one call waits that long")
    })
}

/// Retry policies that stop before the limit can have let everything through.
fn cannot(judged: &[Judged], tuned: &Tuned) -> Option<String> {
    if let Tuned::CannotLastLongEnough {
        needed,
        lasts,
        within,
    } = tuned
    {
        return Some(format!(
            "no retry policy within the ranges searched ({within}) can serve every call: one has to wait {} at least \
             for its credit, and the longest policy stops after {}",
            seconds(needed.as_secs_f64()),
            seconds(lasts.as_secs_f64())
        ));
    }
    let mut short: Vec<String> = Vec::new();
    let mut needed_most = Span::ZERO;
    for variant in judged.iter().filter(|it| breaks_by_waiting(it)) {
        let needed = least_wait(variant);
        let Some(lasts) = lasts_at_most(&variant.prepared.plan) else {
            continue;
        };
        if lasts < needed {
            let lasts = seconds(lasts.as_secs_f64());
            short.push(format!("{} ({lasts})", variant.prepared.name));
            needed_most = needed_most.max(needed);
        }
    }
    (!short.is_empty()).then(|| {
        format!(
            "these retry policies make their last attempt too early, whatever they draw: {}; one \
             call has to wait {} at least for its credit",
            short.join(", "),
            seconds(needed_most.as_secs_f64())
        )
    })
}

/// The longest time from the first to the last attempt of any call of a variant that retries,
/// answers under way included; `None` where nothing bounds it, or hints of the server could.
pub(super) fn lasts_at_most(plan: &Plan) -> Option<Span> {
    let mut longest = None;
    for (index, retry) in (0..).zip(&plan.loops) {
        if retry.policy == RetryPolicy::NONE {
            continue;
        }
        if retry.policy.attempts_max == RetryPolicy::UNLIMITED {
            return None;
        }
        if retry.reads_hint.contains(&true) {
            return None;
        }
        let sleeps = retry.policy.span_max(Class::Throttling, None)?;
        let mut trips = Span::ZERO;
        for site in plan.sites.iter().filter(|site| site.retry == index) {
            let there = plan.durations[site.there as usize].longest()?;
            let back = plan.durations[site.back as usize].longest()?;
            trips = trips.max(if site.halves { there } else { there + back });
        }
        let retries = u64::from(retry.policy.attempts_max - 1);
        let answers = Span::from_nanos(trips.as_nanos().saturating_mul(retries));
        longest = longest.max(Some(sleeps + answers));
    }
    longest
}

/// Presets of another day whose family has a newer one.
pub fn newer_presets(today: &Judged) -> Vec<String> {
    let mut lines = Vec::new();
    for service in &today.prepared.scenario.services {
        let Some(named) = &service.value.preset else {
            continue;
        };
        let Ok(used) = catalog::preset(&named.value) else {
            continue;
        };
        let Ok(newest) = catalog::preset(&used.family) else {
            continue;
        };
        if newest.name == used.name {
            continue;
        }
        let met: Vec<&str> = today
            .prepared
            .plan
            .limiters
            .iter()
            .filter(|limiter| limiter.service == service.name && !limiter.keys.is_empty())
            .map(|limiter| limiter.name.as_str())
            .collect();
        let now: Vec<String> = met
            .iter()
            .filter_map(|name| {
                let limiter = newest.limiter(name)?;
                let catalog::Counting::Known(algorithm) = &limiter.counting else {
                    return None;
                };
                let inferred = if limiter.assumptions.is_empty() {
                    ""
                } else {
                    " (burst inferred)"
                };
                Some(format!(
                    "{name} {}{inferred}",
                    crate::report::counting(algorithm)
                ))
            })
            .collect();
        lines.push(format!(
            "{} says {}: rerun with --set services.{}.preset={}",
            newest.name,
            now.join(", "),
            service.name,
            used.family
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use crate::recommend::tests::of;

    /// The first line for callers of whom twenty have to wait for a credit a second.
    fn first_line(retry: &str, expect: &str) -> String {
        let report = of(&format!(
            "
pullstorm: 1
name: late
services: {{api: {{latency: 0s, limiters: {{calls: {{bucket: {{burst: 20, refill: 1/s}}, status: 429}}}}}}}}
workloads:
  deploys: {{kind: api-callers, service: api, callers: 40, calls: [deploy], retry: {retry}}}
expect: [{expect}]
"
        ));
        report.lines[0].text.clone()
    }

    #[test]
    fn who_is_to_start_before_its_credit_can_be_there_is_told_that_no_retries_help() {
        let told = "no retry setting can hold (best possible where none fails: the last to start waits 20s)";
        for late in ["start_delay.max <= 5s", "last_start < 20s"] {
            let both = format!("deploys.callers.failed == 0, deploys.callers.{late}");
            for retry in ["harness-default", "none"] {
                let line = first_line(retry, &both);
                assert!(line.contains(told), "{retry}: {line}");
            }
        }
        let in_time = "deploys.callers.failed == 0, deploys.callers.start_delay.max <= 25s";
        let line = first_line("harness-default", in_time);
        assert!(!line.contains("can hold"), "{line}");
        // Where some may fail, the others need not wait that long.
        let line = first_line("none", "deploys.callers.start_delay.max <= 5s");
        assert!(!line.contains("can hold"), "{line}");
    }
}
