//! The command line of Pullstorm.

fn main() {}
