//! Envoy: the jittered back-off and the lower bound of the reset headers.

use super::scripted::Scripted;
use super::{Case, Few, Tried};
use crate::cases::Tally;
use pullstorm_core::retry::{Class, Failure, HintRule, Memory, RetryPolicy, Strategy, Verdict};
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Jittered {
    base_ms: u64,
    max_ms: u64,
    random: u64,
    calls: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LowerBound {
    interval_ms: u64,
    random: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    delay_ms: Few<f64>,
}

pub fn check(case: &Case, tally: &mut Tally) -> Tried {
    match case.case.as_str() {
        "jittered_exponential.basic" | "jittered_exponential.max" => {
            let inputs: Jittered = case.inputs()?;
            let strategy = Strategy::Envoy {
                base: Span::from_millis(inputs.base_ms),
                max: Span::from_millis(inputs.max_ms),
            };
            let policy = RetryPolicy::new(strategy, RetryPolicy::UNLIMITED);
            delays(case, &policy, None, inputs.random, inputs.calls, tally)
        }
        "lower_bound.low" | "lower_bound.high" => {
            let inputs: LowerBound = case.inputs()?;
            let policy = RetryPolicy {
                hint: HintRule::Spread,
                ..RetryPolicy::new(Strategy::None, 2)
            };
            let hint = Some(Span::from_millis(inputs.interval_ms));
            delays(case, &policy, hint, inputs.random, 1, tally)
        }
        _ => Ok(None),
    }
}

fn delays(
    case: &Case,
    policy: &RetryPolicy,
    hint: Option<Span>,
    random: u64,
    calls: u32,
    tally: &mut Tally,
) -> Tried {
    let expected: Expected = case.expected()?;
    let mut memory = Memory::default();
    let mut uniform = Scripted::bits(random);
    let failure = Failure {
        class: Some(Class::Transient),
        hint,
    };
    for n in 0..calls as usize {
        memory.sends += 1;
        let want = expected.delay_ms.nth(n).ok_or("fewer delays than calls")?;
        let verdict = policy.after_failure(failure, &mut memory, None, Time::ZERO, &mut uniform);
        let want = Verdict::Retry(Span::from_secs_f64(want / 1e3));
        tally.exact(format!("{} {n}", case.name()), verdict, want);
    }
    Ok(Some(()))
}
