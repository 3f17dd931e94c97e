//! Strategies by name and their parameters by name: what scenarios write and tuners turn.
//!
//! # Examples
//!
//! ```
//! use pullstorm_core::retry::{Params, RetryPolicy, StrategyKind};
//! use pullstorm_core::units::Span;
//!
//! let params = Params {
//!     attempts: Some(8),
//!     base: Some(Span::from_millis(100)),
//!     cap: Some(Span::from_secs(20)),
//!     ..Params::default()
//! };
//! let policy = RetryPolicy::build(StrategyKind::FullJitter, &params)?;
//! assert_eq!(policy.describe(), "8 attempts (7 retries)");
//! # Ok::<(), pullstorm_core::retry::PolicyError>(())
//! ```

mod build;
mod kind;
mod numbers;

pub use kind::{Need, StrategyKind};

use super::{Budget, BudgetError};
use crate::units::Span;

/// A parameter's name.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub enum Parameter {
    /// Sends in all, the first included. A count of at least 1.
    Attempts,
    /// The sleep of `fixed`.
    Delay,
    /// Shortest sleep, or ceiling before the first retry; after errors other than throttling where
    /// the strategy tells them apart.
    Base,
    /// Ceiling before the first retry after a throttling error.
    ThrottledBase,
    /// Longest sleep.
    Cap,
    /// Exponent before the first retry: 0, or 1 to count as the AWS Architecture Blog does.
    FirstExponent,
    /// Growth from one retry to the next, 1 to 100.
    Multiplier,
    /// The longest jitter that is added to a sleep, as a part of it: 0 to 1.
    Jitter,
    /// Size of the retry quota. A count.
    Quota,
    /// Whether a hint of the server replaces the sleep.
    RetryAfter,
    /// The longest sleep that a hint can cause.
    RetryAfterCap,
    /// Whether calls are long polls.
    LongPolling,
    /// The client-side retry budget.
    Budget,
}

/// A parameter's value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A length of time.
    Span(Span),
    /// A whole number.
    Count(u32),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A budget.
    Budget(Budget),
}

/// Parameters, each given or not.
#[derive(Clone, Default, PartialEq, Debug)]
#[expect(
    missing_docs,
    reason = "each field is the `Parameter` of the same name"
)]
pub struct Params {
    pub attempts: Option<u32>,
    pub delay: Option<Span>,
    pub base: Option<Span>,
    pub throttled_base: Option<Span>,
    pub cap: Option<Span>,
    pub first_exponent: Option<u32>,
    pub multiplier: Option<f64>,
    pub jitter: Option<f64>,
    pub quota: Option<u32>,
    pub retry_after: Option<bool>,
    pub retry_after_cap: Option<Span>,
    pub long_polling: Option<bool>,
    pub budget: Option<Budget>,
}

/// Why parameters make no policy.
#[derive(Clone, PartialEq, Debug)]
pub enum PolicyError {
    /// The strategy cannot do without it.
    Missing {
        /// The strategy.
        strategy: StrategyKind,
        /// What is missing.
        parameter: Parameter,
    },
    /// The strategy does not know it.
    Superfluous {
        /// The strategy.
        strategy: StrategyKind,
        /// What is too much.
        parameter: Parameter,
    },
    /// The value is out of range.
    OutOfRange {
        /// What is out of range.
        parameter: Parameter,
        /// What it may be, in words.
        allowed: &'static str,
    },
    /// A number of the budget is out of range.
    Budget(BudgetError),
}

impl Parameter {
    /// All parameters.
    pub const ALL: [Parameter; 13] = [
        Parameter::Attempts,
        Parameter::Delay,
        Parameter::Base,
        Parameter::ThrottledBase,
        Parameter::Cap,
        Parameter::FirstExponent,
        Parameter::Multiplier,
        Parameter::Jitter,
        Parameter::Quota,
        Parameter::RetryAfter,
        Parameter::RetryAfterCap,
        Parameter::LongPolling,
        Parameter::Budget,
    ];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Parameter::Attempts => "attempts",
            Parameter::Delay => "delay",
            Parameter::Base => "base",
            Parameter::ThrottledBase => "throttled_base",
            Parameter::Cap => "cap",
            Parameter::FirstExponent => "first_exponent",
            Parameter::Multiplier => "multiplier",
            Parameter::Jitter => "jitter",
            Parameter::Quota => "quota",
            Parameter::RetryAfter => "retry_after",
            Parameter::RetryAfterCap => "retry_after_cap",
            Parameter::LongPolling => "long_polling",
            Parameter::Budget => "budget",
        }
    }

    /// The parameter of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Parameter::ALL
            .into_iter()
            .find(|parameter| parameter.name() == name)
    }
}

impl Params {
    /// The value of a parameter, if it is given.
    pub fn get(&self, parameter: Parameter) -> Option<Value> {
        match parameter {
            Parameter::Attempts => self.attempts.map(Value::Count),
            Parameter::Delay => self.delay.map(Value::Span),
            Parameter::Base => self.base.map(Value::Span),
            Parameter::ThrottledBase => self.throttled_base.map(Value::Span),
            Parameter::Cap => self.cap.map(Value::Span),
            Parameter::FirstExponent => self.first_exponent.map(Value::Count),
            Parameter::Multiplier => self.multiplier.map(Value::Number),
            Parameter::Jitter => self.jitter.map(Value::Number),
            Parameter::Quota => self.quota.map(Value::Count),
            Parameter::RetryAfter => self.retry_after.map(Value::Flag),
            Parameter::RetryAfterCap => self.retry_after_cap.map(Value::Span),
            Parameter::LongPolling => self.long_polling.map(Value::Flag),
            Parameter::Budget => self.budget.clone().map(Value::Budget),
        }
    }

    /// Gives a parameter a value; `false` if the value is of the wrong kind for it.
    pub fn set(&mut self, parameter: Parameter, value: Value) -> bool {
        match (parameter, value) {
            (Parameter::Attempts, Value::Count(n)) => self.attempts = Some(n),
            (Parameter::Delay, Value::Span(span)) => self.delay = Some(span),
            (Parameter::Base, Value::Span(span)) => self.base = Some(span),
            (Parameter::ThrottledBase, Value::Span(span)) => self.throttled_base = Some(span),
            (Parameter::Cap, Value::Span(span)) => self.cap = Some(span),
            (Parameter::FirstExponent, Value::Count(n)) => self.first_exponent = Some(n),
            (Parameter::Multiplier, Value::Number(x)) => self.multiplier = Some(x),
            (Parameter::Jitter, Value::Number(x)) => self.jitter = Some(x),
            (Parameter::Quota, Value::Count(n)) => self.quota = Some(n),
            (Parameter::RetryAfter, Value::Flag(flag)) => self.retry_after = Some(flag),
            (Parameter::RetryAfterCap, Value::Span(span)) => self.retry_after_cap = Some(span),
            (Parameter::LongPolling, Value::Flag(flag)) => self.long_polling = Some(flag),
            (Parameter::Budget, Value::Budget(budget)) => self.budget = Some(budget),
            _ => return false,
        }
        true
    }
}
