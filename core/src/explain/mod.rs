//! One entity's story: what it wanted, who said no, how long it slept, what came of it.
//!
//! An entity is named like a path: `ci.jobs[3]` is the fourth job of workload `ci`, counted over all
//! workflows; `ci.workflows[1].jobs[3]` the fourth of the second workflow.

mod fold;
mod sentence;

pub use fold::folded;

use crate::engine::simulate_told;
use crate::limiter::{Decision, Limiter};
use crate::plan::{Plan, Start};
use crate::record::{Attempt, Line, LineKind, Recorder, Story};
use crate::replicate::Prepared;
use std::collections::BTreeSet;
use std::fmt;

/// The most lines of one story.
const LINES_MAX: usize = 10_000;

/// A story.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Explanation {
    /// The entity, as it was asked for.
    pub entity: String,
    /// The variant and run it is of.
    pub variant: String,
    /// See `variant`.
    pub run: u32,
    /// What happened, in order.
    pub lines: Vec<StoryLine>,
    /// Lines that did not fit.
    pub left_out: u64,
}

/// One thing that happened.
#[derive(Clone, Debug, serde::Serialize)]
pub struct StoryLine {
    /// Seconds of scenario time.
    pub at: f64,
    /// To whom: the entity itself or one of its parts.
    pub who: String,
    /// What, in a sentence.
    pub text: String,
    /// What kind of thing.
    #[serde(skip)]
    kind: LineKind,
}

impl StoryLine {
    /// The block of whom it happened to: `jobs` of `jobs[3]`.
    fn block(&self) -> &str {
        self.who.split('[').next().unwrap_or_default()
    }
}

/// Why an entity has no story.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum ExplainError {
    /// The name is not of the form `workload.block[index]`.
    Form(String),
    /// No workload or block has that name.
    Unknown {
        /// The part that nothing has.
        part: String,
        /// What there is.
        known: Vec<String>,
    },
    /// There are fewer.
    TooFar {
        /// The part.
        part: String,
        /// How many there are.
        count: u32,
    },
}

impl fmt::Display for ExplainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExplainError::Form(text) => {
                write!(f, "`{text}` names no entity; write it like ci.jobs[3]")
            }
            ExplainError::Unknown { part, known } => {
                write!(f, "there is no `{part}`; there is {}", known.join(", "))
            }
            ExplainError::TooFar { part, count } => {
                write!(
                    f,
                    "there are {count} `{part}`, counted from 0: the last is {part}[{}]",
                    count.saturating_sub(1)
                )
            }
        }
    }
}

/// Tells the story of an entity and its parts in one run of a variant.
///
/// # Errors
/// - [`ExplainError::Form`], [`ExplainError::Unknown`], [`ExplainError::TooFar`]: nothing in the plan
///   has this name.
pub fn explain(
    prepared: &Prepared,
    seed: u64,
    run: u32,
    entity: &str,
) -> Result<Explanation, ExplainError> {
    let plan = &prepared.plan;
    let id = find(plan, entity)?;
    let mut recorder = Only {
        family: family(plan, id),
        story: Story::new(LINES_MAX),
    };
    simulate_told(plan, seed, u64::from(run), &mut recorder);
    let (lines, left_out) = recorder.story.finish();
    let lines = lines
        .into_iter()
        .map(|line| StoryLine {
            at: line.at.as_secs_f64(),
            who: name(plan, line.activity),
            text: sentence::of(plan, line.activity, &line.kind),
            kind: line.kind,
        })
        .collect();
    Ok(Explanation {
        entity: entity.to_owned(),
        variant: prepared.name.clone(),
        run,
        lines,
        left_out,
    })
}

/// The activity of this name.
fn find(plan: &Plan, entity: &str) -> Result<u32, ExplainError> {
    let form = || ExplainError::Form(entity.to_owned());
    let mut parts = entity.split('.');
    let workload = parts.next().ok_or_else(form)?;
    let index = plan
        .workloads
        .iter()
        .position(|known| known.name == workload);
    let Some(index) = index else {
        let known = plan
            .workloads
            .iter()
            .map(|known| known.name.clone())
            .collect();
        return Err(ExplainError::Unknown {
            part: workload.to_owned(),
            known,
        });
    };
    let blocks = plan.workloads[index].blocks.clone();
    let mut found: Option<(u32, u32)> = None;
    for part in parts {
        let (block_name, place) = indexed(part).ok_or_else(form)?;
        let block = blocks
            .clone()
            .find(|block| plan.blocks[*block as usize].name == block_name);
        let Some(block) = block else {
            let known = blocks
                .clone()
                .map(|block| plan.blocks[block as usize].name.clone());
            let part = block_name.to_owned();
            return Err(ExplainError::Unknown {
                part,
                known: known.collect(),
            });
        };
        let planned = &plan.blocks[block as usize];
        let (first, count) = match (found, &planned.start) {
            (Some((above, id)), Start::Forked { parent, each }) if *parent == above => {
                let above = &plan.blocks[above as usize];
                (planned.first + (id - above.first) * each, *each)
            }
            (Some(_), _) => return Err(form()),
            (None, _) => (planned.first, planned.count),
        };
        if place >= count {
            let part = block_name.to_owned();
            return Err(ExplainError::TooFar { part, count });
        }
        found = Some((block, first + place));
    }
    found.map(|(_, id)| id).ok_or_else(form)
}

/// `jobs[3]` to its parts.
fn indexed(part: &str) -> Option<(&str, u32)> {
    let (name, rest) = part.split_once('[')?;
    Some((name, rest.strip_suffix(']')?.parse().ok()?))
}

/// An activity and all that it forks.
fn family(plan: &Plan, id: u32) -> BTreeSet<u32> {
    let mut family = BTreeSet::from([id]);
    for block in &plan.blocks {
        if let Start::Forked { parent, each } = block.start {
            let above = &plan.blocks[parent as usize];
            for place in 0..block.count {
                if family.contains(&(above.first + place / each)) {
                    family.insert(block.first + place);
                }
            }
        }
    }
    family
}

/// The short name of an activity: `jobs[3]`.
fn name(plan: &Plan, id: u32) -> String {
    let block = plan.block_of(id);
    format!("{}[{}]", block.name, id - block.first)
}

/// A story of some activities only.
struct Only {
    family: BTreeSet<u32>,
    story: Story,
}

impl Recorder for Only {
    fn decided(&mut self, attempt: &Attempt, decision: Decision, limiter: &Limiter) {
        if self.family.contains(&attempt.activity) {
            self.story.decided(attempt, decision, limiter);
        }
    }

    fn happened(&mut self, line: Line) {
        if self.family.contains(&line.activity) {
            self.story.happened(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::prepare;
    use crate::scenario::Document;

    fn today() -> Prepared {
        let text = include_str!("../../../scenarios/circleci-ecr-fanout.yaml");
        let document = Document::parse("fanout", text.as_bytes()).unwrap();
        prepare(&document, &["today".to_owned()]).unwrap().remove(0)
    }

    #[test]
    fn a_jobs_story_tells_of_its_logins_and_of_nobody_elses() {
        let story = explain(&today(), 1, 0, "ci.jobs[3]").unwrap();
        let logins: BTreeSet<&str> = story
            .lines
            .iter()
            .map(|line| line.who.as_str())
            .filter(|who| who.starts_with("logins"))
            .collect();
        let own: Vec<String> = (18..24).map(|login| format!("logins[{login}]")).collect();
        assert_eq!(logins, own.iter().map(String::as_str).collect());
        assert!(
            story
                .lines
                .iter()
                .any(|line| line.text.contains("GetAuthorizationToken"))
        );
        let again = explain(&today(), 1, 0, "ci.workflows[0].jobs[3]").unwrap();
        assert_eq!(
            again.lines.len(),
            story.lines.len(),
            "the same job by its longer name"
        );
    }

    #[test]
    fn a_job_of_a_later_wave_is_wanted_when_its_wave_begins() {
        let text = include_str!("../../../scenarios/circleci-ecr-fanout.yaml");
        let document = Document::parse("fanout", text.as_bytes()).unwrap();
        let set = |path: &str, value: &str| (format!("workloads.ci.{path}"), value.to_owned());
        let waves = [set("waves", "4"), set("login", "anonymous")];
        let scenario = document.with_all(&waves).unwrap();
        let prepared = Prepared::new("waves", "", &waves, &scenario).unwrap();
        let wanted = |entity: &str| {
            let story = explain(&prepared, 1, 0, entity).unwrap();
            let mut lines = story.lines.into_iter();
            let own = lines.find(|line| line.who.starts_with("jobs["));
            own.map_or_else(String::new, |line| line.text)
        };
        assert_eq!(wanted("ci.jobs[0]"), "is wanted: its wave begins (1 of 4)");
        assert_eq!(wanted("ci.jobs[63]"), "is wanted: its wave begins (4 of 4)");
        let story = explain(&today(), 1, 0, "ci.jobs[3]").unwrap();
        assert!(story.lines.iter().any(|line| line.text == "is wanted"));
    }

    #[test]
    fn a_task_of_a_rollout_waits_for_room_and_for_its_turn_and_not_for_slots() {
        let text = "pullstorm: 1
name: x
services: {hub: {limiters: {all: {bucket: {burst: 100, refill: 10/s}}}}}
images: {app: {registry: hub, layers: 1}}
workloads:
  web:
    kind: ecs-deployment
    desired: 2
    maximum_percent: 150
    minimum_healthy_percent: 50
    version_consistency: true
    until: 1h
    pull: {client: fargate, auth: none, images: app}
";
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let web = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        let told: BTreeSet<String> = ["web.tasks[0]", "web.tasks[1]"]
            .iter()
            .flat_map(|task| explain(&web[0], 1, 0, task).unwrap().lines)
            .map(|line| line.text)
            .collect();
        let turn = "waits for a turn to be launched, once digests are known";
        for text in [turn, "has room for new tasks"] {
            assert!(told.contains(text), "{told:#?}");
        }
        assert!(
            !told.iter().any(|text| text.contains("a slot")),
            "{told:#?}"
        );
    }

    #[test]
    fn a_name_that_nothing_has_is_answered_with_what_there_is() {
        let wrong = |entity| explain(&today(), 1, 0, entity).unwrap_err().to_string();
        assert!(wrong("cd.jobs[3]").contains("there is ci"));
        assert!(wrong("ci.job[3]").contains("jobs"));
        assert!(wrong("ci.jobs[64]").contains("the last is jobs[63]"));
        assert!(wrong("ci.jobs").contains("write it like"));
        assert!(wrong("").contains("no ``") || wrong("").contains("there is ci"));
    }
}
