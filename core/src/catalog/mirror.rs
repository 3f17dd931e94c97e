//! Mirrors: registries that fetch from another one what they do not hold, and keep it.
//!
//! A record says when a mirror asks upstream about a tag it knows, what several clients that ask for
//! the same thing at once cost upstream, and what its clients get when upstream refuses. Whom it
//! asks, and as whom, is the scenario's.

use super::client::{Confidence, Unknown};
use super::figure::{self, Date};
use super::file::DataError;
use crate::units::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A kind of mirror.
#[derive(Clone, PartialEq, Debug)]
pub struct Mirror {
    /// Its name, `distribution-proxy`.
    pub name: String,
    /// What it is.
    pub title: String,
    /// The versions that behave like this.
    pub versions: String,
    /// For how long a tag that was looked up upstream is not looked up again; zero for each
    /// request.
    pub refresh: Span,
    /// Whether a tag it knows will do where the look-up upstream is refused.
    pub serves_stale: bool,
    /// Whether who asks for what is being fetched waits for that; `None` if nobody says, and then
    /// each asks upstream.
    pub single_flight: Option<bool>,
    /// Whether it fetches the manifests of all platforms of an index with it.
    pub imports_whole_list: bool,
    /// Whether it fetches a manifest that it does not hold also where a client asks by HEAD.
    pub head_fetches_manifest: bool,
    /// What a client gets if the look-up of a tag is refused upstream; `None` passes the refusal
    /// on.
    pub refused_tag: Option<Refused>,
    /// The same of a manifest or blob.
    pub refused_content: Option<Refused>,
    /// What nobody has published.
    pub unknown: Vec<Unknown>,
    /// What else a reader must know.
    pub notes: Vec<String>,
    /// Where this is known from.
    pub sources: Vec<String>,
    /// When that was last looked up.
    pub as_of: Date,
    /// How well it is known.
    pub confidence: Confidence,
}

/// An answer of a mirror instead of that of its upstream.
#[derive(Clone, Eq, PartialEq, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// HTTP status.
    pub status: u16,
    /// Error code.
    pub code: String,
}

/// All kinds of mirrors.
pub fn mirrors() -> &'static [Mirror] {
    static MIRRORS: OnceLock<Vec<Mirror>> = OnceLock::new();
    MIRRORS.get_or_init(|| {
        let file = ("mirrors.json", include_str!("data/mirrors.json"));
        read(file).unwrap_or_else(|mistake| panic!("the catalog's mirrors: {mistake}"))
    })
}

/// The kind of mirror of this name.
pub fn mirror(name: &str) -> Option<&'static Mirror> {
    mirrors().iter().find(|mirror| mirror.name == name)
}

/// One kind of mirror in a list.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct MirrorEntry {
    /// Its name.
    pub name: String,
    /// What it is.
    pub title: String,
    /// How well it is known.
    pub confidence: Confidence,
    /// Whether something about it is not published.
    pub asks: bool,
    /// When its facts were last looked up.
    pub as_of: String,
}

/// A kind of mirror in full, in words.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct MirrorExplanation {
    /// As it stands in the list.
    pub entry: MirrorEntry,
    /// The versions that behave like this.
    pub versions: String,
    /// When it asks upstream about a tag.
    pub checks: String,
    /// What several that ask at once cost upstream.
    pub at_once: String,
    /// What it does when upstream refuses.
    pub refused: Vec<String>,
    /// What nobody has published.
    pub unknown: Vec<Unknown>,
    /// What else a reader must know.
    pub notes: Vec<String>,
    /// Where this is known from.
    pub sources: Vec<String>,
}

impl Mirror {
    /// As it stands in a list.
    pub fn entry(&self) -> MirrorEntry {
        MirrorEntry {
            name: self.name.clone(),
            title: self.title.clone(),
            confidence: self.confidence,
            asks: !self.unknown.is_empty(),
            as_of: self.as_of.to_string(),
        }
    }

    /// All that is known of it, in words.
    pub fn explain(&self) -> MirrorExplanation {
        let checks = match self.refresh {
            Span::ZERO => "a tag is looked up upstream at each request".to_owned(),
            refresh => format!("a tag is looked up upstream at most once in {refresh}"),
        };
        let at_once = match self.single_flight {
            Some(true) => "one request upstream; the others wait for it",
            Some(false) => "one request upstream each",
            None => "not published; taken as one request upstream each",
        };
        let answer = |refused: &Option<Refused>| match refused {
            Some(refused) => format!("HTTP {} {}", refused.status, refused.code),
            None => "upstream's refusal, passed on".to_owned(),
        };
        let stale = if self.serves_stale {
            "a tag that it knows; else "
        } else {
            ""
        };
        MirrorExplanation {
            entry: self.entry(),
            versions: self.versions.clone(),
            checks,
            at_once: at_once.to_owned(),
            refused: vec![
                format!("look-up of a tag: {stale}{}", answer(&self.refused_tag)),
                format!("manifest or blob: {}", answer(&self.refused_content)),
            ],
            unknown: self.unknown.clone(),
            notes: self.notes.clone(),
            sources: self.sources.clone(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    as_of: String,
    sources: BTreeMap<String, String>,
    mirrors: Vec<RawMirror>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMirror {
    name: String,
    title: String,
    versions: String,
    /// `each_request`, or a span.
    checks: String,
    serves_stale: bool,
    single_flight: Option<bool>,
    imports_whole_list: bool,
    head_fetches_manifest: bool,
    refused_tag: Option<Refused>,
    refused_content: Option<Refused>,
    unknown: Vec<Unknown>,
    notes: Vec<String>,
    sources: Vec<String>,
    confidence: Confidence,
}

fn read((file, text): (&str, &str)) -> Result<Vec<Mirror>, DataError> {
    let mistake = |id: Option<&str>, problem: String| DataError {
        file: file.to_owned(),
        id: id.map(str::to_owned),
        problem,
    };
    let raw: RawFile =
        serde_json::from_str(text).map_err(|error| mistake(None, error.to_string()))?;
    let as_of = Date::parse(&raw.as_of)
        .ok_or_else(|| mistake(None, format!("`{}` is no date", raw.as_of)))?;
    let sources = raw.sources;
    raw.mirrors
        .into_iter()
        .map(|mirror| {
            let refresh = match mirror.checks.as_str() {
                "each_request" => Some(Span::ZERO),
                span => figure::span(span),
            };
            let refresh = refresh.ok_or_else(|| {
                mistake(
                    Some(&mirror.name),
                    format!("`{}` is no span", mirror.checks),
                )
            })?;
            let source = |key: &String| {
                let found = sources.get(key).cloned();
                found.ok_or_else(|| mistake(Some(&mirror.name), format!("no source `{key}`")))
            };
            let sources = mirror.sources.iter().map(source);
            Ok(Mirror {
                sources: sources.collect::<Result<_, _>>()?,
                refresh,
                as_of: as_of.clone(),
                name: mirror.name,
                title: mirror.title,
                versions: mirror.versions,
                serves_stale: mirror.serves_stale,
                single_flight: mirror.single_flight,
                imports_whole_list: mirror.imports_whole_list,
                head_fetches_manifest: mirror.head_fetches_manifest,
                refused_tag: mirror.refused_tag,
                refused_content: mirror.refused_content,
                unknown: mirror.unknown,
                notes: mirror.notes,
                confidence: mirror.confidence,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_mirror_has_a_source_and_says_what_several_at_once_cost() {
        assert_eq!(mirrors().len(), 3);
        for mirror in mirrors() {
            assert!(!mirror.sources.is_empty(), "{}", mirror.name);
            let admits = mirror.single_flight.is_some() || !mirror.unknown.is_empty();
            assert!(admits, "{}", mirror.name);
        }
        let ecr = mirror("ecr-pull-through").unwrap().explain();
        assert_eq!(ecr.checks, "a tag is looked up upstream at most once in 1d");
        assert_eq!(
            ecr.at_once,
            "not published; taken as one request upstream each"
        );
    }

    #[test]
    fn a_distribution_proxy_says_unknown_where_upstream_said_too_many() {
        let distribution = mirror("distribution-proxy").unwrap().explain();
        assert_eq!(
            distribution.refused,
            [
                "look-up of a tag: a tag that it knows; else HTTP 404 MANIFEST_UNKNOWN",
                "manifest or blob: HTTP 500 UNKNOWN"
            ]
        );
    }
}
