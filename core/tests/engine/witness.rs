//! Writes down everything that a run tells, in the order in which it tells it.

use pullstorm_core::limiter::{Decision, Limiter};
use pullstorm_core::record::{Attempt, Line, LineKind, Pass, Recorder, Request};
use pullstorm_core::retry::{ClientState, Verdict};
use pullstorm_core::units::Time;

/// Something that was told.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Told {
    pub at: Time,
    pub activity: u32,
    pub what: What,
}

#[derive(Copy, Clone, PartialEq, Debug)]
pub enum What {
    Sent {
        site: u32,
    },
    Decided {
        limiter: usize,
        cost: u64,
        admitted: bool,
    },
    Passed {
        retry: u32,
        failure: Option<Verdict>,
    },
    Line(LineKind),
}

impl What {
    /// Whether it is the end of an activity.
    pub fn is_end(self) -> bool {
        matches!(
            self,
            What::Line(LineKind::Done | LineKind::Failed | LineKind::Cancelled)
        )
    }
}

#[derive(Clone, Default, PartialEq, Debug)]
pub struct Witness {
    pub told: Vec<Told>,
}

impl Witness {
    /// What was told about an activity.
    pub fn about(&self, activity: u32) -> impl Iterator<Item = &Told> {
        self.told
            .iter()
            .filter(move |told| told.activity == activity)
    }

    /// When the bucket or another limiter admitted, and how much.
    pub fn admissions(&self, limiter: usize) -> Vec<(Time, u64)> {
        self.told
            .iter()
            .filter_map(|told| match told.what {
                What::Decided {
                    limiter: asked,
                    cost,
                    admitted: true,
                } if asked == limiter => Some((told.at, cost)),
                _ => None,
            })
            .collect()
    }

    /// How often a site sent.
    pub fn sent(&self, site: u32) -> u64 {
        let sends = |told: &&Told| told.what == What::Sent { site };
        self.told.iter().filter(sends).count() as u64
    }
}

impl Recorder for Witness {
    fn decided(&mut self, attempt: &Attempt, decision: Decision, _: &Limiter) {
        self.told.push(Told {
            at: attempt.at,
            activity: attempt.activity,
            what: What::Decided {
                limiter: attempt.limiter as usize,
                cost: attempt.cost.into(),
                admitted: !matches!(decision, Decision::Throttled(_)),
            },
        });
    }

    fn sent(&mut self, request: &Request) {
        self.told.push(Told {
            at: request.at,
            activity: request.activity,
            what: What::Sent { site: request.site },
        });
    }

    fn passed(&mut self, pass: &Pass, _: Option<&ClientState>) {
        self.told.push(Told {
            at: pass.at,
            activity: pass.activity,
            what: What::Passed {
                retry: pass.retry,
                failure: pass.failure,
            },
        });
    }

    fn happened(&mut self, line: Line) {
        self.told.push(Told {
            at: line.at,
            activity: line.activity,
            what: What::Line(line.kind),
        });
    }
}
