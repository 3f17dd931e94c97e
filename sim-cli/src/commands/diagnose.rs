//! `pullstorm diagnose`.

use crate::args::Diagnose;
use crate::failure::Failure;
use crate::input;
use crate::terminal::Terminal;
use pullstorm_core::diagnose::diagnose;
use pullstorm_core::report;

/// Says which limiter is behind a text.
pub fn run(args: &Diagnose, terminal: &Terminal) -> Result<(), Failure> {
    let text = match args.text.as_slice() {
        [dash] if dash == "-" => input::log()?,
        words => words.join(" "),
    };
    if text.trim().is_empty() {
        return Err(Failure::input("there is no text to diagnose")
            .hint("give the error line in quotes, or a log on standard input with `-`"));
    }
    let found = diagnose(&text);
    let article = report::diagnosis(&found);
    super::tell(
        "pullstorm-diagnosis/1",
        &found,
        &article,
        args.form.format,
        terminal,
    )
}
