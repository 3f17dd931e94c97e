//! Who spends the credits of each limiter under each key, in one run.

use crate::limiter::{Decision, Limiter};
use crate::plan::Plan;
use crate::record::{Attempt, Recorder};

/// What each workload took from each key of each limiter.
#[derive(Clone, Debug)]
pub(super) struct Spending<'a> {
    plan: &'a Plan,
    workloads: usize,
    /// By limiter; by key and workload.
    spent: Vec<Vec<Spent>>,
    /// The block of the last activity that asked: the next one is mostly of it too.
    block: usize,
}

/// What a workload took under one key.
#[derive(Copy, Clone, Default, Debug)]
struct Spent {
    /// Credits that were counted against the limit.
    credits: u64,
    /// Attempts refused.
    throttled: u64,
}

/// Who spends what a workload was refused.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) struct Spender {
    /// Into the plan's workloads.
    pub workload: u32,
    /// Its part of what was spent under the keys under which the other was refused, 0 to 1.
    pub share: f64,
}

impl<'a> Spending<'a> {
    pub fn new(plan: &'a Plan) -> Self {
        let workloads = plan.workloads.len();
        let keys = plan.limiters.iter().map(|limiter| limiter.keys.len());
        Spending {
            plan,
            workloads,
            spent: keys
                .map(|keys| vec![Spent::default(); keys * workloads])
                .collect(),
            block: 0,
        }
    }

    /// Who of the other workloads spends most of a limiter under the keys under which it refused
    /// `workload`. A key counts by how often it did.
    pub fn spender(&self, limiter: u32, workload: u32) -> Option<Spender> {
        let mut shares = vec![0.0_f64; self.workloads];
        let mut refused = 0;
        for of_key in self.spent[limiter as usize].chunks_exact(self.workloads.max(1)) {
            let throttled = of_key[workload as usize].throttled;
            let all: u64 = of_key.iter().map(|spent| spent.credits).sum();
            if throttled == 0 || all == 0 {
                continue;
            }
            refused += throttled;
            for (share, spent) in shares.iter_mut().zip(of_key) {
                *share += throttled as f64 * spent.credits as f64 / all as f64;
            }
        }
        let others = (0..).zip(shares).filter(|(other, _)| *other != workload);
        let (workload, share) = others.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
        (refused > 0).then(|| Spender {
            workload,
            share: share / refused as f64,
        })
    }
}

impl Recorder for Spending<'_> {
    fn decided(&mut self, attempt: &Attempt, decision: Decision, _: &Limiter) {
        let block = &self.plan.blocks[self.block];
        if !(block.first..block.first + block.count).contains(&attempt.activity) {
            let blocks = &self.plan.blocks;
            self.block = blocks.partition_point(|block| block.first <= attempt.activity) - 1;
        }
        let workload = self.plan.blocks[self.block].workload as usize;
        let of_limiter = &mut self.spent[attempt.limiter as usize];
        let spent = &mut of_limiter[attempt.key as usize * self.workloads + workload];
        let refused = matches!(decision, Decision::Throttled(_));
        spent.throttled += u64::from(refused);
        let spec = &self.plan.limiters[attempt.limiter as usize].spec;
        if !refused || spec.charge_throttled {
            spent.credits += u64::from(attempt.cost);
        }
    }
}
