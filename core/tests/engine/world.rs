//! Random small plans: programs of requests, waits, loops, forks and slots, nested.

use proptest::collection::vec;
use proptest::prelude::*;
use pullstorm_core::limiter::{
    Algorithm, ConcurrencySpec, Delay, FixedWindowSpec, Initial, NginxLimitReqSpec, Opening,
    Refill, SlidingCounterSpec, SlidingLogSpec, Spec, TokenBucketSpec,
};
use pullstorm_core::plan::{
    BlockRole, BlockSpec, Check, ClientRule, ErrorSource, FaultPlan, Fork, GiveUp, Hint, JoinRule,
    KeyRule, Latency, LimiterPlan, LoopSpec, NONE, Plan, PlanBuilder, Service, SiteSpec, Start,
    Step, Wanted,
};
use pullstorm_core::random::Distribution;
use pullstorm_core::retry::{
    Budget, ErrorShape, Growth, Origin, QuotaRules, RateLimiter, RetryPolicy, Strategy as Backoff,
};
use pullstorm_core::scenario::model::{Arrivals, Scope};
use pullstorm_core::units::{Rate, Span, Time};
use std::collections::VecDeque;

/// The bucket that most requests ask, an arbitrary second limiter, and the one that counts requests
/// in flight among the holders of slots, of which it allows as many as there are slots.
pub const BUCKET: usize = 0;
pub const OTHER: usize = 1;
pub const GUARD: usize = 2;

/// A plan, described.
#[derive(Clone, Debug)]
pub struct World {
    pub burst: u64,
    pub per_second: u64,
    other: Algorithm,
    slots: u32,
    roots: Roots,
    random_order: bool,
    program: Vec<Op>,
}

#[derive(Clone, Debug)]
enum Roots {
    Every(u32, Span),
    Random(u32),
}

/// What a program does next.
#[derive(Clone, Debug)]
enum Op {
    Send(Request),
    Wait(Distribution),
    Started,
    Retry(Retry, Vec<Op>),
    Fork(Children, Vec<Op>),
    Slot(Vec<Op>),
    Repeat(u32, Vec<Op>),
}

#[derive(Clone, Debug)]
struct Request {
    other: bool,
    cost: u32,
    latency: Distribution,
    failing_ppm: u32,
    timeout: Option<Span>,
}

#[derive(Clone, Debug)]
struct Retry {
    attempts: u32,
    strategy: Backoff,
    client: Client,
    goes_on: bool,
    whatever_failed: bool,
}

#[derive(Copy, Clone, Debug)]
enum Client {
    None,
    Own { adaptive: bool },
    Shared,
}

#[derive(Clone, Debug)]
struct Children {
    count: u32,
    join: JoinRule,
    spread: Span,
}

/// Any world. Without `cancels`, no failure cancels siblings.
pub fn any(cancels: bool) -> impl Strategy<Value = World> {
    let roots = prop_oneof![
        3 => (1..5u32, prop_oneof![Just(0), 1..300_000_000u64])
            .prop_map(|(count, gap)| Roots::Every(count, Span::from_nanos(gap))),
        1 => (1..5u32).prop_map(Roots::Random),
    ];
    let limits = (1..8u64, 0..30u64, other());
    (limits, 1..4u32, roots, any_bool(), body(cancels)).prop_map(
        |((burst, per_second, other), slots, roots, random_order, program)| World {
            burst,
            per_second,
            other,
            slots,
            roots,
            random_order,
            program,
        },
    )
}

fn any_bool() -> impl Strategy<Value = bool> {
    proptest::bool::ANY
}

fn other() -> impl Strategy<Value = Algorithm> {
    let window = (10_000_000..2_000_000_000u64).prop_map(Span::from_nanos);
    prop_oneof![
        (1..6u64, window.clone()).prop_map(|(limit, window)| {
            let opening = Opening::FirstRequest;
            Algorithm::FixedWindow(FixedWindowSpec {
                limit,
                window,
                opening,
            })
        }),
        (1..6u64, window.clone())
            .prop_map(|(limit, window)| Algorithm::SlidingLog(SlidingLogSpec { limit, window })),
        (1..6u64, window.clone()).prop_map(|(limit, window)| {
            let opening = Opening::FirstRequest;
            Algorithm::SlidingCounter(SlidingCounterSpec {
                limit,
                window,
                opening,
            })
        }),
        (1..20u64, 0..5u64, 0..5u64).prop_map(|(per_second, burst, delay)| {
            Algorithm::NginxLimitReq(NginxLimitReqSpec {
                rate: Rate::per_second(per_second),
                burst,
                delay: Delay::Above(delay),
            })
        }),
        (1..5u64).prop_map(|limit| Algorithm::ConcurrencyLimit(ConcurrencySpec { limit })),
    ]
}

/// A span of its own at nearly every draw, or the same at every draw.
fn duration(millis: u64) -> impl Strategy<Value = Distribution> {
    prop_oneof![
        Just(Distribution::Constant(Span::ZERO)),
        (0..=millis).prop_map(|ms| Distribution::Constant(Span::from_millis(ms))),
        (0..=millis).prop_map(move |low| Distribution::Uniform {
            low: Span::from_millis(low),
            high: Span::from_millis(low + millis),
        }),
    ]
}

fn body(cancels: bool) -> impl Strategy<Value = Vec<Op>> {
    let send = (
        any_bool(),
        1..3u32,
        duration(100),
        prop_oneof![Just(0), 0..400_000u32],
        proptest::option::weighted(0.2, (0..300u64).prop_map(Span::from_millis)),
    )
        .prop_map(|(other, cost, latency, failing_ppm, timeout)| {
            Op::Send(Request {
                other,
                cost,
                latency,
                failing_ppm,
                timeout,
            })
        });
    let leaf = prop_oneof![
        6 => send,
        2 => duration(500).prop_map(Op::Wait),
        1 => Just(Op::Started),
    ];
    let op = leaf.prop_recursive(5, 20, 3, move |inner| {
        let inner = vec(inner, 1..4);
        prop_oneof![
            4 => (retry(), inner.clone()).prop_map(|(retry, body)| Op::Retry(retry, body)),
            2 => (children(cancels), inner.clone()).prop_map(|(c, body)| Op::Fork(c, body)),
            2 => inner.clone().prop_map(Op::Slot),
            1 => (1..4u32, inner).prop_map(|(times, body)| Op::Repeat(times, body)),
        ]
    });
    vec(op, 1..4)
}

fn retry() -> impl Strategy<Value = Retry> {
    let growth = Growth::new(Span::from_millis(50), Span::from_secs(1));
    let strategy = prop_oneof![
        Just(Backoff::None),
        Just(Backoff::Fixed {
            delay: Span::from_millis(100)
        }),
        Just(Backoff::FullJitter(growth)),
        Just(Backoff::DecorrelatedJitter {
            base: growth.base,
            cap: growth.cap
        }),
    ];
    let client = prop_oneof![
        4 => Just(Client::None),
        1 => any_bool().prop_map(|adaptive| Client::Own { adaptive }),
        1 => Just(Client::Shared),
    ];
    (1..5u32, strategy, client, any_bool(), any_bool()).prop_map(
        |(attempts, strategy, client, goes_on, whatever_failed)| Retry {
            attempts,
            strategy,
            client,
            goes_on,
            whatever_failed,
        },
    )
}

fn children(cancels: bool) -> impl Strategy<Value = Children> {
    let join = match cancels {
        true => prop_oneof![
            Just(JoinRule::FailFast),
            Just(JoinRule::All),
            Just(JoinRule::Any)
        ],
        false => prop_oneof![
            Just(JoinRule::All),
            Just(JoinRule::All),
            Just(JoinRule::Any)
        ],
    };
    let spread = prop_oneof![Just(0), 1..400u64].prop_map(Span::from_millis);
    (1..4u32, join, spread).prop_map(|(count, join, spread)| Children {
        count,
        join,
        spread,
    })
}

impl World {
    /// The plan.
    pub fn plan(&self) -> Plan {
        let mut builder = PlanBuilder::new("world", "today");
        builder.plan().random_order = self.random_order;
        builder.plan().events_max = 1_000_000;
        builder.plan().horizon = Span::from_secs(1_000_000);
        let bucket = Algorithm::TokenBucket(TokenBucketSpec {
            burst: self.burst,
            refill: Refill::Continuous(Rate::per_second(self.per_second)),
        });
        let guard = Algorithm::ConcurrencyLimit(ConcurrencySpec {
            limit: u64::from(self.slots),
        });
        for (index, algorithm) in [bucket, self.other.clone(), guard].into_iter().enumerate() {
            add_limiter(&mut builder, index as u32, algorithm);
        }
        builder.operation("service", "call");
        let pool = builder.pool(self.slots, "slots");
        let shared_client = builder.clients(1);
        builder.workload("work", "calls", false);
        let count = match self.roots {
            Roots::Every(count, _) | Roots::Random(count) => count,
        };
        let start = match self.roots {
            Roots::Every(count, every) => Arrivals::Every {
                count,
                every,
                from: Span::ZERO,
            },
            Roots::Random(_) => Arrivals::Random {
                rate: Rate::per_second(2),
                from: Span::ZERO,
                lasting: Span::from_secs(1),
            },
        };
        let start = Start::Arrivals(start);
        let root = block(&mut builder, count, start);
        let mut programs = VecDeque::from([(root, count, self.program.as_slice())]);
        while let Some((block, count, body)) = programs.pop_front() {
            // Children are laid out before any program names them.
            let mut forks = VecDeque::new();
            lay_out(&mut builder, (block, count), body, &mut forks);
            programs.extend(forks.iter().copied());
            builder.program(block, |program| {
                let mut writer = Writer {
                    pool,
                    shared_client,
                    count,
                    forks,
                    loops: 0,
                    repeats: 0,
                    holds: false,
                };
                writer.write(program, body);
            });
        }
        builder.finish()
    }

    /// The most credits that the bucket may admit in `span`.
    pub fn most_in(&self, span: Span) -> u64 {
        let earned = u128::from(span.as_nanos()) * u128::from(self.per_second) / 1_000_000_000;
        self.burst + earned as u64
    }
}

fn block(builder: &mut PlanBuilder, count: u32, start: Start) -> u32 {
    let name = format!("block {}", builder.plan().blocks.len());
    builder.block(BlockSpec {
        name: &name,
        role: BlockRole::Unit,
        count,
        start,
        starts_when_done: false,
    })
}

/// Lays out the children of all forks of a program, in the order in which it names them.
fn lay_out<'w>(
    builder: &mut PlanBuilder,
    (parent, parents): (u32, u32),
    body: &'w [Op],
    forks: &mut VecDeque<(u32, u32, &'w [Op])>,
) {
    for op in body {
        match op {
            Op::Fork(children, body) => {
                let each = children.count;
                let count = parents * each;
                let start = Start::Forked { parent, each };
                forks.push_back((block(builder, count, start), count, body));
            }
            Op::Retry(_, body) | Op::Slot(body) | Op::Repeat(_, body) => {
                lay_out(builder, (parent, parents), body, forks);
            }
            Op::Send(_) | Op::Wait(_) | Op::Started => {}
        }
    }
}

/// Writes one program.
struct Writer<'w> {
    pool: u32,
    shared_client: u32,
    /// Activities that run the program.
    count: u32,
    forks: VecDeque<(u32, u32, &'w [Op])>,
    loops: usize,
    repeats: u32,
    /// Whether a slot is held.
    holds: bool,
}

impl Writer<'_> {
    fn write(&mut self, program: &mut PlanBuilder, body: &[Op]) {
        for op in body {
            self.op(program, op);
        }
    }

    fn op(&mut self, program: &mut PlanBuilder, op: &Op) {
        match op {
            Op::Send(request) => {
                program.send(self.site(request));
            }
            Op::Wait(distribution) => {
                let duration = program.duration(distribution.clone());
                program.step(Step::Wait { duration, draw: 0 });
            }
            Op::Started => {
                program.step(Step::Started);
            }
            Op::Retry(retry, body) if self.loops < pullstorm_core::plan::DEPTH_MAX => {
                let spec = self.retry(program, retry);
                self.loops += 1;
                // Loops and what they hold are written by one writer.
                let writer = &mut *self;
                program.retry(spec, |program| writer.write(program, body));
                self.loops -= 1;
            }
            Op::Fork(children, _) => {
                let (block, ..) = self.forks.pop_front().expect("every fork is laid out");
                program.fork(Fork {
                    block,
                    from: 0,
                    count: children.count,
                    spread: children.spread,
                    join: children.join,
                    wanted: Wanted::OnceLaunched,
                    cancel_after: NONE,
                    retry: NONE,
                });
            }
            // Children of the holder of a slot may wait for one too, and then for each other.
            Op::Slot(body) if !self.holds && !body.iter().any(Op::forks) => {
                program.step(Step::Take { rule: self.pool });
                self.holds = true;
                self.write(program, body);
                self.holds = false;
                program.step(Step::Give { rule: self.pool });
            }
            // Programs count passes outside of loops, and two levels deep.
            Op::Repeat(times, body) if self.loops == 0 && self.repeats < 2 => {
                let to = program.here();
                self.repeats += 1;
                self.write(program, body);
                program.step(Step::Repeat {
                    counter: self.repeats - 1,
                    times: *times,
                    to,
                });
                // The outer counter counts once in a program.
                if self.repeats == 2 {
                    self.repeats = 1;
                }
            }
            Op::Retry(_, body) | Op::Slot(body) | Op::Repeat(_, body) => self.write(program, body),
        }
    }

    fn site(&self, request: &Request) -> SiteSpec {
        let check = |limiter: usize, cost| Check {
            limiter: limiter as u32,
            cost,
            key: KeyRule::Constant(0),
        };
        let mut checks = Vec::new();
        if self.holds {
            checks.push(check(GUARD, 1));
        }
        checks.push(check(BUCKET, request.cost));
        if request.other {
            checks.push(check(OTHER, 1));
        }
        SiteSpec {
            operation: 0,
            checks,
            faults: vec![FaultPlan {
                error: 3,
                chance_ppm: request.failing_ppm,
                from: Time::ZERO,
                until: Time::NEVER,
                timeout: request.timeout,
            }],
            latency: Latency::RoundTrip(request.latency.clone()),
            service: Service::Plain,
            background: false,
        }
    }

    fn retry(&self, program: &mut PlanBuilder, retry: &Retry) -> LoopSpec<'static> {
        let mut policy = RetryPolicy::new(retry.strategy.clone(), retry.attempts);
        let client = match retry.client {
            Client::None => None,
            Client::Own { adaptive } => {
                policy.budget = Budget::Quota(QuotaRules {
                    capacity: 20,
                    ..QuotaRules::STANDARD_2_1
                });
                if adaptive {
                    policy.rate_limiter = RateLimiter::Botocore;
                }
                let rule = KeyRule::Place {
                    base: program.clients(self.count),
                    divisor: 1,
                    modulus: self.count,
                };
                Some(ClientRule {
                    rule,
                    per_call: false,
                    shared: false,
                })
            }
            Client::Shared => {
                policy.budget = Budget::Concurrent { min: 1, ratio: 0.5 };
                Some(ClientRule {
                    rule: KeyRule::Constant(self.shared_client),
                    per_call: false,
                    shared: true,
                })
            }
        };
        LoopSpec {
            name: "loop",
            policy,
            give_up: if retry.goes_on {
                GiveUp::Continue
            } else {
                GiveUp::Propagate
            },
            client,
            measured: true,
            whatever_failed: retry.whatever_failed,
        }
    }
}

impl Op {
    /// Whether children are started somewhere in it.
    fn forks(&self) -> bool {
        match self {
            Op::Fork(..) => true,
            Op::Retry(_, body) | Op::Slot(body) | Op::Repeat(_, body) => body.iter().any(Op::forks),
            Op::Send(_) | Op::Wait(_) | Op::Started => false,
        }
    }
}

fn add_limiter(builder: &mut PlanBuilder, index: u32, algorithm: Algorithm) {
    let shape = ErrorShape {
        origin: Origin::Response,
        status: Some(429),
        code: None,
    };
    let error = builder.error(shape, ErrorSource::Limiter(index), "throttled");
    builder.limiter(LimiterPlan {
        service: "service".to_owned(),
        name: format!("limiter {index}"),
        spec: Spec {
            initial: Initial::Full,
            ..Spec::new(algorithm)
        },
        client_side: false,
        scope: Scope::Global,
        keys: vec!["all".to_owned()],
        error,
        hint: Hint::None,
        background: Rate::ZERO,
        raisable: None,
        records: Vec::new(),
        source: String::new(),
        assumption: None,
    });
    if index == 2 {
        let shape = ErrorShape {
            origin: Origin::Response,
            status: Some(503),
            code: None,
        };
        builder.error(shape, ErrorSource::Service, "failed");
    }
}
