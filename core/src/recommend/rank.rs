//! The order of merit.

use crate::catalog::{Effort, Owner};
use crate::judge::Status;
use crate::report::model::{Quantity, VariantReport};
use std::cmp::{Ordering, Reverse};

/// *Today* stays first; the candidates follow, best first.
pub(super) fn rank(variants: &mut [VariantReport]) {
    if let Some((_, candidates)) = variants.split_first_mut() {
        candidates.sort_by(order);
    }
}

fn order(a: &VariantReport, b: &VariantReport) -> Ordering {
    let first = |it: &VariantReport| (it.verdict.rank(), is_impossible(it));
    let failed = |it: &VariantReport| number(it.headline.failed.mean);
    let delay = |it: &VariantReport| number(it.headline.start_delay_p90.mean);
    let by_merit = match a.verdict {
        Status::Broken => failed(a).total_cmp(&failed(b)),
        _ => toil(a).cmp(&toil(b)),
    };
    let headroom = |it: &VariantReport| Reverse(headroom(it));
    first(a)
        .cmp(&first(b))
        .then(by_merit)
        .then_with(|| headroom(a).cmp(&headroom(b)))
        .then_with(|| delay(a).total_cmp(&delay(b)))
        .then_with(|| toil(a).cmp(&toil(b)))
}

/// Whether `found` is in no way better than `known`, so that there is no reason to look at it.
pub(super) fn dominates(known: &VariantReport, found: &VariantReport) -> bool {
    let numbers = |it: &VariantReport| {
        [
            number(it.headline.failed.mean),
            number(it.headline.finished_after.mean),
        ]
    };
    let no_worse = numbers(known)
        .into_iter()
        .zip(numbers(found))
        .all(|(known, found)| known <= found);
    known.name != found.name
        && known.verdict.rank() <= found.verdict.rank()
        && is_impossible(known) <= is_impossible(found)
        && toil(known) <= toil(found)
        && headroom(known) >= headroom(found)
        && no_worse
}

fn is_impossible(variant: &VariantReport) -> bool {
    let change = variant.change.as_ref();
    change.is_some_and(|change| !change.possible)
}

/// Who has to do what; nothing for *today*.
fn toil(variant: &VariantReport) -> Option<(Owner, Effort)> {
    let change = variant.change.as_ref();
    change.map(|change| (change.owner, change.effort))
}

fn headroom(variant: &VariantReport) -> u32 {
    variant.holds_to.as_ref().map_or(0, |holds| holds.load)
}

fn number(quantity: Option<Quantity>) -> f64 {
    match quantity {
        Some(Quantity::Number(number)) => number,
        Some(Quantity::Never) | None => f64::INFINITY,
    }
}
