//! Guided stories: an incident in a few steps, each of which moves the real controls.

use yew::prelude::*;

/// A step: what is told, and what *what if* sets while it is.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Step {
    /// Its headline.
    pub title: &'static str,
    /// What is told.
    pub text: &'static str,
    /// What *what if* sets.
    pub sets: &'static [(&'static str, &'static str)],
}

/// The story of an incident, if there is one.
pub fn story_of(incident: &str) -> &'static [Step] {
    match incident {
        "circleci-ecr-fanout" => CIRCLECI,
        "swarm-restart-loop" => HAP429,
        _ => &[],
    }
}

const CIRCLECI: &[Step] = &[
    Step {
        title: "What happened",
        text: "A workflow starts 32 jobs at once, and each logs in to ECR once for each of its six \
               images: 192 logins in one instant. The bucket of the account holds 200. One workflow \
               fits, as what if shows.",
        sets: &[("workloads.ci.workflows", "1")],
    },
    Step {
        title: "The second workflow",
        text: "Two people push at the same time. Now 384 logins meet 200 credits, and a job with a \
               single throttled login never starts. The throttled logins fall on nearly all jobs: \
               look at the strips.",
        sets: &[],
    },
    Step {
        title: "Retrying did not help",
        text: "What if retries as the AWS SDK does by default. The bucket earns 4 a second, so the \
               last login has to wait 46 s; the retries are over long before.",
        sets: &[("workloads.ci.retry", "aws-standard-2.1")],
    },
    Step {
        title: "Patience helps, at a price",
        text: "With 16 attempts the retries last long enough and every job starts. But the logins \
               are still 384, and the next workflow makes it worse.",
        sets: &[(
            "workloads.ci.retry",
            "{preset: aws-standard-2.1, attempts: 16}",
        )],
    },
    Step {
        title: "What fixes it",
        text: "One login a workflow, handed on to its jobs: two logins in place of 384. It is yours \
               to change, in the pipeline. From here the controls are yours.",
        sets: &[("workloads.ci.login", "per-workflow")],
    },
];

const HAP429: &[Step] = &[
    Step {
        title: "What happened",
        text: "A stack of 30 services cannot start: a mount is missing. Swarm starts each task again \
               after a second, and asks Docker Hub for the image each time. The NAT address is \
               locked out of Docker Hub, and with it everybody behind it.",
        sets: &[],
    },
    Step {
        title: "What the storm looks like",
        text: "Each line below is a task: it asks, is refused, sleeps a second, and asks again. The \
               tracks above them show what Docker Hub lets through and since when the address is locked \
               out. Play runs it.",
        sets: &[],
    },
    Step {
        title: "Fewer services",
        text: "With a third of the services the storm is smaller. Look whether it is small enough.",
        sets: &[("workloads.broken.services", "10")],
    },
    Step {
        title: "What was tried",
        text: "Swarm's default delay between restarts is 5 s. Each task asks less often, and asks for \
               ever.",
        sets: &[("workloads.broken.restart.delay", "5s")],
    },
    Step {
        title: "What fixes it",
        text: "A limit on restarts ends the loop by itself: a task that failed three times within two \
               minutes stays down until somebody looks. From here the controls are yours.",
        sets: &[
            ("workloads.broken.restart.max_attempts", "3"),
            ("workloads.broken.restart.window", "2min"),
        ],
    },
];

#[derive(PartialEq, Properties)]
pub struct Props {
    /// The story.
    pub steps: &'static [Step],
    /// The step that is told, if it was begun.
    pub at: Option<usize>,
    /// To another step; none ends it.
    pub on_go: Callback<Option<usize>>,
}

/// A card with the step, or a button that begins.
#[component(Guide)]
pub fn guide(props: &Props) -> Html {
    let go =
        |id: &'static str, text: &'static str, to: Option<usize>, class: Option<&'static str>| {
            let on_go = props.on_go.clone();
            html! {
                <button type="button" {id} {class}
                    onclick={Callback::from(move |_| on_go.emit(to))}>{ text }</button>
            }
        };
    let Some((at, step)) = props.at.and_then(|at| Some((at, props.steps.get(at)?))) else {
        return html! { <p class="guide-start">{ go("guide", "Tell me the story", Some(0), None) }</p> };
    };
    let last = props.steps.len() - 1;
    html! {
        <section class="guide" aria-label="The story" id="guide-step" role="status">
            <h3>{ format!("{} of {}: {}", at + 1, last + 1, step.title) }</h3>
            // Above the text, whose height differs from step to step: a button stays under the mouse.
            <div class="row">
                if at > 0 {
                    { go("guide-back", "Back", Some(at - 1), None) }
                }
                if at < last {
                    { go("guide-next", "Next", Some(at + 1), Some("primary")) }
                } else {
                    { go("guide-end", "Try it yourself", None, Some("primary")) }
                }
                if at < last {
                    { go("guide-leave", "Leave", None, None) }
                }
            </div>
            <p>{ step.text }</p>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Experiment;
    use pullstorm_core::scenario::Document;

    #[test]
    fn every_step_of_a_story_is_a_scenario_that_can_be_simulated() {
        for incident in ["circleci-ecr-fanout", "swarm-restart-loop"] {
            for step in story_of(incident) {
                let sets = step.sets.iter();
                let sets: Vec<_> = sets
                    .map(|(path, value)| ((*path).to_owned(), (*value).to_owned()))
                    .collect();
                let experiment = Experiment::incident(incident).unwrap().with(&sets).unwrap();
                let document = Document::parse(incident, experiment.what_if.as_bytes());
                assert!(
                    document.is_ok(),
                    "{}: {}",
                    step.title,
                    document.unwrap_err()
                );
            }
        }
    }
}
