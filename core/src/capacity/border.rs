//! Where along a row of places, easiest first, something stops holding.

/// The place up to which something holds, found by doubling and then halving: the last that holds
/// before one that does not, `None` if the first does not hold. `holds` is asked for few places and
/// may be asked twice; what holds at a place is taken to hold at all before it.
pub(super) fn border(count: u64, mut holds: impl FnMut(u64) -> bool) -> Option<u64> {
    if count == 0 || !holds(0) {
        return None;
    }
    let (mut good, mut bad) = (0, None);
    while good + 1 < count {
        let next = (2 * good + 1).min(count - 1);
        if holds(next) {
            good = next;
        } else {
            bad = Some(next);
            break;
        }
    }
    let Some(mut bad) = bad else {
        return Some(good);
    };
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if holds(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Some(good)
}

#[cfg(test)]
mod tests {
    use super::border;

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
