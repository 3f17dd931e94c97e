//! What requests to a registry count as: its own words for what pulls and pushes send.

use super::client::{Auth, RequestClass};
use super::file::named_sources;
use super::record::Confidence;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Which operation of a registry each class of request is.
#[derive(Clone, PartialEq, Debug)]
pub struct RegistryRequests {
    /// How it wants requests signed.
    pub auth: Auth,
    operations: BTreeMap<RequestClass, Option<String>>,
    /// Where this is known from.
    pub sources: Vec<String>,
    /// How well it is known.
    pub confidence: Confidence,
    /// What else a reader must know.
    pub note: Option<String>,
}

impl RegistryRequests {
    /// The operation of the service that a request of this class is; `None` where it is none, so
    /// that no limiter counts it.
    pub fn operation(&self, class: RequestClass) -> Option<&str> {
        self.operations.get(&class)?.as_deref()
    }

    /// Whether some request of pulls or pushes is this operation.
    pub fn has(&self, operation: &str) -> bool {
        let mut known = self.operations.values().flatten();
        known.any(|known| known == operation)
    }

    /// Whether anybody knows what a request of this class counts as. Pulls are always described,
    /// pushes not of every registry.
    pub fn describes(&self, class: RequestClass) -> bool {
        self.operations.contains_key(&class)
    }
}

/// The requests of a registry as its data file writes them. A class with the operation `null` is
/// sent and counted by nobody; a class of pushes that is left out is not described.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRequests {
    auth: Auth,
    operations: BTreeMap<RequestClass, Option<String>>,
    sources: Vec<String>,
    confidence: Confidence,
    note: Option<String>,
}

impl RawRequests {
    /// The typed record; `is_operation` knows the service's operations.
    pub(super) fn read(
        &self,
        sources: &BTreeMap<String, String>,
        is_operation: impl Fn(&str) -> bool,
    ) -> Result<RegistryRequests, String> {
        let named = self.operations.values().flatten();
        if let Some(stray) = named.into_iter().find(|name| !is_operation(name)) {
            return Err(format!("requests: unknown operation `{stray}`"));
        }
        let missing = RequestClass::ALL
            .iter()
            .find(|class| class.is_of_pulls() && !self.operations.contains_key(class));
        if let Some(class) = missing {
            return Err(format!("requests: nothing about `{class}`"));
        }
        if self.sources.is_empty() {
            return Err("requests: no source".to_owned());
        }
        let sources = named_sources(&self.sources, sources)?;
        Ok(RegistryRequests {
            auth: self.auth,
            operations: self.operations.clone(),
            sources,
            confidence: self.confidence,
            note: self.note.clone(),
        })
    }
}
