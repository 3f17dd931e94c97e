//! `xtask-bindgen WASM OUT`: writes `app.js` and `app_bg.wasm` into the folder `OUT`.
//!
//! A program of its own, so that `cargo xtask` starts without compiling what only the page needs.
//! The library has the version of the `wasm-bindgen` that the page links, as it must.

use std::path::Path;
use std::process::ExitCode;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [wasm, out] = arguments.as_slice() else {
        eprintln!("usage: xtask-bindgen WASM OUT");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    let generated = bindgen
        .input_path(wasm)
        .out_name("app")
        .web(true)
        .and_then(|bindgen| {
            bindgen
                // The page calls `init()` without a path and the module must know its own.
                .omit_default_module_path(false)
                .typescript(false)
                .remove_name_section(true)
                .remove_producers_section(true)
                .generate(Path::new(out))
        });
    match generated {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot bind {wasm}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
