//! Values of one variant of which a later one takes away another: which of them is meant, nobody knows.

use super::overrides::Override;
use crate::yaml::{Diagnostic, Node, Place, Value};
use std::collections::BTreeSet;

/// The values that are no longer there after all overrides of a variant have been applied, in order,
/// to a scenario: what stands in `tree`. One problem for each override that loses any.
pub(super) fn lost(overrides: &[Override], tree: &Node) -> Vec<Diagnostic> {
    let there = places(tree);
    let mut found = Vec::new();
    for (index, own) in overrides.iter().enumerate() {
        let mut gone = None;
        values(&own.value, &mut |place| {
            gone = gone.or((!there.contains(&place)).then_some(place));
        });
        let Some(place) = gone else { continue };
        let after = &overrides[index + 1..];
        let later = after.iter().find(|it| leads_through(own, it));
        let later = later.or_else(|| after.iter().find(|it| stand_beside(own, it)));
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

/// Whether the path of one of two leads to or through that of the other.
fn leads_through(a: &Override, b: &Override) -> bool {
    shared(a, b) == a.path.len().min(b.path.len())
}

/// Whether one of two ends beside the other, where values can exclude each other.
fn stand_beside(a: &Override, b: &Override) -> bool {
    shared(a, b) + 1 == a.path.len().min(b.path.len())
}

/// How many names two paths begin with alike.
fn shared(a: &Override, b: &Override) -> usize {
    let both = a.path.iter().zip(&b.path);
    both.take_while(|((a, _), (b, _))| a == b).count()
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

/// Whether no value of an override stands anywhere in `tree`, though it has some.
pub(super) fn is_lost(own: &Override, tree: &Node) -> bool {
    let there = places(tree);
    let (mut some, mut kept) = (false, false);
    values(&own.value, &mut |place| {
        some = true;
        kept |= there.contains(&place);
    });
    some && !kept
}
