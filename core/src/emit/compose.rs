//! Compose files and Swarm stacks: when failed tasks are started again, how many are replaced at a
//! time, by what an image is named, and when it is pulled.
//!
//! Keys as in the Compose specification (`deploy.restart_policy`, `deploy.update_config`,
//! `pull_policy`), read in November 2026. Swarm takes `deploy`; plain `docker compose` takes
//! `pull_policy` and no `restart_policy.delay`.

use super::Fragment;
use super::diff::{Both, Diff, reference};
use super::write::{DIGEST, go_duration, yaml_name};
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::{
    PullBehaviour, Reference, RestartCondition, Scenario, SwarmRestart, SwarmService, SwarmUpdate,
    UpdateFailure, Workload,
};

/// What a variant changes of Swarm services, and of pulls by Docker.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let swarm = diff.kind(|workload| match workload {
        Workload::SwarmService(swarm) => Some(swarm),
        _ => None,
    });
    let swarm = swarm.flat_map(|service| of_swarm(diff, &service));
    let pulls = diff.kind(|workload| match workload {
        Workload::ImagePulls(pulls) => Some(pulls),
        _ => None,
    });
    let pulls = pulls.filter_map(|pulls| {
        let policy = pulls.changed(|it| it.moving.section.behaviour.as_ref().map(|it| it.value));
        let docker = is_docker(&pulls.own.moving.section.client.value);
        let images = &pulls.own.moving.section.images.value;
        policy
            .flatten()
            .filter(|_| docker)
            .and_then(|policy| pull_policy(&diff.own.scenario, policy, images))
    });
    swarm.chain(pulls).collect()
}

/// Whether a pull client of the catalog is Docker's engine, used directly.
pub(super) fn is_docker(client: &str) -> bool {
    client.starts_with("docker-")
}

fn of_swarm(diff: &Diff<'_>, service: &Both<'_, SwarmService>) -> Vec<Fragment> {
    let mut found = Vec::new();
    let restart = service.changed(|it| it.restart);
    if let Some(lines) = restart.and_then(restart_policy) {
        found.push(deploy(
            service,
            &format!("      restart_policy:\n{lines}"),
            why_restart(service.own.restart, service.today.restart),
            &risk_restart(service.own.restart, service.today.restart),
            &match restart_policy(service.today.restart) {
                Some(today) => format!("write {} and deploy again", one_line(&today)),
                None => "write the values of today and deploy again".to_owned(),
            },
        ));
    }
    let update = service.changed(|it| it.update).flatten();
    if let Some(lines) = update.and_then(update_config) {
        found.push(deploy(
            service,
            &format!("      update_config:\n{lines}"),
            format!(
                "so many tasks of a service are replaced at a time, and pull: {}",
                update.map_or(0, |update| update.parallelism)
            ),
            "fewer at a time take as much longer, more meet the registry together",
            "write the values of today and deploy again",
        ));
    }
    let digests = diff.renamed(&service.own.moving.section, Reference::Digest);
    if let Some(image) = digests.first() {
        found.push(in_file(
            service,
            format!(
                "    image: {}@{DIGEST}\n",
                reference(&diff.own.scenario, image)
            ),
            "a node that holds an image of this digest does not ask the registry for it; one named \
             by tag is asked for at each start of a task"
                .to_owned(),
            "a new image needs a new digest (docker buildx imagetools inspect NAME:TAG prints it); a \
             node without the image still pulls it",
            "name the image by its tag again",
        ));
    }
    found.extend(removal(service));
    found.extend(lookup(service));
    found
}

fn deploy(
    service: &Both<'_, SwarmService>,
    lines: &str,
    why: String,
    risk: &str,
    undo: &str,
) -> Fragment {
    in_file(service, format!("    deploy:\n{lines}"), why, risk, undo)
}

fn in_file(
    service: &Both<'_, SwarmService>,
    lines: String,
    why: String,
    risk: &str,
    undo: &str,
) -> Fragment {
    let others = match service.own.services {
        1 => String::new(),
        all => format!("      # and each of the other {}", all - 1),
    };
    // Without the option docker looks tags up, which would be a change of its own.
    let as_it_is = match service.own.resolves_image {
        true => "",
        false => " --resolve-image never",
    };
    Fragment {
        place: format!("stack.yml, then docker stack deploy --with-registry-auth{as_it_is}"),
        owner: Owner::You,
        language: Language::Yaml,
        text: format!("services:\n  {}:{others}\n{lines}", yaml_name(service.name)),
        why,
        risk: risk.to_owned(),
        undo: undo.to_owned(),
    }
}

/// What may go wrong with what changed of restarts.
fn risk_restart(own: SwarmRestart, today: SwarmRestart) -> String {
    let mut risks = Vec::new();
    if own.delay > today.delay {
        risks.push("a task that fails once for another reason waits as long before it is back");
    }
    if own.delay < today.delay {
        risks.push("tasks that cannot start ask the registry more often");
    }
    if own.max_attempts != today.max_attempts && own.max_attempts > 0 {
        risks.push("`max_attempts` ends a task that would have recovered later");
    }
    if own.max_attempts == 0 && today.max_attempts > 0 {
        risks.push("a task that cannot start is started again without end");
    }
    if risks.is_empty() {
        risks.push("a task that failed comes back at other times than today");
    }
    risks.join("; ")
}

/// The policy whole, as a key that is left out is Swarm's default and not today's; `None` if one has no
/// value for what is simulated.
fn restart_policy(own: SwarmRestart) -> Option<String> {
    let condition = match own.condition {
        RestartCondition::Any => "any",
        RestartCondition::Never => "none",
    };
    let mut lines = format!(
        "        condition: {condition}\n        delay: {}\n",
        go_duration(own.delay)?
    );
    if own.max_attempts > 0 {
        lines.push_str(&format!("        max_attempts: {}\n", own.max_attempts));
    }
    if !own.window.is_zero() {
        lines.push_str(&format!("        window: {}\n", go_duration(own.window)?));
    }
    Some(lines)
}

/// What the keys that change do.
fn why_restart(own: SwarmRestart, today: SwarmRestart) -> String {
    let mut does = Vec::new();
    if own.condition != today.condition {
        does.push(match own.condition {
            RestartCondition::Any => "a task that ended is started again".to_owned(),
            RestartCondition::Never => "a task that ended is not started again".to_owned(),
        });
    }
    if own.delay != today.delay {
        does.push(format!(
            "a failed task is started again after {}, where it was {}; Swarm knows no back-off and no \
             jitter, so the delay alone sets how often all of them ask the registry",
            own.delay, today.delay
        ));
    }
    if own.max_attempts != today.max_attempts || own.window != today.window {
        does.push(match own.max_attempts {
            0 => "a task is started again without end".to_owned(),
            1 => "a task that failed is given up, and asks for nothing more".to_owned(),
            most => {
                format!("a task that failed {most} times is given up, and asks for nothing more")
            }
        });
    }
    does.join("; ")
}

/// Lines of YAML as one, to be read in a sentence.
fn one_line(lines: &str) -> String {
    let keys: Vec<&str> = lines.lines().map(str::trim).collect();
    keys.join(", ")
}

fn update_config(update: SwarmUpdate) -> Option<String> {
    let order = match update.start_first {
        true => "start-first",
        false => "stop-first",
    };
    let action = match update.on_failure {
        UpdateFailure::Pause => "pause",
        UpdateFailure::Continue => "continue",
        UpdateFailure::Rollback => "rollback",
    };
    Some(format!(
        "        parallelism: {}\n        delay: {}\n        order: {order}\n        \
         failure_action: {action}\n        monitor: {}\n",
        update.parallelism,
        go_duration(update.delay)?,
        go_duration(update.monitor)?,
    ))
}

fn removal(service: &Both<'_, SwarmService>) -> Option<Fragment> {
    service.changed(|it| it.removed).flatten()?;
    let (name, replicas) = (service.name, service.today.replicas);
    Some(Fragment {
        place: "a manager of the swarm; docker service ls names the services that fail".to_owned(),
        owner: Owner::You,
        language: Language::Sh,
        text: format!(
            "docker service scale STACK_{name}=0      # and each other service that fails\n"
        ),
        why: "tasks that cannot start ask the registry for as long as their service wants them"
            .to_owned(),
        risk: "nothing of the service runs until it is scaled up again; what it lacked is still \
               lacking then"
            .to_owned(),
        undo: format!("docker service scale STACK_{name}={replicas}"),
    })
}

fn lookup(service: &Both<'_, SwarmService>) -> Option<Fragment> {
    let resolves = service.changed(|it| it.resolves_image)?;
    let (when, before) = match resolves {
        true => ("always", "never"),
        false => ("never", "always"),
    };
    Some(Fragment {
        place: "the pipeline that deploys the stack".to_owned(),
        owner: Owner::You,
        language: Language::Sh,
        text: format!(
            "docker stack deploy --with-registry-auth --resolve-image {when} --compose-file stack.yml \
             STACK\n"
        ),
        why: match resolves {
            true => {
                "the manager looks the image up once and starts its tasks by digest, and a node \
                     that holds it does not ask again"
            }
            false => {
                "the manager asks nothing at the deploy; tasks are started by tag, and each start \
                      asks the registry"
            }
        }
        .to_owned(),
        risk: match resolves {
            true => "a look-up that fails is only a warning, and the tasks are then started by tag",
            false => "nodes may run different images under one tag",
        }
        .to_owned(),
        undo: format!("the same with --resolve-image {before}; without the option it is always"),
    })
}

/// `pull_policy` of the services of a compose file.
fn pull_policy(
    scenario: &Scenario,
    behaviour: PullBehaviour,
    images: &[String],
) -> Option<Fragment> {
    let policy = match behaviour {
        PullBehaviour::Always => "always",
        PullBehaviour::IfNotPresent => "missing",
        PullBehaviour::Never => "never",
        PullBehaviour::AlwaysOrLocal | PullBehaviour::Once => return None,
    };
    let services = images.iter().map(|image| {
        let (name, image) = (yaml_name(image), yaml_name(&reference(scenario, image)));
        format!("  {name}: {{image: {image}, pull_policy: {policy}}}\n")
    });
    Some(Fragment {
        place: "compose.yaml of the jobs".to_owned(),
        owner: Owner::You,
        language: Language::Yaml,
        text: format!("services:\n{}", services.collect::<String>()),
        why: "an image that the machine holds is not pulled again".to_owned(),
        risk: "helps on machines that outlive a job, and a tag that has moved is not noticed there"
            .to_owned(),
        undo: "remove pull_policy".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use crate::emit;
    use crate::replicate::prepare;
    use crate::scenario::Document;

    /// The one setting for a stack that is deployed with this look-up today, of a variant that sets this.
    fn setting(today: &str, set: &str) -> emit::Settings {
        let text = format!(
            "pullstorm: 1
name: x
services: {{hub: {{preset: docker-hub-anonymous}}}}
images: {{web: {{registry: hub, layers: 1}}}}
workloads:
  shop: {{kind: swarm-service, replicas: 2, nodes: 2, resolve_image: {today}, pull: {{client: swarm-executor, images: web}}}}
variants: {{v: {{set: {{{set}}}}}}}
"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
        let mut found = emit::settings(&prepared[1], &prepared[0], None);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    #[test]
    fn a_stack_that_looks_nothing_up_is_not_told_to_by_the_way() {
        let slower = "workloads.shop.restart.delay: 60s";
        let never = setting("never", slower).place;
        assert!(never.ends_with(" --resolve-image never"), "{never}");
        let always = setting("always", slower).place;
        assert!(!always.contains("--resolve-image"), "{always}");
    }

    #[test]
    fn the_look_up_of_before_is_undone_by_its_name_as_docker_looks_up_without_one() {
        for (today, then) in [("never", "always"), ("always", "never")] {
            let set = format!("workloads.shop.resolve_image: {then}");
            let setting = setting(today, &set);
            assert!(setting.text.contains(&format!("--resolve-image {then} ")));
            let undo = format!("the same with --resolve-image {today};");
            assert!(setting.undo.starts_with(&undo), "{}", setting.undo);
        }
    }
}
