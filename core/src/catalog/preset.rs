//! Presets: the limiters of a service at one point in time, ready to simulate.
//!
//! A record says what is published; a limiter needs every number. Where a record leaves one open,
//! the preset either assumes it, and says so, or asks for it ([`Counting::Unknown`]).

use super::Service;
use super::figure::Date;
use super::file::RawFigures;
use super::record::{Body, Confidence, Figures, Hint, Record, Scope, Validity};
use super::upgrade::Upgrade;
use crate::limiter::{
    Algorithm, FixedWindowSpec, NginxLimitReqSpec, Opening, OverLimit, Refill, SlidingCounterSpec,
    SlidingLogSpec, TokenBucketSpec,
};
use crate::retry::{ErrorShape, Origin};
use crate::units::{Rate, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The limiters of one service at one point in time.
#[derive(Clone, PartialEq, Debug)]
pub struct Preset {
    /// Full name, `aws-ecr@2018-01`.
    pub name: String,
    /// Name without the date, `aws-ecr`.
    pub family: String,
    /// The date in the name: from when, or as of when, it holds.
    pub date: Date,
    /// What it is, in a few words.
    pub title: String,
    /// The service whose operations it limits, by its name in the catalog.
    pub service: String,
    /// Who runs the service.
    pub provider: String,
    /// When its facts were last looked up.
    pub as_of: Date,
    /// Its limiters, in the order in which a request meets them.
    pub limiters: Vec<PresetLimiter>,
    /// Presets of the same thing with other numbers.
    pub conflicts: Vec<Conflict>,
    /// The plans of the service that its user can choose instead, by signing in or by paying.
    pub upgrades: Vec<Upgrade>,
    /// What else a reader must know.
    pub notes: Vec<String>,
}

/// Another preset that contradicts this one.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// Its full name.
    pub with: String,
    /// What they disagree about.
    pub about: String,
}

/// One limiter of a preset.
#[derive(Clone, PartialEq, Debug)]
pub struct PresetLimiter {
    /// Short name, unique in the preset: `GetAuthorizationToken`, `service-modify`, `abuse`.
    pub name: String,
    /// Operations it counts, and what each costs.
    pub operations: Vec<(String, u32)>,
    /// What it counts by.
    pub scope: Scope,
    /// How it counts, or the number that has to be asked for.
    pub counting: Counting,
    /// The figures as published or seen, before any assumption.
    pub published: Figures,
    /// What one unit is, in words.
    pub counts: String,
    /// Whether a refused request costs credits too.
    pub charge_throttled: bool,
    /// Whether a request over the limit is refused or waits.
    pub over_limit: OverLimit,
    /// The answer to a throttled request, as retry policies classify it.
    pub error: ErrorShape,
    /// The text of that answer.
    pub message: Option<String>,
    /// How that answer says when to come back.
    pub hint: Hint,
    /// The form of that answer's body; `None` if nobody says.
    pub body: Option<Body>,
    /// Whether the provider raises it on request; `None` if nobody says.
    pub raisable: Option<bool>,
    /// How well the figures are known (an assumption on top is never better than inferred).
    pub confidence: Confidence,
    /// What was filled in, for every report that uses it.
    pub assumptions: Vec<String>,
    /// The records it comes from.
    pub records: Vec<String>,
    /// Where those are known from.
    pub sources: Vec<String>,
    /// When those hold.
    pub valid: Validity,
}

/// How a limiter counts.
#[derive(Clone, PartialEq, Debug)]
pub enum Counting {
    /// Every number is there.
    Known(Algorithm),
    /// A number is missing that only the user can give.
    Unknown(Question),
}

/// A number that no source gives.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Question {
    /// The limiter it is missing for.
    pub limiter: String,
    /// Why it is missing.
    pub reason: String,
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}; write limiters.{}.bucket: {{burst: .., refill: ../s}}",
            self.reason, self.limiter
        )
    }
}

impl Preset {
    /// The limiters whose numbers are missing.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.limiters
            .iter()
            .filter_map(|limiter| match &limiter.counting {
                Counting::Known(_) => None,
                Counting::Unknown(question) => Some(question),
            })
    }

    /// The limiter of this short name.
    pub fn limiter(&self, name: &str) -> Option<&PresetLimiter> {
        self.limiters.iter().find(|limiter| limiter.name == name)
    }

    /// Whether it holds for who signs in. A plan for strangers says so in its name.
    pub fn signs_in(&self) -> bool {
        !self.family.contains("anonymous")
    }
}

/// A preset as the data files write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPreset {
    name: String,
    date: String,
    title: String,
    limiters: Vec<LimiterEntry>,
    #[serde(default)]
    conflicts: Vec<Conflict>,
    #[serde(default)]
    upgrades: Vec<Upgrade>,
    #[serde(default)]
    notes: Vec<String>,
}

/// A limiter of the preset's own, or the name of one that presets of the file share.
#[derive(Deserialize)]
#[serde(untagged)]
enum LimiterEntry {
    Shared(String),
    Own(RawLimiter),
}

/// A limiter as the data files write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLimiter {
    /// Short name; left out where a shared limiter's key is it, and for `each`, which takes the
    /// operations' names.
    name: Option<String>,
    record: String,
    /// Costs by operation; the record's operations at one unit each where left out.
    operations: Option<BTreeMap<String, u32>>,
    /// Counts every operation of the service at one unit.
    #[serde(default)]
    all: bool,
    /// Makes one limiter of its own for each operation.
    #[serde(default)]
    each: bool,
    /// Figures to simulate where the record's do not say enough.
    model: Option<RawFigures>,
    scope: Option<Scope>,
    #[serde(default)]
    assumptions: Vec<String>,
    #[serde(default)]
    charge_throttled: bool,
    #[serde(default)]
    delays: bool,
    /// Why the number is missing.
    ask: Option<String>,
}

impl RawPreset {
    pub(super) fn dated_name(&self) -> String {
        format!("{}@{}", self.name, self.date)
    }

    pub(super) fn build(
        &self,
        service: &Service,
        shared: &BTreeMap<String, RawLimiter>,
        records: &BTreeMap<String, Record>,
    ) -> Result<Preset, String> {
        let date = Date::parse(&self.date).ok_or(format!("`{}` is not a date", self.date))?;
        let mut limiters = Vec::new();
        for entry in &self.limiters {
            let (key, raw) = match entry {
                LimiterEntry::Own(raw) => (None, raw),
                LimiterEntry::Shared(key) => (
                    Some(key),
                    shared.get(key).ok_or(format!("no limiter `{key}`"))?,
                ),
            };
            let record = records
                .get(&raw.record)
                .ok_or(format!("no record `{}`", raw.record))?;
            raw.build(key, service, record, &mut limiters)?;
        }
        for (index, limiter) in limiters.iter().enumerate() {
            if limiters[..index]
                .iter()
                .any(|earlier| earlier.name == limiter.name)
            {
                return Err(format!("two limiters `{}`", limiter.name));
            }
        }
        Ok(Preset {
            name: self.dated_name(),
            family: self.name.clone(),
            date,
            title: self.title.clone(),
            service: service.name.clone(),
            provider: service.provider.clone(),
            as_of: service.as_of.clone(),
            limiters,
            conflicts: self.conflicts.clone(),
            upgrades: self.upgrades.clone(),
            notes: self.notes.clone(),
        })
    }
}

impl RawLimiter {
    /// Adds the limiter, or one for each operation.
    fn build(
        &self,
        key: Option<&String>,
        service: &Service,
        record: &Record,
        limiters: &mut Vec<PresetLimiter>,
    ) -> Result<(), String> {
        let operations: Vec<(String, u32)> = match &self.operations {
            _ if self.all => service
                .operations
                .iter()
                .map(|o| (o.name.clone(), 1))
                .collect(),
            Some(costs) => costs
                .iter()
                .map(|(name, cost)| (name.clone(), *cost))
                .collect(),
            None => record
                .operations
                .iter()
                .map(|name| (name.clone(), 1))
                .collect(),
        };
        if operations.is_empty() {
            return Err(format!("limiter of `{}` counts no operation", record.id));
        }
        if let Some((name, _)) = operations.iter().find(|(name, _)| !service.has(name)) {
            return Err(format!("unknown operation `{name}`"));
        }
        // Which operation it is, is no key of a limiter: each needs a limiter of its own.
        let scope = self.scope.unwrap_or(record.scope);
        if scope == Scope::AccountRegionOperation && !self.each && operations.len() > 1 {
            return Err(format!(
                "`{}` counts each operation by itself: `each`, or another scope",
                record.id
            ));
        }
        match (self.name.as_ref().or(key), self.each) {
            (Some(name), false) => {
                limiters.push(self.build_one(name.clone(), operations, record)?);
            }
            (None, true) => {
                for (operation, cost) in operations {
                    let own = vec![(operation.clone(), cost)];
                    limiters.push(self.build_one(operation, own, record)?);
                }
            }
            _ => {
                return Err(format!(
                    "limiter of `{}`: either `name` or `each`",
                    record.id
                ));
            }
        }
        Ok(())
    }

    fn build_one(
        &self,
        name: String,
        operations: Vec<(String, u32)>,
        record: &Record,
    ) -> Result<PresetLimiter, String> {
        let mut assumptions = self.assumptions.clone();
        let figures = match &self.model {
            Some(model) if assumptions.is_empty() => {
                return Err(format!(
                    "`{}` is modelled as {}: why?",
                    record.id,
                    model.read()?
                ));
            }
            Some(model) => model.read()?,
            None => record.limit,
        };
        let counting = match (&self.ask, figures) {
            (Some(reason), _) => Counting::Unknown(Question {
                limiter: name.clone(),
                reason: reason.clone(),
            }),
            (None, Figures::Rate { limit, window }) if window == ONE_SECOND => {
                assumptions.push(format!(
                    "burst of {limit}: one second of the published {limit}/s, as no burst is \
                     published (inferred)"
                ));
                Counting::Known(bucket(limit, Rate::per_second(limit)))
            }
            (None, figures) => Counting::Known(algorithm(figures).ok_or_else(|| {
                format!(
                    "`{}` says {figures}, too little to simulate: `model` or `ask`",
                    record.id
                )
            })?),
        };
        let fact = record.error.as_ref();
        let scope = match (self.scope, record.scope) {
            (Some(scope), _) => scope,
            (None, Scope::AccountRegionOperation) if self.each => Scope::AccountRegion,
            (None, scope) => scope,
        };
        Ok(PresetLimiter {
            name,
            operations,
            scope,
            counting,
            published: record.limit,
            counts: record.counts.clone(),
            charge_throttled: self.charge_throttled,
            over_limit: if self.delays {
                OverLimit::Wait
            } else {
                OverLimit::Throttle
            },
            error: ErrorShape {
                origin: Origin::Response,
                status: fact.map(|fact| fact.status),
                code: fact.and_then(|fact| fact.code.clone()),
            },
            message: fact.and_then(|fact| fact.message.clone()),
            hint: fact.map(|fact| fact.hint).unwrap_or_default(),
            body: fact.and_then(|fact| fact.body),
            raisable: record.raisable,
            confidence: record.confidence,
            assumptions,
            records: vec![record.id.clone()],
            sources: record.sources.clone(),
            valid: record.valid.clone(),
        })
    }
}

const ONE_SECOND: Span = Span::from_secs(1);

fn bucket(burst: u64, refill: Rate) -> Algorithm {
    Algorithm::TokenBucket(TokenBucketSpec {
        burst,
        refill: Refill::Continuous(refill),
    })
}

/// The algorithm that counts exactly as the figures say; `None` where they leave something open.
fn algorithm(figures: Figures) -> Option<Algorithm> {
    match figures {
        Figures::TokenBucket { burst, refill } => Some(bucket(burst?, refill)),
        Figures::NginxLimitReq { burst, rate, delay } => {
            Some(Algorithm::NginxLimitReq(NginxLimitReqSpec {
                rate,
                burst,
                delay,
            }))
        }
        Figures::FixedWindow { limit, window } => {
            let opening = Opening::AlignedToClock;
            Some(Algorithm::FixedWindow(FixedWindowSpec {
                limit,
                window,
                opening,
            }))
        }
        Figures::SlidingWindow { limit, window } => {
            Some(Algorithm::SlidingLog(SlidingLogSpec { limit, window }))
        }
        Figures::SlidingCounter { limit, window } => {
            let opening = Opening::FirstRequest;
            Some(Algorithm::SlidingCounter(SlidingCounterSpec {
                limit,
                window,
                opening,
            }))
        }
        Figures::Rate { .. }
        | Figures::Constant { .. }
        | Figures::Duration { .. }
        | Figures::Unlimited
        | Figures::NotPublished
        | Figures::Described => None,
    }
}
