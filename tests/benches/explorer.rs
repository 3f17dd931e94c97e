//! How fast the explorer answers, and what its files weigh: `cargo xtask measure-web`.
//!
//! For every incident the time is taken from choosing it until its verdict is there, with the first run
//! of it. Then its first control is moved 20 times, and the time from there until the first
//! result is on the page is taken; the median is printed, and how often that was of the first part of a
//! run only. Then 10,000 lanes are scrolled, and the time is taken that the page needs to draw those that
//! come into view; and a recommendation is asked for while a control moves. The browser notes each time
//! for which the page was blocked for more than 50 ms. Then the size of wasm, JavaScript and styles, as
//! they are and compressed. It does not measure the network or the first load.

use pullstorm_core::scenarios::BUILT_IN;
use pullstorm_tests::browser::{Page, Scheme, Server, View};
use std::path::{Path, PathBuf};

/// All runs of what is shown are made and judged.
const ANSWERED: &str = "document.querySelector('#study')?.getAttribute('aria-busy') === 'false' \
    && document.querySelector('#digest') !== null";

/// Chooses an incident and waits for the first result of it; milliseconds.
const CHOOSE: &str = "(name => new Promise(resolve => {
    const began = performance.now();
    document.querySelector(`#incident-${name}`).click();
    let left = false;
    const look = () => {
        const stale = document.querySelector('#columns').classList.contains('stale');
        left = left || stale;
        const past = performance.now() - began;
        if ((left && !stale) || past > 20000) resolve(past); else setTimeout(look, 1);
    };
    setTimeout(look, 1);
}))";

/// Moves the first control to a place and waits for the first result; milliseconds. None where that
/// place stands for the value that was there: then nothing becomes stale.
const MOVE: &str = "(place => new Promise(resolve => {
    const slider = document.querySelector('.controls input[type=range]');
    const began = performance.now();
    slider.value = place;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    let moved = false;
    const look = () => {
        const stale = document.querySelector('#columns').classList.contains('stale');
        const past = performance.now() - began;
        moved = moved || stale || document.querySelector('#first-part') !== null;
        if (moved ? !stale || past > 20000 : past > 100) {
            if (document.querySelector('#first-part')) window.parts += 1;
            resolve(moved ? past : null);
        } else { setTimeout(look, 1); }
    };
    setTimeout(look, 1);
}))";

/// Places of a slider, far from one another and from its ends, each once.
fn places() -> impl Iterator<Item = u32> {
    (0..121).map(|index| 60 + index * 37 % 121)
}

/// Moves the first control until so many moves changed its value, or until there are no more places;
/// milliseconds of each.
fn moves(page: &mut Page, count: usize) -> Vec<f64> {
    let times = places().filter_map(|place| page.evaluate(&format!("{MOVE}({place})")).as_f64());
    times.take(count).collect()
}

/// Notes what blocks the page for more than 50 ms, and which results are of a part of a run.
const NOTED: &str = "window.blocked = []; window.parts = 0;
    new PerformanceObserver(list => list.getEntries().forEach(it => window.blocked.push(it.duration)))
        .observe({ type: 'longtask' });";

/// Scrolls the lanes and waits until others are drawn; milliseconds of script, without the paint.
const SCROLL: &str = "(top => (async () => {
    const area = document.querySelector('.lanes');
    const drawn = () => area.querySelector('.lane-failed').getAttribute('d');
    const before = drawn();
    const began = performance.now();
    area.scrollTop = top;
    area.dispatchEvent(new Event('scroll'));
    for (let turn = 0; turn < 1000 && drawn() === before; turn += 1) await Promise.resolve();
    return performance.now() - began;
})())";

/// As many callers as lanes are shown of, most of which fail.
const LANES: &str = "pullstorm: 1\nname: ten-thousand\n\
    services: {ecs: {preset: aws-ecs@2026-11}}\n\
    workloads:\n  deploys:\n    kind: api-callers\n    service: ecs\n    callers: 10000\n    \
    calls: [RegisterTaskDefinition]\n    retry: {preset: harness-default}\n";

fn main() {
    let folder = root().join("web-dist");
    let view = View {
        width: 1280,
        scheme: Scheme::Light,
    };
    let mut page = Page::open_after(NOTED, &Server::start(&folder).url("index.html"), view);
    page.wait_until(ANSWERED);
    println!(
        "until the verdict of an incident that is chosen, ms; first result after a control moves: moves, \
         median and worst in ms, parts of a run among them"
    );
    page.evaluate("window.blocked = []");
    for scenario in BUILT_IN {
        let chosen = page.evaluate(&format!("{CHOOSE}({:?})", scenario.name));
        let chosen = chosen.as_f64().unwrap_or(f64::NAN);
        page.wait_until(ANSWERED);
        let mut times = moves(&mut page, 20);
        times.sort_by(f64::total_cmp);
        let median = times.get(times.len() / 2).copied().unwrap_or(f64::NAN);
        let worst = times.last().copied().unwrap_or(f64::NAN);
        let parts = page.evaluate("window.parts").as_u64().unwrap_or(0);
        page.evaluate("window.parts = 0");
        println!(
            "{:<28} {chosen:>8.0} {:>8} {median:>8.0} {worst:>8.0} {parts:>4}",
            scenario.name,
            times.len(),
        );
    }
    blocked(&mut page, "all these moves");
    scroll(&mut page);
    search(&mut page);
    println!("\nsize, bytes: as it is, and by brotli where there is a node to compress");
    let mut all = (0, 0);
    for name in ["app_bg.wasm", "app.js", "style.css"] {
        let file = folder.join(name);
        let plain = std::fs::metadata(&file).map_or(0, |data| data.len());
        let packed = brotli(&file).unwrap_or(0);
        all = (all.0 + plain, all.1 + packed);
        println!("{name:<28} {plain:>10} {packed:>10}");
    }
    println!("{:<28} {:>10} {:>10}", "together", all.0, all.1);
}

/// Prints how long it takes to draw what scrolls into view among 10,000 lanes.
fn scroll(page: &mut Page) {
    page.evaluate(&format!(
        "document.querySelector('#paste').value = {LANES:?}"
    ));
    page.click("#diagnose");
    page.wait_until("document.querySelector('#title').innerText === 'ten-thousand'");
    page.wait_until(ANSWERED);
    page.wait_until("document.querySelector('#herd-summary')?.innerText.startsWith('10000 lines')");
    let mut times: Vec<f64> = (1..=100)
        .map(|index| {
            let time = page.evaluate(&format!("{SCROLL}({})", 970 * index));
            time.as_f64().unwrap_or(f64::NAN)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("\nscrolling 10,000 lanes, median and 95 of 100, ms");
    println!("{:<28} {:>8.2} {:>8.2}", "handler", times[50], times[94]);
    page.evaluate("window.blocked = []");
    let (left, top) = (200.0, 300.0);
    page.evaluate("document.querySelector('#timed').scrollIntoView()");
    (0..40).for_each(|step| page.point_at(left + 20.0 * f64::from(step), top));
    page.click("#play");
    page.wait_until("document.querySelector('.player input').value > 20");
    page.click("#play");
    blocked(page, "pointing at 10,000 lanes and playing them");
}

/// Asks for a recommendation, moves a control until it is there, and says what blocked the page.
fn search(page: &mut Page) {
    page.click("#incident-circleci-ecr-fanout");
    page.wait_until(ANSWERED);
    page.click("#tab-answers");
    page.evaluate("window.blocked = []");
    page.click("#recommend");
    moves(page, 20);
    page.wait_until("document.querySelector('#answer') !== null");
    blocked(page, "a search and 20 moves");
}

/// Prints how often and for how long at most the page was blocked for more than 50 ms.
fn blocked(page: &mut Page, during: &str) {
    let told = page.evaluate("[window.blocked.length, Math.max(0, ...window.blocked)]");
    println!(
        "\nblocked for more than 50 ms during {during}: {} times, {} ms at most",
        told[0], told[1]
    );
}

/// What a file weighs compressed, if a node is there to say so.
fn brotli(file: &Path) -> Option<u64> {
    let script = "const z = require('zlib'); console.log(z.brotliCompressSync(\
                  require('fs').readFileSync(process.argv[1])).length)";
    let output = std::process::Command::new("node")
        .args(["-e", script])
        .arg(file)
        .output()
        .ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}
