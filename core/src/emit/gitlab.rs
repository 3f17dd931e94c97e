//! GitLab CI/CD: who logs in, in how many waves jobs come, when they start, how far apart pipelines
//! begin, how many jobs run at once, and which failures are tried again.
//!
//! Keys as in the GitLab CI/CD YAML reference and the advanced configuration of GitLab Runner, read in
//! November 2026. `retry` takes at most 2; `resource_group` has one job of the project run at a time.
//! A job needs 50 others at most, all parallel ones counted (`ci_needs_size_limit` of the instance limits), so
//! waves are stages: one begins when all jobs of the one before have ended well.
//! The runner pulls `image` and `services`, and logs in for that, before `before_script`. A pull that the
//! registry throttles is `image_pull_failure` to GitLab Runner (`ClassifyImagePullFailure`), a reason that
//! `retry: when` does not have: it is reported as what GitLab knows instead, `runner_system_failure`
//! (`failureReasonsCompatibilityMap`, since 16.1). What a script does not end well is `script_failure`,
//! a test that fails too; `retry: exit_codes` (GitLab 17.5) tells them apart.

use super::Fragment;
use super::ci::{self, Entry, Said};
use super::diff::{Both, Diff};
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::{CiFanout, CiSystem, Login, Rerun};

/// Reruns of a job that GitLab allows (CI/CD YAML reference, `retry`).
const RETRY_MAX: u32 = 2;

/// Jobs of an entry at most (CI/CD YAML reference, `parallel`).
const PARALLEL_MAX: u32 = 200;

/// What a script ends with whose login fails: a failure that may pass (`EX_TEMPFAIL` of sysexits.h), and
/// nothing that a test ends with.
const LOGIN_FAILED: u8 = 75;

/// The fragments for what a variant changes of fan-outs that GitLab runs.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let fan_outs = ci::fan_outs(diff, CiSystem::GitLab);
    fan_outs.flat_map(|fanout| fragments(&fanout)).collect()
}

/// The fragments for what a variant changes of a fan-out.
pub(super) fn fragments(fanout: &Both<'_, CiFanout>) -> Vec<Fragment> {
    let changes = Changes {
        login: fanout.changed(|it| it.login),
        distance: ci::distance(fanout),
        retry: fanout
            // A login that moves fails otherwise, which what is run again has to follow.
            .changed(|it| (it.rerun, it.login))
            .and_then(|(rerun, login)| retry(rerun, login)),
    };
    let said = [
        changes.login.and_then(login),
        fanout.changed(|it| it.waves).map(waves),
        fanout
            .changed(|it| it.launch_spread)
            .and_then(|_| sleep(fanout.own))
            .map(launch_spread),
        changes.distance.map(distance),
        changes.retry.as_ref().map(rerun),
    ];
    let said: Vec<Said> = said.into_iter().flatten().collect();
    let text = pipeline(fanout.own, &changes);
    let in_file = ci::in_one(".gitlab-ci.yml".to_owned(), text, &said);
    let runners = fanout.changed(|it| it.runners).flatten().map(concurrent);
    in_file.into_iter().chain(runners).collect()
}

/// What a variant changes beside the jobs themselves.
struct Changes {
    login: Option<Login>,
    /// Seconds from one pipeline to the next.
    distance: Option<u64>,
    /// Which jobs are run again.
    retry: Option<Retry>,
}

/// Reruns of a job.
#[derive(Copy, Clone, Debug)]
struct Retry {
    /// How often at most.
    max: u32,
    /// Whose login it is that fails.
    after: LoginOf,
}

/// Who logs in for a job.
#[derive(Copy, Clone, Debug)]
enum LoginOf {
    /// The runner, before the job's script.
    Runner,
    /// The job's script.
    Script,
}

/// The jobs of a fan-out, with all that makes them so.
fn pipeline(fanout: &CiFanout, changes: &Changes) -> String {
    let mut text = String::new();
    if changes.login == Some(Login::PerHost) {
        text.push_str(CREDENTIAL_HELPER);
    }
    let entries = ci::entries(fanout, PARALLEL_MAX);
    let stages = stages(&entries, changes.distance.is_some());
    if !stages.is_empty() {
        text.push_str(&format!(
            "stages: [{}]      # instead of the one that has the tests now\n",
            stages.join(", ")
        ));
    }
    let stage = |name: &str| match stages.is_empty() {
        true => String::new(),
        false => format!("  stage: {name}\n"),
    };
    if let Some(seconds) = changes.distance {
        let (rules, stage) = (rules(fanout), stage("distance"));
        text.push_str(&format!(
            "distance:\n{stage}  resource_group: registry-logins\n  timeout: {} seconds\n{rules}  script: sleep \
             {seconds}\n",
            seconds + 600
        ));
    }
    let needs = match changes.distance {
        Some(_) if stages.is_empty() => "  needs: [distance]\n",
        _ => "",
    };
    let mut body = body(fanout, changes, &entries);
    if let Some(Retry { max, after }) = changes.retry {
        let of = match after {
            LoginOf::Runner => "when: [runner_system_failure]".to_owned(),
            LoginOf::Script => format!("exit_codes: [{LOGIN_FAILED}]"),
        };
        body.push_str(&format!("  retry: {{max: {max}, {of}}}\n"));
    }
    if entries.len() == 1 {
        text.push_str(&format!(
            "test:\n{needs}  parallel: {}\n{body}",
            fanout.jobs
        ));
    } else {
        text.push_str(&format!(".test:\n{body}"));
        for entry in &entries {
            let stage = stage(&format!("wave-{}", entry.wave));
            text.push_str(&format!(
                "{}:\n  extends: .test\n{stage}  parallel: {}\n  variables: {{{}}}\n{needs}",
                entry.name,
                entry.jobs,
                numbers(fanout, entry, &entries)
            ));
        }
    }
    if changes.login == Some(Login::PerWorkflow) {
        text.push_str(RENEWAL);
        text.push_str(&stage("wave-1"));
    }
    text
}

/// The stages of a pipeline whose jobs come in waves; none where they all come at once.
fn stages(entries: &[Entry], has_distance: bool) -> Vec<String> {
    let waves = entries.iter().map(|it| it.wave).max().unwrap_or(0);
    if waves < 2 {
        return Vec::new();
    }
    let distance = has_distance.then(|| "distance".to_owned());
    let waves = (1..=waves).map(|wave| format!("wave-{wave}"));
    distance.into_iter().chain(waves).collect()
}

/// What the jobs of an entry are told of their place: `CI_NODE_INDEX` begins anew in each entry.
fn numbers(fanout: &CiFanout, entry: &Entry, entries: &[Entry]) -> String {
    let first = format!("FIRST: '{}'", entry.first);
    match sleep(fanout).is_some() && entries.iter().any(Entry::is_part) {
        true => format!(
            "{first}, PLACE: '{}', WAVE: '{}'",
            entry.before, entry.of_wave
        ),
        false => first,
    }
}

/// In which pipelines a job is: the one that renews the password has no others.
fn rules(fanout: &CiFanout) -> &'static str {
    match fanout.login {
        Login::PerWorkflow => "  rules: [{if: '$CI_PIPELINE_SOURCE != \"schedule\"'}]\n",
        _ => "",
    }
}

/// What a job runs in, and what it does.
fn body(fanout: &CiFanout, changes: &Changes, entries: &[Entry]) -> String {
    let image = match fanout.login {
        Login::PerJob => {
            "'docker:28'      # both from a registry of your own\n  services: ['docker:28-dind']"
        }
        Login::PerHost => "ACCOUNT.dkr.ecr.REGION.amazonaws.com/app:ci",
        Login::PerWorkflow => "$ECR_REGISTRY/app:ci",
        Login::PerImage | Login::Anonymous => "app      # image and services as now",
    };
    let sleep = sleep(fanout).map_or(String::new(), |seconds| {
        let slept = match entries.iter().any(Entry::is_part) {
            true => format!("(PLACE + CI_NODE_INDEX - 1) * {seconds} / WAVE"),
            false => format!("(CI_NODE_INDEX - 1) * {seconds} / CI_NODE_TOTAL"),
        };
        format!("  before_script:\n    # first, before the login\n    - sleep $(( {slept} ))\n")
    });
    let jobs = fanout.jobs;
    let test = match entries.len() {
        1 => format!("./test.sh $CI_NODE_INDEX {jobs}"),
        _ => format!(
            "./test.sh $((FIRST + CI_NODE_INDEX - 1)) {jobs}      # its number and how many there are; \
             CI_NODE_INDEX begins anew in each job"
        ),
    };
    let script = match (fanout.login, changes.retry) {
        (Login::PerJob, retry) => login_and_pull(retry.is_some(), &test),
        _ => format!("  script: {test}\n"),
    };
    format!("  image: {image}\n{}{sleep}{script}", rules(fanout))
}

/// Over how many seconds jobs can be spread by a sleep: only where their own script logs in. The runner
/// pulls an `image` of the registry, and logs in, before the first line of a job.
fn sleep(fanout: &CiFanout) -> Option<u64> {
    ci::spread(fanout).filter(|_| fanout.login == Login::PerJob)
}

const CREDENTIAL_HELPER: &str = "\
variables:
  DOCKER_AUTH_CONFIG: '{\"credHelpers\": {\"ACCOUNT.dkr.ecr.REGION.amazonaws.com\": \"ecr-login\"}}'
";

/// A script that logs in and pulls; one that is run again if the login fails says that it is that.
fn login_and_pull(is_retried: bool, test: &str) -> String {
    let told = match is_retried {
        true => format!(" || exit {LOGIN_FAILED}"),
        false => String::new(),
    };
    format!(
        "  script:
    - apk add --no-cache aws-cli
    - aws ecr get-login-password | docker login --username AWS --password-stdin \"$ECR_REGISTRY\"{told}
    - docker compose pull
    - docker compose run --rm app {test}
"
    )
}

const RENEWAL: &str = "\
renew-ecr-password:        # start it from a pipeline schedule every 6 hours
  image: {name: amazon/aws-cli, entrypoint: ['']}        # from a registry of your own
  rules: [{if: '$CI_PIPELINE_SOURCE == \"schedule\"'}]
  script:
    - password=$(aws ecr get-login-password)        # ends the job where it fails
    - auth=$(printf 'AWS:%s' \"$password\" | base64 | tr -d '\\n')
    - config=$(printf '{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}' \"$ECR_REGISTRY\" \"$auth\")
    - url=$CI_API_V4_URL/projects/$CI_PROJECT_ID/variables/DOCKER_AUTH_CONFIG
    - |
      curl --fail --request PUT --header \"PRIVATE-TOKEN: $RENEW_TOKEN\" --form \"value=$config\" \"$url\"
";

fn login(login: Login) -> Option<Said> {
    let said = |why: &str, risk, undo| {
        let why = why.to_owned();
        Some(Said { why, risk, undo })
    };
    match login {
        Login::PerWorkflow => said(
            "no job logs in: a scheduled pipeline renews the password (good for 12 h) and stores it in \
             DOCKER_AUTH_CONFIG, which runners pull with",
            "if the renewal fails twice in a row, pulls fail with 401, not 429; the variable has to be \
             there before the first renewal, which replaces what else it holds; schedules of your own no \
             longer run these jobs",
            "remove the variable and log in as before",
        ),
        Login::PerJob => said(
            &ci::one_login_a_job("the script"),
            "takes Docker in Docker, or a runner that lends its socket; its images are two more pulls a job, \
             which count at Docker Hub where they come from there",
            "write `image` and `services` again",
        ),
        Login::PerHost => said(
            ci::ONE_LOGIN_A_MACHINE,
            "takes runners that outlive a job, with the helper installed",
            "remove the variable",
        ),
        Login::PerImage | Login::Anonymous => None,
    }
}

fn waves(waves: u32) -> Said {
    match waves {
        0 | 1 => ci::all_at_once("pipeline"),
        _ => Said {
            why: format!(
                "{waves} waves of jobs, each after the one before: the limit recovers meanwhile"
            ),
            risk: "the pipeline takes as much longer as a wave lasts, and a job that fails keeps the \
                   next wave from starting",
            undo: "write one job again",
        },
    }
}

fn launch_spread(seconds: u64) -> Said {
    Said {
        why: format!(
            "the jobs of a pipeline sleep evenly spread over {seconds} s before they log in"
        ),
        risk: "takes a login made by the script: `image` and `services` are pulled before it",
        undo: "remove the line that sleeps",
    }
}

/// Pipelines that keep a distance: one job at a time in the group, and it lasts that long.
fn distance(seconds: u64) -> Said {
    Said {
        why: format!(
            "one job of a resource group runs at a time in the project, so a job that sleeps {seconds} \
             s keeps pipelines that far apart"
        ),
        risk: "holds within a project; every pipeline starts that much later, a lone one too",
        undo: "remove the job `distance`",
    }
}

/// How often a job is run again whose login fails, where GitLab can: at once, and not more often than
/// it allows. Where jobs do not log in, none of them fails by that.
fn retry(rerun: Rerun, login: Login) -> Option<Retry> {
    let can = (1..=RETRY_MAX).contains(&rerun.times) && rerun.delay.is_zero();
    let after = match login {
        Login::PerJob => LoginOf::Script,
        Login::PerImage | Login::PerHost => LoginOf::Runner,
        Login::PerWorkflow | Login::Anonymous => return None,
    };
    let max = rerun.times;
    can.then_some(Retry { max, after })
}

fn rerun(retry: &Retry) -> Said {
    match retry.after {
        LoginOf::Runner => Said {
            why: "a job whose images the runner could not pull is run again at once".to_owned(),
            risk: "whoever runs again at once meets the same limit; other failures of the runner are \
                   tried again, too",
            undo: "remove `retry`",
        },
        LoginOf::Script => Said {
            why: format!(
                "a job whose script could not log in ends with {LOGIN_FAILED} and is run again at once, \
                 one whose tests fail is not"
            ),
            risk: "whoever runs again at once meets the same limit; takes GitLab 17.5",
            undo: "remove `retry`",
        },
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The text for `.gitlab-ci.yml`, if there is one.
    fn text(set: &str) -> Option<String> {
        let mut found = ci::of_incident("gitlab", set, settings);
        found.retain(|it| it.place == ".gitlab-ci.yml");
        assert!(found.len() < 2, "a file has each job once");
        found.pop().map(|it| it.text)
    }

    #[test]
    fn a_pipeline_that_keeps_a_long_distance_is_given_the_time_for_it() {
        let text = text("workloads.ci.begin: {every: 90min}").unwrap();
        assert!(text.contains("timeout: 6000 seconds"), "{text}");
    }

    #[test]
    fn a_job_sleeps_before_a_login_of_its_script_and_never_after_that_of_the_runner() {
        let spread = "workloads.ci.launch_spread: 1min";
        assert_eq!(text(spread), None);
        for login in ["per-host", "per-workflow"] {
            let text = text(&format!("{spread}, workloads.ci.login: {login}")).unwrap();
            assert!(!text.contains("sleep"), "{text}");
        }
        let text = text(&format!("{spread}, workloads.ci.login: per-job")).unwrap();
        let sleep = text.find("(CI_NODE_INDEX - 1) * 60").unwrap();
        assert!(sleep < text.find("docker login").unwrap(), "{text}");
    }

    #[test]
    fn waves_that_log_in_and_sleep_are_the_only_jobs_and_the_first_keeps_the_distance() {
        let text = text(
            "workloads.ci.login: per-job, workloads.ci.waves: 3, workloads.ci.launch_spread: 1min, \
             workloads.ci.begin: {every: 48s}",
        )
        .unwrap();
        let jobs = text.lines().filter(|it| !it.starts_with(' '));
        let jobs: Vec<&str> = jobs.collect();
        assert_eq!(
            jobs,
            [
                "stages: [distance, wave-1, wave-2, wave-3]      # instead of the one that has the tests now",
                "distance:",
                ".test:",
                "wave-1:",
                "wave-2:",
                "wave-3:"
            ]
        );
        assert!(text.contains("docker login") && text.contains("CI_NODE_INDEX"));
        assert!(
            text.contains(
                "wave-1:\n  extends: .test\n  stage: wave-1\n  parallel: 11\n  variables: {FIRST: '1'}\n"
            ),
            "{text}"
        );
        assert!(
            text.ends_with(
                "wave-3:\n  extends: .test\n  stage: wave-3\n  parallel: 10\n  variables: {FIRST: '23'}\n"
            ),
            "{text}"
        );
        // A job needs 50 others at most, and each of a wave counts.
        assert!(!text.contains("needs:"), "{text}");
    }

    #[test]
    fn what_is_run_again_is_what_the_login_of_the_job_fails_as() {
        let rerun = "workloads.ci.rerun: {times: 2}";
        let with = |login: &str| text(&format!("{rerun}, workloads.ci.login: {login}")).unwrap();
        // The runner logs in, and pulls, before the script.
        let by_runner = "  retry: {max: 2, when: [runner_system_failure]}\n";
        assert!(text(rerun).unwrap().contains(by_runner));
        assert!(with("per-host").contains(by_runner));
        // What fails in a script is told apart by its exit code: tests that fail are not run again.
        let by_script = with("per-job");
        assert!(
            by_script.contains("  retry: {max: 2, exit_codes: [75]}\n"),
            "{by_script}"
        );
        let login = by_script.lines().find(|it| it.contains("docker login"));
        assert!(login.unwrap().ends_with(" || exit 75"), "{by_script}");
        assert_eq!(by_script.matches("exit 75").count(), 1);
        // No job fails by a login that none of them makes.
        assert!(!with("per-workflow").contains("retry:"));
        let later = "workloads.ci.rerun: {times: 2, delay: 1min}";
        assert_eq!(text(later), None, "GitLab runs again at once");
        assert_eq!(text("workloads.ci.rerun: {times: 3}"), None);
    }

    #[test]
    fn a_renewal_that_gets_no_password_ends_before_it_stores_one() {
        let text = text("workloads.ci.login: per-workflow").unwrap();
        // The shell of the runner ends at an assignment that fails, not at a command within printf.
        assert!(
            text.contains("- password=$(aws ecr get-login-password) "),
            "{text}"
        );
        assert!(!text.contains("\"$(aws"), "{text}");
    }
}
