//! What happened, in a sentence.

use crate::plan::Plan;
use crate::record::LineKind;
use crate::report::rule;

pub(super) fn of(plan: &Plan, kind: &LineKind) -> String {
    let limiter = |index: u32| {
        let limiter = &plan.limiters[index as usize];
        let rule = rule(&limiter.spec);
        (format!("{} {}", limiter.service, limiter.name), rule)
    };
    let retry = |index: u32| &plan.loops[index as usize];
    match *kind {
        LineKind::Wanted => "is wanted".to_owned(),
        LineKind::Waits { .. } => "stands in line for a slot".to_owned(),
        LineKind::Took { .. } => "gets a slot".to_owned(),
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
