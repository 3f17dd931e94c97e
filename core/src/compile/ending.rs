//! When one looks no longer: what never ends by itself is ended.

use crate::plan::{BlockRole, BlockSpec, PlanBuilder, Start, Step};
use crate::scenario::model::Arrivals;
use crate::units::Span;

/// Ends all activities of these blocks at a time.
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
