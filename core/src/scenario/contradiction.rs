//! Values of one variant of which a later one takes away another: which of them is meant, nobody knows.

use super::overrides::Override;
use crate::yaml::{Diagnostic, Node, Place, Value};
use std::collections::BTreeSet;

/// The values that are no longer there after all overrides of a variant have been applied, in order,
/// to a scenario: what stands in `tree`. One problem for each override that loses any.
pub(super) fn lost(overrides: &[Override], tree: &Node) -> Vec<Diagnostic> {
    if overrides.len() < 2 {
        return Vec::new();
    }
    let there = places(tree);
    let mut found = Vec::new();
    for (index, own) in overrides.iter().enumerate() {
        let mut gone = None;
        values(&own.value, &mut |place| {
            gone = gone.or((!there.contains(&place)).then_some(place));
        });
        let Some(place) = gone else { continue };
        let later = overrides[index + 1..].iter().find(|it| meet(own, it));
        let message = match later {
            Some(later) => format!("`{}` takes this away again", later.names()),
            None => "another value of this variant takes this away again".to_owned(),
        };
        let mut problem = Diagnostic::new(message, place)
            .path(own.names())
            .hint("a variant has one value for a thing: leave one of them out");
        if let Some(((_, first), (_, last))) =
            later.and_then(|it| it.path.first().zip(it.path.last()))
        {
            let whole = Place::new(first.source, first.start, last.end);
            problem = problem.also(whole, "here");
        }
        found.push(problem);
    }
    found
}

/// Whether two overrides reach for the same thing: one path leads through the other, or both end beside
/// each other, where values can exclude each other.
fn meet(a: &Override, b: &Override) -> bool {
    let same = a.path.iter().zip(&b.path);
    let same = same.take_while(|((a, _), (b, _))| a == b).count();
    same + 1 >= a.path.len().min(b.path.len())
}

/// The places of all values.
fn places(tree: &Node) -> BTreeSet<Place> {
    let mut there = BTreeSet::new();
    values(tree, &mut |place| {
        there.insert(place);
    });
    there
}

/// Calls with the place of each scalar; not of `null`, which takes away and gives nothing.
fn values(node: &Node, each: &mut impl FnMut(Place)) {
    match &node.value {
        Value::Scalar(_) if node.is_null() => {}
        Value::Scalar(_) => each(node.place),
        Value::List(items) => items.iter().for_each(|item| values(item, each)),
        Value::Map(entries) => entries.iter().for_each(|entry| values(&entry.value, each)),
    }
}

/// Whether some value of an override stands nowhere in `tree`.
pub(super) fn is_lost(own: &Override, tree: &Node) -> bool {
    let there = places(tree);
    let mut lost = false;
    values(&own.value, &mut |place| lost |= !there.contains(&place));
    lost
}
