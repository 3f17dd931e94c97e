//! Ways to end without the answer hoped for, and the exit code of each.

use pullstorm_core::yaml::Diagnostics;
use std::fmt;
use std::process::ExitCode;

/// The user asked for something that cannot be: exit code 2.
const BAD_INPUT: u8 = 2;

/// Pullstorm itself, or the machine it runs on, failed: exit code 1.
const OWN_FAILURE: u8 = 1;

/// An expectation is broken or undecided: exit code 99, as k6 has it for its thresholds.
const BROKEN: u8 = 99;

/// Ctrl-C or SIGTERM: exit code 130, as shells have it for the first.
const INTERRUPTED: u8 = 130;

/// Why there is no answer, or not the one that was hoped for.
#[derive(Debug)]
pub enum Failure {
    /// A scenario has problems.
    Scenario(Diagnostics),
    /// Several scenarios cannot be read or have problems.
    Several(Vec<Failure>),
    /// Something else that was asked for cannot be.
    Input {
        /// What is wrong.
        message: String,
        /// What to do instead.
        hint: Option<String>,
    },
    /// Nobody's input is at fault.
    Own(String),
    /// The answer was printed: an expectation is broken or undecided.
    Broken,
    /// The user pressed Ctrl-C, or somebody ended the program; what was finished has been printed.
    Stopped,
    /// The same before anything was finished.
    Interrupted(String),
}

impl Failure {
    /// What was asked for cannot be.
    pub fn input(message: impl fmt::Display) -> Failure {
        Failure::Input {
            message: message.to_string(),
            hint: None,
        }
    }

    /// With what to do instead.
    pub fn hint(self, hint: impl fmt::Display) -> Failure {
        match self {
            Failure::Input { message, .. } => Failure::Input {
                message,
                hint: Some(hint.to_string()),
            },
            other => other,
        }
    }

    /// The message for people.
    pub fn render(&self, colored: bool) -> String {
        let error = if colored {
            "\u{1b}[1;31merror\u{1b}[0m"
        } else {
            "error"
        };
        match self {
            Failure::Scenario(problems) => problems.render(colored),
            Failure::Several(failures) => {
                let each = failures.iter().map(|failure| failure.render(colored));
                each.collect::<Vec<_>>().join("\n")
            }
            Failure::Input {
                message,
                hint: Some(hint),
            } => {
                format!("{error}: {message}\n  help: {hint}\n")
            }
            Failure::Input {
                message,
                hint: None,
            }
            | Failure::Own(message)
            | Failure::Interrupted(message) => format!("{error}: {message}\n"),
            Failure::Broken | Failure::Stopped => String::new(),
        }
    }

    /// The exit code.
    pub fn code(&self) -> ExitCode {
        match self {
            Failure::Scenario(_) | Failure::Several(_) | Failure::Input { .. } => BAD_INPUT.into(),
            Failure::Own(_) => OWN_FAILURE.into(),
            Failure::Broken => BROKEN.into(),
            Failure::Stopped | Failure::Interrupted(_) => INTERRUPTED.into(),
        }
    }
}

impl From<Diagnostics> for Failure {
    fn from(problems: Diagnostics) -> Failure {
        Failure::Scenario(problems)
    }
}
