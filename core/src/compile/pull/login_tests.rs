//! Who signs in before pulls, how often, and what a refused login costs.

use crate::engine::simulate;
use crate::limiter::{Decision, Limiter};
use crate::record::{Attempt, Recorder};
use crate::replicate::prepare;
use crate::scenario::Document;
use crate::units::Time;

/// When tokens were asked for.
#[derive(Default)]
struct Asked(Vec<Time>);

impl Recorder for Asked {
    fn decided(&mut self, attempt: &Attempt, _: Decision, _: &Limiter) {
        self.0.push(attempt.at);
    }
}

/// Seconds at which a workload asks for tokens of a registry that gives out so many.
fn tokens(given: u32, workload: &str) -> Vec<f64> {
    let text = format!(
        "pullstorm: 1
name: logins
start: 2026-11-20T02:59:00Z
services:
  hub:
    latency: 0s
    limiters:
      tokens: {{bucket: {{burst: 100, refill: 1 per 100d}}, initial: {given}, operations: [token], status: 429}}
  cache: {{latency: 0s, caches: {{upstream: hub, kind: distribution-proxy}}}}
images: {{a: {{registry: hub, layers: 1}}, b: {{registry: hub, layers: 1}}, c: {{registry: hub, layers: 1}}}}
workloads: {{w: {{{workload}}}}}
"
    );
    let document = Document::parse("logins", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
    let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{it}"));
    let (_, asked) = simulate(&prepared[0].plan, 1, 0, Asked::default());
    let mut at: Vec<f64> = asked.0.into_iter().map(Time::as_secs_f64).collect();
    at.sort_by(f64::total_cmp);
    at
}

fn pulls(client: &str, rest: &str) -> String {
    format!("kind: image-pulls{rest}, pull: {{client: {client}, images: [a, b, c], auth: token}}")
}

#[test]
fn a_github_runner_signs_in_for_each_container_and_others_once() {
    let asked = |client: &str, rest: &str| tokens(100, &pulls(client, rest)).len();
    let runner = "github-actions-runner";
    assert_eq!(asked(runner, ""), 3, "each pull has a token of its own");
    assert_eq!(asked(runner, ", login: true"), 3 + 3);
    assert_eq!(asked("docker-classic", ", login: true"), 3 + 1);
    assert_eq!(asked("gitlab-runner", ", login: true"), 3 + 1);
    let herd = "kind: herd, hosts: 2, at: hourly, login: true, pull: {client: \
                github-actions-runner, images: [a, b], auth: token}";
    assert_eq!(tokens(100, herd).len(), 2 * (2 + 2));
}

#[test]
fn a_login_of_the_github_runner_is_tried_three_times_one_to_ten_seconds_apart() {
    let jobs = ", login: true, pulls: 50, begin: {every: 1min}";
    let at = tokens(0, &pulls("github-actions-runner", jobs));
    let gaps = at.windows(2).map(|pair| pair[1] - pair[0]);
    // Three tries take 20 s at most, and the next job begins after a minute.
    let gaps: Vec<f64> = gaps.filter(|gap| *gap < 20.0).collect();
    assert_eq!((at.len(), gaps.len()), (50 * 3, 50 * 2));
    assert!(gaps.iter().all(|gap| (1.0..10.0).contains(gap)), "{gaps:?}");
    assert!(
        gaps.iter().any(|gap| *gap < 3.0) && gaps.iter().any(|gap| *gap > 8.0),
        "{gaps:?}"
    );
    assert_eq!(
        tokens(0, &pulls("docker-classic", ", login: true")).len(),
        1
    );
}

#[test]
fn each_container_of_a_github_job_has_three_tries_of_its_own() {
    let asked = |given| tokens(given, &pulls("github-actions-runner", ", login: true")).len();
    // A login and a pull of each container before; then three logins, or three pulls after a login.
    assert_eq!(asked(2), 2 + 3);
    assert_eq!(asked(3), 3 + 3);
    assert_eq!(asked(4), 4 + 3);
    assert_eq!(asked(6), 6);
    let four_jobs = pulls("github-actions-runner", ", login: true, pulls: 4");
    assert_eq!(tokens(0, &four_jobs).len(), 4 * 3);
}

#[test]
fn a_login_behind_a_mirror_is_one_at_the_registry_itself() {
    let asked = |rest: &str| {
        let pull = "pull: {client: docker-classic, images: [a, b], auth: token, mirror: cache}";
        tokens(100, &format!("kind: image-pulls{rest}, {pull}")).len()
    };
    assert_eq!(asked(", login: true"), asked("") + 1);
}
