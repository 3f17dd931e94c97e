//! A search beside the whole grid: every setting of a space simulated, the best of them and that of a
//! search measured again with the same random numbers.

use pullstorm_core::catalog::{Effort, Owner};
use pullstorm_core::judge::Status;
use pullstorm_core::replicate::{Measured, Prepared, Sequential, Workers};
use pullstorm_core::scenario::Document;
use pullstorm_core::tune::{Dimension, Domain, Goal, Options, Point, Request, Space, trial, tune};

/// Runs of each setting of the grid.
pub const RUNS_GRID: u32 = 10;

/// Runs in which winners are measured again.
const RUNS_FRESH: u32 = 200;

/// The best of the grid is the best under fresh random numbers of so many that looked best in theirs.
const FINALISTS: usize = 24;

const SEED_GRID: u64 = 100;
const SEED_FRESH: u64 = 200;

/// A scenario small enough to simulate every setting of a space, all of one owner and effort.
pub struct Case {
    /// What it is.
    pub name: &'static str,
    /// The scenario.
    pub document: Document,
    /// The space.
    pub space: Space,
    /// What is wanted.
    pub goal: Goal,
}

/// What the whole grid came to.
pub struct Grid {
    /// Simulated runs.
    pub runs: u64,
    /// Settings that met the expectations.
    pub feasible: usize,
    /// Settings within 2 % of the one that looked best in the grid's own runs.
    pub near: usize,
    /// The best of them and its mean start delay in fresh runs, in seconds; none if none held there.
    pub best: Option<(Point, f64)>,
}

/// How a search compares.
pub struct Compared {
    /// Simulated runs of the search.
    pub runs: u64,
    /// Its mean start delay in fresh runs, in seconds; none if it did not hold there.
    pub delay: Option<f64>,
    /// What it sets.
    pub overrides: Vec<(String, String)>,
}

impl Case {
    /// A scenario and its space: paths that are set to one value, and the ends of their range or a
    /// list.
    pub fn new(name: &'static str, text: &str, dimensions: &[(&[&str], &str)]) -> Case {
        let document = Document::parse(name, text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let dimension = |(paths, values): &(&[&str], &str)| {
            let domain = match values.split_once("..") {
                Some((low, high)) => Domain::range(low, high, None).unwrap(),
                None => Domain {
                    // Numbers are neighbours of the next.
                    ordered: values.starts_with(|first: char| first.is_ascii_digit()),
                    ..Domain::choices(values.split(','))
                },
            };
            let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
            let today = document.value_at(&paths[0]);
            Dimension::new(
                &paths,
                &domain,
                today.as_deref(),
                (Owner::You, Effort::Setting),
            )
        };
        let space = Space {
            dimensions: dimensions.iter().map(dimension).collect(),
        };
        let prepared = Prepared::new("today", "", &[], document.scenario()).unwrap();
        let goal = Goal::of(&prepared, vec![None]);
        Case {
            name,
            document,
            space,
            goal,
        }
    }

    /// Simulates every setting, on so many threads.
    pub fn grid(&self, threads: u64) -> Grid {
        let count = self.space.len();
        let part = |thread: u64| {
            let places = (thread..count).step_by(threads as usize);
            let each = places.filter_map(|place| {
                let point = self.space.at(place);
                let (status, delay) = self.measure(&point, SEED_GRID, RUNS_GRID);
                (status == Status::Met).then_some((delay, place))
            });
            each.collect::<Vec<(f64, u64)>>()
        };
        let mut feasible: Vec<(f64, u64)> = std::thread::scope(|scope| {
            let parts: Vec<_> = (0..threads)
                .map(|thread| scope.spawn(move || part(thread)))
                .collect();
            parts
                .into_iter()
                .flat_map(|part| part.join().unwrap())
                .collect()
        });
        feasible.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let first = feasible.first().map_or(0.0, |(delay, _)| *delay);
        let near = feasible
            .iter()
            .filter(|(delay, _)| *delay <= first * 1.02)
            .count();
        let finalists = feasible.iter().filter_map(|(_, place)| {
            let point = self.space.at(*place);
            let (status, delay) = self.measure(&point, SEED_FRESH, RUNS_FRESH);
            (status == Status::Met).then_some((point, delay))
        });
        let best = finalists.take(FINALISTS).min_by(|a, b| a.1.total_cmp(&b.1));
        Grid {
            runs: count * u64::from(RUNS_GRID),
            feasible: feasible.len(),
            near,
            best,
        }
    }

    /// Searches with a seed and a budget, and measures what was found again.
    pub fn search(&self, seed: u64, runs: u64) -> Compared {
        let options = Options {
            seed,
            runs,
            events: u64::MAX,
        };
        let found = tune(
            &self.document,
            &self.space,
            &self.goal,
            &options,
            &Sequential,
        );
        let found = found.unwrap();
        let (status, delay) = self.measure(&found.point, SEED_FRESH, RUNS_FRESH);
        Compared {
            runs: found.spent,
            delay: (status == Status::Met).then_some(delay),
            overrides: found.overrides,
        }
    }

    fn measure(&self, point: &Point, seed: u64, count: u32) -> (Status, f64) {
        let sets = self.space.overrides(point);
        let request = Request {
            setting: 0,
            first: 0,
            count,
        };
        let trials = trial(&self.document, &self.goal, &sets, &request, seed);
        let measured: Vec<Measured> = Sequential.trials(&trials);
        self.goal.judge(&measured)
    }
}

/// Deploys that call one API: four numbers of a retry policy.
pub fn deploys(attempts: &str, base: &str, cap: &str) -> Case {
    let text = "
pullstorm: 1
name: deploys
services:
  api: {latency: 60ms, limiters: {calls: {bucket: {burst: 20, refill: 1/s}, status: 429}}}
workloads:
  deploys:
    kind: api-callers
    service: api
    callers: 40
    calls: [register, update]
    think: {uniform: [500ms, 2s]}
    retry: harness-default
expect: [deploys.callers.failed == 0, deploys.callers.start_delay.p90 <= 2min]
";
    Case::new(
        "deploys: attempts, first sleep, cap",
        text,
        &[
            (&["workloads.deploys.retry.attempts"], attempts),
            (&["workloads.deploys.retry.throttled_base"], base),
            (&["workloads.deploys.retry.cap"], cap),
        ],
    )
}

/// A CI fan-out: a retry policy, and how the logins of a job follow each other.
pub fn fan_out() -> Case {
    let text = "
pullstorm: 1
name: fan-out
services:
  registry: {latency: 30ms, limiters: {logins: {bucket: {burst: 40, refill: 4/s}, status: 429}}}
workloads:
  ci:
    kind: ci-fanout
    service: registry
    operation: login
    workflows: 2
    jobs: 24
    images: 2
    login: per-image
    retry: {strategy: full-jitter, attempts: 3, base: 1s, cap: 20s}
expect: [ci.jobs.failed == 0, ci.jobs.start_delay.p90 <= 1min]
";
    Case::new(
        "fan-out: order of logins, attempts, base, cap",
        text,
        &[
            (&["workloads.ci.logins"], "parallel,sequential"),
            (&["workloads.ci.retry.attempts"], "2..20"),
            (&["workloads.ci.retry.base"], "500ms..10s"),
            (&["workloads.ci.retry.cap"], "1s..60s"),
        ],
    )
}

/// Two ECS deployments that share a bucket of logins: how many tasks each starts and stops at once.
pub fn rollouts() -> Case {
    let one = |services: u32| {
        format!(
            "{{kind: ecs-deployment, services: {services}, desired: 10, maximum_percent: 200, \
             minimum_healthy_percent: 100, provision: {{uniform: [2s, 6s]}}, start: 2s, \
             healthy_after: 10s, drain: 5s, until: 1h, \
             version_consistency: false, pull: {{client: fargate, images: app}}}}"
        )
    };
    let text = format!(
        "
pullstorm: 1
name: rollouts
services:
  ecr: {{latency: 30ms, preset: aws-ecr@2018-01, limiters: {{GetAuthorizationToken: {{bucket: \
         {{burst: 20, refill: 1/s}}}}}}}}
images:
  app: {{registry: ecr, layers: 1, size: 50MB}}
workloads:
  web: {}
  jobs: {}
expect: [web.tasks.failed == 0, jobs.tasks.failed == 0]
",
        one(4),
        one(2)
    );
    Case::new(
        "rollouts: maximum and minimum percent of two services",
        &text,
        &[
            (
                &["workloads.web.maximum_percent"],
                "100,110,120,130,140,150,160,170,180,190,200",
            ),
            (
                &["workloads.web.minimum_healthy_percent"],
                "0,10,20,30,40,50,60,70,80,90,100",
            ),
            (
                &["workloads.jobs.maximum_percent"],
                "100,110,120,130,140,150,160,170,180,190,200",
            ),
            (
                &["workloads.jobs.minimum_healthy_percent"],
                "0,10,20,30,40,50,60,70,80,90,100",
            ),
        ],
    )
}
