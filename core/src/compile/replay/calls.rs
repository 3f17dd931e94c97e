//! Recorded arrivals that are calls.

use super::sources::Sources;
use super::state;
use super::timed::Timed;
use crate::compile::clients;
use crate::compile::keys::{self, Hosts};
use crate::compile::problem::Problems;
use crate::compile::sdk_call::SdkCall;
use crate::compile::service::{Resolved, Services};
use crate::order::Arrange;
use crate::plan::{BlockRole, BlockSpec, GiveUp, NONE, PlanBuilder, Start, Step};
use crate::recording::{Arrival, Recording};
use crate::scenario::model::{Client, Place, Placed, Requests};
use crate::yaml::nearest;

/// Recorded arrivals that are calls.
pub(super) struct Calls<'a> {
    pub path: &'a str,
    pub name: &'a str,
    pub place: Option<Place>,
    pub requests: &'a Requests,
    pub operation: Option<&'a Placed<String>>,
    pub client: Client,
    pub keyed: bool,
    pub event_source: Option<&'a Placed<String>>,
}

impl Calls<'_> {
    pub fn compile(
        &self,
        timed: Timed<'_>,
        recording: &Recording,
        services: &Services,
        builder: &mut PlanBuilder,
        problems: &mut Problems,
    ) {
        let Some(service) = services.find(&self.requests.service, self.path, problems) else {
            return;
        };
        let Some((operations, mut arrivals)) =
            self.operations(recording, service, builder, problems)
        else {
            return;
        };
        // Those of one operation stand side by side, so that a program can tell them apart.
        arrivals.arrange_by_key(|(operation, _)| *operation);
        let copies = timed.replay.copies;
        let count = arrivals.len() as u32 * copies;
        builder.workload(self.name, "calls", false);
        let block = builder.block(BlockSpec {
            name: "arrivals",
            role: BlockRole::Unit,
            count,
            start: Start::Arrivals(timed.arrivals(arrivals.iter().map(|(_, arrival)| arrival))),
            starts_when_done: true,
        });
        let hosts = self.keyed.then(|| {
            // Who is not told is somebody else.
            let unknown = recording.keys.len() as u32;
            let host = |(_, arrival): &(usize, Arrival)| arrival.key.unwrap_or(unknown);
            let each = arrivals
                .iter()
                .flat_map(|it| std::iter::repeat_n(host(it), copies as usize));
            each.collect::<Vec<u32>>()
        });
        let host_count = match &hosts {
            Some(_) => recording.keys.len() as u32 + 1,
            None => count,
        };
        let policy = &self.requests.retry.policy;
        let client = clients::rule(policy, self.client, count, builder);
        let sites: Vec<_> = operations
            .iter()
            .map(|operation| {
                let spread = Hosts {
                    neighbours: 1,
                    count: host_count,
                };
                let identity = &self.requests.identity;
                let mut checks = service.checks(operation, self.name, identity, spread, builder);
                if let Some(hosts) = &hosts {
                    for check in &mut checks {
                        check.key = keys::by_list(builder, check.key, hosts);
                    }
                }
                (operation, checks)
            })
            .collect();
        let call = SdkCall {
            workload: self.name,
            service,
            policy,
            give_up: GiveUp::Propagate,
            client,
        };
        builder.program(block, |program| {
            let mut below = 0;
            let mut places = Vec::new();
            for operation in 0..sites.len() - 1 {
                below += arrivals.iter().filter(|(of, _)| *of == operation).count() as u32 * copies;
                places.push(program.step(Step::IfPlace {
                    each: count,
                    below,
                    to: NONE,
                }));
            }
            // The last operation follows at once, the others where their jumps land.
            let mut ends = Vec::new();
            for (place, (operation, checks)) in sites.iter().enumerate().rev() {
                if let Some(jump) = places.get(place) {
                    ends.push(program.step(Step::Jump { to: NONE }));
                    program.land(*jump);
                }
                call.write(program, operation, checks);
            }
            for end in ends {
                program.land(end);
            }
        });
    }

    /// The operations that are called, and the arrivals with theirs. Arrivals of what the service
    /// does not have are left out, and the plan says so.
    #[allow(clippy::type_complexity)]
    fn operations(
        &self,
        recording: &Recording,
        service: &Resolved,
        builder: &mut PlanBuilder,
        problems: &mut Problems,
    ) -> Option<(Vec<String>, Vec<(usize, Arrival)>)> {
        let sources = Sources {
            path: self.path,
            name: self.name,
            place: self.place,
            stated: self.event_source,
            known: match self.operation {
                // Whoever says what each arrival calls means each.
                Some(_) => None,
                None => service
                    .known()
                    .and_then(|known| known.event_source.as_deref()),
            },
        };
        let recorded = sources.arrivals(recording, builder, problems)?;
        if let Some(operation) = self.operation {
            let path = format!("{}.operation", self.path);
            if !service.check_operation(operation, &path, problems) {
                return None;
            }
            let all = recorded.into_iter().map(|arrival| (0, arrival));
            return Some((vec![operation.value.clone()], all.collect()));
        }
        let mut operations: Vec<String> = Vec::new();
        // What each name of the recording is here, into `operations`.
        let known: Vec<Option<usize>> = recording
            .operations
            .iter()
            .map(|name| {
                let operation = service.recorded(name)?;
                let place = operations.iter().position(|known| *known == operation);
                Some(place.unwrap_or_else(|| {
                    operations.push(operation);
                    operations.len() - 1
                }))
            })
            .collect();
        let of = |arrival: &Arrival| known[arrival.operation? as usize];
        let arrivals: Vec<(usize, Arrival)> = recorded
            .iter()
            .filter_map(|arrival| Some((of(arrival)?, *arrival)))
            .collect();
        let left_out = recorded.len() - arrivals.len();
        let names = left_out_names(recording, &recorded, &known);
        if arrivals.is_empty() {
            let message = match recording.operations.is_empty() {
                true => "the recording does not tell operations".to_owned(),
                false => format!(
                    "{} has none of the recorded operations: {names}",
                    service.name
                ),
            };
            let hint = format!(
                "say what each arrival calls: `operation: {}`",
                operation_like(service, recording)
            );
            problems.push(
                self.requests.service.place,
                &format!("{}.recording", self.path),
                message,
                Some(hint),
            );
            return None;
        }
        if left_out > 0 {
            let text = format!(
                "{left_out} of {} recorded arrivals of `{}` are left out, for {} does not \
                 have or count what they call: {names}",
                recorded.len(),
                self.name,
                service.name
            );
            state(builder, text);
        }
        Some((operations, arrivals))
    }
}

/// An operation of a service that is named nearly as one of a recording, or else its first.
fn operation_like(service: &Resolved, recording: &Recording) -> String {
    let known = service.known().map_or(&[][..], |known| &known.operations);
    let names = || known.iter().map(|operation| operation.name.as_str());
    let mut recorded = recording.operations.iter();
    let near = recorded.find_map(|name| nearest(name, names()));
    near.or_else(|| names().next()).unwrap_or("Get").to_owned()
}

/// Names of operations of recorded arrivals that the service does not have, the first few of them.
fn left_out_names(recording: &Recording, recorded: &[Arrival], known: &[Option<usize>]) -> String {
    const SHOWN_MAX: usize = 5;
    let mut called = vec![false; known.len()];
    for arrival in recorded {
        if let Some(operation) = arrival.operation {
            called[operation as usize] = true;
        }
    }
    let names = recording.operations.iter().zip(known.iter().zip(called));
    let names = names.filter(|(_, (known, called))| known.is_none() && *called);
    let names: Vec<&str> = names.map(|(name, _)| name.as_str()).collect();
    let mut shown: Vec<&str> = names.iter().copied().take(SHOWN_MAX).collect();
    if recorded.iter().any(|arrival| arrival.operation.is_none()) {
        shown.push("no operation at all");
    }
    if names.len() > SHOWN_MAX {
        shown.push("...");
    }
    shown.join(", ")
}
