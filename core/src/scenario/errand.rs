//! The keys of arrivals that either call operations or pull images: hosts of a herd, what was
//! recorded. To whom either belongs is written once and holds for both.

use super::choice::Defined;
use super::decoder::Decoder;
use super::identity::{OPERATORS, identity};
use super::model::{Moving, Requests};
use super::record::Record;
use crate::yaml::{Diagnostic, Node};

/// Where the values of the keys go that calls and pulls have in common.
pub(crate) struct Errands<T> {
    /// What is said of calls.
    pub requests: fn(&mut T) -> &mut Requests,
    /// What is said of pulls.
    pub moving: fn(&mut T) -> &mut Moving,
}

impl<T: 'static> Errands<T> {
    /// Adds to whom the attempts belong, with an example, and who operates what makes them, with
    /// what that means here.
    pub fn owners(
        self,
        record: Record<T>,
        example: &'static str,
        operator: &'static str,
    ) -> Record<T> {
        let Errands { requests, moving } = self;
        record
            .optional(
                "identity",
                Defined("identity", identity()),
                "{}",
                "To whom its attempts belong.",
                example,
                move |it, v| {
                    requests(it).identity = v.clone();
                    moving(it).identity = v;
                },
            )
            .optional(
                "operated_by",
                OPERATORS,
                "you",
                operator,
                "you",
                move |it, v| {
                    requests(it).operated_by = v;
                    moving(it).operated_by = v;
                },
            )
    }
}

/// Refuses keys that are written and go with another errand only, `with`; true without any.
pub(crate) fn refuse_others(
    others: &[&str],
    with: &str,
    node: &Node,
    decoder: &mut Decoder,
) -> bool {
    let entries = others.iter().filter_map(|key| node.entry(key));
    let mut fits = true;
    for entry in entries.filter(|entry| !entry.value.is_null()) {
        fits = false;
        let message = format!("`{}` goes with `{with}` only", entry.key);
        let diagnostic = Diagnostic::new(message, entry.key_place).hint("leave it out");
        decoder.report_under(&entry.key, diagnostic);
    }
    fits
}
