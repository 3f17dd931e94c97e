//! What the links of a workload's way did to it in a run.

use crate::engine::Totals;
use crate::plan::{Chain, Link, Plan};

/// What one link of a [`Chain`] did to its workload.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Met {
    /// Times the workload met it.
    pub offered: u64,
    /// Attempts it refused.
    pub throttled: u64,
    /// Times it made them wait: in line for a slot, paced, queued by a limiter.
    pub waited: u64,
    /// How long together, in nanoseconds.
    pub nanos: u64,
}

impl Met {
    /// The links of each chain in a run, in the order of the chains.
    pub fn of(chains: &[Chain], totals: &Totals) -> Vec<Vec<Met>> {
        let met = |link: &Link| Met::at(link, totals);
        chains
            .iter()
            .map(|chain| chain.links.iter().map(met).collect())
            .collect()
    }

    fn at(link: &Link, totals: &Totals) -> Met {
        let mut met = Met::default();
        match link {
            Link::Slots { pool } => {
                let pool = &totals.pools[*pool as usize];
                met.offered = pool.taken;
                met.waited = pool.waited;
                met.nanos = pool.nanos;
            }
            Link::Pacer { loops, sites } => {
                let sent = |site: &u32| totals.sites[*site as usize].attempts;
                met.offered = sites.iter().map(sent).sum();
                for retry in loops {
                    let retry = &totals.loops[*retry as usize];
                    met.waited += retry.held_back;
                    met.nanos += retry.held;
                }
            }
            Link::Limiter { checks, .. } => {
                for check in checks {
                    let check = &totals.checks[*check as usize];
                    met.offered += check.asked();
                    met.throttled += check.throttled;
                    met.waited += check.delayed;
                    met.nanos += check.held;
                }
            }
        }
        met
    }
}

/// How often a workload asked for an operation in a run.
#[derive(Copy, Clone, Eq, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Asked {
    /// Into the plan's workloads.
    pub workload: u32,
    /// Into the plan's operations.
    pub operation: u32,
    /// Requests.
    pub sent: u64,
    /// Requests in a run in which nothing is in the way.
    pub needed: u64,
}

impl Asked {
    /// The operations of each workload; `needed` by site.
    pub fn of(plan: &Plan, totals: &Totals, needed: &[u64]) -> Vec<Asked> {
        let mut asked: Vec<Asked> = Vec::new();
        for ((site, totals), needed) in plan.sites.iter().zip(&totals.sites).zip(needed) {
            let Some(retry) = plan.loops.get(site.retry as usize) else {
                continue;
            };
            let (workload, operation) = (retry.workload, site.operation);
            let of = |it: &&mut Asked| (it.workload, it.operation) == (workload, operation);
            match asked.iter_mut().find(of) {
                Some(known) => {
                    known.sent += totals.attempts;
                    known.needed += needed;
                }
                None => asked.push(Asked {
                    workload,
                    operation,
                    sent: totals.attempts,
                    needed: *needed,
                }),
            }
        }
        asked
    }
}

/// How often a retry loop was entered and passed in a run.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Passed {
    /// Times it was entered.
    pub entered: u64,
    /// Passes through it.
    pub passes: u64,
    /// Time asleep, in nanoseconds.
    pub slept: u64,
}

impl Passed {
    /// The loops of a run, in the plan's order.
    pub fn of(totals: &Totals) -> Vec<Passed> {
        let passed = |retry: &crate::engine::LoopTotals| Passed {
            entered: retry.calls,
            passes: retry.passes(),
            slept: retry.slept,
        };
        totals.loops.iter().map(passed).collect()
    }
}
