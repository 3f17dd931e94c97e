//! Where a curve bends.

/// A curve that lies at most this part of its height below its chord is straight.
const STRAIGHT: f64 = 0.01;

/// A curve that leaves the ground between two loads has its knee at the smaller one, where that lies
/// nearly as far below the chord, however far the curve is drawn.
const NEARLY: f64 = 0.95;

/// The knee of a rising, convex curve: its point farthest below the straight line from its first to
/// its last point, both axes scaled to 1 (Kneedle, without smoothing: Satopää, Albrecht, Irwin and
/// Raghavan, "Finding a 'Kneedle' in a Haystack", ICDCS workshops 2011). `None` where the curve does
/// not rise, or is straight within a hundredth.
///
/// Capacity takes it of throttled attempts against load, with nothing throttled at no load. Below
/// the knee a limiter takes what is offered, above it every bit of load is throttled in part; where
/// a burst takes all of the load up to a number, that number is the knee exactly.
pub(super) fn knee(points: &[(f64, f64)]) -> Option<usize> {
    let (first, last) = (points.first()?, points.last()?);
    let (width, height) = (last.0 - first.0, last.1 - first.1);
    if width == 0.0 || height <= 0.0 {
        return None;
    }
    let below = points.iter().map(|(x, y)| {
        let (x, y) = ((x - first.0) / width, (y - first.1) / height);
        x - y
    });
    let below: Vec<f64> = below.collect();
    let farthest = below.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    let (at, most) = farthest.map(|(at, most)| (at, *most))?;
    let leaves_ground = at > 0 && points[at].1 > first.1 && points[at - 1].1 <= first.1;
    let at = match leaves_ground && below[at - 1] >= NEARLY * most {
        true => at - 1,
        false => at,
    };
    (most > STRAIGHT).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::knee;

    #[test]
    fn the_knee_of_a_hockey_stick_is_where_it_leaves_the_ground() {
        for bend in [1.0, 6.0, 40.0] {
            let points: Vec<(f64, f64)> = (0..=64)
                .map(f64::from)
                .map(|x| (x, (x - bend).max(0.0) * 32.0))
                .collect();
            assert_eq!(knee(&points), Some(bend as usize));
        }
    }

    #[test]
    fn the_knee_of_a_parabola_is_in_its_middle() {
        // x - x^2 is greatest at 1/2.
        let points: Vec<(f64, f64)> = (0..=4).map(|x| (f64::from(x), f64::from(x * x))).collect();
        assert_eq!(knee(&points), Some(2));
    }

    #[test]
    fn a_bend_between_two_loads_counts_for_the_smaller_however_far_the_curve_goes() {
        for end in [19, 64, 640] {
            let points: Vec<(f64, f64)> = (0..=end)
                .map(f64::from)
                .map(|x| (x, (32.0 * x - 200.0).max(0.0)))
                .collect();
            assert_eq!(knee(&points), if end == 640 { None } else { Some(6) });
        }
    }

    #[test]
    fn a_straight_or_flat_curve_has_none() {
        let straight: Vec<(f64, f64)> = (0..9).map(|x| (f64::from(x), f64::from(x))).collect();
        assert_eq!(knee(&straight), None);
        assert_eq!(knee(&[(0.0, 0.0), (1.0, 0.0)]), None);
        assert_eq!(knee(&[(2.0, 5.0)]), None);
        assert_eq!(knee(&[]), None);
    }
}
