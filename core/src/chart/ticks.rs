//! Which numbers stand at an axis.

use super::spec::{Axis, Scale, Unit};

/// Steps of time that people count in, in seconds. Below and above go decades.
const STEPS: [f64; 21] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_200.0, 1_800.0,
    3_600.0, 7_200.0, 10_800.0, 14_400.0, 21_600.0, 43_200.0, 86_400.0,
];

/// Powers of ten as time goes: a minute, an hour and a day in place of 100 s, 1,000 s ...
const TIMES: [f64; 18] = [
    1e-9,
    1e-8,
    1e-7,
    1e-6,
    1e-5,
    1e-4,
    1e-3,
    1e-2,
    1e-1,
    1.0,
    10.0,
    60.0,
    600.0,
    3_600.0,
    36_000.0,
    86_400.0,
    864_000.0,
    8_640_000.0,
];

/// Round numbers from 0 to the axis' end, `most` of them at most besides 0.
pub(super) fn ticks(axis: &Axis, most: usize) -> Vec<f64> {
    match axis.scale {
        Scale::Linear => {
            let (numerator, denominator) = step(axis, most);
            (0..=most as u64 + 1)
                .map(|place| place as f64 * numerator / denominator)
                // The last tick may be a rounding above the end.
                .take_while(|tick| *tick <= axis.end * (1.0 + 1e-9))
                .collect()
        }
        Scale::Logarithmic { from } => {
            let powers: Vec<f64> = match axis.unit {
                Unit::Seconds => TIMES.to_vec(),
                Unit::Count | Unit::Share => decades(from, axis.end),
            };
            let shown = |tick: &f64| *tick >= from * (1.0 - 1e-9) && *tick <= axis.end;
            let powers: Vec<f64> = powers.into_iter().filter(shown).collect();
            let every = powers.len().div_ceil(most.max(1)).max(1);
            std::iter::once(0.0)
                .chain(powers.into_iter().step_by(every))
                .collect()
        }
    }
}

/// An axis that ends at a tick.
pub(super) fn rounded_up(mut axis: Axis, most: usize) -> Axis {
    if axis.scale == Scale::Linear {
        let (numerator, denominator) = step(&axis, most);
        let steps = (axis.end / (numerator / denominator) * (1.0 - 1e-9)).ceil();
        axis.end = steps * numerator / denominator;
    }
    axis
}

/// The power of ten, or the time in its place, from which a logarithmic axis counts: the greatest
/// that is not above the `least` number to be told from 0, five powers below the end at most.
pub(super) fn powers_from(unit: Unit, least: f64, end: f64) -> f64 {
    let least = least.max(end / 1e5);
    match unit {
        Unit::Seconds => TIMES
            .into_iter()
            .rev()
            .find(|time| *time <= least)
            .unwrap_or(TIMES[0]),
        Unit::Count | Unit::Share => {
            let (up, down) = power(libm::floor(libm::log10(least)) as i32);
            up / down
        }
    }
}

/// The least round step that is taken `most` times at most, as a fraction, so that multiples of
/// a tenth come out as near to it as they can.
fn step(axis: &Axis, most: usize) -> (f64, f64) {
    let mut least = axis.end / most.max(1) as f64 * (1.0 - 1e-9);
    if axis.unit == Unit::Seconds {
        // Time is whole nanoseconds.
        least = least.max(0.999e-9);
    }
    if axis.unit == Unit::Seconds && (0.5..=86_400.0).contains(&least) {
        let step = STEPS.into_iter().find(|step| *step >= least);
        return (step.unwrap_or(86_400.0), 1.0);
    }
    // Days are counted in decades of days.
    let unit = match axis.unit {
        Unit::Seconds if least > 86_400.0 => 86_400.0,
        Unit::Seconds | Unit::Count | Unit::Share => 1.0,
    };
    let mut exponent = libm::floor(libm::log10(least / unit)) as i32 - 1;
    loop {
        let (up, down) = power(exponent);
        for factor in [1.0, 2.0, 5.0] {
            if factor * unit * up / down >= least {
                return (factor * unit * up, down);
            }
        }
        exponent += 1;
    }
}

/// Ten to the power of an exponent, as a fraction of whole numbers.
fn power(exponent: i32) -> (f64, f64) {
    let ten = (0..exponent.unsigned_abs()).fold(1.0, |ten, _| ten * 10.0);
    if exponent < 0 { (1.0, ten) } else { (ten, 1.0) }
}

fn decades(from: f64, end: f64) -> Vec<f64> {
    let first = libm::round(libm::log10(from)) as i32;
    (first..first + 64)
        .map(|exponent| {
            let (up, down) = power(exponent);
            up / down
        })
        .take_while(|decade| *decade <= end)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(unit: Unit, end: f64, most: usize) -> String {
        let axis = Axis::new("", unit, end);
        let ticks: Vec<String> = ticks(&axis, most)
            .into_iter()
            .map(|tick| axis.write(tick))
            .collect();
        ticks.join(" ")
    }

    #[test]
    fn times_are_counted_in_seconds_minutes_hours_and_days() {
        let times = |end| written(Unit::Seconds, end, 6);
        assert_eq!(times(1e-9), "0s 1ns");
        assert_eq!(times(0.25), "0s 50ms 100ms 150ms 200ms 250ms");
        assert_eq!(times(1.0), "0s 200ms 400ms 600ms 800ms 1s");
        assert_eq!(times(52.4), "0s 10s 20s 30s 40s 50s");
        assert_eq!(times(90.0), "0s 15s 30s 45s 1min 1min 15s 1min 30s");
        assert_eq!(times(3_600.0), "0s 10min 20min 30min 40min 50min 1h");
        assert_eq!(times(86_400.0), "0s 4h 8h 12h 16h 20h 1d");
        assert_eq!(times(40.0 * 86_400.0), "0s 10d 20d 30d 40d");
    }

    #[test]
    fn counts_are_round_at_every_size() {
        let counts = |end| written(Unit::Count, end, 5);
        assert_eq!(counts(200.0), "0 50 100 150 200");
        assert_eq!(counts(0.3), "0 0.1 0.2 0.3");
        assert_eq!(counts(1.8e19), "0 5E 10E 15E");
        assert_eq!(written(Unit::Share, 1.0, 5), "0% 20% 40% 60% 80% 100%");
    }

    #[test]
    fn there_are_never_more_ticks_than_asked_for_nor_none() {
        for unit in [Unit::Seconds, Unit::Count] {
            for exponent in -9..19 {
                for factor in [1.0, 1.7, 3.3, 9.99] {
                    let (up, down) = power(exponent);
                    let axis = Axis::new("", unit, factor * up / down);
                    for most in 2..12 {
                        let ticks = ticks(&axis, most);
                        assert!(ticks.len() <= most + 1, "{axis:?} {most} {ticks:?}");
                        assert!(ticks.len() >= 2, "{axis:?} {most} {ticks:?}");
                        let end = rounded_up(axis.clone(), most).end;
                        assert!(end >= axis.end * (1.0 - 1e-8) && end <= 2.6 * axis.end);
                    }
                }
            }
        }
    }

    #[test]
    fn a_logarithmic_axis_of_times_has_a_minute_and_an_hour() {
        let mut axis = Axis::new("", Unit::Seconds, 9_000.0);
        let from = powers_from(Unit::Seconds, 0.25, axis.end);
        axis.scale = Scale::Logarithmic { from };
        let ticks: Vec<String> = ticks(&axis, 9).into_iter().map(|t| axis.write(t)).collect();
        assert_eq!(ticks.join(" "), "0s 100ms 1s 10s 1min 10min 1h");
    }
}
