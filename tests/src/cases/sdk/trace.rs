//! One attempt, as it was recorded and as the engine has it.

use pullstorm_core::retry::{Cubic, RateLimiterState};
use pullstorm_core::units::{Span, Time};
use serde::Deserialize;

/// What the engine did.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub client: u32,
    pub call: u32,
    /// Counted from 1 within the call.
    pub attempt: u32,
    pub sent: Time,
    pub decided: Time,
    pub answered: Time,
    pub admitted: bool,
    /// Before the next attempt of the call, if there is one.
    pub sleep: Option<Span>,
    /// Whether the call ends with it.
    pub last: bool,
    pub quota: Option<u32>,
    pub rate_limiter: Option<RateLimiterState>,
}

/// A line of a trace.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    client: u32,
    call: u32,
    attempt: u32,
    t_send: f64,
    t_server: f64,
    ok: u8,
    t_resp: f64,
    retry_delay: Option<f64>,
    quota: Option<u32>,
    enabled: Option<u8>,
    measured_rate: Option<f64>,
    fill_rate: Option<f64>,
    capacity: Option<f64>,
    tokens: Option<f64>,
    w_max: Option<f64>,
    k: Option<f64>,
}

impl Row {
    /// What is different about an attempt, if anything is.
    pub fn differs(&self, got: &Attempt) -> Option<String> {
        let mut differences = Vec::new();
        let mut exactly = |what: &str, got: Option<u32>, want: Option<u32>| {
            if got != want {
                differences.push(format!("{what} {got:?}, should be {want:?}"));
            }
        };
        exactly("client", Some(got.client), Some(self.client));
        exactly("call", Some(got.call), Some(self.call));
        exactly("attempt", Some(got.attempt), Some(self.attempt));
        exactly("ok", Some(got.admitted.into()), Some(self.ok.into()));
        exactly("quota", got.quota, self.quota);
        let limiter = got.rate_limiter.as_ref();
        exactly(
            "enabled",
            limiter.map(|limiter| limiter.enabled().into()),
            self.enabled.map(u32::from),
        );
        let mut closely = |what: &str, got: Option<f64>, want: Option<f64>| {
            if !agree(got, want) {
                differences.push(format!("{what} {got:?}, should be {want:?}"));
            }
        };
        closely("t_send", Some(got.sent.as_secs_f64()), Some(self.t_send));
        closely(
            "t_server",
            Some(got.decided.as_secs_f64()),
            Some(self.t_server),
        );
        closely(
            "t_resp",
            Some(got.answered.as_secs_f64()),
            Some(self.t_resp),
        );
        closely("delay", got.sleep.map(Span::as_secs_f64), self.retry_delay);
        let of = |value: fn(&RateLimiterState) -> f64| limiter.map(value);
        closely(
            "measured_rate",
            of(|limiter| limiter.meter().rate()),
            self.measured_rate,
        );
        closely(
            "fill_rate",
            of(|limiter| limiter.bucket().fill_rate()),
            self.fill_rate,
        );
        closely(
            "capacity",
            of(|limiter| limiter.bucket().capacity()),
            self.capacity,
        );
        closely(
            "tokens",
            of(|limiter| limiter.bucket().tokens()),
            self.tokens,
        );
        closely("w_max", of(RateLimiterState::rate_max), self.w_max);
        closely(
            "k",
            of(|limiter| Cubic::AWS.seconds_to(limiter.rate_max())),
            self.k,
        );
        (!differences.is_empty()).then(|| differences.join("; "))
    }
}

/// Whether two numbers differ by a millionth at most, or by a nanosecond, which is the smallest time
/// there is here. What is missing agrees only with what is missing.
pub fn agree(got: Option<f64>, want: Option<f64>) -> bool {
    match (got, want) {
        (Some(got), Some(want)) => (got - want).abs() <= (1e-6 * want.abs()).max(1e-9),
        (None, None) => true,
        _ => false,
    }
}
