//! What the catalog says about a name, as a value that the command line and the page render.

use super::client::{self, ClientEntry, ClientExplanation};
use super::mirror::{MirrorEntry, MirrorExplanation, mirror, mirrors};
use super::preset::{Conflict, Counting, Preset};
use super::record::{Confidence, Kind, Record};
use super::{Catalog, CatalogError, Operation, catalog};
use crate::limiter::{Algorithm, OverLimit, Refill};
use serde::Serialize;

/// One preset in a list.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Entry {
    /// Full name.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Who runs the service.
    pub provider: String,
    /// Whether the name without a date means this one.
    pub in_force: bool,
    /// The least sure of its figures; `None` if it has no limiter.
    pub confidence: Option<Confidence>,
    /// Whether something in it is assumed.
    pub assumes: bool,
    /// Whether it asks for a number.
    pub asks: bool,
    /// Whether another preset contradicts it.
    pub disputed: bool,
    /// When its facts were last looked up.
    pub as_of: String,
}

/// One name in the list of all that can be simulated.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Listed {
    /// Limiters of a service.
    Preset(Entry),
    /// A client.
    Client(ClientEntry),
    /// A kind of mirror.
    Mirror(MirrorEntry),
}

/// Everything the catalog says about one name.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Explanation {
    /// The name is a preset.
    Preset(Box<PresetExplanation>),
    /// The name is a record.
    Record(Box<RecordExplanation>),
    /// The name is a client.
    Client(Box<ClientExplanation>),
    /// The name is a kind of mirror.
    Mirror(Box<MirrorExplanation>),
}

/// A preset in full.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PresetExplanation {
    /// As it stands in the list.
    pub entry: Entry,
    /// Name without the date.
    pub family: String,
    /// Full names of the same preset at other dates, oldest first.
    pub other_dates: Vec<String>,
    /// The service's name.
    pub service: String,
    /// All operations of the service.
    pub operations: Vec<Operation>,
    /// Its limiters, in the order in which a request meets them.
    pub limiters: Vec<LimiterExplanation>,
    /// Presets that contradict it, and about what.
    pub conflicts: Vec<Conflict>,
    /// What else a reader must know.
    pub notes: Vec<String>,
    /// The records behind its limiters, and how long a login is good.
    pub records: Vec<RecordExplanation>,
}

/// A limiter in words.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct LimiterExplanation {
    /// Its short name.
    pub name: String,
    /// What is published or seen: `200 burst, 4/s`.
    pub published: String,
    /// What is simulated: `token bucket, 200 burst, 4/s`; or what is missing.
    pub simulated: String,
    /// What it counts by.
    pub scope: String,
    /// What one unit is.
    pub counts: String,
    /// What each operation costs.
    pub operations: Vec<(String, u32)>,
    /// What a request over the limit gets: `400 ThrottlingException: Rate exceeded`.
    pub answer: String,
    /// How that answer says when to come back.
    pub hint: String,
    /// `yes`, `no` or `not stated`.
    pub raisable: &'static str,
    /// How well the figures are known.
    pub confidence: Confidence,
    /// When they hold: `2018-01-29 to 2018-06-22`.
    pub valid: String,
    /// What was filled in.
    pub assumptions: Vec<String>,
    /// Where the figures are known from.
    pub sources: Vec<String>,
    /// Ids of the records.
    pub records: Vec<String>,
}

/// A record in words.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RecordExplanation {
    /// Its id.
    pub id: String,
    /// What sort of fact it is.
    pub kind: Kind,
    /// Who runs the service.
    pub provider: String,
    /// What it covers.
    pub covers: String,
    /// What one unit of it is.
    pub counts: String,
    /// What it counts by.
    pub scope: String,
    /// Its figures, as published or seen.
    pub figures: String,
    /// What a request over it gets.
    pub answer: Option<String>,
    /// `yes`, `no` or `not stated`.
    pub raisable: &'static str,
    /// When it holds.
    pub valid: String,
    /// Where it is known from.
    pub sources: Vec<String>,
    /// When it was last looked up.
    pub as_of: String,
    /// How well it is known.
    pub confidence: Confidence,
    /// What else a reader must know.
    pub note: Option<String>,
    /// Presets that use it.
    pub presets: Vec<String>,
}

/// All presets, by name and date, then all kinds of mirrors and all clients, family by family.
pub fn list_all() -> Vec<Listed> {
    let presets = list().into_iter().map(Listed::Preset);
    let mirrors = mirrors().iter();
    let clients = client::clients().iter();
    presets
        .chain(mirrors.map(|mirror| Listed::Mirror(mirror.entry())))
        .chain(clients.map(|client| Listed::Client(client.entry())))
        .collect()
}

/// All presets, by name and date.
pub fn list() -> Vec<Entry> {
    let catalog = catalog();
    catalog
        .presets()
        .iter()
        .map(|preset| catalog.entry(preset))
        .collect()
}

/// What the catalog says about a preset (with or without its date), a record, a kind of mirror or a
/// client.
///
/// # Errors
/// As [`super::preset`].
pub fn explain(name: &str) -> Result<Explanation, CatalogError> {
    let catalog = catalog();
    if let Some(record) = catalog.record(name) {
        return Ok(Explanation::Record(Box::new(
            catalog.explain_record(record),
        )));
    }
    if let Some(client) = client::client(name) {
        return Ok(Explanation::Client(Box::new(client.explain())));
    }
    if let Some(mirror) = mirror(name) {
        return Ok(Explanation::Mirror(Box::new(mirror.explain())));
    }
    let preset = catalog.preset(name)?;
    Ok(Explanation::Preset(Box::new(
        catalog.explain_preset(preset),
    )))
}

/// What the catalog says about every record, by id.
pub fn explain_all() -> Vec<RecordExplanation> {
    let catalog = catalog();
    catalog
        .records()
        .map(|record| catalog.explain_record(record))
        .collect()
}

impl Catalog {
    fn entry(&self, preset: &Preset) -> Entry {
        Entry {
            name: preset.name.clone(),
            title: preset.title.clone(),
            provider: preset.provider.clone(),
            in_force: self
                .preset(&preset.family)
                .is_ok_and(|latest| latest.name == preset.name),
            confidence: preset
                .limiters
                .iter()
                .map(|limiter| limiter.confidence)
                .min(),
            assumes: preset
                .limiters
                .iter()
                .any(|limiter| !limiter.assumptions.is_empty()),
            asks: preset.questions().next().is_some(),
            disputed: !preset.conflicts.is_empty(),
            as_of: preset.as_of.to_string(),
        }
    }

    fn explain_preset(&self, preset: &Preset) -> PresetExplanation {
        let other_dates = self
            .presets()
            .iter()
            .filter(|other| other.family == preset.family && other.name != preset.name)
            .map(|other| other.name.clone())
            .collect();
        let mut ids: Vec<&String> = Vec::new();
        for id in preset.limiters.iter().flat_map(|limiter| &limiter.records) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let service = self.service(&preset.service).ok();
        if let Some(lifetime) = service.and_then(|service| service.token_lifetime.as_ref()) {
            ids.push(&lifetime.record);
        }
        let records = ids.into_iter().filter_map(|id| self.record(id));
        PresetExplanation {
            entry: self.entry(preset),
            family: preset.family.clone(),
            other_dates,
            service: preset.service.clone(),
            operations: service
                .map(|service| service.operations.clone())
                .unwrap_or_default(),
            limiters: preset.limiters.iter().map(explain_limiter).collect(),
            conflicts: preset.conflicts.clone(),
            notes: preset
                .notes
                .iter()
                .cloned()
                .chain(service.and_then(denials))
                .collect(),
            records: records.map(|record| self.explain_record(record)).collect(),
        }
    }

    fn explain_record(&self, record: &Record) -> RecordExplanation {
        let uses = |preset: &&Preset| {
            preset
                .limiters
                .iter()
                .any(|limiter| limiter.records.contains(&record.id))
        };
        RecordExplanation {
            id: record.id.clone(),
            kind: record.kind,
            provider: record.provider.clone(),
            covers: record.covers.clone(),
            counts: record.counts.clone(),
            scope: record.scope.to_string(),
            figures: record.limit.to_string(),
            answer: record.error.as_ref().and_then(|error| {
                answer(
                    Some(error.status),
                    error.code.as_deref(),
                    error.message.as_deref(),
                )
            }),
            raisable: raisable(record.raisable),
            valid: record.valid.to_string(),
            sources: record.sources.clone(),
            as_of: record.as_of.to_string(),
            confidence: record.confidence,
            note: record.note.clone(),
            presets: self
                .presets
                .iter()
                .filter(uses)
                .map(|preset| preset.name.clone())
                .collect(),
        }
    }
}

fn explain_limiter(limiter: &super::PresetLimiter) -> LimiterExplanation {
    let simulated = match &limiter.counting {
        Counting::Known(algorithm) => describe(algorithm),
        Counting::Unknown(question) => question.to_string(),
    };
    let error = &limiter.error;
    let answer = match limiter.over_limit {
        OverLimit::Wait => "waits its turn".to_owned(),
        OverLimit::Throttle => answer(
            error.status,
            error.code.as_deref(),
            limiter.message.as_deref(),
        )
        .unwrap_or_else(|| "not published".to_owned()),
    };
    LimiterExplanation {
        name: limiter.name.clone(),
        published: limiter.published.to_string(),
        simulated,
        scope: limiter.scope.to_string(),
        counts: limiter.counts.clone(),
        operations: limiter.operations.clone(),
        answer,
        hint: limiter.hint.to_string(),
        raisable: raisable(limiter.raisable),
        confidence: limiter.confidence,
        valid: limiter.valid.to_string(),
        assumptions: limiter.assumptions.clone(),
        sources: limiter.sources.clone(),
        records: limiter.records.clone(),
    }
}

/// What the service answers to who may not do what is asked for.
fn denials(service: &super::Service) -> Option<String> {
    let denied = service.denied.as_ref()?;
    let says = |fact: &super::ErrorFact| {
        answer(Some(fact.status), fact.code.as_deref(), None).unwrap_or_default()
    };
    let api = says(&denied.api);
    let registry = denied.registry.as_ref();
    let registry = registry.map(|fact| format!(", to engines {}", says(fact)));
    let note = denied.note.as_deref().unwrap_or_default();
    let text = format!(
        "Who may not do it gets {api}{}. {note}",
        registry.unwrap_or_default()
    );
    Some(text.trim_end().to_owned())
}

/// `400 ThrottlingException: Rate exceeded`; `None` where nothing of it is known.
fn answer(status: Option<u16>, code: Option<&str>, message: Option<&str>) -> Option<String> {
    let status = status.map(|status| status.to_string());
    let head: Vec<&str> = status.as_deref().into_iter().chain(code).collect();
    match (head.is_empty(), message) {
        (true, None) => None,
        (true, Some(message)) => Some(message.to_owned()),
        (false, None) => Some(head.join(" ")),
        (false, Some(message)) => Some(format!("{}: {message}", head.join(" "))),
    }
}

fn raisable(raisable: Option<bool>) -> &'static str {
    match raisable {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not stated",
    }
}

/// An algorithm with its numbers, in words.
fn describe(algorithm: &Algorithm) -> String {
    let numbers = match algorithm {
        Algorithm::TokenBucket(spec) => match spec.refill {
            Refill::Continuous(rate) => format!("{} burst, {rate}", spec.burst),
            Refill::Lump { credits, every } => {
                format!("{} burst, {credits} every {every}", spec.burst)
            }
        },
        Algorithm::FixedWindow(spec) => format!("{} per {}", spec.limit, spec.window),
        Algorithm::SlidingLog(spec) => format!("{} in any {}", spec.limit, spec.window),
        Algorithm::SlidingCounter(spec) => format!("{} per {}", spec.limit, spec.window),
        Algorithm::NginxLimitReq(spec) => {
            format!("{}, burst {}, {}", spec.rate, spec.burst, spec.delay)
        }
        Algorithm::ConcurrencyLimit(spec) => format!("{} in flight", spec.limit),
    };
    format!("{}, {numbers}", algorithm.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::preset;

    fn explained(name: &str) -> PresetExplanation {
        match explain(name).unwrap() {
            Explanation::Preset(preset) => *preset,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_limit_of_2018_is_explained_with_source_and_date() {
        let preset = explained("aws-ecr@2018-01");
        assert!(!preset.entry.in_force);
        assert_eq!(preset.entry.confidence, Some(Confidence::Documented));
        let [login] = preset.limiters.as_slice() else {
            panic!("one limiter")
        };
        assert_eq!(login.published, "200 burst, 4/s");
        assert_eq!(login.simulated, "token bucket, 200 burst, 4/s");
        assert_eq!(login.answer, "400 ThrottlingException: Rate exceeded");
        assert_eq!(login.raisable, "no");
        assert!(
            login.valid.starts_with("2018-01-29 to 2018-06-22"),
            "{}",
            login.valid
        );
        assert!(login.sources[0].contains("service_limits.md"));
        assert!(preset.other_dates.contains(&"aws-ecr@2026-11".to_owned()));
    }

    #[test]
    fn todays_limit_shows_its_assumption_and_its_dispute() {
        let preset = explained("aws-ecr");
        assert!(preset.entry.in_force && preset.entry.assumes && preset.entry.disputed);
        assert_eq!(preset.conflicts[0].with, "aws-ecr-conservative@2026-11");
        assert!(preset.limiters[0].assumptions[0].contains("inferred"));
    }

    #[test]
    fn what_is_unknown_is_explained_as_a_question() {
        let preset = explained("aws-cloudformation");
        assert!(preset.entry.asks);
        assert!(
            preset.limiters[0]
                .simulated
                .starts_with("AWS publishes no limit")
        );
        let harbor = explained("harbor");
        assert!(harbor.limiters.is_empty() && harbor.entry.confidence.is_none());
    }

    #[test]
    fn a_record_is_explained_by_its_id() {
        let Explanation::Record(record) = explain("docker.client.concurrency").unwrap() else {
            panic!("a record")
        };
        assert_eq!(record.figures, "3");
        let Explanation::Record(login) = explain("ecr.get_authorization_token.2018-01").unwrap()
        else {
            panic!("a record")
        };
        assert_eq!(login.presets, ["aws-ecr@2018-01"]);
        assert_eq!(
            login.answer.unwrap(),
            "400 ThrottlingException: Rate exceeded"
        );
    }

    #[test]
    fn a_client_is_explained_by_its_name_and_no_name_means_two_things() {
        let Explanation::Client(docker) = explain("docker-classic").unwrap() else {
            panic!("a client")
        };
        let cost = "3 requests (+1 token) for a pull whose manifest is refused";
        assert_eq!(docker.cost.as_deref(), Some(cost));
        let cold = &docker.sequences[0];
        assert_eq!(
            (cold.when.as_str(), cold.count.as_str()),
            ("cold pull by tag", "N + 5")
        );
        assert_eq!(cold.requests[..2], ["GET ping", "GET token"]);
        for client in client::clients() {
            assert!(preset(&client.name).is_err(), "{}", client.name);
            assert!(
                crate::retry::preset(&client.name).is_none(),
                "{}",
                client.name
            );
        }
    }

    #[test]
    fn exactly_one_preset_of_a_family_is_in_force() {
        let list = list();
        for preset in catalog().presets() {
            let of_family = |entry: &&Entry| entry.name.split('@').next() == Some(&preset.family);
            let in_force = list
                .iter()
                .filter(of_family)
                .filter(|entry| entry.in_force)
                .count();
            assert_eq!(in_force, 1, "{}", preset.family);
        }
    }
}
