//! What an engine does about failures: retries by class of request, and loops around the whole.

use super::file::span;
use super::request::{Method, Reference, RequestClass, Step};
use crate::retry::RetryPolicy;
use crate::units::Span;
use serde::{Deserialize, Serialize};

/// A retry policy of a client's own.
#[derive(Clone, PartialEq, Debug)]
pub struct Policy {
    /// Its name in the data file, `resend`.
    pub name: String,
    /// What it does, in a few words.
    pub does: String,
    /// Whether it applies only to the last host of a list of mirrors; a request to another host that
    /// meets one of these errors goes on to the next host.
    pub last_host_only: bool,
    /// The policy.
    pub policy: RetryPolicy,
}

/// What an engine does when requests of one class fail.
#[derive(Clone, PartialEq, Debug)]
pub struct ClassRule {
    /// Loops around each request, from the inside out; empty if it is sent once. Each loop knows
    /// from its policy's error lists what it retries.
    pub loops: Vec<Policy>,
    /// What happens when the loops have given up.
    pub on_failure: OnFailure,
    /// What happens instead where the request is a `HEAD` and the image is named by its digest.
    pub of_digest: Option<OnFailure>,
    /// Whether a 401 that asks for credentials uses up one of the innermost loop's attempts.
    pub challenge_uses_attempt: bool,
    /// Whether the request's download slot is kept during sleeps, where it has one.
    pub keeps_slot: bool,
}

impl ClassRule {
    /// What happens when the request of a step has failed for good.
    pub fn on_failure(&self, step: &Step, reference: Reference) -> OnFailure {
        let of_digest = step.method == Method::Head && reference == Reference::Digest;
        self.of_digest
            .filter(|_| of_digest)
            .unwrap_or(self.on_failure)
    }
}

/// What happens when a request has failed for good.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The action fails, at once as far as the engine's [`Siblings`] rule lets it.
    Fail,
    /// The action fails, but only when all its other requests have been tried.
    FailAtEnd,
    /// Nothing: the action goes on; without credentials, if the answer would have asked for them.
    Ignore,
    /// The same thing is asked for again by `GET`, under the rule of that class; an answer to it
    /// counts as an answer. (The `GET` of an index counts as [`RequestClass::Index`].)
    FallBack(RequestClass),
    /// A request of that class is tried, under its own rule, which cannot help: the action fails
    /// whatever the answer.
    DeadEnd(RequestClass),
}

/// What the failure of one blob does to the other blobs of the same pull.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Siblings {
    /// They are stopped this much later; what they have sent by then is spent.
    Cancelled {
        /// Shortest time seen.
        #[serde(deserialize_with = "span::plain")]
        after_min: Span,
        /// Longest time seen.
        #[serde(deserialize_with = "span::plain")]
        after_max: Span,
    },
    /// The other blobs of the step go on, also those not yet begun; the pull fails after them.
    GoOn,
    /// There are none under way: blobs are fetched one by one, and the first failure is the last.
    None,
}

/// Who shares the slots of parallel downloads.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotOwner {
    /// Each pull has its own.
    Pull,
    /// All pulls of a daemon share them.
    Daemon,
}

/// How many blobs are fetched at once.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blobs {
    /// At most this many; `None` for all at once.
    pub at_once: Option<u32>,
    /// Whose limit that is.
    pub counted_by: SlotOwner,
    /// Which classes take a slot.
    pub take_slot: Vec<RequestClass>,
    /// What a failed blob does to the others.
    pub siblings: Siblings,
    /// Whether a layer that another pull of the same daemon is fetching just now is waited for
    /// instead of fetched again; `None` if nobody says.
    pub shares_downloads: Option<bool>,
}

/// How blobs are sent on a push.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uploads {
    /// At most this many at once; `None` for all at once.
    pub at_once: Option<u32>,
    /// Whose limit that is.
    pub counted_by: SlotOwner,
    /// Whether the config blob takes a slot, too, where it is sent beside the layers.
    #[serde(default = "yes")]
    pub config_takes_slot: bool,
    /// Whether a slot is kept while a loop around a blob sleeps.
    #[serde(default = "yes")]
    pub keeps_slot: bool,
    /// What a failed blob does to the others.
    pub siblings: Siblings,
    /// The command that pushes, `{image}` in place of the image's name.
    pub command: String,
}

const fn yes() -> bool {
    true
}

/// What a loop goes around.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Around {
    /// The whole pull, from its first request.
    Pull,
    /// The look-up of a reference before the pull.
    Inspect,
    /// A login.
    Login,
    /// The whole push, from its first request.
    Push,
    /// One blob of a push: looking for it and sending it.
    Blob,
    /// One layer of a push, and not its config: looking for it and sending it.
    Layer,
    /// One manifest of a push: looking for it, where that is done, and writing it.
    Manifest,
}

impl Around {
    /// Whether it is a push, or a part of one.
    pub const fn is_of_push(self) -> bool {
        matches!(
            self,
            Around::Push | Around::Blob | Around::Layer | Around::Manifest
        )
    }

    /// Whether a loop of a push goes around requests of this class.
    pub const fn is_around_pushed(self, class: RequestClass) -> bool {
        match self {
            Around::Pull | Around::Inspect | Around::Login => false,
            Around::Push => true,
            Around::Blob | Around::Layer => matches!(
                class,
                RequestClass::BlobCheck
                    | RequestClass::UploadStart
                    | RequestClass::UploadPart
                    | RequestClass::UploadFinish
            ),
            Around::Manifest => matches!(class, RequestClass::Resolve | RequestClass::ManifestPut),
        }
    }
}

/// Who remembers how often a loop has failed.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LoopMemory {
    /// Each call begins anew.
    #[default]
    Call,
    /// The process, for all its calls together and as long as it lives; success resets nothing.
    Process,
    /// Each pod and image; forgotten when nothing was tried for this long.
    PodImage {
        /// How long.
        #[serde(deserialize_with = "span::plain")]
        forgotten_after: Span,
    },
}

impl LoopMemory {
    /// Whether failures that ended `idle` ago still count.
    pub fn remembers(self, idle: Span) -> bool {
        match self {
            LoopMemory::Call | LoopMemory::Process => true,
            LoopMemory::PodImage { forgotten_after } => idle <= forgotten_after,
        }
    }
}

/// A loop around a whole action.
#[derive(Clone, PartialEq, Debug)]
pub struct OuterLoop {
    /// What it is called in reports: `pull`, `manifest`.
    pub name: String,
    /// What it goes around.
    pub around: Around,
    /// Attempts, delays, and which errors are retried.
    pub policy: Policy,
    /// Of a loop around what is pulled or a login: it runs only if the request that failed was one of these;
    /// empty for any.
    pub only_after: Vec<RequestClass>,
    /// Of a loop of a push, which runs whatever failed: the requests from whose answers it reads the code;
    /// empty for all. The others are judged by their status alone: an answer to `HEAD` has no body.
    pub codes_of: Vec<RequestClass>,
    /// Where it keeps count; of a push always in the call.
    pub memory: LoopMemory,
    /// It looks only every now and then whether a delay is over: another try comes up to this much
    /// later than the delay says.
    pub rounds: Option<Span>,
    /// Before another try it looks whether the host has the image by now, where that would do: a
    /// neighbour may have pulled it.
    pub looks_again: bool,
    /// What else a reader must know.
    pub note: Option<String>,
}
