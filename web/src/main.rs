//! The explorer: a page, and the workers in which it simulates.
//!
//! One wasm module serves all. It finds out where it runs and takes that role; page and workers talk
//! in [`protocol`]. None of them holds any of the model: what is simulated, judged and worded comes
//! from the core.
//!
//! - [`state`]: what the page is about, an experiment of two texts, with undo, links and storage;
//! - [`pool`]: up to four workers, what they are asked, and who waits for which answer;
//! - [`worker`]: the other end, where questions are answered;
//! - [`page`]: what is seen, one component a file.

mod page;
mod pool;
mod protocol;
mod state;
mod worker;

fn main() {
    if web_sys::window().is_some() {
        page::start();
    } else {
        worker::start();
    }
}
