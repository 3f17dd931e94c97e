//! How far an assumption may be off: the launch spread from which a fan-out is harmless.
//!
//! That is later than the best possible. Two workflows of the CircleCI incident lack 184 credits at 4 a
//! second, so 46 s is when the bucket has produced the last token; jobs that are launched at random moments
//! bunch, and with a spread of 46 s the last of them comes before that token. With 55 s,
//! somebody is still throttled in about one run of a thousand, which 300 runs mostly do not see.

use super::headroom::at;
use crate::replicate::Workers;
use crate::report::Judged;
use crate::scenario::Document;
use crate::scenario::model::Workload;

/// Longest launch spread that is looked at, in seconds.
const LONGEST: u32 = 3600;

/// Runs at each spread.
pub(super) const RUNS: u32 = 300;

/// For a fan-out whose jobs are launched at once: the shortest spread, in whole seconds, with which
/// no login of *today* is throttled in any run; `None` if there is none up to an hour.
pub(super) fn harmless_from(
    document: &Document,
    today: &Judged,
    workers: &dyn Workers,
    seed: u64,
) -> Option<(String, u32)> {
    let fan_out = today.prepared.scenario.workloads.iter().find(|workload| {
        matches!(&workload.value, Workload::CiFanout(fanout) if fanout.launch_spread.is_zero())
    })?;
    let throttled = format!("{}.logins.first_throttled", fan_out.name);
    let path = format!("workloads.{}.launch_spread", fan_out.name);
    let harmless = |seconds: u32| {
        let Some(prepared) = at(document, today, &path, &format!("{seconds}s")) else {
            return false;
        };
        let Some(metric) = prepared.metrics.find(&throttled) else {
            return false;
        };
        let runs = workers.run(&prepared, seed, 0, RUNS);
        runs.iter()
            .all(|run| run.values[metric] == Some(0.0) && run.cut_off.is_none())
    };
    if harmless(0) {
        return None;
    }
    let mut bad = 0;
    let mut good = 1;
    while !harmless(good) {
        bad = good;
        good *= 2;
        if good > LONGEST {
            return None;
        }
    }
    while good - bad > 1 {
        let middle = bad + (good - bad) / 2;
        if harmless(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    // A spread without its runs looks harmless.
    (!workers.stopped()).then(|| (fan_out.name.clone(), good))
}
