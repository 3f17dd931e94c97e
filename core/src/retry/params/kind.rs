//! Strategies by name, and which parameters each knows.

use super::Parameter;
use crate::retry::preset::{
    aws_cpp_legacy, aws_go_2_0, aws_js_2_0, aws_legacy, aws_standard_2_1, envoy, grpc,
};
use crate::retry::{Growth, HarnessSettings, HintHeader, HintRule, RetryPolicy, Strategy};
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
    /// [`Strategy::Linear`].
    Linear,
    /// [`Strategy::Doubling`].
    Doubling,
    /// [`Strategy::AddedJitter`].
    AddedJitter,
    /// [`Strategy::UniformMillis`].
    UniformMillis,
    /// [`Strategy::RisingJitter`].
    RisingJitter,
}

/// Whether a strategy can do without a parameter.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Need {
    /// It must be given.
    Required,
    /// It has a default.
    Optional,
}

/// Plain loops can be told to honour hints and to keep a budget.
const RETRY_AFTER: (Parameter, Need) = (Parameter::RetryAfter, Need::Optional);
const RETRY_AFTER_CAP: (Parameter, Need) = (Parameter::RetryAfterCap, Need::Optional);
const BUDGET: (Parameter, Need) = (Parameter::Budget, Need::Optional);

impl StrategyKind {
    /// All strategies.
    pub const ALL: [StrategyKind; 20] = [
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
        StrategyKind::Linear,
        StrategyKind::Doubling,
        StrategyKind::AddedJitter,
        StrategyKind::UniformMillis,
        StrategyKind::RisingJitter,
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
            StrategyKind::Linear => "linear",
            StrategyKind::Doubling => "doubling",
            StrategyKind::AddedJitter => "added-jitter",
            StrategyKind::UniformMillis => "uniform",
            StrategyKind::RisingJitter => "rising-jitter",
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
            StrategyKind::DecorrelatedJitter
            | StrategyKind::FinagleDecorrelated
            | StrategyKind::Doubling
            | StrategyKind::UniformMillis
            | StrategyKind::RisingJitter => &[
                (Attempts, Required),
                (Base, Required),
                (Cap, Required),
                RETRY_AFTER,
                RETRY_AFTER_CAP,
                BUDGET,
            ],
            StrategyKind::Linear => &[
                (Attempts, Required),
                (Base, Required),
                RETRY_AFTER,
                RETRY_AFTER_CAP,
                BUDGET,
            ],
            StrategyKind::AddedJitter => &[
                (Attempts, Required),
                (Base, Required),
                (Cap, Required),
                (Multiplier, Optional),
                (Jitter, Optional),
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
    pub(super) fn prototype(self) -> RetryPolicy {
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
            StrategyKind::Linear => plain(Strategy::Linear { step: zero }),
            StrategyKind::Doubling => plain(Strategy::Doubling {
                base: zero,
                cap: zero,
            }),
            StrategyKind::AddedJitter => plain(Strategy::AddedJitter {
                base: zero,
                cap: zero,
                multiplier: 2.0,
                jitter: 0.1,
            }),
            StrategyKind::UniformMillis => plain(Strategy::UniformMillis {
                shortest: zero,
                longest: zero,
            }),
            StrategyKind::RisingJitter => plain(Strategy::RisingJitter {
                base: zero,
                cap: zero,
            }),
        }
    }

    /// The rule by which a strategy honours hints where it is told to.
    pub(super) fn honoured_hint(self) -> HintRule {
        match self {
            StrategyKind::AwsStandard => HintRule::Window {
                extra: Span::from_secs(5),
            },
            StrategyKind::Grpc => HintRule::Pushback,
            StrategyKind::Envoy => HintRule::Spread,
            StrategyKind::Doubling => HintRule::Rebase {
                header: HintHeader::RetryAfter,
                cap: Span::MAX,
            },
            _ => HintRule::Instead {
                header: HintHeader::RetryAfter,
                cap: Span::MAX,
            },
        }
    }
}
