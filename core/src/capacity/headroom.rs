//! How far the load of today is from the largest that holds.

use super::load::Load;
use super::model::{Headroom, Known};
use crate::judge::Status;

/// The border of a variant, as far as it is known.
#[derive(Copy, Clone, Debug)]
pub(super) struct Found<'b> {
    /// The smallest number of the range.
    pub least: &'b Load,
    /// The largest load that holds; `None` for a variant that holds at none of the range.
    pub holds_to: Option<&'b Load>,
    /// The nearest load beyond it that is surely broken.
    pub fails_from: Option<&'b Load>,
    /// Whether that is the next one.
    pub is_sharp: bool,
    /// Whether the number is load at all, and not what serves it.
    pub is_load: bool,
    /// Whether less of the number is more load.
    pub falling: bool,
}

/// The headroom of a variant that has this load now and this verdict there.
pub(super) fn headroom(now: &Load, verdict: Status, found: Found<'_>) -> Headroom {
    let spare = match (found.holds_to, found.falling) {
        (Some(holds), false) => holds.value - now.value,
        // An interval that may be shorter is load that may be more.
        (Some(holds), true) => now.value - holds.value,
        (None, _) => -now.value,
    };
    let known = match (found.holds_to, verdict) {
        (_, Status::Undecided | Status::Skipped) => Known::NotAtAll,
        (Some(_), Status::Met) if spare >= 0.0 && found.is_sharp => Known::Exactly,
        (Some(_), Status::Met) if spare >= 0.0 => Known::AtLeast,
        (Some(_), Status::Broken) if spare < 0.0 && found.is_sharp => Known::Exactly,
        // What lies between is undecided, and today beyond that.
        (Some(_), Status::Broken) if spare < 0.0 && reaches(now, found) => Known::AtLeast,
        // Below the smallest of a range that begins above one nobody looked.
        (None, Status::Broken) if found.is_load && found.least.value <= 1.0 && !found.falling => {
            Known::Exactly
        }
        _ => Known::NotAtAll,
    };
    let spare = match known {
        Known::NotAtAll => 0.0,
        Known::Exactly | Known::AtLeast => spare,
    };
    let is_part = known != Known::NotAtAll && now.value != 0.0;
    Headroom {
        now: now.clone(),
        verdict,
        spare,
        spare_percent: is_part.then(|| (spare / now.value * 1_000.0).round() / 10.0),
        known,
    }
}

/// Whether the load of today is one that is surely broken, or beyond it.
fn reaches(now: &Load, found: Found<'_>) -> bool {
    found.fails_from.is_some_and(|fails| match found.falling {
        false => now.value >= fails.value,
        true => now.value <= fails.value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACTLY: Known = Known::Exactly;

    /// The headroom where the range begins at 1, by whether the border is sharp.
    fn of(now: &str, verdict: Status, holds: Option<&str>, sharp: bool, falling: bool) -> Headroom {
        beyond(now, verdict, (holds, None), sharp, falling)
    }

    /// The same where a load beyond surely breaks.
    fn beyond(
        now: &str,
        verdict: Status,
        (holds, fails): (Option<&str>, Option<&str>),
        sharp: bool,
        falling: bool,
    ) -> Headroom {
        let load = |text: &str| Load::read(text).unwrap().0;
        let (holds, fails) = (holds.map(load), fails.map(load));
        let found = Found {
            least: &load("1"),
            holds_to: holds.as_ref(),
            fails_from: fails.as_ref(),
            is_sharp: sharp,
            is_load: true,
            falling,
        };
        headroom(&load(now), verdict, found)
    }

    fn parts(headroom: &Headroom) -> (f64, Option<f64>, Known) {
        (headroom.spare, headroom.spare_percent, headroom.known)
    }

    #[test]
    fn headroom_is_what_more_would_hold_and_negative_if_less_would() {
        use Status::{Broken, Met};
        let spare = |now, verdict, holds| parts(&of(now, verdict, holds, true, false));
        assert_eq!(spare("2", Met, Some("6")), (4.0, Some(200.0), EXACTLY));
        assert_eq!(spare("2", Broken, Some("1")), (-1.0, Some(-50.0), EXACTLY));
        assert_eq!(spare("2", Broken, None), (-2.0, Some(-100.0), EXACTLY));
        assert_eq!(spare("0", Met, Some("6")), (6.0, None, EXACTLY));
    }

    #[test]
    fn of_an_interval_less_is_more_load() {
        use Status::{Broken, Met};
        let spare = |now, verdict, holds| parts(&of(now, verdict, holds, true, true));
        assert_eq!(spare("60s", Met, Some("48s")), (12.0, Some(20.0), EXACTLY));
        assert_eq!(
            spare("30s", Broken, Some("48s")),
            (-18.0, Some(-60.0), EXACTLY)
        );
        assert_eq!(spare("30s", Broken, None), (0.0, None, Known::NotAtAll));
    }

    #[test]
    fn today_beyond_what_surely_breaks_is_so_much_too_much_though_the_border_is_blurred() {
        use Status::{Broken, Met};
        let blurred = |now, verdict, between| parts(&beyond(now, verdict, between, false, false));
        let between = (Some("12"), Some("16"));
        let least = Known::AtLeast;
        assert_eq!(blurred("30", Broken, between), (-18.0, Some(-60.0), least));
        assert_eq!(blurred("10", Met, between), (2.0, Some(20.0), least));
        let unknown = (0.0, None, Known::NotAtAll);
        assert_eq!(blurred("14", Broken, between), unknown);
        let interval = (Some("48s"), Some("40s"));
        let falling = parts(&beyond("30s", Broken, interval, false, true));
        assert_eq!(falling, (-18.0, Some(-60.0), least));
    }

    #[test]
    fn a_range_that_ends_before_the_load_of_today_says_nothing_of_headroom() {
        use Status::{Broken, Met, Undecided};
        let unknown = (0.0, None, Known::NotAtAll);
        for verdict in [Met, Broken, Undecided] {
            assert_eq!(parts(&of("32", verdict, Some("8"), false, false)), unknown);
            assert_eq!(parts(&of("3s", verdict, Some("8s"), false, true)), unknown);
        }
        assert_eq!(parts(&of("32", Met, None, true, false)), unknown);
        let within = of("2", Met, Some("8"), false, false);
        assert_eq!(parts(&within), (6.0, Some(300.0), Known::AtLeast));
    }
}
