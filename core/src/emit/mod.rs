//! Settings in the native form of the tool that takes them.
//!
//! Each target is a file with one function that looks at a variant beside *today* and writes what it
//! can set; another target is a file and a line in [`TARGETS`]. A target writes only what the variant
//! changes, and only if the tool's keys give exactly that. What each takes, from which source and of
//! which day, is told in `docs/settings.md`.

mod aws_config;
mod ci;
mod circleci;
mod compose;
mod daemon;
mod diff;
mod ecs_agent;
mod ecs_service;
mod ecs_sign_in;
mod ecs_task;
mod github_actions;
mod gitlab;
mod harness;
mod kubelet;
mod mirror;
mod nat;
mod pods;
mod push;
mod quota;
mod sign_in;
mod start;
mod timer;
mod write;

pub(crate) use aws_config::aws_mode;
pub(crate) use ci::{Unsaid, is_said_by_ci, unsaid};
pub(crate) use quota::{Ask, provider, requests};

use self::diff::Diff;
use crate::catalog::Owner;
use crate::metric::Unit;
use crate::replicate::Prepared;
use crate::report::model::{Figure, Headline, Language, Settings, VariantReport};
use crate::report::{cells, number};

/// A tool that takes settings.
struct Target {
    /// What it is called.
    name: &'static str,
    /// Writes those of a variant that it takes.
    write: fn(&Diff<'_>) -> Vec<Fragment>,
}

/// What a target writes.
struct Fragment {
    place: String,
    owner: Owner,
    language: Language,
    text: String,
    why: String,
    risk: String,
    undo: String,
}

impl Fragment {
    fn settings(self, variant: &str, target: &str, effect: Option<String>) -> Settings {
        Settings {
            variant: variant.to_owned(),
            target: target.to_owned(),
            place: self.place,
            owner: self.owner,
            language: self.language,
            text: self.text,
            why: self.why,
            effect,
            risk: self.risk,
            undo: self.undo,
        }
    }
}

const TARGETS: [Target; 19] = [
    Target {
        name: "Harness account defaults",
        write: harness::settings,
    },
    Target {
        name: "AWS config",
        write: aws_config::settings,
    },
    Target {
        name: "CircleCI",
        write: circleci::settings,
    },
    Target {
        name: "GitHub Actions",
        write: github_actions::settings,
    },
    Target {
        name: "GitLab CI",
        write: gitlab::settings,
    },
    Target {
        name: "Compose and Swarm",
        write: compose::settings,
    },
    Target {
        name: "Docker daemon",
        write: daemon::settings,
    },
    Target {
        name: "ECS service",
        write: ecs_service::settings,
    },
    Target {
        name: "ECS task definition",
        write: ecs_task::settings,
    },
    Target {
        name: "ECS agent",
        write: ecs_agent::settings,
    },
    Target {
        name: "kubelet",
        write: kubelet::settings,
    },
    Target {
        name: "Kubernetes workload",
        write: pods::settings,
    },
    Target {
        name: "mirror",
        write: mirror::settings,
    },
    Target {
        name: "network",
        write: nat::settings,
    },
    Target {
        name: "registry client",
        write: sign_in::settings,
    },
    Target {
        name: "push script",
        write: push::settings,
    },
    Target {
        name: "start script",
        write: start::settings,
    },
    Target {
        name: "systemd timer",
        write: timer::settings,
    },
    Target {
        name: quota::NAME,
        write: quota::settings,
    },
];

/// The names of all targets.
pub fn targets() -> impl Iterator<Item = &'static str> {
    TARGETS.iter().map(|target| target.name)
}

/// The settings of a variant for every target that takes some of them. `today` is what it differs
/// from; `figures` are what the variant and today came to, where they were simulated.
pub fn settings(
    prepared: &Prepared,
    today: &Prepared,
    figures: Option<(&VariantReport, &VariantReport)>,
) -> Vec<Settings> {
    let diff = Diff {
        own: prepared,
        today,
        figures,
    };
    let effect = figures.map(|(own, today)| effect(own, today));
    let fragments = TARGETS.iter().flat_map(|target| {
        (target.write)(&diff)
            .into_iter()
            .map(move |it| (target, it))
    });
    let fragments: Vec<(&Target, Fragment)> = fragments.collect();
    // What was simulated is the whole of it.
    let effect = effect.map(|effect| match fragments.len() {
        0 | 1 => effect,
        all => format!(
            "of all {all} settings of `{}` together: {effect}",
            prepared.name
        ),
    });
    // A text that begins later than what was simulated is not told with its times alone.
    let effect = effect.map(|effect| match ci::later(&diff) {
        Some(later) => format!("{effect}; {later}"),
        None => effect,
    });
    let settings = fragments
        .into_iter()
        .map(|(target, it)| it.settings(&prepared.name, target.name, effect.clone()));
    settings.collect()
}

/// What a variant comes to beside *today*, in a line of numbers with their 95 % intervals.
fn effect(own: &VariantReport, today: &VariantReport) -> String {
    let (new, old) = (&own.headline, &today.headline);
    let both = |of: &dyn Fn(&VariantReport) -> String| {
        let (before, after) = (of(today), of(own));
        match before == after {
            true => format!("{before} as today"),
            false => format!("{before} today, then {after}"),
        }
    };
    let failed = both(&|it| cells::estimate(&it.headline.failed, Unit::Count, it.runs));
    let units = match new.units == old.units {
        true => new.units.clone(),
        false => format!("{} ({} today)", new.units, old.units),
    };
    // Where fewer are wanted, their figures are not beside those of today.
    let of = match new.wanted == old.wanted {
        true => String::new(),
        false => format!(
            " (of {} instead of {})",
            number(new.wanted),
            number(old.wanted)
        ),
    };
    let mut says = vec![format!("failed {units}{of}: {failed}")];
    let mut add = |words: &str, unit, figure: fn(&Headline) -> Option<&Figure>| {
        let is_known = |head| figure(head).is_some_and(|it| it.mean.is_some());
        if is_known(new) || is_known(old) {
            let told = |it: &VariantReport| {
                let figure = figure(&it.headline);
                figure.map_or("-".to_owned(), |of| cells::estimate(of, unit, it.runs))
            };
            says.push(format!("{words}: {}", both(&told)));
        }
    };
    let seconds = Unit::Seconds;
    add("nine of ten started within", seconds, |it| {
        Some(&it.start_delay_p90)
    });
    add("the last started after", seconds, |it| {
        it.last_start.as_ref()
    });
    add("finished after", seconds, |it| Some(&it.finished_after));
    add("lowest running", Unit::Count, |it| {
        it.running_lowest.as_ref()
    });
    says.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::prepare;
    use crate::scenario::Document;

    /// The settings of the only variant of a scenario: target, place and text of each.
    fn settings_of(scenario: &str) -> Vec<(String, String, String)> {
        let document = Document::parse("x.yaml", scenario.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let found = settings(&prepared[1], &prepared[0], None).into_iter();
        found.map(|it| (it.target, it.place, it.text)).collect()
    }

    #[test]
    fn workloads_that_want_different_retries_are_told_to_keep_them_apart() {
        let of = |sets: &str| {
            settings_of(&format!(
                "pullstorm: 1\nname: x\nservices: {{ecr: {{preset: aws-ecr}}}}\nworkloads:\n  a: {{kind: \
                 api-callers, service: ecr, calls: [GetAuthorizationToken]}}\n  b: {{kind: api-callers, \
                 service: ecr, calls: [GetAuthorizationToken]}}\nvariants:\n  v: {{set: {{{sets}}}}}\n"
            ))
        };
        let apart = of("workloads.a.retry: aws-legacy, workloads.b.retry: aws-standard-2.1");
        let [(_, a, legacy), (_, b, standard)] = &apart[..] else {
            panic!("{apart:?}");
        };
        assert!(a.contains("the processes of `a`") && b.contains("the processes of `b`"));
        assert!(
            legacy.contains("retry_mode = legacy") && standard.contains("retry_mode = standard")
        );
        let one = of("workloads.a.retry: aws-legacy, workloads.b.retry: aws-legacy");
        assert_eq!(one.len(), 1, "{one:?}");
        assert!(one[0].1.starts_with("~/.aws/config"));
    }

    #[test]
    fn the_script_of_a_push_has_the_command_of_its_client() {
        let pushes = |client: &str| {
            let found = settings_of(&format!(
                "pullstorm: 1\nname: x\nservices: {{ecr: {{preset: aws-ecr}}}}\nimages: {{app: {{registry: \
                 ecr, layers: 1}}}}\nworkloads:\n  w: {{kind: image-pushes, push: {{client: {client}, images: \
                 app}}}}\nvariants:\n  v: {{set: {{workloads.w.retry: {{strategy: fixed, delay: 5s, attempts: \
                 3}}}}}}\n"
            ));
            let script = found
                .into_iter()
                .find(|(_, _, text)| text.contains("until "));
            script.expect("a loop in the script").2
        };
        for (client, command) in [
            ("docker-classic", "until docker push \"$IMAGE:$TAG\"; do"),
            ("podman-2026", "until podman push \"$IMAGE:$TAG\"; do"),
            (
                "crane-2026-05",
                "until crane push image.tar \"$IMAGE:$TAG\"; do",
            ),
            (
                "buildkit",
                "until docker buildx build --push --tag \"$IMAGE:$TAG\" .; do",
            ),
        ] {
            let script = pushes(client);
            assert!(script.contains(command), "{client}: {script}");
        }
    }

    #[test]
    fn images_of_an_account_are_named_with_its_address_and_yaml_keeps_their_names() {
        let of = |kind: &str, set: &str| {
            settings_of(&format!(
                "pullstorm: 1\nname: x\nservices: {{ecr: {{preset: aws-ecr}}}}\nimages: {{123: {{registry: \
                 ecr, layers: 1, size: 1MB}}}}\nworkloads:\n  w: {{{kind}}}\nvariants:\n  v: {{set: {{{set}}}}}\n"
            ))
        };
        let digest = "images.123.reference: digest";
        let scale_out = "kind: scale-out, nodes: 2, wave: 2, every: 1min, pods: 1, pull: {client: kubelet, images: 123}";
        let found = of(scale_out, digest);
        let (_, place, text) = found
            .iter()
            .find(|(target, ..)| target == "Kubernetes workload")
            .unwrap_or_else(|| panic!("{found:?}"));
        assert!(
            place.contains("whose pods the nodes of `w` start"),
            "{place}"
        );
        assert!(
            text.contains(
                "{name: \"123\", image: \"ACCOUNT.dkr.ecr.REGION.amazonaws.com/123@sha256:DIGEST\"}"
            ),
            "{text}"
        );
    }
}
