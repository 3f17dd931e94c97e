//! Problems in a text, each with its place, rendered for people.

use super::{Place, Sources};
use crate::order::Arrange;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;

/// Problems shown in full; beyond that only their number.
const SHOWN_MAX: usize = 50;

/// One problem.
#[derive(Clone, PartialEq, Debug)]
pub struct Diagnostic {
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where; `None` for a problem of the whole.
    pub place: Option<Place>,
    /// The few words that stand under the place.
    pub label: Option<String>,
    /// The path of the value in the scenario; empty at the root.
    pub path: String,
    /// What is allowed, or what to write instead.
    pub hint: Option<String>,
    /// Other places that belong to the problem, and what they are.
    pub also: Vec<(Place, String)>,
}

impl Diagnostic {
    /// A problem at a place.
    pub fn new(message: impl Into<String>, place: Place) -> Self {
        Diagnostic {
            message: message.into(),
            place: Some(place),
            label: None,
            path: String::new(),
            hint: None,
            also: Vec::new(),
        }
    }

    /// With the few words that stand under the place.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// With the path of the value.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// With what to write instead.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With a second place.
    pub fn also(mut self, place: Place, what: impl Into<String>) -> Self {
        self.also.push((place, what.into()));
        self
    }
}

/// All problems of a scenario, in the order of their places.
#[derive(Clone, PartialEq, Debug)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
    sources: Sources,
}

impl Diagnostics {
    /// The problems in the order of their places, each once.
    pub fn new(mut items: Vec<Diagnostic>, sources: Sources) -> Self {
        items.arrange_by_key(|item| item.place);
        let mut kept: Vec<Diagnostic> = Vec::with_capacity(items.len());
        for item in items {
            let known = kept
                .iter()
                .rev()
                .take_while(|other| other.place == item.place)
                .any(|other| other.message == item.message);
            if !known {
                kept.push(item);
            }
        }
        Diagnostics {
            items: kept,
            sources,
        }
    }

    /// The problems.
    pub fn items(&self) -> &[Diagnostic] {
        &self.items
    }

    /// The texts their places are in.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// All problems as text: for each the message, file, line and column, the line with a mark, the
    /// path and the hint. `styled` adds ANSI colours.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled {
            Renderer::styled()
        } else {
            Renderer::plain()
        }
        .term_width(100);
        let mut parts: Vec<String> = self
            .items
            .iter()
            .take(SHOWN_MAX)
            .map(|item| self.render_one(item, &renderer))
            .collect();
        if self.items.len() > SHOWN_MAX {
            parts.push(format!("and {} more", self.items.len() - SHOWN_MAX));
        }
        let mut text = parts.join("\n\n");
        text.push('\n');
        text
    }

    fn render_one(&self, item: &Diagnostic, renderer: &Renderer) -> String {
        let mut group = Group::with_title(Level::ERROR.primary_title(item.message.as_str()));
        for (source, places) in self.by_source(item) {
            let Some(source) = self.sources.get(source) else {
                continue;
            };
            let mut snippet = Snippet::source(source.text.as_str())
                .path(source.name.as_str())
                .fold(true);
            for (kind, place, label) in places {
                let mut annotation = kind.span(first_line(&source.text, place));
                if let Some(label) = label {
                    annotation = annotation.label(label);
                }
                snippet = snippet.annotation(annotation);
            }
            group = group.element(snippet);
        }
        if !item.path.is_empty() {
            group = group.element(Level::NOTE.with_name("path").message(item.path.as_str()));
        }
        if let Some(hint) = &item.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        renderer.render(&[group])
    }

    /// The places of a problem, those of one text together, the problem's own text first.
    #[allow(clippy::type_complexity)]
    fn by_source<'a>(
        &self,
        item: &'a Diagnostic,
    ) -> Vec<(
        super::SourceId,
        Vec<(AnnotationKind, Place, Option<&'a str>)>,
    )> {
        let primary = item
            .place
            .map(|place| (AnnotationKind::Primary, place, item.label.as_deref()));
        let others = item
            .also
            .iter()
            .map(|(place, what)| (AnnotationKind::Context, *place, Some(what.as_str())));
        let mut groups: Vec<(super::SourceId, Vec<_>)> = Vec::new();
        for mark in primary.into_iter().chain(others) {
            match groups.iter_mut().find(|(id, _)| *id == mark.1.source) {
                Some((_, marks)) => marks.push(mark),
                None => groups.push((mark.1.source, vec![mark])),
            }
        }
        groups
    }
}

/// The part of a place on its first line, at least the character it begins with: a map is marked
/// where it begins, not over all its lines.
fn first_line(text: &str, place: Place) -> Range<usize> {
    let floor = |at: u32| {
        let mut at = (at as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (floor(place.start), floor(place.end.max(place.start)));
    let line_end = text[start..]
        .find(['\n', '\r'])
        .map_or(text.len(), |length| start + length);
    start..end.min(line_end)
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}
