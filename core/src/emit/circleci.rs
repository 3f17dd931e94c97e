//! CircleCI `config.yml`: who logs in, how many images a job has, in how many waves jobs come and how
//! far apart workflows begin.
//!
//! Keys as in the CircleCI configuration reference, read in November 2026. With `aws_auth` the
//! docker executor makes one login an image; with `auth` it uses the password it is given. It pulls
//! all images of a job before the first step, so that no step can put its logins off. `serial-group`
//! has one job of the organisation run at a time, and cancels what waited for five hours.

use super::overrides;
use crate::replicate::Prepared;
use crate::report::model::Settings;
use crate::scenario::model::{Arrivals, CiFanout, Login, Workload};
use crate::units::Span;

/// Into so many groups a workflow is split whose jobs are to start at different times.
const GROUPS: u32 = 4;

/// A text for `config.yml`, and why.
type Fragment = (String, String);

/// The fragments for what a variant changes of its first fan-out.
pub(super) fn settings(prepared: &Prepared, today: &Prepared) -> Vec<Settings> {
    let Some((name, fanout)) = fan_out(prepared) else {
        return Vec::new();
    };
    let images_before = fan_out(today).map_or(fanout.images, |(_, before)| before.images);
    let changed = |key, fragment: Option<Fragment>| fragment.filter(|_| overrides(prepared, key));
    let fragments = [
        changed("login", login(fanout)),
        changed("images", images(fanout, images_before)),
        changed("waves", waves(fanout)),
        changed("launch_spread", launch_spread(fanout)),
        changed("begin", distance(fanout)),
    ];
    let settings = fragments.into_iter().flatten().map(|(text, why)| Settings {
        variant: prepared.name.clone(),
        target: "CircleCI".to_owned(),
        place: format!(".circleci/config.yml, where `{name}` is defined"),
        language: "yaml",
        text,
        why,
    });
    settings.collect()
}

fn fan_out(prepared: &Prepared) -> Option<(&str, &CiFanout)> {
    let workloads = prepared.scenario.workloads.iter();
    workloads
        .filter_map(|workload| match &workload.value {
            Workload::CiFanout(fanout) => Some((workload.name.as_str(), fanout)),
            Workload::ApiCallers(_)
            | Workload::ImagePulls(_)
            | Workload::ImagePushes(_)
            | Workload::SwarmService(_)
            | Workload::EcsDeployment(_)
            | Workload::KubernetesRollout(_)
            | Workload::ScaleOut(_) => None,
        })
        .next()
}

/// How many jobs each of so many groups gets.
fn shares(jobs: u32, groups: u32) -> impl Iterator<Item = u32> {
    (0..groups).map(move |group| jobs / groups + u32::from(group < jobs % groups))
}

fn login(fanout: &CiFanout) -> Option<Fragment> {
    match fanout.login {
        Login::PerHost => Some((
            PER_HOST.replace("PARALLELISM", &fanout.jobs.to_string()),
            "One GetAuthorizationToken a machine while its token lasts: the Amazon ECR credential \
             helper keeps it in a file. It takes machines that outlive a job (self-hosted runners): \
             a machine of CircleCI's own is new for each job and would log in once a job. To undo, \
             remove `credHelpers` and the resource class."
                .to_owned(),
        )),
        Login::PerJob => Some((
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
fn images(fanout: &CiFanout, before: u32) -> Option<Fragment> {
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
         parameters.parallelism >>\nworkflows:\n  ci:\n    jobs:\n",
    );
    for (group, count) in (1..).zip(shares(fanout.jobs, groups)) {
        text.push_str(&format!(
            "      - test: {{name: test-{group}, services: services-{group}, parallelism: \
             {count}}}\n"
        ));
    }
    let why = format!(
        "A job gets only the services that its tests need, {images} images instead of {before}: \
         {} logins a workflow instead of {}. Sort the tests by the services they use. To undo, put \
         all images into one executor.",
        u64::from(fanout.jobs) * u64::from(images),
        u64::from(fanout.jobs) * u64::from(before),
    );
    Some((text, why))
}

fn waves(fanout: &CiFanout) -> Option<Fragment> {
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
    let why = format!(
        "{} waves of jobs, each after the one before: the bucket earns credits meanwhile. The \
         workflow takes as much longer as a wave lasts. To undo, remove `requires`.",
        fanout.waves
    );
    Some((text, why))
}

/// Jobs that start at different times. A step that sleeps does it where steps pull the images;
/// before the docker executor pulls them only another job can sleep.
fn launch_spread(fanout: &CiFanout) -> Option<Fragment> {
    let seconds = whole_seconds(fanout.launch_spread);
    if seconds == 0 {
        return None;
    }
    if fanout.login != Login::PerImage {
        let text = format!(
            "jobs:\n  test:\n    steps:\n      # first, before the login\n      - run: sleep \
             \"$((CIRCLE_NODE_INDEX * {seconds} / CIRCLE_NODE_TOTAL))\"\n"
        );
        let why = format!(
            "CircleCI has no setting that puts the start of a job off. The jobs of a workflow sleep \
             evenly spread over {seconds} s before they log in. It takes a login made by a step \
             (machine executor): images of the docker executor are pulled before the first step. \
             To undo, remove the step."
        );
        return Some((text, why));
    }
    let groups = GROUPS.min(fanout.jobs);
    let mut text = String::from(
        "jobs:\n  wait:\n    parameters: {seconds: {type: integer}}\n    docker: [{image: \
         cimg/base:current}]      # from another registry\n    resource_class: small\n    steps: \
         [{run: sleep << parameters.seconds >>}]\n  test:\n    parameters: {parallelism: {type: \
         integer}}\n    parallelism: << parameters.parallelism >>\nworkflows:\n  ci:\n    jobs:\n",
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
    let why = format!(
        "CircleCI has no setting that puts the start of a job off, and its docker executor logs in \
         before the first step of a job, so another job has to sleep first. Here {groups} groups \
         start within {seconds} s; the simulation spreads single jobs, which is smoother. To undo, \
         remove `requires`."
    );
    Some((text, why))
}

/// Workflows that keep a distance: one job at a time in the organisation, and it lasts that long.
fn distance(fanout: &CiFanout) -> Option<Fragment> {
    let seconds = whole_seconds(shortest_distance(&fanout.workflows)?);
    if seconds == 0 {
        return None;
    }
    let text = format!(
        "jobs:\n  distance:\n    docker: [{{image: cimg/base:current}}]      # from another \
         registry\n    resource_class: small\n    steps: [{{run: sleep {seconds}}}]\nworkflows:\n  \
         ci:\n    jobs:\n      - distance: {{serial-group: registry-logins}}\n      - test: \
         {{requires: [distance]}}\n"
    );
    let why = format!(
        "CircleCI has no setting for the distance between workflows. A serial group lets one of its \
         jobs run at a time in the whole organisation, so a job that sleeps {seconds} s keeps \
         workflows that far apart. Each starts {seconds} s later, a lone one too; one that waits \
         for more than 5 h is cancelled. Write the same into every project that uses this \
         registry account. To undo, remove the job."
    );
    Some((text, why))
}

/// The shortest time between two workflows that do not begin together.
fn shortest_distance(arrivals: &Arrivals) -> Option<Span> {
    match arrivals {
        Arrivals::Every { count, every, .. } => (*count > 1).then_some(*every),
        Arrivals::At(times) => {
            let mut times = times.clone();
            times.sort_unstable();
            let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
            gaps.min()
        }
        Arrivals::Random { .. } => None,
    }
}

/// Seconds, the next whole number of them.
fn whole_seconds(span: Span) -> u64 {
    span.as_nanos().div_ceil(1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::prepare;
    use crate::scenario::Document;
    use crate::yaml;

    /// The fragments of the incident's only variant, which sets this.
    fn fragments(set: &str) -> Vec<Fragment> {
        let text = include_str!("../../../scenarios/circleci-ecr-fanout.yaml");
        let from = text.find("variants:").unwrap();
        let text = format!("{}variants: {{v: {{set: {{{set}}}}}}}\n", &text[..from]);
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let found = settings(&prepared[1], &prepared[0]);
        for settings in &found {
            yaml::read(&settings.text, yaml::SourceId::FILE).unwrap();
        }
        found.into_iter().map(|of| (of.text, of.why)).collect()
    }

    fn only(set: &str) -> Fragment {
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
}
