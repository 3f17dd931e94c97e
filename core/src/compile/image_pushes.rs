//! Builds that push images.
//!
//! ```text
//! push   sign in, for each tag: script loop { image, image ... }
//! ```

use super::keys::Hosts;
use super::problem::Problems;
use super::pull::Pulls;
use super::{World, fits};
use crate::catalog::client::Action;
use crate::plan::{
    BlockRole, BlockSpec, ClientRule, GiveUp, KeyRule, LoopSpec, PlanBuilder, Start, Step,
};
use crate::scenario::model::ImagePushes;

pub(super) fn compile(
    path: &str,
    name: &str,
    pushing: &ImagePushes,
    world: World<'_>,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    let moved = Pulls::resolve(Action::Push, (path, name), &pushing.moving, world, problems);
    let Some(mut pushes) = moved else { return };
    if pushing.login.is_some() {
        pushes.refuse_login_of_strangers(&format!("{path}.login"), problems);
    }
    let count = pushing.pushes.count_max();
    let entities = count.saturating_mul(1 + pushes.uploads());
    if !fits(entities, path, builder, problems) {
        return;
    }
    let count = count as u32;
    let hosts = Hosts {
        neighbours: 1,
        count: pushing.hosts.unwrap_or(count).min(count).max(1),
    };
    builder.workload(name, "requests", false);
    let block = builder.block(BlockSpec {
        name: "pushes",
        role: BlockRole::Unit,
        count,
        start: Start::Arrivals(pushing.pushes.clone()),
        starts_when_done: true,
    });
    pushes.lay_out_pushes(builder, block, count, hosts);
    let policy = pushing.retry.policy.clone();
    let client = policy.keeps_client_state().then(|| ClientRule {
        rule: KeyRule::Place {
            base: builder.clients(count),
            divisor: 1,
            modulus: count,
        },
        per_call: true,
        shared: false,
    });
    let script = LoopSpec {
        name: "script",
        policy,
        give_up: GiveUp::Propagate,
        client,
        measured: false,
        // A script sees that a command has failed, and not of what.
        whatever_failed: true,
    };
    builder.program(block, |program| {
        if let Some(login) = &pushing.login {
            pushes.write_login(program, &login.policy);
        }
        let again = program.here();
        program.retry(script, |program| pushes.write_push(program));
        if pushing.tags > 1 {
            program.step(Step::Repeat {
                counter: 1,
                times: pushing.tags,
                to: again,
            });
        }
    });
}
