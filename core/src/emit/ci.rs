//! What the fragments of all CI systems have in common.

use super::diff::{Both, Diff};
use crate::scenario::model::{Arrivals, CiFanout, CiSystem, Workload};
use crate::units::Span;

/// The fan-outs that the scenario says this system runs.
pub(super) fn fan_outs<'p>(
    diff: &Diff<'p>,
    system: CiSystem,
) -> impl Iterator<Item = Both<'p, CiFanout>> {
    let fan_outs = diff.kind(|workload: &Workload| match workload {
        Workload::CiFanout(fanout) => Some(fanout),
        Workload::ApiCallers(_)
        | Workload::ImagePulls(_)
        | Workload::ImagePushes(_)
        | Workload::SwarmService(_)
        | Workload::EcsDeployment(_)
        | Workload::KubernetesRollout(_)
        | Workload::ScaleOut(_)
        | Workload::Herd(_)
        | Workload::Replay(_) => None,
    });
    fan_outs.filter(move |it| it.own.ci == Some(system))
}

/// What is said of the place of several fragments of one file: a file has each key once, and YAML
/// refuses one that stands twice.
pub(super) fn merged(fragments: usize) -> &'static str {
    match fragments {
        0 | 1 => "",
        _ => ", merged with the other fragments: each key stands once",
    }
}

/// How many jobs each of so many groups gets.
pub(super) fn shares(jobs: u32, groups: u32) -> impl Iterator<Item = u32> {
    (0..groups).map(move |group| jobs / groups + u32::from(group < jobs % groups))
}

/// Whole seconds from one workflow to the next, if the variant gives them another distance than
/// today and one at all.
pub(super) fn distance(fanout: &Both<'_, CiFanout>) -> Option<u64> {
    let distance = fanout.changed(|it| shortest_distance(&it.workflows))??;
    Some(whole_seconds(distance)).filter(|seconds| *seconds > 0)
}

/// The shortest time between two workflows that do not begin together.
fn shortest_distance(arrivals: &Arrivals) -> Option<Span> {
    match arrivals {
        Arrivals::Every { count, every, .. } => (*count > 1).then_some(*every),
        Arrivals::At(times) => {
            let mut times = times.clone();
            times.sort_unstable();
            let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
            gaps.min()
        }
        Arrivals::Random { .. } | Arrivals::Herd(_) => None,
    }
}

/// Seconds, the next whole number of them.
pub(super) fn whole_seconds(span: Span) -> u64 {
    span.as_nanos().div_ceil(1_000_000_000)
}
