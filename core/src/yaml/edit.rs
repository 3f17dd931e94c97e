//! Edits of the text: a value is replaced in its bytes; comments, order and style survive.

use super::read::{Alias, aliases};
use super::{Entry, Node, Path, Place, SourceId, Value, read};
use std::collections::BTreeSet;

/// Why a value cannot be replaced in the text.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum EditError {
    /// The text is not YAML.
    NotYaml,
    /// Nothing is written under that path.
    NotThere,
    /// A list or map is written there; only scalars are replaced.
    NotScalar,
    /// The value stands under an anchor or alias: replacing it would change another value too.
    Shared,
    /// The new value is not one scalar on one line.
    NotOneScalar,
}

/// The text with the scalar under `path` replaced by `value` (YAML: a scalar on one line).
///
/// ```
/// use pullstorm_core::yaml::{Path, edit};
///
/// let text = "ci:\n  jobs: 32   # the worst day\n";
/// let path = Path::parse("ci.jobs").unwrap();
/// assert_eq!(edit::replace(text, &path, "16").unwrap(), "ci:\n  jobs: 16   # the worst day\n");
/// ```
///
/// # Errors
/// See [`EditError`].
pub fn replace(text: &str, path: &Path, value: &str) -> Result<String, EditError> {
    let root = read(text, SourceId::FILE).map_err(|_| EditError::NotYaml)?;
    let node = root.at(path).ok_or(EditError::NotThere)?;
    let Value::Scalar(old) = &node.value else {
        return Err(EditError::NotScalar);
    };
    let new = read(value, SourceId::FILE)
        .ok()
        .filter(|node| matches!(node.value, Value::Scalar(_)) && !node.is_blank())
        .filter(|_| !value.contains('\n'))
        .ok_or(EditError::NotOneScalar)?;
    let place = node.place;
    // A block scalar begins behind its `|`; its bytes are not a scalar of their own.
    let itself = read(slice(text, place), SourceId::FILE).ok();
    if !itself.is_some_and(|node| node.value == Value::Scalar(old.clone())) {
        return Err(EditError::NotScalar);
    }
    let gap = if node.is_blank() { " " } else { "" };
    let edited = format!(
        "{}{gap}{}{}",
        &text[..place.start as usize],
        value.trim(),
        &text[place.end as usize..]
    );
    let after = read(&edited, SourceId::FILE).map_err(|_| EditError::NotOneScalar)?;
    let mut expected = root.clone();
    if let Some(target) = at_mut(&mut expected, path) {
        *target = new;
    }
    if same(&after, &expected) {
        Ok(edited)
    } else {
        Err(EditError::Shared)
    }
}

/// The text with `value` under `path`, whatever stood there: a scalar, list or map is replaced in its
/// bytes, and a key that is not there is written into the deepest map on the way that is. `value` is
/// YAML on one line; `null` takes a key back to its default. Where the value is shared by an anchor and
/// its aliases, those aliases are written out that would change with it.
///
/// ```
/// use pullstorm_core::yaml::{Path, edit};
///
/// let text = "ci:\n  jobs: 32   # the worst day\n";
/// let path = Path::parse("ci.pull.auth").unwrap();
/// let edited = edit::set(text, &path, "token").unwrap();
/// assert_eq!(edited, "ci:\n  pull: {auth: token}\n  jobs: 32   # the worst day\n");
/// ```
///
/// # Errors
/// See [`EditError`]; a map of other values on the way is [`EditError::NotThere`].
pub fn set(text: &str, path: &Path, value: &str) -> Result<String, EditError> {
    let edited = set_alone(text, path, value);
    if edited != Err(EditError::Shared) {
        return edited;
    }
    let shared = aliases(text);
    let one = shared.iter().map(|alias| written_out(text, [alias]));
    let anchors: BTreeSet<usize> = shared.iter().map(|alias| alias.anchor).collect();
    let of_one = anchors.iter().map(|anchor| {
        let own = shared.iter().filter(|alias| alias.anchor == *anchor);
        written_out(text, own)
    });
    let all = std::iter::once_with(|| written_out(text, &shared));
    one.chain(of_one)
        .chain(all)
        .find_map(|text| set_alone(&text, path, value).ok())
        .ok_or(EditError::Shared)
}

/// The text with these aliases, in their order, replaced by what they stand for.
fn written_out<'a>(text: &str, aliases: impl IntoIterator<Item = &'a Alias>) -> String {
    let mut out = String::new();
    let mut done = 0;
    for Alias { place, node, .. } in aliases {
        out += &text[done..place.start as usize];
        out += &node.to_flow();
        done = place.end as usize;
    }
    out + &text[done..]
}

fn set_alone(text: &str, path: &Path, value: &str) -> Result<String, EditError> {
    if let Ok(edited) = replace(text, path, value) {
        return Ok(edited);
    }
    let root = read(text, SourceId::FILE).map_err(|_| EditError::NotYaml)?;
    let new = read(value, SourceId::FILE)
        .ok()
        .filter(|node| !node.is_blank() && !value.contains('\n'))
        .ok_or(EditError::NotOneScalar)?;
    let mut expected = root.clone();
    let edited = match root.at(path) {
        Some(node) => {
            *at_mut(&mut expected, path).ok_or(EditError::NotThere)? = new.clone();
            let gap = if node.is_blank() { " " } else { "" };
            let rest = &text[node.place.end as usize..];
            let before = &text[..node.place.start as usize];
            let behind = &text[end_of(text, node)..node.place.end as usize];
            format!("{before}{gap}{}{behind}{rest}", new.to_flow())
        }
        None => insert(text, &root, &mut expected, path, &new)?,
    };
    let after = read(&edited, SourceId::FILE).map_err(|_| EditError::Shared)?;
    match same(&after, &expected) {
        true => Ok(edited),
        false => Err(EditError::Shared),
    }
}

/// Where the bytes of a value end: its place may go on with blanks and comments behind a bracket.
fn end_of(text: &str, node: &Node) -> usize {
    let (start, own) = (node.place.start as usize, slice(text, node.place));
    let itself = |end: &usize| {
        let read = read(&own[..*end], SourceId::FILE);
        read.is_ok_and(|read| same(&read, node))
    };
    let brackets = own.match_indices([']', '}']).map(|(at, _)| at + 1);
    let is_flow = own.starts_with(['[', '{']);
    let found = brackets.filter(|_| is_flow).find(itself);
    start + found.unwrap_or_else(|| own.trim_end().len())
}

/// Writes a key that is not there before the first key of the deepest map on the way.
fn insert(
    text: &str,
    root: &Node,
    expected: &mut Node,
    path: &Path,
    value: &Node,
) -> Result<String, EditError> {
    let names = path.names();
    let mut depth = 0;
    let mut parent = root;
    while let Some(next) = names.get(depth).and_then(|name| parent.get(name)) {
        parent = next;
        depth += 1;
    }
    let (key, below) = names[depth..].split_first().ok_or(EditError::NotThere)?;
    let nested = below.iter().rev().fold(value.clone(), |inner, name| {
        let place = inner.place;
        let entry = Entry {
            key: name.clone(),
            key_place: place,
            value: inner,
        };
        Node {
            place,
            value: Value::Map(vec![entry]),
        }
    });
    let written = format!("{key}: {}", nested.to_flow());
    let above = names[..depth]
        .iter()
        .try_fold(expected, |node, name| match &mut node.value {
            Value::Map(entries) => entries
                .iter_mut()
                .find(|entry| entry.key == *name)
                .map(|entry| &mut entry.value),
            Value::Scalar(_) | Value::List(_) => None,
        });
    let Some(Node {
        value: Value::Map(entries),
        ..
    }) = above
    else {
        return Err(EditError::NotThere);
    };
    let first = entries.first().map(|entry| entry.key_place.start as usize);
    let entry = Entry {
        key: key.clone(),
        key_place: parent.place,
        value: nested,
    };
    entries.insert(0, entry);
    let Some(first) = first else {
        let (start, end) = (parent.place.start as usize, end_of(text, parent));
        return Ok(format!("{}{{{written}}}{}", &text[..start], &text[end..]));
    };
    let line = text[..first].rfind('\n').map_or(0, |at| at + 1);
    let indent = &text[line..first];
    let between = match indent.trim_start_matches([' ', '-', '?']).is_empty() {
        true => format!("\n{}", indent.replace(['-', '?'], " ")),
        false => ", ".to_owned(),
    };
    let (before, after) = text.split_at(first);
    Ok(format!("{before}{written}{between}{after}"))
}

/// What was written anew between two texts: paths with values on one line, `null` for keys that
/// are gone. Maps are compared key by key, all else as a whole; `None` if one of them is no YAML.
pub fn changes(before: &str, after: &str) -> Option<Vec<(String, String)>> {
    let before = read(before, SourceId::FILE).ok()?;
    let after = read(after, SourceId::FILE).ok()?;
    let mut changes = Vec::new();
    compare("", &before, &after, &mut changes);
    Some(changes)
}

fn compare(path: &str, before: &Node, after: &Node, changes: &mut Vec<(String, String)>) {
    let (Some(old), Some(new)) = (before.entries(), after.entries()) else {
        if !same(before, after) {
            changes.push((path.to_owned(), after.to_flow()));
        }
        return;
    };
    let under = |key: &str| match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    };
    for entry in new {
        match before.get(&entry.key) {
            Some(known) => compare(&under(&entry.key), known, &entry.value, changes),
            None => changes.push((under(&entry.key), entry.value.to_flow())),
        }
    }
    let gone = old.iter().filter(|entry| after.get(&entry.key).is_none());
    changes.extend(gone.map(|entry| (under(&entry.key), "null".to_owned())));
}

fn slice(text: &str, place: Place) -> &str {
    &text[place.start as usize..place.end as usize]
}

fn at_mut<'n>(root: &'n mut Node, path: &Path) -> Option<&'n mut Node> {
    path.names()
        .iter()
        .try_fold(root, |node, name| match &mut node.value {
            Value::Map(entries) => entries
                .iter_mut()
                .find(|entry| entry.key == *name)
                .map(|entry| &mut entry.value),
            Value::Scalar(_) | Value::List(_) => None,
        })
}

/// Whether two trees say the same, wherever it is written.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Scalar(a), Value::Scalar(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, b)| a.key == b.key && same(&a.value, &b.value))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, path: &str, value: &str) -> Result<String, EditError> {
        replace(text, &Path::parse(path).unwrap(), value)
    }

    #[test]
    fn comments_order_and_line_ends_survive() {
        let text = "# é\nb: 1 # one\r\na: {x: '2', y: [3]} # two\n";
        assert_eq!(
            edited(text, "a.x", "250ms").unwrap(),
            "# é\nb: 1 # one\r\na: {x: 250ms, y: [3]} # two\n"
        );
        assert_eq!(edited("a:\nb: 2\n", "a", "1").unwrap(), "a: 1\nb: 2\n");
    }

    fn set_in(text: &str, path: &str, value: &str) -> Result<String, EditError> {
        set(text, &Path::parse(path).unwrap(), value)
    }

    #[test]
    fn lists_maps_and_missing_keys_are_written_where_they_belong() {
        let text = "a: # one\n  b: [1,\n    2] # two\n  c:\n    d: 1\n    e: 2\n# end\nf: {}\n";
        let set = |path, value| set_in(text, path, value).unwrap();
        assert_eq!(
            set("a.b", "{x: 3}"),
            "a: # one\n  b: {x: 3} # two\n  c:\n    d: 1\n    e: 2\n# end\nf: {}\n"
        );
        assert!(set("a.c", "none").contains("c:\n    none\n# end"));
        assert!(set("a.c.g", "3").contains("  c:\n    g: 3\n    d: 1\n"));
        assert!(set("f.g.h", "3").ends_with("f: {g: {h: 3}}\n"));
        let flow = set_in("ci: {jobs: 3} # yes", "ci.images", "[2]").unwrap();
        assert_eq!(flow, "ci: {images: [2], jobs: 3} # yes");
        assert_eq!(set_in("a: 1", "a.b", "2"), Err(EditError::NotThere));
    }

    #[test]
    fn what_is_shared_is_written_out_where_it_keeps_its_value() {
        let set = |path, value| set_in("a: &n [1]\nb: *n # two\nc: *n\n", path, value).unwrap();
        assert_eq!(set("b", "2"), "a: &n [1]\nb: 2 # two\nc: *n\n");
        assert_eq!(set("a", "2"), "a: 2\nb: [1] # two\nc: [1]\n");
        let text = "a: &n {x: 1, y: 2}\nb: *n\n";
        let inner = set_in(text, "b.x", "3").unwrap();
        assert_eq!(inner, "a: &n {x: 1, y: 2}\nb: {x: 3, y: 2}\n");
        let scalar = set_in("a: &n 1\nb: *n\n", "a", "2").unwrap();
        assert_eq!(scalar, "a: &n 2\nb: 1\n");
    }

    #[test]
    fn what_another_anchor_shares_stays_shared() {
        let text = "a: &n 1\nb: *n\nc: *n\nx: &m 1\ny: *m\nz: *m\n";
        let first = set_in(text, "a", "2").unwrap();
        assert_eq!(first, "a: &n 2\nb: 1\nc: 1\nx: &m 1\ny: *m\nz: *m\n");
        let second = set_in(text, "x", "2").unwrap();
        assert_eq!(second, "a: &n 1\nb: *n\nc: *n\nx: &m 2\ny: 1\nz: 1\n");
    }

    #[test]
    fn what_was_set_is_what_has_changed() {
        let text = "a: {b: 1, c: [1]}\nd: 2\n";
        let after = set_in(&set_in(text, "a.c", "[2]").unwrap(), "a.e.f", "3").unwrap();
        let expected = [("a.e", "{f: 3}"), ("a.c", "[2]")];
        let expected = expected.map(|(path, value)| (path.to_owned(), value.to_owned()));
        assert_eq!(changes(text, &after).unwrap(), expected);
        let gone = changes("a: 1\nb: 2", "b: 2").unwrap();
        assert_eq!(gone, [("a".to_owned(), "null".to_owned())]);
    }

    #[test]
    fn only_what_stands_there_alone_is_replaced() {
        assert_eq!(edited("a: [1]", "a", "2"), Err(EditError::NotScalar));
        assert_eq!(edited("a: |\n  x\n", "a", "2"), Err(EditError::NotScalar));
        assert_eq!(edited("a: 1", "b", "2"), Err(EditError::NotThere));
        assert_eq!(edited("a: &n 1\nb: *n", "b", "2"), Err(EditError::Shared));
        assert_eq!(edited("a: 1", "a", "x: y"), Err(EditError::NotOneScalar));
        assert_eq!(edited("a: 1", "a", "[1]"), Err(EditError::NotOneScalar));
    }
}
