//! The quota that a target load would need: for each limit that throttles there, the smallest
//! number with which all expectations hold, the others being given what they need.
//!
//! Of a bucket the rate is raised and the burst with it in proportion: rates are what providers
//! publish and raise, and where no burst is published it is inferred from the rate. Of a bucket
//! without refill the burst is raised, of windows and of limits in flight the limit.

use super::border::border;
use super::load::Load;
use super::model::{Answer, Quota, Raise};
use super::point::{Hands, Measured, Point};
use crate::emit;
use crate::judge::Status;
use crate::limiter::{Algorithm, Refill, Spec};
use crate::metric::Unit;
use crate::order::Arrange;
use crate::plan::{LimiterPlan, Plan};
use crate::replicate::Prepared;
use crate::report::model::Settings;
use crate::report::{cells, counted, rule};
use crate::scenario::Scenario;
use crate::scenario::model::{Named, Workload};
use crate::units::{Rate, Span};
use std::collections::BTreeMap;

/// Quotas up to this many times today's are looked at.
const FACTOR_MAX: u64 = 1_024;

/// Of numbers above this not every one is tried, but this many from one to its double.
const NUMBERS: u64 = 256;

/// What a variant needs to hold at a target load. `prepared` is the variant there, `unit` what one of the
/// load is called.
pub(super) fn quota(
    target: &Load,
    prepared: &Prepared,
    measured: &Measured,
    unit: &str,
    hands: &mut Hands<'_>,
) -> Quota {
    let mut search = Search {
        target,
        prepared,
        measured,
        hands,
    };
    let confirm = search.hands.confirm;
    let (status, point) = search.with(&BTreeMap::new(), confirm);
    let broken = point.verdict.lacking.clone();
    let numbers = match status {
        _ if point.is_skipped() => Err(Answer::NotJudged),
        Status::Met => Ok(Numbers::new()),
        _ => search.raises(point.throttling()),
    };
    let numbers = match search.hands.are_tied() && !point.is_skipped() {
        true => Err(Answer::Unknown),
        false => numbers,
    };
    let given = numbers.as_ref().cloned().unwrap_or_default();
    let limiters = &prepared.plan.limiters;
    let raises = given
        .iter()
        .map(|(limiter, to)| raise(&limiters[*limiter], *to, &prepared.scenario));
    let raises: Vec<Raise> = raises.collect();
    let answer = match numbers {
        Err(answer) => answer,
        Ok(_) if raises.is_empty() => Answer::Nothing,
        Ok(_) if raises.iter().any(|it| it.raisable == Some(false)) => Answer::CannotBeRaised,
        Ok(_) => Answer::Raises,
    };
    Quota {
        target: target.clone(),
        verdict: (point.runs > 0).then(|| match point.is_skipped() {
            true => Status::Skipped,
            false => status,
        }),
        answer,
        raises,
        broken,
        requests: requests(&given, &point, measured, unit),
    }
}

/// The texts that ask for what the target needs, with what happens there without it.
fn requests(numbers: &Numbers, without: &Point, measured: &Measured, unit: &str) -> Vec<Settings> {
    let prepared = &without.prepared;
    let found = without.report(measured);
    let runs = found.runs;
    let units = measured.units();
    let units = units.rsplit('.').next().unwrap_or_default();
    let change = match numbers.len() {
        1 => "the change",
        _ => "this and the other changes asked for",
    };
    let modelled = format!(
        "Simulated at {}: without the change {} {units} fail ({} of all, {}).\nWhat breaks there: \
         {}. With {change} all of it holds.\n",
        found.load.named(unit),
        cells::estimate(&found.failed, Unit::Count, runs),
        cells::estimate(&found.failed_share, Unit::Share, runs),
        counted(f64::from(runs), "runs"),
        found.lacking.join("; "),
    );
    let scenario = &prepared.scenario;
    let workload = match scenario.title.is_empty() {
        true => &scenario.name,
        false => &scenario.title,
    };
    let asks = numbers.iter().filter_map(|(limiter, to)| {
        let today = &prepared.plan.limiters[*limiter];
        if today.client_side {
            return None;
        }
        let asked = emit::Ask {
            service: &today.service,
            today,
            wanted: &raised(&today.spec, *to)?,
            provider: emit::provider(scenario, &today.service),
            workload,
            modelled: &modelled,
        };
        Some(emit::requests(&prepared.name, &asked))
    });
    asks.flatten().collect()
}

/// Numbers to give to limiters, by index.
type Numbers = BTreeMap<usize, u64>;

struct Search<'s, 'a> {
    target: &'s Load,
    prepared: &'s Prepared,
    measured: &'s Measured,
    hands: &'s mut Hands<'a>,
}

impl Search<'_, '_> {
    /// The limits to raise, begun with those that throttle at the target.
    fn raises(&mut self, throttling: Vec<usize>) -> Result<Numbers, Answer> {
        let mut numbers = Numbers::new();
        let mut found = throttling;
        let (round, confirm) = (self.hands.round, self.hands.confirm);
        // What is out of the way lets through what the next limit refuses.
        loop {
            let before = numbers.len();
            for limiter in found {
                if let Some(most) = self.most(limiter) {
                    numbers.insert(limiter, most);
                }
            }
            if numbers.len() == before {
                return Err(Answer::NoQuota);
            }
            let (status, point) = self.with(&numbers, round);
            if status == Status::Met {
                break;
            }
            found = point.throttling();
        }
        // What cannot be raised first: with all others out of the way it needs least.
        let mut order: Vec<usize> = numbers.keys().copied().collect();
        order.arrange_by_key(|it| self.limiter(*it).raisable != Some(false));
        for limiter in order {
            let now = number(&self.limiter(limiter).spec);
            let most = numbers[&limiter];
            let steps = steps(now, most);
            let mut quality = round;
            let least = loop {
                let mut give = |to: u64, runs: u32| {
                    let mut numbers = numbers.clone();
                    numbers.insert(limiter, to);
                    self.with(&numbers, runs).0 == Status::Met
                };
                let short = border(steps.len() as u64, |place| {
                    !give(steps[place as usize], quality)
                });
                let least = short.map_or(0, |place| place as usize + 1);
                let confirmed = steps
                    .get(least)
                    .is_some_and(|to| quality == confirm || give(*to, confirm));
                if self.hands.are_tied() {
                    return Err(Answer::Unknown);
                }
                match steps.get(least) {
                    None => return Err(Answer::NoQuota),
                    Some(least) if confirmed => break *least,
                    Some(_) => quality = confirm,
                }
            };
            if least == now {
                numbers.remove(&limiter);
            } else {
                numbers.insert(limiter, least);
            }
        }
        Ok(numbers)
    }

    fn limiter(&self, index: usize) -> &LimiterPlan {
        &self.prepared.plan.limiters[index]
    }

    /// The target with these numbers, settled with at least so many runs.
    fn with(&mut self, numbers: &Numbers, least: u32) -> (Status, Point) {
        let mut prepared = self.prepared.clone();
        for (limiter, number) in numbers {
            give(&mut prepared.plan, *limiter, *number);
        }
        let mut point = Point::new(self.target, prepared, self.measured);
        (point.settle(least, self.hands), point)
    }

    /// The largest number that a limiter can be given; `None` if that is no more than today's.
    fn most(&self, limiter: usize) -> Option<u64> {
        let own = self.limiter(limiter);
        let keys = own.keys.len() as u32;
        let now = number(&own.spec);
        let mut factor = FACTOR_MAX;
        while factor > 1 {
            let most = now.checked_mul(factor);
            if let Some(most) = most
                && raised(&own.spec, most).is_some_and(|spec| spec.check(keys).is_ok())
            {
                return Some(most);
            }
            factor /= 2;
        }
        None
    }
}

/// Numbers from one to another: each, or as many as can be told apart.
fn steps(from: u64, to: u64) -> Vec<u64> {
    std::iter::successors(Some(from), |at| {
        (*at < to).then(|| at.saturating_add((at / NUMBERS).max(1)).min(to))
    })
    .collect()
}

fn give(plan: &mut Plan, limiter: usize, number: u64) {
    let spec = &mut plan.limiters[limiter].spec;
    if let Some(raised) = raised(spec, number) {
        *spec = raised;
    }
}

/// The number that a provider would raise, in units of the smallest step that it is raised by.
fn number(spec: &Spec) -> u64 {
    match &spec.algorithm {
        Algorithm::TokenBucket(bucket) => match bucket.refill {
            Refill::Continuous(rate) if rate.is_zero() => bucket.burst,
            Refill::Continuous(rate) => per_period(rate).0,
            Refill::Lump { credits, .. } => credits,
        },
        Algorithm::FixedWindow(window) => window.limit,
        Algorithm::SlidingLog(window) => window.limit,
        Algorithm::SlidingCounter(window) => window.limit,
        Algorithm::NginxLimitReq(nginx) => per_period(nginx.rate).0,
        Algorithm::ConcurrencyLimit(limit) => limit.limit,
    }
}

/// The rule with another number.
fn raised(spec: &Spec, to: u64) -> Option<Spec> {
    let now = number(spec);
    let mut raised = spec.clone();
    let burst = |burst: u64| -> Option<u64> {
        let product = u128::from(burst) * u128::from(to);
        u64::try_from(product.div_ceil(u128::from(now.max(1)))).ok()
    };
    let rate = |rate: Rate| Rate::new(to, per_period(rate).1).ok();
    match &mut raised.algorithm {
        Algorithm::TokenBucket(bucket) => match &mut bucket.refill {
            Refill::Continuous(own) if own.is_zero() => bucket.burst = to,
            Refill::Continuous(own) => {
                *own = rate(*own)?;
                bucket.burst = burst(bucket.burst)?;
            }
            Refill::Lump { credits, .. } => {
                *credits = to;
                bucket.burst = burst(bucket.burst)?;
            }
        },
        Algorithm::FixedWindow(window) => window.limit = to,
        Algorithm::SlidingLog(window) => window.limit = to,
        Algorithm::SlidingCounter(window) => window.limit = to,
        Algorithm::NginxLimitReq(nginx) => {
            nginx.rate = rate(nginx.rate)?;
            nginx.burst = burst(nginx.burst)?;
        }
        Algorithm::ConcurrencyLimit(limit) => limit.limit = to,
    }
    Some(raised)
}

/// A rate as a whole number in the shortest of a second, a minute, an hour and a day that has one.
fn per_period(rate: Rate) -> (u64, Span) {
    for seconds in [1, 60, 3_600, 86_400] {
        let span = Span::from_secs(seconds);
        let product = u128::from(rate.count()) * u128::from(span.as_nanos());
        if product.is_multiple_of(u128::from(rate.nanos()))
            && let Ok(count) = u64::try_from(product / u128::from(rate.nanos()))
        {
            return (count, span);
        }
    }
    (rate.count(), Span::from_nanos(rate.nanos()))
}

fn raise(limiter: &LimiterPlan, to: u64, scenario: &Scenario) -> Raise {
    let spec = raised(&limiter.spec, to).expect("it was simulated with this number");
    Raise {
        service: limiter.service.clone(),
        limiter: limiter.name.clone(),
        from: rule(&limiter.spec),
        to: rule(&spec),
        factor: to as f64 / number(&limiter.spec).max(1) as f64,
        own: limiter.client_side,
        raisable: limiter.raisable,
        source: limiter.source.clone(),
        set: match limiter.client_side {
            true => own_set(limiter, &spec, scenario),
            false => set(limiter, &spec),
        },
    }
}

/// What gives a limiter so many times what it allows, as path and value; `None` where a scenario has no
/// value of its own for that.
pub(crate) fn times(limiter: &LimiterPlan, factor: u64) -> Option<(String, String)> {
    let to = number(&limiter.spec).checked_mul(factor)?;
    set(limiter, &raised(&limiter.spec, to)?)
}

/// What makes a limiter count like this, as path and value.
fn set(limiter: &LimiterPlan, spec: &Spec) -> Option<(String, String)> {
    let path = format!("services.{}.limiters.{}", limiter.service, limiter.name);
    match &spec.algorithm {
        Algorithm::TokenBucket(bucket) => {
            let refill = match bucket.refill {
                Refill::Continuous(rate) => rate.to_string(),
                Refill::Lump { credits, every } => {
                    format!("{{credits: {credits}, every: {every}}}")
                }
            };
            let value = format!("{{burst: {}, refill: {refill}}}", bucket.burst);
            Some((format!("{path}.bucket"), value))
        }
        Algorithm::ConcurrencyLimit(limit) => {
            Some((format!("{path}.in_flight"), limit.limit.to_string()))
        }
        _ => None,
    }
}

/// What makes the limiter of a workload's own kubelets count like this: it is no limit of a service.
/// `None` where several workloads are on these nodes: each of them would have to say it.
fn own_set(limiter: &LimiterPlan, spec: &Spec, scenario: &Scenario) -> Option<(String, String)> {
    let Algorithm::TokenBucket(bucket) = &spec.algorithm else {
        return None;
    };
    let Refill::Continuous(rate) = bucket.refill else {
        return None;
    };
    let nodes = limiter.name.strip_suffix("-pulls")?;
    let is_there = |it: &&Named<Workload>| {
        let machines = it.value.machines();
        it.value.kubelet().is_some() && nodes == machines.map_or(&it.name, |(on, _)| &on.value)
    };
    let mut there = scenario.workloads.iter().filter(is_there);
    let own = there.next().filter(|_| there.next().is_none())?;
    let value = format!("{{registry_qps: {rate}, registry_burst: {}}}", bucket.burst);
    Some((format!("workloads.{}.kubelet", own.name), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::{Options, capacity};
    use crate::limiter::{FixedWindowSpec, Opening, TokenBucketSpec};
    use crate::replicate::Sequential;
    use crate::report::capacity_article;
    use crate::scenario::Document;

    fn bucket(burst: u64, rate: &str) -> Spec {
        let refill = Refill::Continuous(crate::units::text::rate(rate).unwrap());
        Spec::new(Algorithm::TokenBucket(TokenBucketSpec { burst, refill }))
    }

    #[test]
    fn the_rate_of_a_bucket_is_raised_and_its_burst_in_proportion() {
        let raised = |spec: &Spec, to: u64| rule(&raised(spec, to).unwrap());
        assert_eq!(number(&bucket(500, "500/s")), 500);
        assert_eq!(raised(&bucket(500, "500/s"), 640), "640 burst, 640/s");
        assert_eq!(raised(&bucket(200, "4/s"), 5), "250 burst, 5/s");
        assert_eq!(raised(&bucket(10, "3/s"), 4), "14 burst, 4/s");
        assert_eq!(number(&bucket(10, "20/min")), 20);
        assert_eq!(raised(&bucket(10, "0/s"), 16), "16 burst, 0/s");
    }

    #[test]
    fn of_a_window_the_limit_is_raised() {
        let window = FixedWindowSpec {
            limit: 100,
            window: Span::from_secs(21_600),
            opening: Opening::FirstRequest,
        };
        let spec = Spec::new(Algorithm::FixedWindow(window));
        let raised = raised(&spec, 150).unwrap();
        assert_eq!((number(&spec), number(&raised)), (100, 150));
    }

    #[test]
    fn the_kubelets_of_named_nodes_are_set_where_their_one_workload_says_so() {
        let set = |more: &str| {
            let text = format!(
                "
pullstorm: 1
name: nodes
services: {{hub: {{latency: 1ms, limiters: {{all: {{in_flight: 1000}}}}}}}}
images: {{app: {{registry: hub, layers: 1, size: 1MB}}}}
workloads:
  pool:
    {{kind: image-pulls, pulls: 1, pull: {{client: docker-classic, images: app}}}}
  web:
    {{kind: kubernetes-rollout, nodes: 1, replicas: 4, max_surge: 4, on: pool, start: 1s, until: 1h,
     kubelet: {{serialize_pulls: false, registry_qps: 1/s, registry_burst: 2}},
     pull: {{client: kubelet, images: app, behaviour: Always}}}}
{more}
load: {{path: workloads.web.replicas, up_to: 8, unit: replicas}}
expect: [web.pods.start_delay.max <= 3s]
"
            );
            let document =
                Document::parse("x.yaml", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
            let found = capacity(&document, &Options::of(&document), &Sequential);
            let found = found.unwrap_or_else(|it| panic!("{it:?}")).unwrap();
            let quota = found.variants[0].quota.as_ref().unwrap();
            let of_nodes = quota.raises.iter().find(|it| it.limiter == "pool-pulls");
            of_nodes.unwrap_or_else(|| panic!("{quota:?}")).set.clone()
        };
        // No setting of the workload that is called as the nodes are.
        assert_eq!(set("").unwrap().0, "workloads.web.kubelet");
        let second = "  jobs:
    {kind: kubernetes-rollout, nodes: 1, replicas: 1, on: pool, start: 1s, until: 1h,
     kubelet: {serialize_pulls: false, registry_qps: 1/s, registry_burst: 2},
     pull: {client: kubelet, images: app, behaviour: Always}}";
        assert_eq!(set(second), None, "both would have to say it");
    }

    #[test]
    fn a_limit_of_the_clients_themselves_is_their_setting_and_nobody_is_asked_for_it() {
        let text = "
pullstorm: 1
name: nodes
services: {hub: {latency: 1ms, limiters: {all: {in_flight: 1000}}}}
images: {app: {registry: hub, layers: 1, size: 1MB}}
workloads:
  nodes:
    {kind: scale-out, nodes: 1, wave: 1, every: 1min, pods: 4, boot: 0s, start: 1s, until: 1h,
     kubelet: {serialize_pulls: false, registry_qps: 1/s, registry_burst: 2},
     pull: {client: kubelet, images: app, behaviour: Always}}
load: {path: workloads.nodes.nodes, up_to: 4, unit: nodes}
expect: [nodes.pods.start_delay.max <= 5s]
";
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let found = capacity(&document, &Options::of(&document), &Sequential);
        let found = found.unwrap().unwrap();
        let quota = found.variants[0].quota.as_ref().unwrap();
        let set = quota.raises[0].set.as_ref().unwrap();
        assert_eq!(set.0, "workloads.nodes.kubelet");
        assert_eq!(set.1, "{registry_qps: 2/s, registry_burst: 4}");
        let raised = document.set(&set.0, &set.1).unwrap();
        let raised = raised.value_at("workloads.nodes.kubelet").unwrap();
        assert!(
            raised.contains("serialize_pulls: false") && raised.contains("registry_qps: 2/s"),
            "{raised}"
        );
        assert!(quota.requests.is_empty());
        let told = capacity_article(&found).markdown();
        let own = "kubelet nodes-pulls is a setting of your own kubelets (registryPullQPS, registryBurst), \
                   which you raise yourself";
        assert!(told.contains(own) && !told.contains("on request"), "{told}");
    }

    #[test]
    fn every_small_number_is_tried_and_large_ones_within_half_a_percent() {
        assert_eq!(steps(4, 8), [4, 5, 6, 7, 8]);
        let long = steps(500, 512_000);
        assert!(long.len() < 2_300, "{}", long.len());
        assert_eq!((long[0], long[long.len() - 1]), (500, 512_000));
        assert!(
            long.windows(2)
                .all(|it| it[1] - it[0] <= it[0] / NUMBERS + 1)
        );
        assert_eq!(steps(7, 7), [7]);
    }
}
