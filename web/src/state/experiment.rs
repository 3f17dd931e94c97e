//! An experiment: a scenario as it is, the same with changes, and the numbers it is drawn with.

use crate::protocol::Text;
use pullstorm_core::scenarios::built_in;
use pullstorm_core::yaml::edit::{self, EditError};
use pullstorm_core::yaml::{Node, Path, SourceId, read};

/// Everything that a result depends on. Two texts instead of one with overrides, so that what is
/// seen in the editor is what is simulated, and each change is one of bytes.
#[derive(Clone, PartialEq, Debug)]
pub struct Experiment {
    /// The name of the incident it began with, or of the file.
    pub name: String,
    /// *Today*: the scenario as it is.
    pub today: String,
    /// *What if*: the same with changes.
    pub what_if: String,
    /// In place of the scenario's seed.
    pub seed: Option<u64>,
    /// In place of the number of runs that it calls for.
    pub runs: Option<u32>,
}

impl Experiment {
    /// A scenario without changes.
    pub fn of(name: &str, yaml: &str) -> Self {
        Experiment {
            name: name.to_owned(),
            today: yaml.to_owned(),
            what_if: yaml.to_owned(),
            seed: None,
            runs: None,
        }
    }

    /// A built-in incident without changes.
    pub fn incident(name: &str) -> Option<Self> {
        built_in(name).map(|scenario| Experiment::of(name, scenario.text))
    }

    /// Both texts with the name that messages call them by.
    pub fn texts(&self) -> [Text; 2] {
        [&self.today, &self.what_if].map(|yaml| Text {
            name: self.name.clone(),
            yaml: yaml.clone(),
        })
    }

    /// Whether *what if* is as *today*.
    pub fn is_unchanged(&self) -> bool {
        self.today == self.what_if
    }

    /// What *what if* changes: paths and values. None if a text is no YAML.
    pub fn changes(&self) -> Option<Vec<(String, String)>> {
        edit::changes(&self.today, &self.what_if)
    }

    /// The same with values set in *what if*.
    ///
    /// # Errors
    /// The first path that cannot be set, and why.
    pub fn with(&self, sets: &[(String, String)]) -> Result<Self, String> {
        let mut experiment = self.clone();
        for (path, value) in sets {
            experiment.what_if = edited(&experiment.what_if, path, value)?;
        }
        Ok(experiment)
    }

    /// Whether *today* is the built-in incident of that name.
    pub fn is_of_incident(&self) -> bool {
        built_in(&self.name).is_some_and(|scenario| scenario.text == self.today)
    }

    /// The same without any change.
    pub fn reset(&self) -> Self {
        Experiment {
            what_if: self.today.clone(),
            ..self.clone()
        }
    }

    /// The command that prints the numbers of *what if*.
    pub fn command(&self) -> String {
        let known = self.is_of_incident();
        let sets = self.changes().filter(|_| known);
        let mut command = match &sets {
            Some(_) => format!("pullstorm run {}", self.name),
            None => "pullstorm run what-if.yaml".to_owned(),
        };
        for (path, value) in sets.into_iter().flatten() {
            command += &format!(" --set {}", quoted(&format!("{path}={value}")));
        }
        if let Some(seed) = self.seed {
            command += &format!(" --seed {seed}");
        }
        if let Some(runs) = self.runs {
            command += &format!(" --runs {runs}");
        }
        command
    }
}

/// A word of a command line.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "=._-/:@%+,".contains(c);
    match word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A text with a value set: only its bytes change.
///
/// # Errors
/// Why it cannot be set, in words.
pub fn edited(yaml: &str, path: &str, value: &str) -> Result<String, String> {
    let names = Path::parse(path).map_err(|error| error.to_string())?;
    edit::set(yaml, &names, value).map_err(|error| {
        let why = match error {
            EditError::NotYaml => "the text is no YAML at the moment",
            EditError::NotThere | EditError::NotScalar => "it stands where nothing can be set",
            EditError::Shared => "it is shared with another value",
            EditError::NotOneScalar => "that is no value on one line",
        };
        format!("{path} cannot be set: {why}")
    })
}

/// The tree of a text, for the values of controls.
pub fn tree(yaml: &str) -> Option<Node> {
    read(yaml, SourceId::FILE).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pullstorm_core::control::{Form, controls};
    use pullstorm_core::scenario::Document;
    use pullstorm_core::scenarios::BUILT_IN;

    #[test]
    fn every_choice_of_every_control_of_every_incident_can_be_made() {
        for scenario in BUILT_IN {
            let document = Document::parse(scenario.name, scenario.text.as_bytes()).unwrap();
            for control in controls(&document) {
                let choices = match &control.form {
                    Form::Choice(choices) => choices.iter().map(|it| it.0.as_str()).collect(),
                    Form::Flag => vec!["true", "false"],
                    _ => control.value.as_deref().into_iter().collect(),
                };
                for choice in choices {
                    if let Err(why) = edited(scenario.text, &control.path, choice) {
                        panic!("{}: {choice}: {why}", scenario.name);
                    }
                }
            }
        }
    }

    #[test]
    fn the_command_of_a_changed_incident_sets_what_was_changed() {
        let incident = Experiment::incident("circleci-ecr-fanout").unwrap();
        assert_eq!(incident.command(), "pullstorm run circleci-ecr-fanout");
        let set = |path: &str, value: &str| (path.to_owned(), value.to_owned());
        let changed = incident
            .with(&[
                set("workloads.ci.jobs", "16"),
                set("workloads.ci.begin", "{every: 48s}"),
            ])
            .unwrap();
        assert_eq!(
            changed.command(),
            "pullstorm run circleci-ecr-fanout --set 'workloads.ci.begin={every: 48s}' \
             --set workloads.ci.jobs=16"
        );
        assert!(changed.what_if.contains("jobs: 16\n"));
        assert!(changed.reset().is_unchanged());
    }

    #[test]
    fn a_scenario_of_ones_own_is_run_from_its_file() {
        let own = Experiment::of("mine.yaml", "pullstorm: 1\n");
        assert_eq!(own.command(), "pullstorm run what-if.yaml");
        assert_eq!(quoted("a'b"), r"'a'\''b'");
    }
}
