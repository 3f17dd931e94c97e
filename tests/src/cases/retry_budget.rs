//! Client-side retry budgets under a service that fails at a given rate.
//!
//! Each client makes calls in a Poisson stream and has one budget for all of them; a try fails by
//! chance, and nothing waits before it tries again. A share is inside if it is at most 0.003, or
//! four standard errors of both sides together, off.

use super::{CaseError, Directory, Exact, Family, Tally};
use crate::parallel;
use pullstorm_core::engine::{State, simulate};
use pullstorm_core::plan::{
    BlockRole, BlockSpec, ClientRule, ErrorSource, FaultPlan, GiveUp, KeyRule, Latency, LoopSpec,
    Plan, PlanBuilder, Service, SiteSpec, Start,
};
use pullstorm_core::random::Distribution;
use pullstorm_core::record::Nothing;
use pullstorm_core::retry::{Budget, ErrorShape, Origin, RetryPolicy, Strategy};
use pullstorm_core::scenario::model::Arrivals;
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

/// See the module.
pub const FAMILY: Family = Family::new("retry-budget", &[FILE], check);

const FILE: &str = "retry-budget.csv";

/// Mean of a message's way, in either direction.
const LEG: Span = Span::from_millis(10);

/// How far a share may lie off whatever its errors are.
const TOLERANCE_MIN: f64 = 0.003;

/// Runs of a row, and how many of its clients take part: they share nothing.
const RUNS: u64 = if cfg!(debug_assertions) { 2 } else { 5 };
const CLIENTS_DIVISOR: u32 = if cfg!(debug_assertions) { 10 } else { 1 };

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    strategy: Rule,
    failure_rate: Exact,
    clients: u32,
    rate_per_client: Exact,
    t_end: Exact,
    #[serde(rename = "reps")]
    _repetitions: u64,
    success_mean: f64,
    #[serde(rename = "success_sd")]
    _success_deviation: f64,
    success_se: f64,
    load_mean: f64,
    #[serde(rename = "load_sd")]
    _load_deviation: f64,
    load_se: f64,
}

#[derive(Copy, Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rule {
    NoRetries,
    ThreeRetries,
    #[serde(rename = "adaptive_10pct")]
    Adaptive,
    #[serde(rename = "breaker_10pct")]
    Breaker,
}

impl Rule {
    fn policy(self) -> RetryPolicy {
        let (attempts, budget) = match self {
            Rule::NoRetries => (1, Budget::None),
            Rule::ThreeRetries => (4, Budget::None),
            Rule::Adaptive => (RetryPolicy::UNLIMITED, Budget::ADAPTIVE_10PCT),
            Rule::Breaker => (4, Budget::BREAKER_10PCT),
        };
        RetryPolicy {
            budget,
            ..RetryPolicy::new(Strategy::None, attempts)
        }
    }
}

fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let rows = directory.table::<Row>(FILE)?;
    let mut tally = Tally::new();
    for (row, got) in rows.iter().zip(parallel::map(&rows, counts)) {
        let case = format!(
            "{:?}, {} fail, {} clients at {}/s for {} s",
            row.strategy,
            row.failure_rate.to_f64(),
            row.clients,
            row.rate_per_client,
            row.t_end
        );
        let counts = got.map_err(|reason| CaseError::new(FILE, format!("{case}: {reason}")))?;
        let success = ratio(&counts, |count| count.succeeded);
        let load = ratio(&counts, |count| count.tries);
        let mut share = |what, (got, own): (f64, f64), want, error: f64| {
            let both = (own * own + error * error).sqrt();
            let tolerance = (4.0 * both).max(TOLERANCE_MIN);
            tally.within(format!("{case}: {what}"), got, want, tolerance);
        };
        share(
            "successes a call",
            success,
            row.success_mean,
            row.success_se,
        );
        share("tries a call", load, row.load_mean, row.load_se);
    }
    if CLIENTS_DIVISOR > 1 {
        tally.note("a tenth of the clients, as this is a debug build");
    }
    Ok(tally)
}

/// What the calls of one block came to.
struct Count {
    calls: f64,
    tries: f64,
    succeeded: f64,
}

/// A number per call, and its standard error by the spread over clients. The first block of each
/// run, the first calls of all clients, is no client.
fn ratio(runs: &[Vec<Count>], of: impl Fn(&Count) -> f64) -> (f64, f64) {
    let all = || runs.iter().flatten();
    let calls: f64 = all().map(|count| count.calls).sum();
    let ratio = all().map(&of).sum::<f64>() / calls;
    let clients = || runs.iter().flat_map(|counts| &counts[1..]);
    let own = clients().map(&of).sum::<f64>() / clients().map(|count| count.calls).sum::<f64>();
    let squares: f64 = clients()
        .map(|count| of(count) - own * count.calls)
        .map(|residual| residual * residual)
        .sum();
    (ratio, squares.sqrt() / calls)
}

/// What came of the calls, by run and block.
fn counts(row: &Row) -> Result<Vec<Vec<Count>>, String> {
    let clients = (row.clients / CLIENTS_DIVISOR).max(row.clients.min(10));
    let plan = plan(row, clients)?;
    let run = |run| {
        let (outcome, _) = simulate(&plan, row.strategy as u64, run, Nothing);
        if let Some(cut_off) = outcome.cut_off {
            return Err(format!("a run was cut off: {cut_off:?}"));
        }
        // Each block has a site of its own.
        let blocks = outcome.totals.blocks.iter().zip(&outcome.totals.sites);
        let counts = blocks.map(|(block, site)| Count {
            calls: (block.in_state(State::Done) + block.in_state(State::Failed)) as f64,
            tries: site.attempts as f64,
            succeeded: block.in_state(State::Done) as f64,
        });
        Ok(counts.collect())
    };
    (0..RUNS).map(run).collect()
}

/// A block for the calls of each client. Its program starts every client with a call at time 0.
fn plan(row: &Row, clients: u32) -> Result<Plan, String> {
    let rate = row.rate_per_client.per_second().ok_or("no such rate")?;
    let lasting = row.t_end.seconds().ok_or("no such time")?;
    let calls = row.rate_per_client.to_f64() * row.t_end.to_f64();
    let mut builder = PlanBuilder::new("retry-budget", "today");
    let shape = ErrorShape {
        origin: Origin::Response,
        status: Some(500),
        code: None,
    };
    let error = builder.error(shape, ErrorSource::Service, "failed");
    let fault = FaultPlan {
        error,
        chance_ppm: (row.failure_rate.to_f64() * 1e6).round() as u32,
        from: Time::ZERO,
        until: Time::NEVER,
        timeout: None,
    };
    builder.operation("service", "call");
    builder.workload("clients", "calls", false);
    let keeps = row.strategy.policy().keeps_client_state();
    let first = builder.clients(if keeps { clients } else { 0 });
    let calls_of = |builder: &mut PlanBuilder, name: &str, arrivals, count, rule| {
        let block = builder.block(BlockSpec {
            name,
            role: BlockRole::Unit,
            count,
            start: Start::Arrivals(arrivals),
            starts_when_done: true,
        });
        builder.program(block, |program| {
            program.retry(call(row.strategy.policy(), rule), |program| {
                program.send(request(fault));
            });
        });
    };
    let at_once = Arrivals::Every {
        count: clients,
        every: Span::ZERO,
        from: Span::ZERO,
    };
    let each = KeyRule::Place {
        base: first,
        divisor: 1,
        modulus: clients,
    };
    calls_of(&mut builder, "first", at_once, clients, each);
    // More than arrive in all but one of a billion streams.
    let count = (calls + 6.0 * calls.sqrt() + 10.0) as u32;
    for client in 0..clients {
        let stream = Arrivals::Random {
            rate,
            from: Span::ZERO,
            lasting,
        };
        let rule = KeyRule::Constant(first + client);
        let name = format!("client {client}");
        calls_of(&mut builder, &name, stream, count, rule);
    }
    Ok(builder.finish())
}

fn call(policy: RetryPolicy, rule: KeyRule) -> LoopSpec<'static> {
    let client = policy.keeps_client_state().then_some(ClientRule {
        rule,
        per_call: false,
        shared: true,
    });
    LoopSpec {
        name: "call",
        policy,
        give_up: GiveUp::Propagate,
        client,
        measured: false,
        whatever_failed: false,
    }
}

fn request(fault: FaultPlan) -> SiteSpec {
    let leg = || Distribution::Exponential { mean: LEG };
    SiteSpec {
        operation: 0,
        checks: Vec::new(),
        faults: vec![fault],
        latency: Latency::Legs(leg(), leg()),
        service: Service::Plain,
        background: false,
    }
}
