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

    fn mean_and_deviation(distribution: &Distribution) -> (f64, f64) {
        let keys = Keys::new(11, 0);
        let mut uniform = keys.sequence(Purpose::Work, Key::ROOT, 0);
        let n = 200_000;
        let draws: Vec<f64> = (0..n)
            .map(|_| distribution.draw(&mut uniform).as_secs_f64())
            .collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n);
        (mean, variance.sqrt())
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
