//! The explorer.

fn main() {}
