//! GitHub Actions workflows: who logs in, in how many waves jobs come, how many of them run at once, when
//! they start and how far apart two workflows begin.
//!
//! Keys as in the workflow syntax reference, read in November 2026. Images of `container` and
//! `services` are pulled before the first step, each after a login of its own with the credentials
//! that stand there. `mask-password: false` of aws-actions/amazon-ecr-login lets a job hand its
//! password on as an output. `max-parallel` counts the jobs of one matrix in one workflow run.

use super::Fragment;
use super::ci::{self, Entry, Said};
use super::diff::{Both, Diff};
use crate::scenario::model::{CiFanout, CiSystem, Login};

/// Jobs of a matrix at most ("Actions limits", Job Matrix, read in November 2026): a job's strategy that
/// comes to more is refused.
const MATRIX_MAX: u32 = 256;

/// Jobs that wait in a concurrency group at most ("Control the concurrency of workflows and jobs",
/// `queue: max`, read in November 2026; since May 2026).
const QUEUE_MAX: u64 = 100;

/// The fragments for what a variant changes of fan-outs that GitHub Actions runs.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let fan_outs = ci::fan_outs(diff, CiSystem::GitHubActions);
    let fragments = fan_outs.filter_map(|fanout| {
        let mut fragment = fragment(&fanout)?;
        if distance_of(&fanout).is_some() {
            let beyond = ci::beyond(diff, fanout.name, 1 + QUEUE_MAX);
            fragment.risk.extend(beyond);
        }
        if at_once(&fanout).is_some() {
            fragment.risk.extend(ci::beyond(diff, fanout.name, 1));
        }
        Some(fragment)
    });
    fragments.collect()
}

/// Seconds from one workflow to the next, where as many can wait.
pub(super) fn distance_of(fanout: &Both<'_, CiFanout>) -> Option<u64> {
    ci::distance(fanout).filter(|_| fanout.own.workflows.count_max() <= 1 + QUEUE_MAX)
}

/// How many jobs run at once, where the matrices of one workflow can keep to it: each has a share of its
/// own. Machines that keep logins are as many as there are.
fn at_once(fanout: &Both<'_, CiFanout>) -> Option<u32> {
    let own = fanout.own;
    let alone = own.workflows.count_max() == 1 && own.login != Login::PerHost;
    let matrices = own.jobs.div_ceil(own.waves.max(1)).div_ceil(MATRIX_MAX);
    let runners = fanout.changed(|it| it.runners).flatten();
    runners.filter(|runners| alone && *runners >= matrices)
}

/// The fragment for what a variant changes of a fan-out.
pub(super) fn fragment(fanout: &Both<'_, CiFanout>) -> Option<Fragment> {
    let own = fanout.own;
    let seconds = distance_of(fanout);
    let at_once = at_once(fanout);
    let said = [
        fanout.changed(|it| it.login).and_then(login),
        fanout.changed(|it| it.waves).map(|_| waves(own)),
        fanout
            .changed(|it| it.launch_spread)
            .and_then(|_| sleep(own))
            .map(launch_spread),
        at_once.map(max_parallel),
        seconds.map(distance),
    ];
    let said: Vec<Said> = said.into_iter().flatten().collect();
    let place = format!(".github/workflows/{}.yml", fanout.name);
    let mut fragment = ci::in_one(place, workflow(own, seconds, at_once), &said)?;
    if own.jobs > MATRIX_MAX {
        fragment.risk.push_str(&format!(
            "; GitHub allows a matrix {MATRIX_MAX} jobs in a workflow run and does not say whether it adds \
             up several: this text has {} jobs in all",
            own.jobs
        ));
    }
    Some(fragment)
}

/// The jobs of a fan-out, each with all that makes it so, so many seconds from one workflow to the next
/// and so many jobs at once.
fn workflow(fanout: &CiFanout, distance: Option<u64>, at_once: Option<u32>) -> String {
    let mut text = String::from("on: push\njobs:\n");
    // What logs in first keeps the distance, and what needs that job waits with it.
    let mut first = Vec::new();
    if let Some(seconds) = distance {
        text.push_str(&format!(
            "  distance:\n    runs-on: ubuntu-latest\n    concurrency: {{group: registry-logins, queue: max}}\n    steps: \
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
    let entries = ci::entries(fanout, MATRIX_MAX);
    for entry in &entries {
        let before = match entry.wave {
            1 => first.clone(),
            wave => ci::of_wave(&entries, wave - 1),
        };
        let needs = needs(&[each.as_slice(), &before].concat());
        let most = at_once.map(|most| share_of(most, &entries, entry));
        let job = job(fanout, entry, most);
        text.push_str(&format!("  {}:\n{needs}{job}", entry.name));
    }
    if fanout.login == Login::PerHost {
        text.push_str(CREDENTIAL_HELPER);
    }
    text
}

/// How many of those that run at once are of an entry, beside the others of its wave.
fn share_of(most: u32, entries: &[Entry], entry: &Entry) -> u32 {
    let own: Vec<&Entry> = entries.iter().filter(|it| it.wave == entry.wave).collect();
    let place = own.iter().position(|it| it.name == entry.name);
    let mut shares = ci::shares(most, own.len() as u32);
    shares.nth(place.unwrap_or(0)).unwrap_or(most)
}

/// After which jobs one comes.
fn needs(jobs: &[String]) -> String {
    match jobs {
        [] => String::new(),
        _ => format!("    needs: [{}]\n", jobs.join(", ")),
    }
}

/// A job of these shards: what it runs on, how many of them at once, and the steps it makes.
fn job(fanout: &CiFanout, entry: &Entry, most: Option<u32>) -> String {
    let shards = entry.first..entry.first + entry.jobs;
    let shards: Vec<String> = shards.map(|it| it.to_string()).collect();
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
        let (index, total) = ("${{ strategy.job-index }}", "${{ strategy.job-total }}");
        let slept = match entry.is_part() {
            true => format!(
                "({} + {index}) * {seconds} / {}",
                entry.before, entry.of_wave
            ),
            false => format!("{index} * {seconds} / {total}"),
        };
        format!("      # first, before the login\n      - run: sleep $(( {slept} ))\n")
    });
    let test = format!("./test.sh ${{{{ matrix.shard }}}} {}", fanout.jobs);
    let pull = format!(
        "      - run: docker compose pull\n      - run: docker compose run --rm app {test}\n"
    );
    let steps = match fanout.login {
        Login::PerJob => [LOGIN_STEPS, &pull].concat(),
        Login::PerHost => ["      - uses: actions/checkout@v5\n", &pull].concat(),
        Login::PerWorkflow => {
            format!("      - uses: actions/checkout@v5\n      - run: {test}\n")
        }
        Login::PerImage | Login::Anonymous => {
            // A job has no files but those that it checks out.
            let files = "      - uses: actions/checkout@v5\n";
            format!("{files}      - run: {test}      # container and services as now\n")
        }
    };
    let most = most.map_or(String::new(), |most| format!("max-parallel: {most}, "));
    format!(
        "    runs-on: {runs_on}\n    strategy: {{{most}matrix: {{shard: [{}]}}}}\n{container}    \
         steps:\n{sleep}{steps}",
        shards.join(", ")
    )
}

/// Over how many seconds jobs can be spread by a sleep: only where their own steps pull images, and log
/// in for that. Images of `container` and `services` are pulled before the first step.
fn sleep(fanout: &CiFanout) -> Option<u64> {
    let by_steps = matches!(fanout.login, Login::PerJob | Login::PerHost);
    ci::spread(fanout).filter(|_| by_steps)
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

/// No more jobs than this at once: the next starts when one of them is done.
fn max_parallel(most: u32) -> Said {
    Said {
        why: format!("{most} jobs run at once, and the next one starts when one of them is done"),
        risk: "counts the jobs of one workflow run: two at once have twice as many; the workflow takes as \
               long as its jobs need one after another",
        undo: "remove `max-parallel`",
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

/// Workflows that keep a distance: one job at a time in the group, and it lasts that long.
fn distance(seconds: u64) -> Said {
    Said {
        why: format!(
            "one job of a concurrency group runs at a time in the repository, so a job that sleeps \
             {seconds} s keeps workflows that far apart"
        ),
        risk: "holds within a repository; every workflow starts that much later, a lone one too; 100 \
               workflows wait at most and others are cancelled; takes `queue: max` (May 2026), without \
               which a third cancels the second",
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
    fn whoever_keeps_workflows_apart_checks_out_what_the_jobs_run() {
        let text = text("workloads.ci.begin: {every: 48s}").unwrap();
        let (_, jobs) = text.split_once("  distance:").unwrap();
        let checkout = jobs.find("actions/checkout@v5").unwrap();
        assert!(checkout < jobs.find("./test.sh").unwrap(), "{text}");
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

    #[test]
    fn workflows_keep_their_distance_as_long_as_all_of_them_may_wait() {
        let of = |workflows: u32| {
            let today = format!("workflows: {workflows}");
            let today = [("workflows: 2", today.as_str())];
            let set = "workloads.ci.begin: {every: 48s}";
            ci::of_incident_with("github-actions", &today, set, settings).pop()
        };
        let third = of(3).unwrap();
        let group = "concurrency: {group: registry-logins, queue: max}";
        assert!(third.text.contains(group), "{}", third.text);
        assert!(third.risk.contains("100 workflows wait"), "{}", third.risk);
        assert!(of(101).is_some(), "one runs and a hundred wait");
        assert!(of(102).is_none(), "the last would be cancelled");
    }
}
