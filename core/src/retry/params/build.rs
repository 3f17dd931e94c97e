//! Policies from parameters, and parameters of policies.

use super::{Need, Parameter, Params, PolicyError, StrategyKind, Value};
use crate::retry::{Budget, HintRule, RetryPolicy, Strategy};

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
            Strategy::Linear { .. } => StrategyKind::Linear,
            Strategy::Doubling { .. } => StrategyKind::Doubling,
            Strategy::AddedJitter { .. } => StrategyKind::AddedJitter,
            Strategy::UniformMillis { .. } => StrategyKind::UniformMillis,
            Strategy::RisingJitter { .. } => StrategyKind::RisingJitter,
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
                HintRule::Instead { cap, .. }
                | HintRule::AtLeast { cap, .. }
                | HintRule::Rebase { cap, .. } => Some(Value::Span(cap)),
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
                HintRule::Instead { cap, .. }
                | HintRule::AtLeast { cap, .. }
                | HintRule::Rebase { cap, .. } => *cap = span,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::{Budget, HarnessSettings, HintHeader};
    use crate::units::Span;

    fn full_jitter() -> Params {
        Params {
            attempts: Some(8),
            base: Some(Span::from_millis(100)),
            cap: Some(Span::from_secs(20)),
            ..Params::default()
        }
    }

    #[test]
    fn what_a_strategy_needs_and_does_not_get_is_named() {
        let params = Params {
            cap: None,
            ..full_jitter()
        };
        let error = RetryPolicy::build(StrategyKind::FullJitter, &params).unwrap_err();
        let (strategy, parameter) = (StrategyKind::FullJitter, Parameter::Cap);
        assert_eq!(
            error,
            PolicyError::Missing {
                strategy,
                parameter
            }
        );
    }

    #[test]
    fn what_a_strategy_does_not_know_is_named() {
        let params = Params {
            throttled_base: Some(Span::from_millis(500)),
            ..full_jitter()
        };
        let error = RetryPolicy::build(StrategyKind::FullJitter, &params).unwrap_err();
        let (strategy, parameter) = (StrategyKind::FullJitter, Parameter::ThrottledBase);
        assert_eq!(
            error,
            PolicyError::Superfluous {
                strategy,
                parameter
            }
        );
    }

    #[test]
    fn numbers_out_of_range_are_refused_with_what_is_allowed() {
        let refused = |params: Params| match RetryPolicy::build(StrategyKind::AwsJava, &params) {
            Err(PolicyError::OutOfRange { parameter, .. }) => Some(parameter),
            _ => None,
        };
        let none = Params::default();
        let attempts = Params {
            attempts: Some(0),
            ..none.clone()
        };
        assert_eq!(refused(attempts), Some(Parameter::Attempts));
        for base in [
            Span::ZERO,
            Span::from_micros(1_500),
            Span::from_secs(1 << 32),
        ] {
            let base = Params {
                base: Some(base),
                ..none.clone()
            };
            assert_eq!(refused(base), Some(Parameter::Base));
        }
        assert_eq!(refused(none), None);
    }

    #[test]
    fn a_plain_loop_can_be_told_to_honour_hints_and_to_keep_a_budget() {
        let params = Params {
            retry_after: Some(true),
            retry_after_cap: Some(Span::from_secs(60)),
            budget: Some(Budget::FINAGLE),
            ..full_jitter()
        };
        let policy = RetryPolicy::build(StrategyKind::FullJitter, &params).unwrap();
        assert!(policy.reads(HintHeader::RetryAfter) && !policy.reads(HintHeader::AmzRetryAfter));
        assert!(policy.keeps_client_state());
        assert_eq!(
            policy.params(),
            Params {
                first_exponent: Some(0),
                ..params
            }
        );
    }

    #[test]
    fn tuning_a_parameter_leaves_the_others_alone() {
        let harness = RetryPolicy::harness(HarnessSettings::DEFAULT);
        let mut params = harness.params();
        assert!(params.set(Parameter::Base, Value::Span(Span::from_millis(250))));
        assert!(!params.set(Parameter::Base, Value::Count(250)));
        let tuned = harness.with(&params).unwrap();
        let settings = HarnessSettings {
            base_delay_ms: 250,
            ..HarnessSettings::DEFAULT
        };
        assert_eq!(tuned, RetryPolicy::harness(settings));
    }
}
