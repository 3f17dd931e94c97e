//! Budgets: what all calls of one client object together may spend on retries.
//!
//! A budget lives in one client object of one process. A fleet of short processes has a full budget
//! in each, so a budget never protects a service from fan-out.

mod finagle;
mod grpc;
mod proportional;
mod quota;
mod restarts;

pub use quota::QuotaRules;

use super::{Class, Memory};
use crate::units::{Span, Time};

/// The rule by which a client allows or forbids retries.
#[derive(Clone, PartialEq, Debug)]
pub enum Budget {
    /// Every retry is allowed.
    None,
    /// The retry quota of AWS SDKs.
    Quota(QuotaRules),
    /// Finagle's retry budget: calls deposit, retries withdraw, deposits expire.
    Finagle {
        /// How long a deposit counts, 1 s to 60 s.
        ttl: Span,
        /// Retries per second that are allowed without any deposit.
        per_second_min: u32,
        /// Retries allowed per call, 0 to 1000; 0.2 is one in five.
        ratio: f64,
    },
    /// gRPC's retry throttling: failures cost tokens, successes earn a part of one, and half of the
    /// tokens must be there.
    Grpc {
        /// Tokens at the start and at most, 1 to 1000.
        tokens_max: u32,
        /// What a success earns, in thousandths of a token.
        thousandths_per_success: u32,
    },
    /// Envoy's retry budget: retries under way at one time.
    Concurrent {
        /// Retries under way that are always allowed.
        min: u32,
        /// Retries under way allowed per call under way, 0 to 1.
        ratio: f64,
    },
    /// A token bucket that calls fill and retries empty (Brooker's `adaptive`).
    Bucket {
        /// Size, full at the start.
        capacity: f64,
        /// What each call adds when it starts.
        deposit: f64,
    },
    /// A circuit breaker: no retry while failures per call exceed a ratio, counted from the start.
    Breaker {
        /// The ratio, failed tries (retries too) over calls.
        ratio_max: f64,
    },
    /// Restarts of one place within a window (Swarm's `max_attempts` with a `window`).
    Restarts {
        /// How many.
        most: u32,
        /// Within which time.
        window: Span,
    },
    /// Failures of all calls together until nothing is tried again (the deployment circuit breaker
    /// of ECS).
    Failures {
        /// So many failures are too many. At least 1.
        too_many: u32,
        /// Whether a success forgets the failures before it.
        forgiven: bool,
    },
}

/// Why a budget cannot be.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct BudgetError {
    /// The number that is out of range.
    pub parameter: &'static str,
    /// What it may be.
    pub allowed: &'static str,
}

impl Budget {
    /// Finagle's defaults: 10 s, 10 a second, 20 % (twitter/finagle @4feb34cb, `RetryBudget.scala`).
    pub const FINAGLE: Budget = Budget::Finagle {
        ttl: Span::from_secs(10),
        per_second_min: 10,
        ratio: 0.2,
    };

    /// The example of gRPC A6: 10 tokens, 0.1 a success.
    pub const GRPC: Budget = Budget::Grpc {
        tokens_max: 10,
        thousandths_per_success: 100,
    };

    /// Envoy with a retry budget: three, or 20 % of the requests under way (@040783c8).
    pub const ENVOY: Budget = Budget::Concurrent { min: 3, ratio: 0.2 };

    /// Envoy without one: three retries at a time (`max_retries`).
    pub const ENVOY_MAX_RETRIES: Budget = Budget::Concurrent { min: 3, ratio: 0.0 };

    /// Brooker's `adaptive` at 10 % (mbrooker/simulator_example @bbfe394, `retry_sim`).
    pub const ADAPTIVE_10PCT: Budget = Budget::Bucket {
        capacity: 5.0,
        deposit: 0.1,
    };

    /// Brooker's `breaker` at 10 % (same source).
    pub const BREAKER_10PCT: Budget = Budget::Breaker { ratio_max: 0.1 };

    /// Checks the numbers.
    ///
    /// # Errors
    /// - A Finagle ttl outside 1 s to 60 s, a ratio outside 0 to 1000, or one so small that its
    ///   reserve does not fit in 64 bits.
    /// - gRPC tokens outside 1 to 1000.
    /// - An Envoy ratio outside 0 to 1.
    /// - A bucket capacity, deposit or breaker ratio that is negative or not a number.
    pub fn check(&self) -> Result<(), BudgetError> {
        let refuse = |parameter, allowed| Err(BudgetError { parameter, allowed });
        match *self {
            Budget::None | Budget::Quota(_) => Ok(()),
            Budget::Finagle {
                ttl,
                ratio,
                per_second_min,
            } => {
                if ttl < Span::from_secs(1) || ttl > Span::from_secs(60) {
                    refuse("ttl", "1s to 60s")
                } else if !(0.0..=1_000.0).contains(&ratio) {
                    refuse("ratio", "0 to 1000")
                } else if !finagle::countable(ttl, per_second_min, ratio) {
                    refuse(
                        "ratio",
                        "0, or large enough to count `per_second_min` in it",
                    )
                } else {
                    Ok(())
                }
            }
            Budget::Grpc { tokens_max, .. } if !(1..=1_000).contains(&tokens_max) => {
                refuse("tokens", "1 to 1000")
            }
            Budget::Grpc { .. } => Ok(()),
            Budget::Concurrent { ratio, .. } if !(0.0..=1.0).contains(&ratio) => {
                refuse("ratio", "0 to 1")
            }
            Budget::Concurrent { .. } => Ok(()),
            Budget::Bucket { capacity, deposit } => {
                if !(0.0..=1e9).contains(&capacity) {
                    refuse("capacity", "0 to 1000000000")
                } else if !(0.0..=1e9).contains(&deposit) {
                    refuse("deposit", "0 to 1000000000")
                } else {
                    Ok(())
                }
            }
            Budget::Breaker { ratio_max } if !(0.0..=1e9).contains(&ratio_max) => {
                refuse("ratio", "0 or more")
            }
            Budget::Failures { too_many: 0, .. } => refuse("failures", "1 or more"),
            Budget::Breaker { .. } | Budget::Restarts { .. } | Budget::Failures { .. } => Ok(()),
        }
    }
}

/// What a client object knows about its budget.
#[derive(Clone, Debug)]
pub(super) enum State {
    None,
    /// Left of an AWS quota or capacity.
    Left(u32),
    Finagle(finagle::Window),
    /// Thousandths of a gRPC token.
    Thousandths(u32),
    /// Calls and retries under way.
    Concurrent {
        calls: u32,
        retries: u32,
    },
    /// Level of a bucket. In doubles, as its source.
    Level(f64),
    /// Calls and failed tries so far.
    Counts {
        calls: f64,
        failures: f64,
    },
    Restarts(restarts::Restarts),
    /// Failures since the last success that forgave them.
    Failures(u32),
}

impl State {
    pub(super) fn new(budget: &Budget, now: Time) -> Self {
        match *budget {
            Budget::None => State::None,
            Budget::Quota(rules) => State::Left(rules.capacity),
            Budget::Finagle { ttl, .. } => State::Finagle(finagle::Window::new(ttl, now)),
            Budget::Grpc { tokens_max, .. } => State::Thousandths(tokens_max * 1_000),
            Budget::Concurrent { .. } => State::Concurrent {
                calls: 0,
                retries: 0,
            },
            Budget::Bucket { capacity, .. } => State::Level(capacity),
            Budget::Breaker { .. } => State::Counts {
                calls: 0.0,
                failures: 0.0,
            },
            Budget::Restarts { .. } => State::Restarts(restarts::Restarts::default()),
            Budget::Failures { .. } => State::Failures(0),
        }
    }

    pub(super) fn quota_left(&self) -> Option<u32> {
        if let State::Left(left) = self {
            Some(*left)
        } else {
            None
        }
    }

    /// A call begins.
    #[inline]
    pub(super) fn begin_call(&mut self, budget: &Budget, now: Time) {
        match (self, budget) {
            (State::Finagle(window), Budget::Finagle { ratio, .. }) => {
                window.add(finagle::deposit(*ratio), now);
            }
            (State::Concurrent { calls, .. }, _) => *calls += 1,
            (State::Level(level), Budget::Bucket { capacity, deposit }) => {
                *level = (*level + deposit).min(*capacity);
            }
            (State::Counts { calls, .. }, _) => *calls += 1.0,
            _ => {}
        }
    }

    /// An attempt succeeded, and its call with it.
    #[inline]
    pub(super) fn after_success(&mut self, budget: &Budget, memory: &Memory) {
        match (self, budget) {
            (State::Left(left), Budget::Quota(rules)) => {
                *left = rules.refunded(*left, memory.quota_taken);
            }
            (
                State::Thousandths(tokens),
                Budget::Grpc {
                    tokens_max,
                    thousandths_per_success,
                },
            ) => *tokens = grpc::after_success(*tokens, *tokens_max, *thousandths_per_success),
            (state @ State::Concurrent { .. }, _) => state.abandon(memory),
            (State::Failures(failures), Budget::Failures { forgiven: true, .. }) => *failures = 0,
            _ => {}
        }
    }

    /// A call is over without an answer.
    #[inline]
    pub(super) fn abandon(&mut self, memory: &Memory) {
        if let State::Concurrent { calls, retries } = self {
            *calls = calls.saturating_sub(1);
            *retries = retries.saturating_sub(u32::from(memory.quota_taken));
        }
    }

    /// An attempt failed. `class` is what the policy makes of it, `more` whether attempts are left.
    /// Books what is booked whether or not the loop goes on.
    #[inline]
    pub(super) fn after_failure(
        &mut self,
        budget: &Budget,
        class: Option<Class>,
        more: bool,
        memory: &mut Memory,
    ) {
        match (self, budget) {
            (State::Thousandths(tokens), _) if class.is_some() => {
                *tokens = grpc::after_failure(*tokens);
            }
            (State::Concurrent { calls, retries }, _) => {
                *retries = retries.saturating_sub(u32::from(memory.quota_taken));
                memory.quota_taken = 0;
                if class.is_none() || !more {
                    *calls = calls.saturating_sub(1);
                }
            }
            (State::Counts { failures, .. }, _) => *failures += 1.0,
            (State::Failures(failures), _) => *failures += 1,
            _ => {}
        }
    }

    /// Takes what a retry costs, if it is there.
    #[inline]
    pub(super) fn take(
        &mut self,
        budget: &Budget,
        class: Class,
        memory: &mut Memory,
        now: Time,
    ) -> bool {
        match (self, budget) {
            (State::Left(left), Budget::Quota(rules)) => {
                let cost = rules.cost(class);
                let Some(rest) = left.checked_sub(u32::from(cost)) else {
                    return false;
                };
                *left = rest;
                if cost > 0 || !rules.refund_any {
                    memory.quota_taken = cost;
                }
                true
            }
            (
                State::Finagle(window),
                Budget::Finagle {
                    ttl,
                    per_second_min,
                    ratio,
                },
            ) => window.try_withdraw(*ttl, *per_second_min, *ratio, now),
            (State::Thousandths(tokens), Budget::Grpc { tokens_max, .. }) => {
                grpc::allows(*tokens, *tokens_max)
            }
            (State::Concurrent { calls, retries }, Budget::Concurrent { min, ratio }) => {
                let allowed = proportional::concurrent_max(*min, *ratio, *calls) > *retries;
                if allowed {
                    *retries += 1;
                    memory.quota_taken = 1;
                } else {
                    *calls = calls.saturating_sub(1);
                }
                allowed
            }
            (State::Level(level), _) => proportional::take_from_bucket(level),
            (State::Counts { calls, failures }, Budget::Breaker { ratio_max }) => {
                *failures / *calls <= *ratio_max
            }
            (State::Restarts(restarts), Budget::Restarts { most, window }) => {
                restarts.take(*most, *window, now)
            }
            (State::Failures(failures), Budget::Failures { too_many, .. }) => *failures < *too_many,
            _ => true,
        }
    }
}
