//! Build, test and bench orchestration.

fn main() {}
