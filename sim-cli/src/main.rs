//! The command line of Pullstorm: it reads arguments and files, asks the core, prints what it says
//! and ends with the exit code that `pullstorm --help` lists. There is no model in it.

mod args;
mod commands;
mod failure;
mod gather;
mod github;
mod input;
mod junit;
mod output;
mod plot;
mod progress;
mod sweep;
mod terminal;
mod workers;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;
use terminal::Terminal;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::new(cli.color);
    let ended = match cli.command {
        Command::Recommend(args) => commands::recommend::run(&args, &terminal),
        Command::Compare(args) => commands::compare::run(&args, &terminal),
        Command::Capacity(args) => commands::capacity::run(&args, &terminal),
        Command::Report(args) => commands::report::run(&args, &terminal),
        Command::Run(args) => commands::run::run(&args, &terminal),
        Command::Check(args) => commands::check::run(&args, &terminal),
        Command::Baseline(args) => commands::baseline::run(&args, &terminal),
        Command::Metrics(args) => commands::metrics::run(&args, &terminal),
        Command::Diagnose(args) => commands::diagnose::run(&args, &terminal),
        Command::Catalog(args) => commands::catalog::run(&args, &terminal),
        Command::Scenarios(args) => commands::scenarios::run(&args, &terminal),
        Command::Schema => commands::schema::run(&terminal),
        Command::Web(args) => commands::web::run(&args, &terminal),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal.warn(&failure.render(terminal.colored_messages));
            failure.code()
        }
    }
}
