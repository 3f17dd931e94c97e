//! Overrides applied to the tree of a scenario: variants, and arguments that win over them.

use super::contradiction;
use super::decoder::Decoder;
use super::document::{Argument, Variant};
use super::form::Form;
use super::model::{Named, Place, Scenario};
use super::overrides::Override;
use super::root::{self, VariantText};
use crate::yaml::merge::{self, Layout};
use crate::yaml::{Diagnostic, Node};
use std::collections::BTreeSet;

/// Applies overrides in order; what is wrong with those that cannot be.
pub(super) fn apply_all<'o>(
    root: &mut Node,
    overrides: impl IntoIterator<Item = &'o Override>,
) -> Vec<Diagnostic> {
    let problems = overrides.into_iter();
    let problems = problems.filter_map(|value| apply(root, value).err());
    problems.map(|problem| *problem).collect()
}

pub(super) fn apply(root: &mut Node, value: &Override) -> Result<(), Box<Diagnostic>> {
    apply_in(root, value, &language())
}

pub(super) fn apply_in(
    root: &mut Node,
    value: &Override,
    language: &Layout,
) -> Result<(), Box<Diagnostic>> {
    let path: Vec<&str> = value.path.iter().map(|(name, _)| name.as_str()).collect();
    merge::apply(root, &value.path, value.value.clone(), language)
        .map_err(|problem| problem.path(path.join(".")).into())
}

pub(super) fn language() -> Layout {
    root::file().layout()
}

/// The variants that can be decoded by themselves; problems of the others have been reported with
/// the file.
pub(super) fn written_variants(root: &Node) -> Vec<Named<VariantText>> {
    let mut unheard = Decoder::default();
    let entries = root.get("variants").and_then(Node::entries).unwrap_or(&[]);
    entries
        .iter()
        .filter_map(|entry| {
            let value = root::variant().decode(&entry.value, &mut unheard)?;
            Some(Named {
                name: entry.key.clone(),
                place: Some(entry.key_place),
                value,
            })
        })
        .collect()
}

/// What is wrong with a variant.
pub(super) enum Fault {
    /// Paths that lead nowhere.
    Path(Vec<Diagnostic>),
    /// What the scenario would be.
    Value(Vec<Diagnostic>),
}

/// The scenario (its tree without variants) with a variant's overrides, and then the arguments that
/// win over them.
pub(super) fn apply_variant(
    base: &Node,
    variant: &Named<VariantText>,
    arguments: &[Argument],
) -> Result<Scenario, Fault> {
    let mut tree = base.clone();
    let own = &variant.value.set;
    let winning: Vec<&Override> = arguments
        .iter()
        .filter(|argument| argument.wins)
        .map(|argument| &argument.value)
        .collect();
    let mut problems = apply_all(&mut tree, own);
    if problems.is_empty() {
        problems = contradiction::lost(own, &tree);
        problems.extend(apply_all(&mut tree, winning));
    }
    if !problems.is_empty() {
        return Err(Fault::Path(problems));
    }
    let mut decoder = Decoder::default();
    let file = root::file().decode(&tree, &mut decoder);
    match (file, decoder.into_problems()) {
        (Some(file), problems) if problems.is_empty() => Ok(file.today),
        (_, problems) => Err(Fault::Value(problems)),
    }
}

pub(super) fn finished(variant: Named<VariantText>, scenario: Scenario) -> Variant {
    let language = language();
    let overrides = variant
        .value
        .set
        .iter()
        .flat_map(|value| value.leaves(&language))
        .collect();
    Variant {
        name: variant.name,
        place: variant.place,
        about: variant.value.about,
        scenario,
        overrides,
    }
}

/// What is wrong with a variant, but not without it.
pub(super) fn own_problems(
    found: Vec<Diagnostic>,
    of_today: &BTreeSet<(Option<Place>, String)>,
    variant: &str,
) -> Vec<Diagnostic> {
    found
        .into_iter()
        .filter(|problem| !of_today.contains(&(problem.place, problem.message.clone())))
        .map(|mut problem| {
            problem.path = format!("{} (in the variant `{variant}`)", problem.path);
            problem
        })
        .collect()
}
