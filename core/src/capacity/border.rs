//! Where along a row of places, easiest first, something stops holding.

use crate::judge::Status;

/// The place up to which something holds, found by doubling and then halving: the last that holds
/// before one that does not, `None` if the first does not hold. `holds` is asked for few places and
/// may be asked twice; what holds at a place is taken to hold at all before it.
pub(super) fn border(count: u64, holds: impl FnMut(u64) -> bool) -> Option<u64> {
    border_from(None, count, holds)
}

/// The same, where a place to begin at is known.
pub(super) fn border_from(
    from: Option<u64>,
    count: u64,
    mut holds: impl FnMut(u64) -> bool,
) -> Option<u64> {
    let from = from.filter(|from| *from < count);
    let (mut good, mut bad) = match from {
        Some(from) if holds(from) => (from, None),
        _ if count == 0 || !holds(0) => return None,
        _ => (0, from),
    };
    while good + 1 < bad.unwrap_or(count) {
        let next = (2 * good + 1).min(bad.unwrap_or(count) - 1);
        if holds(next) {
            good = next;
        } else {
            bad = Some(next);
            break;
        }
    }
    Some(bad.map_or(good, |bad| halve(good, bad, holds)))
}

/// The last place that holds before one that does not, found from there: further down at each step,
/// then by halving.
pub(crate) fn border_below(bad: u64, mut holds: impl FnMut(u64) -> bool) -> Option<u64> {
    let (mut bad, mut step) = (bad, 1_u64);
    loop {
        let next = bad.checked_sub(step.min(bad.max(1)))?;
        if holds(next) {
            return Some(halve(next, bad, holds));
        }
        bad = next;
        step = step.saturating_mul(2);
    }
}

fn halve(mut good: u64, mut bad: u64, mut holds: impl FnMut(u64) -> bool) -> u64 {
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if holds(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    good
}

/// The last of the places that were tried, easiest first, before one that does not hold. Where runs ended
/// before the border was found, places that nobody looked at say nothing.
pub(super) fn known(tried: &[(u64, Status)]) -> Option<u64> {
    let held = tried
        .iter()
        .take_while(|(_, status)| *status == Status::Met);
    held.last().map(|(place, _)| *place)
}

#[cfg(test)]
mod tests {
    use super::{border, border_below, border_from, known};
    use crate::judge::Status::{Broken, Met, Undecided};

    #[test]
    fn what_is_known_to_hold_lies_below_all_that_was_not_seen_to() {
        assert_eq!(known(&[]), None);
        assert_eq!(known(&[(0, Broken), (3, Met)]), None);
        assert_eq!(known(&[(0, Met), (1, Met), (7, Met)]), Some(7));
        assert_eq!(
            known(&[(0, Met), (7, Met), (11, Undecided), (12, Met)]),
            Some(7)
        );
    }

    #[test]
    fn the_border_is_the_last_place_that_holds() {
        for count in [1, 2, 7, 64, 100] {
            assert_eq!(border(count, |_| false), None);
            for last in 0..count {
                assert_eq!(border(count, |place| place <= last), Some(last));
            }
        }
        assert_eq!(border(0, |_| true), None);
    }

    #[test]
    fn wherever_it_begins_the_border_is_the_same() {
        for count in [1, 2, 7, 64] {
            for last in 0..count {
                let holds = |place| place <= last;
                for from in 0..count {
                    assert_eq!(border_from(Some(from), count, holds), Some(last));
                }
                for bad in last + 1..=count {
                    assert_eq!(border_below(bad, holds), Some(last));
                }
            }
            assert_eq!(border_below(count, |_| false), None);
        }
    }

    #[test]
    fn few_places_are_asked() {
        let mut asked = 0;
        let last = border(1 << 20, |place| {
            asked += 1;
            place <= 700_000
        });
        assert_eq!(last, Some(700_000));
        assert!(asked <= 42, "{asked}");
    }
}
