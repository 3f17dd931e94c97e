//! `pullstorm schema`.

use crate::failure::Failure;
use crate::terminal::Terminal;

/// Prints the JSON Schema of scenario files.
pub fn run(terminal: &Terminal) -> Result<(), Failure> {
    terminal.print(&super::json(&pullstorm_core::scenario::schema())?)
}
