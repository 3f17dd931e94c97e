//! The model: clients that read a version, write it back and back off.
//!
//! Every message takes |Normal(mean, sd)|, drawn for itself. A read is answered with the version as
//! it is when the read arrives; the write that follows succeeds if the version is still that one.
//! Source: Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015, and its program
//! aws-samples/aws-arch-backoff-simulator, commit 66cb169, which counts failures from 1.

use super::super::Exact;
use super::sample::Sample;
use pullstorm_core::engine::{State, simulate};
use pullstorm_core::plan::{
    BlockRole, BlockSpec, ErrorSource, GiveUp, Latency, LoopSpec, Plan, PlanBuilder, Service,
    SiteSpec, Start,
};
use pullstorm_core::random::Distribution;
use pullstorm_core::record::Nothing;
use pullstorm_core::retry::{ErrorShape, Growth, Origin, RetryPolicy, Strategy};
use pullstorm_core::scenario::model::Arrivals;
use pullstorm_core::units::Span;
use serde::Deserialize;
use std::fmt;

/// A unit of the model's time.
const UNIT: Span = Span::from_millis(1);

/// Writes that are enough for one cell, and bounds of the runs they are spread over.
const WRITES: f64 = 1_000_000.0;
const RUNS: (u64, u64) = (400, 3_000);
/// In a debug build, which is some thirty times as slow.
const WRITES_IN_DEBUG: f64 = 30_000.0;
const RUNS_IN_DEBUG: (u64, u64) = (20, 400);

/// The strategies under the names of the program.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Deserialize)]
pub enum Backoff {
    None,
    Exponential,
    EqualJitter,
    FullJitter,
    Decorr,
}

/// Numbers of the model, in its units of time.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub struct Setup {
    pub base: Exact,
    pub cap: Exact,
    pub net_mean: Exact,
    pub net_deviation: Exact,
}

impl Default for Setup {
    /// Those of the blog.
    fn default() -> Self {
        Setup {
            base: 5.into(),
            cap: 2_000.into(),
            net_mean: 10.into(),
            net_deviation: 2.into(),
        }
    }
}

/// One point.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub struct Cell {
    pub strategy: Backoff,
    pub clients: u32,
    pub setup: Setup,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} N={}", self.strategy, self.clients)?;
        if self.setup != Setup::default() {
            let Setup { base, cap, .. } = self.setup;
            let Setup {
                net_mean,
                net_deviation,
                ..
            } = self.setup;
            write!(f, " {base}..{cap} net {net_mean}+-{net_deviation}")?;
        }
        Ok(())
    }
}

/// Runs of a cell.
pub struct Runs {
    pub time: Sample,
    pub calls: Sample,
    /// The first run in which an identity did not hold.
    pub broken: Option<String>,
}

impl Runs {
    /// How many.
    pub fn runs(&self) -> u64 {
        self.time.count() as u64
    }
}

/// How many runs a cell gets whose runs have so many writes.
pub fn runs(writes: f64) -> u64 {
    let (enough, (fewest, most)) = match cfg!(debug_assertions) {
        true => (WRITES_IN_DEBUG, RUNS_IN_DEBUG),
        false => (WRITES, RUNS),
    };
    ((enough / writes) as u64).clamp(fewest, most)
}

/// Runs a cell.
pub fn sample(cell: &Cell, runs: u64) -> Runs {
    let (plan, read, write) = plan(cell);
    let (mut time, mut calls) = (Vec::new(), Vec::new());
    let mut broken = None;
    // Cells of their own seeds: what they have in common would show in the spread of all z.
    let seed = u64::from(cell.clients) << 8 | cell.strategy as u64;
    for run in 0..runs {
        let (outcome, _) = simulate(&plan, seed, run, Nothing);
        let block = &outcome.totals.blocks[0];
        let (read, write) = (&outcome.totals.sites[read], &outcome.totals.sites[write]);
        let n = u64::from(cell.clients);
        let successes = block.in_state(State::Done);
        // A write that did not fail has raised the version.
        let version = write.attempts - write.faulted;
        let holds = outcome.cut_off.is_none()
            && successes == n
            && version == n
            && write.attempts == n + outcome.totals.loops[0].failed_passes
            && read.attempts == write.attempts;
        if !holds && broken.is_none() {
            broken = Some(format!(
                "run {run}: {successes} successes, version {version}, {} writes, {} reads",
                write.attempts, read.attempts
            ));
        }
        time.push(block.last_end.as_secs_f64() / UNIT.as_secs_f64());
        calls.push(write.attempts as f64);
    }
    Runs {
        time: Sample::new(time),
        calls: Sample::new(calls),
        broken,
    }
}

/// The plan of a cell, and its sites that read and write.
fn plan(cell: &Cell) -> (Plan, usize, usize) {
    let span = |units: Exact| Span::from_secs_f64(units.to_f64() * UNIT.as_secs_f64());
    let growth = Growth {
        base: span(cell.setup.base),
        cap: span(cell.setup.cap),
        first_exponent: 1,
    };
    let Growth { base, cap, .. } = growth;
    let strategy = match cell.strategy {
        Backoff::None => Strategy::None,
        Backoff::Exponential => Strategy::Exponential(growth),
        Backoff::EqualJitter => Strategy::EqualJitter(growth),
        Backoff::FullJitter => Strategy::FullJitter(growth),
        Backoff::Decorr => Strategy::DecorrelatedJitter { base, cap },
    };
    let leg = || Distribution::AbsoluteNormal {
        mean: span(cell.setup.net_mean),
        deviation: span(cell.setup.net_deviation),
    };
    let mut builder = PlanBuilder::new("occ", "today");
    builder.plan().horizon = Span::MAX;
    let shape = ErrorShape {
        origin: Origin::Response,
        status: Some(409),
        code: None,
    };
    builder.error(shape, ErrorSource::Conflict, "the version had changed");
    let version = builder.version();
    let operation = builder.operation("store", "message");
    let message = |service| SiteSpec {
        operation,
        checks: Vec::new(),
        faults: Vec::new(),
        latency: Latency::Legs(leg(), leg()),
        service,
        background: false,
    };
    builder.workload("clients", "writes", false);
    let block = builder.block(BlockSpec {
        name: "clients",
        role: BlockRole::Unit,
        count: cell.clients,
        start: Start::Arrivals(Arrivals::Every {
            count: cell.clients,
            every: Span::ZERO,
            from: Span::ZERO,
        }),
        starts_when_done: true,
    });
    let commit = LoopSpec {
        name: "commit",
        policy: RetryPolicy::new(strategy, RetryPolicy::UNLIMITED),
        give_up: GiveUp::Propagate,
        client: None,
        measured: false,
        whatever_failed: true,
    };
    let mut sites = (0, 0);
    builder.program(block, |program| {
        program.retry(commit, |program| {
            sites.0 = program.send(message(Service::ReadVersion(version))) as usize;
            sites.1 = program.send(message(Service::WriteVersion(version))) as usize;
        });
    });
    (builder.finish(), sites.0, sites.1)
}
