#![allow(dead_code, reason = "each bench uses a part")]

//! The storm, and the floor under the time it takes.
//!
//! Clients begin at a random instant of the first second and send one request each to one bucket of
//! 200 credits that refills 4 a second. Who is throttled sleeps a random part of
//! `min(20 s, 100 ms * 2^r)` and sends again, 100 times at most. Hardly anybody gets through: nearly
//! every attempt takes one entry out of the queue, decides, draws, and puts one entry back.
//!
//! The floor does exactly that and nothing else: no plan, no programs, no records. It shows what the
//! machine can do, so that the engine's time can be given as a ratio that another machine confirms.

mod bare;

pub use bare::BareWheel;

use pullstorm_core::engine::calendar::{Calendar, Entry};
use pullstorm_core::engine::simulate;
use pullstorm_core::plan::{self, Plan};
use pullstorm_core::random::{Key, Keys, Purpose, Uniform};
use pullstorm_core::record::Recorder;
use pullstorm_core::retry::{Growth, RetryPolicy, Strategy};
use pullstorm_core::units::{Span, Time};

/// Attempts of one client.
const ATTEMPTS_MAX: u32 = 100;
/// Credits of the bucket.
const BURST: u64 = 200;
/// Nanoseconds in which one credit comes back: 4 a second.
const REFILL: u64 = 250_000_000;
/// Ceiling of the first sleep.
const BASE: u64 = 100_000_000;
/// Ceiling of any sleep.
const CAP: u64 = 20_000_000_000;

/// The engine keeps so many numbers for each sleep and uses the first.
const DRAWS_A_SLEEP: u64 = 4;

/// What came of a storm.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Storm {
    /// Attempts of all clients.
    pub attempts: u64,
    /// Clients that got through.
    pub admitted: u64,
}

/// The part of a queue that a storm needs: clients and when they wake, in nanoseconds.
pub trait Queue {
    fn with_capacity(clients: usize) -> Self;
    fn push(&mut self, nanos: u64, client: u32);
    fn pop(&mut self) -> Option<(u64, u32)>;
}

/// A calendar of the engine as the queue.
pub struct Of<C>(C);

impl<C: Calendar> Queue for Of<C> {
    fn with_capacity(clients: usize) -> Self {
        Of(C::with_capacity(clients))
    }

    #[inline]
    fn push(&mut self, nanos: u64, client: u32) {
        self.0.push(Entry {
            time: Time::from_nanos(nanos),
            activity: client,
            generation: 0,
        });
    }

    #[inline]
    fn pop(&mut self) -> Option<(u64, u32)> {
        self.0
            .pop()
            .map(|entry| (entry.time.as_nanos(), entry.activity))
    }
}

/// The storm of `clients` clients on a bare loop around a queue.
pub fn storm<Q: Queue>(clients: u32, seed: u64) -> Storm {
    let keys = Keys::new(seed, 0);
    let storm = Key::ROOT.named("storm").named("clients");
    let mut queue = Q::with_capacity(clients as usize);
    for client in 0..clients {
        let key = storm.child(u64::from(client));
        let unit = keys.sequence(Purpose::Arrival, key, 0).unit();
        queue.push((unit * 1e9) as u64, client);
    }
    let mut attempts = vec![0u32; clients as usize];
    // In 1/REFILL credits: a nanosecond brings one.
    let (mut level, mut then) = (BURST * REFILL, 0);
    let mut admitted = 0;
    while let Some((now, client)) = queue.pop() {
        level = (level + (now - then)).min(BURST * REFILL);
        then = now;
        let sent = &mut attempts[client as usize];
        let retry = *sent;
        *sent += 1;
        if level >= REFILL {
            level -= REFILL;
            admitted += 1;
        } else if *sent < ATTEMPTS_MAX {
            let ceiling = if retry < 8 {
                (BASE << retry).min(CAP)
            } else {
                CAP
            };
            let key = storm.child(u64::from(client));
            let index = u64::from(*sent) * DRAWS_A_SLEEP;
            let unit = keys.sequence(Purpose::Jitter, key, index).unit();
            queue.push(now + (unit * ceiling as f64) as u64, client);
        }
    }
    Storm {
        attempts: attempts.iter().map(|n| u64::from(*n)).sum(),
        admitted,
    }
}

/// The same storm as a plan of the engine.
pub fn plan(clients: u32) -> Plan {
    let growth = Growth::new(Span::from_nanos(BASE), Span::from_nanos(CAP));
    plan::storm(
        clients,
        RetryPolicy::new(Strategy::FullJitter(growth), ATTEMPTS_MAX),
    )
}

/// The storm on the engine; also the number of events it took.
pub fn engine<R: Recorder>(plan: &Plan, seed: u64, recorder: R) -> (Storm, u64) {
    let (outcome, _) = simulate(plan, seed, 0, recorder);
    let attempts = outcome.totals.sites[0].attempts;
    let admitted = outcome.totals.limiters[0][0].admitted;
    (Storm { attempts, admitted }, outcome.events)
}
