//! The kubelet's image back-off.

use super::scripted::{answer, sleeps, times};
use super::{Case, Few, Tried};
use crate::cases::Tally;
use pullstorm_core::catalog::client;
use pullstorm_core::catalog::client::{LoopMemory, OuterLoop};
use pullstorm_core::retry::{Params, RetryPolicy};
use pullstorm_core::units::Span;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inputs {
    initial_s: u64,
    max_s: u64,
    #[serde(rename = "step_s")]
    _step_s: Option<u64>,
    #[serde(rename = "get_before_each_next")]
    reads: Option<usize>,
    #[serde(rename = "backoff_at_max")]
    _at_max: Option<bool>,
    idle_s: Option<u64>,
    #[serde(rename = "then")]
    _then: Option<String>,
    consecutive_failures: Option<Few<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    in_backoff: Option<bool>,
    backoff_s: Option<Few<f64>>,
}

pub fn check(case: &Case, tally: &mut Tally) -> Tried {
    let inputs: Inputs = case.inputs()?;
    let expected: Expected = case.expected()?;
    let kubelet = client("kubelet").and_then(|client| client.wrapper());
    let image = kubelet
        .ok_or("no kubelet")?
        .loops
        .first()
        .ok_or("no loop")?;
    let params = Params {
        base: Some(Span::from_secs(inputs.initial_s)),
        cap: Some(Span::from_secs(inputs.max_s)),
        ..Params::default()
    };
    let policy = image.policy.policy.with(&params);
    let policy = policy.map_err(|error| format!("{error:?}"))?;
    let name = case.name();
    match case.case.as_str() {
        "slow_backoff" => {
            // Read before each failure is counted: nothing first, then what the last one left.
            let reads = inputs.reads.ok_or("how many reads?")?;
            let mut left = vec![Span::ZERO];
            left.extend(failures(&policy, reads - 1));
            compare(case, tally, &left, expected.backoff_s)?;
        }
        "kubelet_image_pull_schedule" => {
            let count = inputs.consecutive_failures.ok_or("how many failures?")?;
            let count = count.list().into_iter().max().ok_or("no failures")?;
            let own = failures(&image.policy.policy, count as usize);
            compare(case, tally, &own, expected.backoff_s)?;
        }
        "reset_after_twice_max" => {
            let idle = Span::from_secs(inputs.idle_s.ok_or("how long?")?);
            let held = memory(image, &policy).remembers(idle);
            tally.exact(name, held, expected.in_backoff.ok_or("no answer")?);
        }
        "high_water_mark_kept_within_twice_max" => {
            let idle = Span::from_secs(inputs.idle_s.ok_or("how long?")?);
            tally.exact(
                format!("{name} held"),
                memory(image, &policy).remembers(idle),
                true,
            );
            let next = failures(&policy, 10).last().copied();
            compare(case, tally, next.as_slice(), expected.backoff_s)?;
        }
        _ => return Ok(None),
    }
    Ok(Some(()))
}

/// The kubelet's memory with the cap of another policy: it forgets after twice the cap.
fn memory(image: &OuterLoop, policy: &RetryPolicy) -> LoopMemory {
    let cap = |policy: &RetryPolicy| policy.params().cap.map_or(0, Span::as_nanos);
    match image.memory {
        LoopMemory::PodImage { forgotten_after } => {
            let caps = forgotten_after.as_nanos() / cap(&image.policy.policy);
            LoopMemory::PodImage {
                forgotten_after: Span::from_nanos(caps * cap(policy)),
            }
        }
        other => other,
    }
}

fn failures(policy: &RetryPolicy, count: usize) -> Vec<Span> {
    sleeps(policy, &times(&answer(429), count), &[0.9])
}

fn compare(
    case: &Case,
    tally: &mut Tally,
    got: &[Span],
    want: Option<Few<f64>>,
) -> Result<(), String> {
    let want = want.ok_or("no back-off expected")?;
    for (n, got) in got.iter().enumerate() {
        let want = want.nth(n).ok_or("fewer back-offs than failures")?;
        tally.within(
            format!("{} {n}", case.name()),
            got.as_secs_f64(),
            want,
            case.tolerance(),
        );
    }
    Ok(())
}
