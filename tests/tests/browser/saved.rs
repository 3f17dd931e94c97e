//! What is taken away from the page: files and texts to paste.

use super::{ANSWERED, choose, open, screenshots, set};
use pullstorm_tests::browser::Page;
use serde_json::json;
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
        // It takes the name first, with nothing in it.
        if let Some(bytes) = std::fs::read(&file).ok().filter(|it| !it.is_empty()) {
            return bytes;
        }
        page.let_render();
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{name} was not saved: {:?}", page.problems());
}

#[test]
fn charts_are_saved_as_pictures_with_something_on_them() {
    let folder = folder("charts");
    let mut page = open();
    page.save_to(&folder);
    page.wait_until("document.querySelector('.save-svg') !== null");
    page.click(".save-svg");
    let svg = saved(&mut page, &folder, "pullstorm.svg");
    let svg = String::from_utf8(svg).expect("a text");
    assert!(svg.starts_with("<svg"), "{}", &svg[..40]);
    assert!(svg.contains("Start delay of ci jobs"));
    page.click(".save-png");
    let png = saved(&mut page, &folder, "pullstorm.png");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    std::fs::create_dir_all(screenshots()).expect("a folder");
    std::fs::write(screenshots().join("chart-saved.png"), &png).expect("a file");
    // The browser that drew it reads it back: size, and colours of which there are enough pixels.
    let url = format!(
        "data:image/png;base64,{}",
        data_encoding::BASE64.encode(&png)
    );
    let found = page.evaluate(&format!(
        "(async () => {{
            const image = new Image();
            image.src = {};
            await image.decode();
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
            const context = canvas.getContext('2d');
            context.drawImage(image, 0, 0);
            const pixels = new Uint32Array(
                context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
            const counts = new Map();
            for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
            return [canvas.width, canvas.height, [...counts.values()].filter(it => it > 50).length];
        }})()",
        json!(url)
    ));
    let side = |name: &str| {
        let (_, after) = svg.split_once(&format!(" {name}=\"")).expect("a side");
        let number = after.split('"').next().and_then(|it| it.parse().ok());
        number.map(|it: u64| 2 * it)
    };
    let drawn = [found[0].as_u64(), found[1].as_u64()];
    assert_eq!(drawn, [side("width"), side("height")], "twice as large");
    let colours = found[2].as_u64();
    assert!(colours > Some(3), "{colours:?} colours on it");
    assert_eq!(page.problems(), [""; 0]);
    std::fs::remove_dir_all(&folder).expect("a folder of its own");
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
fn the_file_of_an_experiment_opens_with_the_same_digests_and_tab_as_does_a_past_one() {
    let folder = folder("experiment");
    let mut page = open();
    page.save_to(&folder);
    set(&mut page, "#control-workloads-ci-login", "per-job");
    page.wait_until("document.querySelector('#command').innerText.includes('per-job')");
    page.wait_until(ANSWERED);
    let digests = [page.text("#digest"), page.text("#digest-what-if")];
    page.click("#tab-share");
    page.click("#save-experiment");
    let file = saved(&mut page, &folder, "experiment.pullstorm");
    let text = String::from_utf8(file).expect("a text");
    let now = |page: &mut Page| [page.text("#digest"), page.text("#digest-what-if")];
    choose(&mut page, "ecr-push-put-image");
    page.click("#tab-pictures");
    // As somebody does who drops the file on the box.
    page.evaluate(&format!(
        "(() => {{ const data = new DataTransfer(); \
         data.items.add(new File([{}], 'experiment.pullstorm')); \
         document.querySelector('.paste').dispatchEvent(new DragEvent('drop', {{ dataTransfer: data, \
         bubbles: true, cancelable: true }})); }})()",
        json!(text)
    ));
    page.wait_until("document.querySelector('#command').innerText.includes('per-job')");
    page.wait_until(ANSWERED);
    assert_eq!(now(&mut page), digests);
    page.wait_until("document.querySelector('#tab-share').ariaSelected === 'true'");
    // After a reload what was looked at before is still there.
    page.evaluate("location.reload()");
    page.wait_until("document.querySelectorAll('.recent button').length > 1");
    page.wait_until(ANSWERED);
    let past = "[...document.querySelectorAll('.recent button')].find(it => \
                it.innerText.includes('ecr-push-put-image'))";
    page.evaluate(&format!("{past}.click()"));
    page.wait_until(
        "document.querySelector('#command').innerText === 'pullstorm run ecr-push-put-image'",
    );
    page.wait_until(ANSWERED);
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
