//! Hosts that one trigger sets off together.

use super::{ApiCallers, ImagePulls, Placed};
use crate::random::Distribution;
use crate::scenario::cron::Cron;
use crate::units::Span;

/// Hosts that one trigger sets off together: cron at the full hour, connections that an outage cut.
#[derive(Clone, PartialEq, Debug)]
pub struct Herd {
    /// How many hosts.
    pub hosts: u32,
    /// What sets them off.
    pub at: Placed<Trigger>,
    /// How many instants of a schedule count; 1 for other triggers.
    pub rounds: Placed<u32>,
    /// How much later than its trigger each host begins.
    pub splay: Distribution,
    /// Whether a host's splay is drawn once, not for each instant.
    pub fixed_splay: bool,
    /// How far each host's clock is off at most, either way.
    pub skew: Span,
    /// What each of them does.
    pub errand: Errand,
}

/// What sets a herd off.
#[derive(Clone, PartialEq, Debug)]
pub enum Trigger {
    /// These times.
    At(Vec<Span>),
    /// A schedule of the calendar, in UTC.
    Schedule(Cron),
    /// A fault of a service begins, `SERVICE.FAULT`: connections break.
    FaultBegins(String),
    /// A fault of a service ends: what waited for the service goes on.
    FaultEnds(String),
}

/// What each host of a herd does. When it begins is the herd's business.
#[derive(Clone, PartialEq, Debug)]
pub enum Errand {
    /// It calls operations.
    Calls(ApiCallers),
    /// It pulls images.
    Pulls(ImagePulls),
}
