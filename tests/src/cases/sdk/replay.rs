//! The set-up of a trace as a plan, run by the engine with the trace's own random numbers.

use super::trace::Attempt;
use super::{Mode, Summary};
use pullstorm_core::engine::{Progress, Scripted, Simulation};
use pullstorm_core::limiter::{Algorithm, Decision, Limiter, Refill, Spec, TokenBucketSpec};
use pullstorm_core::plan::{
    BlockRole, BlockSpec, Check, ClientRule, ErrorSource, GiveUp, Hint, KeyRule, Latency,
    LimiterPlan, LoopSpec, Plan, PlanBuilder, Service, SiteSpec, Start, Step,
};
use pullstorm_core::random::{Distribution, Keys};
use pullstorm_core::record::{self, Pass, Recorder, Request};
use pullstorm_core::retry::{
    ClientState, ErrorShape, HintHeader, Origin, RateLimiter, RetryPolicy, Verdict, preset,
};
use pullstorm_core::scenario::model::{Arrivals, Scope};
use pullstorm_core::units::{Rate, Span, Time};

/// Every attempt, in the order in which they were answered.
///
/// # Errors
/// If the set-up is none that the engine can run.
pub fn attempts(summary: &Summary) -> Result<Vec<Attempt>, String> {
    let plan = plan(summary)?;
    let multiplier = summary.u_mult.unwrap_or(0.618_033_988_749_894_9);
    let cut = summary.u_quant != 0;
    let script = move |client: u32, draw: u64| {
        let number = (131 * u64::from(client) + draw + 1) as f64;
        let unit = (number * multiplier).fract();
        if cut {
            (unit * 1e3).floor() / 1e3
        } else {
            unit
        }
    };
    let source = Scripted::new(Keys::new(0, 0), plan.activities(), script);
    let mut simulation: Simulation<'_, _, Attempts> =
        Simulation::new(&plan, source, Attempts::of(summary.clients));
    while simulation.advance(u64::MAX) == Progress::Running {}
    let (outcome, recorder) = simulation.finish();
    match outcome.cut_off {
        Some(cut_off) => Err(format!("the run was cut off: {cut_off:?}")),
        None => Ok(recorder.finish()),
    }
}

fn plan(summary: &Summary) -> Result<Plan, String> {
    let span = |seconds: super::Exact| seconds.seconds().ok_or("no such time");
    let stagger = summary.stagger.map_or(Ok(Span::ZERO), span)?;
    // A bucket that is meant never to refill was recorded with a rate of next to nothing.
    let rate = match summary.rate.to_f64() * summary.end {
        earned if earned < 1e-6 => Rate::ZERO,
        _ => summary.rate.per_second().ok_or("no such rate")?,
    };
    let policy = policy(summary.mode, &summary.sdk)?;

    let mut builder = PlanBuilder::new(&summary.name, "today");
    let error = summary.error.as_deref().unwrap_or("ThrottlingException");
    // A bare status, or a code in an answer of status 400.
    let (status, code) = match error.parse() {
        Ok(status) => (status, None),
        Err(_) => (400, Some(error.to_owned())),
    };
    let shape = ErrorShape {
        origin: Origin::Response,
        status: Some(status),
        code,
    };
    let error = builder.error(shape, ErrorSource::Limiter(0), "throttled");
    let bucket = TokenBucketSpec {
        burst: summary.burst,
        refill: Refill::Continuous(rate),
    };
    let limiter = builder.limiter(LimiterPlan {
        service: "ecr".to_owned(),
        name: "requests".to_owned(),
        spec: Spec::new(Algorithm::TokenBucket(bucket)),
        client_side: false,
        scope: Scope::Global,
        keys: vec!["all".to_owned()],
        error,
        hint: match summary.retry_after_ms {
            None => Hint::None,
            Some(millis) => Hint::Fixed(HintHeader::AmzRetryAfter, Span::from_millis(millis)),
        },
        background: Rate::ZERO,
        raisable: None,
        records: Vec::new(),
        source: String::new(),
        assumption: None,
    });
    let operation = builder.operation("ecr", "login");
    builder.workload("clients", "calls", false);
    let block = builder.block(BlockSpec {
        name: "clients",
        role: BlockRole::Unit,
        count: summary.clients,
        start: Start::Arrivals(Arrivals::Every {
            count: summary.clients,
            every: stagger,
            from: span(summary.start)?,
        }),
        starts_when_done: true,
    });
    let base = builder.clients(summary.clients);
    let rule = KeyRule::Place {
        base,
        divisor: 1,
        modulus: summary.clients,
    };
    let call = LoopSpec {
        name: "sdk",
        policy,
        give_up: GiveUp::Continue,
        client: Some(ClientRule {
            rule,
            per_call: false,
            shared: false,
        }),
        measured: false,
        whatever_failed: false,
    };
    let request = SiteSpec {
        operation,
        checks: vec![Check {
            limiter,
            cost: 1,
            key: KeyRule::Constant(0),
        }],
        faults: Vec::new(),
        latency: Latency::RoundTrip(Distribution::Constant(span(summary.latency)?)),
        service: Service::Plain,
        background: false,
    };
    builder.program(block, |program| {
        let to = program.here();
        program.retry(call, |program| {
            program.send(request);
        });
        program.step(Step::Repeat {
            counter: 0,
            times: summary.calls,
            to,
        });
    });
    Ok(builder.finish())
}

fn policy(mode: Mode, sdk: &str) -> Result<RetryPolicy, String> {
    let old = sdk.starts_with("botocore 1.34.");
    if !old && !sdk.starts_with("botocore 1.44.") {
        return Err(format!("nothing is known about {sdk}"));
    }
    let name = match (mode, old) {
        (Mode::Legacy, _) => "aws-legacy",
        (Mode::Standard | Mode::Adaptive, true) => "aws-standard-2.0-botocore-1.34",
        (Mode::Standard | Mode::Adaptive, false) => "aws-standard-2.1",
    };
    let mut policy = preset(name)
        .ok_or_else(|| format!("no preset {name}"))?
        .policy;
    if mode == Mode::Adaptive {
        policy.rate_limiter = RateLimiter::Botocore;
    }
    Ok(policy)
}

/// Writes every attempt down.
struct Attempts {
    /// By client.
    open: Vec<Open>,
    done: Vec<Attempt>,
}

/// The attempt that a client has under way.
#[derive(Clone, Default)]
struct Open {
    call: u32,
    attempt: u32,
    sent: Time,
    decided: Time,
}

impl Attempts {
    fn of(clients: u32) -> Self {
        Attempts {
            open: vec![Open::default(); clients as usize],
            done: Vec::new(),
        }
    }

    /// By the time of the answer. What is answered at one instant was decided in this order.
    fn finish(mut self) -> Vec<Attempt> {
        self.done.sort_by_key(|attempt| attempt.answered);
        self.done
    }
}

impl Recorder for Attempts {
    fn sent(&mut self, request: &Request) {
        let open = &mut self.open[request.activity as usize];
        open.attempt += 1;
        open.sent = request.at;
    }

    fn decided(&mut self, attempt: &record::Attempt, _: Decision, _: &Limiter) {
        self.open[attempt.activity as usize].decided = attempt.at;
    }

    fn passed(&mut self, pass: &Pass, client: Option<&ClientState>) {
        let open = &mut self.open[pass.activity as usize];
        let sleep = match pass.failure {
            Some(Verdict::Retry(sleep)) => Some(sleep),
            _ => None,
        };
        self.done.push(Attempt {
            client: pass.activity,
            call: open.call,
            attempt: open.attempt,
            sent: open.sent,
            decided: open.decided,
            answered: pass.at,
            admitted: pass.failure.is_none(),
            sleep,
            last: sleep.is_none(),
            quota: client.and_then(ClientState::quota_left),
            rate_limiter: client.and_then(ClientState::rate_limiter).cloned(),
        });
        if sleep.is_none() {
            open.call += 1;
            open.attempt = 0;
        }
    }
}
