//! A search over the numbers of one retry policy.
//!
//! The space is what whoever runs the client can set, numbers that a person would write; [`crate::tune`]
//! searches it, judged at the load of today, at half of it, and at the one that the scenario plans for
//! (`plan_for`). Its random numbers are its own, whatever
//! the seed of the runs, so that advice does not hop with it; what it finds is judged with theirs.

use super::closest::Closest;
use super::headroom::{self, Search};
use super::writable::Writable;
use super::{Options, change, lines, words};
use crate::catalog::{Effort, Owner};
use crate::order::Arrange;
use crate::replicate::{Prepared, Workers};
use crate::report::model::HoldsTo;
use crate::report::{Judged, least_wait, needs_every_call, out_of_range};
use crate::retry::{Parameter, Params, RetryPolicy, StrategyKind, Value};
use crate::scenario::model::{Load, Scenario};
use crate::tune::{self, Dimension, Domain, Goal, Setting, Space};
use crate::units::Span;

/// Who has to do what.
pub(super) type Toil = (Owner, Effort);

/// The seed of a search.
const SEED: u64 = 0;

/// Start delays that differ by less than this factor are as good: the runs do not tell them apart.
const AS_GOOD: f64 = 1.1;

/// Load beyond this many times that of today is no reason to wait longer.
const HEADROOM_WORTH: u32 = 2;

/// Events that a search is worth: a second or two.
const EVENTS_WORTH: u64 = 10_000_000;

/// Events that it is worth to judge what was found: a few seconds.
const EVENTS_TO_JUDGE: u64 = 30_000_000;

/// Runs of a search at least and at most, all loads counted. What takes longer is not searched.
pub(super) const RUNS: (u64, u64) = (100, 2_500);

/// From one number to another.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Range<T> {
    /// The smallest.
    pub low: T,
    /// The largest.
    pub high: T,
}

/// Where the tuner may look.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Ranges {
    /// Attempts, the first included.
    pub attempts: Range<u32>,
    /// First ceiling, or the fixed sleep.
    pub base: Range<Span>,
    /// Longest sleep.
    pub cap: Range<Span>,
}

impl Default for Ranges {
    fn default() -> Self {
        Ranges {
            attempts: Range { low: 2, high: 20 },
            base: Range {
                low: Span::from_millis(50),
                high: Span::from_secs(10),
            },
            cap: Range {
                low: Span::from_secs(1),
                high: Span::from_secs(120),
            },
        }
    }
}

impl Ranges {
    /// Where these parameters may be: `2 to 20 attempts, base 50ms to 10s, cap 1s to 2min`.
    fn told(&self, parameters: &[Parameter]) -> String {
        self.told_beside(parameters, None)
    }

    /// The same, where a search kept some number of today's policy that is outside.
    fn told_beside(&self, parameters: &[Parameter], found: Option<&RetryPolicy>) -> String {
        let spans = |range: &Range<Span>| format!("{} to {}", range.low, range.high);
        let is_count = |it: &&Parameter| **it == Parameter::Attempts;
        let is_base = |it: &&Parameter| !matches!(it, Parameter::Attempts | Parameter::Cap);
        let Range { low, high } = self.attempts;
        let attempts = parameters.iter().find(is_count);
        let kept = found.map(|found| found.attempts_max);
        let kept = kept.filter(|kept| !(low..=high).contains(kept));
        let kept = kept.map_or(String::new(), |kept| match kept {
            RetryPolicy::UNLIMITED => " or as many as today".to_owned(),
            kept => format!(" or the {kept} of today"),
        });
        let attempts = attempts.map(|_| format!("{low} to {high} attempts{kept}"));
        let bases: Vec<&str> = parameters
            .iter()
            .filter(is_base)
            .map(|it| it.name())
            .collect();
        let bases =
            (!bases.is_empty()).then(|| format!("{} {}", bases.join(" and "), spans(&self.base)));
        let cap = parameters.contains(&Parameter::Cap);
        let cap = cap.then(|| format!("cap {}", spans(&self.cap)));
        let told: Vec<String> = attempts.into_iter().chain(bases).chain(cap).collect();
        told.join(", ")
    }
}

/// What tuning came to.
#[derive(Clone, Debug)]
pub(super) enum Tuned {
    /// A better policy, and up to which load it holds.
    Found(Box<Candidate>),
    /// None within the ranges can serve every call, because this is how long the limit needs and
    /// this is how long the longest policy lasts; the ranges in words.
    CannotLastLongEnough {
        needed: Span,
        lasts: Span,
        within: String,
    },
    /// None better was found among this many.
    Nothing { tried: usize },
}

/// A variant with its headroom.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// The variant and its runs.
    pub judged: Judged,
    /// Up to which load it holds, where the scenario names one.
    pub holds_to: Option<HoldsTo>,
}

/// The name of a tuned variant.
pub(super) const SUFFIX: &str = " (searched)";

/// Whether a variant was made by the tuner.
pub(super) fn is_tuned(name: &str) -> bool {
    name.ends_with(SUFFIX)
}

/// The number of a workload's retry policy that a path leads to, as a scenario writes it.
pub(super) fn of_policy(scenario: &Scenario, path: &str) -> Option<String> {
    let (name, parameter) = path.strip_prefix("workloads.")?.split_once(".retry.")?;
    let workload = scenario.workloads.iter().find(|it| it.name == name)?;
    let policy = &workload.value.retry()?.policy;
    let mut known = policy.kind().parameters().iter().map(|(known, _)| *known);
    let parameter = known.find(|known| known.name() == parameter)?;
    words::text(&policy.params().get(parameter)?)
}

/// Searches a better policy of the strategy that the first variant with a tunable one has; the first
/// of the candidates is *today*.
pub(super) fn tune(
    known: &[Candidate],
    search: &Search,
    options: &Options,
    workers: &dyn Workers,
) -> Tuned {
    let nothing = |tried| Tuned::Nothing { tried };
    let Some(today) = known.first() else {
        return nothing(0);
    };
    if !today.judged.prepared.scenario.tune.is_empty() {
        // The scenario says what may be set; all of that is searched together.
        return nothing(0);
    }
    // Today's own policy if its numbers can be turned, else the one with the most to turn.
    let most = known
        .iter()
        .enumerate()
        .filter(|(place, it)| {
            let (own, today) = (&it.judged.prepared, &today.judged.prepared);
            *place == 0 || change::of(own, today, None).possible
        })
        .filter_map(|(place, variant)| {
            let (_, parameters) = tunable(&variant.judged.prepared.scenario)?;
            let rank = if place == 0 {
                usize::MAX
            } else {
                parameters.len()
            };
            Some((rank, std::cmp::Reverse(place), variant, parameters))
        })
        .max_by_key(|(rank, place, ..)| (*rank, *place));
    let Some((_, _, from, parameters)) = most else {
        return nothing(0);
    };
    let policy = first_policy(&from.judged.prepared.scenario);
    let longest = longest(&parameters, &options.ranges);
    let longest = policy.and_then(|policy| with(&from.judged, policy, &longest));
    let longest = longest.and_then(|longest| lines::lasts_at_most(&longest.plan));
    let needed = least_wait(&from.judged);
    if let Some(lasts) = longest
        && lasts < needed
        && needs_every_call(&from.judged)
    {
        let within = options.ranges.told(&parameters);
        return Tuned::CannotLastLongEnough {
            needed,
            lasts,
            within,
        };
    }
    let Some(space) = space(&from.judged, &parameters, &options.ranges) else {
        return nothing(0);
    };
    let Some(runs) = budget(&today.judged) else {
        return nothing(0);
    };
    let found = run(search, &from.judged, &space, runs);
    let Some(found) = found.filter(|_| !workers.stopped()) else {
        // Without their runs, candidates cannot be told apart.
        return nothing(0);
    };
    let tried = found.tried;
    let best = candidate(search, &from.judged, &found.overrides);
    match best.filter(|best| better(best, from)) {
        Some(best) => Tuned::Found(Box::new(best)),
        None => nothing(tried),
    }
}

/// Searches a space that begins from a variant.
pub(super) fn run(search: &Search, from: &Judged, space: &Space, runs: u64) -> Option<tune::Found> {
    let (loads, times) = loads(search, from);
    let goal = Goal::of(&from.prepared, loads);
    let longest = each(from).saturating_mul(times);
    let runs = runs.min((EVENTS_WORTH / longest).max(RUNS.0));
    let options = tune::Options {
        seed: SEED,
        runs,
        // Where runs of other settings are far longer than those of today, it is the end.
        events: 2 * runs * longest,
    };
    let workers = &Writable::of(search);
    let found = tune::tune(search.document, space, &goal, &options, workers);
    let tried = found.as_ref().map_or(0, |found| found.tried);
    // The searches of less toil look at parts of the same settings.
    search.tried.set(search.tried.get().max(tried as u64));
    let closest = found
        .as_ref()
        .and_then(|it| Closest::of(it, &from.prepared));
    if let Some(closest) = closest {
        let mut known = search.closest.borrow_mut();
        if known.as_ref().is_none_or(|known| closest.says_more(known)) {
            *known = Some(closest);
        }
    }
    found
}

/// Runs that a search may spend, where runs are as long as those of *today*; none where they are too
/// long to search.
pub(super) fn budget(today: &Judged) -> Option<u64> {
    let runs = (EVENTS_WORTH / each(today)).min(RUNS.1);
    (runs >= RUNS.0).then_some(runs)
}

/// Events of a run.
pub(super) fn each(judged: &Judged) -> u64 {
    let events: u64 = judged.runs.iter().map(|run| run.events).sum();
    (events / (judged.runs.len() as u64).max(1)).max(1)
}

/// The loads that settings are judged at, where the scenario names a load: half of today's, today's, and
/// the one that is planned for; and how many times as long as today's the longest runs are, more or less.
fn loads(search: &Search, from: &Judged) -> (Vec<Option<(String, String)>>, u64) {
    let load = from.prepared.scenario.load.as_ref().map(|load| &load.value);
    let overridden = |path: &String| from.prepared.overrides.iter().any(|(own, _)| own == path);
    let own = load.filter(|load| !overridden(&load.path));
    let own = own.and_then(|load| Some((load, Loads::of(search, load, from)?)));
    let Some((load, own)) = own else {
        return (vec![None], 1);
    };
    let at = |value: u64| Some((load.path.clone(), value.to_string()));
    let judged_at = match own.numbers().as_slice() {
        [_] => (vec![None], 1),
        all => (all.iter().copied().map(at).collect(), own.times()),
    };
    let mut known = search.loads.borrow_mut();
    if known.as_ref().is_none_or(|known| known.affordable) {
        *known = Some(own);
    }
    judged_at
}

/// The load that is planned for, if the scenario names one.
pub(super) fn planned(search: &Search) -> Option<u32> {
    search.document.scenario().load.as_ref()?.value.plan_for
}

/// Whether a candidate holds to the load that is planned for, as far as that is known.
pub(super) fn holds_as_planned(search: &Search, own: &Candidate) -> bool {
    let known = own.holds_to.as_ref().filter(|it| it.is_known());
    match (planned(search), known) {
        (Some(planned), Some(holds)) => holds.load >= planned,
        _ => true,
    }
}

/// The loads of a search, in numbers.
pub(super) struct Loads {
    /// Half of today's, unless what is expected cannot be met by so few.
    half: Option<u64>,
    now: u64,
    /// The one that is planned for, if it is another than today's.
    planned: Option<u64>,
    /// Whether runs at that one are short enough to search.
    affordable: bool,
}

impl Loads {
    /// Those of a search that begins from a variant; none where the load is no number.
    fn of(search: &Search, load: &Load, from: &Judged) -> Option<Loads> {
        let now = search.document.number_at(&load.path)?.max(1);
        let smallest = u64::from(load.from.max(1));
        let half = Some(now / 2).filter(|half| {
            if *half < smallest {
                return false;
            }
            let fewer = headroom::at(search.document, from, &load.path, &half.to_string());
            fewer.is_some_and(|fewer| out_of_range(&fewer).is_empty())
        });
        let planned = load.plan_for.map(u64::from);
        let planned = planned.filter(|planned| *planned != now);
        let mut loads = Loads {
            half,
            now,
            planned,
            affordable: true,
        };
        loads.affordable = EVENTS_WORTH / each(from).saturating_mul(loads.times()) >= RUNS.0;
        Some(loads)
    }

    /// How many times as long as today's runs are at the planned load, more or less.
    fn times(&self) -> u64 {
        let searched = self.planned.filter(|_| self.affordable);
        searched.map_or(1, |planned| planned.div_ceil(self.now))
    }

    /// Where settings are judged, rising.
    fn numbers(&self) -> Vec<u64> {
        let planned = self.planned.filter(|_| self.affordable);
        let all = self.half.into_iter().chain([self.now]).chain(planned);
        let mut all: Vec<u64> = all.collect();
        all.arrange();
        all.dedup();
        all
    }
}

/// At which loads the settings that were searched had to hold: `5 and 10 deploys`; none where nothing was
/// searched, or no load is named.
pub(super) fn judged_at(search: &Search) -> Option<String> {
    let load = &search.document.scenario().load.as_ref()?.value;
    let loads = search.loads.borrow();
    let loads = loads.as_ref().filter(|_| search.tried.get() > 0)?;
    let numbers: Vec<String> = loads.numbers().iter().map(u64::to_string).collect();
    let (last, first) = numbers.split_last()?;
    let at = match first {
        [] => last.clone(),
        first => format!("{} and {last}", first.join(", ")),
    };
    Some(format!("{at} {}", load.unit))
}

/// That no setting was searched at the load that is planned for, if so.
pub(super) fn not_as_planned(search: &Search) -> Option<String> {
    let planned = planned(search)?;
    let loads = search.loads.borrow();
    loads.as_ref().filter(|loads| !loads.affordable)?;
    let at = judged_at(search)?;
    Some(format!(
        "what was searched was judged at {at} only: at {planned} runs are too long to search; `pullstorm \
         capacity --target {planned}` looks there"
    ))
}

/// A setting that was searched, judged as the variants are.
fn candidate(search: &Search, from: &Judged, overrides: &[(String, String)]) -> Option<Candidate> {
    let scenario = search.document.with_all(overrides).ok()?;
    let of = match (
        from.prepared.overrides.is_empty(),
        from.prepared.about.as_str(),
    ) {
        (true, _) => "The retry policy of today".to_owned(),
        (false, "") => format!("`{}`", from.prepared.name),
        (false, about) => about.to_owned(),
    };
    let numbers = changed(
        first_policy(&scenario)?,
        first_policy(&from.prepared.scenario)?,
    );
    let about = format!("{of}, with numbers found by search: {numbers}");
    let name = format!("{}{SUFFIX}", from.prepared.name);
    judge(search, &name, &about, overrides, &scenario)
}

/// How often a policy tries, and its other numbers that differ: `19 attempts (18 retries), cap 3s`.
fn changed(policy: &RetryPolicy, before: &RetryPolicy) -> String {
    let others = policy.kind().parameters().iter();
    let others = others.map(|(parameter, _)| *parameter);
    let others = others.filter(|it| *it != Parameter::Attempts);
    let others = others.filter_map(|parameter| {
        let value = policy.params().get(parameter)?;
        let differs = before.params().get(parameter).as_ref() != Some(&value);
        let text = words::text(&value).filter(|_| differs)?;
        Some(format!("{} {text}", parameter.name()))
    });
    let all: Vec<String> = std::iter::once(policy.describe()).chain(others).collect();
    all.join(", ")
}

/// A variant that no file has, judged.
pub(super) fn judge(
    search: &Search,
    name: &str,
    about: &str,
    overrides: &[(String, String)],
    scenario: &Scenario,
) -> Option<Candidate> {
    let prepared = Prepared::new(name, about, overrides, scenario).ok()?;
    let mut judged = Judged::searched(prepared, search.workers, search.seed, EVENTS_TO_JUDGE);
    let holds_to = search.holds_to(&mut judged);
    Some(Candidate { judged, holds_to })
}

/// What the policy of a variant may be: its numbers, the same for every workload that has this
/// policy, as a setting of a tool holds for all it does.
fn space(from: &Judged, parameters: &[Parameter], ranges: &Ranges) -> Option<Space> {
    let scenario = &from.prepared.scenario;
    let policy = first_policy(scenario)?;
    let now = policy.params();
    let same = scenario.workloads.iter().filter(|workload| {
        let own = workload.value.retry();
        own.is_some_and(|own| own.policy == *policy)
    });
    let same: Vec<&str> = same.map(|workload| workload.name.as_str()).collect();
    let least = (Owner::You, Effort::Setting);
    let dimension = |parameter: &Parameter| {
        let spans = |range: &Range<Span>| [range.low, range.high].map(words::span);
        let [low, high] = match parameter {
            Parameter::Attempts => {
                [ranges.attempts.low, ranges.attempts.high].map(|n| n.to_string())
            }
            Parameter::Cap => spans(&ranges.cap),
            _ => spans(&ranges.base),
        };
        let domain = Domain::range(&low, &high, None).ok()?;
        let paths = same.iter();
        let paths = paths.map(|name| format!("workloads.{name}.retry.{}", parameter.name()));
        let paths: Vec<String> = paths.collect();
        let today = now.get(*parameter).as_ref().and_then(words::text);
        Some(Dimension::new(&paths, &domain, today.as_deref(), least))
    };
    let own = Dimension {
        name: "variant".to_owned(),
        settings: vec![Setting {
            text: from.prepared.name.clone(),
            sets: from.prepared.overrides.clone(),
            toil: least,
        }],
        today: 0,
        ordered: false,
    };
    let own = std::iter::once(own);
    Some(Space {
        dimensions: own.chain(parameters.iter().filter_map(dimension)).collect(),
    })
}

/// The parameters that whoever runs the client can set, of the first workload's policy.
fn tunable(scenario: &Scenario) -> Option<(StrategyKind, Vec<Parameter>)> {
    let policy = first_policy(scenario)?;
    Some((policy.kind(), parameters(policy)?))
}

/// The ranges in which the policy of a scenario was searched, in words; none where it has none to turn.
pub(super) fn within(scenario: &Scenario, ranges: &Ranges) -> Option<String> {
    let (_, parameters) = tunable(scenario)?;
    Some(ranges.told_beside(&parameters, first_policy(scenario)))
}

/// The parameters of a policy that whoever runs the client can set; none where there are none.
pub(super) fn parameters(policy: &RetryPolicy) -> Option<Vec<Parameter>> {
    let kind = policy.kind();
    Some(match kind {
        StrategyKind::None | StrategyKind::Grpc | StrategyKind::Envoy => return None,
        // AWS config files take the attempts and nothing else.
        StrategyKind::AwsLegacy
        | StrategyKind::AwsStandard
        | StrategyKind::AwsGo20
        | StrategyKind::AwsJs20
        | StrategyKind::AwsCppLegacy => vec![Parameter::Attempts],
        _ => kind
            .parameters()
            .iter()
            .map(|(parameter, _)| *parameter)
            .filter(|parameter| {
                use Parameter::{Attempts, Base, Cap, Delay, ThrottledBase};
                matches!(parameter, Attempts | Base | Cap | Delay | ThrottledBase)
            })
            .collect(),
    })
}

/// The policy of the first workload that has one.
pub(super) fn first_policy(scenario: &Scenario) -> Option<&RetryPolicy> {
    let mut choices = scenario.workloads.iter().filter_map(|it| it.value.retry());
    choices.next().map(|choice| &choice.policy)
}

/// The parameters with which a policy in the ranges lasts longest.
fn longest(parameters: &[Parameter], ranges: &Ranges) -> Params {
    let mut params = Params::default();
    for parameter in parameters {
        let value = match parameter {
            Parameter::Attempts => Value::Count(ranges.attempts.high),
            Parameter::Cap => Value::Span(ranges.cap.high),
            _ => Value::Span(ranges.base.high),
        };
        params.set(*parameter, value);
    }
    params
}

/// The variant with other numbers in a retry policy, for every workload that has this one: a setting
/// of a tool holds for all it does.
pub(super) fn with(from: &Judged, old: &RetryPolicy, params: &Params) -> Option<Prepared> {
    let mut scenario = from.prepared.scenario.clone();
    let new = old.with(params).ok()?;
    for workload in &mut scenario.workloads {
        if let Some(choice) = workload.value.retry_mut()
            && choice.policy == *old
        {
            choice.policy = new.clone();
        }
    }
    let Prepared {
        name,
        about,
        overrides,
        ..
    } = &from.prepared;
    Prepared::new(name, about, overrides, &scenario).ok()
}

/// What counts.
struct Merit {
    verdict: u8,
    failed: f64,
    headroom: u32,
    delay: f64,
}

fn merit(it: &Candidate) -> Merit {
    let (workload, units, _) = crate::report::main_workload(&it.judged.prepared.plan);
    let mean = |path: String| {
        let values = it.judged.values(&path).unwrap_or_default();
        let known: Vec<f64> = values.into_iter().flatten().collect();
        if known.is_empty() {
            0.0
        } else {
            known.iter().sum::<f64>() / known.len() as f64
        }
    };
    let headroom = it.holds_to.as_ref().map_or(0, |holds| match holds.now {
        Some(now) => holds.load.min(now.saturating_mul(HEADROOM_WORTH)),
        None => holds.load,
    });
    Merit {
        verdict: it.judged.verdict.rank(),
        failed: mean(format!("{workload}.{units}.failed")),
        headroom,
        delay: tune::felt(mean(format!("{workload}.{units}.start_delay.p90"))),
    }
}

/// Whether a policy is better by more than chance: fewer attempts alone are no reason to change. Start
/// delay decides before headroom, as in the order of merit.
fn better(found: &Candidate, from: &Candidate) -> bool {
    let (own, other) = (merit(found), merit(from));
    if own.verdict != other.verdict {
        return own.verdict < other.verdict;
    }
    if own.failed != other.failed {
        return own.failed * AS_GOOD < other.failed;
    }
    let sooner = own.delay * AS_GOOD < other.delay;
    let later = other.delay * AS_GOOD < own.delay;
    let holds_more = f64::from(own.headroom) > f64::from(other.headroom) * AS_GOOD;
    sooner || !later && holds_more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::tests::{DEPLOYS, of, variant};
    use crate::report::model::Label;

    #[test]
    fn what_is_searched_holds_at_the_load_that_is_planned_for_and_runs_say_at_which_loads() {
        let judged_at = |text: &str| {
            let report = of(text);
            let notes = report.notes.iter();
            let note = notes.filter(|it| it.starts_with("what was searched"));
            let note: Vec<String> = note.cloned().collect();
            let mut lines = report.lines.iter();
            let runs = lines.find(|it| it.label == Label::Runs).unwrap();
            let searched = variant(&report, "today (searched)");
            let holds_to = searched.holds_to.as_ref().unwrap().load;
            (note.join("\n"), runs.text.clone(), holds_to)
        };
        let (note, runs, before) = judged_at(DEPLOYS);
        assert_eq!(note, "", "nothing of the answer hangs on it");
        assert!(
            runs.ends_with("; settings were searched at 5 and 10 deploys"),
            "{runs}"
        );
        let far = DEPLOYS.replace("up_to: 40", "up_to: 1000000, plan_for: 1000000");
        let (note, ..) = judged_at(&far);
        let short = "judged at 5 and 10 deploys only: at 1000000 runs are too long to search; `pullstorm \
                     capacity --target 1000000` looks there";
        assert!(note.ends_with(short), "{note}");
        let planned = DEPLOYS.replace("up_to: 40", "up_to: 40, plan_for: 36");
        let (note, runs, after) = judged_at(&planned);
        assert_eq!(note, "");
        assert!(runs.ends_with("searched at 5, 10 and 36 deploys"), "{runs}");
        assert!(before < 36 && 36 <= after, "{before} {after}");
    }

    #[test]
    fn a_number_of_today_that_lies_outside_of_what_is_searched_is_told_with_the_range() {
        let policy = |attempts: u32| RetryPolicy {
            attempts_max: attempts,
            ..RetryPolicy::NONE
        };
        let told = |attempts| {
            let parameters = [Parameter::Attempts];
            Ranges::default().told_beside(&parameters, Some(&policy(attempts)))
        };
        assert_eq!(told(1000), "2 to 20 attempts or the 1000 of today");
        assert_eq!(told(20), "2 to 20 attempts");
    }
}
