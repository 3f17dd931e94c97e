//! The page as files: `web-dist/`.

use crate::command::{Failure, Outcome, cargo, root, run};
use crate::toolchain::{WASM, ensure_wasm_target, wasm_file};
use std::fs;
use std::path::{Path, PathBuf};

/// The parts of the page's style, in the order in which they override one another.
const STYLES: [&str; 8] = [
    "theme", "elements", "first", "study", "narrow", "depth", "advice", "herd",
];

/// Where the page's files are written.
pub fn folder() -> PathBuf {
    root().join("web-dist")
}

/// `cargo xtask web`: builds the page.
///
/// # Errors
/// If a tool is missing, something does not compile, or a file cannot be written.
pub fn web() -> Outcome {
    ensure_wasm_target()?;
    build()?;
    let size = size_of_module()?;
    println!(
        "web-dist/ holds the page; its module has {} kB",
        size / 1000
    );
    Ok(())
}

/// `cargo xtask run`: builds the page and the command line with it inside, and opens the explorer.
///
/// # Errors
/// If a tool is missing, something does not compile, or the explorer cannot be served.
pub fn run_explorer(words: &[&str]) -> Outcome {
    ensure_wasm_target()?;
    build()?;
    let mut command = cargo(&[
        "run",
        "--locked",
        "--release",
        "--package",
        "pullstorm",
        "--",
    ]);
    run(command.arg("web").args(words))
}

/// Builds the page, the wasm target being there.
///
/// # Errors
/// If something does not compile or a file cannot be written.
pub fn build() -> Outcome {
    run(&mut cargo(&[
        "build",
        "--locked",
        "--package",
        "pullstorm-web",
        "--bin",
        "pullstorm-web",
        "--target",
        WASM,
        "--profile",
        "web",
    ]))?;
    clear(&folder())?;
    run(cargo(&[
        "run",
        "--locked",
        "--quiet",
        "--package",
        "xtask-bindgen",
        "--",
    ])
    .arg(wasm_file("pullstorm-web.wasm"))
    .arg(folder()))?;
    copy_static()?;
    write_style()
}

/// Removes what an earlier build left; the folder itself and its `.gitkeep` stay.
fn clear(folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(cannot("create", folder))?;
    for path in entries(folder)? {
        if path.file_name().is_some_and(|name| name != ".gitkeep") {
            fs::remove_file(&path).map_err(cannot("remove", &path))?;
        }
    }
    Ok(())
}

/// Copies `web/static/`. Written anew instead of copied with their dates, so that whatever goes by
/// dates sees that they changed.
fn copy_static() -> Outcome {
    for from in entries(&root().join("web").join("static"))? {
        let to = folder().join(from.file_name().unwrap_or_default());
        let bytes = fs::read(&from).map_err(cannot("read", &from))?;
        fs::write(&to, bytes).map_err(cannot("write", &to))?;
    }
    Ok(())
}

/// Writes the parts of `web/style/` as one file.
fn write_style() -> Outcome {
    let mut style = String::new();
    for part in STYLES {
        let from = root().join("web/style").join(part).with_extension("css");
        style += &fs::read_to_string(&from).map_err(cannot("read", &from))?;
    }
    let to = folder().join("style.css");
    fs::write(&to, style).map_err(cannot("write", &to))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let listing = fs::read_dir(folder).map_err(cannot("list", folder))?;
    Ok(listing.flatten().map(|entry| entry.path()).collect())
}

fn size_of_module() -> Result<u64, Failure> {
    let module = folder().join("app_bg.wasm");
    let data = fs::metadata(&module).map_err(cannot("read", &module))?;
    Ok(data.len())
}

fn cannot(verb: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Failure + use<> {
    let path = path.display().to_string();
    move |error| Failure(format!("cannot {verb} {path}: {error}"))
}
