//! Hosts that pull images and do nothing else.
//!
//! ```text
//! pull   [login], image, image ...       a runner of GitHub: [login], image, [login], image ...
//! ```

use super::problem::Problems;
use super::pull::Pulls;
use super::{World, fits};
use crate::catalog::client::Action;
use crate::plan::{BlockRole, BlockSpec, PlanBuilder, Start};
use crate::scenario::model::ImagePulls;

pub(super) fn compile(
    path: &str,
    name: &str,
    pulling: &ImagePulls,
    world: World<'_>,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    let moved = Pulls::resolve(Action::Pull, (path, name), &pulling.moving, world, problems);
    let Some(pulls) = moved else { return };
    let count = pulling.pulls.count_max();
    let entities = count.saturating_mul(1 + pulls.children());
    if !fits(entities, path, builder, problems) {
        return;
    }
    let count = count as u32;
    let hosts = pulls.hosts_of(pulling.hosts.unwrap_or(count), count);
    let login_retry = pulling.login_retry.as_ref().map(|retry| &retry.policy);
    let pulls = pulls.once(hosts.count == count);
    let mut pulls = pulls.signing_in(pulling.login, login_retry);
    pulls.check_login(path, problems);
    builder.workload(name, "requests", false);
    let block = builder.block(BlockSpec {
        name: "pulls",
        role: BlockRole::Unit,
        count,
        start: Start::Arrivals(pulling.pulls.clone()),
        starts_when_done: true,
    });
    pulls.lay_out(builder, block, count, hosts);
    builder.program(block, |program| pulls.write(program));
}
