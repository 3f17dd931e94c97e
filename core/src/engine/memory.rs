//! What the state of a run takes in memory, known before it begins.

use super::activity::{Activity, Answer, Frame, Join};
use super::link::Link;
use super::slots::Pool;
use super::totals::{BlockTotals, KeyTotals, LoopTotals};
use super::{REASONS, Waiting};
use crate::plan::{NONE, Plan, Service, Step};
use crate::retry::ClientState;
use crate::statistics::Samples;
use crate::units::Time;

/// What an entry of the calendar takes, with what its lists leave unused.
const CALENDAR_ENTRY: u64 = 32;

/// What of the state of a run a plan needs: the rest is left empty.
#[derive(Copy, Clone, Debug)]
pub(super) struct Needs {
    pub joins: bool,
    pub answers: bool,
    pub counters: bool,
    pub pools: bool,
    pub measures: bool,
    pub versions: bool,
    pub single_flight: bool,
    pub marks: bool,
    pub transfers: bool,
    /// Loops inside the outermost one.
    pub inner: u64,
}

impl Needs {
    pub fn of(plan: &Plan) -> Self {
        let any_step = |wanted: fn(&Step) -> bool| plan.steps.iter().any(wanted);
        Needs {
            joins: !plan.forks.is_empty(),
            answers: plan.sites.iter().any(|site| site.answer_is_event)
                || plan.sites.iter().any(|site| site.on_error != NONE)
                || plan.loops.iter().any(|retry| retry.sleeps_before_stop),
            counters: any_step(|step| matches!(step, Step::Repeat { .. } | Step::Again { .. })),
            pools: !plan.pools.is_empty(),
            measures: plan.loops.iter().any(|retry| retry.measured),
            versions: plan.sites.iter().any(|site| site.service != Service::Plain),
            single_flight: plan.caches.iter().any(|cache| cache.single_flight),
            transfers: !plan.transfers.is_empty(),
            marks: any_step(|step| *step == Step::Mark),
            inner: plan.depth().saturating_sub(1) as u64,
        }
    }

    /// What one activity takes in a plan with so many pools.
    fn per_activity(self, pools: u64) -> u64 {
        let if_any = |needed: bool, bytes: usize| if needed { bytes as u64 } else { 0 };
        size_of::<Activity>() as u64
            + size_of::<Time>() as u64
            + CALENDAR_ENTRY
            + self.inner * size_of::<Frame>() as u64
            + pools * size_of_val(&NONE) as u64
            + if_any(self.joins, size_of::<Join>())
            + if_any(self.answers, size_of::<Answer>())
            + if_any(self.counters, size_of::<[u32; 2]>())
            + if_any(self.pools, size_of::<Waiting>())
            + if_any(self.measures, size_of::<Time>())
            + if_any(self.versions, size_of::<u32>())
            + if_any(self.single_flight, size_of::<[u32; 5]>())
            + if_any(self.transfers, size_of::<u8>())
            + if_any(self.marks, size_of::<Time>())
    }
}

/// The parts of what a run takes in memory, in bytes. Samples that grow while it runs are taken at
/// their largest.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Memory {
    /// Activities, what they hold and what is known of their spans.
    pub activities: u64,
    /// Client objects.
    pub clients: u64,
    /// Keys of limiters: their names, which two plans have, their state and counters.
    pub keys: u64,
    /// Cells of caches, slots of pools, links.
    pub shared: u64,
}

impl Memory {
    /// What a run of `plan` takes.
    pub fn of(plan: &Plan) -> Self {
        let activities = u64::from(plan.activities());
        let samples = |count: u64| count.min(Samples::EXACT_MAX as u64) * size_of::<u64>() as u64;
        let blocks = plan
            .blocks
            .iter()
            .map(|block| size_of::<BlockTotals>() as u64 + 4 * samples(u64::from(block.count)));
        let loops = plan.loops.iter().map(|retry| {
            let errors = (plan.errors.len() * size_of::<[u64; REASONS]>()) as u64;
            let delays = if retry.measured { activities } else { 0 };
            size_of::<LoopTotals>() as u64 + errors + samples(delays)
        });
        let each = Needs::of(plan).per_activity(plan.pools.len() as u64);
        let keys = plan.limiters.iter().map(|limiter| {
            // The plan has the names, and so has the one from which the best possible comes.
            let names = limiter
                .keys
                .iter()
                .map(|key| 2 * (key.capacity() as u64 + size_of::<String>() as u64));
            let each = limiter
                .spec
                .bytes_per_key()
                .saturating_add(size_of::<KeyTotals>() as u64);
            let state = (limiter.keys.len() as u64).saturating_mul(each);
            names.sum::<u64>().saturating_add(state)
        });
        let cells = plan.caches.iter().map(|cache| {
            let each = if cache.single_flight { 20 } else { 8 };
            u64::from(cache.owners)
                .saturating_mul(u64::from(cache.items))
                .saturating_mul(each)
        });
        let pools = plan.pools.iter().map(|pool| {
            let slots = u64::from(pool.slots).min(activities) * size_of_val(&NONE) as u64;
            u64::from(pool.owners)
                .saturating_mul(size_of::<Pool>() as u64)
                .saturating_add(slots)
        });
        let links = plan.links.iter().map(|link| {
            let each = size_of::<Link>() + size_of::<Activity>() + size_of::<Time>();
            u64::from(link.owners).saturating_mul(each as u64)
        });
        let sum = |parts: &mut dyn Iterator<Item = u64>| parts.fold(0, u64::saturating_add);
        Memory {
            activities: activities * each + sum(&mut blocks.chain(loops)),
            clients: u64::from(plan.clients) * size_of::<ClientState>() as u64,
            keys: sum(&mut { keys }),
            shared: sum(&mut cells.chain(pools).chain(links)),
        }
    }

    /// All together.
    pub fn total(self) -> u64 {
        [self.activities, self.clients, self.keys, self.shared]
            .into_iter()
            .fold(0, u64::saturating_add)
    }
}
