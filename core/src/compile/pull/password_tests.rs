//! Who asks Amazon ECR for passwords, how often, and what a refused call costs.

use crate::engine::simulate;
use crate::judge::best_possible;
use crate::limiter::{Decision, Limiter};
use crate::plan::Plan;
use crate::record::{Attempt, Recorder};
use crate::replicate::prepare;
use crate::scenario::Document;
use crate::units::Time;

/// Which limiter was asked, and when.
#[derive(Default)]
struct Asked(Vec<(u32, Time)>);

impl Recorder for Asked {
    fn decided(&mut self, attempt: &Attempt, _: Decision, _: &Limiter) {
        self.0.push((attempt.limiter, attempt.at));
    }
}

/// What a workload asks of two registries of Amazon ECR, in two accounts, and of Docker Hub.
struct World {
    plan: Plan,
    asked: Vec<(u32, Time)>,
}

impl World {
    /// Seconds at which a registry was called for a password.
    fn calls_of(&self, registry: &str) -> Vec<f64> {
        let of = |it: &crate::plan::LimiterPlan| {
            it.service == registry && it.name == "GetAuthorizationToken"
        };
        let Some(limiter) = self.plan.limiters.iter().position(of) else {
            return Vec::new();
        };
        let asked = self.asked.iter().filter(|(of, _)| *of as usize == limiter);
        let mut at: Vec<f64> = asked.map(|(_, at)| at.as_secs_f64()).collect();
        at.sort_by(f64::total_cmp);
        at
    }

    fn calls(&self) -> usize {
        self.calls_of("ecr").len()
    }
}

const LIMIT: &str = "GetAuthorizationToken: {bucket: {burst: 1000, refill: 500/s}}";

fn text(limit: &str, workload: &str) -> String {
    format!(
        "pullstorm: 1
name: passwords
start: 2026-11-20T02:59:00Z
horizon: 3d
services:
  ecr: {{preset: aws-ecr@2026-11, latency: 100ms, limiters: {{{limit}}}}}
  other: {{preset: aws-ecr@2026-11, latency: 100ms}}
  public: {{preset: aws-ecr-public-authenticated}}
  hub: {{preset: docker-hub-paid}}
images:
  a: {{registry: ecr, layers: 1}}
  b: {{registry: ecr, layers: 1}}
  c: {{registry: other, layers: 1}}
  open: {{registry: public, layers: 1}}
  nginx: {{registry: hub, layers: 1}}
workloads: {{w: {{{workload}}}}}
"
    )
}

fn world(limit: &str, workload: &str) -> World {
    simulated(&text(limit, workload))
}

fn simulated(text: &str) -> World {
    let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
    let plan = prepared[0].plan.clone();
    let (outcome, asked) = simulate(&plan, 1, 0, Asked::default());
    let best = best_possible(&plan, 1, 0)[0].finish;
    let finished = outcome.workloads[0].finished_after;
    assert!(
        finished.is_none_or(|finished| finished >= best),
        "{finished:?} {best:?}"
    );
    World {
        plan,
        asked: asked.0,
    }
}

fn calls(workload: &str) -> usize {
    world(LIMIT, workload).calls()
}

/// In which hours a registry was called for a password.
fn hours(workload: &str) -> Vec<u32> {
    let called = world(LIMIT, workload).calls_of("ecr").into_iter();
    called.map(|at| (at / 3_600.0) as u32).collect()
}

/// The messages with which a workload is refused.
fn refused(workload: &str) -> String {
    let text = text(LIMIT, workload);
    let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let found = crate::compile::compile(document.scenario(), "today").unwrap_err();
    let said = found.iter().map(|it| {
        let hint = it.hint.as_deref().unwrap_or_default();
        format!("{}: {} ({hint})", it.path, it.message)
    });
    said.collect::<Vec<_>>().join("\n")
}

#[test]
fn three_hundred_pulls_that_sign_in_call_for_three_hundred_passwords() {
    let pulls = "kind: image-pulls, pulls: 300, login: true, pull: {client: docker-classic, images: [a, b]}";
    assert_eq!(calls(pulls), 300);
    assert_eq!(calls(&pulls.replace("true", "false")), 0);
    let herd =
        "kind: herd, hosts: 300, at: hourly, login: true, pull: {client: podman-2026, images: a}";
    assert_eq!(calls(herd), 300);
    // crane writes its password down and asks the registry nothing more.
    let crane =
        "kind: image-pulls, pulls: 5, login: true, pull: {client: crane-2026-05, images: a}";
    assert_eq!(calls(crane), 5);
}

#[test]
fn a_login_calls_each_registry_of_the_images_once_before_the_first_pull() {
    let both =
        "kind: image-pulls, login: true, pull: {client: docker-classic, images: [a, b, c, open]}";
    let world = world(LIMIT, both);
    let (first, second) = (world.calls_of("ecr"), world.calls_of("other"));
    assert_eq!((first.len(), second.len()), (1, 1));
    let (outcome, _) = simulate(&world.plan, 1, 0, crate::record::Nothing);
    let sites = world.plan.sites.iter().zip(&outcome.totals.sites);
    let of_public = sites.filter(|(site, _)| {
        let operation = &world.plan.operations[site.operation as usize];
        operation.service == "public" && operation.name == "GetAuthorizationToken"
    });
    let of_public: u64 = of_public.map(|(_, totals)| totals.attempts).sum();
    assert_eq!(of_public, 1, "ECR Public hands out passwords, too");
    let pulled = world.asked.iter().filter(|(of, _)| {
        let limiter = &world.plan.limiters[*of as usize];
        limiter.name != "GetAuthorizationToken"
    });
    let begins = pulled.map(|(_, at)| at.as_secs_f64());
    let begins = begins.fold(f64::INFINITY, f64::min);
    assert!(first[0] < begins && second[0] < begins, "{begins}");
}

#[test]
fn the_password_of_one_registry_opens_no_other_for_the_same_image() {
    let node = |own: &str, from: &str| {
        format!(
            "{own}: {{kind: scale-out, on: node, nodes: 1, until: 1h, pull: {{client: kubelet, images: a{from}}}}}"
        )
    };
    let text = text(
        LIMIT,
        "kind: image-pulls, pull: {client: docker-classic, images: nginx}",
    );
    let (before, _) = text.split_once("workloads:").unwrap();
    let both = [node("one", ""), node("two", ", registry: other")].join(", ");
    let world = simulated(&format!("{before}workloads: {{{both}}}\n"));
    let calls = ["ecr", "other"].map(|registry| world.calls_of(registry).len());
    assert_eq!(calls, [1, 1]);
}

#[test]
fn a_swarm_signs_in_nowhere_and_who_has_no_credentials_calls_for_no_password() {
    let swarm = "kind: image-pulls, login: true, pull: {client: swarm-executor, images: a}";
    let said = refused(swarm);
    assert!(
        said.starts_with("workloads.w.login: swarm-executor pulls with the credentials"),
        "{said}"
    );
    let kubelet = |credentials: &str| {
        let pods = format!(
            "kind: scale-out, nodes: 2, until: 1h, pull: {{client: kubelet, images: a{credentials}}}"
        );
        calls(&pods)
    };
    assert_eq!([kubelet(""), kubelet(", credentials: none")], [2, 0]);
}

const NONE: &str = "GetAuthorizationToken: {bucket: {burst: 1, refill: 1 per 100d}, initial: 0}";

#[test]
fn a_refused_call_for_a_password_is_made_again_as_the_login_or_the_record_says() {
    let tries = |rest: &str| {
        let pulls = format!("kind: image-pulls, login: true, {rest}");
        world(NONE, &pulls).calls()
    };
    let docker = "pull: {client: docker-classic, images: a}";
    assert_eq!(tries(docker), 1);
    assert_eq!(
        tries(&format!("login_retry: aws-standard-2.1, {docker}")),
        3
    );
    // The step that fetches the password of a job on GitHub is one of an SDK for JavaScript.
    let runner = "pull: {client: github-actions-runner, images: a}";
    assert_eq!(tries(runner), 3);
    assert_eq!(tries(&format!("login_retry: none, {runner}")), 1);
}

#[test]
fn a_login_at_a_registry_without_a_call_for_passwords_asks_for_one_token() {
    let tokens = |workload: &str| {
        let world = world(LIMIT, workload);
        let (outcome, _) = simulate(&world.plan, 1, 0, crate::record::Nothing);
        let sites = world.plan.sites.iter().zip(&outcome.totals.sites);
        let of_tokens = sites
            .filter(|(site, _)| world.plan.operations[site.operation as usize].name == "token");
        of_tokens.map(|(_, totals)| totals.attempts).sum::<u64>()
    };
    let pulls = "kind: image-pulls, login: true, pull: {client: docker-classic, images: nginx}";
    assert_eq!(
        tokens(pulls),
        1 + 1,
        "one of the login, and one of the pull"
    );
    let push = "kind: image-pushes, login: per-push, push: {client: docker-classic, images: nginx}";
    assert_eq!(tokens(push), 1 + 1, "one of the login, and one of the push");
}

#[test]
fn a_login_of_who_has_none_is_refused_with_those_that_have_one() {
    for (client, engine) in [
        ("containerd-2.4", "containerd-2.4"),
        ("kubelet", "containerd-1.6"),
        ("cri-o", "cri-o"),
        ("fargate", "containerd-1.6"),
    ] {
        let pulls =
            format!("kind: image-pulls, login: true, pull: {{client: {client}, images: nginx}}");
        let said = refused(&pulls);
        let begins = format!("workloads.w.login: {engine} has no login of its own");
        assert!(said.starts_with(&begins), "{said}");
        assert!(
            said.contains("docker-classic") && said.contains("podman-4"),
            "{said}"
        );
    }
}

/// Jobs of one host after each other.
fn jobs(count: u32, every: &str, helper: &str, client: &str, images: &str) -> String {
    format!(
        "kind: image-pulls, pulls: {count}, hosts: 1, begin: {{every: {every}}}, pull: {{client: {client}, \
         helper: {helper}, images: {images}}}"
    )
}

const HELPER: &str = "amazon-ecr-credential-helper";

#[test]
fn the_credential_helper_calls_again_after_six_hours_on_each_host() {
    let day = jobs(24, "1h", HELPER, "docker-classic", "a");
    // After six hours all but the time of the call, the job at the full hour still finds it good.
    assert_eq!(hours(&day), [0, 7, 14, 21]);
    assert_eq!(
        hours(&day.replace("images: a", "images: [a, b]")),
        [0, 6, 13, 19],
        "the second image of a job comes too late for it"
    );
    let hosts = day.replace("hosts: 1", "hosts: 3");
    assert_eq!(
        calls(&hosts),
        3 * 3,
        "eight jobs each, of which the last begins 21 h after the first"
    );
    for client in [
        "podman-2026",
        "crane-2026-05",
        "gitlab-runner",
        "kaniko",
        "buildkit",
    ] {
        assert_eq!(calls(&jobs(24, "1h", HELPER, client, "a")), 4, "{client}");
    }
}

#[test]
fn helpers_of_one_host_that_find_no_password_do_not_wait_for_each_other() {
    let at_once = jobs(10, "0s", HELPER, "docker-classic", "a");
    assert_eq!(calls(&at_once), 10);
    assert_eq!(calls(&at_once.replace("{every: 0s}", "{every: 1s}")), 1);
}

#[test]
fn a_helper_that_is_refused_goes_on_with_the_password_of_before_until_that_ends() {
    // One call is let in, and all later ones are refused.
    let one = "GetAuthorizationToken: {bucket: {burst: 1, refill: 1 per 100d}}";
    let day = jobs(24, "1h", HELPER, "docker-classic", "a");
    let world = world(one, &day);
    let pulled = |from: f64, until: f64| {
        let manifests = world.asked.iter().filter(|(of, at)| {
            let at = at.as_secs_f64() / 3_600.0;
            world.plan.limiters[*of as usize].name == "BatchGetImage" && from <= at && at < until
        });
        manifests.count()
    };
    assert!(pulled(0.0, 1.0) > 0, "a cold pull");
    for hour in 1..12 {
        let hour = f64::from(hour);
        assert!(
            pulled(hour, hour + 1.0) > 0,
            "the old one is good in hour {hour}"
        );
    }
    assert_eq!(pulled(13.0, 24.0), 0, "and no longer after 12 h");
    let tries = world.calls_of("ecr").len();
    // Three of the SDK in each hour from the seventh on.
    assert_eq!(tries, 1 + 3 * 17);
}

#[test]
fn the_login_action_fetches_one_password_a_job_and_the_plugin_of_jenkins_one_a_pull() {
    let of = |helper: &str, images: &str| calls(&jobs(4, "1min", helper, "docker-classic", images));
    assert_eq!(of("amazon-ecr-login-action", "[a, b]"), 4);
    assert_eq!(of("jenkins-amazon-ecr", "[a, b]"), 4 * 2);
}

#[test]
fn a_helper_that_has_nothing_to_do_is_refused() {
    let with = |rest: &str| refused(&format!("kind: image-pulls, {rest}"));
    let pull = |client: &str, helper: &str, image: &str| {
        with(&format!(
            "pull: {{client: {client}, helper: {helper}, images: {image}}}"
        ))
    };
    let unknown = pull("docker-classic", "amazon-ecr-credentials-helper", "a");
    assert!(
        unknown.contains(
            "workloads.w.pull.helper: there is no helper `amazon-ecr-credentials-helper`"
        ) && unknown.contains("did you mean `amazon-ecr-credential-helper`?"),
        "{unknown}"
    );
    let none = pull("docker-classic", "kubelet", "a");
    assert!(
        none.contains("`kubelet` brings no passwords to others")
            && none.contains("helpers: amazon-ecr-credential-helper, "),
        "{none}"
    );
    for own in ["ecs-agent", "github-actions-runner", "swarm-executor"] {
        let said = pull(own, HELPER, "a");
        assert!(
            said.contains(&format!("`{own}` comes by passwords in a way of its own")),
            "{said}"
        );
    }
    let elsewhere = pull("docker-classic", HELPER, "nginx");
    assert!(
        elsewhere.contains("no registry of these images has a call for one")
            && elsewhere.contains("Amazon ECR"),
        "{elsewhere}"
    );
    let no_login = pull("containerd-2.4", "amazon-ecr-login-action", "a");
    assert!(
        no_login.contains("`containerd-2.4` has no login of its own"),
        "{no_login}"
    );
    let twice = with(&format!(
        "login: true, pull: {{client: docker-classic, helper: {HELPER}, images: a}}"
    ));
    assert!(
        twice.starts_with("workloads.w.login: `login: true` fetches a password for each pull"),
        "{twice}"
    );
}

/// Pods of some images that start on one node, in this way.
fn pods(images: &str, rest: &str) -> String {
    format!(
        "kind: image-pulls, hosts: 1, {rest}, pull: {{client: kubelet, images: {images}, behaviour: Always}}"
    )
}

#[test]
fn a_kubelet_calls_once_in_six_hours_whatever_its_pods_pull() {
    assert_eq!(
        hours(&pods("a", "pulls: 24, begin: {every: 1h}")),
        [0, 7, 14, 21]
    );
    assert_eq!(calls(&pods("[a, b]", "pulls: 4, begin: {every: 1h}")), 1);
    assert_eq!(
        calls(&pods("[nginx]", "pulls: 2")),
        0,
        "Docker Hub has no call for passwords"
    );
    let strangers = pods("a", "pulls: 2").replace("kubelet,", "kubelet, credentials: none,");
    assert_eq!(calls(&strangers), 0, "a node without the plugin");
}

#[test]
fn pods_of_one_image_wait_for_one_password_and_those_of_another_do_not() {
    assert_eq!(calls(&pods("a", "pulls: 8")), 1);
    let text = text(
        LIMIT,
        "kind: image-pulls, hosts: 1, on: node, pulls: 8, pull: {client: kubelet, images: a, behaviour: Always}}, \
         other: {kind: image-pulls, hosts: 1, on: node, pulls: 8, pull: {client: kubelet, images: b, behaviour: Always}",
    );
    assert_eq!(simulated(&text).calls(), 2);
}

#[test]
fn a_pod_whose_kubelet_got_no_password_backs_off_and_asks_again() {
    // The first password is handed out after a minute.
    let closed = "GetAuthorizationToken: {bucket: {burst: 1, refill: 1 per 1min}, initial: 0}";
    let world = world(closed, &pods("a", "pulls: 1"));
    let at = world.calls_of("ecr");
    let gaps = at.windows(2).map(|pair| pair[1] - pair[0]);
    // The SDK of the plugin waits 6 s in all at most, the kubelet 10, 20 and 40 s, and up to 10 s more.
    let waits: Vec<f64> = gaps.filter(|gap| *gap > 9.0).collect();
    assert!(waits.len() >= 2, "{at:?}");
    for (before, wait) in waits.iter().enumerate() {
        let least = 10.0 * f64::from(1 << before);
        assert!((least..least + 10.5).contains(wait), "{waits:?}");
    }
    let pulled = world
        .asked
        .iter()
        .filter(|(of, _)| world.plan.limiters[*of as usize].name == "BatchGetImage");
    let begins = pulled.map(|(_, at)| at.as_secs_f64());
    let begins = begins.fold(f64::INFINITY, f64::min);
    assert!(begins > 60.0 && begins < 200.0, "{begins}");
}
