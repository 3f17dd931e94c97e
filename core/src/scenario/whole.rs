//! What only a whole scenario can tell is wrong: whether it takes what may be tuned, and whether its load is
//! a number.

use super::applied::apply_in;
use super::decoder::Decoder;
use super::form::Form;
use super::model::Scenario;
use super::overrides::Override;
use super::root;
use crate::control::unwritten;
use crate::units::text;
use crate::yaml::merge::Layout;
use crate::yaml::{Diagnostic, Node, Path, Place, SourceId, Value, read_at};

/// What is tuned must take the values it may have; the load is what settings are judged at.
pub(super) fn tune_problems(root: &Node, today: &Scenario) -> Vec<Diagnostic> {
    let entries = root.get("tune").and_then(Node::entries).unwrap_or(&[]);
    let language = root::file().layout();
    let load = today.load.as_ref().map(|load| load.value.path.as_str());
    let mut bare = root.clone();
    if let Value::Map(entries) = &mut bare.value {
        entries.retain(|entry| !["tune", "variants"].contains(&entry.key.as_str()));
    }
    let mut problems = Vec::new();
    for (tune, entry) in today.tune.iter().zip(entries) {
        let own = format!("tune.{}", tune.path);
        if load == Some(tune.path.as_str()) {
            let message = format!("`{}` is the load, which settings are judged at", tune.path);
            let hint = "tune something else, or name another number as `load:`";
            problems.push(
                Diagnostic::new(message, entry.key_place)
                    .path(own)
                    .hint(hint),
            );
            continue;
        }
        // Of numbers, the ends say whether those between are taken, too.
        let ends = match tune.ordered {
            true => vec![&tune.values[0], &tune.values[tune.values.len() - 1]],
            false => tune.values.iter().collect(),
        };
        let refused = ends.into_iter().find_map(|value| {
            let why = refusal(&bare, &language, &tune.path, value)?;
            Some((value, why))
        });
        if let Some((value, why)) = refused {
            let message = format!("`{}` cannot be {value}: {}", tune.path, why.message);
            let mut problem = Diagnostic::new(message, entry.value.place).path(own);
            if let Some(hint) = why.hint {
                problem = problem.hint(hint);
            }
            problems.push(problem);
        }
    }
    problems
}

/// Why the scenario does not take a value.
fn refusal(bare: &Node, language: &Layout, path: &str, value: &str) -> Option<Diagnostic> {
    let place = Place::new(SourceId::FILE, 0, path.len() as u32);
    let mut tree = bare.clone();
    let applied = read_at(value, SourceId::FILE, 0)
        .map_err(|mut found| Box::new(found.swap_remove(0)))
        .and_then(|value| Override::new(path, place, value))
        .and_then(|value| apply_in(&mut tree, &value, language));
    if let Err(problem) = applied {
        return Some(*problem);
    }
    let mut decoder = Decoder::default();
    root::file().decode(&tree, &mut decoder);
    decoder.into_problems().into_iter().next()
}

/// The path of the load must lead to a whole number of the scenario, written or by default.
pub(super) fn load_problem(root: &Node, today: &Scenario) -> Option<Diagnostic> {
    let load = &today.load.as_ref()?.value;
    let path = Path::parse(&load.path).ok()?;
    let place = root.at(&Path::parse("load.path").ok()?)?.place;
    let diagnostic = |message: String| Diagnostic::new(message, place).path("load.path");
    let hint = "write the path of a whole number of this scenario";
    let by_default = || unwritten(root, &load.path).is_some_and(|it| text::count(&it).is_ok());
    match root.at(&path) {
        None if by_default() => None,
        None => Some(diagnostic(format!("nothing is written under `{path}`")).hint(hint)),
        Some(node) if node.text().is_none_or(|text| text::count(text).is_err()) => {
            let message = format!("`{path}` is {}, not a whole number", node.describe());
            Some(diagnostic(message).also(node.place, "this").hint(hint))
        }
        Some(_) => None,
    }
}
