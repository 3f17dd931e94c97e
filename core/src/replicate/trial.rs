//! A setting of a scenario, tried: what a search needs to know of its runs.

use super::Prepared;
use crate::engine::simulate_unless;
use crate::record::Nothing;
use crate::scenario::Document;
use crate::scenario::model::{Arrivals, Scenario, Workload};

/// Runs of a scenario with some values set. A trial depends on nothing else, so that it may be run
/// on any thread or machine.
#[derive(Copy, Clone, Debug)]
pub struct Trial<'a> {
    /// The scenario.
    pub document: &'a Document,
    /// What is set: paths and values, in order.
    pub sets: &'a [(String, String)],
    /// A load: path and value, set after all others.
    pub load: Option<&'a (String, String)>,
    /// The metrics that are wanted, by path.
    pub metrics: &'a [String],
    /// The seed.
    pub seed: u64,
    /// The first run.
    pub first: u32,
    /// How many.
    pub count: u32,
}

/// What a trial measured.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Measured {
    /// Whether the scenario cannot be so.
    pub refused: bool,
    /// Whether every run is the same, so that there is one only.
    pub deterministic: bool,
    /// Whether a run was stopped before its end.
    pub cut_off: bool,
    /// Seconds by which the load begins later than without what is set, on average over what begins.
    pub deferral: f64,
    /// Events of all runs.
    pub events: u64,
    /// The wanted metrics of each run, in the order asked for; none where there is no such value.
    pub runs: Vec<Vec<Option<f64>>>,
}

impl Trial<'_> {
    /// Runs it, unless `stopped` says meanwhile that nobody wants to know any more.
    pub fn run(&self, stopped: &dyn Fn() -> bool) -> Option<Measured> {
        let refused = Measured {
            refused: true,
            ..Measured::default()
        };
        let sets = self.sets.iter().chain(self.load);
        let Ok(scenario) = self.document.with_all(sets) else {
            return Some(refused);
        };
        let Ok(prepared) = Prepared::new("", "", &[], &scenario) else {
            return Some(refused);
        };
        let wanted: Vec<Option<usize>> = self
            .metrics
            .iter()
            .map(|path| prepared.metrics.find(path))
            .collect();
        let mut measured = Measured {
            deterministic: prepared.deterministic,
            deferral: deferral(&scenario) - self.deferral_today(),
            ..Measured::default()
        };
        let plan = &prepared.plan;
        let count = match prepared.deterministic {
            true => u32::from(self.first == 0),
            false => self.count,
        };
        for run in self.first..self.first + count {
            let (mut outcome, _) =
                simulate_unless(plan, self.seed, u64::from(run), Nothing, stopped)?;
            measured.cut_off |= outcome.cut_off.is_some();
            measured.events += outcome.events;
            let values = prepared.metrics.values(plan, &mut outcome);
            let values = wanted.iter().map(|metric| values[(*metric)?]);
            measured.runs.push(values.collect());
        }
        Some(measured)
    }

    /// By how much the scenario itself puts the load off: a single one that would be followed by others
    /// at a distance is not put off itself, so what there is today does not tell.
    fn deferral_today(&self) -> f64 {
        let loaded = self
            .load
            .and_then(|load| self.document.with_all([load]).ok());
        deferral(loaded.as_ref().unwrap_or_else(|| self.document.scenario()))
    }
}

/// Whether start delays do not tell when the last unit started: some are wanted only when others are
/// done, or later than those of `today`.
pub(crate) fn puts_off(scenario: &Scenario, today: &Scenario) -> bool {
    let waves = scenario
        .workloads
        .iter()
        .any(|workload| matches!(&workload.value, Workload::CiFanout(it) if it.waves > 1));
    waves || deferral(scenario) != deferral(today)
}

/// By how much what the scenario wants begins after it could, in seconds, on average: work that is
/// put off waits, too, whatever its start delay says.
pub(crate) fn deferral(scenario: &Scenario) -> f64 {
    let each = scenario.workloads.iter().map(|it| begins_after(&it.value));
    each.sum::<f64>() / scenario.workloads.len().max(1) as f64
}

fn begins_after(workload: &Workload) -> f64 {
    match workload {
        Workload::CiFanout(it) => {
            // Jobs of a later wave are wanted only when the earlier ones are done, which take at least this.
            let wave = it.spin_up.shortest() + it.duration.shortest();
            let before = f64::from(it.waves.saturating_sub(1)) / 2.0 * wave.as_secs_f64();
            begin(&it.workflows) + it.launch_spread.as_secs_f64() / 2.0 + before
        }
        Workload::ApiCallers(it) => begin(&it.callers),
        Workload::ImagePulls(it) => begin(&it.pulls),
        Workload::ImagePushes(it) => begin(&it.pushes),
        Workload::Herd(it) => it.splay.mean(),
        _ => 0.0,
    }
}

fn begin(arrivals: &Arrivals) -> f64 {
    match arrivals {
        Arrivals::At(times) => {
            let sum: f64 = times.iter().map(|time| time.as_secs_f64()).sum();
            sum / times.len().max(1) as f64
        }
        Arrivals::Every { count, every, from } => {
            from.as_secs_f64() + every.as_secs_f64() * f64::from(count.saturating_sub(1)) / 2.0
        }
        Arrivals::Random { from, lasting, .. } => from.as_secs_f64() + lasting.as_secs_f64() / 2.0,
        Arrivals::Herd(_) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_that_is_spread_as_today_is_not_put_off_however_little_there_is_today() {
        let text = "pullstorm: 1
name: x
services: {api: {latency: 0s, limiters: {calls: {bucket: {burst: 4, refill: 1/s}}}}}
workloads:
  calls: {kind: api-callers, service: api, calls: [get], callers: 1, begin: {every: 10s}}
";
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let pair = |path: &str, value: &str| (path.to_owned(), value.to_owned());
        let put_off = |sets: &[(String, String)], load: Option<&(String, String)>| {
            let trial = Trial {
                document: &document,
                sets,
                load,
                metrics: &[],
                seed: 1,
                first: 0,
                count: 1,
            };
            trial.run(&|| false).unwrap().deferral
        };
        let five = pair("workloads.calls.callers", "5");
        let slower = [pair("workloads.calls.begin", "{every: 30s}")];
        assert_eq!(put_off(&[], None), 0.0);
        assert_eq!(put_off(&[], Some(&five)), 0.0);
        // The five begin 0, 30, ... 120 s after time 0 instead of 0, 10, ... 40 s.
        assert_eq!(put_off(&slower, Some(&five)), 40.0);
        let later = [pair("workloads.calls.begin", "7s")];
        assert_eq!(put_off(&later, None), 7.0);
    }
}
