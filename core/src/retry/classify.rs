//! Which errors a policy retries, and as what.

/// What a policy makes of an error it retries.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
#[repr(u8)]
pub enum Class {
    /// A limiter said no.
    Throttling,
    /// The service failed by itself, or the connection did.
    Transient,
    /// No answer came in time.
    Timeout,
}

/// Where an error comes from.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Origin {
    /// The service answered.
    Response,
    /// No answer came in time.
    Timeout,
    /// The connection failed.
    Connection,
}

/// An error as it looks on the wire.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct ErrorShape {
    /// Where it comes from.
    pub origin: Origin,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The provider's error code, if the answer carries one.
    pub code: Option<String>,
}

/// The classification of a plain retry loop: 429 and codes that speak of throttling, 408, 5xx,
/// timeouts and failed connections.
pub(super) fn generic(error: &ErrorShape) -> Option<Class> {
    match error.origin {
        Origin::Timeout => return Some(Class::Timeout),
        Origin::Connection => return Some(Class::Transient),
        Origin::Response => {}
    }
    let code = error.code.as_deref().unwrap_or("");
    if error.status == Some(429) || THROTTLING_CODES.contains(&code) {
        return Some(Class::Throttling);
    }
    match error.status {
        Some(408) => Some(Class::Timeout),
        Some(500 | 502 | 503 | 504) => Some(Class::Transient),
        _ => None,
    }
}

/// Codes by which AWS services and registries say that they throttle.
const THROTTLING_CODES: [&str; 9] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "SlowDown",
    "TOOMANYREQUESTS",
];
