//! Limiters as one would explain them: exact fractions, lists of what happened, no thrift.

use pullstorm_core::limiter::{
    Algorithm, Clock, Decision, Delay, FixedWindowSpec, Initial, LockOutSpec, NginxLimitReqSpec,
    Opening, OverLimit, Refill, SlidingCounterSpec, Spec,
};
use pullstorm_core::units::{Span, Time};

/// A limiter for several keys.
#[derive(Clone)]
pub struct Oracle {
    keys: Vec<Key>,
    lock_out: Option<LockOutSpec>,
    /// What locked each key or renewed its lock.
    locked_at: Vec<Vec<i128>>,
}

/// One key.
#[derive(Clone)]
enum Key {
    Bucket(Bucket),
    Queue(Queue),
    Windows(Windows),
    Log(Log),
    Counter(Counter),
    Nginx(Nginx),
    InFlight { limit: i128, held: Vec<u32> },
}

impl Oracle {
    pub fn new(spec: &Spec, keys: u32, clock: Clock) -> Self {
        let left = |limit: u64| match spec.initial {
            Initial::Full => i128::from(limit),
            Initial::Empty => 0,
            Initial::Credits(credits) => i128::from(credits.min(limit)),
        };
        let charged = spec.charge_throttled;
        let key = match &spec.algorithm {
            Algorithm::TokenBucket(bucket) => {
                let bucket = Bucket::new(bucket.burst, left(bucket.burst), bucket.refill, charged);
                match spec.over_limit {
                    OverLimit::Throttle => Key::Bucket(bucket),
                    OverLimit::Wait => Key::Queue(Queue {
                        bucket,
                        waiting: Vec::new(),
                    }),
                }
            }
            Algorithm::FixedWindow(window) => {
                Key::Windows(Windows::new(window, left(window.limit), clock, charged))
            }
            Algorithm::SlidingLog(log) => Key::Log(Log {
                limit: i128::from(log.limit),
                window: nanos(log.window),
                taken: vec![(0, i128::from(log.limit) - left(log.limit))],
                charged,
            }),
            Algorithm::SlidingCounter(counter) => {
                Key::Counter(Counter::new(counter, left(counter.limit), clock, charged))
            }
            Algorithm::NginxLimitReq(nginx) => Key::Nginx(Nginx::new(nginx, left(nginx.burst + 1))),
            Algorithm::ConcurrencyLimit(limit) => Key::InFlight {
                limit: i128::from(limit.limit),
                held: Vec::new(),
            },
        };
        Oracle {
            keys: vec![key; keys as usize],
            lock_out: spec.lock_out,
            locked_at: vec![Vec::new(); keys as usize],
        }
    }

    fn locked(&self, key: u32, now: Time) -> bool {
        let now = i128::from(now.as_nanos());
        self.lock_out.is_some_and(|lock_out| {
            let locks = |at: &i128| now < at + nanos(lock_out.lasting);
            self.locked_at[key as usize].iter().any(locks)
        })
    }

    /// Decides, without the hint of a refusal.
    pub fn decide(&mut self, key: u32, cost: u32, now: Time) -> Decision {
        if cost == 0 {
            return Decision::Admitted;
        }
        let locked = self.locked(key, now);
        let decision = match locked {
            true => Decision::Throttled(None),
            false => self.count(key, cost, now),
        };
        let refused = matches!(decision, Decision::Throttled(_));
        if refused && (!locked || self.lock_out.is_some_and(|lock_out| lock_out.renewed)) {
            self.locked_at[key as usize].push(i128::from(now.as_nanos()));
        }
        decision
    }

    fn count(&mut self, key: u32, cost: u32, now: Time) -> Decision {
        let (cost, now) = (i128::from(cost), i128::from(now.as_nanos()));
        let admitted = match &mut self.keys[key as usize] {
            Key::Bucket(bucket) => bucket.decide(cost, now),
            Key::Queue(queue) => return queue.decide(cost, now),
            Key::Windows(windows) => windows.decide(cost, now),
            Key::Log(log) => log.decide(cost, now),
            Key::Counter(counter) => counter.decide(cost, now),
            Key::Nginx(nginx) => return nginx.decide(cost, now),
            Key::InFlight { limit, held } => {
                let fits = held.iter().map(|held| i128::from(*held)).sum::<i128>() + cost <= *limit;
                if fits {
                    held.push(cost as u32);
                }
                fits
            }
        };
        if admitted {
            Decision::Admitted
        } else {
            Decision::Throttled(None)
        }
    }

    /// Whether a request would get through at `now`, at once or because its wait is over. What nginx
    /// lets in to wait has got through; what a bucket promises has not yet.
    pub fn passes(&self, key: u32, cost: u32, now: Time) -> bool {
        match self.clone().decide(key, cost, now) {
            Decision::Admitted => true,
            Decision::Delayed(_) => matches!(self.keys[key as usize], Key::Nginx(_)),
            Decision::Throttled(_) => false,
        }
    }

    /// Gives back one request of this cost, if one is in flight.
    pub fn release(&mut self, key: u32, cost: u32) -> bool {
        let Key::InFlight { held, .. } = &mut self.keys[key as usize] else {
            return false;
        };
        let Some(place) = held.iter().position(|held| *held == cost) else {
            return false;
        };
        held.remove(place);
        true
    }

    pub fn credits(&self, key: u32, now: Time) -> f64 {
        if self.locked(key, now) {
            return 0.0;
        }
        let now = i128::from(now.as_nanos());
        match &self.keys[key as usize] {
            Key::Bucket(bucket) => bucket.level(now) as f64 / bucket.credit as f64,
            Key::Queue(queue) => queue.level(now) as f64 / queue.bucket.credit as f64,
            Key::Windows(windows) => (windows.limit - windows.used(now).min(windows.limit)) as f64,
            Key::Log(log) => (log.limit - log.used(now).min(log.limit)) as f64,
            Key::Counter(counter) => {
                let (above, below) = counter.estimate(now);
                (counter.limit as f64 - above as f64 / below as f64).max(0.0)
            }
            Key::Nginx(nginx) => nginx.credits(now),
            Key::InFlight { limit, held } => {
                (limit - held.iter().map(|held| i128::from(*held)).sum::<i128>()) as f64
            }
        }
    }
}

fn nanos(span: Span) -> i128 {
    i128::from(span.as_nanos())
}

/// A token bucket whose level is counted in fractions of a credit.
#[derive(Clone)]
struct Bucket {
    capacity: i128,
    credit: i128,
    refill: Refill,
    level: i128,
    at: i128,
    charged: bool,
}

impl Bucket {
    fn new(burst: u64, left: i128, refill: Refill, charged: bool) -> Self {
        let credit = match refill {
            Refill::Continuous(rate) => i128::from(rate.nanos()),
            Refill::Lump { .. } => 1,
        };
        let capacity = i128::from(burst) * credit;
        Bucket {
            capacity,
            credit,
            refill,
            level: left * credit,
            at: 0,
            charged,
        }
    }

    /// What came in (`from`, `to`].
    fn earned(&self, from: i128, to: i128) -> i128 {
        match self.refill {
            Refill::Continuous(rate) => (to - from) * i128::from(rate.count()),
            Refill::Lump { credits, every } => {
                (to / nanos(every) - from / nanos(every)) * i128::from(credits)
            }
        }
    }

    fn level(&self, now: i128) -> i128 {
        (self.level + self.earned(self.at, now)).min(self.capacity)
    }

    fn decide(&mut self, cost: i128, now: i128) -> bool {
        (self.level, self.at) = (self.level(now), now);
        let price = cost * self.credit;
        let admitted = price <= self.level;
        if admitted {
            self.level -= price;
        } else if self.charged {
            self.level -= price.min(self.level);
        }
        admitted
    }
}

/// A bucket with a queue before it. What comes in goes to the first that waits, then to the next,
/// and into the bucket when nobody waits.
#[derive(Clone)]
struct Queue {
    bucket: Bucket,
    /// What each of those that wait still lacks.
    waiting: Vec<i128>,
}

impl Queue {
    fn after(&self, now: i128) -> Queue {
        let mut queue = self.clone();
        let mut earned = queue.bucket.earned(queue.bucket.at, now);
        while let Some(lacks) = queue.waiting.first_mut() {
            let handed_over = earned.min(*lacks);
            earned -= handed_over;
            *lacks -= handed_over;
            if *lacks > 0 {
                break;
            }
            queue.waiting.remove(0);
        }
        queue.bucket.level = (queue.bucket.level + earned).min(queue.bucket.capacity);
        queue.bucket.at = now;
        queue
    }

    fn level(&self, now: i128) -> i128 {
        let queue = self.after(now);
        queue.bucket.level - queue.waiting.iter().sum::<i128>()
    }

    fn decide(&mut self, cost: i128, now: i128) -> Decision {
        *self = self.after(now);
        let price = cost * self.bucket.credit;
        let never_refilled = match self.bucket.refill {
            Refill::Continuous(rate) => rate.is_zero(),
            Refill::Lump { credits, .. } => credits == 0,
        };
        let at_once = price <= self.bucket.level && self.waiting.is_empty();
        if price > self.bucket.capacity || (never_refilled && !at_once) {
            return Decision::Throttled(None);
        }
        let reserved = self.bucket.level.min(price);
        self.bucket.level -= reserved;
        if reserved == price {
            return Decision::Admitted;
        }
        self.waiting.push(price - reserved);
        // The first instant at which nobody of today's queue waits any more, by bisection.
        let (mut waits, mut served) = (now, now + 1);
        while !self.after(served).waiting.is_empty() {
            (waits, served) = (served, now + 2 * (served - now));
        }
        while served - waits > 1 {
            let middle = (waits + served) / 2;
            if self.after(middle).waiting.is_empty() {
                served = middle
            } else {
                waits = middle
            }
        }
        Decision::Delayed(Span::from_nanos((served - now) as u64))
    }
}

/// Fixed windows: what was taken when, and where windows begin.
#[derive(Clone)]
struct Windows {
    limit: i128,
    length: i128,
    opening: Opening,
    offset: i128,
    /// Opening instant of the last window and all that it has counted.
    opened: Option<i128>,
    taken: Vec<(i128, i128)>,
    charged: bool,
}

impl Windows {
    fn new(spec: &FixedWindowSpec, left: i128, clock: Clock, charged: bool) -> Self {
        let limit = i128::from(spec.limit);
        let offset = match clock.start_unix_nanos {
            Some(start) => i128::from(start),
            None => nanos(clock.into_window(spec.window)),
        };
        Windows {
            limit,
            length: nanos(spec.window),
            opening: spec.opening,
            offset,
            opened: (left < limit).then_some(0),
            taken: vec![(0, limit - left)],
            charged,
        }
    }

    /// When the window of `now` opened; nothing if the next request opens one.
    fn opened(&self, now: i128) -> Option<i128> {
        match self.opening {
            Opening::AlignedToClock => {
                let clock = now + self.offset;
                Some(clock - clock % self.length - self.offset)
            }
            Opening::FirstRequest => self.opened.filter(|opened| now < opened + self.length),
        }
    }

    fn used(&self, now: i128) -> i128 {
        let Some(opened) = self.opened(now) else {
            return 0;
        };
        self.taken
            .iter()
            .filter(|(at, _)| *at >= opened)
            .map(|(_, cost)| cost)
            .sum()
    }

    fn decide(&mut self, cost: i128, now: i128) -> bool {
        let admitted = self.used(now) + cost <= self.limit;
        if admitted || self.charged {
            self.opened = self.opened(now).or(Some(now));
            self.taken.push((now, cost));
        }
        admitted
    }
}

/// A sliding window log: everything that was ever counted.
#[derive(Clone)]
struct Log {
    limit: i128,
    window: i128,
    taken: Vec<(i128, i128)>,
    charged: bool,
}

impl Log {
    fn used(&self, now: i128) -> i128 {
        self.taken
            .iter()
            .filter(|(at, _)| now < at + self.window)
            .map(|(_, cost)| cost)
            .sum()
    }

    fn decide(&mut self, cost: i128, now: i128) -> bool {
        let admitted = self.used(now) + cost <= self.limit;
        if admitted || self.charged {
            self.taken.push((now, cost));
        }
        admitted
    }
}

/// A sliding window counter: everything that was ever counted, and a fraction.
#[derive(Clone)]
struct Counter {
    limit: i128,
    length: i128,
    opening: Opening,
    offset: i128,
    /// When the last window that has counted something opened.
    opened: Option<i128>,
    taken: Vec<(i128, i128)>,
    charged: bool,
}

impl Counter {
    fn new(spec: &SlidingCounterSpec, left: i128, clock: Clock, charged: bool) -> Self {
        let limit = i128::from(spec.limit);
        let offset = match clock.start_unix_nanos {
            Some(start) => i128::from(start),
            None => nanos(clock.into_window(spec.window)),
        };
        Counter {
            limit,
            length: nanos(spec.window),
            opening: spec.opening,
            offset,
            opened: (left < limit).then_some(0),
            taken: vec![(0, limit - left)],
            charged,
        }
    }

    /// When the window of `now` opened. Windows that a request opened follow one another until
    /// one of them has counted nothing.
    fn opened(&self, now: i128) -> i128 {
        match (self.opening, self.opened) {
            (Opening::AlignedToClock, _) => {
                let clock = now + self.offset;
                clock - clock % self.length - self.offset
            }
            (Opening::FirstRequest, Some(opened)) if now < opened + self.length => opened,
            (Opening::FirstRequest, Some(opened)) if now < opened + 2 * self.length => {
                opened + self.length
            }
            (Opening::FirstRequest, _) => now,
        }
    }

    /// What counts at `now`, as a fraction.
    fn estimate(&self, now: i128) -> (i128, i128) {
        let opened = self.opened(now);
        let counted = |from: i128, to: i128| -> i128 {
            let within = |(at, _): &&(i128, i128)| from <= *at && *at < to;
            self.taken.iter().filter(within).map(|(_, cost)| cost).sum()
        };
        let previous = counted(opened - self.length, opened);
        let current = counted(opened, now + 1);
        let still = self.length - (now - opened);
        (previous * still + current * self.length, self.length)
    }

    fn decide(&mut self, cost: i128, now: i128) -> bool {
        let (above, below) = self.estimate(now);
        let admitted = above + cost * below <= self.limit * below;
        if admitted || self.charged {
            self.opened = Some(self.opened(now));
            self.taken.push((now, cost));
        }
        admitted
    }
}

/// nginx `limit_req`, one request at a time, in the words of its source: thousandths of a request
/// and milliseconds.
#[derive(Clone)]
struct Nginx {
    rate: i128,
    burst: i128,
    delay: Option<i128>,
    /// Excess and last time, once there has been a request.
    seen: Option<(i128, i128)>,
}

impl Nginx {
    fn new(spec: &NginxLimitReqSpec, left: i128) -> Self {
        let burst = i128::from(spec.burst) * 1_000;
        let per_second = i128::from(spec.rate.count()) * 1_000_000_000_000;
        Nginx {
            rate: per_second / i128::from(spec.rate.nanos()),
            burst,
            delay: match spec.delay {
                Delay::Above(requests) => Some(i128::from(requests) * 1_000),
                Delay::Never => None,
            },
            // What is not left was taken by requests at time 0, of which the first has no excess.
            seen: (left * 1_000 <= burst).then_some((burst - left * 1_000, 0)),
        }
    }

    fn excess_of_a_request(&self, now: i128) -> i128 {
        match self.seen {
            None => 0,
            Some((excess, last)) => {
                let dt = now / 1_000_000 - last;
                (excess - self.rate * dt / 1_000 + 1_000).max(0)
            }
        }
    }

    /// All requests of a group or none; the wait is that of the last.
    fn decide(&mut self, cost: i128, now: i128) -> Decision {
        let mut after = self.clone();
        let mut decision = Decision::Admitted;
        for _ in 0..cost {
            let excess = after.excess_of_a_request(now);
            if excess > after.burst {
                return Decision::Throttled(None);
            }
            after.seen = Some((excess, now / 1_000_000));
            decision = match after.delay {
                Some(delay) if excess > delay => {
                    let millis = (excess - delay) * 1_000 / after.rate;
                    Decision::Delayed(Span::from_millis(millis as u64))
                }
                _ => Decision::Admitted,
            };
        }
        *self = after;
        decision
    }

    fn credits(&self, now: i128) -> f64 {
        (self.burst + 1_000 - self.excess_of_a_request(now)) as f64 / 1_000.0
    }
}
