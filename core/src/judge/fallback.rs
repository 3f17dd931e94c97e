//! Fallbacks that are none: a program that goes on from a failure only to find nothing to go on with.
//!
//! Who runs the image its host has after a pull that failed needs the pull where the host has none.
//! Such a host needs one pull, whoever makes it: those that come after find the image there.

use crate::plan::{CellRule, GiveUp, Owner, Plan, Step};

/// The plan in which nothing is given up that has to be done in the end.
///
/// A loop whose failure leads to another one passes it on. A loop whose failure is made up for by a
/// cell that is empty at the start is gone through by the first who comes to it at each owner, and
/// by nobody after that. Only the best possible may assume that.
pub(super) fn without_empty_fallbacks(plan: &Plan) -> Plan {
    let mut needed = plan.clone();
    // Two ways to pull find the same images, by whichever of them they came.
    let mut looked_at: Vec<(u32, u32)> = Vec::new();
    let entered = plan.steps.iter().enumerate();
    let entered = entered.filter_map(|(at, step)| match *step {
        Step::Enter { retry } => Some((at, retry as usize)),
        _ => None,
    });
    for (at, retry) in entered {
        let around = &plan.loops[retry];
        if around.give_up != GiveUp::Continue || around.exit == around.done {
            continue;
        }
        let exit = around.exit as usize;
        let found = match plan.steps[exit] {
            Step::IfCached { cell, to } if to == around.done => Some(cell),
            _ => None,
        };
        if !fails(plan, exit + usize::from(found.is_some())) {
            continue;
        }
        if let Some(cell) = found {
            let rule = plan.cell_rules[cell as usize];
            if !filled_by_pulls_alone(plan, rule, around.workload) {
                continue;
            }
            let known = looked_at.iter().find(|(of, _)| *of == rule.cache);
            let cache = match known {
                Some((_, cache)) => *cache,
                None => {
                    let cache = needed.caches.len() as u32;
                    needed.caches.push(plan.caches[rule.cache as usize]);
                    looked_at.push((rule.cache, cache));
                    cache
                }
            };
            let cell = needed.cell_rules.len() as u32;
            needed.cell_rules.push(CellRule { cache, ..rule });
            let to = around.done;
            needed.steps[at] = Step::Fetch { cell, to };
        }
        needed.loops[retry].give_up = GiveUp::Propagate;
    }
    needed
}

/// Whether the program fails at a place, whatever happens.
fn fails(plan: &Plan, place: usize) -> bool {
    let mut after = plan.steps[place..].iter();
    let next = after.find(|step| !matches!(step, Step::Abandon { .. }));
    matches!(next, Some(Step::Fail { .. }))
}

/// Whether a cell is empty until an activity of this workload has filled it, for good.
fn filled_by_pulls_alone(plan: &Plan, rule: CellRule, workload: u32) -> bool {
    let cache = &plan.caches[rule.cache as usize];
    let fills_it = |step: &Step| match *step {
        Step::Fill { cell } => plan.cell_rules[cell as usize].cache == rule.cache,
        _ => false,
    };
    let by_others = plan.blocks.iter().any(|block| {
        let program = super::relax::whole_program(plan, block.entry);
        block.workload != workload && plan.steps[program].iter().any(fills_it)
    });
    matches!(rule.owner, Owner::Place(_))
        && cache.filled == 0
        && cache.lifetime.is_none()
        && !by_others
}
