//! Facts about providers and clients as data, each with source, date and confidence.
//!
//! The files in `data/` hold one service each: its operations, its records (what is published or
//! seen) and its presets (records of one point in time, made ready to simulate). They are compiled
//! in and parsed once. This module knows no number of its own.
//!
//! ```
//! use pullstorm_core::catalog;
//!
//! let ecr = catalog::preset("aws-ecr@2018-01").unwrap();
//! assert_eq!(ecr.limiters[0].published.to_string(), "200 burst, 4/s");
//! assert_eq!(ecr.limiters[0].raisable, Some(false));
//! ```

mod claim;
pub mod client;
mod evidence;
mod explain;
mod figure;
mod file;
mod lever;
mod mirror;
mod nearest;
mod preset;
mod record;
mod requests;
#[cfg(test)]
mod tests;
mod upgrade;

pub use claim::{CLAIMS, Claim, Matters};
pub use client::{Action, Client, Conditions, RequestClass, client, clients};
pub use evidence::{AskedAs, Evidence, Log};
pub use explain::{
    Entry, Explanation, LimiterExplanation, Listed, PresetExplanation, RecordExplanation, explain,
    explain_all, list, list_all,
};
pub use figure::Date;
pub use file::DataError;
pub use lever::{Effort, Lever, Owner, Pace, lever, levers};
pub use mirror::{Mirror, MirrorEntry, MirrorExplanation, Refused, mirror, mirrors};
pub use nearest::nearest;
pub use preset::{Conflict, Counting, Preset, PresetLimiter, Question};
pub use record::{
    Body, Confidence, Denied, ErrorFact, Figures, Hint, Kind, Record, Scope, Validity,
};
pub use requests::RegistryRequests;
pub use upgrade::{Switch, Upgrade};

use crate::units::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

/// Everything the catalog knows.
#[derive(Clone, PartialEq, Debug)]
pub struct Catalog {
    records: BTreeMap<String, Record>,
    presets: Vec<Preset>,
    services: Vec<Service>,
}

/// A service and the operations that can be called on it.
#[derive(Clone, PartialEq, Debug)]
pub struct Service {
    /// Short name, `ecr`.
    pub name: String,
    /// Who runs it.
    pub provider: String,
    /// When its facts were last looked up.
    pub as_of: Date,
    /// Under which name clients know it, if it is a registry that they name.
    pub host: Option<Host>,
    /// As what CloudTrail records who was called (`eventSource`, AWS CloudTrail user guide, "Record
    /// contents"), if it is one of AWS.
    pub event_source: Option<String>,
    /// The operation that is a login, if it has one.
    pub login: Option<String>,
    /// How long what a login gives is good, where that is known.
    pub token_lifetime: Option<TokenLifetime>,
    /// Its operations.
    pub operations: Vec<Operation>,
    /// Which of them the requests of pulls and pushes are, if it is a registry.
    pub requests: Option<RegistryRequests>,
    /// What shows that it throttles, before anything is changed.
    pub confirm: Vec<Evidence>,
    /// What shows afterwards that it no longer does.
    pub watch: Vec<Evidence>,
    /// What it answers to who may not do what is asked for, where that is known.
    pub denied: Option<Denied>,
}

/// A registry as clients name it. Parts in capitals are the user's own.
#[derive(Clone, Eq, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// The host in references of images, and in the configuration of containerd: `docker.io`.
    pub name: String,
    /// Where its API is: `https://registry-1.docker.io`.
    pub url: String,
    /// How Amazon ECR's pull through cache names it, if it takes it as an upstream.
    pub ecr_cache: Option<EcrUpstream>,
}

/// An upstream of Amazon ECR's pull through cache (ECR user guide, "Sync an upstream registry").
#[derive(Clone, Eq, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EcrUpstream {
    /// `upstreamRegistryUrl`.
    pub url: String,
    /// Whether the rule must have credentials.
    pub credentials: bool,
}

/// How long a registry token is good.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct TokenLifetime {
    /// That long after the login.
    pub span: Span,
    /// The id of the record that says so.
    pub record: String,
}

/// Something a client can ask of a service.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Its name, as the provider writes it.
    pub name: String,
    /// What it does, in a few words.
    pub does: String,
}

impl Service {
    /// Whether it has an operation of this name.
    pub fn has(&self, operation: &str) -> bool {
        self.operations.iter().any(|known| known.name == operation)
    }

    /// The operation that gives a password to sign in with, where that is a call of its own (Amazon
    /// ECR: GetAuthorizationToken). Elsewhere a login is the token that engines ask for anyway.
    pub fn password_call(&self) -> Option<&str> {
        let requests = self.requests.as_ref()?;
        let token = requests.operation(client::RequestClass::Token);
        self.login.as_deref().filter(|login| token != Some(login))
    }
}

/// A name that the catalog does not know.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum CatalogError {
    /// No preset is called that.
    UnknownPreset {
        /// The name asked for.
        name: String,
        /// Names that may have been meant, nearest first.
        nearest: Vec<String>,
    },
    /// The preset exists, but not with this date.
    UnknownDate {
        /// The name asked for.
        name: String,
        /// The full names there are.
        known: Vec<String>,
    },
    /// No service is called that.
    UnknownService {
        /// The name asked for.
        name: String,
        /// All services.
        known: Vec<String>,
    },
    /// The service has no such operation.
    UnknownOperation {
        /// The service.
        service: String,
        /// The name asked for.
        name: String,
        /// Names that may have been meant, nearest first; all of them if none is near.
        nearest: Vec<String>,
    },
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CatalogError::UnknownPreset { name, nearest } if nearest.is_empty() => {
                write!(f, "no preset `{name}`; `pullstorm catalog` lists them")
            }
            CatalogError::UnknownPreset { name, nearest } => {
                write!(f, "no preset `{name}`; nearest: {}", nearest.join(", "))
            }
            CatalogError::UnknownDate { name, known } => {
                write!(f, "no preset `{name}`; there is {}", known.join(", "))
            }
            CatalogError::UnknownService { name, known } => {
                write!(f, "no service `{name}`; there is {}", known.join(", "))
            }
            CatalogError::UnknownOperation {
                service,
                name,
                nearest,
            } => {
                write!(
                    f,
                    "{service} has no operation `{name}`; nearest: {}",
                    nearest.join(", ")
                )
            }
        }
    }
}

impl std::error::Error for CatalogError {}

/// The data files, one for each service.
const FILES: [(&str, &str); 24] = [
    ("azure-acr.json", include_str!("data/azure-acr.json")),
    (
        "cloudformation.json",
        include_str!("data/cloudformation.json"),
    ),
    ("cloudtrail.json", include_str!("data/cloudtrail.json")),
    (
        "docker-engine.json",
        include_str!("data/docker-engine.json"),
    ),
    (
        "docker-hub-api.json",
        include_str!("data/docker-hub-api.json"),
    ),
    ("docker-hub.json", include_str!("data/docker-hub.json")),
    ("ec2.json", include_str!("data/ec2.json")),
    ("ecr-public.json", include_str!("data/ecr-public.json")),
    ("ecr.json", include_str!("data/ecr.json")),
    ("ecs.json", include_str!("data/ecs.json")),
    ("fargate.json", include_str!("data/fargate.json")),
    ("ghcr.json", include_str!("data/ghcr.json")),
    ("gitlab.json", include_str!("data/gitlab.json")),
    (
        "google-artifact-registry.json",
        include_str!("data/google-artifact-registry.json"),
    ),
    (
        "google-container-registry.json",
        include_str!("data/google-container-registry.json"),
    ),
    ("harbor.json", include_str!("data/harbor.json")),
    ("iam.json", include_str!("data/iam.json")),
    ("kubelet.json", include_str!("data/kubelet.json")),
    ("mcr.json", include_str!("data/mcr.json")),
    ("quay.json", include_str!("data/quay.json")),
    ("redhat.json", include_str!("data/redhat.json")),
    (
        "registry-k8s-io.json",
        include_str!("data/registry-k8s-io.json"),
    ),
    ("s3.json", include_str!("data/s3.json")),
    ("sts.json", include_str!("data/sts.json")),
];

/// The catalog that is compiled in.
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| {
        Catalog::read(&FILES).unwrap_or_else(|mistake| panic!("the catalog's data: {mistake}"))
    })
}

/// The preset of this name; without a date, the one in force today.
///
/// # Errors
/// [`CatalogError::UnknownPreset`] or [`CatalogError::UnknownDate`].
pub fn preset(name: &str) -> Result<&'static Preset, CatalogError> {
    catalog().preset(name)
}

impl Catalog {
    /// Reads data files, given by name and text.
    ///
    /// # Errors
    /// The first mistake in them: what does not parse, an id that occurs twice, a name that refers
    /// to nothing, a conflict that only one side knows of.
    pub fn read(files: &[(&str, &str)]) -> Result<Catalog, DataError> {
        let files = files
            .iter()
            .map(|(name, text)| Ok((*name, file::read(name, text)?)))
            .collect::<Result<Vec<_>, DataError>>()?;
        let mut records = BTreeMap::new();
        for (name, file) in &files {
            for record in &file.records {
                if records.insert(record.id.clone(), record.clone()).is_some() {
                    return Err(DataError {
                        file: (*name).to_owned(),
                        id: Some(record.id.clone()),
                        problem: "occurs twice".to_owned(),
                    });
                }
            }
        }
        let presets = file::build_presets(&files, &records)?;
        let services = files.into_iter().map(|(_, file)| file.service).collect();
        Ok(Catalog {
            records,
            presets,
            services,
        })
    }

    /// All records, by id.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// The record of this id.
    pub fn record(&self, id: &str) -> Option<&Record> {
        self.records.get(id)
    }

    /// All presets, by name and date.
    pub fn presets(&self) -> &[Preset] {
        &self.presets
    }

    /// All services.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The presets in force that count an operation of this name, whatever its case.
    pub fn limiting(&self, operation: &str) -> Vec<&Preset> {
        let counts = |preset: &&Preset| {
            let mut counted = preset.limiters.iter().flat_map(|it| &it.operations);
            counted.any(|(name, _)| name.eq_ignore_ascii_case(operation))
        };
        let in_force = |preset: &&Preset| {
            let latest = self.preset(&preset.family);
            latest.is_ok_and(|latest| latest.name == preset.name)
        };
        self.presets
            .iter()
            .filter(counts)
            .filter(in_force)
            .collect()
    }

    /// See [`preset`].
    ///
    /// # Errors
    /// [`CatalogError::UnknownPreset`] or [`CatalogError::UnknownDate`].
    pub fn preset(&self, name: &str) -> Result<&Preset, CatalogError> {
        let family = name.split('@').next().unwrap_or(name);
        // Presets are sorted by date within a family: the last one is in force.
        let dated: Vec<&Preset> = self.presets.iter().filter(|p| p.family == family).collect();
        let Some(latest) = dated.last() else {
            let known = self.presets.iter().map(|preset| preset.family.as_str());
            let nearest = nearest(family, known, 3)
                .into_iter()
                .map(str::to_owned)
                .collect();
            return Err(CatalogError::UnknownPreset {
                name: name.to_owned(),
                nearest,
            });
        };
        if name == family {
            return Ok(latest);
        }
        dated
            .iter()
            .find(|preset| preset.name == name)
            .copied()
            .ok_or_else(|| CatalogError::UnknownDate {
                name: name.to_owned(),
                known: dated.iter().map(|preset| preset.name.clone()).collect(),
            })
    }

    /// The service of this name.
    ///
    /// # Errors
    /// [`CatalogError::UnknownService`].
    pub fn service(&self, name: &str) -> Result<&Service, CatalogError> {
        self.services
            .iter()
            .find(|service| service.name == name)
            .ok_or_else(|| CatalogError::UnknownService {
                name: name.to_owned(),
                known: self
                    .services
                    .iter()
                    .map(|service| service.name.clone())
                    .collect(),
            })
    }

    /// An operation of a service.
    ///
    /// # Errors
    /// [`CatalogError::UnknownService`] or [`CatalogError::UnknownOperation`].
    pub fn operation(&self, service: &str, name: &str) -> Result<&Operation, CatalogError> {
        let service = self.service(service)?;
        service
            .operations
            .iter()
            .find(|known| known.name == name)
            .ok_or_else(|| {
                let known = service
                    .operations
                    .iter()
                    .map(|operation| operation.name.as_str());
                let mut near = nearest(name, known.clone(), 3);
                if near.is_empty() {
                    near = known.collect();
                }
                CatalogError::UnknownOperation {
                    service: service.name.clone(),
                    name: name.to_owned(),
                    nearest: near.into_iter().map(str::to_owned).collect(),
                }
            })
    }
}
