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

use super::preset::{
    aws_cpp_legacy, aws_go_2_0, aws_js_2_0, aws_legacy, aws_standard_2_1, envoy, grpc,
};
use super::{
    Budget, BudgetError, Growth, HarnessSettings, HintHeader, HintRule, JavaPair, RetryPolicy,
    Strategy,
};
use crate::units::Span;

/// A strategy's name.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub enum StrategyKind {
    /// [`Strategy::None`] with one attempt.
    None,
    /// [`Strategy::Fixed`].
    Fixed,
    /// [`Strategy::Exponential`].
    Exponential,
    /// [`Strategy::FullJitter`].
    FullJitter,
    /// [`Strategy::EqualJitter`].
    EqualJitter,
    /// [`Strategy::DecorrelatedJitter`].
    DecorrelatedJitter,
    /// [`Strategy::FinagleDecorrelated`].
    FinagleDecorrelated,
    /// [`Strategy::Java`] with the error lists and capacity of the SDK for Java v1.
    AwsJava,
    /// [`Strategy::AwsLegacy`].
    AwsLegacy,
    /// [`Strategy::AwsStandard`] with the 2.1 rules, unless a preset says otherwise.
    AwsStandard,
    /// [`Strategy::AwsGo20`].
    AwsGo20,
    /// [`Strategy::AwsJs20`].
    AwsJs20,
    /// [`Strategy::AwsCppLegacy`].
    AwsCppLegacy,
    /// [`Strategy::Grpc`].
    Grpc,
    /// [`Strategy::Envoy`].
    Envoy,
}

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
    pub quota: Option<u32>,
    pub retry_after: Option<bool>,
    pub retry_after_cap: Option<Span>,
    pub long_polling: Option<bool>,
    pub budget: Option<Budget>,
}

/// Whether a strategy can do without a parameter.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Need {
    /// It must be given.
    Required,
    /// It has a default.
    Optional,
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
    pub const ALL: [Parameter; 12] = [
        Parameter::Attempts,
        Parameter::Delay,
        Parameter::Base,
        Parameter::ThrottledBase,
        Parameter::Cap,
        Parameter::FirstExponent,
        Parameter::Multiplier,
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
            Parameter::ThrottledBase => "throttled-base",
            Parameter::Cap => "cap",
            Parameter::FirstExponent => "first-exponent",
            Parameter::Multiplier => "multiplier",
            Parameter::Quota => "quota",
            Parameter::RetryAfter => "retry-after",
            Parameter::RetryAfterCap => "retry-after-cap",
            Parameter::LongPolling => "long-polling",
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

/// Plain loops can be told to honour hints and to keep a budget.
const RETRY_AFTER: (Parameter, Need) = (Parameter::RetryAfter, Need::Optional);
const RETRY_AFTER_CAP: (Parameter, Need) = (Parameter::RetryAfterCap, Need::Optional);
const BUDGET: (Parameter, Need) = (Parameter::Budget, Need::Optional);

impl StrategyKind {
    /// All strategies.
    pub const ALL: [StrategyKind; 15] = [
        StrategyKind::None,
        StrategyKind::Fixed,
        StrategyKind::Exponential,
        StrategyKind::FullJitter,
        StrategyKind::EqualJitter,
        StrategyKind::DecorrelatedJitter,
        StrategyKind::FinagleDecorrelated,
        StrategyKind::AwsJava,
        StrategyKind::AwsLegacy,
        StrategyKind::AwsStandard,
        StrategyKind::AwsGo20,
        StrategyKind::AwsJs20,
        StrategyKind::AwsCppLegacy,
        StrategyKind::Grpc,
        StrategyKind::Envoy,
    ];

    /// Its name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            StrategyKind::None => "none",
            StrategyKind::Fixed => "fixed",
            StrategyKind::Exponential => "exponential",
            StrategyKind::FullJitter => "full-jitter",
            StrategyKind::EqualJitter => "equal-jitter",
            StrategyKind::DecorrelatedJitter => "decorrelated-jitter",
            StrategyKind::FinagleDecorrelated => "finagle-decorrelated",
            StrategyKind::AwsJava => "aws-java",
            StrategyKind::AwsLegacy => "aws-legacy",
            StrategyKind::AwsStandard => "aws-standard",
            StrategyKind::AwsGo20 => "aws-go-2.0",
            StrategyKind::AwsJs20 => "aws-js-2.0",
            StrategyKind::AwsCppLegacy => "aws-cpp-legacy",
            StrategyKind::Grpc => "grpc",
            StrategyKind::Envoy => "envoy",
        }
    }

    /// The strategy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        StrategyKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// The parameters it knows, and which it cannot do without.
    pub const fn parameters(self) -> &'static [(Parameter, Need)] {
        use Need::{Optional, Required};
        use Parameter::*;
        match self {
            StrategyKind::None => &[],
            StrategyKind::Fixed => &[
                (Attempts, Required),
                (Delay, Required),
                RETRY_AFTER,
                RETRY_AFTER_CAP,
                BUDGET,
            ],
            StrategyKind::Exponential | StrategyKind::FullJitter | StrategyKind::EqualJitter => &[
                (Attempts, Required),
                (Base, Required),
                (Cap, Required),
                (FirstExponent, Optional),
                RETRY_AFTER,
                RETRY_AFTER_CAP,
                BUDGET,
            ],
            StrategyKind::DecorrelatedJitter | StrategyKind::FinagleDecorrelated => &[
                (Attempts, Required),
                (Base, Required),
                (Cap, Required),
                RETRY_AFTER,
                RETRY_AFTER_CAP,
                BUDGET,
            ],
            StrategyKind::AwsJava | StrategyKind::AwsJs20 => &[
                (Attempts, Optional),
                (Base, Optional),
                (ThrottledBase, Optional),
                (Cap, Optional),
                (Quota, Optional),
            ],
            StrategyKind::AwsLegacy | StrategyKind::AwsCppLegacy => {
                &[(Attempts, Optional), (Base, Optional)]
            }
            StrategyKind::AwsStandard => &[
                (Attempts, Optional),
                (Base, Optional),
                (ThrottledBase, Optional),
                (Cap, Optional),
                (Quota, Optional),
                RETRY_AFTER,
                RETRY_AFTER_CAP,
                (LongPolling, Optional),
            ],
            StrategyKind::AwsGo20 => &[(Attempts, Optional), (Cap, Optional), (Quota, Optional)],
            StrategyKind::Grpc => &[
                (Attempts, Required),
                (Base, Required),
                (Cap, Required),
                (Multiplier, Optional),
                RETRY_AFTER,
                BUDGET,
            ],
            StrategyKind::Envoy => &[
                (Attempts, Optional),
                (Base, Optional),
                (Cap, Optional),
                RETRY_AFTER,
                BUDGET,
            ],
        }
    }

    /// The policy whose parameters are then set.
    fn prototype(self) -> RetryPolicy {
        let zero = Span::ZERO;
        let growth = Growth::new(zero, zero);
        let plain = |strategy| RetryPolicy::new(strategy, 1);
        match self {
            StrategyKind::None => RetryPolicy::NONE,
            StrategyKind::Fixed => plain(Strategy::Fixed { delay: zero }),
            StrategyKind::Exponential => plain(Strategy::Exponential(growth)),
            StrategyKind::FullJitter => plain(Strategy::FullJitter(growth)),
            StrategyKind::EqualJitter => plain(Strategy::EqualJitter(growth)),
            StrategyKind::DecorrelatedJitter => plain(Strategy::DecorrelatedJitter {
                base: zero,
                cap: zero,
            }),
            StrategyKind::FinagleDecorrelated => plain(Strategy::FinagleDecorrelated {
                base: zero,
                cap: zero,
            }),
            StrategyKind::AwsJava => {
                let settings = HarnessSettings {
                    max_error_retry: 3,
                    ..HarnessSettings::DEFAULT
                };
                RetryPolicy::harness(settings)
            }
            StrategyKind::AwsLegacy => aws_legacy(),
            StrategyKind::AwsStandard => aws_standard_2_1(),
            StrategyKind::AwsGo20 => aws_go_2_0(),
            StrategyKind::AwsJs20 => aws_js_2_0(),
            StrategyKind::AwsCppLegacy => aws_cpp_legacy(),
            StrategyKind::Grpc => grpc(),
            StrategyKind::Envoy => envoy(),
        }
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

impl RetryPolicy {
    /// The policy of a strategy and its parameters.
    ///
    /// # Errors
    /// - [`PolicyError::Missing`]: the strategy cannot do without a parameter.
    /// - and those of [`RetryPolicy::with`].
    pub fn build(kind: StrategyKind, params: &Params) -> Result<RetryPolicy, PolicyError> {
        for &(parameter, need) in kind.parameters() {
            if need == Need::Required && params.get(parameter).is_none() {
                return Err(PolicyError::Missing {
                    strategy: kind,
                    parameter,
                });
            }
        }
        kind.prototype().with(params)
    }

    /// This policy with some parameters set anew: a preset with overrides, a step of a tuner.
    ///
    /// # Errors
    /// - [`PolicyError::Superfluous`]: the strategy does not know a parameter.
    /// - [`PolicyError::OutOfRange`] or [`PolicyError::Budget`]: a value is out of range.
    pub fn with(&self, params: &Params) -> Result<RetryPolicy, PolicyError> {
        let kind = self.kind();
        let mut policy = self.clone();
        for parameter in Parameter::ALL {
            let Some(value) = params.get(parameter) else {
                continue;
            };
            if kind
                .parameters()
                .iter()
                .all(|(known, _)| *known != parameter)
            {
                return Err(PolicyError::Superfluous {
                    strategy: kind,
                    parameter,
                });
            }
            policy.apply(parameter, value)?;
        }
        Ok(policy)
    }

    /// The name of the policy's strategy.
    pub fn kind(&self) -> StrategyKind {
        match self.strategy {
            Strategy::None => StrategyKind::None,
            Strategy::Fixed { .. } => StrategyKind::Fixed,
            Strategy::Exponential(_) => StrategyKind::Exponential,
            Strategy::FullJitter(_) => StrategyKind::FullJitter,
            Strategy::EqualJitter(_) => StrategyKind::EqualJitter,
            Strategy::DecorrelatedJitter { .. } => StrategyKind::DecorrelatedJitter,
            Strategy::FinagleDecorrelated { .. } => StrategyKind::FinagleDecorrelated,
            Strategy::Java(_) => StrategyKind::AwsJava,
            Strategy::AwsLegacy { .. } => StrategyKind::AwsLegacy,
            Strategy::AwsStandard { .. } => StrategyKind::AwsStandard,
            Strategy::AwsGo20 { .. } => StrategyKind::AwsGo20,
            Strategy::AwsJs20 { .. } => StrategyKind::AwsJs20,
            Strategy::AwsCppLegacy { .. } => StrategyKind::AwsCppLegacy,
            Strategy::Grpc { .. } => StrategyKind::Grpc,
            Strategy::Envoy { .. } => StrategyKind::Envoy,
        }
    }

    /// The parameters of this policy, each that its strategy knows and the policy has.
    pub fn params(&self) -> Params {
        let mut params = Params::default();
        for &(parameter, _) in self.kind().parameters() {
            if let Some(value) = self.value(parameter) {
                let kept = params.set(parameter, value);
                assert!(kept, "a policy's own value is of the right kind");
            }
        }
        params
    }

    fn value(&self, parameter: Parameter) -> Option<Value> {
        match parameter {
            Parameter::Attempts => Some(Value::Count(self.attempts_max)),
            Parameter::Quota => match self.budget {
                Budget::Quota(rules) => Some(Value::Count(rules.capacity)),
                _ => None,
            },
            Parameter::RetryAfter => Some(Value::Flag(self.hint != HintRule::Ignore)),
            Parameter::RetryAfterCap => match self.hint {
                HintRule::Instead { cap, .. } | HintRule::AtLeast { cap, .. } => {
                    Some(Value::Span(cap))
                }
                _ => None,
            },
            Parameter::LongPolling => Some(Value::Flag(self.long_polling)),
            Parameter::Budget => {
                (self.budget != Budget::None).then(|| Value::Budget(self.budget.clone()))
            }
            _ => self.strategy.value(parameter),
        }
    }

    fn apply(&mut self, parameter: Parameter, value: Value) -> Result<(), PolicyError> {
        let refuse = |allowed| Err(PolicyError::OutOfRange { parameter, allowed });
        match (parameter, value) {
            (Parameter::Attempts, Value::Count(0)) => return refuse("1 or more"),
            (Parameter::Attempts, Value::Count(n)) => self.attempts_max = n,
            (Parameter::Quota, Value::Count(n)) => match &mut self.budget {
                Budget::Quota(rules) => rules.capacity = n,
                _ => return refuse("nothing: this policy keeps no quota"),
            },
            (Parameter::RetryAfter, Value::Flag(false)) => self.hint = HintRule::Ignore,
            (Parameter::RetryAfter, Value::Flag(true)) => {
                if self.hint == HintRule::Ignore {
                    self.hint = self.kind().honoured_hint();
                }
            }
            (Parameter::RetryAfterCap, Value::Span(span)) => match &mut self.hint {
                HintRule::Instead { cap, .. } | HintRule::AtLeast { cap, .. } => *cap = span,
                _ => return refuse("nothing, unless retry-after is honoured"),
            },
            (Parameter::LongPolling, Value::Flag(flag)) => self.long_polling = flag,
            (Parameter::Budget, Value::Budget(budget)) => {
                budget.check().map_err(PolicyError::Budget)?;
                self.budget = budget;
            }
            (parameter, value) => self.strategy.apply(parameter, value)?,
        }
        Ok(())
    }
}

impl StrategyKind {
    /// The rule by which a strategy honours hints where it is told to.
    fn honoured_hint(self) -> HintRule {
        match self {
            StrategyKind::AwsStandard => HintRule::Window {
                extra: Span::from_secs(5),
            },
            StrategyKind::Grpc => HintRule::Pushback,
            StrategyKind::Envoy => HintRule::Spread,
            _ => HintRule::Instead {
                header: HintHeader::RetryAfter,
                cap: Span::MAX,
            },
        }
    }
}

impl Strategy {
    fn value(&self, parameter: Parameter) -> Option<Value> {
        let (base, throttled_base, cap) = match *self {
            Strategy::None => (None, None, None),
            Strategy::Fixed { delay } => {
                return (parameter == Parameter::Delay).then_some(Value::Span(delay));
            }
            Strategy::Exponential(growth)
            | Strategy::FullJitter(growth)
            | Strategy::EqualJitter(growth) => {
                if parameter == Parameter::FirstExponent {
                    return Some(Value::Count(u32::from(growth.first_exponent)));
                }
                (Some(growth.base), None, Some(growth.cap))
            }
            Strategy::DecorrelatedJitter { base, cap }
            | Strategy::FinagleDecorrelated { base, cap }
            | Strategy::Envoy { base, max: cap } => (Some(base), None, Some(cap)),
            Strategy::Java(pair) => (Some(pair.base), Some(pair.throttled_base), Some(pair.cap)),
            Strategy::AwsLegacy { base } | Strategy::AwsCppLegacy { base } => {
                (Some(base), None, None)
            }
            Strategy::AwsStandard {
                base,
                throttled_base,
                cap,
                ..
            }
            | Strategy::AwsJs20 {
                base,
                throttled_base,
                cap,
            } => (Some(base), Some(throttled_base), Some(cap)),
            Strategy::AwsGo20 { cap } => (None, None, Some(cap)),
            Strategy::Grpc {
                initial,
                max,
                multiplier,
            } => {
                if parameter == Parameter::Multiplier {
                    return Some(Value::Number(multiplier));
                }
                (Some(initial), None, Some(max))
            }
        };
        match parameter {
            Parameter::Base => base.map(Value::Span),
            Parameter::ThrottledBase => throttled_base.map(Value::Span),
            Parameter::Cap => cap.map(Value::Span),
            _ => None,
        }
    }

    fn apply(&mut self, parameter: Parameter, value: Value) -> Result<(), PolicyError> {
        let refuse = |allowed| Err(PolicyError::OutOfRange { parameter, allowed });
        match (parameter, value) {
            (Parameter::Delay, Value::Span(span)) => {
                if let Strategy::Fixed { delay } = self {
                    *delay = span;
                }
            }
            (Parameter::FirstExponent, Value::Count(n)) => {
                let Ok(n @ 0..=1) = u8::try_from(n) else {
                    return refuse("0 or 1");
                };
                if let Strategy::Exponential(growth)
                | Strategy::FullJitter(growth)
                | Strategy::EqualJitter(growth) = self
                {
                    growth.first_exponent = n;
                }
            }
            (Parameter::Multiplier, Value::Number(x)) => {
                if !(1.0..=100.0).contains(&x) {
                    return refuse("1 to 100");
                }
                if let Strategy::Grpc { multiplier, .. } = self {
                    *multiplier = x;
                }
            }
            (_, Value::Span(span)) => {
                if span.is_zero() {
                    return refuse("more than nothing");
                }
                let whole = span.as_nanos().is_multiple_of(1_000_000);
                let milliseconds = matches!(
                    self,
                    Strategy::Java(_) | Strategy::AwsJs20 { .. } | Strategy::Envoy { .. }
                );
                if milliseconds && (!whole || span > JavaPair::LONGEST) {
                    return refuse("whole milliseconds up to 2147483647ms");
                }
                self.set_span(parameter, span);
            }
            _ => {}
        }
        Ok(())
    }

    fn set_span(&mut self, parameter: Parameter, span: Span) {
        let (base, throttled_base, cap) = match self {
            Strategy::None | Strategy::Fixed { .. } => (None, None, None),
            Strategy::Exponential(growth)
            | Strategy::FullJitter(growth)
            | Strategy::EqualJitter(growth) => {
                (Some(&mut growth.base), None, Some(&mut growth.cap))
            }
            Strategy::DecorrelatedJitter { base, cap }
            | Strategy::FinagleDecorrelated { base, cap }
            | Strategy::Envoy { base, max: cap }
            | Strategy::Grpc {
                initial: base,
                max: cap,
                ..
            } => (Some(base), None, Some(cap)),
            Strategy::Java(pair) => (
                Some(&mut pair.base),
                Some(&mut pair.throttled_base),
                Some(&mut pair.cap),
            ),
            Strategy::AwsLegacy { base } | Strategy::AwsCppLegacy { base } => {
                (Some(base), None, None)
            }
            Strategy::AwsStandard {
                base,
                throttled_base,
                cap,
                ..
            }
            | Strategy::AwsJs20 {
                base,
                throttled_base,
                cap,
            } => (Some(base), Some(throttled_base), Some(cap)),
            Strategy::AwsGo20 { cap } => (None, None, Some(cap)),
        };
        let place = match parameter {
            Parameter::Base => base,
            Parameter::ThrottledBase => throttled_base,
            Parameter::Cap => cap,
            _ => None,
        };
        if let Some(place) = place {
            *place = span;
        }
    }
}
