//! Success and load under client-side retry budgets: clients call in Poisson streams, each try fails
//! by itself, and no client sees another.

use super::replay::Queue;
use super::{CaseError, Directory, Family, Tally};
use pullstorm_core::random::{Distribution, Key, Keys, Purpose, Sequence, Uniform};
use pullstorm_core::retry::{Budget, Class, Failure, Memory, RetryPolicy, Strategy, Verdict};
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

/// See the module.
pub const FAMILY: Family = Family::new("retry-budget", &[FILE], check);

const FILE: &str = "retry-budget.csv";

/// Mean of one leg of a message; a try is two legs.
const LEG: Span = Span::from_millis(10);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    strategy: String,
    failure_rate: f64,
    clients: u64,
    rate_per_client: f64,
    t_end: f64,
    reps: u64,
    success_mean: f64,
    #[serde(rename = "success_sd")]
    _success_sd: f64,
    success_se: f64,
    load_mean: f64,
    #[serde(rename = "load_sd")]
    _load_sd: f64,
    load_se: f64,
}

fn policy(strategy: &str) -> Option<RetryPolicy> {
    let attempts = |attempts_max| RetryPolicy::new(Strategy::None, attempts_max);
    Some(match strategy {
        "no_retries" => attempts(1),
        "three_retries" => attempts(4),
        "adaptive_10pct" => RetryPolicy {
            budget: Budget::ADAPTIVE_10PCT,
            ..attempts(RetryPolicy::UNLIMITED)
        },
        "breaker_10pct" => RetryPolicy {
            budget: Budget::BREAKER_10PCT,
            ..attempts(4)
        },
        _ => return None,
    })
}

fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let mut tally = Tally::new();
    // One repetition is 10,000 to 100,000 calls.
    let reps_max = if cfg!(debug_assertions) { 1 } else { u64::MAX };
    if reps_max == 1 {
        tally.note("one repetition each, as this is a debug build");
    }
    for (n, row) in directory.table::<Row>(FILE)?.into_iter().enumerate() {
        let wrong = |reason| CaseError::new(FILE, format!("{}: {reason}", row.strategy));
        let policy = policy(&row.strategy).ok_or_else(|| wrong("nobody knows this strategy"))?;
        let between = Distribution::Exponential {
            mean: Span::from_secs_f64(1.0 / row.rate_per_client),
        };
        between.check().map_err(|_| wrong("no such rate"))?;
        let leg = Distribution::Exponential { mean: LEG };
        let world = World {
            policy: &policy,
            between,
            leg,
            failure_rate: row.failure_rate,
            end: Time::ZERO + Span::from_secs_f64(row.t_end),
        };
        let mut counts = Vec::new();
        for rep in 0..row.reps.min(reps_max) {
            let keys = Keys::new(9 + n as u64, rep);
            counts.extend((0..row.clients).map(|c| world.run(&keys, Key::ROOT.child(c))));
        }
        let label = |what| {
            let Row {
                strategy,
                failure_rate,
                clients,
                t_end,
                ..
            } = &row;
            format!("{strategy} at {failure_rate}, {clients} clients, {t_end} s: {what}")
        };
        let success = (
            ratio(&counts, |count| count.succeeded),
            row.success_mean,
            row.success_se,
        );
        let load = (
            ratio(&counts, |count| count.tries),
            row.load_mean,
            row.load_se,
        );
        for (what, ((got, own_error), want, error)) in [("success", success), ("load", load)] {
            let error = (own_error * own_error + error * error).sqrt();
            tally.within(label(what), got, want, (4.0 * error).max(0.003));
        }
    }
    Ok(tally)
}

/// A number per call, and its standard error by the spread over clients, which share nothing.
fn ratio(counts: &[Count], of: impl Fn(&Count) -> u64) -> (f64, f64) {
    let calls: u64 = counts.iter().map(|count| count.calls).sum();
    let ratio = counts.iter().map(&of).sum::<u64>() as f64 / calls as f64;
    let residual = |count: &Count| of(count) as f64 - ratio * count.calls as f64;
    let squares: f64 = counts.iter().map(residual).map(|x| x * x).sum();
    (ratio, squares.sqrt() / calls as f64)
}

/// What one client did.
#[derive(Default)]
struct Count {
    calls: u64,
    tries: u64,
    succeeded: u64,
}

struct World<'w> {
    policy: &'w RetryPolicy,
    between: Distribution,
    leg: Distribution,
    failure_rate: f64,
    end: Time,
}

enum Event {
    CallStarts,
    Answered(Memory, bool),
}

impl World<'_> {
    /// One client's whole life. Clients share nothing, so each has a queue of its own.
    fn run(&self, keys: &Keys, key: Key) -> Count {
        let mut count = Count::default();
        let mut arrival = keys.sequence(Purpose::Arrival, key, 0);
        let mut latency = keys.sequence(Purpose::Latency, key, 0);
        let mut fault = keys.sequence(Purpose::Fault, key, 0);
        let mut jitter = keys.sequence(Purpose::Jitter, key, 0);
        let mut client = self.policy.new_client(Time::ZERO);
        let mut queue = Queue::new();
        queue.push(Time::ZERO + self.leg.draw(&mut latency), Event::CallStarts);
        while let Some((now, event)) = queue.pop() {
            let memory = match event {
                Event::CallStarts => {
                    if now > self.end {
                        continue;
                    }
                    queue.push(now + self.between.draw(&mut arrival), Event::CallStarts);
                    self.policy.begin_call(Some(&mut client), now);
                    count.calls += 1;
                    Memory::default()
                }
                Event::Answered(memory, true) => {
                    self.policy.after_success(Some(&mut client), &memory, now);
                    count.succeeded += 1;
                    continue;
                }
                Event::Answered(mut memory, false) => {
                    let failure = Failure {
                        class: Some(Class::Transient),
                        hint: None,
                    };
                    let verdict = self.policy.after_failure(
                        failure,
                        &mut memory,
                        Some(&mut client),
                        now,
                        &mut jitter,
                    );
                    if !matches!(verdict, Verdict::Retry(_)) {
                        continue;
                    }
                    memory
                }
            };
            count.tries += 1;
            let answer = self.answer(memory, &mut fault);
            let there_and_back = self.leg.draw(&mut latency) + self.leg.draw(&mut latency);
            queue.push(now + there_and_back, answer);
        }
        count
    }

    fn answer(&self, mut memory: Memory, fault: &mut Sequence<'_>) -> Event {
        memory.sends += 1;
        Event::Answered(memory, fault.unit() >= self.failure_rate)
    }
}
