//! The earliest instants at which a limiter can let given operations through, whoever goes first.
//!
//! | limiter | rule | why nothing is earlier |
//! |---|---|---|
//! | any whose operations cost the same | first come, first served | each n-th admission waits for at most the n-th arrival and the n-th credit; at a sliding counter, what passed earlier weighs less |
//! | bucket, window or log of mixed costs | as if an operation could be served in parts | parts cost the same, and whole operations are a special case |
//! | bucket whose requests wait | each is promised its credits when it arrives | credits that are waited for never overflow |
//! | windows that a request opens | see [`opened_windows`] | any interval meets few windows |
//!
//! Each operation may arrive later than given here, in another order, and among others that take
//! credits too: all of that only makes the last admission later.

use crate::limiter::{
    Algorithm, Clock, Decision, Initial, Limiter, Opening, OverLimit, Refill, Spec,
};
use crate::plan::Plan;
use crate::random::{Key, Keys, Purpose};
use crate::units::{Rate, Span, Time};

/// An operation: when it can arrive, and what it costs.
pub(super) type Arrival = (Time, u32);

/// When the last of `arrivals`, which are in order, can be admitted at the earliest under one key of
/// a limiter; [`Time::NEVER`] if never. `alone` says that nothing else can open a window of that
/// key. `None` where the limiter says nothing about time.
pub(super) fn last_admission(
    spec: &Spec,
    clock: Clock,
    arrivals: &[Arrival],
    alone: bool,
) -> Option<Time> {
    if let Some(window) = opened_by_requests(&spec.algorithm) {
        let alone = alone && spec.initial == Initial::Full;
        return Some(opened_windows(window, arrivals, alone));
    }
    let mut limiter = Limiter::new(spec, 1, clock).ok()?;
    if limiter.counts_in_flight() {
        return None;
    }
    let part = part(spec, arrivals);
    let mut last = Time::ZERO;
    for (at, cost) in arrivals {
        if spec.over_limit == OverLimit::Wait {
            last = last.max(promised(&mut limiter, *cost, *at));
        } else {
            last = in_parts(&mut limiter, *cost, part, last.max(*at));
        }
        if last == Time::NEVER {
            break;
        }
    }
    Some(last)
}

/// When the request of a limiter that lets wait is let through.
fn promised(limiter: &mut Limiter, cost: u32, at: Time) -> Time {
    match limiter.decide(0, cost, at) {
        Decision::Admitted => at,
        Decision::Delayed(wait) => at + wait,
        Decision::Throttled(_) => Time::NEVER,
    }
}

/// Into which parts operations are split: not at all where they cost the same, else so small that
/// no credit is lost while one is waited for.
fn part(spec: &Spec, arrivals: &[Arrival]) -> Option<u32> {
    let mixed = arrivals.windows(2).any(|pair| pair[0].1 != pair[1].1);
    let continuous = matches!(&spec.algorithm, Algorithm::TokenBucket(bucket)
        if matches!(bucket.refill, Refill::Continuous(_)));
    match (mixed, continuous) {
        (false, _) => None,
        // Half a bucket is there before it is full.
        (true, true) => Some((spec.algorithm.credits_max() / 2).clamp(1, 1 << 30) as u32),
        (true, false) => Some(1),
    }
}

/// Admits an operation as early as it can be, from `at` on; returns when the last of it was.
fn in_parts(limiter: &mut Limiter, cost: u32, part: Option<u32>, at: Time) -> Time {
    let Some(part) = part else {
        return earliest(limiter, 0, cost, at);
    };
    let (mut left, mut at) = (cost, at);
    while left > 0 {
        at = limiter.next_admission(0, left.min(part), at);
        if at == Time::NEVER {
            return Time::NEVER;
        }
        let now = most_at_once(limiter, left, at).max(left.min(part));
        let decision = limiter.decide(0, now, at);
        assert!(
            decision == Decision::Admitted,
            "a limiter admits when it says it would"
        );
        left -= now;
    }
    at
}

/// The most credits, up to `most`, that can be had at `at`.
fn most_at_once(limiter: &Limiter, most: u32, at: Time) -> u32 {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = high - (high - low) / 2;
        if limiter.next_admission(0, middle, at) == at {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

/// When a request that can arrive at `at` is admitted at the earliest. Times must not run backward
/// for one key.
pub(super) fn earliest(limiter: &mut Limiter, key: u32, cost: u32, at: Time) -> Time {
    let next = limiter.next_admission(key, cost, at);
    if next == Time::NEVER {
        return Time::NEVER;
    }
    match limiter.decide(key, cost, next) {
        Decision::Admitted => next,
        Decision::Delayed(wait) => next + wait,
        Decision::Throttled(_) => unreachable!("a limiter admits when it says it would"),
    }
}

/// Limit and window of an algorithm whose windows a request opens. Those of a sliding counter let
/// their limit through at most, too, and less after one that was used.
pub(super) fn opened_by_requests(algorithm: &Algorithm) -> Option<Opened> {
    let (limit, window, opening) = match *algorithm {
        Algorithm::FixedWindow(spec) => (spec.limit, spec.window, spec.opening),
        Algorithm::SlidingCounter(spec) => (spec.limit, spec.window, spec.opening),
        _ => return None,
    };
    (opening == Opening::FirstRequest).then_some(Opened { limit, window })
}

/// What a window that a request opens lets through, and how long it lasts.
pub(super) struct Opened {
    limit: u64,
    window: Span,
}

/// Windows that a request opens move with that request, so coming later can be better. But from any
/// instant on, an interval meets one window that was open already and then one for each length of a
/// window, or none that was open already if it begins before anything was asked; each lets its
/// limit through.
fn opened_windows(spec: Opened, arrivals: &[Arrival], alone: bool) -> Time {
    if arrivals
        .iter()
        .any(|(_, cost)| u64::from(*cost) > spec.limit)
    {
        return Time::NEVER;
    }
    let Some((first, _)) = arrivals.first() else {
        return Time::ZERO;
    };
    let mut credits = 0u64;
    let mut last = arrivals.last().map_or(Time::ZERO, |(at, _)| *at);
    let mut not_before = |from: Time, credits: u64, free: u64| {
        let windows = credits.div_ceil(spec.limit).saturating_sub(free);
        if windows > 0 {
            let nanos = spec.window.as_nanos().saturating_mul(windows);
            last = last.max(from + Span::from_nanos(nanos));
        }
    };
    for (at, cost) in arrivals.iter().rev() {
        credits = credits.saturating_add(u64::from(*cost));
        not_before(*at, credits, 2);
    }
    if alone {
        not_before(*first, credits, 1);
    }
    last
}

/// The limiter that counts without rounding and lets through at least as much, and how much later than
/// a request its clock may be to the good of the caller.
pub(super) fn unrounded(spec: &Spec) -> (Spec, Span) {
    let mut plain = spec.clone();
    let Algorithm::NginxLimitReq(nginx) = &spec.algorithm else {
        return (plain, Span::ZERO);
    };
    plain.algorithm = Algorithm::TokenBucket(nginx.unrounded());
    // Once when the request comes and once when the credit does.
    (plain, Span::from_millis(2))
}

/// One limiter that lets through whatever `keys` limiters of this kind let through together. `None`
/// if its numbers are too large to count.
pub(super) fn pooled(spec: &Spec, keys: u64) -> Option<Spec> {
    let mut pooled = spec.clone();
    match &mut pooled.algorithm {
        Algorithm::TokenBucket(bucket) => {
            bucket.burst = bucket.burst.checked_mul(keys)?;
            bucket.refill = match bucket.refill {
                Refill::Continuous(rate) => {
                    let nanos = Span::from_nanos(rate.nanos());
                    Refill::Continuous(Rate::new(rate.count().checked_mul(keys)?, nanos).ok()?)
                }
                Refill::Lump { credits, every } => Refill::Lump {
                    credits: credits.checked_mul(keys)?,
                    every,
                },
            };
        }
        Algorithm::FixedWindow(window) => window.limit = window.limit.checked_mul(keys)?,
        Algorithm::SlidingCounter(counter) => counter.limit = counter.limit.checked_mul(keys)?,
        Algorithm::SlidingLog(log) => log.limit = log.limit.checked_mul(keys)?,
        Algorithm::ConcurrencyLimit(limit) => limit.limit = limit.limit.checked_mul(keys)?,
        // Its bucket is ([`unrounded`]).
        Algorithm::NginxLimitReq(_) => return None,
    }
    if let Initial::Credits(credits) = &mut pooled.initial {
        *credits = credits.saturating_mul(keys);
    }
    Some(pooled)
}

/// The clock of a limiter of the plan in a run.
pub(super) fn clock_of(plan: &Plan, index: usize, keys: &Keys) -> Clock {
    Clock {
        start_unix_nanos: plan.start_unix_nanos,
        phase: keys.bits(Purpose::Phase, Key::ROOT.child(index as u64), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limiter::{FixedWindowSpec, SlidingCounterSpec, SlidingLogSpec, TokenBucketSpec};

    const MINUTE: Span = Span::from_secs(60);

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    fn window(limit: u64, opening: Opening) -> Spec {
        Spec::new(Algorithm::FixedWindow(FixedWindowSpec {
            limit,
            window: MINUTE,
            opening,
        }))
    }

    fn log(limit: u64) -> Spec {
        let window = MINUTE;
        Spec::new(Algorithm::SlidingLog(SlidingLogSpec { limit, window }))
    }

    fn last(spec: &Spec, arrivals: &[(u64, u32)]) -> Time {
        let arrivals: Vec<Arrival> = arrivals.iter().map(|(s, cost)| (at(*s), *cost)).collect();
        let clock = Clock {
            start_unix_nanos: Some(0),
            phase: 0,
        };
        last_admission(spec, clock, &arrivals, true).unwrap()
    }

    #[test]
    fn two_pairs_of_six_and_four_fit_in_two_windows_of_ten_whoever_comes_first() {
        for spec in [window(10, Opening::AlignedToClock), log(10)] {
            assert_eq!(last(&spec, &[(0, 6), (0, 6), (0, 4), (0, 4)]), at(60));
            assert_eq!(last(&spec, &[(0, 4), (0, 4), (0, 6), (0, 6)]), at(60));
        }
    }

    fn counter(limit: u64, opening: Opening) -> Spec {
        Spec::new(Algorithm::SlidingCounter(SlidingCounterSpec {
            limit,
            window: MINUTE,
            opening,
        }))
    }

    #[test]
    fn what_passes_late_in_a_window_weighs_on_all_of_the_next() {
        let aligned = counter(6, Opening::AlignedToClock);
        assert_eq!(last(&aligned, &[(50, 1); 7]), at(70));
        assert_eq!(
            last(&aligned, &[(50, 2), (50, 1), (50, 3), (50, 1)]),
            at(70)
        );
        // Where a request opens windows, only what no opening beats counts.
        let own = counter(6, Opening::FirstRequest);
        assert_eq!(last(&own, &[(50, 1); 7]), at(110));
    }

    #[test]
    fn operations_that_cost_the_same_are_not_split() {
        // One of six fits in a window of ten, not one and two thirds.
        for spec in [window(10, Opening::AlignedToClock), log(10)] {
            assert_eq!(last(&spec, &[(0, 6), (0, 6), (0, 6)]), at(120));
        }
    }

    #[test]
    fn a_bucket_serves_mixed_costs_when_their_sum_is_earned() {
        let refill = Refill::Continuous(Rate::per_second(1));
        let bucket = Spec::new(Algorithm::TokenBucket(TokenBucketSpec {
            burst: 10,
            refill,
        }));
        assert_eq!(last(&bucket, &[(0, 7), (0, 10), (0, 3)]), at(10));
    }

    #[test]
    fn a_window_that_opens_later_can_end_earlier_so_only_what_no_opening_beats_counts() {
        let own = window(2, Opening::FirstRequest);
        // Opened by each in turn: 0, 61, then 121. Opened by the first at 10: 10, 61, and at 120.
        assert_eq!(last(&own, &[(0, 1), (61, 1), (120, 1), (120, 1)]), at(120));
        // Six at once need three windows.
        assert_eq!(last(&own, &[(5, 1); 6]), at(125));
    }

    #[test]
    fn machines_together_let_through_what_each_lets_through() {
        let pooled = pooled(&log(2), 3).unwrap();
        assert_eq!(last(&pooled, &[(0, 1); 6]), at(0));
        assert_eq!(last(&pooled, &[(0, 1); 7]), at(60));
    }
}
