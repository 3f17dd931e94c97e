//! When things end that have no end of their own: when one looks no longer, when a fault is repaired.

use crate::plan::{BlockRole, BlockSpec, NONE, PlanBuilder, Start, Step};
use crate::scenario::model::Arrivals;
use crate::units::{Span, Time};

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

/// Writes how something fails, to be passed over from the time on at which it is repaired.
pub(super) fn failing_until(
    p: &mut PlanBuilder,
    repaired: Option<Span>,
    fail: impl FnOnce(&mut PlanBuilder),
) {
    let whole = repaired.map(|repaired| {
        let time = Time::ZERO + repaired;
        let broken = p.step(Step::IfBefore { time, to: NONE });
        let whole = p.step(Step::Jump { to: NONE });
        p.land(broken);
        whole
    });
    fail(p);
    if let Some(whole) = whole {
        p.land(whole);
    }
}
