//! Callers of API operations: deploy tools, pollers, infrastructure as code.
//!
//! ```text
//! caller   rounds x { for each operation: n x { sdk loop { send }, think }, pause }, started,
//!          polls x { pause, for each operation: sdk loop { send } }
//! ```

use super::clients;
use super::fits;
use super::keys::Hosts;
use super::problem::Problems;
use super::sdk_call::SdkCall;
use super::service::Services;
use crate::plan::{BlockRole, BlockSpec, Check, GiveUp, NONE, PlanBuilder, Start, Step};
use crate::scenario::model::{ApiCallers, OnFailure, Placed};

/// Draws of a caller's pauses, apart from each other: between rounds, between polls, and from this
/// number on before the calls of each operation.
const PAUSE: u32 = 0;
const POLL: u32 = 1;
const THINK: u32 = 2;

/// Counters of a caller: rounds; and calls of one operation, then polls.
const ROUNDS: u32 = 0;
const CALLS: u32 = 1;

pub(super) fn compile(
    path: &str,
    name: &str,
    callers: &ApiCallers,
    services: &Services,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    let Some(service) = services.find(&callers.requests.service, path, problems) else {
        return;
    };
    for call in &callers.calls {
        let operation = Placed {
            value: call.value.0.clone(),
            place: call.place,
        };
        service.check_operation(&operation, &format!("{path}.calls"), problems);
    }
    for operation in callers.poll.iter().flat_map(|poll| &poll.calls) {
        service.check_operation(operation, &format!("{path}.poll.calls"), problems);
    }
    let count = callers.callers.count_max();
    if !fits(count, path, builder, problems) {
        return;
    }
    let count = count as u32;
    builder.workload(name, "calls", false);
    let block = builder.block(BlockSpec {
        name: "callers",
        role: BlockRole::Unit,
        count,
        start: Start::Arrivals(callers.callers.clone()),
        starts_when_done: callers.poll.is_none(),
    });
    let mut policy = callers.requests.retry.policy.clone();
    policy.long_polling |= callers.long_polling;
    let client = clients::rule(&policy, callers.client, count, builder);
    let think = builder.duration(callers.think.clone());
    let pause = builder.duration(callers.pause.clone());
    let hosts = Hosts {
        neighbours: 1,
        count: callers.callers.hosts().unwrap_or(count),
    };
    let mut checks = |operation: &str| {
        service.checks(operation, name, &callers.requests.identity, hosts, builder)
    };
    let sites: Vec<(&str, u32, Vec<Check>)> = callers
        .calls
        .iter()
        .map(|call| {
            let (operation, times) = &call.value;
            (operation.as_str(), *times, checks(operation))
        })
        .collect();
    let polled: Vec<(&str, Vec<Check>)> = callers
        .poll
        .iter()
        .flat_map(|poll| &poll.calls)
        .map(|operation| (operation.value.as_str(), checks(&operation.value)))
        .collect();
    let every = callers
        .poll
        .as_ref()
        .map(|poll| (builder.duration(poll.every.clone()), poll.times));
    let give_up = match callers.on_failure {
        OnFailure::Stop => GiveUp::Propagate,
        OnFailure::Continue => GiveUp::Continue,
    };
    let call = SdkCall {
        workload: name,
        service,
        policy: &policy,
        give_up,
        client,
    };
    builder.program(block, |program| {
        let first = program.step(Step::Jump { to: NONE });
        let next_round = program.step(Step::Wait {
            duration: pause,
            draw: PAUSE,
        });
        program.land(first);
        for (place, (operation, times, checks)) in sites.iter().enumerate() {
            // A pause lies between two calls, not before the first or after the last.
            let skip = (place == 0).then(|| program.step(Step::Jump { to: NONE }));
            let again = program.step(Step::Wait {
                duration: think,
                draw: THINK + place as u32,
            });
            if let Some(skip) = skip {
                program.land(skip);
            }
            call.write(program, operation, checks);
            if *times > 1 {
                program.step(Step::Repeat {
                    counter: CALLS,
                    times: *times,
                    to: again,
                });
            }
        }
        if callers.rounds > 1 {
            program.step(Step::Repeat {
                counter: ROUNDS,
                times: callers.rounds,
                to: next_round,
            });
        }
        let Some((pause, polls)) = every else {
            return;
        };
        program.step(Step::Started);
        let again = program.step(Step::Wait {
            duration: pause,
            draw: POLL,
        });
        for (operation, checks) in &polled {
            call.write(program, operation, checks);
        }
        if polls > 1 {
            program.step(Step::Repeat {
                counter: CALLS,
                times: polls,
                to: again,
            });
        }
    });
}
