//! Beginning: laying out the state of a run, and bringing activities to life.

use super::activity::{Activity, Answer, Frame, Join, State};
use super::calendar::Calendar;
use super::cells::Cells;
use super::link::Link;
use super::memory::Needs;
use super::private::Private;
use super::share::NOTHING;
use super::slots::Pool;
use super::source::Source;
use super::{Simulation, Totals, Waiting};
use crate::limiter::{Clock, Limiter};
use crate::plan::{Fork, KeyRule, LinkPlan, LoopPlan, NONE, Plan, PoolPlan, Start, Wanted};
use crate::random::{Distribution, Key, Purpose, Uniform};
use crate::record::{Line, LineKind, Recorder};
use crate::scenario::model::{Arrivals, HerdArrivals};
use crate::units::{Span, Time};

/// Entries of one instant for which room is made beforehand; larger crowds are rare.
const CROWD: usize = 1 << 12;

impl<'p, S: Source, R: Recorder, C: Calendar> Simulation<'p, S, R, C> {
    /// A run of `plan` with random numbers from `source`, at time 0, nothing done yet.
    ///
    /// # Panics
    /// If the plan was not made by compile, which builds every limiter once.
    pub fn new(plan: &'p Plan, mut source: S, recorder: R) -> Self {
        let activities = lay_out(plan);
        let count = plan.activities() as usize;
        let if_any = |needed: bool| if needed { count } else { 0 };
        let needs = Needs::of(plan);
        let clock = |index: usize, source: &mut S| Clock {
            start_unix_nanos: plan.start_unix_nanos,
            phase: source
                .numbers(Purpose::Phase, Key::ROOT.child(index as u64), 0, 0)
                .bits(),
        };
        let limiters =
            plan.limiters.iter().enumerate().map(|(index, limiter)| {
                match Limiter::new(
                    &limiter.spec,
                    limiter.keys.len() as u32,
                    clock(index, &mut source),
                ) {
                    Ok(limiter) => limiter,
                    Err(error) => panic!("compile builds every limiter once: {error:?}"),
                }
            });
        let limiters = limiters.collect();
        let inner = needs.inner as usize;
        let unjoined = Join {
            fork: NONE,
            pending: 0,
            failed: 0,
            critical: NONE,
            latest: Time::ZERO,
            error: NONE,
            failed_at: Time::NEVER,
        };
        let mut simulation = Simulation {
            plan,
            source,
            recorder,
            calendar: C::with_capacity(count),
            now: Time::ZERO,
            events: 0,
            live: 0,
            cut_off: None,
            frames: vec![Frame::default(); count * inner],
            inner,
            joins: vec![unjoined; if_any(needs.joins)],
            answers: vec![
                Answer {
                    error: NONE,
                    hint: None
                };
                if_any(needs.answers)
            ],
            counters: vec![[0; 2]; if_any(needs.counters)],
            held: vec![NONE; count * plan.pools.len()],
            waiting: vec![Waiting::default(); if_any(needs.pools)],
            call_began: vec![Time::ZERO; if_any(needs.measures)],
            versions_read: vec![0; if_any(needs.versions)],
            versions: vec![0; plan.versions as usize],
            clients: Vec::new(),
            pools: pools(plan),
            first_pool: first(plan.pools.iter().map(|pool| pool.owners)),
            caches: plan.caches.iter().map(|cache| Cells::new(*cache)).collect(),
            next_in_line: vec![NONE; if_any(needs.single_flight)],
            fetching: vec![[NOTHING; 2]; if_any(needs.single_flight)],
            links: links(plan),
            first_link: first(plan.links.iter().map(|link| link.owners)),
            moving: vec![0; if_any(needs.transfers)],
            marks: vec![Time::NEVER; if_any(needs.marks)],
            limiters,
            totals: Totals::new(plan),
            private: Private::sites(plan),
            instant: Vec::with_capacity(if_any(plan.random_order).min(CROWD)),
            since: vec![Time::NEVER; count],
            activities,
        };
        simulation.make_clients();
        simulation.begin_roots();
        simulation
    }

    fn make_clients(&mut self) {
        let plan = self.plan;
        let keeps_clients = |retry: &&LoopPlan| retry.client.is_some();
        let Some(any) = plan.loops.iter().find(keeps_clients) else {
            return;
        };
        self.clients = vec![any.policy.new_client(Time::ZERO); plan.clients as usize];
        for retry in plan.loops.iter().filter(keeps_clients) {
            let used = retry.client.map_or(0..0, KeyRule::indices);
            for client in &mut self.clients[used.start as usize..used.end as usize] {
                *client = retry.policy.new_client(Time::ZERO);
            }
        }
    }

    /// Brings the activities that nobody forks to life, each at its time.
    fn begin_roots(&mut self) {
        for block in &self.plan.blocks {
            let key = self.plan.workloads[block.workload as usize]
                .key
                .named(&block.name);
            let waited_for = self.plan.is_waited_for(block);
            match &block.start {
                Start::Forked { .. } => {}
                Start::Spread(spread) => {
                    for id in block.first..block.first + block.count {
                        let offset = self.offset(id, *spread);
                        self.begin(id, Time::ZERO + offset, Time::ZERO + offset);
                        self.live += u64::from(waited_for);
                    }
                }
                Start::Arrivals(arrivals) => {
                    let count = block.count;
                    let mut times = times(arrivals, count, key, &mut self.source);
                    if times.len() > count as usize {
                        times.truncate(count as usize);
                    }
                    self.live += if waited_for { times.len() as u64 } else { 0 };
                    if let (true, Some(last)) = (waited_for, times.iter().max()) {
                        let known = &mut self.totals.last_arrivals[block.workload as usize];
                        *known = (*known).max(*last);
                    }
                    for (id, at) in (block.first..).zip(times) {
                        self.begin(id, at, at);
                    }
                }
            }
        }
    }

    /// A random part of `spread`, the activity's own.
    fn offset(&mut self, id: u32, spread: Span) -> Span {
        if spread.is_zero() {
            return Span::ZERO;
        }
        let key = self.activities[id as usize].key;
        let unit = self.source.numbers(Purpose::Arrival, key, id, 0).unit();
        Span::from_nanos((unit * spread.as_nanos() as f64) as u64)
    }

    /// Brings an activity to life at `at`; it was wanted at `wanted`.
    pub(super) fn begin(&mut self, id: u32, wanted: Time, at: Time) {
        let activity = &mut self.activities[id as usize];
        activity.generation += 1;
        activity.state = State::Running;
        self.since[id as usize] = wanted;
        activity.last = at;
        activity.throttled = 0;
        let block = &self.plan.blocks[activity.block as usize];
        activity.pc = block.entry;
        if let Some(waiting) = self.waiting.get_mut(id as usize) {
            *waiting = Waiting::default();
        }
        if let Some(counters) = self.counters.get_mut(id as usize) {
            *counters = [0; 2];
        }
        if let Some(mark) = self.marks.get_mut(id as usize) {
            *mark = Time::NEVER;
        }
        self.recorder.happened(Line {
            at: wanted,
            activity: id,
            kind: LineKind::Wanted,
        });
        self.run(id, at, false);
    }

    /// Starts the children of a fork. Returns the place of the first and one past the last.
    pub(super) fn fork(&mut self, id: u32, fork: u32, at: Time) {
        let Fork {
            block,
            from,
            count,
            spread,
            wanted,
            ..
        } = self.plan.forks[fork as usize];
        let first = self.children(id, block) + from;
        // One more than there are children, so that the join cannot complete while they start.
        self.joins[id as usize] = Join {
            fork,
            pending: count + 1,
            failed: 0,
            critical: NONE,
            latest: at,
            error: NONE,
            failed_at: Time::NEVER,
        };
        let activity = &mut self.activities[id as usize];
        activity.last = at;
        let parent = self.since[id as usize];
        for child in first..first + count {
            let offset = self.offset(child, spread);
            let since = match wanted {
                Wanted::OnceLaunched => at + offset,
                Wanted::WithParent => parent,
                Wanted::SpreadFromParent => parent + offset,
            };
            self.begin(child, since, at + offset);
            if self.joins[id as usize].fork == NONE {
                // A failure has ended the fork already.
                break;
            }
        }
    }

    /// The first child of `id` in `block`.
    pub(super) fn children(&self, id: u32, block: u32) -> u32 {
        let children = &self.plan.blocks[block as usize];
        let Start::Forked { each, .. } = children.start else {
            unreachable!("forks name forked blocks")
        };
        children.first + self.place(id) * each
    }
}

/// A pool for each owner, one plan after the other.
fn pools(plan: &Plan) -> Vec<Pool> {
    let owners = |pool: &PoolPlan| {
        let slots = pool.slots;
        (0..pool.owners).map(move |owner| Pool::new(owner * slots..(owner + 1) * slots))
    };
    plan.pools.iter().flat_map(owners).collect()
}

/// A link for each owner, one plan after the other.
fn links(plan: &Plan) -> Vec<Link> {
    let owners = |link: &LinkPlan| {
        let link = Link::new(link);
        (0..).map(move |_| link.clone())
    };
    let all = plan.links.iter();
    all.flat_map(|link| owners(link).take(link.owners as usize))
        .collect()
}

/// Where each of several stretches of these lengths begins.
fn first(lengths: impl Iterator<Item = u32>) -> Vec<u32> {
    let begin = |next: &mut u32, length: u32| {
        let first = *next;
        *next += length;
        Some(first)
    };
    lengths.scan(0, begin).collect()
}

/// The activities of a plan, unborn, with their keys, and behind them the links.
fn lay_out(plan: &Plan) -> Vec<Activity> {
    let mut activities: Vec<Activity> = Vec::with_capacity(plan.activities() as usize);
    for (index, block) in plan.blocks.iter().enumerate() {
        let root = plan.workloads[block.workload as usize]
            .key
            .named(&block.name);
        let salt = Key::ROOT.named(&block.name).bits();
        for place in 0..block.count {
            let key = match block.start {
                Start::Arrivals(_) | Start::Spread(_) => root.child(u64::from(place)),
                Start::Forked { parent, each } => {
                    let parent = plan.blocks[parent as usize].first + place / each;
                    let ordinal = salt.wrapping_add(u64::from(place % each));
                    activities[parent as usize].key.child(ordinal)
                }
            };
            activities.push(Activity {
                pc: block.entry,
                generation: 0,
                key,
                last: Time::NEVER,
                throttled: 0,
                attempts: 0,
                block: index as u16,
                state: State::Unborn,
                outermost: Frame::default(),
            });
        }
    }
    let links: u32 = plan.links.iter().map(|link| link.owners).sum();
    for link in 0..links {
        activities.push(Activity {
            pc: plan.steps.len() as u32 - 1,
            generation: 0,
            key: Key::ROOT.named("links").child(u64::from(link)),
            last: Time::NEVER,
            throttled: 0,
            attempts: 0,
            block: 0,
            state: State::Unborn,
            outermost: Frame::default(),
        });
    }
    activities
}

/// When the activities of a root block begin.
fn times<S: Source>(arrivals: &Arrivals, count: u32, key: Key, source: &mut S) -> Vec<Time> {
    match arrivals {
        Arrivals::At(spans) => spans.iter().map(|span| Time::ZERO + *span).collect(),
        Arrivals::Every { count, every, from } => (0..u64::from(*count))
            .map(|index| {
                let offset = Span::from_nanos(every.as_nanos().saturating_mul(index));
                Time::ZERO + *from + offset
            })
            .collect(),
        Arrivals::Random {
            rate,
            from,
            lasting,
        } => {
            let mean = Span::from_secs_f64(1.0 / rate.per_second_f64());
            let gap = Distribution::Exponential { mean };
            let mut at = Time::ZERO + *from;
            let end = at + *lasting;
            let mut times = Vec::new();
            for index in 0..u64::from(count) {
                at += gap.draw(&mut source.numbers(Purpose::Arrival, key, 0, index));
                if at >= end {
                    break;
                }
                times.push(at);
            }
            times
        }
        Arrivals::Herd(herd) => herd_times(herd, key, source),
    }
}

/// When each host of a herd begins at each instant: its clock, and its splay, are its own.
fn herd_times<S: Source>(herd: &HerdArrivals, key: Key, source: &mut S) -> Vec<Time> {
    let clocks = key.named("clock");
    let mut times = Vec::with_capacity(herd.instants.len() * herd.hosts as usize);
    for (round, instant) in (0..).zip(&herd.instants) {
        for host in 0..u64::from(herd.hosts) {
            let own = match herd.fixed_splay {
                true => key.child(host),
                false => key.child(host).child(round),
            };
            let splay = herd
                .splay
                .draw(&mut source.numbers(Purpose::Arrival, own, 0, 0));
            let clock = source
                .numbers(Purpose::Arrival, clocks.child(host), 0, 0)
                .below(herd.skew.as_nanos().saturating_mul(2).saturating_add(1));
            let ideal = Time::ZERO + *instant + splay;
            let late = ideal.as_nanos().saturating_add(clock);
            times.push(Time::from_nanos(late.saturating_sub(herd.skew.as_nanos())));
        }
    }
    times
}
