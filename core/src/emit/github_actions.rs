//! GitHub Actions workflows: who logs in, in how many waves jobs come, when they start and how far
//! apart two workflows begin.
//!
//! Keys as in the workflow syntax reference, read in November 2026. Images of `container` and
//! `services` are pulled before the first step, each after a login of its own with the credentials
//! that stand there. `mask-password: false` of aws-actions/amazon-ecr-login lets a job hand its
//! password on as an output.

use super::Fragment;
use super::ci::{self, merged, shares, whole_seconds};
use super::diff::{Both, Diff};
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::{Arrivals, CiFanout, CiSystem, Login};

/// The fragments for what a variant changes of fan-outs that GitHub Actions runs.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let fan_outs = ci::fan_outs(diff, CiSystem::GitHubActions);
    fan_outs.flat_map(|fanout| fragments(&fanout)).collect()
}

fn fragments(fanout: &Both<'_, CiFanout>) -> Vec<Fragment> {
    let own = fanout.own;
    let pairs = matches!(own.workflows, Arrivals::Every { count: 2, .. })
        || matches!(&own.workflows, Arrivals::At(times) if times.len() == 2);
    let fragments = [
        fanout.changed(|it| it.login).and_then(|_| login(own)),
        fanout.changed(|it| it.waves).map(|_| waves(own)),
        fanout
            .changed(|it| it.launch_spread)
            .and_then(|_| launch_spread(own)),
        // A third workflow cancels the second that waits for the group.
        ci::distance(fanout)
            .filter(|_| pairs)
            .map(|seconds| distance(own, seconds)),
    ];
    let parts: Vec<Part> = fragments.into_iter().flatten().collect();
    let place = format!(
        ".github/workflows/{}.yml{}",
        fanout.name,
        merged(parts.len())
    );
    let fragments = parts.into_iter().map(|(text, why, risk, undo)| Fragment {
        place: place.clone(),
        owner: Owner::You,
        language: Language::Yaml,
        text,
        why,
        risk: risk.to_owned(),
        undo: undo.to_owned(),
    });
    fragments.collect()
}

type Part = (String, String, &'static str, &'static str);

/// The numbers of so many shards: `1, 2, 3`.
fn shards(from: u32, count: u32) -> String {
    let shards: Vec<String> = (from..from + count).map(|it| it.to_string()).collect();
    shards.join(", ")
}

fn login(fanout: &CiFanout) -> Option<Part> {
    let part = |text: &str, why: &str, risk, undo| {
        let text = text.replace("SHARDS", &shards(1, fanout.jobs));
        Some((text, why.to_owned(), risk, undo))
    };
    match fanout.login {
        Login::PerWorkflow => part(
            PER_WORKFLOW,
            "one job logs in and hands the password (good for 12 h) on to the containers of the \
             others",
            "the password is an output that is not masked: whoever reads the logs of a step that \
             prints it has it",
            "remove the login job and write the credentials of before",
        ),
        Login::PerJob => part(
            PER_JOB,
            "one GetAuthorizationToken a job instead of one an image: images are pulled by steps, \
             after a single login",
            "the job no longer runs in a container of its own",
            "write `container` and `services` again",
        ),
        Login::PerHost => part(
            PER_HOST,
            "one GetAuthorizationToken a machine while its token lasts: the Amazon ECR credential \
             helper keeps it in a file",
            "takes self-hosted runners that outlive a job",
            "remove `credHelpers` and go back to hosted runners",
        ),
        Login::PerImage | Login::Anonymous => None,
    }
}

const PER_WORKFLOW: &str = "\
on: push
jobs:
  login:
    runs-on: ubuntu-latest
    permissions: {id-token: write}
    outputs:
      password: ${{ steps.ecr.outputs.docker_password_ACCOUNT_dkr_ecr_REGION_amazonaws_com }}
    steps:
      - uses: aws-actions/configure-aws-credentials@v5
        with: {role-to-assume: ROLE, aws-region: REGION}
      - id: ecr
        uses: aws-actions/amazon-ecr-login@v2
        with: {mask-password: 'false'}
  test:
    needs: login
    runs-on: ubuntu-latest
    strategy: {matrix: {shard: [SHARDS]}}
    container:
      image: ACCOUNT.dkr.ecr.REGION.amazonaws.com/app:ci
      credentials: {username: AWS, password: '${{ needs.login.outputs.password }}'}
    steps:
      - run: ./test.sh ${{ matrix.shard }}
";

const PER_JOB: &str = "\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    permissions: {id-token: write}
    strategy: {matrix: {shard: [SHARDS]}}
    steps:
      - uses: actions/checkout@v5
      - uses: aws-actions/configure-aws-credentials@v5
        with: {role-to-assume: ROLE, aws-region: REGION}
      - uses: aws-actions/amazon-ecr-login@v2
      - run: docker compose pull
      - run: docker compose run --rm app ./test.sh ${{ matrix.shard }}
";

const PER_HOST: &str = "\
on: push
jobs:
  test:
    runs-on: [self-hosted]
    strategy: {matrix: {shard: [SHARDS]}}
    steps:
      - uses: actions/checkout@v5
      - run: docker compose pull
      - run: docker compose run --rm app ./test.sh ${{ matrix.shard }}
# on each runner, ~/.docker/config.json (docker-credential-ecr-login installed):
#   {\"credHelpers\": {\"ACCOUNT.dkr.ecr.REGION.amazonaws.com\": \"ecr-login\"}}
";

/// On what a job runs, the same in all fragments of a file.
fn runs_on(fanout: &CiFanout) -> &'static str {
    match fanout.login {
        Login::PerHost => "[self-hosted]",
        _ => "ubuntu-latest",
    }
}

/// Jobs in waves, each of which needs the one before.
fn waves(fanout: &CiFanout) -> Part {
    let mut text = String::from("on: push\njobs:\n");
    let mut from = 1;
    for (wave, count) in (1..).zip(shares(fanout.jobs, fanout.waves)) {
        let needs = match wave {
            1 => String::new(),
            _ => format!("    needs: wave-{}\n", wave - 1),
        };
        text.push_str(&format!(
            "  wave-{wave}:\n{needs}    runs-on: {}\n    strategy: {{matrix: {{shard: [{}]}}}}\n    \
             steps: [{{run: './test.sh ${{{{ matrix.shard }}}}'}}]\n",
            runs_on(fanout),
            shards(from, count)
        ));
        from += count;
    }
    let why = format!(
        "{} waves of jobs, each after the one before: the limit recovers meanwhile; one matrix with \
         max-parallel: {} has as many at once without waiting for the slowest of a wave",
        fanout.waves,
        fanout.jobs.div_ceil(fanout.waves)
    );
    (
        text,
        why,
        "the workflow takes as much longer as a wave lasts, and a job that fails keeps the next wave \
         from starting",
        "write one matrix again",
    )
}

/// Jobs that sleep before they log in, which takes a login made by a step.
fn launch_spread(fanout: &CiFanout) -> Option<Part> {
    let seconds = whole_seconds(fanout.launch_spread);
    if seconds == 0 || fanout.login == Login::PerImage {
        return None;
    }
    let text = format!(
        "on: push\njobs:\n  test:\n    runs-on: {}\n    strategy: {{matrix: {{shard: [{}]}}}}\n    \
         steps:\n      # first, before the login\n      - run: sleep $(( ${{{{ \
         strategy.job-index }}}} * {seconds} / ${{{{ strategy.job-total }}}} ))\n",
        runs_on(fanout),
        shards(1, fanout.jobs)
    );
    let why =
        format!("the jobs of a workflow sleep evenly spread over {seconds} s before they log in");
    Some((
        text,
        why,
        "takes a login made by a step: images of `container` and `services` are pulled before the \
         first one",
        "remove the step",
    ))
}

/// Two workflows that keep a distance: one job at a time in the group, and it lasts that long.
fn distance(fanout: &CiFanout, seconds: u64) -> Part {
    let first = match fanout.waves {
        0 | 1 => "test",
        _ => "wave-1",
    };
    let runs_on = runs_on(fanout);
    let text = format!(
        "on: push\njobs:\n  distance:\n    runs-on: ubuntu-latest\n    concurrency: \
         registry-logins\n    steps: [{{run: sleep {seconds}}}]\n  {first}:\n    needs: distance\n    \
         runs-on: {runs_on}\n    steps: [{{run: ./test.sh}}]\n"
    );
    let why = format!(
        "one job of a concurrency group runs at a time in the repository, so a job that sleeps \
         {seconds} s keeps two workflows that far apart"
    );
    (
        text,
        why,
        "holds within a repository; of more than one workflow that waits, only the newest is kept and \
         the others are cancelled",
        "remove the job",
    )
}
