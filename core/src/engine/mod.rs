//! The event engine: activities run programs against limiters until done or cut off.
//!
//! A [`Simulation`] is resumable: [`Simulation::advance`] runs a budget of events and comes back,
//! so that a page stays alive; [`simulate`] loops over it. What is recorded, where random numbers
//! come from and which calendar orders the events are type parameters, resolved when it is
//! compiled.
//!
//! An activity that nothing else can observe runs ahead on its own clock to its next *shared* step
//! (a decision of a limiter, a slot) and waits there in the calendar. An attempt is therefore one
//! event: decision, answer, sleep and next sending are private. Where others can observe an
//! activity (a limiter of requests in flight, a shared client object, a sibling that may cancel
//! it), compile asks for events of their own.

pub mod calendar;

mod activity;
mod begin;
mod cells;
mod decide;
mod end;
mod link;
mod loops;
mod memory;
mod private;
mod run;
mod share;
mod slots;
mod source;
mod totals;

#[cfg(test)]
mod tests;

pub use activity::State;
pub use memory::Memory;
pub use source::{Scripted, ScriptedNumbers, Source};
pub use totals::{
    BlockTotals, CheckTotals, GaugeTotals, KeyTotals, LoopTotals, PoolTotals, REASONS, Reason,
    SiteTotals, Totals,
};

use crate::limiter::Limiter;
use crate::outcome::{CutOff, Outcome};
use crate::plan::{DEPTH_MAX, Plan};
use crate::random::{Keys, Purpose};
use crate::record::{self, Nothing, Recorder, Series};
use crate::retry::ClientState;
use crate::units::Time;
use activity::{Activity, Answer, Frame, Join};
use calendar::{Calendar, DefaultCalendar, Entry};
use cells::Cells;
use link::Link;
use private::Private;
use slots::Pool;

/// How far a simulation has come.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Progress {
    /// The budget is spent; there is more to do.
    Running,
    /// Everything that was waited for has ended.
    Done,
    /// It was stopped before that.
    CutOff(CutOff),
}

/// One run of a plan.
#[derive(Debug)]
pub struct Simulation<'p, S, R, C = DefaultCalendar> {
    plan: &'p Plan,
    source: S,
    recorder: R,
    calendar: C,
    now: Time,
    events: u64,
    /// Root activities that are still waited for.
    live: u64,
    /// Why it was stopped, once it was.
    cut_off: Option<CutOff>,
    activities: Vec<Activity>,
    /// When each activity was wanted; once started, when that was.
    since: Vec<Time>,
    /// Frames of loops inside the outermost one, `inner` for each activity.
    frames: Vec<Frame>,
    inner: usize,
    /// The following are empty where no program of the plan needs them.
    joins: Vec<Join>,
    answers: Vec<Answer>,
    counters: Vec<[u32; 2]>,
    held: Vec<u32>,
    waiting: Vec<Waiting>,
    call_began: Vec<Time>,
    versions_read: Vec<u32>,
    versions: Vec<u32>,
    clients: Vec<ClientState>,
    pools: Vec<Pool>,
    /// By pool: the first of its owners among `pools`.
    first_pool: Vec<u32>,
    caches: Vec<Cells>,
    /// By activity, who comes next in the line for a cell.
    next_in_line: Vec<u32>,
    /// By activity, the cache and cell it is fetching: one of its own host, and one of a mirror that
    /// it asks meanwhile.
    fetching: Vec<[(u32, u32); 2]>,
    /// Links, of each plan the first, and by activity the links that still carry its bytes.
    links: Vec<Link>,
    first_link: Vec<u32>,
    moving: Vec<u8>,
    /// By activity, the time it remembers.
    marks: Vec<Time>,
    limiters: Vec<Limiter>,
    totals: Totals,
    /// By site, where its attempts are private.
    private: Vec<Option<Private>>,
    /// Entries of the present instant in their drawn order, last first.
    instant: Vec<(u64, Entry)>,
}

/// How long an activity stood in line for slots.
#[derive(Copy, Clone, Debug, Default)]
struct Waiting {
    nanos: u64,
}

/// Runs a plan to its end and counts.
///
/// This and [`simulate_with_series`] are [`simulate`] compiled here, with the optimisation of this
/// crate, whatever that of the host is (a page is built to be small).
pub fn simulate_totals(plan: &Plan, seed: u64, run: u64) -> Outcome {
    simulate(plan, seed, run, Nothing).0
}

/// Runs a plan to its end, counts, and records the series of its limiters.
pub fn simulate_with_series(plan: &Plan, seed: u64, run: u64) -> (Outcome, Series) {
    simulate(plan, seed, run, record::series(plan))
}

/// Runs a plan to its end.
pub fn simulate<R: Recorder>(plan: &Plan, seed: u64, run: u64, recorder: R) -> (Outcome, R) {
    let mut simulation: Simulation<'_, Keys, R> =
        Simulation::new(plan, Keys::new(seed, run), recorder);
    while simulation.advance(u64::MAX) == Progress::Running {}
    simulation.finish()
}

/// Runs a plan to its end and tells a recorder of any type.
///
/// For runs that are few: all that are recorded this way share one engine, where [`simulate`] compiles
/// one for each recorder. In return each thing told is a call.
pub fn simulate_told(plan: &Plan, seed: u64, run: u64, recorder: &mut dyn Recorder) -> Outcome {
    simulate(plan, seed, run, recorder).0
}

/// Runs a plan to its end, unless `stopped` says meanwhile that nobody wants to know any more.
pub fn simulate_unless<R: Recorder>(
    plan: &Plan,
    seed: u64,
    run: u64,
    recorder: R,
    stopped: &dyn Fn() -> bool,
) -> Option<(Outcome, R)> {
    let mut simulation: Simulation<'_, Keys, R> =
        Simulation::new(plan, Keys::new(seed, run), recorder);
    while simulation.advance(EVENTS_AT_ONCE) == Progress::Running {
        if stopped() {
            return None;
        }
    }
    Some(simulation.finish())
}

/// Events between two looks at whether to stop: some milliseconds.
const EVENTS_AT_ONCE: u64 = 1 << 16;

impl<'p, S: Source, R: Recorder, C: Calendar> Simulation<'p, S, R, C> {
    /// Runs up to `budget` events.
    // Once for each recorder, not for each of its callers.
    #[inline(never)]
    pub fn advance(&mut self, budget: u64) -> Progress {
        // Apart from the rest, which changes meanwhile.
        let private = std::mem::take(&mut self.private);
        let progress = self.advance_among(&private, budget);
        self.private = private;
        progress
    }

    #[inline(always)]
    fn advance_among(&mut self, private: &[Option<Private>], budget: u64) -> Progress {
        if let Some(cut_off) = self.cut_off {
            return Progress::CutOff(cut_off);
        }
        for _ in 0..budget {
            if self.live == 0 {
                return Progress::Done;
            }
            let Some(entry) = self.next() else {
                return self.cut_off(CutOff::Stuck);
            };
            if self.activities[entry.activity as usize].generation != entry.generation {
                continue;
            }
            if entry.time.as_nanos() > self.plan.horizon.as_nanos() {
                return self.cut_off(CutOff::Horizon);
            }
            if self.events >= self.plan.events_max {
                return self.cut_off(CutOff::Events);
            }
            assert!(entry.time >= self.now, "time never runs backward");
            self.now = entry.time;
            self.events += 1;
            match self.private_site(private, entry.activity) {
                Some((site, private)) => {
                    self.run_private(entry.activity, site, private, entry.time)
                }
                None => self.run(entry.activity, entry.time, true),
            }
        }
        Progress::Running
    }

    /// Stops for good: what comes next in the calendar has been taken out and is lost.
    #[cold]
    fn cut_off(&mut self, why: CutOff) -> Progress {
        self.cut_off = Some(why);
        Progress::CutOff(why)
    }

    /// Events so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Scenario time so far.
    pub fn now(&self) -> Time {
        self.now
    }

    /// What was recorded so far.
    pub fn recorder(&self) -> &R {
        &self.recorder
    }

    /// The next entry. Where the plan asks for it, entries of one instant come in an order drawn
    /// per run: all that are in the calendar for that instant are taken out together.
    #[inline(always)]
    fn next(&mut self) -> Option<Entry> {
        if !self.plan.random_order {
            return self.pop();
        }
        if let Some((_, entry)) = self.instant.pop() {
            return Some(entry);
        }
        let first = self.pop()?;
        if self.calendar.peek_time() != Some(first.time) {
            return Some(first);
        }
        let mut entry = Some(first);
        while let Some(next) = entry {
            let activity = &self.activities[next.activity as usize];
            let rank = self
                .source
                .numbers(
                    Purpose::Order,
                    activity.key,
                    next.activity,
                    u64::from(activity.attempts),
                )
                .bits_of();
            self.instant.push((rank, next));
            entry = (self.calendar.peek_time() == Some(first.time))
                .then(|| self.pop())
                .flatten();
        }
        sort_by_rank(&mut self.instant);
        self.instant.pop().map(|(_, entry)| entry)
    }

    /// The next entry of the calendar. Looks at the activities of those that come soon, all at once,
    /// so that memory fetches them side by side and not one after the other as their turns come.
    #[inline]
    fn pop(&mut self) -> Option<Entry> {
        let (activities, mut seen) = (&self.activities, 0);
        let entry = self
            .calendar
            .pop_foretelling(|soon| seen ^= activities[soon as usize].generation);
        std::hint::black_box(seen);
        entry
    }

    /// Puts an activity to sleep until `at`.
    #[inline(always)]
    fn queue(&mut self, id: u32, at: Time) {
        let generation = self.activities[id as usize].generation;
        self.calendar.push(Entry {
            time: at,
            activity: id,
            generation,
        });
    }

    #[inline]
    fn place(&self, id: u32) -> u32 {
        id - self.plan.blocks[self.activities[id as usize].block as usize].first
    }

    #[inline]
    fn frame(&mut self, id: u32, depth: u8) -> &mut Frame {
        if depth == 0 {
            &mut self.activities[id as usize].outermost
        } else {
            debug_assert!(usize::from(depth) < DEPTH_MAX);
            &mut self.frames[id as usize * self.inner + usize::from(depth) - 1]
        }
    }
}

/// Sorts what comes in one instant, the first last. Apart from [`Simulation`], which is compiled for each
/// recorder: a sort is large.
#[inline(never)]
fn sort_by_rank(instant: &mut [(u64, Entry)]) {
    instant.sort_by_key(|(rank, entry)| std::cmp::Reverse((*rank, entry.activity)));
}

/// One number out of a draw, without naming the trait at each use.
trait BitsOf {
    fn bits_of(self) -> u64;
}

impl<U: crate::random::Uniform> BitsOf for U {
    #[inline]
    fn bits_of(mut self) -> u64 {
        self.bits()
    }
}
