//! Other callers' load: nobody is alone on an account.

use super::problem::Problems;
use crate::plan::{
    BlockRole, BlockSpec, Check, KeyRule, Latency, PlanBuilder, Service, SiteSpec, Start, Step,
};
use crate::random::Distribution;
use crate::scenario::model::Arrivals;
use crate::units::Span;

/// The most requests a second on one key. Gaps between them are whole nanoseconds, which is exact
/// enough up to here.
const RATE_MAX: f64 = 1_000_000.0;

/// Which of a caller's counters counts its requests, so that each wait before one is drawn anew.
const REQUESTS: u32 = 0;

/// Adds, for each key of each limiter with background load, a caller that never ends: it waits a
/// random (exponential) time and takes one credit. Nobody waits for it.
pub(super) fn add(builder: &mut PlanBuilder, problems: &mut Problems) {
    for limiter in 0..builder.plan().limiters.len() as u32 {
        let planned = &builder.plan().limiters[limiter as usize];
        let (rate, keys) = (planned.background, planned.keys.len() as u32);
        if rate.is_zero() || keys == 0 {
            continue;
        }
        let (service, name) = (planned.service.clone(), planned.name.clone());
        if rate.per_second_f64() > RATE_MAX {
            let path = format!("services.{service}.limiters.{name}.background");
            let message = format!("{rate} is more than can be simulated one by one");
            let hint = format!("write {RATE_MAX}/s or less, or lower the limit by it");
            problems.push(None, &path, message, Some(hint));
            continue;
        }
        let operation = builder.operation(&service, "other callers");
        builder.workload(&format!("other callers of {service}.{name}"), "calls", true);
        let start = Start::Arrivals(Arrivals::Every {
            count: keys,
            every: Span::ZERO,
            from: Span::ZERO,
        });
        let block = builder.block(BlockSpec {
            name: "callers",
            role: BlockRole::Background,
            count: keys,
            start,
            starts_when_done: false,
        });
        let mean = Span::from_secs_f64(1.0 / rate.per_second_f64());
        let gap = builder.duration(Distribution::Exponential { mean });
        builder.program(block, |program| {
            let again = program.step(Step::Wait {
                duration: gap,
                draw: 0,
            });
            program.send(SiteSpec {
                operation,
                checks: vec![Check {
                    limiter,
                    cost: 1,
                    key: KeyRule::Place {
                        base: 0,
                        divisor: 1,
                        modulus: keys,
                    },
                }],
                faults: Vec::new(),
                latency: Latency::RoundTrip(Distribution::Constant(Span::ZERO)),
                service: Service::Plain,
                background: true,
            });
            program.step(Step::Repeat {
                counter: REQUESTS,
                times: u32::MAX,
                to: again,
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::compile::compile;
    use crate::engine::simulate;
    use crate::limiter::{Decision, Limiter};
    use crate::plan::Plan;
    use crate::record::{Attempt, Recorder};
    use crate::replicate::{Sequential, prepare};
    use crate::report::model::Quantity;
    use crate::report::{judge_variants, report};
    use crate::scenario::Document;
    use crate::units::Time;

    /// When other callers asked, by key.
    #[derive(Default)]
    struct Asked(Vec<Vec<Time>>);

    impl Recorder for Asked {
        fn decided(&mut self, attempt: &Attempt, _: Decision, _: &Limiter) {
            if attempt.background {
                let key = attempt.key as usize;
                self.0.resize(self.0.len().max(key + 1), Vec::new());
                self.0[key].push(attempt.at);
            }
        }
    }

    /// Two hosts that do nothing for an hour, on each of which others ask once a second.
    fn hour() -> Plan {
        let text = "pullstorm: 1
name: hour
services:
  api:
    limiters: {calls: {bucket: {burst: 10, refill: 2/s}, scope: host, background: 1/s}}
workloads:
  idle: {kind: api-callers, service: api, callers: 2, calls: [Ask], rounds: 2, pause: 1h}
";
        let document = Document::parse("hour", text.as_bytes()).unwrap();
        compile(document.scenario(), "today").unwrap()
    }

    fn asked(plan: &Plan, seed: u64) -> Vec<Vec<Time>> {
        simulate(plan, seed, 0, Asked::default()).1.0
    }

    fn mean_and_variance(values: &[f64]) -> (f64, f64) {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values
            .iter()
            .map(|value| (value - mean) * (value - mean))
            .sum();
        (mean, squares / (count - 1.0))
    }

    #[test]
    fn others_who_ask_once_a_second_ask_3600_times_an_hour_as_evenly_as_a_poisson_process() {
        let plan = hour();
        let mut counts = Vec::new();
        for seed in 0..60 {
            for times in asked(&plan, seed) {
                let count = times.len() as f64;
                assert!((count - 3_600.0).abs() < 4.5 * 60.0, "{count}, seed {seed}");
                counts.push(count);
            }
        }
        assert_eq!(counts.len(), 120);
        let (mean, variance) = mean_and_variance(&counts);
        assert!(
            (mean - 3_600.0).abs() < 4.0 * 60.0 / 120f64.sqrt(),
            "{mean}"
        );
        // The variance of a Poisson count is its mean; that of a sample of 120 lies within half.
        assert!((1_800.0..5_400.0).contains(&variance), "{variance}");
    }

    #[test]
    fn the_gaps_between_others_are_exponential_and_know_nothing_of_each_other() {
        let plan = hour();
        for times in asked(&plan, 1) {
            let gaps: Vec<f64> = times
                .windows(2)
                .map(|pair| pair[1].since(pair[0]).as_secs_f64())
                .collect();
            let (mean, variance) = mean_and_variance(&gaps);
            let variation = variance.sqrt() / mean;
            assert!((0.93..1.07).contains(&variation), "{variation}");
            let together: f64 = gaps
                .windows(2)
                .map(|pair| (pair[0] - mean) * (pair[1] - mean))
                .sum();
            let correlation = together / variance / gaps.len() as f64;
            assert!(correlation.abs() < 0.07, "{correlation}");
        }
    }

    #[test]
    fn others_on_one_host_know_nothing_of_those_on_another() {
        let hosts = asked(&hour(), 2);
        assert!(hosts[0].iter().all(|time| !hosts[1].contains(time)));
    }

    #[test]
    fn a_report_says_how_much_of_what_a_limiter_was_asked_others_asked() {
        // One request a second for an hour, beside three a second of others.
        let text = "pullstorm: 1
name: hour
services:
  api:
    latency: 0s
    limiters: {calls: {bucket: {burst: 10, refill: 2/s}, scope: global, background: 3/s}}
workloads:
  own: {kind: api-callers, service: api, callers: 3600, begin: {every: 1s}, calls: [Ask], retry: none}
";
        let document = Document::parse("hour", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let prepared = prepare(&document, &[]).unwrap();
        let others = asked(&prepared[0].plan, 1)[0].len() as f64;
        assert!((others - 10_797.0).abs() < 4.5 * 104.0, "{others}");
        let report = report(&judge_variants(prepared, &Sequential, 1, Some(1)), 1);
        let limiter = &report.variants[0].limiters[0];
        let Some(Quantity::Number(share)) = limiter.background_share.mean else {
            panic!("{:?}", limiter.background_share);
        };
        assert!(
            (share - others / (others + 3_600.0)).abs() < 1e-9,
            "{share}"
        );
        let series: u64 = limiter.series.background.iter().sum();
        assert_eq!(series as f64, others);
        let of_others = (limiter.spenders.iter()).find(|it| it.workload == "other callers");
        assert_eq!(of_others.map(|it| it.share), Some(share));
    }
}
