//! The core compiled to wasm32, run by an interpreter.

use std::path::PathBuf;
use std::process::Command;
use wasmi::{Engine, Instance, Linker, Memory, Module, Store, WasmParams};

/// The module of `pullstorm-wasm-digest`, ready to be called.
pub struct WasmCore {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
}

impl WasmCore {
    /// Loads the module that `PULLSTORM_WASM_DIGEST` names, or builds it where nobody did.
    ///
    /// # Panics
    /// If it cannot be built, read or instantiated.
    pub fn load() -> Self {
        let path = std::env::var_os("PULLSTORM_WASM_DIGEST").map_or_else(build, PathBuf::from);
        let bytes = std::fs::read(&path)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let engine = Engine::default();
        let module = Module::new(&engine, &bytes).expect("a valid wasm module");
        let mut store = Store::new(&engine, ());
        let instance = refusing(&engine, &module)
            .instantiate_and_start(&mut store, &module)
            .expect("a module that a host can give everything");
        let memory = instance
            .get_memory(&store, "memory")
            .expect("an exported memory");
        WasmCore {
            store,
            instance,
            memory,
        }
    }

    /// Calls an export that leaves a text behind, and reads it.
    ///
    /// # Panics
    /// If there is no such export, or it traps.
    pub fn text(&mut self, export: &str, parameters: impl WasmParams) -> String {
        let length = self.call::<_, u32>(export, parameters) as usize;
        let start = self.call::<_, u32>("output", ()) as usize;
        let bytes = &self.memory.data(&self.store)[start..start + length];
        String::from_utf8(bytes.to_vec()).expect("text")
    }

    /// Hands a text over, for the next call that asks for one.
    ///
    /// # Panics
    /// If it does not fit.
    pub fn give(&mut self, text: &str) {
        let length = u32::try_from(text.len()).expect("a text that fits");
        let start = self.call::<_, u32>("input", length) as usize;
        let memory = self.memory.data_mut(&mut self.store);
        memory[start..start + text.len()].copy_from_slice(text.as_bytes());
    }

    fn call<P: WasmParams, R: wasmi::WasmResults>(&mut self, export: &str, parameters: P) -> R {
        self.instance
            .get_typed_func::<P, R>(&self.store, export)
            .unwrap_or_else(|error| panic!("no export {export}: {error}"))
            .call(&mut self.store, parameters)
            .unwrap_or_else(|error| panic!("{export} trapped: {error}"))
    }
}

/// A host that has what the module imports, and fails the test that calls any of it: the core asks
/// its host for nothing. What it imports all the same is the machinery of wasm-bindgen, which comes
/// with plotters and is there for pages.
fn refusing(engine: &Engine, module: &Module) -> Linker<()> {
    let mut linker = Linker::new(engine);
    for import in module.imports() {
        let (from, name) = (import.module(), import.name());
        assert!(
            from.starts_with("__wbindgen_"),
            "imports {name} from {from}"
        );
        let called = format!("the core called {name} of its host");
        let function = import.ty().func().expect("a function").clone();
        linker
            .func_new(from, name, function, move |_, _, _| {
                Err(wasmi::Error::new(called.clone()))
            })
            .expect("each import once");
    }
    linker
}

/// Builds the module as `cargo xtask test` does, into a folder of its own: the folder of the cargo
/// that runs this test may be locked.
fn build() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = root.join("target").join("wasm-parity");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--package", "pullstorm-wasm-digest"])
        .args(["--target", "wasm32-unknown-unknown", "--profile", "web"])
        .arg("--target-dir")
        .arg(&target)
        .current_dir(&root)
        .status()
        .expect("cargo starts");
    assert!(
        status.success(),
        "the core does not build for wasm32; `cargo xtask test` adds the target where it is missing"
    );
    target.join("wasm32-unknown-unknown/web/pullstorm_wasm_digest.wasm")
}
