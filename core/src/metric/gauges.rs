//! Metrics of counts that are followed and of amounts that are added up.

use super::Row;
use super::Unit::{self, Bytes, Count};
use crate::engine::GaugeTotals;
use crate::plan::TallyPlan;

/// What each means is followed by what is counted.
pub(super) const ROWS: [Row<GaugeTotals>; 3] = [
    ("lowest", Count, "at the lowest, ", |gauge| {
        Some(gauge.lowest as f64)
    }),
    ("highest", Count, "at the highest, ", |gauge| {
        Some(gauge.highest as f64)
    }),
    ("last", Count, "at the end, ", |gauge| {
        Some(gauge.last as f64)
    }),
];

/// Unit and meaning of a tally.
pub(super) fn tally(tally: &TallyPlan) -> (Unit, &'static str) {
    if tally.bytes {
        (Bytes, tally.about)
    } else {
        (Count, tally.about)
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::simulate;
    use crate::metric::Metrics;
    use crate::plan::{AmountRule, KeyRule, Step, storm};
    use crate::record::Nothing;
    use crate::retry::RetryPolicy;

    #[test]
    fn counts_and_amounts_are_metrics_of_their_workload() {
        let mut builder = crate::plan::PlanBuilder::new("x", "today");
        let of = storm(1, RetryPolicy::NONE);
        builder.workload("web", "requests", false);
        let start = of.blocks[0].start.clone();
        let tasks = builder.block(crate::plan::BlockSpec {
            name: "tasks",
            role: crate::plan::BlockRole::Unit,
            count: 3,
            start,
            starts_when_done: true,
        });
        let running = builder.gauge("running", crate::plan::Counted::TasksThatRun, 5);
        let bytes = builder.tally("nat_bytes", "bytes through the NAT gateway", true);
        builder.program(tasks, |p| {
            p.step(Step::Count {
                gauge: running,
                by: -1,
            });
            let amount: AmountRule = p.amounts(&[70], KeyRule::Constant(0));
            p.step(Step::Tally {
                tally: bytes,
                amount,
            });
        });
        let plan = builder.finish();
        let metrics = Metrics::of(&plan);
        let mut outcome = simulate(&plan, 1, 0, Nothing).0;
        let values = metrics.values(&plan, &mut outcome);
        let value = |path: &str| metrics.find(path).and_then(|at| values[at]);
        assert_eq!(value("web.running.lowest"), Some(2.0));
        assert_eq!(value("web.running.highest"), Some(5.0));
        assert_eq!(value("web.nat_bytes"), Some(210.0));
        let meaning = |path: &str| {
            metrics
                .iter()
                .find(|it| it.path == path)
                .unwrap()
                .meaning
                .clone()
        };
        assert_eq!(
            meaning("web.running.lowest"),
            "at the lowest, tasks that run"
        );
    }
}
