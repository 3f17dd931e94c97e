//! Finagle's retry budget: a leaky bucket (twitter/finagle @4feb34cb, `RetryBudget.scala`).
//!
//! A call deposits 1000, a retry withdraws floor(1000 / ratio). Deposits and withdrawals are counted
//! in ten slices of the ttl and forgotten with their slice. A reserve of `per_second_min * ttl`
//! retries is always there. Where the ratio is 0, a call deposits nothing and a retry withdraws 1.
//! Times are whole milliseconds, as in the source.

use crate::units::{Span, Time};

/// Slices that are over but still count; the one under way is the tenth.
const PAST: usize = 9;

/// What a call deposits.
#[inline]
pub(super) fn deposit(ratio: f64) -> i64 {
    if ratio == 0.0 { 0 } else { 1_000 }
}

/// Amounts stay below this, so that a window's sums fit in 64 bits with a sign.
const AMOUNT_MAX: i64 = 1 << 60;

/// Whether a reserve can be counted: a very small ratio makes each of its retries cost very much.
pub(super) fn countable(ttl: Span, per_second_min: u32, ratio: f64) -> bool {
    let reserve = i128::from(reserved(ttl, per_second_min)) * i128::from(withdrawal(ratio));
    reserve <= i128::from(AMOUNT_MAX) && withdrawal(ratio) <= AMOUNT_MAX
}

/// Retries that are always there.
#[inline]
fn reserved(ttl: Span, per_second_min: u32) -> i64 {
    i64::from(per_second_min) * (ttl.as_nanos() / 1_000_000_000) as i64
}

/// What a retry withdraws.
#[inline]
fn withdrawal(ratio: f64) -> i64 {
    if ratio == 0.0 {
        1
    } else {
        (1_000.0 / ratio) as i64
    }
}

/// Deposits less withdrawals of the last ttl.
#[derive(Clone, Debug)]
pub(in crate::retry) struct Window {
    slice_ms: u64,
    slice_began_ms: u64,
    current: i64,
    past: [i64; PAST],
    next: usize,
}

impl Window {
    pub(super) fn new(ttl: Span, now: Time) -> Self {
        Window {
            slice_ms: millis(ttl.as_nanos()) / (PAST as u64 + 1),
            slice_began_ms: millis(now.as_nanos()),
            current: 0,
            past: [0; PAST],
            next: 0,
        }
    }

    #[inline]
    pub(super) fn add(&mut self, amount: i64, now: Time) {
        self.expire(now);
        self.current += amount;
    }

    /// Withdraws one retry if it is there.
    #[inline]
    pub(super) fn try_withdraw(
        &mut self,
        ttl: Span,
        per_second_min: u32,
        ratio: f64,
        now: Time,
    ) -> bool {
        self.expire(now);
        let enough = self.balance(ttl, per_second_min, ratio) >= 1;
        if enough {
            self.current -= withdrawal(ratio);
        }
        enough
    }

    /// How many retries are there.
    fn balance(&self, ttl: Span, per_second_min: u32, ratio: f64) -> i64 {
        let withdrawal = withdrawal(ratio);
        let reserve = reserved(ttl, per_second_min) * withdrawal;
        (self.current + self.past.iter().sum::<i64>() + reserve) / withdrawal
    }

    /// Forgets what is too old. A slice that was left idle ends when it is next looked at, so the
    /// window is approximate, exactly as the source's is.
    #[inline]
    fn expire(&mut self, now: Time) {
        let now = millis(now.as_nanos());
        let elapsed = now - self.slice_began_ms;
        if elapsed < self.slice_ms {
            return;
        }
        self.push(self.current);
        self.current = 0;
        let skipped = (elapsed / self.slice_ms - 1).min(PAST as u64);
        for _ in 0..skipped {
            self.push(0);
        }
        self.slice_began_ms = now;
    }

    #[inline]
    fn push(&mut self, amount: i64) {
        self.past[self.next] = amount;
        self.next = (self.next + 1) % PAST;
    }
}

#[inline]
fn millis(nanos: u64) -> u64 {
    nanos / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Span = Span::from_secs(10);

    fn at(secs: u64) -> Time {
        Time::from_nanos(secs * 1_000_000_000)
    }

    fn retries(window: &mut Window, per_second_min: u32, ratio: f64, now: Time) -> u32 {
        let mut granted = 0;
        while window.try_withdraw(TTL, per_second_min, ratio, now) {
            granted += 1;
        }
        granted
    }

    #[test]
    fn a_ratio_of_one_fifth_allows_one_retry_in_five_calls() {
        let mut window = Window::new(TTL, Time::ZERO);
        for _ in 0..1_000 {
            window.add(deposit(0.2), Time::ZERO);
        }
        assert_eq!(retries(&mut window, 0, 0.2, Time::ZERO), 200);
    }

    #[test]
    fn a_ratio_above_one_allows_more_retries_than_calls() {
        let mut window = Window::new(TTL, Time::ZERO);
        for _ in 0..10_000 {
            window.add(deposit(2.0), Time::ZERO);
        }
        assert_eq!(window.balance(TTL, 0, 2.0), 20_000);
    }

    #[test]
    fn the_reserve_alone_allows_its_rate_times_the_ttl() {
        let mut window = Window::new(TTL, Time::ZERO);
        assert_eq!(retries(&mut window, 10, 0.0, Time::ZERO), 100);
        assert_eq!(retries(&mut window, 10, 0.0, at(5)), 0);
        assert_eq!(retries(&mut window, 10, 0.0, at(20)), 100);
    }

    #[test]
    fn deposits_are_forgotten_after_the_ttl() {
        let mut window = Window::new(TTL, Time::ZERO);
        window.add(deposit(1.0), Time::ZERO);
        assert_eq!(retries(&mut window.clone(), 0, 1.0, at(9)), 1);
        assert_eq!(retries(&mut window, 0, 1.0, at(10)), 0);
    }

    #[test]
    fn a_budget_that_passes_its_check_never_overflows_and_keeps_its_reserve() {
        use super::super::Budget;
        let finagle = |per_second_min, ratio| Budget::Finagle {
            ttl: Span::from_secs(60),
            per_second_min,
            ratio,
        };
        assert!(finagle(u32::MAX, 1e-18).check().is_err());
        assert!(finagle(0, 1e-18).check().is_err());
        assert!(finagle(u32::MAX, 0.0).check().is_ok());
        assert!(finagle(u32::MAX, 1e-3).check().is_ok());
        let mut window = Window::new(TTL, Time::ZERO);
        assert_eq!(retries(&mut window, 100, 1e-11, Time::ZERO), 1_000);
        assert!(finagle(100, 1e-11).check().is_ok());
    }
}
