//! Real clients in logs, and their models.

use pullstorm_tests::groundtruth;
use std::path::Path;

/// A change of a difference is a change of the models: look at it, then accept it with
/// `PULLSTORM_BLESS=1`.
#[test]
fn the_page_on_fidelity_says_what_the_models_do() {
    let logs = groundtruth::the_projects_own().unwrap();
    let page = groundtruth::page(&logs).unwrap_or_else(|error| panic!("{error}"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/fidelity.md");
    if std::env::var_os("PULLSTORM_BLESS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        page == written,
        "docs/fidelity.md differs; it is now:\n{page}"
    );
}

#[test]
fn models_of_real_clients_send_what_those_sent_request_by_request() {
    let logs = groundtruth::the_projects_own().unwrap();
    for family in groundtruth::EXACTLY {
        let tally = (family.check)(&logs).unwrap_or_else(|error| panic!("{error}"));
        assert!(tally.misses().is_empty(), "{}: {tally}", family.name);
        assert!(tally.tried() > 0, "{} has no cases", family.name);
    }
}
