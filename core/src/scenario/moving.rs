//! The keys that workloads have which pull or push images: with what, to whom their attempts belong,
//! who operates them; and, where an orchestrator has no end of its own, from when until when.

use super::choice::{Boxed, Defined};
use super::form::{At, Text, Time};
use super::identity::{OPERATORS, identity};
use super::model::{Moving, PullSection, Watched};
use super::record::Record;
use super::workload::Kind;

/// What a kind of workload says of its own about the keys that all of them have.
pub(crate) struct Common<T> {
    /// What the workload is, in one sentence.
    pub about: &'static str,
    /// What the keys are put into.
    pub blank: fn() -> T,
    /// Where in it the values of these keys go.
    pub moving: fn(&mut T) -> &mut Moving,
    /// The section that says what is moved: its key, form, meaning, and an example.
    pub section: (&'static str, Boxed<PullSection>, &'static str, &'static str),
    /// An example of an `identity`.
    pub identity: &'static str,
    /// What `operated_by` means, and an example.
    pub operated_by: (&'static str, &'static str),
}

impl<T: 'static> Common<T> {
    /// The table of a kind: these keys around its own, which `add` adds.
    pub fn record(self, kind: &Kind, add: impl FnOnce(Record<T>) -> Record<T>) -> Record<T> {
        let moving = self.moving;
        let head = Record::new(self.about, self.blank).required(
            "kind",
            kind.word(),
            "The kind of workload.",
            kind.word,
            |_, ()| {},
        );
        let (key, section, about, example) = self.section;
        let (operator, operated_by) = self.operated_by;
        add(head)
            .required(key, section, about, example, move |it, v| {
                moving(it).section = v;
            })
            .optional(
                "identity",
                Defined("identity", identity()),
                "{}",
                "To whom its attempts belong.",
                self.identity,
                move |it, v| moving(it).identity = v,
            )
            .optional(
                "operated_by",
                OPERATORS,
                "you",
                operator,
                operated_by,
                move |it, v| moving(it).operated_by = v,
            )
    }
}

/// Adds the machines that a workload can share with others.
pub(crate) fn machines<T: 'static>(
    record: Record<T>,
    moving: fn(&mut T) -> &mut Moving,
) -> Record<T> {
    record.absent(
        "on",
        At(Text),
        "machines of its own",
        "The machines it happens on: workloads that name the same, and as many of them, share what \
         these hold, their download slots, agents and networks.",
        "prod-nodes",
        move |it, v| moving(it).machines = Some(v),
    )
}

/// Adds from when until when an orchestrator is watched. `begins` says what `from` is, `until` is
/// its default and why there has to be one.
pub(crate) fn watched<T: 'static>(
    record: Record<T>,
    watched: fn(&mut T) -> &mut Watched,
    begins: &'static str,
    (until, why): (&'static str, &'static str),
) -> Record<T> {
    record
        .optional("from", Time::ANY, "0s", begins, "1min", move |it, v| {
            watched(it).from = v;
        })
        .optional("until", Time::POSITIVE, until, why, "1h", move |it, v| {
            watched(it).until = v;
        })
        .check(move |it, node, decoder| {
            let Watched { from, until } = *watched(it);
            if from < until {
                return true;
            }
            let at = node.get("until").or(node.get("from")).unwrap_or(node);
            let message = "one would look no longer before anything begins";
            let hint =
                format!("`from` is {from}, `until` is {until}: write an `until` after `from`");
            decoder.refuse(at, message, hint);
            false
        })
}
