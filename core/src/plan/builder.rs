//! Puts a plan together and works out what follows from its parts: which errors each loop retries,
//! which steps others can see and must therefore be events, which slots a loop lets go.

use super::{
    AmountRule, Block, BlockRole, CachePlan, CellRule, Check, Counted, EgressPlan, ErrorPlan,
    ErrorSource, FaultPlan, Fork, GaugePlan, GiveUp, JoinRule, KeyRule, LimiterPlan, LinkPlan,
    LinkRule, LoopPlan, NONE, OperationPlan, Owner, Plan, PoolKind, PoolPlan, PoolRule, Service,
    Site, Start, Step, TallyPlan, TransferPlan, WorkloadPlan,
};
use crate::limiter::Algorithm;
use crate::random::{Distribution, Key};
use crate::retry::{Class, ErrorShape, RateLimiter, RetryPolicy};
use crate::units::Span;
use std::collections::BTreeMap;
use std::ops::Range;

/// A plan under construction.
#[derive(Debug)]
pub struct PlanBuilder {
    plan: Plan,
    /// Loops open in the program that is being written, outermost first.
    open: Vec<u32>,
    /// Loops of the program so far.
    ordinal: u32,
    /// Where the program of each block begins and ends.
    programs: Vec<Range<u32>>,
    /// Keys of limiters that are too many to be laid out.
    keys_left_out: u64,
    /// What several workloads share, by name.
    shared: BTreeMap<String, u32>,
}

/// A block to lay out.
#[derive(Debug)]
pub struct BlockSpec<'a> {
    /// See [`Block::name`].
    pub name: &'a str,
    /// See [`Block::role`].
    pub role: BlockRole,
    /// How many activities.
    pub count: u32,
    /// How they begin.
    pub start: Start,
    /// See [`Block::starts_when_done`].
    pub starts_when_done: bool,
}

/// A loop to enter.
#[derive(Debug)]
pub struct LoopSpec<'a> {
    /// See [`LoopPlan::name`].
    pub name: &'a str,
    /// Its policy.
    pub policy: RetryPolicy,
    /// What happens when it stops trying.
    pub give_up: GiveUp,
    /// The client object it keeps state in, and whether other activities share it.
    pub client: Option<ClientRule>,
    /// Whether each entry is a call whose delay is measured.
    pub measured: bool,
    /// Whether it tries again whatever failed (re-runs of a job), not only what its policy lists.
    pub whatever_failed: bool,
}

/// Which client object a loop keeps state in.
#[derive(Copy, Clone, Debug)]
pub struct ClientRule {
    /// Its index.
    pub rule: KeyRule,
    /// Whether each entry makes a new one.
    pub per_call: bool,
    /// Whether several activities share it.
    pub shared: bool,
}

/// A request to send.
#[derive(Debug)]
pub struct SiteSpec {
    /// Into the plan's operations.
    pub operation: u32,
    /// Limiters it asks.
    pub checks: Vec<Check>,
    /// Ways in which it can fail by itself.
    pub faults: Vec<FaultPlan>,
    /// How long its messages take.
    pub latency: Latency,
    /// What the service does with it.
    pub service: Service,
    /// Sent and forgotten.
    pub background: bool,
}

/// How long messages take.
#[derive(Clone, Debug)]
pub enum Latency {
    /// A round trip, half of it before the decision.
    RoundTrip(Distribution),
    /// Each way for itself.
    Legs(Distribution, Distribution),
}

/// Events after which a run is cut off: half a minute of work, three times the attempts of a storm
/// of a million clients.
pub const EVENTS_MAX: u64 = 300_000_000;

impl PlanBuilder {
    /// An empty plan.
    pub fn new(scenario: &str, variant: &str) -> Self {
        PlanBuilder {
            plan: Plan {
                scenario: scenario.to_owned(),
                variant: variant.to_owned(),
                start_unix_nanos: None,
                horizon: Span::from_secs(86_400),
                events_max: EVENTS_MAX,
                random_order: false,
                steps: Vec::new(),
                blocks: Vec::new(),
                sites: Vec::new(),
                loops: Vec::new(),
                forks: Vec::new(),
                pools: Vec::new(),
                pool_rules: Vec::new(),
                caches: Vec::new(),
                cell_rules: Vec::new(),
                links: Vec::new(),
                link_rules: Vec::new(),
                egresses: Vec::new(),
                lists: Vec::new(),
                transfers: Vec::new(),
                gauges: Vec::new(),
                tallies: Vec::new(),
                amounts: Vec::new(),
                durations: Vec::new(),
                operations: Vec::new(),
                limiters: Vec::new(),
                checks: Vec::new(),
                mirrors: Vec::new(),
                asked_by: BTreeMap::new(),
                faults: Vec::new(),
                errors: Vec::new(),
                versions: 0,
                workloads: Vec::new(),
                clients: 0,
                stated: Vec::new(),
                triggers: Vec::new(),
                watched_until: None,
            },
            open: Vec::new(),
            ordinal: 0,
            programs: Vec::new(),
            keys_left_out: 0,
            shared: BTreeMap::new(),
        }
    }

    /// The plan so far, to set what needs no index.
    pub fn plan(&mut self) -> &mut Plan {
        &mut self.plan
    }

    /// The index of a distribution.
    pub fn duration(&mut self, distribution: Distribution) -> u32 {
        index_of(&mut self.plan.durations, distribution)
    }

    /// The index of an error.
    pub fn error(&mut self, shape: ErrorShape, source: ErrorSource, text: &str) -> u32 {
        let known =
            self.plan.errors.iter().position(|error| {
                error.source == source && error.shape == shape && error.text == text
            });
        let index = known.unwrap_or(self.plan.errors.len());
        if known.is_none() {
            self.plan.errors.push(ErrorPlan {
                shape,
                source,
                text: text.to_owned(),
            });
        }
        index as u32
    }

    /// The same error as one sees it who reads no code in its answer.
    pub fn without_code(&mut self, error: u32) -> u32 {
        let ErrorPlan {
            shape,
            source,
            text,
        } = self.plan.errors[error as usize].clone();
        let shape = ErrorShape {
            code: None,
            ..shape
        };
        self.error(shape, source, &text)
    }

    /// The index of an operation.
    pub fn operation(&mut self, service: &str, name: &str) -> u32 {
        let operations = &mut self.plan.operations;
        let known = operations
            .iter()
            .position(|known| known.service == service && known.name == name);
        if known.is_none() {
            operations.push(OperationPlan {
                service: service.to_owned(),
                name: name.to_owned(),
            });
        }
        known.unwrap_or(operations.len() - 1) as u32
    }

    /// Adds a limiter; its error must be that of [`Self::error`] with this index as source.
    pub fn limiter(&mut self, limiter: LimiterPlan) -> u32 {
        self.plan.limiters.push(limiter);
        self.plan.limiters.len() as u32 - 1
    }

    /// Adds a key to a limiter, or finds the one of that name.
    pub fn limiter_key(&mut self, limiter: u32, key: &str) -> u32 {
        index_of(
            &mut self.plan.limiters[limiter as usize].keys,
            key.to_owned(),
        )
    }

    /// Adds a key to a limiter that has none of that name; returns its index.
    pub fn limiter_key_new(&mut self, limiter: u32, key: String) -> u32 {
        let keys = &mut self.plan.limiters[limiter as usize].keys;
        keys.push(key);
        keys.len() as u32 - 1
    }

    /// How many keys all limiters have.
    pub fn keys(&self) -> u64 {
        let keys = self.plan.limiters.iter().map(|limiter| limiter.keys.len());
        keys.sum::<usize>() as u64
    }

    /// Notes keys that are too many to be laid out: the plan must not be used.
    pub fn leave_keys_out(&mut self, keys: u64) {
        self.keys_left_out = self.keys_left_out.saturating_add(keys);
    }

    /// How many keys were left out.
    pub fn keys_left_out(&self) -> u64 {
        self.keys_left_out
    }

    /// The index of something that several workloads share under a name: whoever comes first lays
    /// it out.
    pub fn shared(&mut self, name: String, lay_out: impl FnOnce(&mut Self) -> u32) -> u32 {
        if let Some(known) = self.shared.get(&name) {
            return *known;
        }
        let index = lay_out(self);
        self.shared.insert(name, index);
        index
    }

    /// Adds a pool of slots that all share; returns its rule.
    pub fn pool(&mut self, slots: u32, about: &'static str) -> u32 {
        let pool = self.pools(PoolPlan {
            slots,
            owners: 1,
            about,
            kind: PoolKind::Places,
        });
        self.pool_rule(pool, KeyRule::Constant(0))
    }

    /// Adds a semaphore with so many permits at the start; returns its rule.
    pub fn semaphore(&mut self, permits: u32) -> u32 {
        let pool = self.pools(PoolPlan {
            slots: permits,
            owners: 1,
            about: "permits",
            kind: PoolKind::Permits,
        });
        self.pool_rule(pool, KeyRule::Constant(0))
    }

    /// Adds a pool for each owner. More slots than can be numbered are as many as can be: nobody
    /// could take the others.
    pub fn pools(&mut self, pool: PoolPlan) -> u32 {
        let slots = pool.slots.min(u32::MAX / pool.owners.max(1));
        let pool = PoolPlan { slots, ..pool };
        self.plan.pools.push(pool);
        self.plan.pools.len() as u32 - 1
    }

    /// How a block finds its pool.
    pub fn pool_rule(&mut self, pool: u32, owner: KeyRule) -> u32 {
        index_of(&mut self.plan.pool_rules, PoolRule { pool, owner })
    }

    /// Adds a cache.
    pub fn cache(&mut self, cache: CachePlan) -> u32 {
        self.plan.caches.push(cache);
        self.plan.caches.len() as u32 - 1
    }

    /// How a block finds a cell of a cache.
    pub fn cell_rule(&mut self, rule: CellRule) -> u32 {
        index_of(&mut self.plan.cell_rules, rule)
    }

    /// Adds links, one for each owner.
    pub fn links(&mut self, link: LinkPlan) -> u32 {
        assert!(link.bytes_per_second > 0, "a link carries something");
        self.plan.links.push(link);
        self.plan.links.len() as u32 - 1
    }

    /// Moves bytes over links.
    pub fn transfer(&mut self, bytes: AmountRule, links: Vec<LinkRule>) {
        assert!(links.len() <= 8, "a transfer goes over a few links");
        let links = extend(&mut self.plan.link_rules, links);
        self.plan.transfers.push(TransferPlan { bytes, links });
        let transfer = self.plan.transfers.len() as u32 - 1;
        self.step(Step::Transfer { transfer });
    }

    /// Adds a way out through NAT gateways, or finds the one like it.
    pub fn egress(&mut self, egress: EgressPlan) -> u32 {
        index_of(&mut self.plan.egresses, egress)
    }

    /// Adds a token cache, one cell for each machine whose slot a block takes by this rule; returns
    /// the rule of the cell.
    pub fn token_cache(&mut self, rule: u32, lifetime: Span) -> u32 {
        let pool = self.plan.pool_rules[rule as usize].pool;
        let PoolPlan { slots, owners, .. } = self.plan.pools[pool as usize];
        let cache = self.cache(CachePlan {
            owners: slots * owners,
            items: 1,
            lifetime: Some(lifetime),
            filled: 0,
            single_flight: false,
            filled_when_asked: false,
        });
        self.cell_rule(CellRule {
            cache,
            owner: Owner::Slot(pool),
            item: KeyRule::Constant(0),
        })
    }

    /// Adds a count of the last workload to follow.
    pub fn gauge(&mut self, name: &str, counts: Counted, initial: i64) -> u32 {
        self.plan.gauges.push(GaugePlan {
            workload: self.plan.workloads.len() as u32 - 1,
            name: name.to_owned(),
            counts,
            initial,
        });
        self.plan.gauges.len() as u32 - 1
    }

    /// Adds a sum of the last workload, or finds the one of that name.
    pub fn tally(&mut self, name: &str, about: &'static str, bytes: bool) -> u32 {
        let tally = TallyPlan {
            workload: self.plan.workloads.len() as u32 - 1,
            name: name.to_owned(),
            about,
            bytes,
        };
        index_of(&mut self.plan.tallies, tally)
    }

    /// Amounts of items; `item` says which of them is whose.
    pub fn amounts(&mut self, amounts: &[u64], item: KeyRule) -> AmountRule {
        let first = self.plan.amounts.len() as u32;
        self.plan.amounts.extend_from_slice(amounts);
        AmountRule { first, item }
    }

    /// The index of a list of keys.
    pub fn list(&mut self, list: Vec<u32>) -> u32 {
        index_of(&mut self.plan.lists, list)
    }

    /// Reserves client objects; returns the index of the first.
    pub fn clients(&mut self, count: u32) -> u32 {
        self.plan.clients += count;
        self.plan.clients - count
    }

    /// Adds a cell that keeps a version.
    pub fn version(&mut self) -> u32 {
        self.plan.versions += 1;
        self.plan.versions - 1
    }

    /// Begins a workload; the blocks that follow are its.
    pub fn workload(&mut self, name: &str, calls: &str, background: bool) -> u32 {
        let first = self.plan.blocks.len() as u32;
        self.plan.workloads.push(WorkloadPlan {
            name: name.to_owned(),
            calls: calls.to_owned(),
            blocks: first..first,
            key: Key::ROOT.named(name),
            background,
        });
        self.plan.workloads.len() as u32 - 1
    }

    /// Lays out a block of the last workload. Its program is written later, by
    /// [`Self::program`].
    pub fn block(&mut self, spec: BlockSpec<'_>) -> u32 {
        let first = self.plan.activities();
        let workload = self.plan.workloads.len() as u32 - 1;
        self.plan.blocks.push(Block {
            name: spec.name.to_owned(),
            workload,
            role: spec.role,
            first,
            count: spec.count,
            entry: NONE,
            start: spec.start,
            cancellable: false,
            timed_end: false,
            forks: false,
            starts_when_done: spec.starts_when_done,
        });
        self.plan.workloads[workload as usize].blocks.end = self.plan.blocks.len() as u32;
        self.programs.push(0..0);
        self.plan.blocks.len() as u32 - 1
    }

    /// Writes the program of a block: `write` adds its steps; `End` follows by itself.
    pub fn program(&mut self, block: u32, write: impl FnOnce(&mut Self)) {
        let entry = self.plan.steps.len() as u32;
        self.plan.blocks[block as usize].entry = entry;
        self.ordinal = 0;
        write(self);
        assert!(
            self.open.is_empty(),
            "a program leaves every loop it enters"
        );
        self.step(Step::End);
        self.programs[block as usize] = entry..self.plan.steps.len() as u32;
    }

    /// Adds a step; returns its place.
    pub fn step(&mut self, step: Step) -> u32 {
        self.plan.steps.push(step);
        self.plan.steps.len() as u32 - 1
    }

    /// Where the next step will be.
    pub fn here(&self) -> u32 {
        self.plan.steps.len() as u32
    }

    /// Lets a jump that was written with a target of `NONE` go on at the next step.
    pub fn land(&mut self, jump: u32) {
        let here = self.here();
        match &mut self.plan.steps[jump as usize] {
            Step::Jump { to }
            | Step::IfCached { to, .. }
            | Step::Fetch { to, .. }
            | Step::IfBefore { to, .. }
            | Step::IfPlace { to, .. }
            | Step::ConsumeOr { to, .. } => *to = here,
            other => panic!("{other:?} is no jump"),
        }
    }

    /// Wraps the steps that `body` writes in a retry loop. Returns the loop.
    pub fn retry(&mut self, spec: LoopSpec<'_>, body: impl FnOnce(&mut Self)) -> u32 {
        let retry = self.open_loop(spec);
        body(self);
        self.close_loop(retry);
        retry
    }

    /// Wraps the steps that `body` writes in a retry loop; when it gives up and the activity goes
    /// on ([`GiveUp::Continue`]), the steps that `fallback` writes follow. Returns the loop.
    pub fn retry_else(
        &mut self,
        spec: LoopSpec<'_>,
        body: impl FnOnce(&mut Self),
        fallback: impl FnOnce(&mut Self),
    ) -> u32 {
        assert!(
            spec.give_up == GiveUp::Continue,
            "a fallback follows a loop that lets the activity go on"
        );
        let retry = self.open_loop(spec);
        body(self);
        self.close_loop(retry);
        fallback(self);
        self.plan.loops[retry as usize].done = self.here();
        retry
    }

    /// Wraps the steps that `body` writes in a retry loop; passes after the first begin with the
    /// steps that `again` writes. Returns the loop.
    pub fn retry_again(
        &mut self,
        spec: LoopSpec<'_>,
        again: impl FnOnce(&mut Self),
        body: impl FnOnce(&mut Self),
    ) -> u32 {
        let retry = self.open_loop(spec);
        let first = self.step(Step::Jump { to: NONE });
        self.plan.loops[retry as usize].body = self.here();
        again(self);
        self.land(first);
        body(self);
        self.close_loop(retry);
        retry
    }

    fn open_loop(&mut self, spec: LoopSpec<'_>) -> u32 {
        let retry = self.plan.loops.len() as u32;
        assert!(
            self.open.len() < super::DEPTH_MAX,
            "more loops around a request than allowed"
        );
        let workload = self.plan.workloads.len() as u32 - 1;
        self.plan.loops.push(LoopPlan {
            name: spec.name.to_owned(),
            workload,
            body: self.here() + 1,
            exit: NONE,
            done: NONE,
            sleeps_before_stop: spec.policy.sleeps_before_stop(),
            parent: self.open.last().copied().unwrap_or(NONE),
            depth: self.open.len() as u8,
            policy: spec.policy,
            classes: Vec::new(),
            reads_hint: Vec::new(),
            give_up: spec.give_up,
            client: spec.client.map(|client| client.rule),
            client_per_call: spec.client.is_some_and(|client| client.per_call),
            releases: Vec::new(),
            ordinal: self.ordinal,
            measured: spec.measured,
            whatever_failed: spec.whatever_failed,
            shared_client: spec.client.is_some_and(|client| client.shared),
        });
        self.ordinal += 1;
        self.step(Step::Enter { retry });
        self.open.push(retry);
        retry
    }

    fn close_loop(&mut self, retry: u32) {
        self.open.pop();
        self.step(Step::Leave { retry });
        if self.plan.loops[retry as usize].sleeps_before_stop {
            self.step(Step::Stop { retry });
        }
        let here = self.here();
        let closed = &mut self.plan.loops[retry as usize];
        (closed.exit, closed.done) = (here, here);
    }

    /// Fails the innermost loop.
    pub fn fail(&mut self, error: u32) {
        let retry = self.open.last().copied().unwrap_or(NONE);
        self.step(Step::Fail { error, retry });
    }

    /// How many more loops can be opened around a request here.
    pub fn room(&self) -> usize {
        super::DEPTH_MAX - self.open.len()
    }

    /// The innermost loop that is open.
    pub fn innermost(&self) -> Option<u32> {
        self.open.last().copied()
    }

    /// Sends a request, waits for its answer.
    pub fn send(&mut self, spec: SiteSpec) -> u32 {
        let checks = extend(&mut self.plan.checks, spec.checks);
        let faults = extend(&mut self.plan.faults, spec.faults);
        let (there, back, halves) = match spec.latency {
            Latency::RoundTrip(trip) => {
                let trip = self.duration(trip);
                (trip, trip, true)
            }
            Latency::Legs(there, back) => (self.duration(there), self.duration(back), false),
        };
        let site = self.plan.sites.len() as u32;
        self.plan.sites.push(Site {
            operation: spec.operation,
            retry: self.open.last().copied().unwrap_or(NONE),
            checks,
            faults,
            there,
            back,
            halves,
            service: spec.service,
            answer_is_event: false,
            send_is_event: false,
            in_flight: false,
            background: spec.background,
            on_error: NONE,
        });
        self.step(Step::Send { site });
        self.step(Step::Decide { site });
        self.step(Step::Answer { site });
        site
    }

    /// Sends a request, waits for its answer; the steps that `otherwise` writes follow an error, and
    /// [`Step::Fail`] without an error of its own passes that one on.
    pub fn send_else(&mut self, spec: SiteSpec, otherwise: impl FnOnce(&mut Self)) -> u32 {
        let site = self.send(spec);
        let answered = self.step(Step::Jump { to: NONE });
        self.plan.sites[site as usize].on_error = self.here();
        otherwise(self);
        self.land(answered);
        site
    }

    /// Notes that the requests of a site are those of a mirror, on behalf of the workload.
    pub fn asked_by(&mut self, site: u32, mirror: &str) {
        let mirrors = &mut self.plan.mirrors;
        let known = mirrors.iter().position(|name| name == mirror);
        let index = known.unwrap_or_else(|| {
            mirrors.push(mirror.to_owned());
            mirrors.len() - 1
        });
        self.plan.asked_by.insert(site, index as u32);
    }

    /// Fails the innermost loop with the answer that led here: see [`Self::send_else`].
    pub fn pass_on(&mut self) {
        self.fail(NONE);
    }

    /// Starts children and waits for them.
    pub fn fork(&mut self, fork: Fork) {
        let retry = self.open.last().copied().unwrap_or(NONE);
        let index = self.plan.forks.len() as u32;
        self.plan.forks.push(Fork { retry, ..fork });
        self.step(Step::Fork { fork: index });
    }

    /// The plan.
    pub fn finish(mut self) -> Plan {
        if !self.plan.links.is_empty() {
            self.step(Step::Serve);
        }
        for retry in &mut self.plan.loops {
            let policy = &retry.policy;
            let classify = |error: &ErrorPlan| match policy.classify(&error.shape) {
                None if retry.whatever_failed => Some(Class::Transient),
                class => class,
            };
            let limiters = &self.plan.limiters;
            let reads = |error: &ErrorPlan| match error.source {
                ErrorSource::Limiter(limiter) => limiters
                    .get(limiter as usize)
                    .and_then(|limiter| limiter.hint.header())
                    .is_some_and(|header| policy.reads(header)),
                ErrorSource::Service | ErrorSource::Conflict => false,
            };
            retry.reads_hint = self.plan.errors.iter().map(reads).collect();
            retry.classes = self.plan.errors.iter().map(classify).collect();
            let body = retry.body as usize..retry.exit as usize;
            retry.releases = self.plan.steps[body]
                .iter()
                .filter_map(|step| match step {
                    Step::Take { rule } => Some(self.plan.pool_rules[*rule as usize].pool),
                    _ => None,
                })
                .collect();
        }
        self.time_what_others_see();
        self.plan
    }

    /// Parents come before their children, so one pass settles what follows downward.
    fn time_what_others_see(&mut self) {
        let plan = &mut self.plan;
        for step in &plan.steps {
            if let Step::EndBlock { block } = *step {
                let ended = &mut plan.blocks[block as usize];
                ended.cancellable = true;
                ended.timed_end = true;
            }
        }
        for index in 0..plan.blocks.len() {
            let program = self.programs[index].start as usize..self.programs[index].end as usize;
            let steps = plan.steps[program].to_vec();
            let takes = steps.iter().any(|step| match step {
                Step::Take { .. }
                | Step::Consume { .. }
                | Step::ConsumeOr { .. }
                | Step::Transfer { .. } => true,
                Step::Fetch { cell, .. } => {
                    let cache = plan.cell_rules[*cell as usize].cache;
                    plan.caches[cache as usize].single_flight
                }
                _ => false,
            });
            let cancellable = plan.blocks[index].cancellable;
            let timed = cancellable || plan.blocks[index].timed_end || takes;
            for step in steps {
                match step {
                    Step::Fork { fork } => {
                        plan.blocks[index].forks = true;
                        let fork = &plan.forks[fork as usize];
                        let fail_fast = fork.join == JoinRule::FailFast;
                        let child = &mut plan.blocks[fork.block as usize];
                        child.cancellable |= cancellable || fail_fast;
                        child.timed_end |=
                            timed || fail_fast || shares_client(&plan.loops, fork.retry);
                    }
                    Step::Send { site } => {
                        let site = &mut plan.sites[site as usize];
                        let checks = site.checks.start as usize..site.checks.end as usize;
                        site.in_flight = plan.checks[checks].iter().any(|check| {
                            let spec = &plan.limiters[check.limiter as usize].spec;
                            matches!(spec.algorithm, Algorithm::ConcurrencyLimit(_))
                        });
                        let shared = shares_client(&plan.loops, site.retry);
                        // Limiters of their own make clients wait for the same instant, at which
                        // they come in the order in which they began to wait.
                        let held = plan
                            .loops
                            .get(site.retry as usize)
                            .is_some_and(|retry| retry.policy.rate_limiter != RateLimiter::None);
                        site.answer_is_event =
                            (timed || shared || site.in_flight) && !site.background;
                        site.send_is_event = cancellable || shared || held;
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Whether a loop or one around it keeps state in a client object that others use too: what becomes
/// of a pass is then known to others.
fn shares_client(loops: &[LoopPlan], innermost: u32) -> bool {
    let mut next = loops.get(innermost as usize);
    while let Some(retry) = next {
        if retry.shared_client {
            return true;
        }
        next = loops.get(retry.parent as usize);
    }
    false
}

fn index_of<T: PartialEq>(table: &mut Vec<T>, value: T) -> u32 {
    let known = table.iter().position(|known| *known == value);
    if known.is_none() {
        table.push(value);
    }
    known.unwrap_or(table.len() - 1) as u32
}

fn extend<T>(table: &mut Vec<T>, values: Vec<T>) -> Range<u32> {
    let start = table.len() as u32;
    table.extend(values);
    start..table.len() as u32
}
