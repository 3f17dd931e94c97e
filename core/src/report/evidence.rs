//! Which commands confirm what *today* fails of, and which show afterwards that a change holds.
//!
//! The commands are the catalog's: those of the services that throttle, and of the logs in which the
//! clients that pull say what they were refused.

use super::Judged;
use super::model::Probe;
use crate::catalog::{self, AskedAs, Client, Evidence, Log, Preset};
use crate::order::Arrange;
use crate::plan::Plan;
use crate::scenario::model::{CiSystem, PullSection, Scenario, Workload};

/// Commands of each sort at most: the first say most.
const AT_MOST: usize = 3;

/// Whose commands are asked for, and which of them.
struct Asked {
    of: &'static str,
    confirm: &'static [Evidence],
    watch: &'static [Evidence],
    /// The operation that is throttled, of a service.
    operation: Option<String>,
    /// As whom workloads ask the service.
    asking: Vec<AskedAs>,
}

/// What to confirm and what to watch; nothing where nothing is throttled.
pub(crate) fn evidence(today: &Judged) -> (Vec<Probe>, Vec<Probe>) {
    let throttled = throttled(today);
    if throttled.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let mut asked: Vec<Asked> = Vec::new();
    for limiter in throttled {
        asked.extend(of_limiter(today, limiter));
    }
    for workload in &today.prepared.scenario.workloads {
        asked.extend(logs(&workload.value).map(of_log));
    }
    let of = |all: fn(&Asked) -> &'static [Evidence]| {
        let mut probes: Vec<Probe> = Vec::new();
        for asked in &asked {
            for evidence in chosen(all(asked), asked) {
                let probe = probe(asked.of, evidence);
                if !probes.contains(&probe) {
                    probes.push(probe);
                }
            }
        }
        probes.truncate(AT_MOST);
        probes
    };
    (of(|it| it.confirm), of(|it| it.watch))
}

/// The limiters that throttle today, most first.
fn throttled(today: &Judged) -> Vec<usize> {
    let mut counted: Vec<(f64, usize)> = Vec::new();
    for (index, limiter) in today.prepared.plan.limiters.iter().enumerate() {
        let path = format!("limiters.{}.{}.throttled", limiter.service, limiter.name);
        let values = today.values(&path).unwrap_or_default();
        let throttled: f64 = values.into_iter().flatten().sum();
        if throttled > 0.0 {
            counted.push((throttled, index));
        }
    }
    counted.arrange_by(|a, b| b.0.total_cmp(&a.0));
    counted.into_iter().map(|(_, limiter)| limiter).collect()
}

/// The commands of the service that a limiter belongs to; for a limiter of a client's own, those of the
/// client's logs.
fn of_limiter(today: &Judged, limiter: usize) -> Vec<Asked> {
    let (plan, scenario) = (&today.prepared.plan, &today.prepared.scenario);
    let name = &plan.limiters[limiter].service;
    let mut services = scenario.services.iter();
    let Some(named) = services.find(|known| known.name == *name) else {
        return of_client(name).map(of_log).collect();
    };
    let preset = named.value.preset.as_ref();
    let preset = preset.and_then(|preset| catalog::preset(&preset.value).ok());
    let service = preset.and_then(|it| Some((it, catalog::catalog().service(&it.service).ok()?)));
    let asked = service.map(|(preset, service)| Asked {
        of: &service.provider,
        confirm: &service.confirm,
        watch: &service.watch,
        operation: Some(operation(plan, limiter)),
        asking: asking(scenario, name, preset),
    });
    asked.into_iter().collect()
}

/// As whom a service is asked: by each workload that pulls from it as its own keys say, else as its
/// preset is for.
fn asking(scenario: &Scenario, service: &str, preset: &Preset) -> Vec<AskedAs> {
    let moving = scenario.workloads.iter().filter_map(|it| it.value.moving());
    let pulling = moving.filter(|moving| moving.section.asks(scenario, service));
    let mut asking: Vec<AskedAs> = Vec::new();
    for moving in pulling {
        let section = &moving.section;
        let asked_as = who(!section.is_strangers(&moving.identity, Some(preset)));
        if !asking.contains(&asked_as) {
            asking.push(asked_as);
        }
    }
    if asking.is_empty() {
        asking.push(who(preset.signs_in()));
    }
    asking
}

fn who(signs_in: bool) -> AskedAs {
    match signs_in {
        true => AskedAs::User,
        false => AskedAs::Stranger,
    }
}

/// The first operation of the plan that asks a limiter.
fn operation(plan: &Plan, limiter: usize) -> String {
    let mut sites = plan.sites.iter();
    let site = sites.find(|site| {
        let checks = &plan.checks[site.checks.start as usize..site.checks.end as usize];
        checks.iter().any(|check| check.limiter as usize == limiter)
    });
    site.map_or(String::new(), |site| {
        plan.operations[site.operation as usize].name.clone()
    })
}

/// The logs that tell of the pulls and logins of a workload: what its orchestrator or CI system says of
/// them, and its client.
fn logs(workload: &Workload) -> impl Iterator<Item = &'static Log> {
    let ci = match workload {
        Workload::CiFanout(fanout) => fanout.ci.map(runner),
        _ => None,
    };
    let orchestrator = workload.orchestrator().map(|it| it.tells).or(ci);
    let pulls = workload.moving().map(|it| of_pulls(&it.section));
    let orchestrator = orchestrator.into_iter().flat_map(of_client);
    orchestrator.chain(pulls.into_iter().flatten())
}

/// The client of the catalog that runs the jobs of a CI system.
const fn runner(ci: CiSystem) -> &'static str {
    match ci {
        CiSystem::CircleCi => "circleci-docker",
        CiSystem::GitHubActions => "github-actions-runner",
        CiSystem::GitLab => "gitlab-runner",
    }
}

/// The logs of a client; where those of its usual engine are among them and it runs over another,
/// those of that one instead.
fn of_pulls(section: &PullSection) -> impl Iterator<Item = &'static Log> + use<> {
    let client = catalog::client(&section.client.value);
    let engine = section.engine.as_ref();
    let runs = client.and_then(|client| client.engine_named(&engine?.value));
    let usual = client.and_then(Client::default_engine);
    let usual = usual.filter(|_| runs.is_some());
    let logs = |client: Option<&'static Client>| client.map_or(&[][..], |client| &client.logs);
    let is_usual = move |log: &&Log| logs(usual).iter().any(|its| its.of == log.of);
    let replaced = logs(client).iter().any(|log| is_usual(&log));
    let own = logs(client).iter().filter(move |log| !is_usual(log));
    own.chain(logs(runs.filter(|_| replaced)))
}

fn of_client(name: &str) -> impl Iterator<Item = &'static Log> + use<> {
    let client: Option<&'static Client> = catalog::client(name);
    client.into_iter().flat_map(|client| &client.logs)
}

fn of_log(log: &'static Log) -> Asked {
    Asked {
        of: &log.of,
        confirm: &log.confirm,
        watch: &log.watch,
        operation: None,
        asking: Vec::new(),
    }
}

/// Of one operation, what speaks of it, or all where nothing does; else what speaks of none. Of what is
/// for strangers or for users, what is for those who ask.
fn chosen(all: &[Evidence], asked: &Asked) -> Vec<Evidence> {
    let is_theirs = |it: &&Evidence| it.asked_as.is_none_or(|who| asked.asking.contains(&who));
    let theirs = all.iter().filter(is_theirs);
    let (of_one, of_none): (Vec<&Evidence>, Vec<&Evidence>) =
        theirs.partition(|it| it.is_of_operation());
    match &asked.operation {
        Some(operation) if !of_one.is_empty() => {
            of_one.into_iter().map(|it| it.of(operation)).collect()
        }
        _ => of_none.into_iter().cloned().collect(),
    }
}

fn probe(of: &str, evidence: Evidence) -> Probe {
    Probe {
        of: of.to_owned(),
        about: evidence.about,
        command: evidence.command,
        reads: evidence.reads,
        source: evidence.sources.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::evidence;
    use crate::catalog;
    use crate::replicate::{Sequential, prepare};
    use crate::report::judge_variants;
    use crate::scenario::Document;

    /// The commands that confirm, and those that watch, where these workloads pull more from Docker Hub
    /// than this preset allows.
    fn told(preset: &str, workloads: &str) -> [String; 2] {
        let text = format!(
            "pullstorm: 1
name: x
services: {{hub: {{preset: {preset}}}}}
images: {{web: {{registry: hub, layers: 1}}}}
workloads:
{workloads}"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let (confirm, watch) = evidence(&judge_variants(prepared, &Sequential, 1, Some(1))[0]);
        assert!(
            !confirm.is_empty() && !watch.is_empty(),
            "{preset} throttles"
        );
        [confirm, watch].map(|probes| probes.into_iter().map(|it| it.command + "\n").collect())
    }

    fn pulls(name: &str, client: &str) -> String {
        format!(
            "  {name}: {{kind: image-pulls, pulls: 300, pull: {{client: {client}, images: web}}}}\n"
        )
    }

    #[test]
    fn the_jobs_of_a_fan_out_are_asked_in_their_ci_system() {
        for (ci, place) in [
            ("circleci", "circleci.com/api"),
            ("github-actions", "gh run list"),
            ("gitlab", "glab api"),
        ] {
            let text = format!(
                "pullstorm: 1
name: x
services: {{ecr: {{preset: aws-ecr@2018-01}}}}
workloads: {{jobs: {{kind: ci-fanout, ci: {ci}, service: ecr, jobs: 400, images: 1}}}}
"
            );
            let document = Document::parse("x.yaml", text.as_bytes());
            let document = document.unwrap_or_else(|it| panic!("{it}"));
            let prepared = prepare(&document, &[]).unwrap();
            let (confirm, watch) = evidence(&judge_variants(prepared, &Sequential, 1, Some(1))[0]);
            for probes in [confirm, watch] {
                let asked = probes.iter().any(|it| it.command.contains(place));
                assert!(asked, "{ci}: {probes:?}");
            }
        }
    }

    #[test]
    fn each_client_is_asked_where_it_writes_down_what_it_was_refused() {
        let places = [
            ("docker-classic", "journalctl -u docker"),
            ("swarm-executor", "journalctl -u docker"),
            ("podman-4", "journalctl --user --unit"),
            ("skopeo-2026", "journalctl --user --unit"),
            ("crane-2026-05", "journalctl --unit"),
            ("containerd-2.4", "journalctl -u containerd"),
            ("kubelet", "kubectl get"),
            ("cri-o", "kubectl get"),
            ("ecs-agent", "/var/log/ecs/ecs-agent.log"),
            ("fargate", "aws e"),
            ("github-actions-runner", "gh run list"),
            ("gitlab-runner", "glab api"),
            ("circleci-docker", "circleci.com/api"),
            ("circleci-machine", "circleci.com/api"),
        ];
        let elsewhere = [
            "fargate",
            "cri-o",
            "github-actions-runner",
            "gitlab-runner",
            "circleci-docker",
            "circleci-machine",
        ];
        for (client, place) in places {
            let told = told("docker-hub-anonymous", &pulls("w", client));
            for commands in &told {
                assert!(commands.contains(place), "{client}: {commands}");
                let of_docker = commands.contains("journalctl -u docker");
                assert_eq!(
                    of_docker,
                    place.ends_with("-u docker"),
                    "{client}: {commands}"
                );
            }
            let host = ["journalctl", "/var/log"].map(|it| told.concat().contains(it));
            assert_eq!(
                host.contains(&true),
                !elsewhere.contains(&client),
                "{client}"
            );
        }
    }

    #[test]
    fn commands_name_the_words_of_refusals_in_full() {
        for client in catalog::clients() {
            let all = client
                .logs
                .iter()
                .flat_map(|log| log.confirm.iter().chain(&log.watch));
            for evidence in all {
                let said = format!("{}{}", evidence.command, evidence.reads);
                for name in ["{throttled}", "{which}", "{meaning}"] {
                    assert!(!said.contains(name), "{}: {said}", client.name);
                }
            }
        }
    }

    #[test]
    fn new_nodes_are_sent_to_the_log_of_what_pulls_there() {
        let nodes = |client: &str| {
            let nodes = format!(
                "  w: {{kind: scale-out, nodes: 300, until: 1h, pull: {{client: {client}, images: web}}}}\n"
            );
            told("docker-hub-anonymous", &nodes).concat()
        };
        for (client, has_log) in [("kubelet", true), ("kubelet, engine: cri-o", false)] {
            let told = nodes(client);
            assert!(told.contains("kubectl get events"), "{client}: {told}");
            let named = told.contains("journalctl -u containerd");
            assert_eq!(named, has_log, "{client}: {told}");
        }
    }

    #[test]
    fn docker_hub_is_asked_as_whom_the_workloads_ask_it() {
        let user = "--user \"$DOCKERHUB_USER:$DOCKERHUB_TOKEN\"";
        let both = |preset: &str, workloads: &str| {
            let told = told(preset, workloads);
            let as_user = told.each_ref().map(|it| it.matches(user).count());
            let probes = told
                .each_ref()
                .map(|it| it.matches("auth.docker.io").count());
            assert_eq!(as_user[0], as_user[1], "{told:?}");
            assert_eq!(probes[0], probes[1], "{told:?}");
            (probes[0] - as_user[0], as_user[0])
        };
        let (strangers, users) = ((1, 0), (0, 1));
        let plain = pulls("w", "docker-classic");
        assert_eq!(both("docker-hub-anonymous", &plain), strangers);
        assert_eq!(both("docker-hub-free", &plain), users);
        // What a workload says of itself counts more than the plan.
        let named = plain.replace(
            "images: web}",
            "images: web, auth: token}, identity: {user: ci}",
        );
        assert_eq!(both("docker-hub-anonymous", &named), users);
        let token = plain.replace("images: web}", "images: web, auth: token}");
        assert_eq!(both("docker-hub-anonymous", &token), strangers);
        let nobody = plain.replace("images: web}", "images: web, auth: none}");
        assert_eq!(both("docker-hub-free", &nobody), strangers);
        let mixed = format!("{}{}", plain.replace("w:", "u:"), nobody);
        assert_eq!(both("docker-hub-free", &mixed), (1, 1));
    }
}
