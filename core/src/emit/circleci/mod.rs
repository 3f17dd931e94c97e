//! CircleCI `config.yml`: who logs in, how many images a job has, in how many waves jobs come and how
//! far apart workflows begin.
//!
//! Keys as in the CircleCI configuration reference, read in November 2026. With `aws_auth` the
//! docker executor makes one login an image; with `auth` it uses the password it is given. It pulls
//! all images of a job before the first step, so that no step can put its logins off. `serial-group`
//! has one job of the organisation run at a time, and cancels what waited for five hours. A scheduled
//! pipeline runs all workflows whose `when` does not forbid it.

mod batches;
mod config;

use self::batches::Split;
use self::config::{Config, Services, pulls_by_steps};
use super::Fragment;
use super::ci::{self, Said, whole_seconds};
use super::diff::{Both, Diff};
use crate::scenario::model::{CiFanout, CiSystem, Login};

/// Seconds that a job of a serial group waits at most.
const WAIT_MAX: u64 = 5 * 3_600;

/// The fragments for what a variant changes of fan-outs that CircleCI runs.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let fan_outs = ci::fan_outs(diff, CiSystem::CircleCi);
    let fragments = fan_outs.filter_map(|fanout| {
        let mut fragment = fragment(&fanout)?;
        if let Some(seconds) = distance_of(&fanout) {
            let beyond = ci::beyond(diff, fanout.name, 1 + WAIT_MAX / seconds);
            fragment.risk.extend(beyond);
        }
        Some(fragment)
    });
    fragments.collect()
}

/// Seconds from one workflow to the next, where none waits so long that it is cancelled.
pub(super) fn distance_of(fanout: &Both<'_, CiFanout>) -> Option<u64> {
    let can_wait = |seconds: &u64| fanout.own.workflows.count_max() <= 1 + WAIT_MAX / seconds;
    ci::distance(fanout).filter(can_wait)
}

/// The fragment for what a variant changes of a fan-out.
pub(super) fn fragment(fanout: &Both<'_, CiFanout>) -> Option<Fragment> {
    let own = fanout.own;
    let login = fanout.changed(|it| it.login);
    let services = services(own, fanout.today.images);
    let distance = distance_of(fanout);
    let spread = whole_seconds(own.launch_spread);
    let config = Config {
        fanout: own,
        moves_login: login.is_some(),
        services,
        distance,
    };
    let split = config.split();
    let said = [
        login.and_then(self::login),
        services.map(|_| images(own, fanout.today.images)),
        fanout.changed(|it| it.waves).map(waves),
        fanout
            .changed(|it| it.launch_spread)
            .filter(|_| match pulls_by_steps(own) {
                true => ci::spread(own).is_some(),
                false => split.waits(),
            })
            .map(|_| launch_spread(own, split, spread)),
        distance.map(self::distance),
    ];
    let said: Vec<Said> = said.into_iter().flatten().collect();
    let place = format!(".circleci/config.yml, where `{}` is defined", fanout.name);
    ci::in_one(place, config.text(), &said)
}

/// The services that jobs share out among them, where a variant gives them fewer images than `before`.
fn services(fanout: &CiFanout, before: u32) -> Option<Services> {
    let images = fanout.images;
    if images == 0 || images >= before {
        return None;
    }
    let (all, of_job) = (before - 1, images - 1);
    let groups = match of_job {
        0 => 1,
        of_job => all.div_ceil(of_job),
    };
    // Each service has to be in some job.
    (groups <= fanout.jobs).then_some(Services {
        all,
        of_job,
        groups,
    })
}

fn login(login: Login) -> Option<Said> {
    let said = |why: &str, risk, undo| {
        let why = why.to_owned();
        Some(Said { why, risk, undo })
    };
    match login {
        Login::PerHost => said(
            ci::ONE_LOGIN_A_MACHINE,
            "takes machines that outlive a job (self-hosted runners): a machine of CircleCI's own \
             is new for each job and would log in once a job",
            "remove `credHelpers` and the resource class",
        ),
        Login::PerJob => said(
            &ci::one_login_a_job("steps"),
            "costs the machine executor and its start-up time",
            "give the images back to the docker executor",
        ),
        Login::PerWorkflow => said(
            "no job logs in: a scheduled pipeline renews the password (good for 12 h) and stores it \
             in a context",
            "if the renewal fails twice in a row, pulls fail with 401, not 429",
            "write aws_auth again",
        ),
        Login::PerImage | Login::Anonymous => None,
    }
}

/// Fewer images a job: each group of services has jobs of its own.
fn images(fanout: &CiFanout, before: u32) -> Said {
    let images = fanout.images;
    let all = |images: u32| u64::from(fanout.jobs) * u64::from(images);
    // Who logs in for each image logs in less; others pull less.
    let what = match fanout.login {
        Login::PerImage => "logins",
        _ => "pulls",
    };
    Said {
        why: format!(
            "a job gets only the services that its tests need, {images} images at most instead of \
             {before}: at most {} {what} a workflow instead of {}",
            all(images),
            all(before),
        ),
        risk: "the tests have to be sorted by the services they use",
        undo: "give all images to each job",
    }
}

fn waves(waves: u32) -> Said {
    match waves {
        // CircleCI support, "Job failed due to excessive parallelism", read in November 2026.
        0 | 1 => Said {
            risk: "all of them meet the limit together, and a job whose `parallelism` is more than the \
                   plan runs at once fails",
            ..ci::all_at_once("workflow")
        },
        _ => Said {
            why: format!(
                "{waves} waves of jobs, each after the one before: the bucket earns credits meanwhile"
            ),
            risk: "the workflow takes as much longer as a wave lasts, and a job that fails keeps the \
                   next wave from starting",
            undo: "remove `requires`",
        },
    }
}

/// Jobs that start at different times. A step that sleeps does it where steps pull the images;
/// before the docker executor pulls them only another job can sleep.
fn launch_spread(fanout: &CiFanout, split: Split, seconds: u64) -> Said {
    let has_none = "CircleCI has no setting that puts the start of a job off";
    match pulls_by_steps(fanout) {
        true => Said {
            why: format!(
                "{has_none}: the jobs of a workflow sleep evenly spread over {seconds} s before they \
                 log in"
            ),
            risk: "takes a login made by a step (machine executor): images of the docker executor \
                   are pulled before the first step",
            undo: "remove the step",
        },
        false => Said {
            why: format!(
                "{has_none}, and its docker executor pulls, and logs in for that, before the first \
                 step of a job, so another job has to sleep first: {} groups of jobs start within \
                 {seconds} s",
                split.groups(fanout.jobs.div_ceil(fanout.waves))
            ),
            risk: "the simulation spreads single jobs, which is smoother than groups",
            undo: "remove the jobs that wait",
        },
    }
}

/// Workflows that keep a distance: one job at a time in the organisation, and it lasts that long.
fn distance(seconds: u64) -> Said {
    Said {
        why: format!(
            "CircleCI has no setting for this; of a serial group one job runs at a time in the whole \
             organisation, so one that sleeps {seconds} s keeps workflows apart; write it into every \
             project of this registry account"
        ),
        risk: "every workflow starts that much later, a lone one too; one that waits for more than \
               5 h is cancelled",
        undo: "remove the job `distance`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text and reason of the fragment for the incident's only variant, which sets this.
    fn fragment(set: &str) -> Option<(String, String)> {
        let mut found = ci::of_incident("circleci", set, settings);
        assert!(found.len() < 2, "a file has each key once");
        found.pop().map(|of| (of.text, of.why))
    }

    fn only(set: &str) -> (String, String) {
        fragment(set).unwrap_or_else(|| panic!("{set}"))
    }

    #[test]
    fn fewer_images_a_job_share_the_services_out_among_executors() {
        let (text, why) = only("workloads.ci.images: 3");
        assert!(text.contains(
            "services-1: {docker: [{image: app}, {image: service-1}, {image: service-2}]}"
        ));
        assert!(text.contains("services-3: {docker: [{image: app}, {image: service-5}]}"));
        assert!(
            text.contains(
                "test-1, services: services-1, first: 1, of: 11, group: 1, parallelism: 11"
            )
        );
        assert!(
            text.contains(
                "test-3, services: services-3, first: 1, of: 10, group: 3, parallelism: 10"
            )
        );
        assert!(why.contains("96 logins a workflow instead of 192"));
        assert_eq!(fragment("workloads.ci.images: 8"), None);
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
        assert_eq!(fragment("workloads.ci.begin: 5s"), None);
    }

    #[test]
    fn before_the_docker_executor_logs_in_another_job_has_to_sleep() {
        let (text, _) = only("workloads.ci.launch_spread: 1min");
        assert!(text.contains("test: {name: test-1, first: 1, parallelism: 8}"));
        assert!(text.contains("wait: {name: wait-4, seconds: 45}"));
        assert!(text.contains("test-4, requires: [wait-4], first: 25, parallelism: 8"));
    }

    #[test]
    fn a_login_by_a_step_is_put_off_by_a_step() {
        let (text, why) = only("workloads.ci.launch_spread: 1min, workloads.ci.login: per-job");
        let sleep = text
            .find("CIRCLE_NODE_INDEX * 60 / CIRCLE_NODE_TOTAL")
            .unwrap();
        assert!(sleep < text.find("docker login").unwrap(), "{text}");
        assert!(!text.contains("wait"), "{text}");
        assert!(
            why.contains("instead of one an image")
                && why.contains("sleep evenly spread over 60 s")
        );
    }

    #[test]
    fn all_that_a_variant_sets_is_one_text_whose_jobs_run_in_one_way() {
        let (text, why) = only(
            "workloads.ci.login: per-host, workloads.ci.runners: 8, workloads.ci.waves: 2, \
             workloads.ci.launch_spread: 1min, workloads.ci.begin: {every: 48s}, workloads.ci.images: 4",
        );
        let top = text.lines().filter(|it| !it.starts_with([' ', '#']));
        assert!(top.eq(["jobs:", "workflows:"]), "{text}");
        assert!(text.contains("resource_class: NAMESPACE/RUNNERS"), "{text}");
        let (_, test) = text.split_once("  test:\n").unwrap();
        assert!(!test.contains("docker: ["), "{text}");
        let (_, jobs) = text.split_once("    jobs:\n").unwrap();
        let (jobs, _) = jobs.split_once("# on each runner").unwrap();
        let entry = |wave: u32, group: u32, after: &str| {
            let services = match group {
                1 => "service-1 service-2 service-3",
                _ => "service-4 service-5",
            };
            format!(
                "      - test: {{name: wave-{wave}-{group}, requires: [{after}], services: {services}, first: \
                 {}, of: 16, group: {group}, place: {}, wave: 16, parallelism: 8}}\n",
                8 * wave - 7,
                8 * group - 8
            )
        };
        let entries = [
            "      - distance: {serial-group: registry-logins}\n".to_owned(),
            entry(1, 1, "distance"),
            entry(1, 2, "distance"),
            entry(2, 1, "wave-1-1, wave-1-2"),
            entry(2, 2, "wave-1-1, wave-1-2"),
        ];
        assert_eq!(jobs, entries.concat());
        let sleep = "{command: sleep $(((<< parameters.place >> + CIRCLE_NODE_INDEX) * 60 / << parameters.wave >>)), \
                     no_output_timeout: 120s}";
        assert!(text.contains(sleep), "{text}");
        assert!(why.contains("at most 128 pulls a workflow"), "{why}");
    }

    #[test]
    fn no_service_is_left_out_where_there_are_more_groups_of_them_than_jobs() {
        let with = |jobs: &str| {
            let set = "workloads.ci.images: 2";
            ci::of_incident_with("circleci", &[("jobs: 32", jobs)], set, settings)
        };
        let five = with("jobs: 5").pop().unwrap().text;
        for service in 1..=5 {
            assert!(five.contains(&format!("service-{service}")), "{five}");
        }
        assert!(
            with("jobs: 4").is_empty(),
            "five services, each in a job of its own"
        );
    }

    #[test]
    fn a_spread_is_only_told_where_a_job_waits_for_it() {
        let why = |set: &str| fragment(set).map(|(_, why)| why);
        let spread = "workloads.ci.launch_spread: 1min";
        let told =
            |set: &str| why(&format!("{spread}{set}")).is_some_and(|it| it.contains("sleep"));
        assert!(told("") && told(", workloads.ci.waves: 16"));
        assert!(
            !told(", workloads.ci.waves: 32"),
            "one job a wave waits for none"
        );
        let three = why(&format!("{spread}, workloads.ci.waves: 11")).unwrap();
        assert!(
            three.contains("3 groups of jobs start within 60 s"),
            "{three}"
        );
        let second = why("workloads.ci.launch_spread: 1s");
        assert!(second.is_none(), "{second:?}");
    }

    #[test]
    fn a_job_that_sleeps_for_long_is_not_ended_for_saying_nothing() {
        let (text, _) = only("workloads.ci.begin: {every: 15min}");
        assert!(
            text.contains("{command: sleep 900, no_output_timeout: 960s}"),
            "{text}"
        );
        let (text, _) = only("workloads.ci.launch_spread: 20min");
        assert!(text.contains("no_output_timeout: 1260s"), "{text}");
    }

    #[test]
    fn workflows_keep_no_distance_that_some_of_them_would_wait_for_too_long() {
        let at = |workflows: u32| {
            let distance = "workloads.ci.begin: {every: 15min}";
            fragment(&format!("{distance}, workloads.ci.workflows: {workflows}"))
        };
        // Five hours are twenty of these distances.
        assert!(at(21).is_some());
        assert_eq!(at(22), None);
    }

    #[test]
    fn who_logs_in_today_decides_the_form_where_the_variant_leaves_it() {
        let with = |login: &str| {
            let today = [("login: per-image", login)];
            let set = "workloads.ci.waves: 2, workloads.ci.launch_spread: 1min";
            let mut found = ci::of_incident_with("circleci", &today, set, settings);
            found.pop().unwrap().text
        };
        let per_workflow = with("login: per-workflow");
        assert!(per_workflow.contains("auth: {username: AWS, password: $ECR_PASSWORD}"));
        assert!(
            per_workflow.contains("requires: [wait-1-2], context: ecr, first: 5, parallelism: 4")
        );
        assert!(
            !per_workflow.contains("renew"),
            "today has it: {per_workflow}"
        );
        let per_job = with("login: per-job");
        assert!(per_job.contains("docker login") && per_job.contains("CIRCLE_NODE_INDEX"));
        assert!(!per_job.contains("docker: ["), "{per_job}");
        assert!(with("login: anonymous").contains("the images of now"));
    }

    #[test]
    fn a_scheduled_pipeline_renews_the_password_and_no_other_does() {
        let (text, _) = only("workloads.ci.login: per-workflow, workloads.ci.images: 2");
        let scheduled = "{equal: [scheduled_pipeline, << pipeline.trigger_source >>]}";
        assert!(
            text.contains(&format!("  ci:\n    when: {{not: {scheduled}}}\n")),
            "{text}"
        );
        let renew = text.find("\n  renew: ").unwrap();
        assert!(
            text[renew..].contains(&format!("    when: {scheduled}\n")),
            "{text}"
        );
        assert!(
            text.contains("- {image: $ECR_REGISTRY/service-5:ci, auth: {username: AWS"),
            "{text}"
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
