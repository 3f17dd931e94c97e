//! Swarm's orchestrator: a task that takes the place of a failed one.

use super::{Case, Reason, Tried};
use crate::cases::Tally;
use pullstorm_core::engine::simulate;
use pullstorm_core::record::{Line, LineKind, Recorder, Request};
use pullstorm_core::replicate::prepare;
use pullstorm_core::scenario::Document;
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

pub fn check(case: &Case, tally: &mut Tally) -> Tried {
    match case.case.as_str() {
        "restart_delay" => restart_delay(case, tally).map(Some),
        _ => Ok(None),
    }
}

/// One service of one task, which pulls its image at each start, and fails the first time.
fn one_task(delay: Span) -> String {
    format!(
        "pullstorm: 1
name: one
services: {{hub: {{latency: 0s, limiters: {{all: {{bucket: {{burst: 100, refill: 1/s}}}}}}}}}}
images: {{app: {{registry: hub, layers: 2}}}}
workloads:
  web:
    kind: swarm-service
    replicas: 1
    nodes: 1
    schedule: 0s
    create: 0s
    fails: {{after-start: 10s}}
    repaired: 5s
    restart: {{delay: {delay}}}
    pull: {{client: swarm-executor, images: app, auth: none}}
"
    )
}

/// When requests left, when the task failed, and when it ran for good.
#[derive(Default)]
struct Watched {
    sent: Vec<Time>,
    failed: Option<Time>,
    ran: Option<Time>,
}

impl Recorder for Watched {
    fn sent(&mut self, request: &Request) {
        self.sent.push(request.at);
    }

    fn happened(&mut self, line: Line) {
        match line.kind {
            LineKind::Sleeps { .. } => self.failed = Some(line.at),
            LineKind::Started => self.ran = Some(line.at),
            _ => {}
        }
    }
}

fn restart_delay(case: &Case, tally: &mut Tally) -> Result<(), Reason> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inputs {
        delay_s: f64,
        #[serde(rename = "event")]
        _event: String,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        replacement_created_immediately: bool,
        replacement_desired_state_at_creation: String,
        moves_to_running_not_before_s: f64,
    }
    let (inputs, expected): (Inputs, Expected) = (case.inputs()?, case.expected()?);
    let text = one_task(Span::from_secs_f64(inputs.delay_s));
    let document = Document::parse("one.yaml", text.as_bytes()).map_err(|it| it.to_string())?;
    let prepared = prepare(&document, &[]).map_err(|it| it.to_string())?;
    let (_, watched) = simulate(&prepared[0].plan, 1, 0, Watched::default());
    let failed = watched.failed.ok_or("the task never failed")?;
    let after: Vec<Time> = watched
        .sent
        .into_iter()
        .filter(|at| *at >= failed)
        .collect();
    let ran = watched.ran.ok_or("the replacement never ran")?;
    let name = case.name();
    tally.exact(
        format!("{name}: it prepares at once"),
        after.first() == Some(&failed),
        expected.replacement_created_immediately,
    );
    // A task that is to be ready pulls its image and does not run.
    let delay = Span::from_secs_f64(inputs.delay_s);
    let ready = after.last().is_some_and(|last| *last < failed + delay);
    tally.exact(
        format!("{name}: it is made ready"),
        ready,
        expected.replacement_desired_state_at_creation == "READY",
    );
    tally.within(
        format!("{name}: it runs"),
        ran.since(failed).as_secs_f64(),
        expected.moves_to_running_not_before_s,
        case.tolerance(),
    );
    Ok(())
}
