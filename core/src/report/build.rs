//! Runs to report: estimates, verdicts and the lines a reader sees first.

use super::model::{
    BestReport, CauseReport, ExpectationReport, Figure, HeadLine, Headline, LoopReport,
    MetricReport, Quantity, Report, SCHEMA, VariantReport,
};
use super::without_limits::without_limits;
use super::{answer, limiters, not_so, sufferers, way, words};
use crate::diagnose::has_word;
use crate::engine::Reason;
use crate::judge::{self, CauseKey, Open, SetBy, Status, judge};
use crate::metric::Unit;
use crate::order::Arrange;
use crate::outcome::{CutOff, DigestWriter};
use crate::plan::{BlockRole, Counted, EVENTS_MAX, GaugePlan, Plan, WorkloadPlan};
use crate::replicate::{Passed, Prepared, RUNS_DEFAULT, RUNS_MORE, RunSummary, Workers, puts_off};
use crate::retry::Class;
use crate::scenario::model::{Expectation, Severity};
use crate::units::Time;
use std::collections::BTreeMap;

/// A variant with its runs and what they say of each expectation.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The variant.
    pub prepared: Prepared,
    /// The seed of its runs.
    pub seed: u64,
    /// Its runs, in order.
    pub runs: Vec<RunSummary>,
    /// Its expectations.
    pub expectations: Vec<ExpectationReport>,
    /// How they fare together.
    pub verdict: Status,
    /// Whether more runs were wanted than their events allow ([`EVENTS_OF_RUNS_MAX`]).
    pub runs_left_out: bool,
}

/// Events of all runs of a variant that nobody asked for by number.
const EVENTS_OF_RUNS_MAX: u64 = 10 * EVENTS_MAX;

impl Judged {
    /// Runs a variant often enough: as often as asked, or once if it is deterministic, or 30 times;
    /// and up to ten times more while an expectation is undecided, unless a number was asked for.
    /// Runs that take many events are fewer, and one that its events cut off is the only one: the
    /// others would end like it.
    pub fn new(prepared: Prepared, workers: &dyn Workers, seed: u64, asked: Option<u32>) -> Self {
        let asked = asked.or(prepared.scenario.runs);
        let first = if prepared.deterministic {
            1
        } else {
            asked.unwrap_or(RUNS_DEFAULT)
        };
        let most = match asked {
            Some(asked) => asked,
            None => first.saturating_mul(RUNS_MORE),
        };
        let mut runs = workers.run(&prepared, seed, 0, first.min(1));
        let affordable = runs.first().map_or(0, |run| affordable(run, asked));
        let runs_left_out = affordable < first;
        let (first, most) = (first.min(affordable), most.min(affordable));
        if first > 1 {
            runs.extend(workers.run(&prepared, seed, 1, first - 1));
        }
        let (expectations, verdict) = expectations(&prepared, &runs);
        let judged = Judged {
            prepared,
            seed,
            runs,
            expectations,
            verdict,
            runs_left_out,
        };
        judged.until_decided(workers, most)
    }

    /// Runs what a search found 30 times, whatever number was asked for, and up to ten times more while
    /// an expectation is undecided, as far as so many events go; twice as often at least, which a share
    /// of 95 % takes.
    pub(crate) fn searched(
        prepared: Prepared,
        workers: &dyn Workers,
        seed: u64,
        events: u64,
    ) -> Self {
        let few = Judged::new(prepared, workers, seed, Some(RUNS_DEFAULT));
        let all: u64 = few.runs.iter().map(|run| run.events).sum();
        let each = (all / (few.runs.len() as u64).max(1)).max(1);
        let affordable = u32::try_from(events / each).unwrap_or(u32::MAX);
        let most = affordable.clamp(2 * RUNS_DEFAULT, RUNS_MORE * RUNS_DEFAULT);
        few.until_decided(workers, most)
    }

    /// So many more runs, and what all of them say.
    pub(crate) fn run_on(&mut self, workers: &dyn Workers, more: u32) {
        let done = self.runs.len() as u32;
        let runs = workers.run(&self.prepared, self.seed, done, more);
        self.runs.extend(runs);
        (self.expectations, self.verdict) = expectations(&self.prepared, &self.runs);
    }

    /// Runs it on, twice as often each time, while more runs may decide what they have not yet.
    fn until_decided(mut self, workers: &dyn Workers, most: u32) -> Self {
        loop {
            let done = self.runs.len() as u32;
            let more = done.min(most.saturating_sub(done));
            let open = self.expectations.iter().any(|expectation| {
                expectation.status == Status::Undecided && worth_more_runs(expectation)
            });
            if self.prepared.deterministic || !open || more == 0 || workers.stopped() {
                return self;
            }
            self.run_on(workers, more);
        }
    }

    /// The values of a metric in the order of the runs.
    pub fn values(&self, path: &str) -> Option<Vec<Option<f64>>> {
        let index = self.prepared.metrics.find(path)?;
        Some(self.runs.iter().map(|run| run.values[index]).collect())
    }

    /// What is expected: what the scenario states, and what is taken for granted where that decides
    /// nothing.
    pub fn expected(&self) -> Vec<Expectation> {
        let assumed = self
            .expectations
            .iter()
            .any(|expectation| expectation.assumed);
        let assumed = assumed.then(|| judge::assumed(&self.prepared.plan));
        let stated = self.prepared.scenario.expect.iter().cloned();
        stated.chain(assumed.into_iter().flatten()).collect()
    }

    /// The digest of all runs, in order.
    pub fn digest(&self) -> String {
        let mut digest = DigestWriter::new();
        self.runs.iter().for_each(|run| digest.digest(run.digest));
        digest.finish().to_string()
    }

    /// Whether every run meets every expectation by itself, however few runs there are.
    pub fn every_run_meets(&self) -> bool {
        let met = |expectation: &Expectation| {
            let values = self.values(&expectation.metric).unwrap_or_default();
            let mut values = values.into_iter().flatten();
            values.all(|value| expectation.comparison.holds(value, expectation.value))
        };
        let expected = self.expected();
        let mut decide = expected.iter().filter(|it| it.severity == Severity::Fail);
        self.runs.iter().all(|run| run.cut_off.is_none()) && decide.all(met)
    }

    pub(crate) fn figure(&self, path: &str, today: Option<&Judged>) -> Figure {
        let own = self.values(path).unwrap_or_default();
        let today = today.and_then(|today| today.values(path));
        let metrics = &self.prepared.metrics;
        let possible = metrics.find(path).and_then(|index| metrics.get(index));
        let (least, most) = possible.map_or((f64::MIN, f64::MAX), |metric| metric.range());
        Figure::of(&own, today.as_deref()).within(least, most)
    }
}

/// How many runs there may be, by the events of the first.
fn affordable(first: &RunSummary, asked: Option<u32>) -> u32 {
    if first.cut_off == Some(CutOff::Events) {
        return 1;
    }
    let affordable = (EVENTS_OF_RUNS_MAX / first.events.max(1)).max(1);
    asked.unwrap_or(u32::try_from(affordable).unwrap_or(u32::MAX))
}

/// More runs settle an interval; they do not settle a quantile of too few or a cut-off.
fn worth_more_runs(expectation: &ExpectationReport) -> bool {
    expectation.open == Some(Open::Interval)
}

fn expectations(prepared: &Prepared, runs: &[RunSummary]) -> (Vec<ExpectationReport>, Status) {
    let cut_off = runs.iter().any(|run| run.cut_off.is_some());
    let each = |expectations: &[Expectation], assumed: bool| -> Vec<ExpectationReport> {
        let judged = expectations.iter().filter_map(|expectation| {
            let index = prepared.metrics.find(&expectation.metric)?;
            let values: Vec<Option<f64>> = runs.iter().map(|run| run.values[index]).collect();
            let judgement = judge(expectation, &values, prepared.deterministic, cut_off);
            Some(ExpectationReport {
                text: expectation.text.clone(),
                metric: expectation.metric.clone(),
                unit: prepared
                    .metrics
                    .get(index)
                    .map_or(Unit::Count, |it| it.unit),
                severity: expectation.severity,
                place: expectation.place,
                status: judgement.status,
                observed: judgement.observed.map(Quantity::of),
                note: judgement.note,
                open: judgement.open,
                assumed,
            })
        });
        judged.collect()
    };
    let mut judged = each(&prepared.scenario.expect, false);
    let skipped = |expectation: &ExpectationReport| expectation.status == Status::Skipped;
    if judged.iter().all(skipped) {
        // A scenario that expects nothing does not hold whatever fails.
        judged.extend(each(&judge::assumed(&prepared.plan), true));
    }
    let any = |status| {
        let mut decide = judged.iter().filter(|it| it.severity == Severity::Fail);
        decide.any(|expectation| expectation.status == status)
    };
    let verdict = if any(Status::Broken) {
        Status::Broken
    } else if any(Status::Undecided) || cut_off || runs.is_empty() {
        Status::Undecided
    } else {
        Status::Met
    };
    (judged, verdict)
}

/// Runs and judges variants, in order. If the user stops it, those without a run are left out.
pub fn judge_variants(
    prepared: Vec<Prepared>,
    workers: &dyn Workers,
    seed: u64,
    asked: Option<u32>,
) -> Vec<Judged> {
    prepared
        .into_iter()
        .map(|variant| Judged::new(variant, workers, seed, asked))
        .filter(|judged| !judged.runs.is_empty())
        .collect()
}

/// The report of judged variants; the first one is *today*.
///
/// # Panics
/// If there are none.
pub fn report(judged: &[Judged], seed: u64) -> Report {
    let today = judged.first();
    let variants = judged.iter().zip(0..);
    let variants = variants
        .map(|(variant, place)| variant_report(variant, today.filter(|_| place > 0)))
        .collect();
    report_of(judged, variants, seed)
}

/// The report of variants of which each has one of its own already ([`variant_report`]), in the same
/// order.
///
/// # Panics
/// If there is no variant.
pub fn report_of(judged: &[Judged], mut variants: Vec<VariantReport>, seed: u64) -> Report {
    let today = &judged[0];
    let mut assumptions: Vec<_> = judged
        .iter()
        .flat_map(|variant| variant.prepared.plan.assumptions())
        .collect();
    assumptions.arrange();
    assumptions.dedup();
    tell_last_starts(&mut variants, judged);
    Report {
        schema: SCHEMA.into(),
        scenario: today.prepared.scenario.name.clone(),
        title: today.prepared.scenario.title.clone(),
        seed,
        lines: answer::lines(today, &variants),
        variants,
        assumptions,
        confirm: Vec::new(),
        watch: Vec::new(),
        settings: Vec::new(),
        answers: Vec::new(),
        levers: Vec::new(),
        levers_left_out: 0,
        sets: Vec::new(),
        recommended: None,
        interrupted: false,
        notes: notes(judged),
    }
}

/// Says of all variants when the last unit started, where one of them puts some off.
fn tell_last_starts(variants: &mut [VariantReport], judged: &[Judged]) {
    let Some(today) = judged.first() else {
        return;
    };
    let of_today = &today.prepared.scenario;
    if !judged
        .iter()
        .any(|it| puts_off(&it.prepared.scenario, of_today))
    {
        return;
    }
    for (place, (variant, own)) in (0..).zip(variants.iter_mut().zip(judged)) {
        let head = &mut variant.headline;
        let path = format!("{}.{}.last_start", head.workload, head.units);
        head.last_start = Some(own.figure(&path, (place > 0).then_some(today)));
    }
}

/// What a report of one variant alone says first: verdict, limit, what is assumed.
pub fn headlines(judged: &Judged, variant: &VariantReport) -> Vec<HeadLine> {
    answer::lines(judged, std::slice::from_ref(variant))
}

/// What a reader should know of how the numbers were counted.
fn notes(judged: &[Judged]) -> Vec<String> {
    let rounded = judged
        .iter()
        .any(|variant| variant.runs.iter().any(|run| !run.exact));
    let note = "more than a million start delays or calls in one run: their quantiles are within \
                0.1 %, the other numbers exact";
    let rounded = rounded.then(|| note.to_owned());
    let few = judged.iter().find(|variant| variant.runs_left_out);
    let few = few.and_then(|variant| {
        let events = variant.runs.first()?.events;
        let runs = match variant.runs.len() {
            1 => "1 run was".to_owned(),
            runs => format!("{runs} runs were"),
        };
        Some(format!(
            "a run of {} takes {events} events, so {runs} made",
            variant.prepared.name
        ))
    });
    rounded.into_iter().chain(few).collect()
}

/// What there is to say of one variant, beside *today* where it is another. It takes some runs more.
pub fn variant_report(judged: &Judged, today: Option<&Judged>) -> VariantReport {
    let prepared = &judged.prepared;
    let plan = &prepared.plan;
    let metrics = prepared
        .metrics
        .iter()
        .map(|metric| MetricReport {
            path: metric.path.clone(),
            unit: metric.unit,
            figure: judged.figure(&metric.path, today),
        })
        .collect();
    let observed = limiters::Observed::of(plan, judged.seed);
    let without = without_limits(judged);
    let limits_matter = without.as_ref().is_none_or(|it| it.limits_matter);
    let ways = way::ways(judged, today, limits_matter);
    VariantReport {
        name: prepared.name.clone(),
        about: prepared.about.clone(),
        overrides: prepared.overrides.clone(),
        change: None,
        runs: judged.runs.len() as u32,
        deterministic: prepared.deterministic,
        digest: judged.digest(),
        cut_off: cut_off(&judged.runs),
        verdict: judged.verdict,
        broken_because: answer::unseen(judged).map(|because| match limits_matter {
            true => because,
            false => format!("{because}, without any limit too"),
        }),
        without_limits: without,
        expectations: judged.expectations.clone(),
        headline: headline(judged, today),
        best_possible: best(judged),
        holds_to: None,
        causes: causes(plan, &judged.runs),
        loops: loops(judged, today),
        not_so: not_so::not_so(judged, &ways),
        ways,
        sufferers: match limits_matter {
            true => sufferers::sufferers(judged, &observed.spending),
            false => Vec::new(),
        },
        outlasting: sufferers::outlasting(judged),
        limiters: limiters::limiters(judged, today, &observed),
        metrics,
    }
}

/// How many runs were stopped before their end, and by what.
pub(crate) fn cut_off(runs: &[RunSummary]) -> Option<String> {
    let cut: Vec<CutOff> = runs.iter().filter_map(|run| run.cut_off).collect();
    let first = cut.first()?;
    let why = match first {
        CutOff::Horizon => "scenario time reached the horizon",
        CutOff::Events => "it took more events than allowed",
        CutOff::Stuck => "entities wait for something that will not come",
    };
    Some(format!(
        "{} of {} {} stopped before {} end: {why}",
        cut.len(),
        super::words::counted(runs.len() as f64, "runs"),
        if runs.len() == 1 { "was" } else { "were" },
        if runs.len() == 1 { "its" } else { "their" },
    ))
}

/// The names of the main workload, the first that is not background, of its units and of its calls.
pub(crate) fn main_workload(plan: &Plan) -> (String, String, String) {
    let main = plan.workloads.iter().find(|workload| !workload.background);
    main.map_or_else(Default::default, |main| names(plan, main))
}

/// The names of the workload that is called so, of its units and of its calls; of the main one if
/// there is none or it is background.
pub(crate) fn workload_named(plan: &Plan, name: &str) -> (String, String, String) {
    let mut workloads = plan
        .workloads
        .iter()
        .filter(|workload| !workload.background);
    let named = workloads.find(|workload| workload.name == name);
    named.map_or_else(|| main_workload(plan), |workload| names(plan, workload))
}

/// The names of a workload, of its units and of its calls.
pub(crate) fn names(plan: &Plan, workload: &WorkloadPlan) -> (String, String, String) {
    let mut blocks = workload.blocks.clone();
    let unit = blocks.find(|block| plan.blocks[*block as usize].role == BlockRole::Unit);
    let units = unit.map_or(String::new(), |unit| {
        plan.blocks[unit as usize].name.clone()
    });
    (workload.name.clone(), units, workload.calls.clone())
}

fn headline(judged: &Judged, today: Option<&Judged>) -> Headline {
    headline_of(judged, main_workload(&judged.prepared.plan), today)
}

/// The headline of the workload that breaks an expectation; of the main one if none does.
pub(super) fn telling_headline(judged: &Judged) -> Headline {
    let plan = &judged.prepared.plan;
    let broken = |expectation: &&ExpectationReport| expectation.breaks();
    let named = judged
        .expectations
        .iter()
        .find(broken)
        .and_then(|expectation| {
            let name = expectation.metric.split('.').next()?;
            let mut workloads = plan
                .workloads
                .iter()
                .filter(|workload| !workload.background);
            workloads.find(|workload| workload.name == name)
        });
    let names = named.map_or_else(|| main_workload(plan), |workload| names(plan, workload));
    headline_of(judged, names, None)
}

pub(super) fn headline_of(
    judged: &Judged,
    (workload, units, calls): (String, String, String),
    today: Option<&Judged>,
) -> Headline {
    let figure = |path: String| judged.figure(&path, today);
    let mean = |path: String| judged.figure(&path, None).mean_otherwise.unwrap_or(0.0);
    let plan = &judged.prepared.plan;
    let lowest = running_lowest(plan, &workload);
    let others = plan.workloads.iter();
    let others = others.filter(|other| !other.background && other.name != workload);
    Headline {
        others: others.map(|other| other.name.clone()).collect(),
        running_counts: running(plan, &workload)
            .map(|gauge| gauge.counts)
            .filter(|counted| *counted != Counted::TasksThatRun)
            .map(|counted| counted.words().to_owned()),
        running_lowest: lowest.map(&figure),
        wanted: mean(format!("{workload}.{units}.wanted")),
        finished: figure(format!("{workload}.{units}.finished")),
        failed: figure(format!("{workload}.{units}.failed")),
        finished_after: figure(format!("{workload}.finished_after")),
        start_delay_p90: figure(format!("{workload}.{units}.start_delay.p90")),
        last_start: None,
        calls_needed: mean(format!("{workload}.{calls}.count")),
        first_throttled: figure(format!("{workload}.{calls}.first_throttled")),
        calls_failed: figure(format!("{workload}.{calls}.failed")),
        amplification: figure(format!("{workload}.{calls}.amplification")),
        workload,
        units,
        calls,
    }
}

/// The metric of how few tasks of a workload ran; none where there was none to lose.
pub(crate) fn running_lowest(plan: &Plan, workload: &str) -> Option<String> {
    running(plan, workload).map(|_| format!("{workload}.running.lowest"))
}

/// The count of those of a workload's tasks that ran at the start.
fn running<'p>(plan: &'p Plan, workload: &str) -> Option<&'p GaugePlan> {
    let of_workload = |gauge: &&GaugePlan| plan.workloads[gauge.workload as usize].name == workload;
    let mut gauges = plan.gauges.iter().filter(of_workload);
    gauges.find(|gauge| gauge.name == "running" && gauge.initial > 0)
}

pub(crate) fn best(judged: &Judged) -> BestReport {
    let plan = &judged.prepared.plan;
    let best = judged
        .runs
        .iter()
        .map(|run| run.best)
        .min_by_key(|best| best.finish);
    let Some(best) = best else {
        return BestReport {
            finished_after: Quantity::Never,
            set_by: String::new(),
            last_admission: Quantity::Never,
        };
    };
    let set_by = match best.set_by {
        SetBy::Chain => "the longest chain of one entity, nothing throttled".to_owned(),
        SetBy::Limiter(limiter, _) => {
            let limiter = &plan.limiters[limiter as usize];
            format!(
                "{} {}: {}{}",
                limiter.service,
                limiter.name,
                words::rule(&limiter.spec),
                words::doubt(limiter)
            )
        }
    };
    BestReport {
        finished_after: time(best.finish),
        set_by,
        last_admission: time(best.last_admission),
    }
}

fn time(time: Time) -> Quantity {
    if time == Time::NEVER {
        Quantity::Never
    } else {
        Quantity::Number(time.as_secs_f64())
    }
}

/// A cause in words. The operation is named where the error does not name it already.
pub(super) fn cause_text(plan: &Plan, key: CauseKey) -> String {
    let retry = &plan.loops[key.retry as usize];
    let error = &plan.errors[key.error as usize].text;
    let name = words::loop_name(plan, retry);
    let why = match key.reason {
        Reason::NotRetried => "does not retry this".to_owned(),
        Reason::Exhausted => format!("gave up after {}", retry.policy.describe()),
        Reason::QuotaEmpty => words::budget_spent(&retry.policy.budget).to_owned(),
    };
    let site = plan.sites.iter().find(|site| site.retry == key.retry);
    let operation = site.map(|site| &plan.operations[site.operation as usize].name);
    let said = |operation: &str| has_word(&error.to_ascii_lowercase(), operation);
    match operation.filter(|operation| !said(operation)) {
        Some(operation) => format!("{error} at {operation}: {name} {why}"),
        None => format!("{error}: {name} {why}"),
    }
}

fn causes(plan: &Plan, runs: &[RunSummary]) -> Vec<CauseReport> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for cause in runs.iter().flat_map(|run| &run.causes) {
        *counts.entry(cause_text(plan, cause.key)).or_default() += cause.count;
    }
    let mut causes: Vec<CauseReport> = counts
        .into_iter()
        .map(|(text, count)| CauseReport {
            text,
            per_run: count as f64 / runs.len().max(1) as f64,
        })
        .collect();
    causes.arrange_by(|a, b| {
        b.per_run
            .total_cmp(&a.per_run)
            .then_with(|| a.text.cmp(&b.text))
    });
    causes
}

fn loops(judged: &Judged, today: Option<&Judged>) -> Vec<LoopReport> {
    let plan = &judged.prepared.plan;
    let mut loops: Vec<LoopReport> = Vec::new();
    for retry in &plan.loops {
        let name = words::loop_name(plan, retry);
        if loops.iter().any(|known| known.name == name) {
            continue;
        }
        let figure = |of: fn(&Passed) -> Option<f64>| {
            let values = |judged: &Judged| -> Vec<Option<f64>> {
                let passed = |run: &RunSummary| of(&passed(&judged.prepared.plan, run, &name));
                judged.runs.iter().map(passed).collect()
            };
            let before = today.map(values);
            Figure::of(&values(judged), before.as_deref()).within(0.0, f64::MAX)
        };
        let (amplification, asleep) = (
            figure(|loops| (loops.entered > 0).then(|| loops.passes as f64 / loops.entered as f64)),
            figure(|loops| Some(loops.slept as f64 / 1e9)),
        );
        loops.push(LoopReport {
            name,
            policy: retry.policy.describe(),
            span_max: retry
                .policy
                .span_max(Class::Throttling, None)
                .map(|span| span.as_secs_f64()),
            amplification,
            asleep,
        });
    }
    loops
}

/// All loops of this name in a run.
fn passed(plan: &Plan, run: &RunSummary, name: &str) -> Passed {
    let mut all = Passed::default();
    for (retry, passed) in plan.loops.iter().zip(&run.loops) {
        if words::loop_name(plan, retry) == name {
            all.entered += passed.entered;
            all.passes += passed.passes;
            all.slept += passed.slept;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Judged, Status};
    use crate::replicate::{Sequential, prepare};
    use crate::report::{
        compare_article, judge_variants, ranking_csv, recommend_article, report, run_article,
    };
    use crate::scenario::Document;

    fn reported(text: &str) -> crate::report::Report {
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let judged = judge_variants(prepare(&document, &[]).unwrap(), &Sequential, 1, Some(3));
        report(&judged, 1)
    }

    #[test]
    fn a_deployment_tells_how_few_tasks_ran() {
        // Of 100, half may be under way either way; 75 or 100 of them have to run.
        let report = reported(
            "pullstorm: 1
name: rollout
services: {ecr: {preset: aws-ecr}}
images: {app: {registry: ecr, layers: 2}}
workloads:
  web:
    kind: ecs-deployment
    desired: 100
    minimum_healthy_percent: 75
    maximum_percent: 125
    pull: {client: fargate, images: app}
variants:
  all-run: {set: {workloads.web.minimum_healthy_percent: 100}}
",
        );
        let lowest = |at: usize| {
            let figure = report.variants[at].headline.running_lowest.as_ref();
            figure.and_then(|it| it.mean_otherwise)
        };
        assert_eq!((lowest(0), lowest(1)), (Some(75.0), Some(100.0)));
        for article in [compare_article(&report), recommend_article(&report)] {
            let told = article.markdown();
            assert!(told.contains("LOWEST RUNNING"), "{told}");
        }
        let told = run_article(&report).markdown();
        assert!(told.contains("lowest running 75"), "{told}");
        let csv = ranking_csv(&report);
        assert!(csv.starts_with("rank,") && csv.contains("running_lowest"));
        assert!(csv.contains(",75,") && csv.contains(",100,"), "{csv}");
    }

    #[test]
    fn where_no_task_ran_before_nothing_is_said_of_it() {
        let report = reported(
            "pullstorm: 1
name: calls
services: {api: {limiters: {all: {bucket: {burst: 5, refill: 1/s}}}}}
workloads: {calls: {kind: api-callers, service: api, callers: 3, calls: [Get]}}
",
        );
        assert!(report.variants[0].headline.running_lowest.is_none());
        assert!(
            !compare_article(&report)
                .markdown()
                .contains("LOWEST RUNNING")
        );
    }

    /// Ten calls, each of which fails by the toss of a coin.
    const COINS: &str = "pullstorm: 1
name: coins
services:
  api:
    latency: 0s
    limiters: {all: {bucket: {burst: 99, refill: 99/s}}}
    faults: {tails: {answer: {status: 503}, chance: 50%}}
workloads:
  tosses: {kind: api-callers, service: api, callers: 10, calls: [toss], retry: none}
expect: [tosses.callers.failed <= MOST]
";

    /// What is said of them where so many at most should fail.
    fn judged(most: u32, asked: Option<u32>) -> (Status, usize) {
        let text = COINS.replace("MOST", &most.to_string());
        let document = Document::parse("coins", text.as_bytes()).unwrap();
        let today = prepare(&document, &[]).unwrap().remove(0);
        let judged = Judged::new(today, &Sequential, 1, asked);
        (judged.verdict, judged.runs.len())
    }

    #[test]
    fn an_undecided_expectation_gets_ten_times_more_runs() {
        assert_eq!(judged(9, None), (Status::Met, 30));
        assert_eq!(judged(1, None), (Status::Broken, 30));
        assert_eq!(judged(5, None), (Status::Undecided, 300));
        // Who asks for a number of runs gets that many.
        assert_eq!(judged(5, Some(40)), (Status::Undecided, 40));
    }

    #[test]
    fn what_was_searched_is_run_on_while_it_is_undecided_as_far_as_its_events_go() {
        let runs = |events: u64| {
            let text = COINS
                .replace("MOST", "5")
                .replace("name: coins", "name: coins\nruns: 20");
            let document = Document::parse("coins", text.as_bytes()).unwrap();
            let today = prepare(&document, &[]).unwrap().remove(0);
            Judged::searched(today, &Sequential, 1, events).runs.len()
        };
        assert_eq!((runs(u64::MAX), runs(1)), (300, 60));
    }
}
