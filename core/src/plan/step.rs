//! Programs: what activities do, step by step.

use super::{AmountRule, KeyRule};
use crate::retry::{Class, RetryPolicy};
use crate::units::Time;
use std::ops::Range;

/// One step of a program. Indices point into the tables of the plan.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Step {
    /// Works or pauses for a drawn span.
    Wait {
        /// Into `durations`.
        duration: u32,
        /// Which of the entity's spans this is, so that a variant with another program draws the
        /// same ones.
        draw: u32,
    },
    /// Enters a retry loop.
    Enter {
        /// Into `loops`.
        retry: u32,
    },
    /// The loop's body succeeded.
    Leave {
        /// Into `loops`.
        retry: u32,
    },
    /// The loop stops trying, after it slept a last time. Only loops that sleep before they stop
    /// have this step, behind their `Leave`.
    Stop {
        /// Into `loops`.
        retry: u32,
    },
    /// Sends a request.
    Send {
        /// Into `sites`.
        site: u32,
    },
    /// The request reaches the service, which decides.
    Decide {
        /// Into `sites`.
        site: u32,
    },
    /// The answer reaches the activity.
    Answer {
        /// Into `sites`.
        site: u32,
    },
    /// Starts child activities and waits for them.
    Fork {
        /// Into `forks`.
        fork: u32,
    },
    /// Takes a slot of a pool, waiting in line if there is none.
    Take {
        /// Into `pool_rules`.
        rule: u32,
    },
    /// Gives the slot back.
    Give {
        /// Into `pool_rules`.
        rule: u32,
    },
    /// Takes a slot for good, waiting in line if there is none.
    Consume {
        /// Into `pool_rules`.
        rule: u32,
    },
    /// Takes a slot for good if there is one, and goes on at `to` if there is none.
    ConsumeOr {
        /// Into `pool_rules`.
        rule: u32,
        /// Where it goes on without one.
        to: u32,
    },
    /// Adds a slot to a pool.
    Signal {
        /// Into `pool_rules`.
        rule: u32,
    },
    /// Goes on at `to` if the cell is still good.
    IfCached {
        /// Into `cell_rules`.
        cell: u32,
        /// Step to go on at.
        to: u32,
    },
    /// Goes on at `to` if the cell is still good; sets out to fetch it otherwise. In a single-flight
    /// cache it waits first for who is fetching it; if that one gives up, the next in line
    /// fetches.
    Fetch {
        /// Into `cell_rules`.
        cell: u32,
        /// Step to go on at.
        to: u32,
    },
    /// The cell is good from now on.
    Fill {
        /// Into `cell_rules`.
        cell: u32,
    },
    /// The cell is good no longer.
    Forget {
        /// Into `cell_rules`.
        cell: u32,
    },
    /// Gives up fetching a cell of a single-flight cache: the next in line fetches.
    Abandon {
        /// Into `cell_rules`.
        cell: u32,
    },
    /// Remembers the time.
    Mark,
    /// Waits until a drawn span after the remembered time has passed; goes on at once if it has, or
    /// if none was remembered.
    WaitSince {
        /// Into `durations`.
        duration: u32,
        /// See [`Step::Wait`].
        draw: u32,
    },
    /// Goes on at `to` while this time has not come.
    IfBefore {
        /// The time.
        time: Time,
        /// Step to go on at.
        to: u32,
    },
    /// Goes on at `to` if the activity is one of the first `below` of each `each` neighbours in its
    /// block: siblings that do different things.
    IfPlace {
        /// How many neighbours there are.
        each: u32,
        /// How many of them jump.
        below: u32,
        /// Step to go on at.
        to: u32,
    },
    /// Fails: the innermost loop around it decides what follows.
    Fail {
        /// Into `errors`; `NONE` passes on the answer that [`Site::on_error`] led here with.
        error: u32,
        /// That loop; `NONE` if there is none.
        retry: u32,
    },
    /// Uses up one attempt of a loop (a request answered 401 counts where the client counts it).
    Charge {
        /// Into `loops`.
        retry: u32,
    },
    /// Ends every activity of a block that nobody forked, and what they have started.
    EndBlock {
        /// Into `blocks`.
        block: u32,
    },
    /// A count goes up or down.
    Count {
        /// Into `gauges`.
        gauge: u32,
        /// By how much.
        by: i32,
    },
    /// Moves bytes, sharing links with others.
    Transfer {
        /// Into `transfers`.
        transfer: u32,
    },
    /// A link has carried something to its end. Only links run this step.
    Serve,
    /// Adds an amount of an item.
    Tally {
        /// Into `tallies`.
        tally: u32,
        /// Which amount.
        amount: AmountRule,
    },
    /// Counts a pass and goes back to `to` until there were `times`.
    Repeat {
        /// Which of the activity's counters (0 or 1).
        counter: u32,
        /// Passes in all.
        times: u32,
        /// Step to go back to.
        to: u32,
    },
    /// Begins another pass of a loop that was left, because what it had worked for did not last. Counts
    /// in the activity's first counter.
    Again {
        /// Into `loops`.
        retry: u32,
    },
    /// Goes on at `to`.
    Jump {
        /// Step to go on at.
        to: u32,
    },
    /// The entity has what it wanted: it counts as started.
    Started,
    /// The activity is done.
    End,
}

/// A place in a program that sends requests of one operation.
#[derive(Clone, Debug)]
pub struct Site {
    /// Into `operations`.
    pub operation: u32,
    /// The innermost loop around it; `NONE` if there is none.
    pub retry: u32,
    /// The step at which the program goes on after an error; `NONE` leaves errors to the loop.
    pub on_error: u32,
    /// Limiters it asks, in order.
    pub checks: Range<u32>,
    /// Ways in which it can fail by itself.
    pub faults: Range<u32>,
    /// Time from sending to the decision; into `durations`.
    pub there: u32,
    /// Time from the decision to the answer; into `durations`.
    pub back: u32,
    /// Both legs are half of one drawn round trip: `there` names it and `back` is ignored.
    pub halves: bool,
    /// What the service does beyond limiting.
    pub service: Service,
    /// Whether the answer must be an event of its own, because others can see its effect.
    pub answer_is_event: bool,
    /// Whether sending must be an event of its own (client-side rate limiters, shared clients).
    pub send_is_event: bool,
    /// Whether a limiter counts the request while it is under way.
    pub in_flight: bool,
    /// Other callers' load: sent and forgotten.
    pub background: bool,
}

/// What a service does with a request that its limiters admitted.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Service {
    /// Answers.
    Plain,
    /// Answers with the version of a cell as it is when the request arrives.
    ReadVersion(u32),
    /// Raises the version of a cell if it is still the one that was read; a conflict otherwise.
    WriteVersion(u32),
}

/// What happens when a loop stops trying.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum GiveUp {
    /// The failure goes to the loop around it, or fails the activity.
    Propagate,
    /// The activity goes on at the loop's exit.
    Continue,
}

/// A retry loop.
#[derive(Clone, Debug)]
pub struct LoopPlan {
    /// `sdk`, `engine`, `agent` or `orchestrator`, with the workload's name.
    pub name: String,
    /// Into `workloads`.
    pub workload: u32,
    /// First step of the body.
    pub body: u32,
    /// The step to go on at when it gives up and the activity goes on.
    pub exit: u32,
    /// The step to go on at when it succeeds: the same, or behind what follows giving up.
    pub done: u32,
    /// Whether it may sleep before it stops trying: its [`Step::Stop`] is then the last before
    /// `exit`.
    pub sleeps_before_stop: bool,
    /// The loop around it; `NONE` if there is none.
    pub parent: u32,
    /// How many loops are around it.
    pub depth: u8,
    /// The policy.
    pub policy: RetryPolicy,
    /// What the policy makes of each error of the plan.
    pub classes: Vec<Option<Class>>,
    /// Whether the policy reads the header in which each error says when to come back.
    pub reads_hint: Vec<bool>,
    /// What happens when it stops trying.
    pub give_up: GiveUp,
    /// The client object it keeps state in.
    pub client: Option<KeyRule>,
    /// Whether each entry makes a new client object.
    pub client_per_call: bool,
    /// Pools (into `pools`) whose slots are taken inside the body: given back before it sleeps. Slots
    /// that were taken outside are kept.
    pub releases: Vec<u32>,
    /// Which of its program's loops it is, so that its random numbers are its own.
    pub ordinal: u32,
    /// Whether each entry is a call whose delay is measured.
    pub measured: bool,
    /// Whether it tries again whatever failed.
    pub whatever_failed: bool,
    /// Whether other activities share the client object, so that each look at it must be timed by
    /// an event.
    pub shared_client: bool,
}
