//! Data files of clients to typed records.

use super::raw_policy::RawPolicy;
use super::request::{Action, RequestClass, Step};
use super::rule::{Around, Blobs, ClassRule, LoopMemory, OnFailure, OuterLoop, Policy, Uploads};
use super::wrapper::{
    AfterTokenFailure, Credentials, EngineChoice, Pacing, PullRule, Refresh, TokenOwner, Wrapper,
};
use super::{Client, Confidence, Engine, Mirrors, Role, Status, Unknown};
use crate::catalog::evidence::Log;
use crate::catalog::figure::Date;
use crate::catalog::file::DataError;
use crate::retry;
use crate::units::Span;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Spans as data files write them: `500ms`.
pub(super) mod span {
    use crate::catalog::figure;
    use crate::units::Span;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer};

    pub fn plain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        let text = String::deserialize(deserializer)?;
        figure::span(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is not a span")))
    }

    pub fn option<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Span>, D::Error> {
        plain(deserializer).map(Some)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    as_of: String,
    sources: BTreeMap<String, String>,
    #[serde(default)]
    policies: BTreeMap<String, RawPolicy>,
    /// Sequences of requests that clients of the file share.
    #[serde(default)]
    sequences: BTreeMap<String, Vec<Step>>,
    /// Logs that clients of any file may name.
    #[serde(default)]
    logs: BTreeMap<String, Log>,
    clients: Vec<RawClient>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClient {
    name: String,
    title: String,
    versions: String,
    #[serde(default)]
    status: Status,
    #[serde(default)]
    default_of: Vec<String>,
    #[serde(default)]
    unknown: Vec<Unknown>,
    #[serde(default)]
    notes: Vec<String>,
    /// Names of logs.
    #[serde(default)]
    logs: Vec<String>,
    sources: Vec<String>,
    confidence: Confidence,
    engine: Option<RawEngine>,
    wrapper: Option<RawWrapper>,
    helper: Option<RawCredentials>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEngine {
    /// Name of a sequence by action.
    actions: BTreeMap<Action, String>,
    rules: BTreeMap<RequestClass, RawRule>,
    #[serde(default)]
    exceptions: BTreeMap<Action, BTreeMap<RequestClass, RawRule>>,
    blobs: Blobs,
    uploads: Option<Uploads>,
    #[serde(default)]
    loops: Vec<RawLoop>,
    mirrors: Option<Mirrors>,
    timing: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    #[serde(default)]
    loops: Vec<String>,
    #[serde(default = "fail")]
    on_failure: OnFailure,
    of_digest: Option<OnFailure>,
    #[serde(default)]
    challenge_uses_attempt: bool,
    #[serde(default)]
    keeps_slot: bool,
}

fn fail() -> OnFailure {
    OnFailure::Fail
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLoop {
    name: String,
    around: Around,
    policy: String,
    #[serde(default)]
    only_after: Vec<RequestClass>,
    #[serde(default)]
    codes_of: Vec<RequestClass>,
    #[serde(default, deserialize_with = "span::option")]
    rounds: Option<Span>,
    #[serde(default)]
    looks_again: bool,
    #[serde(default)]
    memory: LoopMemory,
    note: Option<String>,
}

impl RawLoop {
    /// Refuses what a loop around this says nothing with.
    fn check(&self) -> Result<(), String> {
        let stray = match self.around.is_of_push() {
            true if !self.only_after.is_empty() => "only_after",
            true if self.memory != LoopMemory::Call => "memory",
            true if self.rounds.is_some() => "rounds",
            true if self.looks_again => "looks_again",
            false if !self.codes_of.is_empty() => "codes_of",
            _ => return Ok(()),
        };
        let kind = match self.around.is_of_push() {
            true => "a push",
            false => "what is pulled or a login",
        };
        let name = &self.name;
        Err(format!(
            "`{stray}` says nothing of `{name}`, a loop around {kind}"
        ))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWrapper {
    engines: Vec<EngineChoice>,
    pull_rules: Vec<PullRule>,
    #[serde(default)]
    loops: Vec<RawLoop>,
    pacing: Pacing,
    credentials: Option<RawCredentials>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCredentials {
    shared_by: TokenOwner,
    refresh: Refresh,
    /// Name of a retry preset.
    retry: Option<String>,
    after_failure: AfterTokenFailure,
    single_flight: Option<bool>,
    #[serde(default)]
    each_try: bool,
    note: Option<String>,
}

/// Reads all files.
pub(super) fn read(files: &[(&str, &str)]) -> Result<Vec<Client>, DataError> {
    let mut clients: Vec<Client> = Vec::new();
    let mut logs: BTreeMap<String, Log> = BTreeMap::new();
    let mut parsed: Vec<(&str, RawFile)> = Vec::new();
    for (name, text) in files {
        let wrong = |id: Option<&str>, problem: String| wrong(name, id, problem);
        let raw: RawFile = serde_json::from_str(text).map_err(|e| wrong(None, e.to_string()))?;
        for (key, log) in &raw.logs {
            let named = log.named(&raw.sources);
            let named = named.map_err(|problem| wrong(Some(key), problem))?;
            if logs.insert(key.clone(), named).is_some() {
                return Err(wrong(Some(key), "occurs twice".to_owned()));
            }
        }
        parsed.push((*name, raw));
    }
    let mut policies = Policies::new();
    for (name, raw) in &parsed {
        for (key, policy) in &raw.policies {
            let typed = policy.read(key);
            let typed = typed.map_err(|problem| wrong(name, Some(key), problem))?;
            policies.insert((stem(name), key), typed);
        }
    }
    for (name, raw) in &parsed {
        let wrong = |id: Option<&str>, problem: String| wrong(name, id, problem);
        let as_of = Date::parse(&raw.as_of)
            .ok_or_else(|| wrong(None, format!("`{}` is not a date", raw.as_of)))?;
        let shared = Shared {
            raw,
            logs: &logs,
            as_of,
            file: stem(name),
            policies: &policies,
        };
        for client in &raw.clients {
            let id = Some(client.name.as_str());
            let typed = shared.read(client).map_err(|problem| wrong(id, problem))?;
            if clients.iter().any(|known| known.name == typed.name) {
                return Err(wrong(id, "occurs twice".to_owned()));
            }
            clients.push(typed);
        }
    }
    check_engines(&clients)?;
    Ok(clients)
}

fn wrong(file: &str, id: Option<&str>, problem: String) -> DataError {
    DataError {
        file: file.to_owned(),
        id: id.map(str::to_owned),
        problem,
    }
}

/// Every wrapper must run over engines that exist, and that look up what it has looked up.
fn check_engines(clients: &[Client]) -> Result<(), DataError> {
    let engines: BTreeMap<&str, &Engine> = clients
        .iter()
        .filter_map(|client| Some((client.name.as_str(), client.engine()?)))
        .collect();
    for client in clients {
        let Some(wrapper) = client.wrapper() else {
            continue;
        };
        let looks_up = wrapper.pull_rules.iter().any(|rule| rule.inspects);
        for EngineChoice { client: named, .. } in &wrapper.engines {
            let problem = match engines.get(named.as_str()) {
                None => format!("`{named}` is not an engine"),
                Some(engine) if looks_up && !engine.actions.contains_key(&Action::Inspect) => {
                    format!("`{named}` has no `inspect`")
                }
                Some(_) => continue,
            };
            return Err(wrong("clients", Some(&client.name), problem));
        }
    }
    Ok(())
}

/// Policies by file and name.
type Policies<'a> = BTreeMap<(&'a str, &'a str), Policy>;

/// What a file is called in references: `containerd`.
fn stem(file: &str) -> &str {
    file.strip_suffix(".json").unwrap_or(file)
}

/// What the clients of a file refer to.
struct Shared<'a> {
    raw: &'a RawFile,
    logs: &'a BTreeMap<String, Log>,
    as_of: Date,
    file: &'a str,
    policies: &'a Policies<'a>,
}

impl Shared<'_> {
    fn read(&self, client: &RawClient) -> Result<Client, String> {
        let role = match (&client.engine, &client.wrapper, &client.helper) {
            (Some(engine), None, None) => Role::Engine(Box::new(self.engine(engine)?)),
            (None, Some(wrapper), None) => Role::Wrapper(Box::new(self.wrapper(wrapper)?)),
            (None, None, Some(helper)) => Role::Helper(Box::new(credentials(helper)?)),
            _ => return Err("one of `engine`, `wrapper` and `helper`".to_owned()),
        };
        if client.sources.is_empty() {
            return Err("no source".to_owned());
        }
        let sources = client
            .sources
            .iter()
            .map(|key| {
                let source = self.raw.sources.get(key);
                source.cloned().ok_or(format!("no source `{key}`"))
            })
            .collect::<Result<_, String>>()?;
        let logs = client.logs.iter().map(|name| {
            let log = self.logs.get(name);
            log.cloned().ok_or(format!("no log `{name}`"))
        });
        Ok(Client {
            logs: logs.collect::<Result<_, String>>()?,
            name: client.name.clone(),
            title: client.title.clone(),
            versions: client.versions.clone(),
            status: client.status,
            default_of: client.default_of.clone(),
            role,
            unknown: client.unknown.clone(),
            notes: client.notes.clone(),
            sources,
            as_of: self.as_of.clone(),
            confidence: client.confidence,
        })
    }

    /// A policy of the file, or of another one: `containerd:resend-5`.
    fn policy(&self, name: &str) -> Result<Policy, String> {
        let key = name.split_once(':').unwrap_or((self.file, name));
        let policy = self.policies.get(&key);
        policy.cloned().ok_or(format!("no policy `{name}`"))
    }

    fn rule(&self, rule: &RawRule) -> Result<ClassRule, String> {
        let loops = rule.loops.iter().map(|name| self.policy(name));
        Ok(ClassRule {
            loops: loops.collect::<Result<_, _>>()?,
            on_failure: rule.on_failure,
            of_digest: rule.of_digest,
            challenge_uses_attempt: rule.challenge_uses_attempt,
            keeps_slot: rule.keeps_slot,
        })
    }

    fn engine(&self, raw: &RawEngine) -> Result<Engine, String> {
        let mut rules = BTreeMap::new();
        for (class, rule) in &raw.rules {
            rules.insert(*class, self.rule(rule)?);
        }
        let mut exceptions = BTreeMap::new();
        for (action, own) in &raw.exceptions {
            for (class, rule) in own {
                exceptions.insert((*action, *class), self.rule(rule)?);
            }
        }
        let mut actions = BTreeMap::new();
        for (action, name) in &raw.actions {
            let steps = self.raw.sequences.get(name);
            let steps = steps.ok_or(format!("no sequence `{name}`"))?.clone();
            actions.insert(*action, steps);
        }
        let sent = actions.values().flatten().map(|step| step.class);
        let ends = rules.values().chain(exceptions.values());
        let ends = ends.flat_map(|rule| [Some(rule.on_failure), rule.of_digest]);
        let followed = ends.flatten().filter_map(|end| match end {
            OnFailure::FallBack(class) | OnFailure::DeadEnd(class) => Some(class),
            OnFailure::Fail | OnFailure::FailAtEnd | OnFailure::Ignore => None,
        });
        if let Some(class) = sent
            .chain(followed)
            .find(|class| !rules.contains_key(class))
        {
            return Err(format!("no rule for `{class}`"));
        }
        if actions.contains_key(&Action::Push) != raw.uploads.is_some() {
            return Err("`uploads` goes with the action `push`".to_owned());
        }
        Ok(Engine {
            actions,
            rules,
            exceptions,
            blobs: raw.blobs.clone(),
            uploads: raw.uploads.clone(),
            loops: self.loops(&raw.loops)?,
            mirrors: raw.mirrors.clone(),
            timing: raw.timing.clone(),
        })
    }

    fn wrapper(&self, raw: &RawWrapper) -> Result<Wrapper, String> {
        if raw.engines.is_empty() || raw.pull_rules.is_empty() {
            return Err("no engine or no pull rule".to_owned());
        }
        let tries = raw.loops.iter().any(|it| it.around == Around::Pull);
        if !tries && raw.credentials.as_ref().is_some_and(|it| it.each_try) {
            return Err("`each_try` goes with a loop around the pull".to_owned());
        }
        Ok(Wrapper {
            engines: raw.engines.clone(),
            pull_rules: raw.pull_rules.clone(),
            loops: self.loops(&raw.loops)?,
            pacing: raw.pacing.clone(),
            credentials: raw.credentials.as_ref().map(credentials).transpose()?,
        })
    }

    fn loops(&self, raw: &[RawLoop]) -> Result<Vec<OuterLoop>, String> {
        raw.iter()
            .map(|one| {
                one.check()?;
                Ok(OuterLoop {
                    name: one.name.clone(),
                    around: one.around,
                    policy: self.policy(&one.policy)?,
                    only_after: one.only_after.clone(),
                    codes_of: one.codes_of.clone(),
                    rounds: one.rounds,
                    looks_again: one.looks_again,
                    memory: one.memory,
                    note: one.note.clone(),
                })
            })
            .collect()
    }
}

fn credentials(raw: &RawCredentials) -> Result<Credentials, String> {
    let retry = match &raw.retry {
        None => None,
        Some(name) => {
            let preset = retry::preset(name).ok_or(format!("no retry policy `{name}`"))?;
            Some((name.clone(), preset.policy))
        }
    };
    Ok(Credentials {
        shared_by: raw.shared_by,
        refresh: raw.refresh,
        retry,
        after_failure: raw.after_failure,
        single_flight: raw.single_flight,
        each_try: raw.each_try,
        note: raw.note.clone(),
    })
}
