//! `pullstorm diagnose`.

use crate::args::Diagnose;
use crate::failure::Failure;
use crate::input;
use crate::terminal::Terminal;
use pullstorm_core::diagnose::LogReader;
use pullstorm_core::report;

/// Says which limiter is behind a text.
pub fn run(args: &Diagnose, terminal: &Terminal) -> Result<(), Failure> {
    let mut reader = LogReader::new();
    match args.text.as_slice() {
        [dash] if dash == "-" => input::log(|line| reader.read(line))?,
        words => words.join(" ").lines().for_each(|line| reader.read(line)),
    }
    if reader.is_blank() {
        return Err(Failure::input("there is no text to diagnose")
            .hint("give the error line in quotes, or a log on standard input with `-`"));
    }
    let found = reader.finish();
    let article = report::diagnosis(&found);
    super::tell(
        "pullstorm-diagnosis/1",
        &found,
        &article,
        args.form.format,
        terminal,
    )
}
