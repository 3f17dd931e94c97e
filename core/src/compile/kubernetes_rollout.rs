//! Rolling updates of a Kubernetes deployment.
//!
//! ```text
//! pod      room (consume), schedule, pull (the kubelet tries for ever), start, started, ready,
//!          spare (signal)
//! old pod  spare (consume), terminate, room (signal)
//! ```

use super::fits;
use super::images::Images;
use super::keys::Hosts;
use super::problem::Problems;
use super::pull::{Pulls, Who};
use super::rolling::{Bounds, Rolling, wait};
use super::service::Services;
use crate::plan::{BlockRole, BlockSpec, PlanBuilder, Start, Step};
use crate::scenario::model::{Arrivals, KubeletPulls, KubernetesRollout};
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
    (services, images): (&Services, &Images<'_>),
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    let who = Who {
        workload: name,
        identity: &rollout.identity,
    };
    let section = format!("{path}.pull");
    let pulls = Pulls::resolve(&section, &rollout.pull, who, images, services, problems);
    let Some(pulls) = pulls else { return };
    let mut pulls = paced(pulls, &rollout.kubelet);
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
            from: rollout.from,
        }),
        starts_when_done: false,
    };
    let new = builder.block(spec("pods", BlockRole::Unit));
    let old = builder.block(spec("old_pods", BlockRole::Event));
    let hosts = Hosts {
        neighbours: 1,
        count: rollout.nodes.min(pods),
    };
    pulls.lay_out(builder, new, pods, hosts);
    let missing = rollout.max_unavailable.down(pods);
    let rolling = Rolling::lay_out(
        builder,
        Bounds {
            groups: 1,
            desired: pods,
            upper: pods.saturating_add(rollout.max_surge.up(pods)),
            lower: pods - missing,
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
    end(builder, rollout.until, &[new, old]);
}

/// One looks no longer: everything that some blocks still do ends.
pub(super) fn end(builder: &mut PlanBuilder, at: Span, blocks: &[u32]) {
    let event = builder.block(BlockSpec {
        name: "end",
        role: BlockRole::Event,
        count: 1,
        start: Start::Arrivals(Arrivals::At(vec![at])),
        starts_when_done: false,
    });
    builder.program(event, |p| {
        for block in blocks {
            p.step(Step::EndBlock { block: *block });
        }
    });
}

/// Pulls at the pace of a kubelet with these settings.
pub(super) fn paced<'a>(pulls: Pulls<'a>, kubelet: &KubeletPulls) -> Pulls<'a> {
    let at_once = (!kubelet.serialize).then_some(kubelet.parallel_max);
    pulls.paced(kubelet.qps, kubelet.burst, at_once)
}
