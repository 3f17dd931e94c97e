//! systemd timers: by how much machines of one schedule are drawn apart.
//!
//! Keys as in systemd.timer(5) of systemd 257, read in November 2026: `RandomizedDelaySec` is drawn
//! evenly between 0 and its value, anew for each instant unless `FixedRandomDelay` is set.

use super::Fragment;
use super::diff::{Both, Diff};
use super::write::seconds;
use crate::catalog::Owner;
use crate::random::Distribution;
use crate::report::model::Language;
use crate::scenario::model::{Herd, Trigger, Workload};
use crate::units::Span;

/// The delay that a variant draws for hosts that a schedule sets off.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let herds = diff.kind(|workload| match workload {
        Workload::Herd(herd) => Some(herd),
        _ => None,
    });
    herds.filter_map(|herd| fragment(&herd)).collect()
}

fn fragment(herd: &Both<'_, Herd>) -> Option<Fragment> {
    let (splay, fixed) = herd.changed(|it| (it.splay.clone(), it.fixed_splay))?;
    let Distribution::Uniform { low, high } = splay else {
        return None;
    };
    if low != Span::ZERO || !matches!(herd.own.at.value, Trigger::Schedule(_)) {
        return None;
    }
    let fixed = match (fixed, herd.today.fixed_splay) {
        (true, _) => "FixedRandomDelay=true\n",
        (false, true) => "FixedRandomDelay=false\n",
        (false, false) => "",
    };
    Some(Fragment {
        place: format!(
            "/etc/systemd/system/{}.timer.d/delay.conf of each machine, then systemctl daemon-reload",
            herd.name
        ),
        owner: Owner::You,
        language: Language::Ini,
        text: format!(
            "[Timer]\nRandomizedDelaySec={}\nAccuracySec=1s\n{fixed}",
            seconds(high)
        ),
        why: format!(
            "{} machines of one schedule are drawn apart over {high}",
            herd.own.hosts
        ),
        risk: format!(
            "work begins up to {high} later; cron has no such key: there the command sleeps first"
        ),
        undo: "remove the file and reload".to_owned(),
    })
}
