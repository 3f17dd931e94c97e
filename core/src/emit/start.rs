//! The script that starts work at a distance instead of all at once.
//!
//! No deploy tool or runner has a setting for it, but whatever starts them does: a loop that sleeps.

use super::Fragment;
use super::diff::Diff;
use super::write::seconds;
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::{Arrivals, Workload};

/// The loop for callers, pulls and pushes that a variant lets begin at a fixed distance.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let arrivals = diff.kind(|workload| match workload {
        Workload::ApiCallers(it) => Some(&it.callers),
        Workload::ImagePulls(it) => Some(&it.pulls),
        Workload::ImagePushes(it) => Some(&it.pushes),
        _ => None,
    });
    let every = arrivals.filter_map(|arrivals| match arrivals.changed(Clone::clone)? {
        Arrivals::Every { count, every, .. } if !every.is_zero() => {
            Some((arrivals.name, count, every))
        }
        Arrivals::Every { .. } | Arrivals::At(_) | Arrivals::Random { .. } | Arrivals::Herd(_) => {
            None
        }
    });
    let fragments = every.map(|(name, count, every)| Fragment {
        place: format!("whatever starts `{name}`"),
        owner: Owner::You,
        language: Language::Sh,
        text: format!(
            "# {count} of them, one every {every}; ./start stands for what starts one\nfor name in \
             $NAMES; do\n  ./start \"$name\" &\n  sleep {}\ndone\nwait\n",
            seconds(every)
        ),
        why: "who begins later finds the limit recovered".to_owned(),
        risk: format!(
            "the last begins {} after the first; work that others start at the same time is not held \
             back",
            crate::units::Span::from_nanos(every.as_nanos().saturating_mul(u64::from(count.saturating_sub(1))))
        ),
        undo: "remove the sleep".to_owned(),
    });
    fragments.collect()
}
