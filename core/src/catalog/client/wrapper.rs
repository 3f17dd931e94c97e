//! What starts pulls: agents, runners and schedulers that use an engine and add rules of their own.

use super::file::span;
use super::rule::{OuterLoop, SlotOwner};
use crate::catalog::{self, Figures};
use crate::retry::RetryPolicy;
use crate::units::{Rate, Span};
use serde::{Deserialize, Serialize};

/// Something that starts pulls of an engine.
#[derive(Clone, PartialEq, Debug)]
pub struct Wrapper {
    /// Engines it runs over; the first is the default.
    pub engines: Vec<EngineChoice>,
    /// When it asks the registry at all; the first rule is the default.
    pub pull_rules: Vec<PullRule>,
    /// Loops around the engine's actions, in the order in which they run: one around a look-up
    /// before the pull stands before the one around the pull.
    pub loops: Vec<OuterLoop>,
    /// How it paces pulls.
    pub pacing: Pacing,
    /// How it comes by registry tokens, if it does that itself.
    pub credentials: Option<Credentials>,
}

/// An engine that a wrapper runs over.
#[derive(Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EngineChoice {
    /// Name of the engine's record.
    pub client: String,
    /// Where that is so.
    pub when: String,
    /// How many layers at once, where the wrapper sets it: for each pull, or for all of the
    /// daemon.
    #[serde(default)]
    pub layers_at_once: Option<(u32, SlotOwner)>,
}

/// When a registry is asked before a container starts.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// At every start.
    Always,
    /// If the host does not hold the image.
    IfNotPresent,
    /// If this wrapper has never pulled an image of that name; one that came with the machine does
    /// not count.
    IfNeverPulled,
    /// If the host does not hold the image, or its reference has no digest.
    UnlessPinnedAndPresent,
    /// Never.
    Never,
}

/// What becomes of a container whose pull failed.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterFailure {
    /// It starts from the image the host holds; without one, it fails.
    RunLocal,
    /// It fails.
    Fail,
    /// It is tried again, for ever, as the loops say.
    TryAgain,
}

/// A setting that decides when the registry is asked.
#[derive(Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PullRule {
    /// Its name in the wrapper's own settings: `Always`, `prefer-cached`.
    pub name: String,
    /// When the registry is asked.
    pub asks: Asks,
    /// Whether the reference is looked up before the pull (references without a digest only).
    #[serde(default)]
    pub inspects: bool,
    /// What becomes of the container when that failed.
    pub after_failure: AfterFailure,
    /// Where it is the default, if that depends; or what else a reader must know.
    pub note: Option<String>,
}

/// How a wrapper paces pulls.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pacing {
    /// Pulls at once on a host by default; `None` for no limit of its own.
    pub at_once: Option<u32>,
    /// The limiter it puts before its own pulls.
    #[serde(default)]
    pub limiter: Option<PullLimiter>,
}

/// A client-side limiter of pulls.
#[derive(Copy, Clone, PartialEq, Debug, Deserialize)]
#[serde(try_from = "RawPullLimiter")]
pub struct PullLimiter {
    /// The record of the catalog that its figures are from, by default.
    pub record: &'static catalog::Record,
    /// Pulls it lets through.
    pub rate: Rate,
    /// Pulls it lets through at once.
    pub burst: u32,
    /// What happens to the others.
    pub over: OverPullLimit,
}

/// The same as data files write it: the figures are those of a record, which presets use too.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPullLimiter {
    record: String,
    over: OverPullLimit,
}

impl TryFrom<RawPullLimiter> for PullLimiter {
    type Error = String;

    fn try_from(raw: RawPullLimiter) -> Result<Self, String> {
        let id = raw.record;
        let record = catalog::catalog().record(&id);
        let record = record.ok_or_else(|| format!("no record `{id}`"))?;
        let Figures::TokenBucket { burst, refill } = record.limit else {
            return Err(format!("`{id}` is no token bucket"));
        };
        let burst = burst.and_then(|burst| u32::try_from(burst).ok());
        Ok(PullLimiter {
            record,
            rate: refill,
            burst: burst.ok_or_else(|| format!("`{id}` has no burst"))?,
            over: raw.over,
        })
    }
}

/// What a client-side limiter does with a pull too many.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OverPullLimit {
    /// It fails without a request, and its back-off begins.
    Fails,
    /// It waits.
    Waits,
}

/// How a client comes by registry tokens and how long it keeps them.
#[derive(Clone, PartialEq, Debug)]
pub struct Credentials {
    /// What shares one token.
    pub shared_by: TokenOwner,
    /// When a token is no longer used although it is still good.
    pub refresh: Refresh,
    /// How the call that fetches one is retried, with the name of the policy; `None` where nobody
    /// says.
    pub retry: Option<(String, RetryPolicy)>,
    /// What a failed call does.
    pub after_failure: AfterTokenFailure,
    /// Whether those that find no token wait for one call for the same image instead of each making
    /// their own; `None` where nobody says.
    pub single_flight: Option<bool>,
    /// Whether each try of the loop around a pull asks for one, and not the pull as a whole.
    pub each_try: bool,
    /// What else a reader must know.
    pub note: Option<String>,
}

/// What shares a token.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenOwner {
    /// The host and registry.
    HostRegistry,
    /// The host and registry with the host's own role; each task and registry with a role of its
    /// own (ECS execution role).
    HostOrTaskRegistry,
    /// The host, registry and access key.
    HostRegistryKey,
    /// Each job: nothing is kept after it.
    Job,
    /// Each image of a job.
    JobImage,
    /// Nothing: each use fetches one.
    Use,
    /// The deploy: who deploys sends credentials along, and whoever pulls fetches none.
    Deploy,
}

/// When a token is replaced before it expires.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Refresh {
    /// At half of its life.
    HalfLife,
    /// When less is left of its life than `at_least` and a random part of `spread`, drawn anew at
    /// each use.
    Before {
        /// Always refreshed with less left than this.
        #[serde(deserialize_with = "span::plain")]
        at_least: Span,
        /// Never refreshed with more left than this and `at_least`.
        #[serde(deserialize_with = "span::plain")]
        spread: Span,
    },
    /// It is not kept.
    NotKept,
}

impl Refresh {
    /// Whether a token is still used `age` after it was fetched, if it is good for `lifetime` in
    /// all; `unit` is the use's draw from [0, 1).
    pub fn still_used(self, age: Span, lifetime: Span, unit: f64) -> bool {
        match self {
            Refresh::HalfLife => age < Span::from_nanos(lifetime.as_nanos() / 2),
            Refresh::Before { at_least, spread } => {
                let margin = at_least + Span::from_secs_f64(spread.as_secs_f64() * unit);
                age + margin < lifetime
            }
            Refresh::NotKept => false,
        }
    }
}

/// What a failed call for a token does.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterTokenFailure {
    /// The pull fails.
    Fail,
    /// The old token is used as long as it is good; without one, the pull fails.
    UseOld,
}
