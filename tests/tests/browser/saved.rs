//! What is taken away from the page: files and texts to paste.

use super::open;
use pullstorm_tests::browser::Page;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An empty folder for what a page saves.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("pullstorm-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The bytes of a file once it is there; a browser writes it under another name until it is whole.
fn saved(page: &mut Page, folder: &Path, name: &str) -> Vec<u8> {
    let file = folder.join(name);
    for _ in 0..600 {
        if let Ok(bytes) = std::fs::read(&file) {
            return bytes;
        }
        page.let_render();
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{name} was not saved: {:?}", page.problems());
}

#[test]
fn reports_and_the_scenario_are_saved_as_they_are() {
    let folder = folder("reports");
    let mut page = open();
    page.save_to(&folder);
    let digest = page.text("#digest");
    page.click("#tab-scenario");
    let yaml = page.evaluate("document.querySelector('#yaml').value");
    page.click("#tab-share");
    page.click("#save-scenario");
    let scenario = saved(&mut page, &folder, "what-if.yaml");
    assert_eq!(Some(&*String::from_utf8_lossy(&scenario)), yaml.as_str());
    page.click("#save-json");
    let report = saved(&mut page, &folder, "pullstorm.json");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
    assert_eq!(report["variants"][0]["digest"], digest);
    page.click("#save-csv");
    let numbers = saved(&mut page, &folder, "pullstorm.csv");
    assert!(String::from_utf8_lossy(&numbers).contains("ci.jobs.failed"));
    page.click("#save-markdown");
    let told = saved(&mut page, &folder, "pullstorm.md");
    assert!(String::from_utf8_lossy(&told).contains("**FAILS** 184 of 384"));
    assert_eq!(page.problems(), [""; 0]);
    std::fs::remove_dir_all(&folder).expect("a folder of its own");
}

#[test]
fn what_is_copied_is_on_the_clipboard() {
    let mut page = open();
    page.allow_clipboard();
    page.click("#tab-share");
    for (button, shown) in [
        ("#copy-link", "document.querySelector('#link').value"),
        (
            "#copy-command",
            "document.querySelector('.command').innerText",
        ),
    ] {
        page.click(button);
        page.wait_until(&format!(
            "navigator.clipboard.readText().then(text => text === {shown} && text.length > 20)"
        ));
    }
    assert_eq!(page.problems(), [""; 0]);
}
