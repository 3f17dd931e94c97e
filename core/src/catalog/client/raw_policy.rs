//! Retry policies as the data files of clients write them.

use super::rule::Policy;
use crate::catalog::figure;
use crate::retry::{ErrorLists, Params, RetryPolicy, StatusList, StrategyKind};
use crate::units::Span;
use serde::Deserialize;

/// A policy as the data files write it. Without `attempts`, it tries for ever.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    does: String,
    strategy: String,
    attempts: Option<u32>,
    delay: Option<String>,
    base: Option<String>,
    cap: Option<String>,
    multiplier: Option<f64>,
    jitter: Option<f64>,
    retry_after_cap: Option<String>,
    retries: RawErrors,
    #[serde(default)]
    last_host_only: bool,
}

/// Which errors a policy retries.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum RawErrors {
    Any,
    AnyButDenied,
    RegistryCodes,
    RegistryTemporary,
    Listed {
        #[serde(default)]
        statuses: Vec<u16>,
        #[serde(default)]
        timeouts: bool,
        #[serde(default)]
        connections: bool,
        #[serde(default)]
        server_errors: bool,
    },
}

impl RawErrors {
    fn read(&self) -> Result<ErrorLists, String> {
        Ok(match self {
            RawErrors::Any => ErrorLists::Any,
            RawErrors::AnyButDenied => ErrorLists::AnyButDenied,
            RawErrors::RegistryCodes => ErrorLists::RegistryCodes,
            RawErrors::RegistryTemporary => ErrorLists::RegistryTemporary,
            RawErrors::Listed {
                statuses,
                timeouts,
                connections,
                server_errors,
            } => {
                let list = StatusList::new(statuses, *timeouts, *connections);
                let list = list.ok_or("too many statuses")?;
                ErrorLists::Listed(match server_errors {
                    true => list.and_server_errors(),
                    false => list,
                })
            }
        })
    }
}

impl RawPolicy {
    /// The typed policy.
    ///
    /// # Errors
    /// What of it is wrong.
    pub fn read(&self, name: &str) -> Result<Policy, String> {
        let kind = StrategyKind::from_name(&self.strategy)
            .ok_or_else(|| format!("`{}` is not a strategy", self.strategy))?;
        let params = Params {
            attempts: Some(self.attempts.unwrap_or(RetryPolicy::UNLIMITED)),
            delay: optional(self.delay.as_deref())?,
            base: optional(self.base.as_deref())?,
            cap: optional(self.cap.as_deref())?,
            multiplier: self.multiplier,
            jitter: self.jitter,
            retry_after: self.retry_after_cap.as_ref().map(|_| true),
            retry_after_cap: optional(self.retry_after_cap.as_deref())?,
            ..Params::default()
        };
        let policy =
            RetryPolicy::build(kind, &params).map_err(|error| format!("policy: {error:?}"))?;
        Ok(Policy {
            name: name.to_owned(),
            does: self.does.clone(),
            last_host_only: self.last_host_only,
            policy: RetryPolicy {
                errors: self.retries.read()?,
                ..policy
            },
        })
    }
}

fn optional(text: Option<&str>) -> Result<Option<Span>, String> {
    text.map(|text| figure::span(text).ok_or_else(|| format!("`{text}` is not a span")))
        .transpose()
}
