//! Who is told the digests that an agent finds: a scheduler that starts all others by them.

use super::Pulls;
use crate::catalog::client::Reference;
use crate::plan::{NONE, PlanBuilder, Step};

/// What the first of several pulls tells, once.
#[derive(Copy, Clone, Debug)]
pub(in super::super) struct Report {
    /// Whether the others wait no longer; into the cell rules.
    pub told: u32,
    /// Whether digests are known; into the cell rules.
    pub known: u32,
    /// What the others wait for; into the pool rules.
    pub go: u32,
}

impl Report {
    /// Digests are known, unless nobody waits for them any more.
    pub fn found(self, program: &mut PlanBuilder) {
        self.unless_told(program, |program| {
            program.step(Step::Fill { cell: self.known });
        });
    }

    /// The others wait no longer, whatever is known.
    pub fn go_on(self, program: &mut PlanBuilder) {
        self.unless_told(program, |_| {});
    }

    fn unless_told(self, program: &mut PlanBuilder, first: impl FnOnce(&mut PlanBuilder)) {
        let cell = self.told;
        let told = program.step(Step::IfCached { cell, to: NONE });
        first(program);
        program.step(Step::Fill { cell });
        program.step(Step::Signal { rule: self.go });
        program.land(told);
    }
}

impl Pulls<'_> {
    /// Says whom the agent tells the digests that it finds. One that looks references up tells them
    /// before it pulls (amazon-ecs-agent 1.83.0, pull request 4177); who starts the pulls tells what
    /// is known after them.
    pub fn reporting(self, report: Option<Report>) -> Self {
        Pulls { report, ..self }
    }

    /// The agent has looked a reference up: after the last of them, digests are known.
    pub(super) fn looked_up(&self, program: &mut PlanBuilder, target: usize) {
        let images = &self.targets[..self.images];
        let last = images.iter().rposition(|it| it.reference == Reference::Tag);
        if let Some(report) = self.report.filter(|_| last == Some(target)) {
            report.found(program);
        }
    }
}
