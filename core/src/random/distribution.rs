//! Distributions of spans: how long things take where they vary.

use super::Uniform;
use crate::units::Span;

/// How a span varies.
#[derive(Clone, PartialEq, Debug)]
pub enum Distribution {
    /// Always the same.
    Constant(Span),
    /// Any length between two, each as likely.
    Uniform {
        /// The shortest.
        low: Span,
        /// The longest.
        high: Span,
    },
    /// Memoryless with this mean.
    Exponential {
        /// The mean.
        mean: Span,
    },
    /// A product of many small effects: `median * exp(sigma * normal)`.
    LogNormal {
        /// Half are shorter.
        median: Span,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// The absolute value of a normal variable (the network delay of the backoff simulator by
    /// Brooker, AWS Architecture Blog 2015).
    AbsoluteNormal {
        /// Mean before the absolute value is taken.
        mean: Span,
        /// Standard deviation.
        deviation: Span,
    },
    /// A normal variable, drawn again while it lies outside its bounds.
    TruncatedNormal {
        /// Mean of the normal before it is cut.
        mean: Span,
        /// Its standard deviation.
        deviation: Span,
        /// The shortest that is kept.
        low: Span,
        /// The longest that is kept.
        high: Span,
    },
    /// One of the measured values, each as likely.
    Empirical(Vec<Span>),
}

/// Why parameters do not make a distribution.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum DistributionError {
    /// The upper bound lies below the lower.
    EmptyRange,
    /// A standard deviation is negative or not a number.
    Deviation,
    /// There are no values to draw from.
    NoValues,
    /// The bounds keep less than one draw in a thousand.
    BoundsTooFar,
}

impl Distribution {
    /// Checks the parameters.
    ///
    /// # Errors
    /// - [`DistributionError::EmptyRange`] if an upper bound lies below the lower,
    /// - [`DistributionError::Deviation`] if `sigma` is negative or not finite,
    /// - [`DistributionError::NoValues`] if there is nothing to draw from,
    /// - [`DistributionError::BoundsTooFar`] if bounds lie so far out that hardly any draw is kept.
    pub fn check(&self) -> Result<(), DistributionError> {
        match self {
            Distribution::Constant(_)
            | Distribution::Exponential { .. }
            | Distribution::AbsoluteNormal { .. } => Ok(()),
            Distribution::Uniform { low, high } if low > high => Err(DistributionError::EmptyRange),
            Distribution::Uniform { .. } => Ok(()),
            Distribution::LogNormal { sigma, .. } if !sigma.is_finite() || *sigma < 0.0 => {
                Err(DistributionError::Deviation)
            }
            Distribution::LogNormal { .. } => Ok(()),
            Distribution::TruncatedNormal { low, high, .. } if low > high => {
                Err(DistributionError::EmptyRange)
            }
            Distribution::TruncatedNormal {
                mean,
                deviation,
                low,
                high,
            } => {
                let (mean, deviation) = (mean.as_secs_f64(), deviation.as_secs_f64());
                let below = normal_cdf((low.as_secs_f64() - mean) / deviation.max(1e-12));
                let above = normal_cdf((high.as_secs_f64() - mean) / deviation.max(1e-12));
                if above - below < 1e-3 {
                    Err(DistributionError::BoundsTooFar)
                } else {
                    Ok(())
                }
            }
            Distribution::Empirical(values) if values.is_empty() => {
                Err(DistributionError::NoValues)
            }
            Distribution::Empirical(_) => Ok(()),
        }
    }

    /// Whether every draw is the same.
    pub fn is_constant(&self) -> bool {
        match self {
            Distribution::Constant(_) => true,
            Distribution::Uniform { low, high } => low == high,
            Distribution::Empirical(values) => values.windows(2).all(|pair| pair[0] == pair[1]),
            Distribution::Exponential { mean } => mean.is_zero(),
            Distribution::LogNormal { sigma, .. } => *sigma == 0.0,
            Distribution::AbsoluteNormal { deviation, .. }
            | Distribution::TruncatedNormal { deviation, .. } => deviation.is_zero(),
        }
    }

    /// Draws one span.
    #[inline]
    pub fn draw<U: Uniform>(&self, uniform: &mut U) -> Span {
        // Most are constant; no call for those.
        match self {
            Distribution::Constant(span) => *span,
            _ => self.draw_varying(uniform),
        }
    }

    fn draw_varying<U: Uniform>(&self, uniform: &mut U) -> Span {
        match self {
            Distribution::Constant(span) => *span,
            Distribution::Uniform { low, high } => {
                let width = high.as_nanos() - low.as_nanos();
                Span::from_nanos(low.as_nanos() + uniform.below(width.saturating_add(1)))
            }
            Distribution::Exponential { mean } => {
                Span::from_secs_f64(-libm::log1p(-uniform.unit()) * mean.as_secs_f64())
            }
            Distribution::LogNormal { median, sigma } => {
                Span::from_secs_f64(median.as_secs_f64() * libm::exp(sigma * normal(uniform)))
            }
            Distribution::AbsoluteNormal { mean, deviation } => Span::from_secs_f64(
                (mean.as_secs_f64() + deviation.as_secs_f64() * normal(uniform)).abs(),
            ),
            Distribution::TruncatedNormal {
                mean,
                deviation,
                low,
                high,
            } => {
                let draw = |uniform: &mut U| {
                    mean.as_secs_f64() + deviation.as_secs_f64() * normal(uniform)
                };
                let (low, high) = (low.as_secs_f64(), high.as_secs_f64());
                // `check` keeps at least one draw in a thousand, so this ends; the bound makes it
                // certain.
                for _ in 0..100_000 {
                    let seconds = draw(uniform);
                    if (low..=high).contains(&seconds) {
                        return Span::from_secs_f64(seconds);
                    }
                }
                Span::from_secs_f64(mean.as_secs_f64().clamp(low, high))
            }
            Distribution::Empirical(values) => values[uniform.below(values.len() as u64) as usize],
        }
    }

    /// The shortest span that can be drawn.
    pub fn shortest(&self) -> Span {
        match self {
            Distribution::Constant(span) => *span,
            Distribution::Uniform { low, .. } | Distribution::TruncatedNormal { low, .. } => *low,
            Distribution::Exponential { .. }
            | Distribution::LogNormal { .. }
            | Distribution::AbsoluteNormal { .. } => Span::ZERO,
            Distribution::Empirical(values) => values.iter().copied().min().unwrap_or(Span::ZERO),
        }
    }

    /// The mean of what is drawn, in seconds (Johnson, Kotz, Balakrishnan: Continuous Univariate
    /// Distributions, volume 1, 1994: log-normal 14.2, folded and truncated normal 13.10).
    pub fn mean(&self) -> f64 {
        let density = |x: f64| libm::exp(-x * x / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
        match self {
            Distribution::Constant(span) => span.as_secs_f64(),
            Distribution::Uniform { low, high } => (low.as_secs_f64() + high.as_secs_f64()) / 2.0,
            Distribution::Exponential { mean } => mean.as_secs_f64(),
            Distribution::LogNormal { median, sigma } => {
                median.as_secs_f64() * libm::exp(sigma * sigma / 2.0)
            }
            Distribution::AbsoluteNormal { mean, deviation } => {
                let (mean, deviation) = (mean.as_secs_f64(), deviation.as_secs_f64());
                if deviation == 0.0 {
                    return mean;
                }
                let z = mean / deviation;
                2.0 * deviation * density(z) + mean * (1.0 - 2.0 * normal_cdf(-z))
            }
            Distribution::TruncatedNormal {
                mean,
                deviation,
                low,
                high,
            } => {
                let (mean, deviation) = (mean.as_secs_f64(), deviation.as_secs_f64());
                if deviation == 0.0 {
                    return mean;
                }
                let z = |span: &Span| (span.as_secs_f64() - mean) / deviation;
                let (low, high) = (z(low), z(high));
                let kept = normal_cdf(high) - normal_cdf(low);
                mean + deviation * (density(low) - density(high)) / kept
            }
            Distribution::Empirical(values) => {
                let sum: f64 = values.iter().map(|it| it.as_secs_f64()).sum();
                sum / values.len().max(1) as f64
            }
        }
    }

    /// The longest span that can be drawn; `None` where there is no such span.
    pub fn longest(&self) -> Option<Span> {
        match self {
            Distribution::Constant(span) => Some(*span),
            Distribution::Uniform { high, .. } | Distribution::TruncatedNormal { high, .. } => {
                Some(*high)
            }
            Distribution::Exponential { .. }
            | Distribution::LogNormal { .. }
            | Distribution::AbsoluteNormal { .. } => None,
            Distribution::Empirical(values) => values.iter().copied().max(),
        }
    }
}

/// A standard normal number by the polar-free Box-Muller transform: two uniforms, one normal, so
/// that the number of draws never depends on what was drawn.
fn normal<U: Uniform>(uniform: &mut U) -> f64 {
    let radius = (-2.0 * libm::log1p(-uniform.unit())).sqrt();
    radius * libm::cos(2.0 * std::f64::consts::PI * uniform.unit())
}

fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Keys, Purpose};

    const DRAWS: u32 = 200_000;

    /// Standard errors that a right sampler is off with another seed in one of 1.7 million cases, as
    /// means of so many draws are normal. The seed is fixed: what passes once passes always.
    const ERRORS: f64 = 5.0;

    /// Draws in seconds.
    fn draws(distribution: &Distribution) -> Vec<f64> {
        let keys = Keys::new(11, 0);
        let mut uniform = keys.sequence(Purpose::Work, Key::ROOT, 0);
        (0..DRAWS)
            .map(|_| distribution.draw(&mut uniform).as_secs_f64())
            .collect()
    }

    fn mean_and_deviation(distribution: &Distribution) -> (f64, f64) {
        moments(&draws(distribution))
    }

    fn moments(draws: &[f64]) -> (f64, f64) {
        let mean = draws.iter().sum::<f64>() / f64::from(DRAWS);
        let squares = draws.iter().map(|x| (x - mean) * (x - mean));
        let variance = squares.sum::<f64>() / f64::from(DRAWS);
        (mean, variance.sqrt())
    }

    /// Holds mean and standard deviation to what they should be, each within [`ERRORS`]: those of a mean
    /// are `s / sqrt(n)`, those of a standard deviation `sqrt((m4 - s^4) / n) / 2s`.
    fn has_moments(draws: &[f64], mean: f64, deviation: f64) {
        let (got, spread) = moments(draws);
        let n = f64::from(DRAWS);
        let squares = draws.iter().map(|x| (x - got) * (x - got));
        let fourth = squares.map(|x| x * x).sum::<f64>() / n;
        let square = spread * spread;
        let of_mean = spread / n.sqrt();
        let of_deviation = ((fourth - square * square) / n).sqrt() / (2.0 * spread);
        assert!((got - mean).abs() < ERRORS * of_mean, "mean {got}, {mean}");
        assert!(
            (spread - deviation).abs() < ERRORS * of_deviation,
            "deviation {spread}, {deviation}"
        );
    }

    /// Holds how many draws are so to a share, within [`ERRORS`] of a binomial count.
    fn has_share(draws: &[f64], share: f64, is_so: impl Fn(f64) -> bool) {
        let n = f64::from(DRAWS);
        let got = draws.iter().filter(|x| is_so(**x)).count() as f64 / n;
        let error = (share * (1.0 - share) / n).sqrt();
        assert!((got - share).abs() <= ERRORS * error, "{got}, {share}");
    }

    #[test]
    fn the_mean_is_that_of_the_draws() {
        let span = Span::from_secs;
        let all = [
            Distribution::Constant(span(7)),
            Distribution::Uniform {
                low: span(2),
                high: span(30),
            },
            Distribution::Exponential { mean: span(9) },
            Distribution::LogNormal {
                median: span(5),
                sigma: 0.6,
            },
            Distribution::AbsoluteNormal {
                mean: span(3),
                deviation: span(4),
            },
            // More of it is cut off below than above.
            Distribution::TruncatedNormal {
                mean: span(5),
                deviation: span(6),
                low: span(2),
                high: span(20),
            },
            Distribution::Empirical([1, 1, 4, 40].map(Span::from_secs).to_vec()),
        ];
        for distribution in all {
            let (mean, deviation) = mean_and_deviation(&distribution);
            let error = deviation / f64::from(DRAWS).sqrt();
            let off = (distribution.mean() - mean).abs();
            assert!(off <= ERRORS * error, "{distribution:?}: {mean}");
        }
    }

    #[test]
    fn an_empirical_draw_is_one_of_the_measured_values_each_as_often_as_it_was_measured() {
        let measured = [3, 1, 1, 7, 40, 1, 3, 2, 2, 1];
        let spans = measured.iter().map(|it| Span::from_secs(*it));
        let drawn = draws(&Distribution::Empirical(spans.collect()));
        for (value, times) in [(1.0, 4), (2.0, 2), (3.0, 2), (7.0, 1), (40.0, 1)] {
            has_share(&drawn, f64::from(times) / 10.0, |x| x == value);
        }
        // The steps of its distribution function are those of the measured values, none between them.
        for (up_to, share) in [
            (0.9, 0.0),
            (1.5, 0.4),
            (2.5, 0.6),
            (5.0, 0.8),
            (39.0, 0.9),
            (40.0, 1.0),
        ] {
            has_share(&drawn, share, |x| x <= up_to);
        }
    }

    /// `exp(sigma^2 / 2)` medians in the mean, `sqrt(exp(sigma^2) - 1)` means as deviation; 1.2816 is the
    /// 90 % quantile of a standard normal variable.
    #[test]
    fn a_lognormal_has_the_spread_that_its_sigma_says_and_its_median_in_the_middle() {
        for sigma in [0.3, 0.5, 1.0_f64] {
            let median = 2.0;
            let drawn = draws(&Distribution::LogNormal {
                median: Span::from_secs(2),
                sigma,
            });
            let square = sigma * sigma;
            let mean = median * libm::exp(square / 2.0);
            has_moments(&drawn, mean, mean * libm::expm1(square).sqrt());
            has_share(&drawn, 0.5, |x| x < median);
            let p90 = median * libm::exp(1.281_551_565_544_6 * sigma);
            has_share(&drawn, 0.9, |x| x < p90);
            let logs: Vec<f64> = drawn.iter().map(|x| libm::log(*x)).collect();
            has_moments(&logs, libm::log(median), sigma);
        }
    }

    /// Mean and variance of a normal variable between a and b (in standard deviations) by its density
    /// f and distribution function F: with Z = F(b) - F(a) and d = (f(a) - f(b)) / Z, the mean is d and
    /// the variance 1 + (a f(a) - b f(b)) / Z - d^2.
    #[test]
    fn a_truncated_normal_is_the_middle_of_a_normal_and_heaps_nothing_on_its_borders() {
        let density = |x: f64| libm::exp(-x * x / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
        // About the mean, with the mean near a border, and with the mean outside.
        for (low, high) in [(4, 6), (1, 5), (6, 20)] {
            let (mean, deviation) = (5.0, 3.0);
            let drawn = draws(&Distribution::TruncatedNormal {
                mean: Span::from_secs(5),
                deviation: Span::from_secs(3),
                low: Span::from_secs(low),
                high: Span::from_secs(high),
            });
            let (low, high) = (low as f64, high as f64);
            assert!(drawn.iter().all(|x| (low..=high).contains(x)));
            let (a, b) = ((low - mean) / deviation, (high - mean) / deviation);
            let inside = normal_cdf(b) - normal_cdf(a);
            let shift = (density(a) - density(b)) / inside;
            let narrowed = 1.0 + (a * density(a) - b * density(b)) / inside - shift * shift;
            has_moments(
                &drawn,
                mean + deviation * shift,
                deviation * narrowed.sqrt(),
            );
            // Clamped, every draw outside would lie on a border: at least a sixth of them.
            let edge = (high - low) / 100.0;
            let share_below =
                |x: f64| (normal_cdf((x - mean) / deviation) - normal_cdf(a)) / inside;
            has_share(&drawn, share_below(low + edge), |x| x < low + edge);
            has_share(&drawn, 1.0 - share_below(high - edge), |x| x > high - edge);
            assert!(!drawn.contains(&low) && !drawn.contains(&high));
        }
    }

    #[test]
    fn samplers_have_the_moments_of_their_distributions() {
        let second = Span::from_secs(1);
        let near = |got: f64, want: f64| assert!((got - want).abs() < 0.01, "{got} {want}");
        let (mean, deviation) = mean_and_deviation(&Distribution::Exponential { mean: second });
        near(mean, 1.0);
        near(deviation, 1.0);
        let wide = Distribution::Uniform {
            low: Span::ZERO,
            high: Span::from_secs(2),
        };
        let (mean, deviation) = mean_and_deviation(&wide);
        near(mean, 1.0);
        near(deviation, 2.0 / 12f64.sqrt());
        let (mean, _) = mean_and_deviation(&Distribution::LogNormal {
            median: second,
            sigma: 0.5,
        });
        near(mean, libm::exp(0.125));
        let (mean, deviation) = mean_and_deviation(&Distribution::AbsoluteNormal {
            mean: Span::from_secs(10),
            deviation: Span::from_secs(2),
        });
        assert!((mean - 10.0).abs() < 0.03 && (deviation - 2.0).abs() < 0.03);
    }

    #[test]
    fn a_truncated_normal_stays_inside_and_refuses_bounds_it_cannot_meet() {
        let bounded = Distribution::TruncatedNormal {
            mean: Span::from_secs(5),
            deviation: Span::from_secs(3),
            low: Span::from_secs(4),
            high: Span::from_secs(6),
        };
        let keys = Keys::new(3, 0);
        let mut uniform = keys.sequence(Purpose::Work, Key::ROOT, 0);
        for _ in 0..10_000 {
            let span = bounded.draw(&mut uniform);
            assert!(span >= Span::from_secs(4) && span <= Span::from_secs(6));
        }
        let hopeless = Distribution::TruncatedNormal {
            mean: Span::from_secs(1),
            deviation: Span::from_millis(1),
            low: Span::from_secs(4),
            high: Span::from_secs(6),
        };
        assert_eq!(hopeless.check(), Err(DistributionError::BoundsTooFar));
    }
}
