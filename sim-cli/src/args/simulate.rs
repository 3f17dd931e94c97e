//! Commands that simulate a scenario and answer.

use super::Form;
use super::number::{runs, seed, threads};
use crate::sweep::Sweep;
use clap::Args;
use pullstorm_core::capacity::Vary;
use std::path::PathBuf;

/// What to simulate, and how often.
#[derive(Args, Debug)]
pub struct Simulated {
    /// A built-in scenario, a file, or `-` for standard input
    pub scenario: String,

    /// Set a value of the scenario, by its path
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,

    /// Memory that one run may take [default: the scenario's, or 2GiB]
    #[arg(long, value_name = "BYTES")]
    pub memory: Option<String>,

    /// Seed of all random numbers [default: the scenario's]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = seed)]
    pub seed: Option<u64>,

    /// Runs of each variant [default: the scenario's, or 30 and more while undecided]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = runs)]
    pub runs: Option<u32>,

    /// Threads; the answer does not depend on it [default: one for each processor]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = threads)]
    pub threads: Option<u16>,

    /// Also draw timelines and start delays into an SVG file
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,

    #[command(flatten)]
    pub form: Form,
}

/// `pullstorm run`.
#[derive(Args, Debug)]
pub struct Run {
    #[command(flatten)]
    pub simulated: Simulated,

    /// The variant to run instead of today
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,

    /// Run once for each of several values
    #[arg(long, value_name = "PATH=VALUES", conflicts_with = "explain")]
    pub sweep: Option<Sweep>,

    /// Tell what happened to one entity in the first run, as in 'ci.jobs[3]'
    #[arg(long, value_name = "ENTITY", conflicts_with = "plot")]
    pub explain: Option<String>,
}

/// `pullstorm compare`.
#[derive(Args, Debug)]
pub struct Compare {
    #[command(flatten)]
    pub simulated: Simulated,

    /// A variant to compare with today; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    pub variant: Vec<String>,

    /// Compare once for each of several values
    #[arg(long, value_name = "PATH=VALUES")]
    pub sweep: Option<Sweep>,
}

/// `pullstorm recommend`.
#[derive(Args, Debug)]
pub struct Recommend {
    #[command(flatten)]
    pub simulated: Simulated,

    /// A variant to look at besides today; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    pub variant: Vec<String>,
}

/// `pullstorm capacity`.
#[derive(Args, Debug)]
pub struct Capacity {
    /// A built-in scenario, a file, or `-` for standard input
    pub scenario: String,

    /// The number that means load, and how far to look [default: the scenario's `load:`]
    #[arg(long, value_name = "PATH=RANGE")]
    pub vary: Option<Vary>,

    /// The load to find the quota for [default: `plan_for` of the scenario's `load:`, else twice that of today]
    #[arg(long, allow_negative_numbers = true, value_name = "LOAD")]
    pub target: Option<String>,

    /// A variant to look at besides today; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    pub variant: Vec<String>,

    /// Set a value of the scenario, by its path
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,

    /// Memory that one run may take [default: the scenario's, or 2GiB]
    #[arg(long, value_name = "BYTES")]
    pub memory: Option<String>,

    /// Seed of all random numbers [default: the scenario's]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = seed)]
    pub seed: Option<u64>,

    /// The most runs of each variant, all loads together [default: 5000]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = runs)]
    pub runs: Option<u32>,

    /// Threads; the answer does not depend on it [default: one for each processor]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = threads)]
    pub threads: Option<u16>,

    /// Also draw the curves into an SVG file
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,

    #[command(flatten)]
    pub form: Form,
}

/// `pullstorm report`.
#[derive(Args, Debug)]
pub struct Report {
    /// A built-in scenario, a file, or `-` for standard input
    #[arg(required_unless_present = "from")]
    pub scenario: Option<String>,

    /// Make the report of kept results instead of simulating
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["scenario", "set", "memory", "seed", "runs", "threads"])]
    pub from: Option<PathBuf>,

    /// The file to write: .html, .md, or .json to keep the results [default: Markdown to standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Set a value of the scenario, by its path
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,

    /// Memory that one run may take [default: the scenario's, or 2GiB]
    #[arg(long, value_name = "BYTES")]
    pub memory: Option<String>,

    /// Seed of all random numbers [default: the scenario's]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = seed)]
    pub seed: Option<u64>,

    /// Runs of each variant [default: the scenario's, or 30 and more while undecided]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = runs)]
    pub runs: Option<u32>,

    /// Threads; the answer does not depend on it [default: one for each processor]
    #[arg(long, allow_negative_numbers = true, value_name = "NUMBER", value_parser = threads)]
    pub threads: Option<u16>,
}
