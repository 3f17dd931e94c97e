//! The keys that workloads of every kind have: whom they call, how they try again, to whom their
//! attempts belong.

use super::choice::Defined;
use super::form::{At, Text};
use super::identity::{OPERATORS, identity};
use super::model::Requests;
use super::record::Record;
use super::retry::Retry;
use super::workload::Kind;

/// What a kind of workload says of its own about the keys that all kinds have.
pub(crate) struct Common<T> {
    /// What the workload is, in one sentence.
    pub about: &'static str,
    /// What the keys are put into.
    pub blank: fn() -> T,
    /// Where in it the values of these keys go.
    pub requests: fn(&mut T) -> &mut Requests,
    /// What `service` means, and an example.
    pub service: (&'static str, &'static str),
    /// What `retry` means.
    pub retry: &'static str,
    /// An example of an `identity`.
    pub identity: &'static str,
    /// An example of who operates the client.
    pub operated_by: &'static str,
}

impl<T: 'static> Common<T> {
    /// The table of a kind: keys that all kinds have around its own, which `add` adds.
    pub fn record(self, kind: &Kind, add: impl FnOnce(Record<T>) -> Record<T>) -> Record<T> {
        let requests = self.requests;
        let (about, example) = self.service;
        let head = Record::new(self.about, self.blank)
            .required(
                "kind",
                kind.word(),
                "The kind of workload.",
                kind.word,
                |_, ()| {},
            )
            .required("service", At(Text), about, example, move |it, v| {
                requests(it).service = v;
            });
        add(head)
            .optional("retry", Retry, "none", self.retry, "none", move |it, v| {
                requests(it).retry = v;
            })
            .optional(
                "identity",
                Defined("identity", identity()),
                "{}",
                "To whom its attempts belong.",
                self.identity,
                move |it, v| requests(it).identity = v,
            )
            .optional(
                "operated_by",
                OPERATORS,
                "you",
                "Who operates the client that makes the calls, and so owns its retry setting.",
                self.operated_by,
                move |it, v| requests(it).operated_by = v,
            )
    }
}
