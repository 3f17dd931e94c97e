//! What can be written on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Will our registry or cloud API throttle us, what does that cost, and which settings stop it?
#[derive(Parser, Debug)]
#[command(version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "\
Begin with the incident that is built in:
  pullstorm recommend circleci-ecr-fanout
or with the error you see:
  pullstorm diagnose 'ThrottlingException: Rate exceeded (GetAuthorizationToken)'

Exit codes: 0 answered; 1 pullstorm failed; 2 bad input; 99 an expectation is broken or
undecided (run only); 130 interrupted, after printing what is finished.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// Colours: on a terminal, always, or never (NO_COLOR is honoured)
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Say which limiter is behind an error line, and whether waiting helps
    #[command(after_help = DIAGNOSE_EXAMPLES)]
    Diagnose(Diagnose),
    /// List and explain what is known about providers' limits and clients' retries
    #[command(after_help = CATALOG_EXAMPLES)]
    Catalog(Catalog),
    /// List the built-in scenarios, or print one to begin your own with
    #[command(after_help = SCENARIOS_EXAMPLES)]
    Scenarios(Scenarios),
    /// Print the JSON Schema of scenario files, for editors
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema,
}

const DIAGNOSE_EXAMPLES: &str = "\
Examples:
  pullstorm diagnose 'toomanyrequests: Too Many Requests (HAP429).'
  journalctl -u docker --since -1h | pullstorm diagnose -";

const CATALOG_EXAMPLES: &str = "\
Examples:
  pullstorm catalog                    every preset, and how sure its numbers are
  pullstorm catalog aws-ecr@2018-01    one preset: limits, what is assumed, sources, dates
  pullstorm catalog retry              every retry policy, and when it gives up
  pullstorm catalog sdks               which SDK has which policy by default
  pullstorm catalog aws-standard       one retry policy
  pullstorm catalog records            every fact, also those that no preset uses";

const SCENARIOS_EXAMPLES: &str = "\
Examples:
  pullstorm scenarios
  pullstorm scenarios circleci-ecr-fanout > mine.yaml";

const SCHEMA_EXAMPLES: &str = "\
Example:
  pullstorm schema > scenario.schema.json
and as the first line of a scenario, so that editors complete and check it:
  # yaml-language-server: $schema=./scenario.schema.json";

/// `pullstorm diagnose`.
#[derive(Args, Debug)]
pub struct Diagnose {
    /// The error as you see it, or `-` to read a log from standard input
    #[arg(required = true, value_name = "TEXT|-")]
    pub text: Vec<String>,
    #[command(flatten)]
    pub form: Form,
}

/// `pullstorm catalog`.
#[derive(Args, Debug)]
pub struct Catalog {
    /// A preset, a retry policy or a record; or the list `retry`, `sdks` or `records`
    pub name: Option<String>,
    #[command(flatten)]
    pub form: Form,
}

/// `pullstorm scenarios`.
#[derive(Args, Debug)]
pub struct Scenarios {
    /// The scenario to print
    pub name: Option<String>,
    #[command(flatten)]
    pub form: Form,
}

/// The form of the answer.
#[derive(Args, Debug)]
pub struct Form {
    /// For people, for programs, for a comment or job summary, for a spreadsheet
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// The forms there are.
#[derive(ValueEnum, Copy, Clone, Eq, PartialEq, Debug)]
pub enum Format {
    /// Text as wide as the terminal.
    Text,
    /// JSON, versioned and stable.
    Json,
    /// Markdown.
    Markdown,
    /// CSV.
    Csv,
}

/// When to write colours.
#[derive(ValueEnum, Copy, Clone, Eq, PartialEq, Debug)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
