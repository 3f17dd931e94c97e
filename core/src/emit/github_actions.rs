//! GitHub Actions workflows: who logs in, in how many waves jobs come, when they start and how far
//! apart two workflows begin.
//!
//! Keys as in the workflow syntax reference, read in November 2026. Images of `container` and
//! `services` are pulled before the first step, each after a login of its own with the credentials
//! that stand there. `mask-password: false` of aws-actions/amazon-ecr-login lets a job hand its
//! password on as an output.

use super::Fragment;
use super::ci::{self, Said, shares, whole_seconds};
use super::diff::{Both, Diff};
use crate::scenario::model::{Arrivals, CiFanout, CiSystem, Login};

/// The fragments for what a variant changes of fan-outs that GitHub Actions runs.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let fan_outs = ci::fan_outs(diff, CiSystem::GitHubActions);
    fan_outs.filter_map(|fanout| fragment(&fanout)).collect()
}

fn fragment(fanout: &Both<'_, CiFanout>) -> Option<Fragment> {
    let own = fanout.own;
    let pairs = matches!(own.workflows, Arrivals::Every { count: 2, .. })
        || matches!(&own.workflows, Arrivals::At(times) if times.len() == 2);
    // A third workflow cancels the second that waits for the group.
    let seconds = ci::distance(fanout).filter(|_| pairs);
    let said = [
        fanout.changed(|it| it.login).and_then(login),
        fanout.changed(|it| it.waves).map(|_| waves(own)),
        fanout
            .changed(|it| it.launch_spread)
            .and_then(|_| sleep(own))
            .map(launch_spread),
        seconds.map(distance),
    ];
    let said: Vec<Said> = said.into_iter().flatten().collect();
    let place = format!(".github/workflows/{}.yml", fanout.name);
    ci::in_one(place, workflow(own, seconds), &said)
}

/// The jobs of a fan-out, each with all that makes it so, and so many seconds from one workflow to the
/// next.
fn workflow(fanout: &CiFanout, distance: Option<u64>) -> String {
    let mut text = String::from("on: push\njobs:\n");
    // What logs in first keeps the distance, and what needs that job waits with it.
    let mut first = Vec::new();
    if let Some(seconds) = distance {
        text.push_str(&format!(
            "  distance:\n    runs-on: ubuntu-latest\n    concurrency: registry-logins\n    steps: \
             [{{run: sleep {seconds}}}]\n"
        ));
        first.push("distance".to_owned());
    }
    let mut each = Vec::new();
    if fanout.login == Login::PerWorkflow {
        text.push_str(&format!("  login:\n{}{LOGIN_JOB}", needs(&first)));
        first.clear();
        each.push("login".to_owned());
    }
    if fanout.waves > 1 {
        let mut from = 1;
        for (wave, count) in (1..).zip(shares(fanout.jobs, fanout.waves)) {
            let before = match wave {
                1 => first.clone(),
                _ => vec![format!("wave-{}", wave - 1)],
            };
            let needs = needs(&[each.as_slice(), &before].concat());
            let job = job(fanout, from, count);
            text.push_str(&format!("  wave-{wave}:\n{needs}{job}"));
            from += count;
        }
    } else {
        let needs = needs(&[each, first].concat());
        let job = job(fanout, 1, fanout.jobs);
        text.push_str(&format!("  test:\n{needs}{job}"));
    }
    if fanout.login == Login::PerHost {
        text.push_str(CREDENTIAL_HELPER);
    }
    text
}

/// After which jobs one comes.
fn needs(jobs: &[String]) -> String {
    match jobs {
        [] => String::new(),
        _ => format!("    needs: [{}]\n", jobs.join(", ")),
    }
}

/// A job of these shards: what it runs on, and the steps it makes.
fn job(fanout: &CiFanout, from: u32, count: u32) -> String {
    let shards: Vec<String> = (from..from + count).map(|it| it.to_string()).collect();
    let runs_on = match fanout.login {
        Login::PerHost => "[self-hosted]",
        Login::PerJob => "ubuntu-latest\n    permissions: {id-token: write, contents: read}",
        _ => "ubuntu-latest",
    };
    let container = match fanout.login {
        Login::PerWorkflow => CONTAINER,
        _ => "",
    };
    let sleep = sleep(fanout).map_or(String::new(), |seconds| {
        format!(
            "      # first, before the login\n      - run: sleep $(( ${{{{ strategy.job-index }}}} * \
             {seconds} / ${{{{ strategy.job-total }}}} ))\n"
        )
    });
    let steps = match fanout.login {
        Login::PerJob => [LOGIN_STEPS, PULL_STEPS].concat(),
        Login::PerHost => ["      - uses: actions/checkout@v5\n", PULL_STEPS].concat(),
        Login::PerWorkflow => {
            "      - uses: actions/checkout@v5\n      - run: ./test.sh ${{ matrix.shard \
                               }}\n"
                .to_owned()
        }
        Login::PerImage | Login::Anonymous => {
            "      - run: ./test.sh ${{ matrix.shard }}      # container and services as now\n"
                .to_owned()
        }
    };
    format!(
        "    runs-on: {runs_on}\n    strategy: {{matrix: {{shard: [{}]}}}}\n{container}    \
         steps:\n{sleep}{steps}",
        shards.join(", ")
    )
}

/// Over how many seconds jobs can be spread by a sleep: only where their own steps pull images, and log
/// in for that. Images of `container` and `services` are pulled before the first step.
fn sleep(fanout: &CiFanout) -> Option<u64> {
    let seconds = whole_seconds(fanout.launch_spread);
    let by_steps = matches!(fanout.login, Login::PerJob | Login::PerHost);
    (seconds > 0 && by_steps).then_some(seconds)
}

const LOGIN_JOB: &str = "    runs-on: ubuntu-latest
    permissions: {id-token: write}
    outputs:
      # in this name REGION has _ for -: us_east_1
      password: ${{ steps.ecr.outputs.docker_password_ACCOUNT_dkr_ecr_REGION_amazonaws_com }}
    steps:
      - uses: aws-actions/configure-aws-credentials@v5
        with: {role-to-assume: ROLE, aws-region: REGION}
      - id: ecr
        uses: aws-actions/amazon-ecr-login@v2
        with: {mask-password: 'false'}
";

const CONTAINER: &str = "    container:
      image: ACCOUNT.dkr.ecr.REGION.amazonaws.com/app:ci
      credentials: {username: AWS, password: '${{ needs.login.outputs.password }}'}
";

const LOGIN_STEPS: &str = "      - uses: actions/checkout@v5
      - uses: aws-actions/configure-aws-credentials@v5
        with: {role-to-assume: ROLE, aws-region: REGION}
      - uses: aws-actions/amazon-ecr-login@v2
";

const PULL_STEPS: &str = "      - run: docker compose pull
      - run: docker compose run --rm app ./test.sh ${{ matrix.shard }}
";

const CREDENTIAL_HELPER: &str = "\
# on each runner, ~/.docker/config.json (docker-credential-ecr-login installed):
#   {\"credHelpers\": {\"ACCOUNT.dkr.ecr.REGION.amazonaws.com\": \"ecr-login\"}}
";

fn login(login: Login) -> Option<Said> {
    let said = |why: &str, risk, undo| {
        let why = why.to_owned();
        Some(Said { why, risk, undo })
    };
    match login {
        Login::PerWorkflow => said(
            "one job logs in and hands the password (good for 12 h) on to the containers of the \
             others",
            "the password is an output that is not masked: whoever reads the logs of a step that \
             prints it has it",
            "remove the login job and write the credentials of before",
        ),
        Login::PerJob => said(
            &ci::one_login_a_job("steps"),
            "the job no longer runs in a container of its own",
            "write `container` and `services` again",
        ),
        Login::PerHost => said(
            ci::ONE_LOGIN_A_MACHINE,
            "takes self-hosted runners that outlive a job",
            "remove `credHelpers` and go back to hosted runners",
        ),
        Login::PerImage | Login::Anonymous => None,
    }
}

/// Jobs in waves, each of which needs the one before.
fn waves(fanout: &CiFanout) -> Said {
    match fanout.waves {
        0 | 1 => ci::all_at_once("workflow"),
        waves => Said {
            why: format!(
                "{waves} waves of jobs, each after the one before: the limit recovers meanwhile; one \
                 matrix with max-parallel: {} has as many at once without waiting for the slowest of \
                 a wave",
                fanout.jobs.div_ceil(waves)
            ),
            risk: "the workflow takes as much longer as a wave lasts, and a job that fails keeps the \
                   next wave from starting",
            undo: "write one matrix again",
        },
    }
}

fn launch_spread(seconds: u64) -> Said {
    Said {
        why: format!(
            "the jobs of a workflow sleep evenly spread over {seconds} s before they log in"
        ),
        risk: "takes a login made by a step: images of `container` and `services` are pulled before \
               the first one",
        undo: "remove the step that sleeps",
    }
}

/// Two workflows that keep a distance: one job at a time in the group, and it lasts that long.
fn distance(seconds: u64) -> Said {
    Said {
        why: format!(
            "one job of a concurrency group runs at a time in the repository, so a job that sleeps \
             {seconds} s keeps two workflows that far apart"
        ),
        risk: "holds within a repository; of more than one workflow that waits, only the newest is \
               kept and the others are cancelled",
        undo: "remove the job `distance`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of the workflow, if there is one.
    fn text(set: &str) -> Option<String> {
        let mut found = ci::of_incident("github-actions", set, settings);
        assert!(found.len() < 2, "a file has each job once");
        found.pop().map(|it| it.text)
    }

    /// The names of the jobs, and after which others each comes.
    fn jobs(text: &str) -> Vec<(&str, &str)> {
        let mut jobs: Vec<(&str, &str)> = Vec::new();
        for line in text.lines() {
            match (line.strip_prefix("  "), line.strip_prefix("    needs: ")) {
                (_, Some(needs)) => jobs.last_mut().unwrap().1 = needs,
                (Some(job), _) if !job.starts_with(' ') => jobs.push((job, "")),
                _ => {}
            }
        }
        jobs
    }

    #[test]
    fn a_job_sleeps_before_a_login_of_its_steps_and_never_after_that_of_its_container() {
        let spread = "workloads.ci.launch_spread: 1min";
        assert_eq!(text(spread), None);
        let with = |login: &str| text(&format!("{spread}, workloads.ci.login: {login}")).unwrap();
        assert!(!with("per-workflow").contains("sleep"));
        for login in ["per-job", "per-host"] {
            let text = with(login);
            let sleep = text.find("strategy.job-index }} * 60").unwrap();
            assert!(sleep < text.find("docker compose pull").unwrap(), "{text}");
        }
    }

    #[test]
    fn each_wave_logs_in_as_a_single_matrix_does_and_no_other_job_starts_the_shards() {
        let with = |login: &str| {
            let set = "workloads.ci.waves: 3, workloads.ci.launch_spread: 1min, workloads.ci.begin: \
                       {every: 48s}";
            text(&format!("{set}, workloads.ci.login: {login}")).unwrap()
        };
        let per_job = with("per-job");
        assert_eq!(
            jobs(&per_job),
            [
                ("distance:", ""),
                ("wave-1:", "[distance]"),
                ("wave-2:", "[wave-1]"),
                ("wave-3:", "[wave-2]")
            ]
        );
        assert_eq!(per_job.matches("amazon-ecr-login@v2").count(), 3);
        // Permissions that are written are the only ones: a checkout needs its own.
        let both = "permissions: {id-token: write, contents: read}";
        assert_eq!(per_job.matches(both).count(), 3);
        assert_eq!(per_job.matches("strategy.job-index").count(), 3);
        let per_workflow = with("per-workflow");
        assert_eq!(
            jobs(&per_workflow),
            [
                ("distance:", ""),
                ("login:", "[distance]"),
                ("wave-1:", "[login]"),
                ("wave-2:", "[login, wave-1]"),
                ("wave-3:", "[login, wave-2]")
            ]
        );
        assert_eq!(per_workflow.matches("credentials: {").count(), 3);
    }
}
