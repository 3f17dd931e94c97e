//! Edits of the text: a value is replaced in its bytes; comments, order and style survive.

use super::{Node, Path, Place, SourceId, Value, read};

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
