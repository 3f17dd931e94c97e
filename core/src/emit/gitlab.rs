//! GitLab CI/CD: who logs in, in how many waves jobs come, when they start, how far apart pipelines
//! begin, how many jobs run at once, and which failures are tried again.
//!
//! Keys as in the GitLab CI/CD YAML reference and the advanced configuration of GitLab Runner, read in
//! November 2026. `retry` takes at most 2; `resource_group` has one job of the project run at a time.

use super::Fragment;
use super::ci::{self, merged, shares, whole_seconds};
use super::diff::{Both, Diff};
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::{CiFanout, CiSystem, Login};

/// Reruns of a job that GitLab allows (CI/CD YAML reference, `retry`).
const RETRY_MAX: u32 = 2;

/// The fragments for what a variant changes of fan-outs that GitLab runs.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let fan_outs = ci::fan_outs(diff, CiSystem::GitLab);
    fan_outs.flat_map(|fanout| fragments(&fanout)).collect()
}

fn fragments(fanout: &Both<'_, CiFanout>) -> Vec<Fragment> {
    let own = fanout.own;
    let in_file = [
        fanout.changed(|it| it.login).and_then(|_| login(own)),
        fanout.changed(|it| it.waves).map(|_| waves(own)),
        fanout
            .changed(|it| it.launch_spread)
            .and_then(|_| launch_spread(own)),
        ci::distance(fanout).map(|seconds| distance(own, seconds)),
        fanout.changed(|it| it.rerun).and_then(|_| rerun(own)),
    ];
    let in_file: Vec<Part> = in_file.into_iter().flatten().collect();
    let place = format!(".gitlab-ci.yml{}", merged(in_file.len()));
    let mut found: Vec<Fragment> = in_file
        .into_iter()
        .map(|(text, why, risk, undo)| Fragment {
            place: place.clone(),
            owner: Owner::You,
            language: Language::Yaml,
            text,
            why,
            risk: risk.to_owned(),
            undo: undo.to_owned(),
        })
        .collect();
    if let Some(Some(runners)) = fanout.changed(|it| it.runners) {
        found.push(concurrent(runners));
    }
    found
}

type Part = (String, String, &'static str, &'static str);

fn login(fanout: &CiFanout) -> Option<Part> {
    let part = |text: &str, why: &str, risk, undo| {
        let text = text.replace("PARALLEL", &fanout.jobs.to_string());
        Some((text, why.to_owned(), risk, undo))
    };
    match fanout.login {
        Login::PerWorkflow => part(
            PER_WORKFLOW,
            "no job logs in: a scheduled pipeline renews the password (good for 12 h) and stores it in \
             DOCKER_AUTH_CONFIG, which runners pull with",
            "if the renewal fails twice in a row, pulls fail with 401, not 429; the variable cannot be \
             masked",
            "remove the variable and log in as before",
        ),
        Login::PerJob => part(
            PER_JOB,
            "one GetAuthorizationToken a job instead of one an image: images are pulled by the script, \
             after a single login",
            "takes Docker in Docker, or a runner that lends its socket",
            "write `image` and `services` again",
        ),
        Login::PerHost => part(
            PER_HOST,
            "one GetAuthorizationToken a machine while its token lasts: the Amazon ECR credential \
             helper keeps it in a file",
            "takes runners that outlive a job, with the helper installed",
            "remove the variable",
        ),
        Login::PerImage | Login::Anonymous => None,
    }
}

const PER_WORKFLOW: &str = "\
test:
  image: $ECR_REGISTRY/app:ci
  parallel: PARALLEL
  rules: [{if: '$CI_PIPELINE_SOURCE != \"schedule\"'}]
  script: ./test.sh
renew-ecr-password:        # start it from a pipeline schedule every 6 hours
  image: {name: amazon/aws-cli, entrypoint: ['']}
  rules: [{if: '$CI_PIPELINE_SOURCE == \"schedule\"'}]
  script:
    - auth=$(printf 'AWS:%s' \"$(aws ecr get-login-password)\" | base64 | tr -d '\\n')
    - config=$(printf '{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}' \"$ECR_REGISTRY\" \"$auth\")
    - url=$CI_API_V4_URL/projects/$CI_PROJECT_ID/variables/DOCKER_AUTH_CONFIG
    - |
      curl --fail --request PUT --header \"PRIVATE-TOKEN: $RENEW_TOKEN\" --form \"value=$config\" \"$url\"
";

const PER_JOB: &str = "\
test:
  image: docker:28
  services: ['docker:28-dind']
  parallel: PARALLEL
  script:
    - apk add --no-cache aws-cli
    - aws ecr get-login-password | docker login --username AWS --password-stdin \"$ECR_REGISTRY\"
    - docker compose pull
    - docker compose run --rm app ./test.sh
";

const PER_HOST: &str = "\
variables:
  DOCKER_AUTH_CONFIG: '{\"credHelpers\": {\"ACCOUNT.dkr.ecr.REGION.amazonaws.com\": \"ecr-login\"}}'
test:
  image: ACCOUNT.dkr.ecr.REGION.amazonaws.com/app:ci
  parallel: PARALLEL
  script: ./test.sh
";

/// The image that a job runs in, the same in all fragments of a file.
fn image(fanout: &CiFanout) -> &'static str {
    match fanout.login {
        Login::PerJob => "'docker:28'",
        Login::PerHost => "ACCOUNT.dkr.ecr.REGION.amazonaws.com/app:ci",
        Login::PerWorkflow => "$ECR_REGISTRY/app:ci",
        Login::PerImage | Login::Anonymous => "app",
    }
}

fn waves(fanout: &CiFanout) -> Part {
    let mut text = format!(
        ".test: {{image: {}, script: ./test.sh}}      # as the job of now\n",
        image(fanout)
    );
    for (wave, count) in (1..).zip(shares(fanout.jobs, fanout.waves)) {
        let needs = match wave {
            1 => String::new(),
            _ => format!(", needs: [wave-{}]", wave - 1),
        };
        // `parallel` takes 1 to 200 (CI/CD YAML reference).
        text.push_str(&format!(
            "wave-{wave}: {{extends: .test, parallel: {count}{needs}}}\n"
        ));
    }
    let why = format!(
        "{} waves of jobs, each after the one before: the limit recovers meanwhile",
        fanout.waves
    );
    (
        text,
        why,
        "the pipeline takes as much longer as a wave lasts, and a job that fails keeps the next wave \
         from starting",
        "write one job again",
    )
}

/// Jobs that sleep before they log in, which takes a login made by the script.
fn launch_spread(fanout: &CiFanout) -> Option<Part> {
    let seconds = whole_seconds(fanout.launch_spread);
    if seconds == 0 || fanout.login == Login::PerImage {
        return None;
    }
    let text = format!(
        "test:\n  image: {}\n  parallel: {}\n  before_script:\n    # first, before the login\n    \
         - sleep $(( (CI_NODE_INDEX - 1) * {seconds} / CI_NODE_TOTAL ))\n  script: ./test.sh\n",
        image(fanout),
        fanout.jobs
    );
    let why =
        format!("the jobs of a pipeline sleep evenly spread over {seconds} s before they log in");
    Some((
        text,
        why,
        "takes a login made by the script: `image` and `services` are pulled before it",
        "remove the line",
    ))
}

/// Pipelines that keep a distance: one job at a time in the group, and it lasts that long.
fn distance(fanout: &CiFanout, seconds: u64) -> Part {
    let first = match fanout.waves {
        0 | 1 => "test",
        _ => "wave-1",
    };
    let text = format!(
        "distance:\n  resource_group: registry-logins\n  script: sleep {seconds}\n{first}:\n  needs: \
         [distance]\n  script: ./test.sh\n"
    );
    let why = format!(
        "one job of a resource group runs at a time in the project, so a job that sleeps {seconds} s \
         keeps pipelines that far apart"
    );
    (
        text,
        why,
        "holds within a project; every pipeline starts that much later, a lone one too",
        "remove the job",
    )
}

/// Reruns, which GitLab starts at once.
fn rerun(fanout: &CiFanout) -> Option<Part> {
    let rerun = fanout.rerun;
    if rerun.times == 0 || rerun.times > RETRY_MAX || !rerun.delay.is_zero() {
        return None;
    }
    let text = format!(
        "test:\n  script: ./test.sh\n  retry: {{max: {}, when: [runner_system_failure]}}\n",
        rerun.times
    );
    Some((
        text,
        "a job whose images could not be pulled is run again at once".to_owned(),
        "whoever runs again at once meets the same limit",
        "remove `retry`",
    ))
}

fn concurrent(runners: u32) -> Fragment {
    Fragment {
        place: "config.toml of the runner manager".to_owned(),
        owner: Owner::You,
        language: Language::Toml,
        text: format!("concurrent = {runners}\n"),
        why: format!("at most {runners} jobs run at once, whatever the pipelines want"),
        risk: "jobs of all projects of this runner wait for each other".to_owned(),
        undo: "restore the number of today".to_owned(),
    }
}
