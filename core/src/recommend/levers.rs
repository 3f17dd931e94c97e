//! A search over all levers of a scenario: what nobody wrote a variant of.
//!
//! The space is the variants of the file and, for each kind of workload, the settings that its tools
//! have, as far as the scenario takes them; or what the scenario itself says (`tune:`). It is searched by owner and effort, least first, and only for
//! what asks less than the best change that is known.

use super::headroom::Search;
use super::tune::{self, Candidate, Toil};
use super::{change, structure, words};
use crate::catalog::{Effort, Lever, Owner, Pace, lever};
use crate::judge::Status;
use crate::replicate::Prepared;
use crate::report::Judged;
use crate::scenario::model::{Scenario, Workload};
use crate::tune::{Dimension, Domain, Setting, Space};

/// The name of the dimension whose settings are the variants.
pub(super) const VARIANT: &str = "variant";

/// What a setting of a kind of workload may be.
enum Values {
    /// One of these.
    OneOf(&'static [&'static str]),
    /// One of these, which rise.
    Rising(&'static [&'static str]),
    /// One of these that is less than what there is.
    Fewer(&'static [&'static str]),
}

use Values::{Fewer, OneOf, Rising};

/// Begins that are apart, for what begins at once today.
const APART: Values = Rising(&[
    "{every: 100ms}",
    "{every: 250ms}",
    "{every: 500ms}",
    "{every: 1s}",
    "{every: 2s}",
    "{every: 5s}",
    "{every: 15s}",
    "{every: 30s}",
    "{every: 1min}",
    "{every: 2min}",
]);

/// Settings by kind of workload: the path below the workload and what is sensible there.
const SETTINGS: [(&str, &str, Values); 22] = [
    ("ci-fanout", "login", OneOf(&["per-job", "per-workflow"])),
    ("ci-fanout", "begin", APART),
    (
        "ci-fanout",
        "launch_spread",
        Rising(&["10s", "30s", "1min", "2min", "5min"]),
    ),
    ("ci-fanout", "waves", Rising(&["2", "4", "8"])),
    (
        "ci-fanout",
        "runners",
        Fewer(&["200", "100", "50", "20", "10", "5"]),
    ),
    (
        "herd",
        "splay",
        Rising(&[
            "{uniform: [0s, 1min]}",
            "{uniform: [0s, 2min]}",
            "{uniform: [0s, 5min]}",
            "{uniform: [0s, 10min]}",
            "{uniform: [0s, 15min]}",
            "{uniform: [0s, 30min]}",
        ]),
    ),
    ("api-callers", "begin", APART),
    ("image-pulls", "begin", APART),
    ("image-pushes", "begin", APART),
    ("image-pushes", "tags", OneOf(&["1"])),
    ("image-pulls", "pull.behaviour", OneOf(&["if-not-present"])),
    (
        "swarm-service",
        "restart.delay",
        Rising(&["5s", "10s", "30s", "1min", "2min"]),
    ),
    (
        "swarm-service",
        "restart.max_attempts",
        Rising(&["1", "3", "5"]),
    ),
    (
        "ecs-deployment",
        "maximum_percent",
        Rising(&["105", "110", "125", "150"]),
    ),
    (
        "ecs-deployment",
        "minimum_healthy_percent",
        Rising(&["50", "75", "90"]),
    ),
    (
        "ecs-deployment",
        "pull.behaviour",
        OneOf(&["once", "prefer-cached"]),
    ),
    ("kubernetes-rollout", "max_surge", Rising(&["1", "10%"])),
    (
        "kubernetes-rollout",
        "kubelet.serialize_pulls",
        OneOf(&["true"]),
    ),
    (
        "kubernetes-rollout",
        "pull.behaviour",
        OneOf(&["IfNotPresent"]),
    ),
    ("scale-out", "wave", Rising(&["1", "2", "5", "10"])),
    ("scale-out", "kubelet.serialize_pulls", OneOf(&["true"])),
    ("scale-out", "pull.behaviour", OneOf(&["IfNotPresent"])),
];

/// What each form of a retry budget lets through, as far as a scenario writes it: a number that may
/// be too small.
const BUDGETS: [&str; 4] = [
    "concurrent.min",
    "finagle.per_second_min",
    "grpc.tokens",
    "bucket.capacity",
];

/// How many times today's retry budget is looked at.
const BUDGET_FACTORS: [u64; 3] = [2, 10, 50];

/// The best change that asks less than what is known, and nothing slower than a pace; `None` if there is
/// none, or the search was stopped.
pub(super) fn find(
    search: &Search,
    known: &[Candidate],
    slowest: Pace,
    less_than: Option<Toil>,
) -> Option<Candidate> {
    let today = &known.first()?.judged;
    let space = space(search, known, slowest);
    let toils = space.toils();
    let runs = tune::budget(today)? / (toils.len() as u64).max(1);
    let runs = runs.max(tune::RUNS.0);
    let mut seen = 1;
    for toil in toils {
        let part = space.within(toil);
        if less_than.is_some_and(|less| toil >= less) || search.workers.stopped() {
            return None;
        }
        if part.len() <= seen {
            continue;
        }
        seen = part.len();
        let found = tune::run(search, today, &part, runs)?;
        if !found.holds {
            continue;
        }
        let scenario = search.document.with_all(&found.overrides).ok()?;
        let name = match slowest {
            Pace::Minutes => "at once",
            Pace::Days => "levers",
        };
        let name = format!("{name}{}", tune::SUFFIX);
        let about = format!("Found by search: {}", words::list(&found.overrides));
        let found = tune::judge(search, &name, &about, &found.overrides, &scenario);
        if let Some(found) = found.filter(|found| found.judged.verdict == Status::Met) {
            return Some(found);
        }
    }
    None
}

/// What may be set, the variants first.
pub(super) fn space(search: &Search, known: &[Candidate], slowest: Pace) -> Space {
    let judged = &known[0].judged;
    let today = &judged.prepared;
    let variants = variants(search, known, slowest);
    let mut dimensions = vec![variants];
    if !today.scenario.tune.is_empty() {
        dimensions.extend(tuned(search, today, slowest));
        return Space { dimensions };
    }
    for workload in &today.scenario.workloads {
        // What asks nothing of a limiter that refuses and breaks nothing itself is no place to begin.
        if !structure::concerns(judged, &workload.name) {
            continue;
        }
        let kind = workload.value.kind();
        for (_, below, values) in SETTINGS.iter().filter(|(own, ..)| *own == kind) {
            let path = format!("workloads.{}.{below}", workload.name);
            if *below == "begin" && !begins_at_once(&workload.value) {
                continue;
            }
            dimensions.extend(dimension(search, today, &path, values, slowest));
        }
    }
    dimensions.extend(budgets(search, judged, slowest));
    dimensions.extend(digests(search, today, slowest));
    for nat in &today.scenario.nats {
        let path = format!("nats.{}.addresses", nat.name);
        dimensions.extend(dimension(
            search,
            today,
            &path,
            &Rising(&["2", "4", "8"]),
            slowest,
        ));
    }
    dimensions.extend(structure::dimensions(search, judged, slowest));
    dimensions.retain(|dimension| dimension.settings.len() > 1);
    Space { dimensions }
}

/// Larger retry budgets, where a scenario writes one.
fn budgets(search: &Search, judged: &Judged, slowest: Pace) -> Vec<Dimension> {
    let today = &judged.prepared;
    let workloads = today.scenario.workloads.iter();
    let concerned = workloads.filter(|it| structure::concerns(judged, &it.name));
    let paths = concerned
        .flat_map(|it| BUDGETS.map(|below| format!("workloads.{}.retry.budget.{below}", it.name)));
    let found = paths.filter_map(|path| {
        let now = search.document.number_at(&path)?.max(1);
        let larger = BUDGET_FACTORS.map(|times| now.saturating_mul(times).to_string());
        let larger: Vec<&str> = larger.iter().map(String::as_str).collect();
        taken(search, today, &path, &larger, true, slowest)
    });
    found.collect()
}

/// All images by digest: who pins one pins them all.
fn digests(search: &Search, today: &Prepared, slowest: Pace) -> Option<Dimension> {
    let images = today.scenario.images.iter();
    let paths = images.map(|image| format!("images.{}.reference", image.name));
    let each = paths.filter_map(|path| {
        let own = dimension(search, today, &path, &OneOf(&["digest"]), slowest)?;
        own.settings.into_iter().find(|it| !it.sets.is_empty())
    });
    let each: Vec<Setting> = each.collect();
    let toil = each.iter().map(|it| it.toil).max()?;
    let paths: Vec<String> = each
        .into_iter()
        .flat_map(|it| it.sets)
        .map(|it| it.0)
        .collect();
    Some(Dimension::new(
        &paths,
        &Domain::choices(["digest"]),
        None,
        toil,
    ))
}

/// What the scenario itself says may be set.
fn tuned(search: &Search, today: &Prepared, slowest: Pace) -> Vec<Dimension> {
    let scenario = &today.scenario;
    let tuned = scenario.tune.iter().filter_map(|tune| {
        let (toil, pace) = match lever(&tune.path, change::kind_of(scenario, &tune.path)) {
            Some(lever) => toil_of(lever, scenario, &tune.path),
            // What no tool sets is at least the user's to say.
            None => ((Owner::You, Effort::Setting), Pace::Days),
        };
        let domain = Domain {
            values: tune.values.clone(),
            ordered: tune.ordered,
        };
        let written = search.document.value_at(&tune.path);
        let now = written.or_else(|| tune::of_policy(scenario, &tune.path));
        let paths = [tune.path.clone()];
        (pace <= slowest).then(|| Dimension::new(&paths, &domain, now.as_deref(), toil))
    });
    tuned.collect()
}

/// Who has to do what to pull a lever, and how soon it counts.
fn toil_of(lever: &Lever, scenario: &Scenario, path: &str) -> (Toil, Pace) {
    let owner = lever.owner(change::operator(scenario, path));
    let pace = match owner {
        Owner::You => lever.pace,
        _ => Pace::Days,
    };
    ((owner, lever.effort), pace)
}

/// The variants that somebody can make, as one choice.
fn variants(search: &Search, known: &[Candidate], slowest: Pace) -> Dimension {
    let today = &known[0].judged.prepared;
    let load = today.scenario.load.as_ref().map(|load| &load.value.path);
    let setting = |prepared: &Prepared| {
        let change = change::of(prepared, today, None);
        let of_load = |(path, _): &(String, String)| Some(path) == load;
        let usable = change.possible
            && change.pace <= slowest
            && !prepared.overrides.iter().any(of_load)
            && search.document.with_all(&prepared.overrides).is_ok();
        usable.then(|| Setting {
            text: prepared.name.clone(),
            sets: prepared.overrides.clone(),
            toil: (change.owner, change.effort),
        })
    };
    let own = Setting {
        text: today.name.clone(),
        sets: Vec::new(),
        toil: (Owner::You, Effort::Setting),
    };
    let others = known[1..]
        .iter()
        .filter(|it| !tune::is_tuned(&it.judged.prepared.name));
    let others = others.filter_map(|it| setting(&it.judged.prepared));
    Dimension {
        name: VARIANT.to_owned(),
        settings: std::iter::once(own).chain(others).collect(),
        today: 0,
        ordered: false,
    }
}

/// What a setting of the scenario may be.
fn dimension(
    search: &Search,
    today: &Prepared,
    path: &str,
    values: &Values,
    slowest: Pace,
) -> Option<Dimension> {
    match values {
        OneOf(values) => taken(search, today, path, values, false, slowest),
        Rising(values) => taken(search, today, path, values, true, slowest),
        Fewer(values) => {
            let number = |text: &str| text.parse::<u64>().ok();
            let now = search.document.value_at(path);
            let most = now.as_deref().and_then(number).unwrap_or(u64::MAX);
            let values = values.iter().copied();
            let fewer: Vec<&str> = values
                .filter(|it| number(it).is_some_and(|it| it < most))
                .collect();
            taken(search, today, path, &fewer, false, slowest)
        }
    }
}

/// A setting of the scenario, if somebody can change it, and those of the values that the scenario
/// takes.
fn taken(
    search: &Search,
    today: &Prepared,
    path: &str,
    values: &[&str],
    ordered: bool,
    slowest: Pace,
) -> Option<Dimension> {
    let scenario = &today.scenario;
    if scenario
        .load
        .as_ref()
        .is_some_and(|load| load.value.path == path)
    {
        return None;
    }
    let lever = lever(path, change::kind_of(scenario, path))?;
    let (toil, pace) = toil_of(lever, scenario, path);
    if pace > slowest {
        return None;
    }
    let now = search.document.value_at(path);
    let taken = values.iter().filter(|value| {
        let sets = [(path.to_owned(), (**value).to_owned())];
        let scenario = search.document.with_all(&sets);
        scenario.is_ok_and(|scenario| Prepared::new("", "", &[], &scenario).is_ok())
    });
    let domain = Domain {
        ordered,
        ..Domain::choices(taken.copied())
    };
    Some(Dimension::new(
        &[path.to_owned()],
        &domain,
        now.as_deref(),
        toil,
    ))
}

fn begins_at_once(workload: &Workload) -> bool {
    use crate::scenario::model::Arrivals;
    let arrivals = match workload {
        Workload::CiFanout(it) => &it.workflows,
        Workload::ApiCallers(it) => &it.callers,
        Workload::ImagePulls(it) => &it.pulls,
        Workload::ImagePushes(it) => &it.pushes,
        _ => return false,
    };
    matches!(arrivals, Arrivals::Every { count, every, .. } if *count > 1 && every.is_zero())
}

#[cfg(test)]
mod tests {
    use crate::catalog::Pace;
    use crate::judge::Status;
    use crate::recommend::tests::of;

    #[test]
    fn hosts_of_one_schedule_are_told_at_once_to_begin_at_times_of_their_own() {
        let report = of("
pullstorm: 1
name: herd
start: 2026-11-20T02:50:00Z
horizon: 2h
services: {api: {latency: 0s, limiters: {calls: {bucket: {burst: 20, refill: 1/s}, status: 429}}}}
workloads:
  agents: {kind: herd, hosts: 60, at: hourly, rounds: 1, service: api, calls: [fetch], retry: none}
expect: [agents.callers.failed == 0]
");
        let now = &report.answers[0];
        assert_eq!(now.pace, Pace::Minutes);
        let found = report.variants.iter().find(|it| it.name == now.variant);
        let [(path, value)] = &found.unwrap().overrides[..] else {
            panic!("{found:?}");
        };
        assert_eq!(path, "workloads.agents.splay");
        // Longer would hold, too, and put the hosts off for longer.
        assert!(value.contains("1min") || value.contains("2min"), "{value}");
    }

    #[test]
    fn a_retry_budget_that_runs_dry_is_searched_whether_or_not_the_scenario_asks_for_it() {
        let text = "
pullstorm: 1
name: dry
services: {api: {latency: 50ms, limiters: {calls: {bucket: {burst: 4, refill: 1/s}, status: 429}}}}
workloads:
  deploys: {kind: api-callers, service: api, callers: 12, client: shared, calls: [deploy], retry:
    {strategy: full-jitter, attempts: 20, base: 1s, cap: 20s, budget: {bucket: {capacity: 2, deposit: 0.1}}}}
expect: [deploys.callers.failed == 0]
";
        let tune = "tune: {workloads.deploys.retry.budget.bucket.capacity: [2, 5, 100]}\n";
        for text in [text.to_owned(), format!("{text}{tune}")] {
            let report = of(&text);
            let budget = report.levers.iter().map(|it| it.sets.as_slice());
            let variants = report.variants.iter().map(|it| it.overrides.as_slice());
            let holds = budget.chain(variants).any(|sets| {
                let own = |(path, own): &(String, String)| {
                    path == "workloads.deploys.retry.budget.bucket.capacity" && own == "100"
                };
                sets.len() == 1 && own(&sets[0])
            });
            let found: Vec<_> = report.variants.iter().map(|it| &it.overrides).collect();
            assert!(holds, "{found:?} {:?}", report.levers);
        }
    }

    #[test]
    fn fewer_runners_are_tried_of_which_the_most_that_hold_are_told() {
        let text = "
pullstorm: 1
name: fleet
services: {hub: {latency: 0s, limiters: {logins: {bucket: {burst: 24, refill: 1/s}, status: 429}}}}
workloads:
  ci: {kind: ci-fanout, ci: gitlab, service: hub, operation: login, workflows: 1, jobs: 40, images: 1,
       login: per-image, duration: 1min, retry: none}
expect: [ci.jobs.failed == 0]
";
        let report = of(text);
        let mut levers = report.levers.iter();
        let runners = levers.find(|it| it.what.starts_with("runners of ci"));
        let runners = runners.unwrap_or_else(|| panic!("{:?}", report.levers));
        assert_eq!(runners.what, "runners of ci 20");
        assert_eq!(runners.verdict, Status::Met);
        // Who has too few runners is not told to have more: they are no setting to search.
        let few = text
            .replace("burst: 24", "burst: 400")
            .replace("jobs: 40", "jobs: 40, runners: 10")
            .replace("expect: [", "expect: [ci.finished_after <= 3min, ");
        let report = of(&few);
        let mut levers = report.levers.iter();
        let holds = levers.any(|it| it.what.starts_with("runners") && it.verdict == Status::Met);
        assert!(!holds, "{:?}", report.levers);
    }
}
