//! Quantiles of Student's t distribution.

use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

/// Above this many degrees of freedom the Cornish-Fisher expansion is exact to double precision.
const EXPANSION_FROM: u32 = 2_000;

/// The quantile of Student's t distribution with `degrees` degrees of freedom: the value below which
/// a share `p` of it lies. Relative error below 1e-9 for `p` from 1e-6 to 1 - 1e-6.
///
/// Up to 2,000 degrees it inverts the finite sums for whole degrees of freedom (Abramowitz and
/// Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4), above it expands around the
/// normal quantile (26.7.5).
///
/// # Panics
/// If `p` is not strictly between 0 and 1, or `degrees` is 0.
pub fn student_quantile(p: f64, degrees: u32) -> f64 {
    assert!(
        p > 0.0 && p < 1.0,
        "a quantile has a probability strictly between 0 and 1"
    );
    assert!(
        degrees > 0,
        "Student's distribution has at least one degree of freedom"
    );
    if p < 0.5 {
        return -upper_quantile(p, degrees);
    }
    upper_quantile(1.0 - p, degrees)
}

/// The value above which a share `tail` of at most one half lies.
fn upper_quantile(tail: f64, degrees: u32) -> f64 {
    match degrees {
        1 => libm::cos(PI * tail) / libm::sin(PI * tail),
        2 => (1.0 - 2.0 * tail) / (2.0 * tail * (1.0 - tail)).sqrt(),
        _ if degrees > EXPANSION_FROM => expansion(upper_normal_quantile(tail), degrees),
        _ => invert(tail, degrees),
    }
}

/// Newton's method on the finite sums. The tail is convex, so that from below the quantile no step
/// goes too far and each gets nearer.
fn invert(tail: f64, degrees: u32) -> f64 {
    let mut t = upper_normal_quantile(tail);
    for _ in 0..100 {
        let (above, density) = tail_and_density(t, degrees);
        let step = (above - tail) / density;
        t += step;
        if step.abs() <= 1e-15 * t.abs() {
            break;
        }
    }
    t
}

/// The share of the distribution above `t`, which is not negative, and its density there.
fn tail_and_density(t: f64, degrees: u32) -> (f64, f64) {
    let v = f64::from(degrees);
    let cos2 = v / (v + t * t);
    let sin = t / (v + t * t).sqrt();
    let is_odd = degrees % 2 == 1;
    // The sums run over k = first, first + 2, ... up to v - 2 with terms c_k * cos^k; beside them
    // `shape` becomes gamma((v + 1) / 2) / gamma(v / 2), from 1 / sqrt(pi) or sqrt(pi) / 2 on.
    let (mut term, mut k) = if is_odd {
        (cos2.sqrt(), 1.0)
    } else {
        (1.0, 0.0)
    };
    let mut shape = if is_odd {
        1.0 / PI.sqrt()
    } else {
        PI.sqrt() / 2.0
    };
    let mut sum = 0.0;
    while k <= v - 2.0 {
        sum += term;
        term *= cos2 * (k + 1.0) / (k + 2.0);
        shape *= (k + 1.0 + 1.0) / (k + 1.0);
        k += 2.0;
    }
    let inside = if is_odd {
        2.0 / PI * (libm::atan2(t, v.sqrt()) + sin * sum)
    } else {
        sin * sum
    };
    let density = shape / (v * PI).sqrt() * libm::pow(cos2, (v + 1.0) / 2.0);
    ((1.0 - inside) / 2.0, density)
}

/// The t quantile as a series in 1/degrees around the normal quantile `z`.
fn expansion(z: f64, degrees: u32) -> f64 {
    let (v, z2) = (f64::from(degrees), z * z);
    let g1 = z * (z2 + 1.0) / 4.0;
    let g2 = z * ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0;
    let g3 = z * (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0;
    let g4 = z * ((((79.0 * z2 + 776.0) * z2 + 1_482.0) * z2 - 1_920.0) * z2 - 945.0) / 92_160.0;
    z + (g1 + (g2 + (g3 + g4 / v) / v) / v) / v
}

/// The quantile of the standard normal distribution: the value below which a share `p` of it lies.
///
/// # Panics
/// If `p` is not strictly between 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    assert!(
        p > 0.0 && p < 1.0,
        "a quantile has a probability strictly between 0 and 1"
    );
    if p < 0.5 {
        -upper_normal_quantile(p)
    } else {
        upper_normal_quantile(1.0 - p)
    }
}

/// The value above which a share `tail` of at most one half of the standard normal lies: a rational
/// approximation within 5e-4 (Abramowitz and Stegun, 26.2.23), made exact by Newton's method.
fn upper_normal_quantile(tail: f64) -> f64 {
    let w = (-2.0 * libm::log(tail)).sqrt();
    let mut z = w
        - ((0.010_328 * w + 0.802_853) * w + 2.515_517)
            / (((0.001_308 * w + 0.189_269) * w + 1.432_788) * w + 1.0);
    for _ in 0..4 {
        let above = libm::erfc(z * FRAC_1_SQRT_2) / 2.0;
        let density = libm::exp(-z * z / 2.0) / (SQRT_2 * PI.sqrt());
        z += (above - tail) / density;
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

    const PROBABILITIES: [f64; 9] = [1e-6, 0.001, 0.025, 0.3, 0.6, 0.9, 0.975, 0.995, 0.999_999];

    #[test]
    fn quantiles_are_where_the_cumulative_distribution_of_another_implementation_says() {
        for degrees in (1..60).chain([99, 100, 299, 999, 1_999, 2_000, 2_001, 9_999, 1_000_000]) {
            let oracle = StudentsT::new(0.0, 1.0, f64::from(degrees)).unwrap();
            for p in PROBABILITIES {
                let t = student_quantile(p, degrees);
                // A relative step of 1e-9 to either side must enclose the probability.
                let step = 1e-9 * t.abs();
                let (below, above) = (oracle.cdf(t - step), oracle.cdf(t + step));
                assert!(
                    below <= p && p <= above,
                    "{degrees} {p}: {t} gives {below}..{above}"
                );
            }
        }
    }

    #[test]
    fn published_tables_agree() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, column 0.975.
        for (degrees, t) in [
            (1, 12.706),
            (2, 4.303),
            (9, 2.262),
            (29, 2.045),
            (100, 1.984),
        ] {
            assert!(
                (student_quantile(0.975, degrees) - t).abs() < 5e-4,
                "{degrees}"
            );
        }
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
    }

    #[test]
    fn normal_quantiles_are_those_of_another_implementation() {
        let oracle = Normal::new(0.0, 1.0).unwrap();
        for p in PROBABILITIES {
            let expected = oracle.inverse_cdf(p);
            assert!(
                (normal_quantile(p) - expected).abs() <= 1e-9 * expected.abs(),
                "{p}"
            );
        }
    }

    #[test]
    fn the_median_is_zero_and_the_sides_mirror_each_other() {
        for degrees in [1, 2, 3, 8, 500, 5_000] {
            assert!(student_quantile(0.5, degrees).abs() < 1e-15);
            assert_eq!(
                student_quantile(0.25, degrees),
                -student_quantile(0.75, degrees)
            );
        }
    }
}
