//! Who suffers from what others spend, and what goes on when its trigger is over.

use super::Judged;
use super::build::{headline_of, names};
use super::cells;
use super::model::{Headline, Outlasting, Quantity, Sufferer};
use super::spending::Spending;
use super::way::refusing;
use super::words;
use crate::judge::{Trigger, TriggeredBy};
use crate::metric::Unit;
use crate::plan::Plan;
use crate::replicate::RunSummary;
use crate::units::Time;

/// Others spend more than this part of a limiter before a workload suffers from them and not from
/// itself.
const MOST: f64 = 0.5;

/// What outlasts its trigger for fewer seconds than this is over before anybody looks.
const OUTLASTS_FROM: f64 = 10.0;

/// Throttling outlasts its trigger if it goes on this many times as long as what is needed takes at
/// any retry timing.
const TIMES_NEEDED: f64 = 2.0;

/// The workloads that a limiter refuses of which others spend the most, in the scenario's order.
pub(super) fn sufferers(judged: &Judged, spending: &Spending<'_>) -> Vec<Sufferer> {
    let plan = &judged.prepared.plan;
    let mut sufferers = Vec::new();
    for (place, chain) in judged.prepared.chains.iter().enumerate() {
        let workload = &plan.workloads[chain.workload as usize];
        let Some(limiter) = refusing(judged, place).filter(|_| !workload.background) else {
            continue;
        };
        let spender = spending.spender(limiter, chain.workload);
        let Some(spender) = spender.filter(|spender| spender.share > MOST) else {
            continue;
        };
        let by = &plan.workloads[spender.workload as usize];
        let limiter = &plan.limiters[limiter as usize];
        sufferers.push(Sufferer {
            workload: workload.name.clone(),
            limiter: format!("{} {}", limiter.service, limiter.name),
            spender: match by.background {
                true => "other callers".to_owned(),
                false => by.name.clone(),
            },
            share: spender.share,
            effect: effect(&headline_of(judged, names(plan, workload), None)),
        });
    }
    sufferers
}

/// What throttling does to a workload.
fn effect(head: &Headline) -> String {
    let wanted = words::counted(head.wanted, &head.units);
    if head.failed.mean_otherwise.unwrap_or(0.0) > 0.0 {
        let verb = if head.wanted == 1.0 { "fails" } else { "fail" };
        let failed = cells::mean(&head.failed, Unit::Count, u32::MAX);
        return format!("{failed} of {wanted} {verb}");
    }
    let throttled = cells::mean(&head.first_throttled, Unit::Count, u32::MAX);
    let needed = words::counted(head.calls_needed, &format!("first {}", head.calls));
    let first = format!("{throttled} of {needed} throttled");
    match head.start_delay_p90.mean {
        Some(delay) => {
            let delay = cells::quantity(delay, Unit::Seconds);
            format!("{first}, start delay p90 {delay}")
        }
        None => first,
    }
}

/// Limiters that go on refusing when what set the load off is over: in some run they never recover,
/// or, on average, not within [`OUTLASTS_FROM`] and [`TIMES_NEEDED`] times what is needed.
pub(super) fn outlasting(judged: &Judged) -> Vec<Outlasting> {
    let plan = &judged.prepared.plan;
    let Some(first) = judged.runs.first() else {
        return Vec::new();
    };
    let met = plan.limiters.iter().enumerate();
    let met = met.filter(|(_, limiter)| !limiter.keys.is_empty());
    let each = met.filter_map(|(index, limiter)| {
        let needed = judged.runs.iter().map(|run| needed_after(run, index));
        let needed = needed.fold(0.0, f64::max);
        let trigger = first.triggers[index];
        let path = format!("limiters.{}.{}", limiter.service, limiter.name);
        let after = judged.figure(&format!("{path}.recovered_after"), None);
        let recovered = after.mean?;
        let outlasts = match recovered {
            Quantity::Never => true,
            Quantity::Number(after) => after >= OUTLASTS_FROM.max(TIMES_NEEDED * needed),
        };
        outlasts.then(|| Outlasting {
            limiter: format!("{} {}", limiter.service, limiter.name),
            trigger: ended(plan, trigger),
            trigger_ends: match trigger.ends {
                Time::NEVER => Quantity::Never,
                ends => Quantity::Number(ends.as_secs_f64()),
            },
            recovered_after: recovered,
            needed: Quantity::of(needed),
        })
    });
    each.collect()
}

/// How many seconds longer than the trigger of a limiter lasts what is needed takes, in a run at any
/// retry timing.
fn needed_after(run: &RunSummary, limiter: usize) -> f64 {
    let trigger = run.triggers[limiter];
    let until = match trigger.by {
        TriggeredBy::ArrivalsOf(workload) => Some(run.needed_until[workload as usize]),
        TriggeredBy::Arrivals | TriggeredBy::Told(_) => run.needed_until.iter().copied().max(),
    };
    match until.unwrap_or(Time::ZERO) {
        Time::NEVER => f64::INFINITY,
        until if until > trigger.ends => until.since(trigger.ends).as_secs_f64(),
        _ => 0.0,
    }
}

/// What ended last, in words.
fn ended(plan: &Plan, trigger: Trigger) -> String {
    match trigger.by {
        TriggeredBy::Arrivals => "the last arrival".to_owned(),
        TriggeredBy::ArrivalsOf(workload) => {
            format!(
                "the last arrival of {}",
                plan.workloads[workload as usize].name
            )
        }
        TriggeredBy::Told(which) => plan.triggers[which as usize].text.clone(),
    }
}

/// A sufferer in a line.
pub(super) fn sufferer_sentence(sufferer: &Sufferer) -> String {
    format!(
        "{}: {}; {} spends {} of {}",
        sufferer.workload,
        sufferer.effect,
        sufferer.spender,
        cells::value(sufferer.share, Unit::Share),
        sufferer.limiter
    )
}

/// What outlasts its trigger, in a line.
pub(super) fn outlasting_sentence(outlasting: &Outlasting) -> String {
    let Outlasting {
        limiter, trigger, ..
    } = outlasting;
    match (outlasting.trigger_ends, outlasting.recovered_after) {
        (Quantity::Never, _) => {
            format!("{limiter} refuses to the end: {trigger}, so the load never ends")
        }
        (Quantity::Number(_), Quantity::Never) => format!(
            "{limiter} refuses to the end: the load outlives its trigger ({trigger}) and never \
             recovers by itself"
        ),
        (Quantity::Number(_), Quantity::Number(after)) => {
            let after = words::seconds(after);
            let needed = match outlasting.needed {
                Quantity::Number(needed) if needed > 0.0 => {
                    let needed = words::seconds(needed);
                    format!(", where the best retry timing needs {needed}")
                }
                _ => String::new(),
            };
            format!(
                "{limiter} still refuses {after} after {trigger}{needed}: the load outlives its trigger"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::judge::best_possible;
    use crate::replicate::{Sequential, prepare};
    use crate::report::limiters::Observed;
    use crate::report::{judge_variants, report};
    use crate::scenario::Document;

    /// The first lines of a scenario with these labels.
    fn told(text: &str, wanted: &[&str]) -> Vec<String> {
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &["today".to_owned()]).unwrap();
        let judged = judge_variants(prepared, &Sequential, 1, Some(2));
        let lines = report(&judged, 1).lines.into_iter();
        let lines = lines.filter(|line| wanted.contains(&line.label.word()));
        lines.map(|line| line.text).collect()
    }

    /// Ten jobs that need one token each, and 300 scripts that ask the same limiter before them.
    fn shared(scripts: &str) -> String {
        format!(
            "pullstorm: 1
name: shared
services:
  api: {{latency: 10ms, limiters: {{calls: {{bucket: {{burst: 100, refill: 1/s}}, scope: address, status: 429}}}}}}
workloads:
  scripts: {{kind: api-callers, service: api, callers: 300, calls: [List], retry: none, on_failure: continue{scripts}}}
  ci: {{kind: api-callers, service: api, callers: 10, begin: 1s, calls: [Get], retry: none, identity: {{address: office}}}}
expect: [ci.callers.failed == 0]
"
        )
    }

    #[test]
    fn who_fails_because_others_have_spent_the_credits_is_named_with_them() {
        let lines = told(&shared(", identity: {address: office}"), &["SUFFERS"]);
        let [line] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        assert!(line.starts_with("ci: "), "{line}");
        assert!(
            line.contains(" of 10 callers fail; scripts spends 9"),
            "{line}"
        );
        assert!(line.ends_with(" % of api calls"), "{line}");
    }

    #[test]
    fn nobody_suffers_from_what_is_spent_under_another_key_or_by_itself() {
        let apart = told(&shared(", identity: {address: elsewhere}"), &["SUFFERS"]);
        assert_eq!(apart, Vec::<String>::new());
        let text = shared("")
            .replace("  ci: {", "  idle: {")
            .replace("ci.callers", "idle.callers");
        let scripts = told(&text, &["SUFFERS"]);
        assert!(
            !scripts.iter().any(|line| line.starts_with("scripts")),
            "{scripts:?}"
        );
    }

    #[test]
    fn of_what_is_refused_under_several_keys_each_counts_by_its_refusals() {
        let document =
            Document::parse("x.yaml", shared(", identity: {address: office}").as_bytes());
        let document = document.unwrap();
        let judged = prepare(&document, &[]).unwrap();
        let judged = &judge_variants(judged, &Sequential, 1, Some(1))[0];
        let observed = Observed::of(&judged.prepared.plan, 1);
        let spender = observed.spending.spender(0, 1).unwrap();
        assert_eq!(spender.workload, 0);
        // All 100 credits of the burst went to scripts, few of those that came back to ci.
        assert!(spender.share >= 0.9 && spender.share <= 1.0, "{spender:?}");
    }

    /// Forty callers that ask together four times a second, of a bucket that earns ten; the service
    /// is away for a minute.
    fn outage(retry: &str) -> String {
        format!(
            "pullstorm: 1
name: outage
horizon: 8min
services:
  api:
    latency: 10ms
    limiters: {{calls: {{bucket: {{burst: 10, refill: 10/s}}, charge_throttled: true, status: 429}}}}
    faults: {{away: {{answer: {{status: 503}}, from: 1min, until: 2min}}}}
workloads:
  apps: {{kind: api-callers, service: api, callers: 40, begin: {{every: 250ms}}, rounds: 1000, pause: 10s, calls: [Get], retry: {retry}}}
"
        )
    }

    #[test]
    fn a_load_that_outlives_an_outage_is_said_to_never_recover() {
        let retry = "{strategy: fixed, delay: 100ms, attempts: 100000}";
        let lines = told(&outage(retry), &["LASTS"]);
        assert_eq!(
            lines,
            [
                "api calls refuses to the end: the load outlives its trigger (the end of api's fault \
              `away`) and never recovers by itself"
            ]
        );
    }

    #[test]
    fn a_load_that_backs_off_recovers_from_an_outage_and_nothing_is_said() {
        let retry = "{strategy: full-jitter, base: 1s, cap: 5min, attempts: 100000}";
        assert_eq!(told(&outage(retry), &["LASTS"]), Vec::<String>::new());
    }

    #[test]
    fn who_has_nothing_to_fall_back_on_needs_what_it_pulls() {
        let text = |client: &str, cached: &str| {
            format!(
                "pullstorm: 1
name: cold
horizon: 12h
services:
  hub: {{latency: 20ms, limiters: {{calls: {{bucket: {{burst: 10, refill: 1/s}}, operations: [manifest], status: 429}}}}}}
images: {{app: {{registry: hub, layers: 2}}}}
workloads:
  shop: {{kind: swarm-service, replicas: 60, nodes: 30, schedule: {{uniform: [0s, 5s]}}, restart: {{delay: 12s}}, until: 3h, pull: {{client: {client}, images: app, auth: none, cached: {cached}}}}}
"
            )
        };
        let best = |text: &str| {
            let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
            let prepared = prepare(&document, &["today".to_owned()]).unwrap();
            let best = best_possible(&prepared[0].plan, 1, 0);
            best[0].finish.as_secs_f64()
        };
        // One pull of each cold host, of two manifest requests, out of 10 and one a second.
        let cold = text("swarm-executor", "nothing");
        assert!(best(&cold) >= 20.0, "{}", best(&cold));
        assert_eq!(told(&cold, &["LASTS"]), Vec::<String>::new());
        // Who has the image needs nobody.
        let warm = text("swarm-executor", "everything");
        assert!(best(&warm) < 6.0, "{}", best(&warm));
    }

    #[test]
    fn a_cause_that_nobody_ends_is_named_as_such() {
        let text = outage("{strategy: fixed, delay: 100ms, attempts: 100000}");
        let lines = told(&text.replace(", until: 2min", ""), &["LASTS"]);
        assert_eq!(
            lines,
            ["api calls refuses to the end: api's fault `away` has no end, so the load never ends"]
        );
    }

    #[test]
    fn a_burst_that_spends_a_window_is_over_long_before_those_it_locks_out_have_come() {
        let text = "pullstorm: 1
name: window
horizon: 12h
services:
  hub: {limiters: {pulls: {window: {limit: 100 per 6h, kind: sliding}, operations: [Pull], scope: address, status: 429}}}
workloads:
  prod: {kind: api-callers, service: hub, callers: 18, begin: {every: 20min, from: 10min}, calls: [Pull], retry: none, on_failure: continue, identity: {address: office}}
  burst: {kind: api-callers, service: hub, callers: 150, calls: [Pull], retry: none, on_failure: continue, identity: {address: office}}
";
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &["today".to_owned()]).unwrap();
        let judged = judge_variants(prepared, &Sequential, 1, Some(1));
        let after = judged[0].figure("limiters.hub.pulls.recovered_after", None);
        // The last of prod that is refused comes 5 h 50 min after the burst.
        let hours = after.mean_otherwise.unwrap() / 3600.0;
        assert!((5.0..6.01).contains(&hours), "{hours} h");
    }

    #[test]
    fn a_restart_loop_locks_out_until_it_is_removed_and_a_minute_more() {
        let text = include_str!("../../../scenarios/swarm-restart-loop.yaml");
        assert!(text.contains("services: 30"));
        let lines = told(text, &["SUFFERS", "LASTS"]);
        assert!(
            lines[0].starts_with("shop: 12 of 12 tasks fail; broken spends 9"),
            "{lines:?}"
        );
        assert!(
            lines[1].starts_with("tools: 4 of 4 tasks fail; broken spends 9"),
            "{lines:?}"
        );
        assert!(
            lines[2].contains("`broken` is neither repaired nor removed"),
            "{lines:?}"
        );
        let removed = text.replace(
            "    fails: at-prepare",
            "    fails: at-prepare\n    removed: 10min",
        );
        let lines = told(&removed, &["LASTS"]);
        assert!(
            lines[0].starts_with("hub abuse still refuses 5")
                && lines[0].contains("s after `broken` is removed"),
            "{lines:?}"
        );
    }
}
