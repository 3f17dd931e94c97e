//! A scenario file: its text, its tree, and what it says with each variant applied.

use super::applied::{
    Fault, apply, apply_all, apply_in, apply_variant, finished, language, own_problems,
    written_variants,
};
use super::contradiction;
use super::decoder::{Decoder, PROBLEMS_MAX};
use super::files::Files;
use super::form::Form;
use super::model::{Place, Scenario};
use super::nat;
use super::overrides::Override;
use super::root;
use super::whole::{load_problem, tune_problems};
use crate::control::unwritten;
use crate::outcome::DigestWriter;
use crate::units::text;
use crate::yaml::{
    self, Diagnostic, Diagnostics, Node, Path, SourceId, Sources, Value, decode_utf8, read, read_at,
};
use std::collections::BTreeSet;

/// A scenario file, decoded without errors.
///
/// ```
/// use pullstorm_core::scenario::Document;
///
/// let text = "
/// pullstorm: 1
/// name: two
/// services: {ecr: {preset: aws-ecr@2018-01}}
/// workloads:
///   ci: {kind: ci-fanout, service: ecr, jobs: 32}
/// variants:
///   small: {set: {workloads.ci.jobs: 8}}
/// ";
/// let document = Document::parse("two.yaml", text.as_bytes()).unwrap();
/// assert_eq!(document.variants()[0].overrides, [("workloads.ci.jobs".into(), "8".into())]);
///
/// let mistake = document.set("workloads.ci.jbos", "8").unwrap_err();
/// assert!(mistake.to_string().contains("did you mean `jobs`?"));
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    sources: Sources,
    /// The tree with all arguments applied.
    root: Node,
    arguments: Vec<Argument>,
    today: Scenario,
    variants: Vec<Variant>,
    /// What has been read of the files that the scenarios name.
    files: Files,
}

/// A named set of overrides, applied.
#[derive(Clone, PartialEq, Debug)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub place: Option<Place>,
    /// What it changes, for people.
    pub about: String,
    /// The scenario with the overrides.
    pub scenario: Scenario,
    /// What it sets: each path with its value as one line of YAML.
    pub overrides: Vec<(String, String)>,
}

/// A problem that is found after decoding, by who sees more than one value at once.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Problem {
    /// Where, if it was written anywhere.
    pub place: Option<Place>,
    /// The path of the value.
    pub path: String,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What is allowed, or what to write instead.
    pub hint: Option<String>,
}

/// A variant that contradicts itself where today does not.
#[derive(Clone, PartialEq, Debug)]
pub struct Refused {
    /// Its name.
    pub name: String,
    /// What is wrong with it.
    pub problems: Diagnostics,
}

/// An override from outside the file.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Argument {
    pub value: Override,
    /// Whether it is applied after the variants' own overrides, too.
    pub wins: bool,
}

impl Document {
    /// Reads and decodes a scenario file. `file_name` is what messages call it.
    ///
    /// # Errors
    /// All problems of the file at once. A file that is not UTF-8, not YAML, or of another version
    /// has that problem only.
    pub fn parse(file_name: &str, bytes: &[u8]) -> Result<Document, Diagnostics> {
        let text = decode_utf8(bytes).map_err(|refusal| {
            let (problem, text) = *refusal;
            Diagnostics::new(vec![problem], Sources::new(file_name, &text))
        })?;
        let sources = Sources::new(file_name, text);
        match read(text, SourceId::FILE) {
            Ok(root) => Document::decode(sources, root, Vec::new(), Files::default()),
            Err(problems) => Err(Diagnostics::new(problems, sources)),
        }
    }

    /// The scenario without variants.
    pub fn scenario(&self) -> &Scenario {
        &self.today
    }

    /// The variants, in the order they were written.
    pub fn variants(&self) -> &[Variant] {
        &self.variants
    }

    /// The text of the file.
    pub fn text(&self) -> &str {
        self.sources
            .get(SourceId::FILE)
            .map_or("", |source| &source.text)
    }

    /// The document with a value set: a `--set`, a step of a sweep. It changes *today* and what the
    /// variants begin from; a variant that sets the same path keeps its own value.
    ///
    /// # Errors
    /// All problems of the document with that value; their place is the argument.
    pub fn set(&self, path: &str, value: &str) -> Result<Document, Diagnostics> {
        self.with("--set", path, value, false)
    }

    /// The document with a value set everywhere: a variant that sets the same path does not keep
    /// its own value. This is how load is turned up.
    ///
    /// # Errors
    /// See [`Document::set`].
    pub fn set_everywhere(&self, path: &str, value: &str) -> Result<Document, Diagnostics> {
        self.set_by("--set", path, value)
    }

    /// The document with a value set everywhere by another argument than `--set`, such as `--vary`,
    /// which problems are then shown in.
    ///
    /// # Errors
    /// See [`Document::set`].
    pub fn set_by(&self, argument: &str, path: &str, value: &str) -> Result<Document, Diagnostics> {
        self.with(argument, path, value, true)
    }

    /// The arguments of [`Self::set`] that a variant writes over, as they are written: what it sets by
    /// itself stays.
    pub fn kept_from(&self, variant: &str) -> Vec<String> {
        let variant = written_variants(&self.root)
            .into_iter()
            .find(|known| known.name == variant);
        let Some(variant) = variant else {
            return Vec::new();
        };
        let mut tree = self.root.clone();
        apply_all(&mut tree, &variant.value.set);
        let arguments = self.arguments.iter();
        arguments
            .filter(|argument| !argument.wins)
            .map(|argument| &argument.value)
            .filter(|value| contradiction::is_lost(value, &tree))
            .filter(|value| !contradiction::is_lost(value, &self.root))
            .map(|value| format!("{}={}", value.names(), value.value.to_flow()))
            .collect()
    }

    /// The document with a value set everywhere, without the variants that refuse it: what is wrong with
    /// one of them is no matter of the others.
    ///
    /// # Errors
    /// All problems of *today* with that value.
    pub fn set_sparing(
        &self,
        argument: &str,
        path: &str,
        value: &str,
    ) -> Result<(Document, Vec<Refused>), Diagnostics> {
        let (sources, root, arguments) = self.changed(argument, path, value, true)?;
        let mut refused = Vec::new();
        let files = self.files.clone();
        let document = Document::decode_some(sources, root, arguments, files, Some(&mut refused))?;
        let refused = refused.into_iter().map(|(name, problems)| Refused {
            name,
            problems: Diagnostics::new(problems, document.sources.clone()),
        });
        let refused = refused.collect();
        Ok((document, refused))
    }

    /// The tree, all arguments applied.
    pub(crate) fn root(&self) -> &Node {
        &self.root
    }

    /// *Today* with all of these values set, in order: what a search tries. It has no variants.
    ///
    /// # Errors
    /// All problems of the scenario with these values; their place is in none of its texts.
    pub fn with_all<'s>(
        &self,
        sets: impl IntoIterator<Item = &'s (String, String)>,
    ) -> Result<Scenario, Vec<Problem>> {
        let mut root = self.root.clone();
        if let Value::Map(entries) = &mut root.value {
            entries.retain(|entry| entry.key != "variants");
        }
        let mut problems = Vec::new();
        let language = language();
        for (path, value) in sets {
            let place = Place::new(SourceId::FILE, 0, path.len() as u32);
            let applied = read_at(value, SourceId::FILE, 0)
                .map_err(|mut found| Box::new(found.swap_remove(0)))
                .and_then(|value| Override::new(path, place, value))
                .and_then(|value| apply_in(&mut root, &value, &language));
            problems.extend(applied.err().map(|problem| *problem));
        }
        let mut decoder = Decoder::default();
        let file = root::file().decode(&root, &mut decoder);
        problems.extend(decoder.into_problems());
        match file {
            Some(file) if problems.is_empty() => Ok(file.today),
            _ => Err(problems.into_iter().map(Problem::from).collect()),
        }
    }

    /// What is written under a path of *today*, arguments applied, as one line of YAML; `None` for
    /// a default.
    pub fn value_at(&self, path: &str) -> Option<String> {
        let path = Path::parse(path).ok()?;
        self.root.at(&path).map(Node::to_flow)
    }

    /// The keys that are written under a path of *today*, arguments applied; none where it is no map.
    pub fn names_under(&self, path: &str) -> Vec<String> {
        let node = Path::parse(path).ok().and_then(|path| self.root.at(&path));
        let entries = node.and_then(Node::entries).unwrap_or(&[]);
        entries.iter().map(|entry| entry.key.clone()).collect()
    }

    /// The whole number under a path of *today*, written or by default; `None` if there is none.
    pub fn number_at(&self, path: &str) -> Option<u64> {
        match self.root.at(&Path::parse(path).ok()?) {
            Some(node) => text::count(node.text()?).ok(),
            None => text::count(&unwritten(&self.root, path)?).ok(),
        }
    }

    /// The text of the file with one value replaced in its bytes; comments and order survive.
    ///
    /// # Errors
    /// See [`yaml::edit::EditError`].
    pub fn edited(&self, path: &Path, value: &str) -> Result<String, yaml::edit::EditError> {
        yaml::edit::replace(self.text(), path, value)
    }

    /// Line and column, both from 1, of a place in the file; `None` for a place in an argument.
    pub fn line_and_column(&self, place: Place) -> Option<(usize, usize)> {
        (place.source == SourceId::FILE).then(|| self.sources.line_and_column(place))
    }

    /// What is simulated of a variant as it is written, in 128 bits: arguments included, what is only
    /// said or expected of it left out. A preset of the catalog that changes does not change it.
    pub fn fingerprint(&self, variant: &str) -> String {
        const SAID: [&str; 9] = [
            "title",
            "about",
            "load",
            "tune",
            "variants",
            "expect",
            "check",
            "assumptions",
            "memory",
        ];
        let entries = self.root.entries().unwrap_or(&[]).iter();
        let entries = entries.filter(|entry| !SAID.contains(&entry.key.as_str()));
        let today = entries.map(|entry| (entry.key.clone(), entry.value.to_flow()));
        let variant = self.variants.iter().find(|known| known.name == variant);
        let overrides = variant.map_or(&[][..], |variant| &variant.overrides);
        let mut digest = DigestWriter::new();
        for (path, value) in today.chain(overrides.iter().cloned()) {
            for byte in format!("{path}: {value}\n").bytes() {
                digest.word(u64::from(byte));
            }
        }
        for byte in self.files.fingerprint().unwrap_or_default().bytes() {
            digest.word(u64::from(byte));
        }
        digest.finish().to_string().replace("p1:", "s1:")
    }

    /// Problems found after decoding, with what is needed to show them. One without a place of its
    /// own is shown where its path leads, as far as that is written.
    pub fn diagnostics(&self, problems: Vec<Problem>) -> Diagnostics {
        let items = problems.into_iter().map(|problem| Diagnostic {
            message: problem.message,
            place: problem.place.or_else(|| self.written_at(&problem.path)),
            label: None,
            path: problem.path,
            hint: problem.hint,
            also: Vec::new(),
        });
        Diagnostics::new(items.collect(), self.sources.clone())
    }

    /// Where the longest part of a path that is written in *today* stands: a scalar itself, a map or
    /// list at its key. `None` if not even its first name is written.
    fn written_at(&self, path: &str) -> Option<Place> {
        let mut names = path.split('.');
        let mut entry = self.root.entry(names.next()?)?;
        while let Some(inner) = names.next().and_then(|name| entry.value.entry(name)) {
            entry = inner;
        }
        let scalar = entry.value.text().is_some() && !entry.value.is_blank();
        Some(match scalar {
            true => entry.value.place,
            false => entry.key_place,
        })
    }

    /// Where a variant sets what a path leads to or through: the only override that does, else the
    /// variant's name. `None` if no override of it does.
    pub(crate) fn set_at(&self, variant: &Variant, path: &str) -> Option<Place> {
        let meets = |key: &str| {
            let shared = key.split('.').zip(path.split('.'));
            shared.into_iter().all(|(own, asked)| own == asked)
        };
        let set = self.root.get("variants")?.get(&variant.name)?.get("set")?;
        let mut meeting = set.entries()?.iter().filter(|entry| meets(&entry.key));
        match (meeting.next(), meeting.next()) {
            (None, _) => None,
            (Some(only), None) => Some(only.key_place),
            (Some(_), Some(_)) => variant.place,
        }
    }

    fn with(
        &self,
        argument: &str,
        path: &str,
        value: &str,
        wins: bool,
    ) -> Result<Document, Diagnostics> {
        let (sources, root, arguments) = self.changed(argument, path, value, wins)?;
        Document::decode(sources, root, arguments, self.files.clone())
    }

    /// Texts, tree and arguments with one argument more.
    fn changed(
        &self,
        argument: &str,
        path: &str,
        value: &str,
        wins: bool,
    ) -> Result<(Sources, Node, Vec<Argument>), Diagnostics> {
        let mut sources = self.sources.clone();
        let source = sources.push(argument, &format!("{path}={value}"));
        let place = Place::new(source, 0, path.len() as u32);
        let problem = |problem: Box<Diagnostic>| Diagnostics::new(vec![*problem], sources.clone());
        let value = read_at(value, source, place.end + 1)
            .map_err(|problems| Diagnostics::new(problems, sources.clone()))?;
        if value.is_blank() {
            // Only what may be left out has a default to go back to.
            let hint = match self.with(argument, path, "null", wins) {
                Ok(_) => format!("write `{path}=VALUE`, or `{path}=null` for the default"),
                Err(_) => format!("write `{path}=VALUE`"),
            };
            let missing = Diagnostic::new("there is no value", place).hint(hint);
            return Err(problem(missing.into()));
        }
        let value = Override::new(path, place, value).map_err(problem)?;
        let mut root = self.root.clone();
        apply(&mut root, &value).map_err(problem)?;
        let mut arguments = self.arguments.clone();
        arguments.push(Argument { value, wins });
        Ok((sources, root, arguments))
    }

    /// The files that have been read, to be given back by [`Self::fill_files`].
    pub(super) fn take_files(&mut self) -> Files {
        std::mem::take(&mut self.files)
    }

    /// *Today* and the variants.
    pub(super) fn scenarios_mut(&mut self) -> impl Iterator<Item = &mut Scenario> {
        let variants = self.variants.iter_mut();
        std::iter::once(&mut self.today).chain(variants.map(|variant| &mut variant.scenario))
    }

    /// Puts files into the scenarios that name them.
    ///
    /// # Errors
    /// `problems`, and what is wrong with the files.
    pub(super) fn fill_files(
        mut self,
        mut files: Files,
        mut problems: Vec<Diagnostic>,
    ) -> Result<Document, Diagnostics> {
        let mut sources = self.sources.clone();
        for scenario in self.scenarios_mut() {
            files.fill(scenario, &mut sources, &mut problems);
        }
        self.files = files;
        match problems.is_empty() {
            true => Ok(self),
            false => Err(Diagnostics::new(problems, sources)),
        }
    }

    fn decode(
        sources: Sources,
        root: Node,
        arguments: Vec<Argument>,
        files: Files,
    ) -> Result<Document, Diagnostics> {
        Document::decode_some(sources, root, arguments, files, None)
    }

    /// The document; where there is a list for them, without the variants that are wrong and *today* is
    /// not.
    fn decode_some(
        sources: Sources,
        root: Node,
        arguments: Vec<Argument>,
        files: Files,
        mut refused: Option<&mut Vec<(String, Vec<Diagnostic>)>>,
    ) -> Result<Document, Diagnostics> {
        let mut decoder = Decoder::default();
        if !root::check_version(&root, &mut decoder) {
            return Err(Diagnostics::new(decoder.into_problems(), sources));
        }
        let file = root::file().decode(&root, &mut decoder);
        let mut problems = decoder.into_problems();
        let mut variants = Vec::new();
        let mut base = root.clone();
        if let Value::Map(entries) = &mut base.value {
            entries.retain(|entry| entry.key != "variants");
        }
        let of_today: BTreeSet<(Option<Place>, String)> = problems
            .iter()
            .map(|problem| (problem.place, problem.message.clone()))
            .collect();
        for variant in written_variants(&root) {
            if problems.len() >= PROBLEMS_MAX {
                break;
            }
            match apply_variant(&base, &variant, &arguments) {
                Ok(scenario) => variants.push(finished(variant, scenario)),
                // Of a path into a broken scenario nobody knows whether it is wrong.
                Err(Fault::Path(_)) if !of_today.is_empty() => {}
                Err(Fault::Path(found) | Fault::Value(found)) => {
                    let own = own_problems(found, &of_today, &variant.name);
                    match &mut refused {
                        Some(refused) => refused.push((variant.name, own)),
                        None => problems.extend(own),
                    }
                }
            }
        }
        if let Some(file) = &file {
            problems.extend(load_problem(&root, &file.today));
            if arguments.iter().all(|it| it.value.path[0].0 == "tune") && problems.is_empty() {
                problems.extend(tune_problems(&root, &file.today));
            }
            // What an argument leaves unused is no mistake of the file.
            if arguments.is_empty() && problems.is_empty() {
                let others = variants.iter().map(|variant| &variant.scenario);
                problems.extend(nat::unused(&file.today, others));
            }
        }
        match file {
            Some(file) if problems.is_empty() => {
                let document = Document {
                    sources,
                    root,
                    arguments,
                    today: file.today,
                    variants,
                    files: Files::default(),
                };
                document.fill_files(files, Vec::new())
            }
            _ => Err(Diagnostics::new(problems, sources)),
        }
    }
}

impl From<Diagnostic> for Problem {
    fn from(problem: Diagnostic) -> Problem {
        Problem {
            place: None,
            path: problem.path,
            message: problem.message,
            hint: problem.hint,
        }
    }
}
