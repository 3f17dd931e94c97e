//! Lists the files of the explorer, so that the command line can serve them. Without a bundle in
//! `web-dist/` (`cargo xtask web` makes one) there are none, and nothing else is missing.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let own = env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    let folder = Path::new(&own).join("../web-dist");
    let out = env::var("OUT_DIR").expect("cargo says where to write");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<_> = fs::read_dir(&folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str());
        let Some(name) = name.filter(|name| !name.starts_with('.') && file.is_file()) else {
            continue;
        };
        println!("cargo::rerun-if-changed={}", file.display());
        // A copy, so that a bundle that is written anew meanwhile does not break this build.
        let copy = Path::new(&out).join(name);
        if fs::copy(&file, &copy).is_ok() {
            // Writing to a string cannot fail.
            let _ = writeln!(
                list,
                "    ({name:?}, include_bytes!({:?})),",
                copy.display().to_string()
            );
        }
    }
    list.push(']');
    let target = Path::new(&out).join("explorer.rs");
    fs::write(target, list).expect("the list is written");
}
