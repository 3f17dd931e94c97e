//! Standard output: how wide it is, whether it shows colours, and that its reader may go away.

use crate::args::Color;
use crate::failure::Failure;
use anstream::{AutoStream, ColorChoice};
use pullstorm_core::report::Page;
use std::io::{self, IsTerminal, Write};

/// Columns where there is no terminal to ask.
const WIDTH_DEFAULT: usize = 100;

/// Tables get no wider: an eye does not follow a longer line.
const WIDTH_MAX: usize = 160;

/// Where answers and messages go.
#[derive(Copy, Clone, Debug)]
pub struct Terminal {
    /// The page that answers are set on.
    pub page: Page,
    /// Whether messages (standard error) have colours.
    pub colored_messages: bool,
}

impl Terminal {
    /// Asks standard output and standard error what they are.
    pub fn new(color: Color) -> Terminal {
        Terminal {
            page: Page {
                width: width(),
                colored: colored(&io::stdout(), color),
            },
            colored_messages: colored(&io::stderr(), color),
        }
    }

    /// Writes an answer. A reader that went away (`| head`) has what it wanted.
    ///
    /// # Errors
    /// Whatever else keeps it from being written.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let choice = match self.page.colored {
            true => ColorChoice::Always,
            false => ColorChoice::AlwaysAnsi,
        };
        let mut out = AutoStream::new(io::stdout().lock(), choice);
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Own(format!(
                "cannot write to standard output: {error}"
            ))),
            _ => Ok(()),
        }
    }

    /// Writes a message to standard error. There is nowhere to say that this failed.
    pub fn warn(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

fn width() -> usize {
    let asked = std::env::var("COLUMNS").ok();
    let asked = asked.and_then(|columns| columns.parse().ok());
    let shown = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    asked
        .filter(|columns| *columns > 0)
        .or_else(|| io::stdout().is_terminal().then(shown).flatten())
        .unwrap_or(WIDTH_DEFAULT)
        .min(WIDTH_MAX)
}

fn colored(stream: &impl anstream::stream::RawStream, color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => AutoStream::choice(stream) != ColorChoice::Never,
    }
}
