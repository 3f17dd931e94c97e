//! One fact about a provider: a limit, quota, constant or behaviour, with where it is known from.

use super::figure::Date;
use crate::limiter::Delay;
use crate::units::{Rate, Span};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A fact about a provider.
#[derive(Clone, PartialEq, Debug)]
pub struct Record {
    /// Stable name, `service.what.when`.
    pub id: String,
    /// What sort of fact it is.
    pub kind: Kind,
    /// Who publishes the service.
    pub provider: String,
    /// Operations of the service's table that it counts; empty if it is about something else.
    pub operations: Vec<String>,
    /// What it covers, in words.
    pub covers: String,
    /// What one unit of it is.
    pub counts: String,
    /// What it counts by.
    pub scope: Scope,
    /// Its figures.
    pub limit: Figures,
    /// The answer to a request over the limit, where there is one.
    pub error: Option<ErrorFact>,
    /// Whether the provider raises it on request; `None` if nobody says.
    pub raisable: Option<bool>,
    /// When it holds.
    pub valid: Validity,
    /// Where it is known from.
    pub sources: Vec<String>,
    /// When it was last looked up.
    pub as_of: Date,
    /// How well it is known.
    pub confidence: Confidence,
    /// What else a reader must know.
    pub note: Option<String>,
}

impl Record {
    /// The code under which AWS Service Quotas knows it, `L-55A41110`, if a source names one.
    pub fn quota_code(&self) -> Option<&str> {
        let mut sources = self.sources.iter();
        sources.find_map(|source| source.strip_prefix("Service Quotas, code "))
    }
}

/// What sort of fact a record is.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// So many per time.
    RateLimit,
    /// So much in all, or per month.
    Quota,
    /// A number that governs behaviour and refuses nothing.
    Constant,
    /// A rule in words.
    Behaviour,
}

/// How well a fact is known.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Deduced from other facts.
    Inferred,
    /// Seen by users, or said by staff in a thread.
    Observed,
    /// The provider's own text or published configuration.
    Documented,
}

/// What a limit counts by: requests with the same key share it.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Cloud account and region.
    AccountRegion,
    /// Cloud account, region and operation: each operation has its own.
    AccountRegionOperation,
    /// Cloud account, region and repository.
    AccountRegionRepository,
    /// Cloud account, all regions.
    Account,
    /// Source IPv4 address, or IPv6 /64.
    Ip,
    /// Signed-in user.
    User,
    /// Organisation, or account that pays.
    Organisation,
    /// One registry.
    Registry,
    /// Cloud project and region.
    ProjectRegion,
    /// One service of an orchestrator.
    Service,
    /// One connection.
    Connection,
    /// Namespace of a repository.
    Namespace,
    /// Part of a bucket's key space.
    BucketPrefix,
    /// One machine, or the daemon on it.
    Host,
    /// One principal: a user, role or job with its own credentials.
    Principal,
    /// One repository.
    Repository,
    /// One request.
    Request,
    /// All callers together.
    Global,
    /// Not published.
    Unknown,
}

/// The figures of a fact, as published or seen; nothing is filled in.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Figures {
    /// Credits up to a burst, refilled at a rate; starts full.
    TokenBucket {
        /// Most credits, where known.
        burst: Option<u64>,
        /// Credits earned.
        refill: Rate,
    },
    /// nginx `limit_req`: lets `burst + 1` through, all at once unless it delays some.
    NginxLimitReq {
        /// The `burst` parameter.
        burst: u64,
        /// The `rate` parameter.
        rate: Rate,
        /// The `delay` parameter, or `nodelay`.
        delay: Delay,
    },
    /// So many per window of the clock.
    FixedWindow {
        /// Units per window.
        limit: u64,
        /// Length of the window.
        window: Span,
    },
    /// So many in any window of this length.
    SlidingWindow {
        /// Units in any window.
        limit: u64,
        /// Length of the window.
        window: Span,
    },
    /// So many per window, of which the one before counts in part; a key's first request opens a
    /// window.
    SlidingCounter {
        /// Units per window.
        limit: u64,
        /// Length of the window.
        window: Span,
    },
    /// So many per time; how they are counted is not documented.
    Rate {
        /// Units per span.
        limit: u64,
        /// The span.
        window: Span,
    },
    /// A number, with a span if it has one.
    Constant {
        /// The number.
        value: u64,
        /// The span that belongs to it.
        span: Option<Span>,
    },
    /// How long something lasts.
    Duration {
        /// That long.
        span: Span,
    },
    /// No limit.
    Unlimited,
    /// There is a limit; its number is not published.
    NotPublished,
    /// A rule in words: the record's note has it.
    Described,
}

/// The answer to a request over a limit.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct ErrorFact {
    /// HTTP status.
    pub status: u16,
    /// Error code, if the answer carries one.
    pub code: Option<String>,
    /// Its text.
    pub message: Option<String>,
    /// How it says when to come back.
    pub hint: Hint,
    /// The form of its body, where a registry client reads it; `None` if nobody says.
    pub body: Option<Body>,
}

/// What a service answers to who may not do what is asked for.
#[derive(Clone, PartialEq, Debug)]
pub struct Denied {
    /// Of its API.
    pub api: ErrorFact,
    /// Of its registry, to engines; `None` where it has none of its own.
    pub registry: Option<ErrorFact>,
    /// Where this is known from.
    pub sources: Vec<String>,
    /// How well it is known.
    pub confidence: Confidence,
    /// What else a reader must know.
    pub note: Option<String>,
}

impl Denied {
    /// The answer of the registry, or of the API.
    pub fn answer(&self, registry: bool) -> &ErrorFact {
        let own = self.registry.as_ref().filter(|_| registry);
        own.unwrap_or(&self.api)
    }
}

/// The form of a refusal's body. Clients that parse it say different things of each, and some retry
/// one and not the other.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// A registry's JSON, `{"errors": [...]}`.
    Json,
    /// Plain text.
    Text,
    /// A page, as web servers send it.
    Html,
}

/// How a throttled answer says when to come back.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub enum Hint {
    /// Not at all, as far as is documented.
    #[default]
    None,
    /// A `Retry-After` header that always says this.
    Header(Span),
    /// A `Retry-After` header with the time left, in whole seconds.
    HeaderSeconds,
    /// The exact time left, but only inside the text of the message.
    InMessage,
}

/// When a fact holds.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct Validity {
    /// First date it is known for.
    pub from: Option<Date>,
    /// Date by which it no longer held.
    pub to: Option<Date>,
    /// Whether it was announced and never came into force.
    pub withdrawn: bool,
    /// How sure those dates are.
    pub note: Option<String>,
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Confidence::Inferred => "inferred",
            Confidence::Observed => "observed",
            Confidence::Documented => "documented",
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scope::AccountRegion => "account+region",
            Scope::AccountRegionOperation => "account+region+operation",
            Scope::AccountRegionRepository => "account+region+repository",
            Scope::Account => "account",
            Scope::Ip => "IPv4 address or IPv6 /64",
            Scope::User => "user",
            Scope::Organisation => "organisation",
            Scope::Registry => "registry",
            Scope::ProjectRegion => "project+region",
            Scope::Service => "service",
            Scope::Connection => "connection",
            Scope::Namespace => "namespace",
            Scope::BucketPrefix => "bucket prefix",
            Scope::Host => "host",
            Scope::Principal => "principal",
            Scope::Repository => "repository",
            Scope::Request => "request",
            Scope::Global => "everybody together",
            Scope::Unknown => "not published",
        })
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Figures::TokenBucket {
                burst: Some(burst),
                refill,
            } => {
                write!(f, "{burst} burst, {refill}")
            }
            Figures::TokenBucket {
                burst: None,
                refill,
            } => write!(f, "{refill}, burst unknown"),
            Figures::NginxLimitReq { burst, rate, delay } => {
                write!(f, "nginx limit_req {rate}, burst {burst}, {delay}")
            }
            Figures::FixedWindow { limit, window } => write!(f, "{limit} per {window} window"),
            Figures::SlidingWindow { limit, window } => write!(f, "{limit} in any {window}"),
            Figures::SlidingCounter { limit, window } => {
                write!(f, "{limit} per {window}, sliding counter")
            }
            Figures::Rate { limit, window } => match Rate::new(*limit, *window) {
                Ok(rate) if *window == Span::from_secs(1) => write!(f, "{rate}"),
                _ => write!(f, "{limit} per {window}"),
            },
            Figures::Constant {
                value,
                span: Some(span),
            } => write!(f, "{value} ({span})"),
            Figures::Constant { value, span: None } => write!(f, "{value}"),
            Figures::Duration { span } => write!(f, "{span}"),
            Figures::Unlimited => f.write_str("no limit"),
            Figures::NotPublished => f.write_str("number not published"),
            Figures::Described => f.write_str("see note"),
        }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hint::None => f.write_str("none documented"),
            Hint::Header(span) => write!(f, "Retry-After, always {span}"),
            Hint::HeaderSeconds => f.write_str("Retry-After, seconds left"),
            Hint::InMessage => f.write_str("exact time left, inside the message only"),
        }
    }
}

impl fmt::Display for Validity {
    /// `2018-01-29 to 2018-06-22 (...)`, `from 2020-11`, `today`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            _ if self.withdrawn => f.write_str("never")?,
            (Some(from), Some(to)) => write!(f, "{from} to {to}")?,
            (Some(from), None) => write!(f, "from {from}")?,
            (None, Some(to)) => write!(f, "to {to}")?,
            (None, None) => f.write_str("today")?,
        }
        match &self.note {
            Some(note) => write!(f, " ({note})"),
            None => Ok(()),
        }
    }
}
