//! How far the load of today is from the largest that holds.

use super::load::Load;
use super::model::Headroom;
use crate::judge::Status;

/// The headroom of a variant that has this load now and holds to another; `None` for one that holds
/// at none.
pub(super) fn headroom(
    now: &Load,
    verdict: Status,
    holds_to: Option<&Load>,
    falling: bool,
) -> Headroom {
    let spare = match (holds_to, falling) {
        (Some(holds), false) => holds.value - now.value,
        // An interval that may be shorter is load that may be more.
        (Some(holds), true) => now.value - holds.value,
        (None, false) => -now.value,
        (None, true) => f64::NAN,
    };
    let spare_percent = (now.value != 0.0 && spare.is_finite())
        .then(|| (spare / now.value * 1_000.0).round() / 10.0);
    Headroom {
        now: now.clone(),
        verdict,
        spare: if spare.is_finite() { spare } else { 0.0 },
        spare_percent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spare(now: &str, holds: Option<&str>, falling: bool) -> (f64, Option<f64>) {
        let load = |text: &str| Load::read(text).unwrap().0;
        let holds = holds.map(load);
        let found = headroom(&load(now), Status::Met, holds.as_ref(), falling);
        (found.spare, found.spare_percent)
    }

    #[test]
    fn headroom_is_what_more_would_hold_and_negative_if_less_would() {
        assert_eq!(spare("2", Some("6"), false), (4.0, Some(200.0)));
        assert_eq!(spare("2", Some("1"), false), (-1.0, Some(-50.0)));
        assert_eq!(spare("2", None, false), (-2.0, Some(-100.0)));
        assert_eq!(spare("0", Some("6"), false), (6.0, None));
    }

    #[test]
    fn of_an_interval_less_is_more_load() {
        assert_eq!(spare("60s", Some("48s"), true), (12.0, Some(20.0)));
        assert_eq!(spare("30s", Some("48s"), true), (-18.0, Some(-60.0)));
        assert_eq!(spare("30s", None, true), (0.0, None));
    }
}
