//! What sets a load off from outside, and when that is over.

use crate::units::Time;

/// Something from outside that makes load, beside arrivals: an outage, a service that cannot start.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct TriggerPlan {
    /// When it is over; [`Time::NEVER`] if nothing ends it.
    pub ends: Time,
    /// Its end in words, or itself if it has none: `` `broken` is removed``.
    pub text: String,
}
