//! YAML text to a tree in which every key and value knows its bytes.
//!
//! This is the part of the scenario language that knows nothing of scenarios: reading within
//! budgets ([`read`]), problems with their places ([`Diagnostic`]), paths by name ([`Path`]),
//! overrides on the tree ([`merge`]) and edits of single values in the text ([`edit`]).
//!
//! ```
//! use pullstorm_core::yaml::{self, Path, SourceId};
//!
//! let root = yaml::read("ci: {jobs: 32}", SourceId::FILE).unwrap();
//! let jobs = root.at(&Path::parse("ci.jobs").unwrap()).unwrap();
//! assert_eq!(jobs.text(), Some("32"));
//! assert_eq!((jobs.place.start, jobs.place.end), (11, 13));
//! ```

mod diagnostic;
pub mod edit;
pub mod merge;
mod nearest;
mod path;
mod read;
mod source;
mod tree;

pub use diagnostic::{Diagnostic, Diagnostics};
pub use nearest::nearest;
pub(crate) use nearest::{distance, folded};
pub use path::{Path, PathError};
pub use read::{BYTES_MAX, DEPTH_MAX, NODES_MAX, decode_utf8, read, read_at};
pub use source::{Place, Source, SourceId, Sources};
pub use tree::{Entry, Node, Scalar, Value};
