//! How fast a client sends.

/// Weight of the newest half seconds in the rate.
const SMOOTHING: f64 = 0.8;

/// Measures answers per second, smoothed over half-second buckets.
#[derive(Copy, Clone, PartialEq, Debug)]
pub struct RateMeter {
    rate: f64,
    until: f64,
    count: f64,
}

impl RateMeter {
    /// A meter that begins at `now`, in seconds. Its first bucket begins at the whole second before.
    pub fn new(now: f64) -> Self {
        RateMeter {
            rate: 0.0,
            until: now.floor(),
            count: 0.0,
        }
    }

    /// Counts an answer at `now`, in seconds. The rate changes with the first answer in a new half
    /// second, which counts towards the time before it.
    #[inline]
    pub fn record(&mut self, now: f64) {
        let until = (now * 2.0).floor() / 2.0;
        self.count += 1.0;
        if until > self.until {
            let rate = self.count / (until - self.until);
            self.rate = rate * SMOOTHING + self.rate * (1.0 - SMOOTHING);
            self.count = 0.0;
            self.until = until;
        }
    }

    /// The rate per second.
    #[inline]
    pub fn rate(&self) -> f64 {
        self.rate
    }
}
