//! The requests of a pull: what each is for, when it is sent, and in what order.

use super::file::span;
use crate::units::Span;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a request to a registry is for. Limiters and retry rules tell requests apart by it.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestClass {
    /// `GET /v2/`: is this a registry, and how does one sign in? Answered 401 where signing in is
    /// needed, and costs nothing extra then.
    Ping,
    /// A request that is sent without credentials where some are needed, to be told by a 401 how to
    /// sign in. It is sent again afterwards, as the class that follows in the sequence.
    Challenge,
    /// A bearer token from the registry's token endpoint.
    Token,
    /// `HEAD` of a manifest by tag or digest: what does this reference mean now?
    Resolve,
    /// `GET` of the index of a multi-arch image.
    Index,
    /// `GET` of the manifest of one platform.
    Manifest,
    /// `GET` of the config blob.
    Config,
    /// `GET` of a layer. A redirect to a store costs the registry nothing more.
    Layer,
    /// `GET /v1/_ping`: is this a registry of the first protocol?
    V1Ping,
    /// `HEAD` of a blob, on a push: is it there already?
    BlobCheck,
    /// `POST` that begins the upload of a blob.
    UploadStart,
    /// `PATCH` with a part of a blob.
    UploadPart,
    /// `PUT` that ends the upload of a blob; of clients that send no part before, with all of it.
    UploadFinish,
    /// `PUT` of a manifest or an index.
    ManifestPut,
}

impl RequestClass {
    /// All classes, those of pulls first.
    pub const ALL: [RequestClass; 14] = [
        RequestClass::Ping,
        RequestClass::Challenge,
        RequestClass::Token,
        RequestClass::Resolve,
        RequestClass::Index,
        RequestClass::Manifest,
        RequestClass::Config,
        RequestClass::Layer,
        RequestClass::V1Ping,
        RequestClass::BlobCheck,
        RequestClass::UploadStart,
        RequestClass::UploadPart,
        RequestClass::UploadFinish,
        RequestClass::ManifestPut,
    ];

    /// Its name in data files and paths.
    pub const fn name(self) -> &'static str {
        match self {
            RequestClass::Ping => "ping",
            RequestClass::Challenge => "challenge",
            RequestClass::Token => "token",
            RequestClass::Resolve => "resolve",
            RequestClass::Index => "index",
            RequestClass::Manifest => "manifest",
            RequestClass::Config => "config",
            RequestClass::Layer => "layer",
            RequestClass::V1Ping => "v1_ping",
            RequestClass::BlobCheck => "blob_check",
            RequestClass::UploadStart => "upload_start",
            RequestClass::UploadPart => "upload_part",
            RequestClass::UploadFinish => "upload_finish",
            RequestClass::ManifestPut => "manifest_put",
        }
    }

    /// Whether pulls send it; the others belong to pushes.
    pub const fn is_of_pulls(self) -> bool {
        !matches!(
            self,
            RequestClass::BlobCheck
                | RequestClass::UploadStart
                | RequestClass::UploadPart
                | RequestClass::UploadFinish
                | RequestClass::ManifestPut
        )
    }

    /// Whether it asks for a blob: config or layer.
    pub const fn is_blob(self) -> bool {
        matches!(self, RequestClass::Config | RequestClass::Layer)
    }
}

impl fmt::Display for RequestClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The HTTP method of a request.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Asks for the headers.
    Head,
    /// Asks for the content.
    Get,
    /// Begins an upload.
    Post,
    /// Sends a part.
    Patch,
    /// Writes.
    Put,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::Head => "HEAD",
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Put => "PUT",
        })
    }
}

/// What an engine is asked to do.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Fetch an image.
    Pull,
    /// Look up what a reference means, without fetching it (docker's distribution inspect).
    Inspect,
    /// Check and keep a password (`docker login`).
    Login,
    /// Upload an image.
    Push,
}

impl Action {
    /// Its name in sentences.
    pub const fn name(self) -> &'static str {
        match self {
            Action::Pull => "pull",
            Action::Inspect => "look-up",
            Action::Login => "login",
            Action::Push => "push",
        }
    }
}

/// How the image is named.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// By a tag, which may come to mean another image.
    Tag,
    /// By the digest of its manifest or index.
    Digest,
}

/// What the host holds.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cache {
    /// Not the image; perhaps some of its layers.
    Cold,
    /// The very image that the registry has.
    Warm,
}

/// How the registry wants requests signed.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// Not at all.
    None,
    /// With a bearer token from a token endpoint, also for anonymous pulls (Docker Hub, GHCR ...).
    Token,
    /// With name and password on each request (ECR).
    Basic,
}

/// Whether the image has one platform or an index of several.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageKind {
    /// The reference leads to a manifest.
    Single,
    /// The reference leads to an index of manifests.
    Index,
}

/// Under what conditions an action runs: all that decides which requests it makes.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Conditions {
    /// How the image is named.
    pub reference: Reference,
    /// What the host holds.
    pub cache: Cache,
    /// How the registry wants requests signed.
    pub auth: Auth,
    /// Layers of the image (of one platform).
    pub layers: u32,
    /// How many of those a cold host holds already, from other images.
    pub layers_held: u32,
    /// Platforms in its index; `None` if the image has no index.
    pub platforms: Option<u32>,
    /// Whether the host has kept the image's manifests, from a pull that failed or an image that
    /// was removed since.
    pub manifest_known: bool,
}

impl Conditions {
    /// A cold pull by tag of a single-arch image, from a registry that wants nothing signed.
    pub const fn cold(layers: u32) -> Self {
        Conditions {
            reference: Reference::Tag,
            cache: Cache::Cold,
            auth: Auth::None,
            layers,
            layers_held: 0,
            platforms: None,
            manifest_known: false,
        }
    }

    /// Whether the image has an index.
    pub const fn image(&self) -> ImageKind {
        match self.platforms {
            None => ImageKind::Single,
            Some(_) => ImageKind::Index,
        }
    }
}

/// Conditions of a step; those left out do not matter.
#[derive(Clone, Eq, PartialEq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// Only if the image is named like this.
    pub reference: Option<Reference>,
    /// Only if the host holds this.
    pub cache: Option<Cache>,
    /// Only if the registry wants one of these.
    pub auth: Option<Vec<Auth>>,
    /// Only if the image is of this kind.
    pub image: Option<ImageKind>,
    /// Only if the host has (or has not) kept the manifests.
    pub manifest_known: Option<bool>,
}

impl When {
    /// Whether a step of these conditions is taken.
    pub fn holds(&self, conditions: &Conditions) -> bool {
        fn is<T: PartialEq>(wanted: &Option<T>, actual: T) -> bool {
            wanted.as_ref().is_none_or(|wanted| *wanted == actual)
        }
        is(&self.reference, conditions.reference)
            && is(&self.cache, conditions.cache)
            && is(&self.image, conditions.image())
            && is(&self.manifest_known, conditions.manifest_known)
            && self
                .auth
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&conditions.auth))
    }
}

/// How often a step is taken.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// Once.
    #[default]
    Once,
    /// Once for each layer that the host lacks.
    MissingLayers,
    /// Once for each layer, held or not: the client has no cache.
    Layers,
    /// Once for each layer and the config blob, all beside each other.
    Blobs,
    /// Once for each of these that the registry lacks.
    MissingBlobs,
    /// Once for each platform of the index; once without an index.
    Platforms,
}

impl Times {
    /// How often, under these conditions.
    pub const fn count(self, conditions: &Conditions) -> u32 {
        match self {
            Times::Once => 1,
            Times::Layers => conditions.layers,
            Times::MissingLayers => conditions.layers.saturating_sub(conditions.layers_held),
            Times::Blobs => conditions.layers + 1,
            Times::MissingBlobs => conditions.layers.saturating_sub(conditions.layers_held) + 1,
            Times::Platforms => match conditions.platforms {
                None => 1,
                Some(platforms) => platforms,
            },
        }
    }
}

/// When a step begins.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Begins {
    /// When all before it are answered.
    #[default]
    After,
    /// Together with the step before it.
    With,
    /// Request by request: each when the request of the same number of the step before is answered.
    AfterItsOwn,
}

/// One step of an action: requests of one class.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What the requests are for.
    pub class: RequestClass,
    /// Their method.
    pub method: Method,
    /// When the step is taken at all.
    #[serde(default)]
    pub when: When,
    /// How many requests it makes.
    #[serde(default)]
    pub times: Times,
    /// When it begins.
    #[serde(default)]
    pub begins: Begins,
    /// Time between the answer before and the first request, the journey of that answer included;
    /// `None` if nobody measured it.
    #[serde(default, deserialize_with = "span::option")]
    pub think: Option<Span>,
    /// Time between one request of the step and the next: from send to send where they run side by
    /// side, from answer to send where they run one by one; `None` if nobody measured it.
    #[serde(default, deserialize_with = "span::option")]
    pub between: Option<Span>,
}
