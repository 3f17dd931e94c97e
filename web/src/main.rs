//! The explorer: a page, and the worker in which it simulates.
//!
//! One wasm module serves both. It finds out where it runs and takes that role; the two talk in
//! JSON ([`protocol`]). Neither holds any of the model: what is simulated, judged and written comes
//! from the core.

mod page;
mod protocol;
mod scenario;
mod worker;

fn main() {
    if web_sys::window().is_some() {
        page::start();
    } else {
        worker::start();
    }
}
