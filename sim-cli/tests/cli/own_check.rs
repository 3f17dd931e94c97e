//! The project under its own check: the tuned settings of the built-in scenarios.
//!
//! A simulated number that moves moves here too. Where it is meant to, write the baseline again with
//! `PULLSTORM_BLESS=1 cargo test -p pullstorm own_check` and say why in the changelog.

use crate::world::{finish, program};
use std::path::Path;

#[test]
fn the_tuned_settings_of_the_incidents_hold_and_their_numbers_have_not_drifted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let pullstorm = |arguments: &str| {
        let mut program = program();
        program.args(arguments.split(' ')).current_dir(&root);
        finish(program, b"")
    };
    if std::env::var_os("PULLSTORM_BLESS").is_some() {
        pullstorm("baseline scenarios -o tests/baseline.json").answer();
    }
    let checked = pullstorm("check scenarios --baseline tests/baseline.json");
    assert_eq!(
        checked.code, 0,
        "{}{}\na new scenario names its variants that should hold with `check:`",
        checked.out, checked.err
    );
    assert!(checked.out.starts_with("HOLDS "), "{}", checked.out);
}
