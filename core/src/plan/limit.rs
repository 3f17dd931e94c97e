//! Limiters, operations and errors of a plan.

use super::Assumption;
use crate::limiter;
use crate::retry::{ErrorShape, HintHeader};
use crate::scenario::model::Scope;
use crate::units::{Rate, Span, Time};

/// An operation of a service.
#[derive(Clone, Debug)]
pub struct OperationPlan {
    /// Name of the service in the scenario.
    pub service: String,
    /// Name of the operation.
    pub name: String,
}

/// A limiter of the plan.
#[derive(Clone, Debug)]
pub struct LimiterPlan {
    /// Name of the service in the scenario.
    pub service: String,
    /// Its name within the service.
    pub name: String,
    /// The counting rule and its options.
    pub spec: limiter::Spec,
    /// Whether it is the client's own, so that its refusals never reach a service.
    pub client_side: bool,
    /// What it counts by.
    pub scope: Scope,
    /// Its keys, in words.
    pub keys: Vec<String>,
    /// What a refusal looks like; into `errors`.
    pub error: u32,
    /// What a refusal says about coming back.
    pub hint: Hint,
    /// Load of other callers on each key.
    pub background: Rate,
    /// Whether the provider raises it.
    pub raisable: Option<bool>,
    /// Records of the catalog it comes from.
    pub records: Vec<String>,
    /// Where the numbers come from, in words.
    pub source: String,
    /// What about the numbers is assumed or inferred.
    pub assumption: Option<Assumption>,
}

/// What a refusal says about coming back, and in which header. A policy that reads another header
/// does not see it.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Hint {
    /// Nothing.
    None,
    /// The time until the request would be admitted, rounded up to what the header can say.
    Exact(HintHeader),
    /// Always this.
    Fixed(HintHeader, Span),
}

impl Hint {
    /// The header it is in.
    pub const fn header(self) -> Option<HintHeader> {
        match self {
            Hint::None => None,
            Hint::Exact(header) | Hint::Fixed(header, _) => Some(header),
        }
    }
}

/// One question to one limiter.
#[derive(Copy, Clone, Debug)]
pub struct Check {
    /// Into `limiters`.
    pub limiter: u32,
    /// Credits it takes.
    pub cost: u32,
    /// Under which key.
    pub key: KeyRule,
}

/// How an activity finds its index in something that is kept by key.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum KeyRule {
    /// Always the same.
    Constant(u32),
    /// `base + (i / divisor) % modulus`, where i is the activity's place in its block.
    Place {
        /// The first key.
        base: u32,
        /// How many neighbours share a key.
        divisor: u32,
        /// How many keys there are.
        modulus: u32,
    },
    /// `base + (i / divisor) % hosts % groups`: hosts dealt out in turn over what several of them
    /// share, like the NAT gateway of a zone.
    Dealt {
        /// The first key.
        base: u32,
        /// How many neighbours are on a host.
        divisor: u32,
        /// How many hosts there are.
        hosts: u32,
        /// How many keys there are.
        groups: u32,
    },
    /// `base` plus the number of the slot of a pool that the activity holds, or the one it works
    /// for, modulo `keys`: what a limiter counts by machine, where machines are slots. For limiters
    /// only.
    Slot {
        /// The key of slot 0.
        base: u32,
        /// How many keys there are.
        keys: u32,
        /// Into `pools`.
        pool: u32,
    },
    /// What a list says for the activity's place in its block. For limiters only.
    Listed {
        /// More than any key that the list has.
        keys: u32,
        /// Into `lists`.
        list: u32,
    },
    /// One of the addresses of a NAT gateway, drawn for each attempt. For limiters only.
    Egress {
        /// The first key.
        base: u32,
        /// How many keys there are.
        keys: u32,
        /// Into `egresses`.
        egress: u32,
    },
}

/// How requests leave through NAT gateways that have several addresses each.
///
/// The key of an attempt is `address * gateways + gateway`.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct EgressPlan {
    /// The gateway of an activity, from 0: any rule but another [`KeyRule::Egress`].
    pub gateway: KeyRule,
    /// How many gateways.
    pub gateways: u32,
    /// How many addresses each has.
    pub addresses: u32,
}

impl KeyRule {
    /// All indices it can give.
    pub fn indices(self) -> std::ops::Range<u32> {
        match self {
            KeyRule::Constant(key) => key..key + 1,
            KeyRule::Place { base, modulus, .. } => base..base + modulus,
            KeyRule::Dealt { base, groups, .. } => base..base + groups,
            KeyRule::Listed { keys, .. } => 0..keys,
            KeyRule::Slot { base, keys, .. } | KeyRule::Egress { base, keys, .. } => {
                base..base + keys
            }
        }
    }

    /// The index for the activity at `place` in its block.
    ///
    /// # Panics
    /// If it depends on a slot, a draw or a list: only the engine knows who holds which, what is
    /// drawn, and what the plan lists.
    #[inline]
    pub fn index(self, place: u32) -> u32 {
        match self {
            KeyRule::Constant(key) => key,
            KeyRule::Place {
                base,
                divisor,
                modulus,
            } => base + (place / divisor) % modulus,
            KeyRule::Dealt {
                base,
                divisor,
                hosts,
                groups,
            } => base + (place / divisor) % hosts % groups,
            KeyRule::Slot { .. } | KeyRule::Egress { .. } | KeyRule::Listed { .. } => {
                panic!("slots, draws and lists are the engine's business")
            }
        }
    }
}

/// A way in which a service fails by itself.
#[derive(Copy, Clone, Debug)]
pub struct FaultPlan {
    /// What it looks like; into `errors`.
    pub error: u32,
    /// Chance for each attempt, in parts per million.
    pub chance_ppm: u32,
    /// From when.
    pub from: Time,
    /// Until when.
    pub until: Time,
    /// If the service does not answer: when the client stops waiting, counted from sending.
    pub timeout: Option<Span>,
}

/// Something that can go wrong.
#[derive(Clone, Debug)]
pub struct ErrorPlan {
    /// As it looks on the wire.
    pub shape: ErrorShape,
    /// Who made it.
    pub source: ErrorSource,
    /// In words, for reports.
    pub text: String,
}

/// Who makes an error.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum ErrorSource {
    /// A limiter; into `limiters`.
    Limiter(u32),
    /// The service itself.
    Service,
    /// A write that came too late (optimistic concurrency control).
    Conflict,
}
