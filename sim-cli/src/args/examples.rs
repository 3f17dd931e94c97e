//! What the help of each command ends with.

pub(super) const RECOMMEND: &str = "\
Examples:
  pullstorm recommend circleci-ecr-fanout
  pullstorm recommend circleci-ecr-fanout --set services.ecr.preset=aws-ecr
  pullstorm recommend mine.yaml --format markdown >> $GITHUB_STEP_SUMMARY";

pub(super) const COMPARE: &str = "\
Examples:
  pullstorm compare circleci-ecr-fanout
  pullstorm compare circleci-ecr-fanout --variant login-per-job --variant two-waves
  pullstorm compare circleci-ecr-fanout --plot fanout.svg
  pullstorm compare circleci-ecr-fanout --sweep workloads.ci.workflows=1..8";

pub(super) const CAPACITY: &str = "\
Examples:
  pullstorm capacity circleci-ecr-fanout
  pullstorm capacity circleci-ecr-fanout --variant login-per-job --target 12 --plot capacity.svg
  pullstorm capacity circleci-ecr-fanout --vary workloads.ci.jobs=1..128
  pullstorm capacity circleci-ecr-fanout --vary workloads.ci.launch_spread=0s..120s

A range takes `1..64`, `0.5/s..20/s`, `10..100+10`, `1..64*2`, `0s..60s`, or `a,b,c`, as --sweep does.
Runs are spent where the answer is uncertain; what --runs does not suffice for is said.";

pub(super) const REPORT: &str = "\
Examples:
  pullstorm report circleci-ecr-fanout -o review.html
  pullstorm report mine.yaml -o review.md
  pullstorm report mine.yaml -o results.json && pullstorm report --from results.json -o review.html

The ending of the file says what is written; without a file, Markdown is printed. The HTML is one
file without scripts, for mailing and printing. --from also takes what `recommend --format json` prints.";

pub(super) const RUN: &str = "\
Examples:
  pullstorm run circleci-ecr-fanout
  pullstorm run circleci-ecr-fanout --variant aws-legacy --runs 100
  pullstorm run circleci-ecr-fanout --set workloads.ci.jobs=16
  pullstorm run circleci-ecr-fanout --sweep workloads.ci.workflows=1..64*2
  pullstorm run circleci-ecr-fanout --variant aws-legacy --explain 'ci.jobs[3]'

A sweep takes `1..8`, `10..100+10`, `1..64*2`, with a unit (`0s..60s+10s`), or `a,b,c`.
Exit code 99 says that an expectation is broken or undecided; a story (--explain) is not judged.";

pub(super) const CHECK: &str = "\
Examples:
  pullstorm check limits/                        every scenario below the folder
  pullstorm check limits/ --baseline limits/baseline.json
  pullstorm check limits/ --baseline limits/baseline.json --tolerance ci.finished_after=5s
  pullstorm check limits/ --junit pullstorm.xml --comment pullstorm.md --github

What is checked of a scenario are the variants that its `check:` names, else the scenario as it is.
A check fails (exit code 99) when an expectation is broken or undecided, or when a number has moved
away from the baseline by more than the tolerance and more than chance explains, or was edited there.
A preset that has changed, a scenario of the baseline whose file is gone or has another name now, an
expectation with `severity: warn`, and one that is skipped, as of so few its quantile cannot be told,
are told and fail with --strict. A baseline that has a variant twice is refused (exit code 2).
docs/ci has workflows for GitHub Actions and GitLab.";

pub(super) const BASELINE: &str = "\
Examples:
  pullstorm baseline limits/ -o limits/baseline.json
  pullstorm baseline limits/ -o limits/baseline.json --tolerance 5%
  pullstorm baseline circleci-ecr-fanout --variant tuned

Commit the file, and run `pullstorm check` with --baseline where your tests run. When a number is
meant to change, write the file again: its difference is what there is to review.";

pub(super) const METRICS: &str = "\
Examples:
  pullstorm metrics circleci-ecr-fanout
  pullstorm metrics mine.yaml --format csv";

pub(super) const DIAGNOSE: &str = "\
Examples:
  pullstorm diagnose 'toomanyrequests: Too Many Requests (HAP429).'
  journalctl -u docker --since -1h | pullstorm diagnose -";

pub(super) const CATALOG: &str = "\
Examples:
  pullstorm catalog                    every preset and client, and how sure its numbers are
  pullstorm catalog aws-ecr@2018-01    one preset: limits, what is assumed, sources, dates
  pullstorm catalog docker-classic     one client: its requests, and what it does on 429
  pullstorm catalog retry              every retry policy, and when it gives up
  pullstorm catalog sdks               which SDK has which policy by default
  pullstorm catalog aws-standard       one retry policy
  pullstorm catalog records            every fact, also those that no preset uses";

pub(super) const SCENARIOS: &str = "\
Examples:
  pullstorm scenarios
  pullstorm scenarios circleci-ecr-fanout > mine.yaml";

pub(super) const SCHEMA: &str = "\
Example:
  pullstorm schema > scenario.schema.json
and as the first line of a scenario, so that editors complete and check it:
  # yaml-language-server: $schema=./scenario.schema.json";

pub(super) const WEB: &str = "\
Examples:
  pullstorm web
  pullstorm web --scenario swarm-restart-loop
  pullstorm web --scenario mine.yaml

It is served to this machine only; nothing is uploaded. Another port: --port.";
