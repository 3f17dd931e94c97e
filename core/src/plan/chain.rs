//! The way of a workload: what its operations have to pass, in the order in which they meet it.

use super::{BlockRole, NONE, Plan, Step, WorkloadPlan};
use crate::retry::RateLimiter;

/// The way of one workload.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Chain {
    /// Into the plan's workloads.
    pub workload: u32,
    /// What its operations meet, each once, by when they first do.
    pub links: Vec<Link>,
}

/// Something that can hold an operation up.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Link {
    /// Slots that it waits for.
    Slots {
        /// Into the plan's pools.
        pool: u32,
    },
    /// The client's own rate limiter, part of its retry policy.
    Pacer {
        /// The loops whose policies have it, into the plan's loops.
        loops: Vec<u32>,
        /// The sites inside them, into the plan's sites.
        sites: Vec<u32>,
    },
    /// A limiter, of the client or of a service.
    Limiter {
        /// Into the plan's limiters.
        limiter: u32,
        /// The mirror that asks it on behalf of the workload; into the plan's mirrors.
        mirror: Option<u32>,
        /// The workload's questions to it, into the plan's checks.
        checks: Vec<u32>,
    },
}

impl Plan {
    /// The ways of all workloads, in their order.
    pub fn chains(&self) -> Vec<Chain> {
        let chain = |(index, workload): (u32, &WorkloadPlan)| {
            let mut walk = Walk {
                plan: self,
                seen: Vec::new(),
                links: Vec::new(),
            };
            for block in workload.blocks.clone() {
                walk.block(block);
            }
            Chain {
                workload: index,
                links: walk.links,
            }
        };
        (0..).zip(&self.workloads).map(chain).collect()
    }
}

impl Chain {
    /// The workload's questions to a limiter, also those of mirrors on its behalf; into the plan's
    /// checks. `None` if it meets none of it.
    pub fn limiter(&self, limiter: u32) -> Option<Vec<u32>> {
        let asked = self.links.iter().filter_map(|link| match link {
            Link::Limiter {
                limiter: met,
                checks,
                ..
            } if *met == limiter => Some(checks.as_slice()),
            _ => None,
        });
        let asked: Vec<&[u32]> = asked.collect();
        (!asked.is_empty()).then(|| asked.concat())
    }
}

/// A walk through the programs of a workload. A fork is followed where it stands, so that what
/// children meet comes before what their parents meet later.
struct Walk<'a> {
    plan: &'a Plan,
    /// Blocks that were walked through.
    seen: Vec<u32>,
    links: Vec<Link>,
}

impl Walk<'_> {
    fn block(&mut self, block: u32) {
        if self.seen.contains(&block) {
            return;
        }
        self.seen.push(block);
        if self.plan.blocks[block as usize].role == BlockRole::Event {
            return;
        }
        let entry = self.plan.blocks[block as usize].entry;
        for at in self.plan.program(entry) {
            match self.plan.steps[at] {
                Step::Fork { fork } => self.block(self.plan.forks[fork as usize].block),
                Step::Take { rule } | Step::Consume { rule } => {
                    let pool = self.plan.pool_rules[rule as usize].pool;
                    let slots = Link::Slots { pool };
                    if !self.links.contains(&slots) {
                        self.links.push(slots);
                    }
                }
                Step::Send { site } => self.site(site),
                _ => {}
            }
        }
    }

    fn site(&mut self, index: u32) {
        let site = &self.plan.sites[index as usize];
        let retry = site.retry;
        let paced = retry != NONE
            && self.plan.loops[retry as usize].policy.rate_limiter != RateLimiter::None;
        if paced {
            self.pacer(retry, index);
        }
        let asker = self.plan.asked_by.get(&index).copied();
        for check in site.checks.clone() {
            let limiter = self.plan.checks[check as usize].limiter;
            let known = self.links.iter_mut().find_map(|link| match link {
                Link::Limiter {
                    limiter: of,
                    mirror,
                    checks,
                } if *of == limiter && *mirror == asker => Some(checks),
                _ => None,
            });
            match known {
                Some(checks) => checks.push(check),
                None => self.links.push(Link::Limiter {
                    limiter,
                    mirror: asker,
                    checks: vec![check],
                }),
            }
        }
    }

    fn pacer(&mut self, retry: u32, site: u32) {
        let known = self.links.iter_mut().find_map(|link| match link {
            Link::Pacer { loops, sites } => Some((loops, sites)),
            _ => None,
        });
        match known {
            Some((loops, sites)) => {
                if !loops.contains(&retry) {
                    loops.push(retry);
                }
                sites.push(site);
            }
            None => self.links.push(Link::Pacer {
                loops: vec![retry],
                sites: vec![site],
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;
    use crate::engine::simulate_totals;
    use crate::scenario::Document;
    use crate::scenarios;

    /// The names of what a workload meets.
    fn names(text: &str, workload: usize) -> Vec<String> {
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let plan = compile(document.scenario(), "today").unwrap();
        let name = |link: &Link| match link {
            Link::Slots { pool } => plan.pools[*pool as usize].about.to_owned(),
            Link::Pacer { .. } => "pacer".to_owned(),
            Link::Limiter { limiter, .. } => plan.limiters[*limiter as usize].name.clone(),
        };
        plan.chains()[workload].links.iter().map(name).collect()
    }

    #[test]
    fn limiters_stand_in_the_order_in_which_operations_meet_them() {
        let kubernetes = include_str!("../../../scenarios/kubernetes-scale-out.yaml");
        let met = names(kubernetes, 0);
        assert_eq!(met, ["nodes-pulls", "abuse", "downloads at once of a pull"]);
        let hub = include_str!("../../../scenarios/docker-hub-anonymous-ci.yaml");
        let hub = names(hub, 0);
        assert_eq!(hub[..2], ["abuse", "pulls"], "{hub:?}");
    }

    #[test]
    fn ways_hold_every_question_to_every_limiter() {
        for scenario in scenarios::BUILT_IN {
            let document = Document::parse(scenario.name, scenario.text.as_bytes()).unwrap();
            let plan = compile(document.scenario(), "today").unwrap();
            let totals = simulate_totals(&plan, 1, 0).totals;
            let chains = plan.chains();
            for (limiter, keys) in (0..).zip(&totals.limiters) {
                let offered: u64 = keys.iter().map(|key| key.offered()).sum();
                let checks = chains.iter().filter_map(|chain| chain.limiter(limiter));
                let asked = checks
                    .flatten()
                    .map(|check| totals.checks[check as usize].asked());
                assert_eq!(asked.sum::<u64>(), offered, "{} {limiter}", scenario.name);
            }
        }
    }
}
