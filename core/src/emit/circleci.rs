//! CircleCI `config.yml`: who logs in, how many images a job has, in how many waves jobs come and how
//! far apart workflows begin.
//!
//! Keys as in the CircleCI configuration reference, read in November 2026. With `aws_auth` the
//! docker executor makes one login an image; with `auth` it uses the password it is given. It pulls
//! all images of a job before the first step, so that no step can put its logins off. `serial-group`
//! has one job of the organisation run at a time, and cancels what waited for five hours.

use super::Fragment;
use super::ci::{self, shares, whole_seconds};
use super::diff::{Both, Diff};
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::{CiFanout, CiSystem, Login};

/// Into so many groups a workflow is split whose jobs are to start at different times.
const GROUPS: u32 = 4;

/// The fragments for what a variant changes of fan-outs that CircleCI runs.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let fan_outs = ci::fan_outs(diff, CiSystem::CircleCi);
    fan_outs.flat_map(|fanout| fragments(&fanout)).collect()
}

fn fragments(fanout: &Both<'_, CiFanout>) -> Vec<Fragment> {
    let own = fanout.own;
    let fragments = [
        fanout.changed(|it| it.login).and_then(|_| login(own)),
        fanout
            .changed(|it| it.images)
            .and_then(|_| images(own, fanout.today.images)),
        fanout.changed(|it| it.waves).map(|_| waves(own)),
        fanout
            .changed(|it| it.launch_spread)
            .and_then(|_| launch_spread(own)),
        ci::distance(fanout).map(|seconds| distance(own, seconds)),
    ];
    let fragments: Vec<Part> = fragments.into_iter().flatten().collect();
    // A file has each key once, and YAML refuses one that stands twice.
    let merged = match fragments.len() {
        0 | 1 => "",
        _ => ", merged with the other fragments: each key stands once",
    };
    let place = format!(
        ".circleci/config.yml, where `{}` is defined{merged}",
        fanout.name
    );
    let fragments = fragments.into_iter().map(|part| Fragment {
        place: place.clone(),
        owner: Owner::You,
        language: Language::Yaml,
        text: part.text,
        why: part.why,
        risk: part.risk.to_owned(),
        undo: part.undo.to_owned(),
    });
    fragments.collect()
}

/// A text for `config.yml`, with what is said of it.
struct Part {
    text: String,
    why: String,
    risk: &'static str,
    undo: &'static str,
}

fn login(fanout: &CiFanout) -> Option<Part> {
    let part = |text: &str, why: &str, risk, undo| Part {
        text: text.replace("PARALLELISM", &fanout.jobs.to_string()),
        why: why.to_owned(),
        risk,
        undo,
    };
    match fanout.login {
        Login::PerHost => Some(part(
            PER_HOST,
            "one GetAuthorizationToken a machine while its token lasts: the Amazon ECR credential \
             helper keeps it in a file",
            "takes machines that outlive a job (self-hosted runners): a machine of CircleCI's own \
             is new for each job and would log in once a job",
            "remove `credHelpers` and the resource class",
        )),
        Login::PerJob => Some(part(
            PER_JOB,
            "one GetAuthorizationToken a job instead of one an image: images are pulled by steps, \
             after a single login",
            "costs the machine executor and its start-up time",
            "give the images back to the docker executor",
        )),
        Login::PerWorkflow => Some(part(
            PER_WORKFLOW,
            "no job logs in: a scheduled pipeline renews the password (good for 12 h) and stores it \
             in a context",
            "if the renewal fails twice in a row, pulls fail with 401, not 429",
            "write aws_auth again",
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

const PER_HOST: &str = "\
jobs:
  test:
    machine: true
    resource_class: NAMESPACE/RUNNERS      # your self-hosted runners
    parallelism: PARALLELISM
    steps:
      - checkout
      - run: docker compose pull
      - run: docker compose run --rm app ./test.sh
# on each runner, ~/.docker/config.json (docker-credential-ecr-login installed):
#   {\"credHelpers\": {\"ECR_REGISTRY\": \"ecr-login\"}}
";

const PER_WORKFLOW: &str = "\
jobs:
  test:
    docker:
      - image: $ECR_REGISTRY/app:ci
        auth: {username: AWS, password: $ECR_PASSWORD}   # instead of aws_auth
    parallelism: PARALLELISM
    steps: [checkout, {run: ./test.sh}]
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

/// Fewer images a job: one executor for each group of services, and the jobs shared out among them.
fn images(fanout: &CiFanout, before: u32) -> Option<Part> {
    let images = fanout.images;
    if images == 0 || images >= before {
        return None;
    }
    let services = images - 1;
    let groups = (before - 1).div_ceil(services.max(1)).min(fanout.jobs);
    let mut text = String::from("executors:      # each image with its aws_auth, as now\n");
    for group in 0..groups {
        let first = group * services + 1;
        let last = (first + services - 1).min(before - 1);
        let services = (first..=last).map(|service| format!(", {{image: service-{service}}}"));
        let services: String = services.collect();
        text.push_str(&format!(
            "  services-{}: {{docker: [{{image: app}}{services}]}}\n",
            group + 1
        ));
    }
    text.push_str(
        "jobs:\n  test:\n    parameters: {services: {type: executor}, parallelism: {type: \
         integer}}\n    executor: << parameters.services >>\n    parallelism: << \
         parameters.parallelism >>\n    steps: [checkout, {run: ./test.sh}]\nworkflows:\n  ci:\n    \
         jobs:\n",
    );
    for (group, count) in (1..).zip(shares(fanout.jobs, groups)) {
        text.push_str(&format!(
            "      - test: {{name: test-{group}, services: services-{group}, parallelism: \
             {count}}}\n"
        ));
    }
    let why = format!(
        "a job gets only the services that its tests need, {images} images at most instead of \
         {before}: at most {} logins a workflow instead of {}",
        u64::from(fanout.jobs) * u64::from(images),
        u64::from(fanout.jobs) * u64::from(before),
    );
    Some(Part {
        text,
        why,
        risk: "the tests have to be sorted by the services they use",
        undo: "put all images into one executor",
    })
}

fn waves(fanout: &CiFanout) -> Part {
    let mut text = String::from("workflows:\n  ci:\n    jobs:\n");
    for (wave, count) in (1..).zip(shares(fanout.jobs, fanout.waves)) {
        text.push_str(&format!("      - test: {{name: wave-{wave}, "));
        if wave > 1 {
            text.push_str(&format!("requires: [wave-{}], ", wave - 1));
        }
        text.push_str(&format!("parallelism: {count}}}\n"));
    }
    text.push_str(
        "jobs:\n  test:\n    parameters: {parallelism: {type: integer}}\n    parallelism: << \
         parameters.parallelism >>\n",
    );
    text.push_str(&runs(fanout));
    Part {
        text,
        why: format!(
            "{} waves of jobs, each after the one before: the bucket earns credits meanwhile",
            fanout.waves
        ),
        risk: "the workflow takes as much longer as a wave lasts",
        undo: "remove `requires`",
    }
}

/// Jobs that start at different times. A step that sleeps does it where steps pull the images;
/// before the docker executor pulls them only another job can sleep.
fn launch_spread(fanout: &CiFanout) -> Option<Part> {
    let seconds = whole_seconds(fanout.launch_spread);
    if seconds == 0 {
        return None;
    }
    if matches!(fanout.login, Login::PerJob | Login::PerHost) {
        let text = format!(
            "jobs:\n  test:\n{}    parallelism: {}\n    steps:\n      # first, before the login\n      \
             - run: sleep \"$((CIRCLE_NODE_INDEX * {seconds} / CIRCLE_NODE_TOTAL))\"\n",
            machine(fanout),
            fanout.jobs
        );
        return Some(Part {
            text,
            why: format!(
                "CircleCI has no setting that puts the start of a job off: the jobs of a workflow \
                 sleep evenly spread over {seconds} s before they log in"
            ),
            risk: "takes a login made by a step (machine executor): images of the docker executor \
                   are pulled before the first step",
            undo: "remove the step",
        });
    }
    let groups = GROUPS.min(fanout.jobs);
    let mut text = String::from(
        "jobs:\n  wait:\n    parameters: {seconds: {type: integer}}\n    docker: [{image: \
         cimg/base:current}]      # from another registry\n    resource_class: small\n    steps: \
         [{run: sleep << parameters.seconds >>}]\n  test:\n    parameters: {parallelism: {type: \
         integer}}\n    parallelism: << parameters.parallelism >>\n    docker: [{image: app}]      # \
         the images of now\n    steps: [checkout, {run: ./test.sh}]\nworkflows:\n  ci:\n    jobs:\n",
    );
    for (group, count) in (0_u32..).zip(shares(fanout.jobs, groups)) {
        let wait = u64::from(group) * seconds / u64::from(groups);
        let name = group + 1;
        if wait == 0 {
            text.push_str(&format!(
                "      - test: {{name: test-{name}, parallelism: {count}}}\n"
            ));
        } else {
            text.push_str(&format!(
                "      - wait: {{name: wait-{name}, seconds: {wait}}}\n      - test: {{name: \
                 test-{name}, requires: [wait-{name}], parallelism: {count}}}\n"
            ));
        }
    }
    Some(Part {
        text,
        why: format!(
            "CircleCI has no setting that puts the start of a job off, and its docker executor logs \
             in before the first step of a job, so another job has to sleep first: {groups} groups \
             start within {seconds} s"
        ),
        risk: "the simulation spreads single jobs, which is smoother than groups",
        undo: "remove `requires`",
    })
}

/// The machine of a job whose steps pull its images.
fn machine(fanout: &CiFanout) -> &'static str {
    match fanout.login {
        Login::PerHost => {
            "    machine: true\n    resource_class: NAMESPACE/RUNNERS      # your self-hosted runners\n"
        }
        _ => "    machine: {image: ubuntu-2404:current}\n",
    }
}

/// How a job runs, by where it logs in: the same in all fragments of a file, which are merged.
fn runs(fanout: &CiFanout) -> String {
    match fanout.login {
        Login::PerHost | Login::PerJob => {
            format!(
                "{}    steps: [checkout]      # and the steps of its login\n",
                machine(fanout)
            )
        }
        Login::PerWorkflow => "    docker:\n      - image: $ECR_REGISTRY/app:ci\n        auth: \
                               {username: AWS, password: $ECR_PASSWORD}\n    steps: [checkout, {run: \
                               ./test.sh}]\n"
            .to_owned(),
        Login::PerImage | Login::Anonymous => "    docker: [{image: app}]      # the images of \
                                               now\n    steps: [checkout, {run: ./test.sh}]\n"
            .to_owned(),
    }
}

/// Workflows that keep a distance: one job at a time in the organisation, and it lasts that long.
fn distance(fanout: &CiFanout, seconds: u64) -> Part {
    // Of several waves the first waits, and the others for it.
    let first = match fanout.waves {
        0 | 1 => String::new(),
        _ => {
            let count = shares(fanout.jobs, fanout.waves).next().unwrap_or_default();
            format!("name: wave-1, parallelism: {count}, ")
        }
    };
    let text = format!(
        "jobs:\n  distance:\n    docker: [{{image: cimg/base:current}}]      # from another \
         registry\n    resource_class: small\n    steps: [{{run: sleep {seconds}}}]\nworkflows:\n  \
         ci:\n    jobs:\n      - distance: {{serial-group: registry-logins}}\n      - test: \
         {{{first}requires: [distance]}}\n"
    );
    let why = format!(
        "CircleCI has no setting for the distance between workflows; a serial group lets one of its \
         jobs run at a time in the whole organisation, so a job that sleeps {seconds} s keeps \
         workflows that far apart; write the same into every project that uses this registry account"
    );
    Part {
        text,
        why,
        risk: "every workflow starts that much later, a lone one too; one that waits for more than \
               5 h is cancelled",
        undo: "remove the job",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fragments of the incident's only variant, which sets this.
    fn fragments(set: &str) -> Vec<(String, String)> {
        let found = ci::of_incident("circleci", set, settings).into_iter();
        found.map(|of| (of.text, of.why)).collect()
    }

    fn only(set: &str) -> (String, String) {
        let mut found = fragments(set);
        assert_eq!(found.len(), 1, "{set}");
        found.remove(0)
    }

    #[test]
    fn fewer_images_a_job_share_the_services_out_among_executors() {
        let (text, why) = only("workloads.ci.images: 3");
        assert!(text.contains(
            "services-1: {docker: [{image: app}, {image: service-1}, {image: service-2}]}"
        ));
        assert!(text.contains("services-3: {docker: [{image: app}, {image: service-5}]}"));
        assert!(text.contains("test-1, services: services-1, parallelism: 11"));
        assert!(text.contains("test-3, services: services-3, parallelism: 10"));
        assert!(why.contains("96 logins a workflow instead of 192"));
        assert!(fragments("workloads.ci.images: 8").is_empty());
        let (alone, _) = only("workloads.ci.images: 1");
        assert!(
            alone.contains("services-1: {docker: [{image: app}]}"),
            "{alone}"
        );
    }

    #[test]
    fn a_distance_between_workflows_is_a_serial_group_that_sleeps() {
        for set in [
            "workloads.ci.begin: {every: 48s}",
            "workloads.ci.workflows: null, workloads.ci.begin: {at: [48s, 0s]}",
        ] {
            let (text, why) = only(set);
            assert!(text.contains("sleep 48") && text.contains("serial-group: registry-logins"));
            assert!(why.starts_with("CircleCI has no setting"));
        }
        assert!(fragments("workloads.ci.begin: 5s").is_empty());
    }

    #[test]
    fn before_the_docker_executor_logs_in_another_job_has_to_sleep() {
        let (text, _) = only("workloads.ci.launch_spread: 1min");
        assert!(text.contains("test: {name: test-1, parallelism: 8}"));
        assert!(text.contains("wait: {name: wait-4, seconds: 45}"));
        assert!(text.contains("test-4, requires: [wait-4], parallelism: 8"));
    }

    #[test]
    fn a_login_by_a_step_is_put_off_by_a_step() {
        let both = fragments("workloads.ci.launch_spread: 1min, workloads.ci.login: per-job");
        let [(login, _), (sleep, _)] = both.as_slice() else {
            panic!("{both:?}");
        };
        assert!(login.contains("docker login"));
        assert!(sleep.contains("CIRCLE_NODE_INDEX * 60 / CIRCLE_NODE_TOTAL"));
    }

    #[test]
    fn the_fragments_of_one_file_run_their_jobs_in_one_way_and_name_them_alike() {
        let login = "workloads.ci.login: per-host, workloads.ci.runners: 8";
        let all = fragments(&format!(
            "{login}, workloads.ci.waves: 2, workloads.ci.launch_spread: 1min, workloads.ci.begin: \
             {{every: 48s}}"
        ));
        let [(login, _), (waves, _), (spread, _), (distance, _)] = all.as_slice() else {
            panic!("{all:?}");
        };
        for text in [login, waves, spread] {
            assert!(text.contains("resource_class: NAMESPACE/RUNNERS"), "{text}");
            assert!(!text.contains("docker: ["), "{text}");
        }
        assert!(
            distance.contains("test: {name: wave-1, parallelism: 16, requires: [distance]}"),
            "{distance}"
        );
    }

    #[test]
    fn a_login_a_host_is_kept_by_the_credential_helper_of_runners_that_stay() {
        let (text, why) = only("workloads.ci.login: per-host");
        assert!(text.contains("resource_class: NAMESPACE/RUNNERS"), "{text}");
        assert!(text.contains("parallelism: 32"), "{text}");
        assert!(
            text.contains(r#"{"credHelpers": {"ECR_REGISTRY": "ecr-login"}}"#),
            "{text}"
        );
        assert!(!text.contains("docker login"), "the helper logs in: {text}");
        assert!(why.starts_with("one GetAuthorizationToken a machine while its token lasts"));
    }
}
