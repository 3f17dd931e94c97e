//! Nodes that join a cluster, cold, and pull what runs on them.
//!
//! ```text
//! node   boot, fork pods, join
//! pod    pull (the kubelet tries for ever), start, started
//! ```

use super::ending::end;
use super::keys::Hosts;
use super::kubernetes_rollout::paced;
use super::problem::Problems;
use super::pull::Pulls;
use super::rolling::wait;
use super::{World, fits};
use crate::catalog::client::Action;
use crate::plan::{BlockRole, BlockSpec, Fork, JoinRule, NONE, PlanBuilder, Start, Step, Wanted};
use crate::scenario::model::{Arrivals, ScaleOut};
use crate::units::Span;

/// Draws of spans, apart from each other.
const BOOT: u32 = 0;
const START: u32 = 1;

pub(super) fn compile(
    path: &str,
    name: &str,
    scale_out: &ScaleOut,
    world: World<'_>,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    let moved = Pulls::resolve(
        Action::Pull,
        (path, name),
        &scale_out.moving,
        world,
        problems,
    );
    let Some(pulls) = moved else { return };
    let Some(mut pulls) = paced(pulls, path, &scale_out.kubelet, problems) else {
        return;
    };
    let pods = u64::from(scale_out.nodes) * u64::from(scale_out.pods);
    let entities = pods
        .saturating_mul(1 + pulls.children())
        .saturating_add(u64::from(scale_out.nodes));
    if !fits(entities, path, builder, problems) {
        return;
    }
    let pods = pods as u32;
    builder.workload(name, "requests", false);
    let nodes = builder.block(BlockSpec {
        name: "nodes",
        role: BlockRole::Group,
        count: scale_out.nodes,
        start: Start::Arrivals(waves(scale_out)),
        starts_when_done: false,
    });
    let block = builder.block(BlockSpec {
        name: "pods",
        role: BlockRole::Unit,
        count: pods,
        start: Start::Forked {
            parent: nodes,
            each: scale_out.pods,
        },
        starts_when_done: false,
    });
    let hosts = Hosts {
        neighbours: scale_out.pods,
        count: scale_out.nodes,
    };
    pulls.lay_out(builder, block, pods, hosts);
    builder.program(nodes, |p| {
        wait(p, &scale_out.boot, BOOT);
        p.fork(Fork {
            block,
            from: 0,
            count: scale_out.pods,
            spread: Span::ZERO,
            join: JoinRule::All,
            cancel_after: NONE,
            wanted: Wanted::WithParent,
            retry: NONE,
        });
    });
    builder.program(block, |p| {
        pulls.write(p);
        wait(p, &scale_out.start, START);
        p.step(Step::Started);
    });
    end(builder, scale_out.watched.until, &[nodes]);
}

/// When the nodes join.
fn waves(scale_out: &ScaleOut) -> Arrivals {
    let wave = match scale_out.wave {
        0 => scale_out.nodes,
        wave => wave,
    };
    let joins = |node: u32| {
        let waves_before = u64::from(node / wave);
        let after = scale_out.every.as_nanos().saturating_mul(waves_before);
        scale_out.watched.from + Span::from_nanos(after)
    };
    Arrivals::At((0..scale_out.nodes).map(joins).collect())
}
