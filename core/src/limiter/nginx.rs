//! nginx `limit_req`: a leaky bucket counted in thousandths of a request and in milliseconds.
//!
//! Each key keeps its *excess* over the rate and when it was last moved. A request that comes `dt`
//! milliseconds after that has the excess
//!
//! `e = max(0, excess - floor(rate * dt / 1000) + 1000)`, rate in thousandths of a request a second,
//!
//! and is refused if `e` is above the burst; a refusal changes nothing. Otherwise `e` is kept, and
//! the request passes at once, or waits `floor((e - delay) * 1000 / rate)` milliseconds if `e` is
//! above the delay. A key's first request has no excess, so that burst + 1 pass at once. What the
//! floors cut off is lost: a slow rate asked often gives less than it says. Source: nginx,
//! ngx_http_limit_req_module.c (1.22.1); bursts and delays seen on that server.
//!
//! nginx knows requests of one credit only. A request of n credits counts here as n of the same
//! millisecond, all or none of which pass, and waits as long as the last of them.

use super::token_bucket::{self, Refill};
use super::{Decision, SpecError};
use crate::units::{Rate, Span, Time};
use std::fmt;

/// Thousandths of a request, as nginx counts.
const REQUEST: u64 = 1_000;

const MILLISECOND: Span = Span::from_millis(1);

/// Bursts stay below this.
const BURST_MAX: u64 = 1 << 40;

/// Rates stay below this, in thousandths of a request a second.
const RATE_MAX: u64 = 1 << 32;

/// Memory that one key takes.
pub(super) const BYTES_PER_KEY: u64 = size_of::<Excess>() as u64;

/// Which of the requests within the burst wait.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Delay {
    /// Those whose excess is above this many requests (`delay=`; 0 where nothing is written).
    Above(u64),
    /// None (`nodelay`).
    Never,
}

impl fmt::Display for Delay {
    /// As nginx writes it: `nodelay`, `delay=8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Delay::Above(requests) => write!(f, "delay={requests}"),
            Delay::Never => f.write_str("nodelay"),
        }
    }
}

/// The parameters of `limit_req`.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Spec {
    /// `rate`, cut down to whole thousandths of a request a second, as nginx does.
    pub rate: Rate,
    /// `burst`: how many requests may be ahead of the rate. One more passes at once.
    pub burst: u64,
    /// `delay` or `nodelay`.
    pub delay: Delay,
}

impl Spec {
    pub(super) fn check(&self, options: &super::Spec) -> Result<(), SpecError> {
        // Burst and rate below 2^40 and 2^32 keep a wait times a rate within 64 bits.
        let rate = self.thousandths_per_second();
        if self.burst >= BURST_MAX || rate.is_none_or(|rate| rate >= RATE_MAX) {
            return Err(SpecError::TooLarge);
        }
        if rate == Some(0) {
            return Err(SpecError::NoRate);
        }
        if options.charge_throttled {
            return Err(options.not_for_this_algorithm("charging throttled requests"));
        }
        options.refuse_wait()
    }

    /// The rate as nginx counts it: whole thousandths of a request a second, rounded down; nothing
    /// where they do not fit in 64 bits.
    pub fn thousandths_per_second(&self) -> Option<u64> {
        let thousandths = u128::from(self.rate.count()) * u128::from(REQUEST) * 1_000_000_000;
        u64::try_from(thousandths / u128::from(self.rate.nanos())).ok()
    }

    /// The bucket that lets in what this does or more, counting without rounding. What this lets in
    /// comes less than a millisecond earlier, if at all.
    pub fn unrounded(&self) -> token_bucket::Spec {
        let thousandths = self.thousandths_per_second().unwrap_or(u64::MAX);
        let rate = Rate::new(thousandths, Span::from_secs(REQUEST));
        token_bucket::Spec {
            burst: self.credits_max(),
            refill: Refill::Continuous(rate.unwrap_or(Rate::ZERO)),
        }
    }

    /// How many credits of that bucket a request must leave, so as not to wait.
    pub fn left_where_nobody_waits(&self) -> u32 {
        let left = match self.delay {
            Delay::Above(requests) => self.burst.saturating_sub(requests),
            Delay::Never => 0,
        };
        left.min(u32::MAX.into()) as u32
    }

    /// The most credits at once.
    pub const fn credits_max(&self) -> u64 {
        self.burst.saturating_add(1)
    }
}

/// One key's state.
#[derive(Copy, Clone, Debug)]
struct Excess {
    /// In thousandths of a request; one request below zero where there is nothing to remember.
    thousandths: i64,
    /// Milliseconds since time 0.
    at: u64,
}

/// nginx `limit_req` for each key.
#[derive(Clone, Debug)]
pub struct NginxLimitReq {
    excesses: Vec<Excess>,
    /// Thousandths of a request a second.
    rate: u64,
    /// In thousandths of a request.
    burst: i64,
    /// In thousandths of a request; nothing if no request waits.
    delay: Option<i64>,
}

impl NginxLimitReq {
    /// States for keys `0..keys`, of a spec that has been checked.
    pub(super) fn new(spec: &Spec, options: &super::Spec, keys: u32) -> Self {
        let left = options.initial.credits(spec.credits_max());
        let excess = Excess {
            thousandths: ((spec.burst as i64) - (left as i64)) * REQUEST as i64,
            at: 0,
        };
        NginxLimitReq {
            excesses: vec![excess; keys as usize],
            rate: spec.thousandths_per_second().unwrap_or(0),
            burst: (spec.burst * REQUEST) as i64,
            delay: match spec.delay {
                Delay::Above(requests) => Some(requests.min(spec.burst) as i64 * REQUEST as i64),
                Delay::Never => None,
            },
        }
    }

    /// See [`super::Limiter::decide`].
    #[inline]
    pub fn decide(&mut self, key: u32, cost: u32, now: Time) -> Decision {
        if cost == 0 {
            return Decision::Admitted;
        }
        let at = millis(now);
        let excess = self.with_request(key, cost, at);
        if excess > self.burst {
            return Decision::Throttled(self.wait(key, cost, now));
        }
        self.excesses[key as usize] = Excess {
            thousandths: excess,
            at,
        };
        match self.delay {
            Some(delay) if excess > delay => {
                let wait = (excess - delay) as u64 * 1_000 / self.rate;
                Decision::Delayed(Span::from_millis(wait))
            }
            _ => Decision::Admitted,
        }
    }

    /// See [`super::Limiter::credits`].
    pub fn credits(&self, key: u32, now: Time) -> f64 {
        (self.burst - self.excess(key, millis(now))) as f64 / REQUEST as f64
    }

    /// See [`super::Limiter::next_admission`].
    pub fn next_admission(&self, key: u32, cost: u32, now: Time) -> Time {
        if cost == 0 || self.with_request(key, cost, millis(now)) <= self.burst {
            return now;
        }
        self.wait(key, cost, now)
            .map_or(Time::NEVER, |wait| now + wait)
    }

    /// The excess of `key` before a request at millisecond `at`, one request below zero at least.
    #[inline]
    fn excess(&self, key: u32, at: u64) -> i64 {
        let Excess {
            thousandths,
            at: last,
        } = self.excesses[key as usize];
        assert!(at >= last, "time ran backward");
        // What a pause of months earns may saturate: it is more than any excess all the same.
        let earned = ((at - last).saturating_mul(self.rate) / 1_000) as i64;
        (thousandths - earned).max(-(REQUEST as i64))
    }

    /// The excess of `key` with a request of `cost` credits.
    #[inline]
    fn with_request(&self, key: u32, cost: u32, at: u64) -> i64 {
        self.excess(key, at) + i64::from(cost) * REQUEST as i64
    }

    /// Time from `now` to the first millisecond at which a refused request would pass.
    fn wait(&self, key: u32, cost: u32, now: Time) -> Option<Span> {
        let cost = i64::from(cost) * REQUEST as i64;
        if cost > self.burst + REQUEST as i64 {
            return None;
        }
        let Excess { thousandths, at } = self.excesses[key as usize];
        let missing = (thousandths + cost - self.burst) as u64;
        let ready = at.checked_add(missing.checked_mul(1_000)?.div_ceil(self.rate))?;
        let ready = ready.checked_mul(MILLISECOND.as_nanos())?;
        Some(Time::from_nanos(ready).since(now))
    }
}

fn millis(now: Time) -> u64 {
    now.as_nanos() / MILLISECOND.as_nanos()
}

#[cfg(test)]
mod tests {
    use super::super::{Algorithm, Clock, Initial, Limiter, Spec as Options};
    use super::*;

    fn options(per_second: u64, burst: u64, delay: Delay) -> Options {
        let rate = Rate::per_second(per_second);
        Options::new(Algorithm::NginxLimitReq(Spec { rate, burst, delay }))
    }

    fn limiter(per_second: u64, burst: u64, delay: Delay) -> Limiter {
        let spec = options(per_second, burst, delay);
        Limiter::new(&spec, 2, Clock::default()).unwrap()
    }

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    fn throttled(millis: u64) -> Decision {
        Decision::Throttled(Some(Span::from_millis(millis)))
    }

    fn delayed(millis: u64) -> Decision {
        Decision::Delayed(Span::from_millis(millis))
    }

    #[test]
    fn without_delays_burst_and_one_more_pass_at_once() {
        let mut limiter = limiter(10, 20, Delay::Never);
        let passed = (0..30).filter(|_| limiter.decide(0, 1, at(0)) == Decision::Admitted);
        assert_eq!(passed.count(), 21);
        assert_eq!(limiter.decide(0, 1, at(0)), throttled(100));
        assert_eq!(limiter.decide(0, 1, at(99)), throttled(1));
        assert_eq!(limiter.decide(0, 1, at(100)), Decision::Admitted);
        assert_eq!(limiter.decide(1, 21, at(100)), Decision::Admitted);
    }

    #[test]
    fn what_is_within_the_burst_waits_its_turn_unless_told_otherwise() {
        let mut limiter = limiter(10, 5, Delay::Above(0));
        assert_eq!(limiter.decide(0, 1, at(0)), Decision::Admitted);
        for place in 1..=5 {
            assert_eq!(limiter.decide(0, 1, at(0)), delayed(100 * place));
        }
        assert_eq!(limiter.decide(0, 1, at(0)), throttled(100));
    }

    #[test]
    fn with_a_delay_of_eight_nine_pass_at_once_and_four_wait() {
        let mut limiter = limiter(10, 12, Delay::Above(8));
        for _ in 0..9 {
            assert_eq!(limiter.decide(0, 1, at(0)), Decision::Admitted);
        }
        for place in 1..=4 {
            assert_eq!(limiter.decide(0, 1, at(0)), delayed(100 * place));
        }
        assert_eq!(limiter.decide(0, 1, at(0)), throttled(100));
    }

    #[test]
    fn a_refusal_leaves_the_state_as_it_was() {
        let mut limiter = limiter(10, 0, Delay::Never);
        assert_eq!(limiter.decide(0, 1, at(0)), Decision::Admitted);
        for millis in 1..100 {
            assert_eq!(limiter.decide(0, 1, at(millis)), throttled(100 - millis));
        }
        assert_eq!(limiter.decide(0, 1, at(100)), Decision::Admitted);
    }

    #[test]
    fn a_slow_rate_that_is_asked_often_loses_what_is_cut_off() {
        // 7 a minute are 116 thousandths a second: 8 ms earn nothing, and 1 s in one piece 116.
        let rate = Rate::new(7, Span::from_secs(60)).unwrap();
        let delay = Delay::Never;
        let spec = Options::new(Algorithm::NginxLimitReq(Spec {
            rate,
            burst: 200,
            delay,
        }));
        let mut limiter = Limiter::new(&spec, 2, Clock::default()).unwrap();
        for step in 0..=100 {
            assert_eq!(limiter.decide(0, 1, at(8 * step)), Decision::Admitted);
        }
        assert_eq!(limiter.credits(0, at(800)), 100.0);
        assert_eq!(limiter.decide(1, 101, at(0)), Decision::Admitted);
        assert_eq!(limiter.credits(1, at(1_000)), 100.116);
    }

    #[test]
    fn time_within_a_millisecond_does_not_count() {
        let mut limiter = limiter(1_000, 0, Delay::Never);
        let late = |millis| at(millis) + Span::from_nanos(999_999);
        assert_eq!(limiter.decide(0, 1, late(4)), Decision::Admitted);
        let wait = Decision::Throttled(Some(Span::from_nanos(1)));
        assert_eq!(limiter.decide(0, 1, late(4)), wait);
        assert_eq!(limiter.decide(0, 1, at(5)), Decision::Admitted);
    }

    #[test]
    fn a_request_of_several_credits_counts_as_so_many_of_the_same_millisecond() {
        let mut limiter = limiter(10, 5, Delay::Above(1));
        assert_eq!(limiter.decide(0, 4, at(0)), delayed(200));
        assert_eq!(limiter.decide(0, 3, at(0)), throttled(100));
        assert_eq!(limiter.credits(0, at(0)), 2.0);
        assert_eq!(limiter.decide(0, 7, at(0)), Decision::Throttled(None));
    }

    #[test]
    fn credits_that_are_not_left_at_the_start_come_back_at_the_rate() {
        let mut spec = options(10, 2, Delay::Never);
        spec.initial = Initial::Credits(1);
        let mut limiter = Limiter::new(&spec, 1, Clock::default()).unwrap();
        assert_eq!(limiter.credits(0, at(0)), 1.0);
        assert_eq!(limiter.decide(0, 1, at(0)), Decision::Admitted);
        assert_eq!(limiter.decide(0, 1, at(0)), throttled(100));
        assert_eq!(limiter.credits(0, at(10_000)), 3.0);
    }

    #[test]
    fn what_nginx_cannot_count_is_refused() {
        let build = |spec: &Options| spec.check(1);
        let slow = Rate::new(3, Span::from_secs(3_600)).unwrap();
        let spec = |rate, burst| {
            let delay = Delay::Never;
            Options::new(Algorithm::NginxLimitReq(Spec { rate, burst, delay }))
        };
        assert_eq!(build(&spec(slow, 1)), Err(SpecError::NoRate));
        assert_eq!(build(&spec(Rate::ZERO, 1)), Err(SpecError::NoRate));
        let fast = Rate::per_second(5_000_000);
        assert_eq!(build(&spec(fast, 1)), Err(SpecError::TooLarge));
        let one = Rate::per_second(1);
        assert_eq!(build(&spec(one, 1 << 50)), Err(SpecError::TooLarge));
        let mut charged = spec(one, 1);
        charged.charge_throttled = true;
        assert!(matches!(
            build(&charged),
            Err(SpecError::NotForThisAlgorithm { .. })
        ));
    }
}
