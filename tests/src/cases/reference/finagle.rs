//! Finagle's retry budget, with the clock standing still.

use super::{Case, Tried};
use crate::cases::Tally;
use pullstorm_core::retry::{
    Budget, Class, ClientState, Failure, Memory, RetryPolicy, Strategy, Verdict,
};
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inputs {
    #[serde(default = "ten_seconds")]
    ttl_s: f64,
    #[serde(default)]
    min_retries_per_s: u32,
    #[serde(alias = "deposits")]
    requests: u32,
    percent: Percent,
    #[serde(rename = "frozen_clock", default)]
    _frozen_clock: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Percent {
    One(f64),
    Many(Vec<f64>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    retries: Option<Percent>,
    initial_balance: Option<f64>,
    balance: Option<f64>,
}

/// Finagle's default.
fn ten_seconds() -> f64 {
    10.0
}

impl Percent {
    fn list(&self) -> &[f64] {
        match self {
            Percent::One(one) => std::slice::from_ref(one),
            Percent::Many(many) => many,
        }
    }
}

pub fn check(case: &Case, tally: &mut Tally) -> Tried {
    if !matches!(
        case.case.as_str(),
        "percent_only" | "percent_only_more" | "min_retries_only" | "deposits_above_one"
    ) {
        return Ok(None);
    }
    let inputs: Inputs = case.inputs()?;
    let expected: Expected = case.expected()?;
    let tolerance = case.tolerance.unwrap_or(0.0);
    for (n, ratio) in inputs.percent.list().iter().enumerate() {
        let budget = Budget::Finagle {
            ttl: Span::from_secs_f64(inputs.ttl_s),
            per_second_min: inputs.min_retries_per_s,
            ratio: *ratio,
        };
        budget.check().map_err(|error| format!("{error:?}"))?;
        let policy = RetryPolicy {
            budget,
            ..RetryPolicy::new(Strategy::None, RetryPolicy::UNLIMITED)
        };
        let label = |what| format!("{} at {ratio}: {what}", case.name());
        if let Some(want) = expected.initial_balance {
            let got = drained(&policy, policy.new_client(Time::ZERO));
            tally.within(label("balance at first"), got, want, tolerance);
        }
        if let Some(want) = expected.balance {
            let mut client = policy.new_client(Time::ZERO);
            (0..inputs.requests).for_each(|_| policy.begin_call(Some(&mut client), Time::ZERO));
            tally.within(label("balance"), drained(&policy, client), want, tolerance);
        }
        if let Some(want) = &expected.retries {
            let mut client = policy.new_client(Time::ZERO);
            let mut retries = 0.0;
            for _ in 0..inputs.requests {
                policy.begin_call(Some(&mut client), Time::ZERO);
                retries += f64::from(u8::from(retried(&policy, &mut client)));
            }
            let want = want.list().get(n).ok_or("fewer results than percentages")?;
            tally.within(label("retries"), retries, *want, tolerance);
        }
    }
    Ok(Some(()))
}

fn retried(policy: &RetryPolicy, client: &mut ClientState) -> bool {
    let mut memory = Memory::default();
    memory.sends = 1;
    let failure = Failure {
        class: Some(Class::Transient),
        hint: None,
    };
    let mut uniform = super::scripted::Scripted::units(&[0.0]);
    let verdict =
        policy.after_failure(failure, &mut memory, Some(client), Time::ZERO, &mut uniform);
    matches!(verdict, Verdict::Retry(_))
}

/// How many retries the budget still allows.
fn drained(policy: &RetryPolicy, mut client: ClientState) -> f64 {
    let mut retries = 0.0;
    while retried(policy, &mut client) {
        retries += 1.0;
    }
    retries
}
