//! Blocks of activities, and how they begin and end.

use crate::scenario::model::Arrivals;
use crate::units::Span;

/// A run of activities that do the same thing.
#[derive(Clone, Debug)]
pub struct Block {
    /// What they are called in paths: `workflows`, `jobs`, `logins`, `callers`.
    pub name: String,
    /// Into `workloads`.
    pub workload: u32,
    /// What they are.
    pub role: BlockRole,
    /// Index of the first.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// Their program.
    pub entry: u32,
    /// How they begin.
    pub start: Start,
    /// Whether everything they do must be timed by events, because a sibling's failure can cancel
    /// them at any moment.
    pub cancellable: bool,
    /// Whether they must end at an event, because a parent may then give slots back.
    pub timed_end: bool,
    /// Whether the activities fork, so that each needs a place to join.
    pub forks: bool,
    /// Whether being done is also being started (calls: they want one answer).
    pub starts_when_done: bool,
}

/// What the activities of a block are to the report.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum BlockRole {
    /// The thing the user cares about: jobs, callers. Its failures are the workload's failures.
    Unit,
    /// What holds units together: workflows.
    Group,
    /// What units are made of: logins.
    Call,
    /// Other callers' load.
    Background,
    /// Something that happens at a time. Nobody waits for it, and no report speaks of it.
    Event,
}

/// How the activities of a block begin.
#[derive(Clone, Debug)]
pub enum Start {
    /// At these arrivals, in order.
    Arrivals(Arrivals),
    /// All at time 0, each after a random part of this span (load tests of the engine).
    Spread(Span),
    /// When their parents fork.
    Forked {
        /// The parents' block.
        parent: u32,
        /// Children of one parent.
        each: u32,
    },
}

/// Children that an activity starts at once.
#[derive(Clone, Debug)]
pub struct Fork {
    /// The children's block.
    pub block: u32,
    /// First child, counted among the children of the parent.
    pub from: u32,
    /// How many.
    pub count: u32,
    /// Each begins at a random time within this.
    pub spread: Span,
    /// When the parent goes on.
    pub join: JoinRule,
    /// How long a failure that cancels the siblings takes to reach them; into `durations`, `NONE`
    /// if it takes no time.
    pub cancel_after: u32,
    /// From when on the children were wanted.
    pub wanted: Wanted,
    /// The loop around the fork; `NONE` if there is none.
    pub retry: u32,
}

/// From when on a child of a fork was wanted: start delays count from then.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Wanted {
    /// Since it begins, after its own part of the spread.
    OnceLaunched,
    /// Since the parent was wanted: its own part of the spread delays it (a scheduler that starts
    /// one after another).
    WithParent,
    /// Since its own part of the spread has passed from when the parent was wanted: whoever spreads
    /// launches wants each of them later.
    SpreadFromParent,
}

/// When the parent of a fork goes on.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum JoinRule {
    /// When all are done; it fails then if one failed.
    All,
    /// When all are done, or at the first failure, which cancels the others.
    FailFast,
    /// When all are done, whatever came of them.
    Any,
}
