//! Requests as a registry's log has them, from a run of the model.

use crate::cases::CaseError;
use pullstorm_core::engine::simulate;
use pullstorm_core::limiter::{Decision, Limiter};
use pullstorm_core::plan::Plan;
use pullstorm_core::record::{Attempt, Recorder, Request};
use pullstorm_core::replicate::prepare;
use pullstorm_core::scenario::Document;

/// A request that was sent.
#[derive(Clone, PartialEq, Debug)]
pub struct Sent {
    /// What it is for, in the words of the log.
    pub class: String,
    /// When it was sent, in seconds.
    pub at: f64,
    /// Whether a limiter refused it.
    pub refused: bool,
}

/// The words of a log for a request: class and method. Manifests are told apart by method only,
/// because a tag and a digest are asked for in the same place.
pub fn words(class: &str, method: &str) -> String {
    match (class, method) {
        ("mtag" | "mdig", "H") => "HEAD manifest".to_owned(),
        ("mtag" | "mdig", "G") => "GET manifest".to_owned(),
        (class, _) => class.to_owned(),
    }
}

/// The same words for an operation of a service without a preset.
fn words_of(operation: &str) -> &str {
    match operation {
        "resolve" => "HEAD manifest",
        "index" | "manifest" => "GET manifest",
        "config" | "layer" => "blob",
        "v1_ping" => "v1ping",
        other => other,
    }
}

/// All requests of a run of a scenario, in the order in which they are sent.
///
/// # Errors
/// If the scenario has a mistake.
pub fn requests(name: &str, scenario: &str, run: u32) -> Result<Vec<Sent>, CaseError> {
    let wrong = |problems| CaseError::new(name, problems);
    let document = Document::parse(name, scenario.as_bytes()).map_err(wrong)?;
    let prepared = prepare(&document, &[]).map_err(wrong)?;
    let plan = &prepared[0].plan;
    let traffic = Traffic {
        plan,
        sent: Vec::new(),
        last: vec![None; plan.activities() as usize],
    };
    let (_, traffic) = simulate(plan, document.scenario().seed, u64::from(run), traffic);
    let mut sent = traffic.sent;
    sent.sort_by(|a, b| a.at.total_cmp(&b.at));
    Ok(sent)
}

/// Writes every request down.
struct Traffic<'p> {
    plan: &'p Plan,
    sent: Vec<Sent>,
    /// The last request of each activity.
    last: Vec<Option<usize>>,
}

impl Recorder for Traffic<'_> {
    fn sent(&mut self, request: &Request) {
        let site = &self.plan.sites[request.site as usize];
        let operation = &self.plan.operations[site.operation as usize].name;
        self.last[request.activity as usize] = Some(self.sent.len());
        self.sent.push(Sent {
            class: words_of(operation).to_owned(),
            at: request.at.as_secs_f64(),
            refused: false,
        });
    }

    fn decided(&mut self, attempt: &Attempt, decision: Decision, _: &Limiter) {
        if let (Decision::Throttled(_), Some(last)) =
            (decision, self.last[attempt.activity as usize])
        {
            self.sent[last].refused = true;
        }
    }
}
