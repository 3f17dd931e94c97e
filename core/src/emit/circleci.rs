//! CircleCI `config.yml`: who logs in, and in how many waves.
//!
//! Keys as in the CircleCI configuration reference, read in November 2026. With `aws_auth` the
//! docker executor makes one login an image; with `auth` it uses the password it is given. An ECR
//! password is good for 12 hours (Amazon ECR user guide).

use super::overrides;
use crate::replicate::Prepared;
use crate::report::model::Settings;
use crate::scenario::model::{CiFanout, Login, Workload};

/// The fragment for the first fan-out whose login pattern, waves or images a variant changes.
pub(super) fn settings(prepared: &Prepared) -> Option<Settings> {
    let (name, fanout) = prepared
        .scenario
        .workloads
        .iter()
        .find_map(|workload| match &workload.value {
            Workload::CiFanout(fanout) => Some((workload.name.as_str(), fanout)),
            Workload::ApiCallers(_) => None,
        })?;
    let (text, why) = if overrides(prepared, "login") {
        login(fanout)?
    } else if overrides(prepared, "waves") {
        waves(fanout)
    } else {
        return None;
    };
    Some(Settings {
        variant: prepared.name.clone(),
        target: "CircleCI".to_owned(),
        place: format!(".circleci/config.yml, where `{name}` is defined"),
        language: "yaml",
        text,
        why,
    })
}

fn login(fanout: &CiFanout) -> Option<(String, String)> {
    match fanout.login {
        Login::PerJob | Login::PerHost => Some((
            PER_JOB.replace("PARALLELISM", &fanout.jobs.to_string()),
            "One GetAuthorizationToken a job instead of one an image: images are pulled by steps, \
             after a single login. Costs the machine executor and its start-up time. To undo, give \
             the images back to the docker executor."
                .to_owned(),
        )),
        Login::PerWorkflow => Some((
            PER_WORKFLOW.replace("PARALLELISM", &fanout.jobs.to_string()),
            "No job logs in: a scheduled pipeline renews the password (good for 12 h) and stores it \
             in a context. If the renewal fails twice in a row, pulls fail with 401, not 429. To \
             undo, write aws_auth again."
                .to_owned(),
        )),
        Login::PerImage | Login::Anonymous => None,
    }
}

const PER_JOB: &str = "\
jobs:
  test:
    machine: {image: ubuntu-2404:current}
    parallelism: PARALLELISM
    steps:
      - checkout
      - run: |
          aws ecr get-login-password --region \"$AWS_REGION\" |
            docker login --username AWS --password-stdin \"$ECR_REGISTRY\"
      - run: docker compose pull
      - run: docker compose run --rm app ./test.sh
";

const PER_WORKFLOW: &str = "\
jobs:
  test:
    docker:
      - image: $ECR_REGISTRY/app:ci
        auth: {username: AWS, password: $ECR_PASSWORD}   # instead of aws_auth
    parallelism: PARALLELISM
  renew-ecr-password:
    docker: [{image: cimg/aws:2025.01}]
    steps:
      - run: |
          password=$(aws ecr get-login-password --region \"$AWS_REGION\")
          curl --fail --request PUT \\
            --header \"Circle-Token: $CIRCLE_TOKEN\" --header 'Content-Type: application/json' \\
            --data \"{\\\"value\\\": \\\"$password\\\"}\" \\
            \"https://circleci.com/api/v2/context/$CONTEXT_ID/environment-variable/ECR_PASSWORD\"
workflows:
  ci: {jobs: [{test: {context: ecr}}]}
  renew:        # start it from a schedule trigger every 6 hours
    jobs: [{renew-ecr-password: {context: ecr}}]
";

fn waves(fanout: &CiFanout) -> (String, String) {
    let mut text = String::from("workflows:\n  ci:\n    jobs:\n");
    for wave in 0..fanout.waves {
        let count = fanout.jobs / fanout.waves + u32::from(wave < fanout.jobs % fanout.waves);
        text.push_str(&format!("      - test: {{name: wave-{}, ", wave + 1));
        if wave > 0 {
            text.push_str(&format!("requires: [wave-{wave}], "));
        }
        text.push_str(&format!("parallelism: {count}}}\n"));
    }
    text.push_str(
        "jobs:\n  test:\n    parameters: {parallelism: {type: integer}}\n    parallelism: << \
         parameters.parallelism >>\n",
    );
    let why = format!(
        "{} waves of jobs, each after the one before: the bucket earns credits meanwhile. The \
         workflow takes as much longer as a wave lasts. To undo, remove `requires`.",
        fanout.waves
    );
    (text, why)
}
