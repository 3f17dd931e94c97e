//! The order of merit, the same for variants, single settings and sets of them.
//!
//! First what the expectations come to, and what somebody can change before what nobody can; then who
//! has to do what; then start delay; then load on the registry. Headroom decides where all of these
//! are equal, and nothing else does. Those that fail are no exception: how many units fail is told
//! beside them.
//!
//! Variants are judged at the load of today, so a start delay or a load on the registry that is less by
//! no more than [`AS_GOOD`] is no better: nobody picks a setting by that, and another load would turn it
//! round.

use super::tune::Toil;
use crate::catalog::Pace;
use crate::judge::Status;
use crate::order::Arrange;
use crate::replicate::{Prepared, deferral};
use crate::report::Judged;
use crate::report::main_workload;
use crate::report::model::{Change, HoldsTo, Quantity, VariantReport};
use crate::tune::felt;
use std::cmp::{Ordering, Reverse};

/// Delays and loads of variants that differ by no more than this factor are as good.
const AS_GOOD: f64 = 1.05;

/// What a change is ranked by. Less is better.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) struct Merit {
    verdict: u8,
    impossible: bool,
    /// Nothing for *today*.
    toil: Option<Toil>,
    effect: Effect,
    headroom: Reverse<u32>,
}

/// What a change does besides meeting expectations.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) struct Effect {
    /// Nine of ten units of the main workload start within this, in seconds, and with it what the load
    /// is put off beside today; what nobody notices is nothing. Where units are too few for that, all
    /// do.
    pub delay: f64,
    /// Requests a run that limiters of registries and APIs are asked for; those that a mirror answers
    /// and those of other callers are no load of this one.
    pub load: f64,
}

impl Merit {
    /// The merit of a variant that was judged, *today* being the first of them.
    pub fn of(variant: &VariantReport, judged: &[Judged]) -> Self {
        let own = judged.iter().find(|it| it.prepared.name == variant.name);
        let effect = own.zip(judged.first());
        let effect = effect.map_or(Effect::NOT_KNOWN, |(own, today)| Effect::of(own, today));
        let change = variant.change.as_ref();
        Merit::new(variant.verdict, change, effect, variant.holds_to.as_ref())
    }

    pub fn new(
        verdict: Status,
        change: Option<&Change>,
        effect: Effect,
        holds_to: Option<&HoldsTo>,
    ) -> Self {
        Merit {
            verdict: verdict.rank(),
            impossible: change.is_some_and(|change| !change.possible),
            toil: change.map(|change| (change.owner, change.effort)),
            effect,
            headroom: Reverse(holds_to.map_or(0, |holds| holds.load)),
        }
    }

    /// What counts before any number of it.
    fn asks(&self) -> (u8, bool, Option<Toil>) {
        (self.verdict, self.impossible, self.toil)
    }

    /// Which of two comes first.
    pub fn order(&self, other: &Self) -> Ordering {
        self.asks()
            .cmp(&other.asks())
            .then_with(|| self.effect.order(&other.effect))
            .then_with(|| self.headroom.cmp(&other.headroom))
    }

    /// Whether it asks less, or lets units start sooner by more than nobody would choose by.
    pub fn is_clearly_better(&self, other: &Self) -> bool {
        match self.asks().cmp(&other.asks()) {
            Ordering::Equal => self.effect.delay * AS_GOOD < other.effect.delay,
            order => order == Ordering::Less,
        }
    }

    /// Whether it is as good in all that counts.
    fn is_nowhere_worse(&self, other: &Self) -> bool {
        self.verdict <= other.verdict
            && self.impossible <= other.impossible
            && self.toil <= other.toil
            && self.effect.delay <= other.effect.delay
            && self.effect.load <= other.effect.load
            && self.headroom <= other.headroom
    }
}

impl Effect {
    /// Nobody starts, whatever is asked.
    const NOT_KNOWN: Effect = Effect {
        delay: f64::INFINITY,
        load: f64::INFINITY,
    };

    /// What runs of a change come to beside those of *today*.
    pub fn of(judged: &Judged, today: &Judged) -> Self {
        let (workload, units, _) = main_workload(&judged.prepared.plan);
        let delays = ["p90", "max"].map(|of| format!("{workload}.{units}.start_delay.{of}"));
        let delay = delays.iter().find_map(|path| mean(judged, path));
        let put_off = |it: &Judged| deferral(&it.prepared.scenario);
        let later = put_off(judged) - put_off(today);
        Effect {
            delay: delay.map_or(f64::INFINITY, |delay| felt(delay + later)),
            load: load(judged),
        }
    }

    /// Which of two comes first.
    pub fn order(&self, other: &Self) -> Ordering {
        let delays = self.delay.total_cmp(&other.delay);
        delays.then_with(|| self.load.total_cmp(&other.load))
    }
}

/// The mean of a metric over the runs in which it has a value.
pub(super) fn mean(judged: &Judged, path: &str) -> Option<f64> {
    let values = judged.values(path)?;
    let values: Vec<f64> = values.into_iter().flatten().collect();
    let count = values.len() as f64;
    (count > 0.0).then(|| values.iter().sum::<f64>() / count)
}

fn load(judged: &Judged) -> f64 {
    let Prepared { plan, scenario, .. } = &judged.prepared;
    let is_mirror = |name: &str| {
        let mut services = scenario.services.iter();
        services.any(|service| service.name == name && service.value.caches.is_some())
    };
    let asked = plan
        .limiters
        .iter()
        .filter(|limiter| !limiter.client_side && !is_mirror(&limiter.service));
    let each = asked.filter_map(|limiter| {
        let path = |of: &str| format!("limiters.{}.{}.{of}", limiter.service, limiter.name);
        let offered = judged.values(&path("offered"))?;
        let others = judged.values(&path("background_share"))?;
        let own = offered.iter().zip(others).map(|(offered, others)| {
            // A count, which a share gives back but for rounding.
            (offered.unwrap_or(0.0) * (1.0 - others.unwrap_or(0.0))).round()
        });
        Some(own.sum::<f64>() / judged.runs.len().max(1) as f64)
    });
    each.sum()
}

/// *Today* stays first; the candidates follow, best first.
pub(super) fn rank(variants: &mut [VariantReport], judged: &[Judged]) {
    if let Some((_, candidates)) = variants.split_first_mut() {
        let order = order(|it: &VariantReport| Merit::of(it, judged), candidates);
        let place = |it: &VariantReport| order.iter().position(|name| *name == it.name);
        candidates.arrange_by_key(place);
    }
}

/// The names of candidates, best first. Of those that ask as much of the same owner, each that is nearly
/// as good as the best is taken for as good, then each of the others that is as good as the best of them.
fn order(merit: impl Fn(&VariantReport) -> Merit, candidates: &[VariantReport]) -> Vec<String> {
    let mut all: Vec<(Merit, String)> = candidates
        .iter()
        .map(|it| (merit(it), it.name.clone()))
        .collect();
    sort(&mut all);
    all.into_iter().map(|(_, name)| name).collect()
}

/// Puts candidates in the order of merit, best first.
pub(super) fn sort<T>(all: &mut [(Merit, T)]) {
    all.arrange_by(|(a, _), (b, _)| a.order(b));
    for equal in all.chunk_by_mut(|(a, _), (b, _)| a.asks() == b.asks()) {
        for sooner in groups(equal, |it| it.effect.delay) {
            sooner.arrange_by(|(a, _), (b, _)| a.effect.load.total_cmp(&b.effect.load));
            for less in groups(sooner, |it| it.effect.load) {
                less.arrange_by(|(a, _), (b, _)| {
                    let headroom = a.headroom.cmp(&b.headroom);
                    headroom.then_with(|| a.effect.order(&b.effect))
                });
            }
        }
    }
}

/// Candidates in the order of a number, split where it is no longer as good as the first of its group.
fn groups<T>(mut all: &mut [(Merit, T)], number: impl Fn(&Merit) -> f64) -> Vec<&mut [(Merit, T)]> {
    let mut groups = Vec::new();
    while let Some((first, _)) = all.first() {
        let most = number(first) * AS_GOOD;
        let beyond = all.iter().position(|(it, _)| number(it) > most);
        let (group, rest) = all.split_at_mut(beyond.unwrap_or(all.len()));
        groups.push(group);
        all = rest;
    }
    groups
}

/// Whether `found` is in no way better than `known`, so that there is no reason to look at it: it
/// comes after it, counts no sooner, and the table beside it shows nothing for it.
pub(super) fn dominates(
    (known, merit): &(&VariantReport, Merit),
    (found, other): &(&VariantReport, Merit),
) -> bool {
    let numbers = |it: &VariantReport| {
        [
            number(it.headline.failed.mean),
            number(it.headline.finished_after.mean),
        ]
    };
    let mut numbers = numbers(known).into_iter().zip(numbers(found));
    // Of what is not known to count within minutes nobody can say that it does.
    let pace = |it: &VariantReport| it.change.as_ref().map_or(Pace::Days, |change| change.pace);
    known.name != found.name
        && pace(known) <= pace(found)
        && merit.is_nowhere_worse(other)
        && numbers.all(|(known, found)| known <= found)
}

/// A number, infinite where it is *never* or nothing.
pub(super) fn number(quantity: Option<Quantity>) -> f64 {
    match quantity {
        Some(Quantity::Number(number)) => number,
        Some(Quantity::Never) | None => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Effort, Owner};

    const SETTING: Toil = (Owner::You, Effort::Setting);
    const CODE: Toil = (Owner::You, Effort::PipelineCode);

    fn merit(verdict: Status, toil: Toil, (delay, load): (f64, f64), headroom: u32) -> Merit {
        Merit {
            verdict: verdict.rank(),
            impossible: false,
            toil: Some(toil),
            effect: Effect { delay, load },
            headroom: Reverse(headroom),
        }
    }

    #[test]
    fn start_delay_counts_before_load_on_the_registry_and_headroom_where_both_are_equal() {
        use Status::{Broken, Met, Undecided};
        let ranked = [
            merit(Met, SETTING, (9.0, 90.0), 2),
            merit(Met, CODE, (2.0, 90.0), 2),
            merit(Met, CODE, (3.0, 40.0), 2),
            merit(Met, CODE, (3.0, 50.0), 9),
            merit(Met, CODE, (3.0, 50.0), 8),
            merit(Undecided, SETTING, (0.0, 10.0), 0),
            merit(Broken, SETTING, (5.0, 90.0), 1),
            merit(Broken, CODE, (1.0, 10.0), 1),
        ];
        for pair in ranked.windows(2) {
            assert_eq!(pair[0].order(&pair[1]), Ordering::Less, "{pair:?}");
        }
    }

    #[test]
    fn what_is_nearly_as_good_holds_further_first() {
        let searched = merit(Status::Met, SETTING, (207.0, 300.0), 53);
        let lasting = merit(Status::Met, SETTING, (214.0, 310.0), 133);
        let later = merit(Status::Met, SETTING, (218.0, 310.0), 500);
        let asks_more = merit(Status::Met, SETTING, (208.0, 330.0), 500);
        let code = merit(Status::Met, CODE, (1.0, 10.0), 500);
        let mut all = [searched, lasting, later, asks_more, code].map(|it| (it, ()));
        sort(&mut all);
        let all = all.map(|(it, ())| it);
        assert_eq!(all, [lasting, searched, asks_more, later, code]);
    }

    #[test]
    fn nothing_is_as_good_as_none_and_never_is_as_good_as_never() {
        let none = merit(Status::Met, SETTING, (0.0, 1.0), 1);
        let some = merit(Status::Met, SETTING, (0.1, 1.0), 9);
        let never = merit(Status::Met, SETTING, (f64::INFINITY, 1.0), 1);
        let mut never_further = never;
        never_further.headroom = Reverse(2);
        let mut all = [never, never_further, some, none].map(|it| (it, ()));
        sort(&mut all);
        assert_eq!(all.map(|(it, ())| it), [none, some, never_further, never]);
    }

    #[test]
    fn what_nobody_can_change_comes_after_what_somebody_can_of_the_same_verdict() {
        let held = merit(Status::Met, CODE, (9.0, 90.0), 1);
        let mut nobodys = merit(Status::Met, SETTING, (0.0, 1.0), 9);
        nobodys.impossible = true;
        let broken = merit(Status::Broken, SETTING, (0.0, 1.0), 9);
        assert_eq!(held.order(&nobodys), Ordering::Less);
        assert_eq!(nobodys.order(&broken), Ordering::Less);
    }

    #[test]
    fn what_is_left_out_for_something_else_would_have_come_after_it() {
        let numbers = [1.0, 2.0];
        let mut all = Vec::new();
        for verdict in [Status::Met, Status::Broken] {
            for toil in [SETTING, CODE] {
                for (delay, load) in numbers.iter().flat_map(|it| numbers.map(|of| (*it, of))) {
                    all.extend(
                        [1, 2].map(|headroom| merit(verdict, toil, (delay, load), headroom)),
                    );
                }
            }
        }
        let pairs = all
            .iter()
            .flat_map(|one| all.iter().map(move |other| (one, other)));
        let dominated: Vec<_> = pairs
            .filter(|(one, other)| one.is_nowhere_worse(other))
            .collect();
        // Of each of five that are one of two, three of four pairs.
        assert_eq!(dominated.len(), 3_usize.pow(5));
        for (one, other) in dominated {
            assert_ne!(one.order(other), Ordering::Greater, "{one:?} {other:?}");
        }
        // Nor is it put before it where both are nearly as good.
        let mut nearly: Vec<(Merit, ())> = Vec::new();
        for (delay, load) in [1.0, 1.03, 1.06]
            .iter()
            .flat_map(|it| numbers.map(|of| (*it, of)))
        {
            let each = [1, 2, 3]
                .map(|headroom| (merit(Status::Met, SETTING, (delay, load), headroom), ()));
            nearly.extend(each);
        }
        sort(&mut nearly);
        for (place, (before, ())) in nearly.iter().enumerate() {
            for (after, ()) in &nearly[place + 1..] {
                assert!(!after.is_nowhere_worse(before) || before.is_nowhere_worse(after));
            }
        }
    }
}
