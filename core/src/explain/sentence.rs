//! What happened, in a sentence.

use crate::plan::{Fork, Plan, Start};
use crate::record::LineKind;
use crate::report::rule;

/// What happened to an activity.
pub(super) fn of(plan: &Plan, activity: u32, kind: &LineKind) -> String {
    let limiter = |index: u32| {
        let limiter = &plan.limiters[index as usize];
        let rule = rule(&limiter.spec);
        (format!("{} {}", limiter.service, limiter.name), rule)
    };
    let retry = |index: u32| &plan.loops[index as usize];
    match *kind {
        LineKind::Wanted => match wave(plan, activity) {
            Some((wave, waves)) => format!("is wanted: its wave begins ({wave} of {waves})"),
            None => "is wanted".to_owned(),
        },
        LineKind::Waits { pool } => match &plan.pools[pool as usize] {
            pool if pool.is_semaphore() => format!("waits for {}", pool.about),
            _ => "stands in line for a slot".to_owned(),
        },
        LineKind::Took { pool } => match &plan.pools[pool as usize] {
            pool if pool.is_semaphore() => format!("has {}", pool.about),
            _ => "gets a slot".to_owned(),
        },
        LineKind::Admitted { limiter: index } => format!("is admitted by {}", limiter(index).0),
        LineKind::Throttled { limiter: index } => {
            let (name, rule) = limiter(index);
            format!("is throttled by {name} ({rule})")
        }
        LineKind::Fault { error } => {
            format!("meets a fault: {}", plan.errors[error as usize].text)
        }
        LineKind::Sleeps {
            retry: index,
            span,
            sends,
        } => {
            let next = sends + 1;
            format!(
                "{} sleeps {span}, then makes attempt {next}",
                retry(index).name
            )
        }
        LineKind::GaveUp {
            retry: index,
            error,
            sends,
        } => {
            let attempts = if sends == 1 { "1 attempt" } else { "attempts" };
            let count = if sends == 1 {
                String::new()
            } else {
                format!("{sends} ")
            };
            let error = &plan.errors[error as usize].text;
            format!(
                "{} gives up after {count}{attempts}: {error}",
                retry(index).name
            )
        }
        LineKind::Started => "starts".to_owned(),
        LineKind::Done => "is done".to_owned(),
        LineKind::Failed => "fails".to_owned(),
        LineKind::Cancelled => "is cancelled".to_owned(),
    }
}

/// In which of several waves an activity is wanted, counted from 1, and how many there are; none where
/// all of its kind are wanted at once.
fn wave(plan: &Plan, activity: u32) -> Option<(usize, usize)> {
    let block = plan.block_of(activity);
    let Start::Forked { each, .. } = block.start else {
        return None;
    };
    let is_own = |fork: &&Fork| plan.blocks[fork.block as usize].first == block.first;
    let waves: Vec<&Fork> = plan.forks.iter().filter(is_own).collect();
    let place = (activity - block.first) % each;
    let holds = |fork: &&Fork| (fork.from..fork.from + fork.count).contains(&place);
    let own = waves.iter().position(holds)?;
    // Ways to fetch the same layers fork the same children, not one after another.
    let in_order = waves.is_sorted_by(|a, b| a.from + a.count <= b.from);
    (waves.len() > 1 && in_order).then_some((own + 1, waves.len()))
}
