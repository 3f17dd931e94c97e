//! Commands that answer without simulating, and the one that opens the explorer.

use super::Form;
use clap::Args;

/// `pullstorm metrics`.
#[derive(Args, Debug)]
pub struct Metrics {
    /// A built-in scenario, a file, or `-` for standard input
    #[arg(default_value = "circleci-ecr-fanout")]
    pub scenario: String,
    #[command(flatten)]
    pub form: Form,
}

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
    /// A preset, a client, a retry policy or a record; or the list `retry`, `sdks` or `records`
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

/// `pullstorm web`.
#[derive(Args, Debug)]
pub struct Web {
    /// What to begin with: a built-in scenario, a file, or `-` for standard input
    #[arg(long, value_name = "SCENARIO")]
    pub scenario: Option<String>,

    /// The port to serve on; 0 for any that is free
    #[arg(long, default_value_t = 7413, value_name = "NUMBER")]
    pub port: u16,

    /// Only serve; do not open the browser
    #[arg(long)]
    pub no_open: bool,
}
