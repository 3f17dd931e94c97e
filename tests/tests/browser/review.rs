//! A review for people who decide: a file of its own, on a screen by day and night, and on paper.

use super::{root, screenshots};
use pullstorm_tests::browser::{Page, Scheme, View};
use std::path::PathBuf;
use std::process::Command;

/// Writes a review as somebody does who runs the command line, and says where it is.
fn written() -> PathBuf {
    let file = screenshots().join("review.html");
    std::fs::create_dir_all(screenshots()).expect("a folder");
    let status = command_line()
        .args(["report", "circleci-ecr-fanout", "--runs", "10", "-o"])
        .arg(&file)
        .current_dir(root())
        .status()
        .expect("the command line starts");
    assert!(status.success(), "{status}");
    file.canonicalize().expect("a path")
}

/// `$PULLSTORM`, which `cargo xtask test` has built already, else what cargo builds now.
pub fn command_line() -> Command {
    if let Some(built) = std::env::var_os("PULLSTORM") {
        return Command::new(built);
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--locked", "--package", "pullstorm", "--"]);
    cargo
}

#[test]
fn a_review_reads_well_on_screens_and_on_paper() {
    let url = format!("file://{}", written().display());
    let view = |width, scheme| View { width, scheme };
    let mut page = Page::open(&url, view(1280, Scheme::Light));
    page.wait_until("document.readyState === 'complete'");
    let axe = include_str!("../../assets/axe/axe.min.js");
    for (width, name) in [(1280, "wide"), (400, "narrow")] {
        for (scheme, hour) in [(Scheme::Light, "day"), (Scheme::Dark, "night")] {
            page.look(view(width, scheme));
            page.let_render();
            page.wait_until("document.documentElement.scrollWidth <= window.innerWidth");
            page.screenshot(&screenshots().join(format!("review-{name}-{hour}.png")));
            page.evaluate(axe);
            let found = page.evaluate(
                "axe.run(document).then(result => result.violations.map(it => \
                 `${it.id}: ${it.nodes.map(node => node.target).join(' ')}`).join('\\n'))",
            );
            assert_eq!(found, "", "{name} by {hour}");
        }
    }
    let charts = "[...document.images].length > 2 && [...document.images].every(it => \
                  it.complete && it.naturalWidth > 0 && it.alt.length > 20)";
    assert_eq!(page.evaluate(charts), true, "every chart is drawn and told");
    page.paper(700);
    page.screenshot(&screenshots().join("review-paper.png"));
    let folded = "[...document.querySelectorAll('details')].every(it => \
                  it.lastElementChild.getBoundingClientRect().height > 0)";
    assert_eq!(page.evaluate(folded), true, "paper has nothing to unfold");
    let wide = "[...document.querySelectorAll('table, pre')].every(it => \
                it.getBoundingClientRect().right <= window.innerWidth)";
    assert_eq!(page.evaluate(wide), true, "paper cannot be scrolled");
    let pages = page.pdf(&screenshots().join("review.pdf"));
    assert!((3..40).contains(&pages), "{pages} pages");
    assert_eq!(page.problems(), [""; 0]);
}
