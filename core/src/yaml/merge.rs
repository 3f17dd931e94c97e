//! Overrides on the tree, before anything is decoded.
//!
//! Maps merge key by key; everything else is replaced whole. Some maps are choices (a retry policy,
//! a distribution): half of one choice and half of another mean nothing, so they are replaced whole
//! too. A [`Layout`] says which maps those are; only who knows the language can give one.

use super::{Diagnostic, Entry, Node, Place, Value, nearest};

/// How an override meets what is there.
#[derive(Clone, PartialEq, Debug)]
pub enum Layout {
    /// Replaced whole. A path can still go inside.
    Whole {
        /// A scalar here is short for a map with this one key, so that a path can go inside it.
        short_for: Option<&'static str>,
    },
    /// A map from names to things of one layout.
    Names {
        /// The layout of each.
        of: Box<Layout>,
        /// What one is called, if a path into one that is not there is a mistake; `None` if it adds
        /// one.
        known: Option<&'static str>,
    },
    /// A map with known keys.
    Record(Vec<Part>),
}

/// A key of a [`Layout::Record`].
#[derive(Clone, PartialEq, Debug)]
pub struct Part {
    /// The key.
    pub key: &'static str,
    /// What is under it.
    pub layout: Layout,
    /// Keys of one group exclude each other: setting one takes the others away.
    pub group: Option<&'static str>,
}

impl Layout {
    /// Replaced whole.
    pub const WHOLE: Layout = Layout::Whole { short_for: None };

    /// The layout under a key.
    pub fn under(&self, key: &str) -> &Layout {
        const WHOLE: &Layout = &Layout::WHOLE;
        match self {
            Layout::Whole { .. } => WHOLE,
            Layout::Names { of, .. } => of,
            Layout::Record(parts) => parts
                .iter()
                .find(|part| part.key == key)
                .map_or(WHOLE, |part| &part.layout),
        }
    }

    /// Whether two keys exclude each other here.
    fn excludes(&self, a: &str, b: &str) -> bool {
        let Layout::Record(parts) = self else {
            return false;
        };
        let group = |key: &str| parts.iter().find(|part| part.key == key)?.group;
        a != b && group(a).is_some() && group(a) == group(b)
    }
}

/// A name of a path and where it stands.
pub type Step = (String, Place);

/// Puts `value` under a path, merging it with what is there as `layout` says.
///
/// # Errors
/// A path that goes into something that is no map, or into a named thing that is not there.
pub fn apply(
    root: &mut Node,
    path: &[Step],
    value: Node,
    layout: &Layout,
) -> Result<(), Box<Diagnostic>> {
    let Some(((name, place), rest)) = path.split_first() else {
        merge(root, value, layout);
        return Ok(());
    };
    expand(root, layout);
    let found = root.describe();
    let Value::Map(entries) = &mut root.value else {
        let message = format!("`{name}` is set inside {found}");
        return Err(Diagnostic::new(message, *place).into());
    };
    if !entries.iter().any(|entry| entry.key == *name) {
        if let (
            Layout::Names {
                known: Some(what), ..
            },
            false,
        ) = (layout, rest.is_empty())
        {
            let names = entries.iter().map(|entry| entry.key.as_str());
            let message = format!("there is no {what} `{name}`");
            let diagnostic = Diagnostic::new(message, *place);
            return Err(Box::new(match nearest(name, names.clone()) {
                Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
                None => diagnostic.hint(format!("there is {}", listed(names))),
            }));
        }
        entries.push(Entry {
            key: name.clone(),
            key_place: *place,
            value: empty(*place, rest.is_empty()),
        });
    }
    entries.retain(|entry| !layout.excludes(name, &entry.key));
    let under = layout.under(name);
    let entry = entries
        .iter_mut()
        .find(|entry| entry.key == *name)
        .expect("it was there or has just been added");
    if rest.is_empty() {
        entry.key_place = *place;
    }
    apply(&mut entry.value, rest, value, under)
}

/// A scalar that is short for a map becomes that map.
fn expand(node: &mut Node, layout: &Layout) {
    if let Layout::Whole {
        short_for: Some(key),
    } = layout
        && matches!(node.value, Value::Scalar(_))
        && !node.is_null()
    {
        let entry = Entry {
            key: (*key).to_owned(),
            key_place: node.place,
            value: node.clone(),
        };
        node.value = Value::Map(vec![entry]);
    } else if node.is_null() {
        node.value = Value::Map(Vec::new());
    }
}

fn empty(place: Place, leaf: bool) -> Node {
    let value = if leaf {
        Value::List(Vec::new())
    } else {
        Value::Map(Vec::new())
    };
    Node { place, value }
}

fn merge(target: &mut Node, over: Node, layout: &Layout) {
    let merges = !matches!(layout, Layout::Whole { .. });
    match (&mut target.value, over.value) {
        (Value::Map(entries), Value::Map(overrides)) if merges => {
            for new in overrides {
                entries.retain(|entry| !layout.excludes(&new.key, &entry.key));
                let under = layout.under(&new.key);
                match entries.iter_mut().find(|entry| entry.key == new.key) {
                    Some(entry) => {
                        if !matches!(new.value.value, Value::Map(_)) {
                            entry.key_place = new.key_place;
                        }
                        merge(&mut entry.value, new.value, under);
                    }
                    None => entries.push(new),
                }
            }
        }
        (_, value) => {
            *target = Node {
                place: over.place,
                value,
            }
        }
    }
}

/// Some names for a message.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.take(12).map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Path, SourceId, read};

    fn language() -> Layout {
        let part = |key, layout, group| Part { key, layout, group };
        let workload = Layout::Record(vec![
            part("jobs", Layout::WHOLE, None),
            part(
                "retry",
                Layout::Whole {
                    short_for: Some("preset"),
                },
                None,
            ),
            part("bucket", Layout::WHOLE, Some("algorithm")),
            part("window", Layout::WHOLE, Some("algorithm")),
        ]);
        let workloads = Layout::Names {
            of: Box::new(workload),
            known: Some("workload"),
        };
        Layout::Record(vec![part("workloads", workloads, None)])
    }

    fn after(base: &str, path: &str, value: &str) -> String {
        let mut root = read(base, SourceId::FILE).unwrap();
        let value = read(value, SourceId(1)).unwrap();
        let path: Vec<Step> = Path::parse(path)
            .unwrap()
            .names()
            .iter()
            .map(|name| (name.clone(), Place::new(SourceId(1), 0, 0)))
            .collect();
        match apply(&mut root, &path, value, &language()) {
            Ok(()) => root.to_flow(),
            Err(problem) => format!("{}; {}", problem.message, problem.hint.unwrap_or_default()),
        }
    }

    #[test]
    fn maps_merge_and_choices_are_replaced_whole() {
        let base = "workloads: {ci: {jobs: 2, retry: {strategy: fixed, delay: 1s}}}";
        assert_eq!(
            after(base, "workloads", "{ci: {jobs: 3}}"),
            "{workloads: {ci: {jobs: 3, retry: {strategy: fixed, delay: 1s}}}}"
        );
        assert_eq!(
            after(base, "workloads.ci", "{retry: {preset: aws}}"),
            "{workloads: {ci: {jobs: 2, retry: {preset: aws}}}}"
        );
        assert_eq!(
            after(base, "workloads.ci.retry.delay", "2s"),
            "{workloads: {ci: {jobs: 2, retry: {strategy: fixed, delay: 2s}}}}"
        );
    }

    #[test]
    fn a_path_goes_into_the_map_that_a_scalar_is_short_for() {
        assert_eq!(
            after(
                "workloads: {ci: {retry: aws}}",
                "workloads.ci.retry.attempts",
                "8"
            ),
            "{workloads: {ci: {retry: {preset: aws, attempts: 8}}}}"
        );
    }

    #[test]
    fn one_algorithm_takes_the_place_of_another() {
        let base = "workloads: {ci: {bucket: {burst: 1}}}";
        for (path, value) in [
            ("workloads.ci.window", "{limit: 2}"),
            ("workloads.ci", "{window: {limit: 2}}"),
        ] {
            assert_eq!(
                after(base, path, value),
                "{workloads: {ci: {window: {limit: 2}}}}"
            );
        }
    }

    #[test]
    fn a_path_into_a_workload_that_is_not_there_is_a_mistake() {
        let base = "workloads: {deploys: {jobs: 2}}";
        assert_eq!(
            after(base, "workloads.deploy.jobs", "3"),
            "there is no workload `deploy`; did you mean `deploys`?"
        );
        assert_eq!(
            after(base, "workloads.deploys.jobs.x", "3"),
            "`x` is set inside the number `2`; "
        );
    }
}
