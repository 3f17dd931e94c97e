//! Rolling updates of a Kubernetes deployment.
//!
//! ```text
//! pod      room (consume), schedule, pull (the kubelet tries for ever), start, started, ready,
//!          spare (signal)
//! old pod  spare (consume), terminate, room (signal)
//! ```

use super::ending::end;
use super::problem::Problems;
use super::pull::Pulls;
use super::rolling::{Bounds, Rolling, wait};
use super::{World, fits};
use crate::catalog::client::Action;
use crate::plan::{BlockRole, BlockSpec, Counted, PlanBuilder, Start, Step};
use crate::scenario::model::{Arrivals, KubeletPulls, KubernetesRollout, Placed};
use crate::units::Span;

/// Draws of a pod's spans, apart from each other.
const SCHEDULE: u32 = 0;
const START: u32 = 1;
const READY: u32 = 2;
const TERMINATE: u32 = 3;

pub(super) fn compile(
    path: &str,
    name: &str,
    rollout: &KubernetesRollout,
    world: World<'_>,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    let moved = Pulls::resolve(Action::Pull, (path, name), &rollout.moving, world, problems);
    let Some(pulls) = moved else { return };
    let Some(mut pulls) = paced(pulls, path, &rollout.kubelet, problems) else {
        return;
    };
    let pods = rollout.replicas;
    let entities = u64::from(pods).saturating_mul(2 + pulls.children());
    if !fits(entities, path, builder, problems) {
        return;
    }
    builder.workload(name, "requests", false);
    let spec = |name, role| BlockSpec {
        name,
        role,
        count: pods,
        start: Start::Arrivals(Arrivals::Every {
            count: pods,
            every: Span::ZERO,
            from: rollout.watched.from,
        }),
        starts_when_done: false,
    };
    let new = builder.block(spec("pods", BlockRole::Unit));
    let old = builder.block(spec("old_pods", BlockRole::Event));
    let hosts = pulls.hosts_of(rollout.nodes, pods);
    pulls.lay_out(builder, new, pods, hosts);
    let missing = rollout.max_unavailable.down(pods);
    let rolling = Rolling::lay_out(
        builder,
        Bounds {
            groups: 1,
            desired: pods,
            upper: pods.saturating_add(rollout.max_surge.up(pods)),
            lower: pods - missing,
            counted: Counted::ReadyPods,
        },
    );
    builder.program(new, |p| {
        rolling.wait_for_room(p);
        wait(p, &rollout.schedule, SCHEDULE);
        pulls.write(p);
        wait(p, &rollout.start, START);
        p.step(Step::Started);
        wait(p, &rollout.ready_after, READY);
        rolling.healthy(p);
    });
    builder.program(old, |p| {
        rolling.stop(p, (&rollout.terminate, TERMINATE), |_| {});
    });
    end(builder, rollout.watched.until, &[new, old]);
}

/// Pulls at the pace of a kubelet with these settings; a problem where its limiter cannot count
/// exactly.
pub(super) fn paced<'a>(
    pulls: Pulls<'a>,
    path: &str,
    kubelet: &Placed<KubeletPulls>,
    problems: &mut Problems,
) -> Option<Pulls<'a>> {
    let KubeletPulls {
        qps,
        burst,
        serialize,
        parallel_max,
    } = kubelet.value;
    let at_once = (!serialize).then_some(parallel_max);
    match pulls.paced(qps, burst, at_once) {
        Ok(pulls) => Some(pulls),
        Err(error) => {
            let path = format!("{path}.kubelet");
            let hint =
                "write a `registry_qps` and a `registry_burst` that kubelets have, like 5/s and 10";
            problems.push(
                kubelet.place,
                &path,
                error.to_string(),
                Some(hint.to_owned()),
            );
            None
        }
    }
}
