//! Tails of the binomial distribution: what a count of runs says of the share it estimates.

/// The probability that at least `count` of `trials` independent trials succeed, each with
/// `chance` (0 to 1).
///
/// # Panics
/// If the count is more than the trials, or the chance is no probability.
pub fn at_least(count: u32, trials: u32, chance: f64) -> f64 {
    assert!(count <= trials && (0.0..=1.0).contains(&chance));
    if f64::from(count) <= f64::from(trials) * chance {
        // The other tail is the smaller one, and its terms fall from the first on.
        return match count.checked_sub(1) {
            None => 1.0,
            Some(below) => 1.0 - falling(trials - below, trials, 1.0 - chance),
        };
    }
    falling(count, trials, chance)
}

/// The probability that at most `count` of `trials` independent trials succeed.
///
/// # Panics
/// As [`at_least`].
pub fn at_most(count: u32, trials: u32, chance: f64) -> f64 {
    at_least(trials - count, trials, 1.0 - chance)
}

/// The tail from `count` upwards, where that is above the mean.
fn falling(count: u32, trials: u32, chance: f64) -> f64 {
    if chance <= 0.0 || chance >= 1.0 {
        // Only the mean itself can happen.
        let certain = f64::from(trials) * chance;
        return f64::from(u8::from(f64::from(count) <= certain));
    }
    let choose = log_factorial(trials) - log_factorial(count) - log_factorial(trials - count);
    let log = choose
        + f64::from(count) * libm::log(chance)
        + f64::from(trials - count) * libm::log1p(-chance);
    let (mut term, mut sum) = (libm::exp(log), 0.0);
    for successes in count..=trials {
        sum += term;
        term *= f64::from(trials - successes) / f64::from(successes + 1) * chance / (1.0 - chance);
    }
    sum.min(1.0)
}

fn log_factorial(n: u32) -> f64 {
    libm::lgamma(f64::from(n) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Binomial, DiscreteCDF};

    #[test]
    fn tails_are_those_of_another_implementation() {
        for (trials, chance) in [(1, 0.5), (10, 0.1), (60, 0.95), (300, 0.9), (5_000, 0.999)] {
            let oracle = Binomial::new(chance, trials).unwrap();
            for count in [0, 1, trials / 2, trials - trials / 20, trials] {
                let below = count.checked_sub(1);
                let expected = below.map_or(1.0, |below| oracle.sf(below));
                let count = count as u32;
                let tail = at_least(count, trials as u32, chance);
                assert!(
                    (tail - expected).abs() < 1e-9,
                    "{count} of {trials} at {chance}"
                );
                let lower = at_most(count, trials as u32, chance);
                assert!((lower - oracle.cdf(u64::from(count))).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn certainty_has_one_outcome() {
        assert_eq!((at_least(3, 3, 1.0), at_least(1, 3, 0.0)), (1.0, 0.0));
        assert_eq!((at_most(2, 3, 1.0), at_most(0, 3, 0.0)), (0.0, 1.0));
        assert_eq!(at_least(0, 0, 0.5), 1.0);
    }

    #[test]
    fn sixty_of_sixty_is_what_it_takes_to_say_95_percent() {
        assert!(at_least(58, 58, 0.95) > 0.05);
        assert!(at_least(59, 59, 0.95) <= 0.05);
    }
}
