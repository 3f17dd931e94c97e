//! What the page is about, without what is seen: experiments, their history, links and storage.

mod address;
mod experiment;
mod history;
mod link;
pub mod recent;
mod tab;

pub use address::{fetch_file, file_in_address, show_in_address};
pub use experiment::{Experiment, tree};
pub use history::History;
pub use link::{decode, encode, is_packed, packed};
pub use tab::Tab;
