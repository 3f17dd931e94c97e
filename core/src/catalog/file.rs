//! Data files to typed records: what does not parse is a mistake in the data, named by file and id.

use super::figure::{self, Date};
use super::preset::{Preset, RawLimiter, RawPreset};
use super::record::{
    Body, Confidence, Denied, ErrorFact, Figures, Hint, Kind, Record, Scope, Validity,
};
use super::requests::RawRequests;
use super::{Evidence, Host, Operation, Service, TokenLifetime};
use crate::limiter::Delay;
use crate::order::Arrange;
use crate::units::Rate;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// A mistake in a data file of the catalog.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct DataError {
    /// The file.
    pub file: String,
    /// The record or preset, if the mistake is in one.
    pub id: Option<String>,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "{}: {id}: {}", self.file, self.problem),
            None => write!(f, "{}: {}", self.file, self.problem),
        }
    }
}

/// A parsed data file, its presets not yet put together.
pub(super) struct File {
    pub service: Service,
    pub records: Vec<Record>,
    pub limiters: BTreeMap<String, RawLimiter>,
    pub presets: Vec<RawPreset>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    service: String,
    provider: String,
    as_of: String,
    host: Option<Host>,
    event_source: Option<String>,
    login: Option<String>,
    token_lifetime: Option<String>,
    sources: BTreeMap<String, String>,
    #[serde(default)]
    errors: BTreeMap<String, RawError>,
    #[serde(default)]
    operations: Vec<Operation>,
    requests: Option<RawRequests>,
    #[serde(default)]
    confirm: Vec<Evidence>,
    #[serde(default)]
    watch: Vec<Evidence>,
    denied: Option<RawDenied>,
    records: Vec<RawRecord>,
    #[serde(default)]
    limiters: BTreeMap<String, RawLimiter>,
    #[serde(default)]
    presets: Vec<RawPreset>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRecord {
    id: String,
    #[serde(default = "rate_limit")]
    kind: Kind,
    provider: Option<String>,
    #[serde(default)]
    operations: Vec<String>,
    covers: Option<String>,
    counts: String,
    scope: Scope,
    limit: RawFigures,
    error: Option<String>,
    raisable: Option<bool>,
    #[serde(default)]
    valid: RawValidity,
    sources: Vec<String>,
    confidence: Confidence,
    note: Option<String>,
}

fn rate_limit() -> Kind {
    Kind::RateLimit
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawError {
    status: u16,
    code: Option<String>,
    message: Option<String>,
    #[serde(default)]
    hint: RawHint,
    body: Option<Body>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDenied {
    api: RawError,
    registry: Option<RawError>,
    sources: Vec<String>,
    confidence: Confidence,
    note: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum RawHint {
    #[default]
    None,
    Header(String),
    HeaderSeconds,
    InMessage,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawValidity {
    from: Option<String>,
    to: Option<String>,
    withdrawn: bool,
    note: Option<String>,
}

/// Figures as the data files write them.
#[derive(Clone, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum RawFigures {
    TokenBucket {
        burst: Option<u64>,
        refill: String,
    },
    NginxLimitReq {
        burst: u64,
        rate: String,
        /// Requests whose excess is above this wait; `nodelay` where it is left out.
        delay: Option<u64>,
    },
    FixedWindow {
        limit: u64,
        window: String,
    },
    SlidingWindow {
        limit: u64,
        window: String,
    },
    SlidingCounter {
        limit: u64,
        window: String,
    },
    Rate {
        limit: u64,
        window: String,
    },
    Constant {
        value: u64,
        span: Option<String>,
    },
    Duration {
        span: String,
    },
    Unlimited,
    NotPublished,
    Described,
}

impl RawFigures {
    pub(super) fn read(&self) -> Result<Figures, String> {
        let span = |text: &str| figure::span(text).ok_or_else(|| format!("`{text}` is not a span"));
        let rate = |text: &str| -> Result<Rate, String> {
            figure::rate(text).ok_or_else(|| format!("`{text}` is not a rate"))
        };
        Ok(match self {
            RawFigures::TokenBucket { burst, refill } => Figures::TokenBucket {
                burst: *burst,
                refill: rate(refill)?,
            },
            RawFigures::NginxLimitReq {
                burst,
                rate: per,
                delay,
            } => Figures::NginxLimitReq {
                burst: *burst,
                rate: rate(per)?,
                delay: delay.map_or(Delay::Never, Delay::Above),
            },
            RawFigures::FixedWindow { limit, window } => Figures::FixedWindow {
                limit: *limit,
                window: span(window)?,
            },
            RawFigures::SlidingWindow { limit, window } => Figures::SlidingWindow {
                limit: *limit,
                window: span(window)?,
            },
            RawFigures::SlidingCounter { limit, window } => Figures::SlidingCounter {
                limit: *limit,
                window: span(window)?,
            },
            RawFigures::Rate { limit, window } => Figures::Rate {
                limit: *limit,
                window: span(window)?,
            },
            RawFigures::Constant { value, span: over } => Figures::Constant {
                value: *value,
                span: over.as_deref().map(span).transpose()?,
            },
            RawFigures::Duration { span: lasts } => Figures::Duration { span: span(lasts)? },
            RawFigures::Unlimited => Figures::Unlimited,
            RawFigures::NotPublished => Figures::NotPublished,
            RawFigures::Described => Figures::Described,
        })
    }
}

/// Reads one data file.
///
/// # Errors
/// The first mistake in it.
pub(super) fn read(name: &str, text: &str) -> Result<File, DataError> {
    let wrong = |id: Option<&str>, problem: String| DataError {
        file: name.to_owned(),
        id: id.map(str::to_owned),
        problem,
    };
    let raw: RawFile = serde_json::from_str(text).map_err(|e| wrong(None, e.to_string()))?;
    let as_of = date(&raw.as_of).map_err(|problem| wrong(None, problem))?;
    let errors = raw
        .errors
        .iter()
        .map(|(key, error)| Ok((key.as_str(), read_error(error)?)))
        .collect::<Result<BTreeMap<_, _>, String>>()
        .map_err(|problem| wrong(None, problem))?;
    let mut records = Vec::with_capacity(raw.records.len());
    for record in &raw.records {
        let shared = Shared {
            raw: &raw,
            errors: &errors,
            as_of: &as_of,
        };
        let typed = shared
            .read_record(record)
            .map_err(|p| wrong(Some(&record.id), p))?;
        records.push(typed);
    }
    let is_operation = |name: &str| raw.operations.iter().any(|known| known.name == name);
    let requests = raw
        .requests
        .as_ref()
        .map(|requests| requests.read(&raw.sources, is_operation))
        .transpose()
        .map_err(|problem| wrong(None, problem))?;
    let denied = raw
        .denied
        .as_ref()
        .map(|denied| read_denied(denied, &raw.sources))
        .transpose()
        .map_err(|problem| wrong(None, problem))?;
    let token_lifetime = raw
        .token_lifetime
        .as_ref()
        .map(|id| {
            let record = records.iter().find(|record| record.id == *id);
            match record.map(|record| record.limit) {
                Some(Figures::Duration { span }) => Ok(TokenLifetime {
                    span,
                    record: id.clone(),
                }),
                Some(figures) => Err(wrong(Some(id), format!("`{figures}` is no duration"))),
                None => Err(wrong(None, format!("no record `{id}`"))),
            }
        })
        .transpose()?;
    let evidence = |all: &[Evidence]| -> Result<Vec<Evidence>, DataError> {
        let named = all.iter().map(|it| it.named(&raw.sources));
        named
            .collect::<Result<_, _>>()
            .map_err(|problem| wrong(None, problem))
    };
    let (confirm, watch) = (evidence(&raw.confirm)?, evidence(&raw.watch)?);
    let service = Service {
        confirm,
        watch,
        name: raw.service,
        provider: raw.provider,
        as_of,
        host: raw.host,
        event_source: raw.event_source,
        login: raw.login,
        token_lifetime,
        operations: raw.operations,
        requests,
        denied,
    };
    if let Some(login) = service.login.as_deref().filter(|login| !service.has(login)) {
        return Err(wrong(
            None,
            format!("the login `{login}` is not an operation"),
        ));
    }
    Ok(File {
        service,
        records,
        limiters: raw.limiters,
        presets: raw.presets,
    })
}

/// What the records of a file refer to.
struct Shared<'a> {
    raw: &'a RawFile,
    errors: &'a BTreeMap<&'a str, ErrorFact>,
    as_of: &'a Date,
}

impl Shared<'_> {
    fn read_record(&self, record: &RawRecord) -> Result<Record, String> {
        for operation in &record.operations {
            if !self
                .raw
                .operations
                .iter()
                .any(|known| known.name == *operation)
            {
                return Err(format!("unknown operation `{operation}`"));
            }
        }
        let covers = match &record.covers {
            Some(text) => text.clone(),
            None if record.operations.is_empty() => {
                return Err("neither `operations` nor `covers`".to_owned());
            }
            None => record.operations.join(", "),
        };
        let error = match &record.error {
            Some(key) => Some(
                self.errors
                    .get(key.as_str())
                    .ok_or(format!("no error `{key}`"))?
                    .clone(),
            ),
            None => None,
        };
        if record.sources.is_empty() {
            return Err("no source".to_owned());
        }
        let sources = named_sources(&record.sources, &self.raw.sources)?;
        Ok(Record {
            id: record.id.clone(),
            kind: record.kind,
            provider: record
                .provider
                .as_ref()
                .unwrap_or(&self.raw.provider)
                .clone(),
            operations: record.operations.clone(),
            covers,
            counts: record.counts.clone(),
            scope: record.scope,
            limit: record.limit.read()?,
            error,
            raisable: record.raisable,
            valid: read_validity(&record.valid)?,
            sources,
            as_of: self.as_of.clone(),
            confidence: record.confidence,
            note: record.note.clone(),
        })
    }
}

fn read_error(error: &RawError) -> Result<ErrorFact, String> {
    let hint = match &error.hint {
        RawHint::None => Hint::None,
        RawHint::Header(text) => {
            Hint::Header(figure::span(text).ok_or(format!("`{text}` is not a span"))?)
        }
        RawHint::HeaderSeconds => Hint::HeaderSeconds,
        RawHint::InMessage => Hint::InMessage,
    };
    Ok(ErrorFact {
        status: error.status,
        code: error.code.clone(),
        message: error.message.clone(),
        hint,
        body: error.body,
    })
}

fn read_denied(raw: &RawDenied, sources: &BTreeMap<String, String>) -> Result<Denied, String> {
    Ok(Denied {
        api: read_error(&raw.api)?,
        registry: raw.registry.as_ref().map(read_error).transpose()?,
        sources: named_sources(&raw.sources, sources)?,
        confidence: raw.confidence,
        note: raw.note.clone(),
    })
}

/// The sources of these keys.
pub(super) fn named_sources(
    keys: &[String],
    sources: &BTreeMap<String, String>,
) -> Result<Vec<String>, String> {
    let source = |key: &String| sources.get(key).cloned();
    keys.iter()
        .map(|key| source(key).ok_or(format!("no source `{key}`")))
        .collect()
}

fn read_validity(raw: &RawValidity) -> Result<Validity, String> {
    Ok(Validity {
        from: raw.from.as_deref().map(date).transpose()?,
        to: raw.to.as_deref().map(date).transpose()?,
        withdrawn: raw.withdrawn,
        note: raw.note.clone(),
    })
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| format!("`{text}` is not a date"))
}

/// Puts the presets of all files together from the records they name.
pub(super) fn build_presets(
    files: &[(&str, File)],
    records: &BTreeMap<String, Record>,
) -> Result<Vec<Preset>, DataError> {
    let mut presets = Vec::new();
    for (name, file) in files {
        for raw in &file.presets {
            let preset = raw
                .build(&file.service, &file.limiters, records)
                .map_err(|problem| DataError {
                    file: (*name).to_owned(),
                    id: Some(raw.dated_name()),
                    problem,
                })?;
            presets.push(preset);
        }
    }
    presets.arrange_by(|a: &Preset, b| (&a.family, &a.date).cmp(&(&b.family, &b.date)));
    check_conflicts(&presets)?;
    check_upgrades(&presets)?;
    Ok(presets)
}

/// An upgrade leads to another preset of the service.
fn check_upgrades(presets: &[Preset]) -> Result<(), DataError> {
    for preset in presets {
        for upgrade in &preset.upgrades {
            let mut others = presets.iter().filter(|it| it.service == preset.service);
            if !others.any(|other| other.name == upgrade.to && other.name != preset.name) {
                return Err(DataError {
                    file: "presets".to_owned(),
                    id: Some(preset.name.clone()),
                    problem: format!("no other preset `{}` of its service", upgrade.to),
                });
            }
        }
    }
    Ok(())
}

/// Each side of a conflict must name the other.
fn check_conflicts(presets: &[Preset]) -> Result<(), DataError> {
    for preset in presets {
        for conflict in &preset.conflicts {
            let other = presets.iter().find(|other| other.name == conflict.with);
            let mutual = other.is_some_and(|o| o.conflicts.iter().any(|c| c.with == preset.name));
            if !mutual {
                return Err(DataError {
                    file: "presets".to_owned(),
                    id: Some(preset.name.clone()),
                    problem: format!("`{}` does not name it in return", conflict.with),
                });
            }
        }
    }
    Ok(())
}
