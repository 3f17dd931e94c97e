//! The curve by which the send rate grows back after throttling.

/// A cubic curve through the rate at the last throttling, as in TCP CUBIC.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct Cubic {
    /// Part of the rate that is kept when throttled.
    pub beta: f64,
    /// Steepness.
    pub scale: f64,
}

impl Cubic {
    /// The constants of all AWS SDKs.
    pub const AWS: Cubic = Cubic {
        beta: 0.7,
        scale: 0.4,
    };

    /// The rate right after throttling at `rate_max`.
    #[inline]
    pub fn throttled(self, rate_max: f64) -> f64 {
        rate_max * self.beta
    }

    /// K: seconds after throttling at which the curve is back at `rate_max`.
    #[inline]
    pub fn seconds_to(self, rate_max: f64) -> f64 {
        libm::cbrt(rate_max * (1.0 - self.beta) / self.scale)
    }

    /// The rate `elapsed` seconds after throttling at `rate_max`.
    #[inline]
    pub fn rate(self, rate_max: f64, elapsed: f64) -> f64 {
        let x = elapsed - self.seconds_to(rate_max);
        self.scale * (x * x * x) + rate_max
    }
}
