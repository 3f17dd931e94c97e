//! Which variant of which built-in scenario is written for which tools.

use crate::replicate::prepare;
use crate::scenario::Document;
use crate::scenarios::BUILT_IN;

/// Targets of each variant, in the order in which they are written; each target once.
fn targets() -> Vec<String> {
    let mut lines = Vec::new();
    for built_in in BUILT_IN {
        let document = Document::parse(built_in.name, built_in.text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        for variant in &prepared[1..] {
            let mut targets: Vec<String> = Vec::new();
            for settings in super::settings(variant, &prepared[0]) {
                if !targets.contains(&settings.target) {
                    targets.push(settings.target);
                }
            }
            let targets = targets.join(", ");
            lines.push(format!("{} {}: {targets}", built_in.name, variant.name));
        }
    }
    lines
}

#[test]
fn each_variant_is_written_for_the_tools_that_take_it_and_for_no_other() {
    insta::assert_snapshot!(targets().join("\n"));
}
