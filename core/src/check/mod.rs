//! Tuned parameters under regression test: do the expectations still hold, and are the numbers still
//! those of the baseline?
//!
//! Three things are told apart: a *breach* (an expectation is broken), a *drift* (a headline number
//! has moved further than the tolerance allows and the runs leave room for), and a *changed preset*
//! (the catalog knows other numbers than the baseline was made with, or the scenario names another
//! preset). A number of the baseline that the same runs do not come to was edited there, or measured by
//! another build, which is a drift, too. Files and formats are the host's business.

mod article;
mod baseline;
mod drift;
mod origin;
mod reasons;
mod report;
mod tolerance;
mod unmatched;

pub use article::{check_article, check_table, sentence};
pub use baseline::{Baseline, BaselineError, Entry, Number, SCHEMA as BASELINE_SCHEMA};
pub use drift::{Direction, Drift};
pub use origin::{InForce, Limit, Policy, PresetChange, PresetValues};
pub use report::{
    BaselineReport, Case, CheckReport, Checked, Expected, Outcome, SCHEMA, case, report, variants,
};
pub use tolerance::{Allowance, Tolerance, ToleranceError};
pub use unmatched::{Given, Unmatched, unmatched};
