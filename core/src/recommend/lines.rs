//! The lines of a recommendation that only a comparison can give.

use super::tune::{self, Tuned};
use super::{Options, spread};
use crate::catalog;
use crate::judge::Status;
use crate::limiter::Initial;
use crate::plan::Basis;
use crate::replicate::Workers;
use crate::report::model::{HeadLine, Label, Report, VariantReport};
use crate::report::{Judged, seconds};
use crate::retry::{Class, RetryPolicy};
use crate::scenario::Document;
use crate::statistics::no_events_limit;
use crate::units::Span;

/// Adds what today's provider allows, what is assumed, and what cannot help.
pub(super) fn add(
    report: &mut Report,
    document: &Document,
    judged: &[Judged],
    tuned: &Tuned,
    options: &Options,
    workers: &dyn Workers,
) {
    if let Some(text) = cannot(judged, tuned) {
        // Where no retry timing can hold, that is the first thing to know after the verdict.
        let line = HeadLine {
            label: Label::Cannot,
            text,
        };
        report.lines.insert(1.min(report.lines.len()), line);
    }
    let today = &judged[0];
    for text in newer_presets(today) {
        report.lines.push(HeadLine {
            label: Label::Today,
            text,
        });
    }
    let text = assumed(document, today, options, workers);
    report.lines.push(HeadLine {
        label: Label::Assumed,
        text,
    });
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

/// What "holds to" rests on, where runs differ.
fn how_sure_of_loads(variants: &[VariantReport]) -> String {
    let holds = variants
        .iter()
        .filter_map(|variant| variant.holds_to.as_ref());
    let random = holds.filter(|holds| holds.load > 0 && holds.runs > 1);
    random.map(|holds| holds.runs).min().map_or(String::new(), |runs| {
        let limit = no_events_limit(runs) * 100.0;
        format!(
            "; at the load a variant holds to, no expectation was broken in {runs} runs: with 95 % \
             confidence one is in under {limit:.1} % of runs"
        )
    })
}

/// The first of the ranked variants that holds, and who changes what where.
pub(super) fn what_to_do(variants: &[VariantReport]) -> String {
    let Some((today, candidates)) = variants.split_first() else {
        return String::new();
    };
    if today.verdict == Status::Met {
        return "nothing: today holds".to_owned();
    }
    let possible = |variant: &&VariantReport| {
        variant
            .change
            .as_ref()
            .is_some_and(|change| change.possible)
    };
    let holding = candidates
        .iter()
        .filter(possible)
        .find(|variant| variant.verdict == Status::Met);
    let Some(best) = holding else {
        let least = candidates.iter().find(possible);
        let least = least.map_or(String::new(), |variant| {
            format!(
                "; the fewest failures has {}: {}",
                variant.name, variant.about
            )
        });
        return format!("no variant here holds{least}");
    };
    let change = best.change.as_ref();
    let who = change.map_or(String::new(), |change| {
        format!(" ({}, {})", change.owner, change.effort)
    });
    let to = match &best.holds_to {
        Some(holds) if holds.or_more => {
            format!("; holds to {} {} and more", holds.load, holds.unit)
        }
        Some(holds) => format!("; holds to {} {}", holds.load, holds.unit),
        None => String::new(),
    };
    format!("{}: {}{who}{to}", best.name, best.about)
}

/// Retry policies that stop before the limit can have let everything through.
fn cannot(judged: &[Judged], tuned: &Tuned) -> Option<String> {
    if let Tuned::CannotLastLongEnough { needed, lasts } = tuned {
        return Some(format!(
            "no retry policy within the ranges searched can hold: one call has to wait {} at least \
             for its credit, and the longest policy stops after {}",
            seconds(needed.as_secs_f64()),
            seconds(lasts.as_secs_f64())
        ));
    }
    let mut short: Vec<String> = Vec::new();
    let mut needed_most = Span::ZERO;
    for variant in judged
        .iter()
        .filter(|variant| variant.verdict == Status::Broken)
    {
        let needed = tune::least_wait(variant);
        let Some(lasts) = lasts_at_most(variant) else {
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
fn lasts_at_most(judged: &Judged) -> Option<Span> {
    let plan = &judged.prepared.plan;
    let mut longest = None;
    for (index, retry) in (0..).zip(&plan.loops) {
        if retry.policy == RetryPolicy::NONE {
            continue;
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
fn newer_presets(today: &Judged) -> Vec<String> {
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

fn assumed(
    document: &Document,
    today: &Judged,
    options: &Options,
    workers: &dyn Workers,
) -> String {
    let plan = &today.prepared.plan;
    let mut parts = Vec::new();
    if let Some((name, from)) = spread::harmless_from(document, today, workers, options.seed) {
        parts.push(format!(
            "launch spread of {name} 0s (harmless from {from}s, in {} runs)",
            spread::RUNS
        ));
    }
    let met = plan
        .limiters
        .iter()
        .filter(|limiter| !limiter.keys.is_empty());
    let (busy, alone): (Vec<_>, Vec<_>) = met
        .clone()
        .partition(|limiter| !limiter.background.is_zero());
    for limiter in &busy {
        parts.push(format!(
            "background of {} {}",
            limiter.name, limiter.background
        ));
    }
    if !alone.is_empty() {
        let others = if busy.is_empty() { "" } else { " elsewhere" };
        parts.push(format!("background 0/s{others}"));
    }
    let full = |limiter: &&crate::plan::LimiterPlan| limiter.spec.initial == Initial::Full;
    match (met.clone().count(), met.clone().filter(full).count()) {
        (all, full) if all == full && all == 1 => parts.push("bucket full".to_owned()),
        (all, full) if all == full && all > 1 => parts.push("all limiters full".to_owned()),
        _ => parts.extend(
            met.filter(full)
                .map(|limiter| format!("{} full", limiter.name)),
        ),
    }
    if plan.random_order {
        parts.push("attempts of one instant in random order".to_owned());
    }
    for service in &today.prepared.scenario.services {
        let latency = match &service.value.latency {
            crate::random::Distribution::Constant(span) => span.to_string(),
            _ => "drawn".to_owned(),
        };
        parts.push(format!("latency of {} {latency}", service.name));
    }
    for assumption in &plan.assumptions {
        let basis = match assumption.basis {
            Basis::Inferred => "inferred",
            Basis::Observed => "observed",
            Basis::Stated => "stated",
            Basis::Default => "default",
        };
        parts.push(format!("{} ({basis})", assumption.text));
    }
    parts.dedup();
    parts.join("; ")
}
