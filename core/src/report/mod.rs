//! One data model of what is told to a person, and its text, Markdown, JSON and CSV forms.
//!
//! [`model`] is the data; [`build`] makes it from runs. Renderers turn it into text and compute
//! nothing.

mod advice;
mod answer;
mod article;
mod build;
mod capacity_article;
mod capacity_csv;
mod capacity_target;
mod catalog;
pub mod cells;
mod compare_article;
mod csv;
mod diagnosis;
mod evidence;
mod fold;
pub(crate) mod html;
mod impossible;
mod limiters;
mod metric_table;
pub mod model;
mod not_so;
mod page;
mod recommend_article;
mod retry;
mod run_article;
mod spending;
mod story_article;
mod sufferers;
mod sweep;
mod table;
mod way;
mod way_article;
mod without_limits;
mod words;

pub use advice::{Advice, Advised, Part, advice};
pub(crate) use article::escaped;
pub use article::{Article, Block};
pub use build::{Judged, headlines, judge_variants, report, report_of, variant_report};
pub(crate) use build::{best, cut_off, main_workload, names, running_lowest, workload_named};
pub use capacity_article::capacity_article;
pub(crate) use capacity_article::capacity_article_with;
pub use capacity_csv::capacity_csv;
pub use catalog::{catalog, client, mirror, preset, record, records};
pub use compare_article::compare_article;
pub use csv::{metrics_csv, ranking_csv};
pub use diagnosis::diagnosis;
pub(crate) use evidence::evidence;
pub(crate) use impossible::{
    TooSoon, is_of_failures, lacks_a_call, least_wait, needs_every_call, out_of_range, too_soon,
};
pub use metric_table::metric_table;
pub use model::Report;
pub use page::{Page, Tone, width_of, wrap};
pub use recommend_article::{Offer, offers, recommend_article};
pub use retry::{RetryEntry, retry_entry, retry_list, retry_preset, retry_presets, sdks};
pub use run_article::run_article;
pub(crate) use run_article::{standing, tone_of, verdict};
pub use story_article::story_article;
pub use sweep::{Step, Sweep, sweep_article, sweep_csv};
pub use table::{Cell, Column, Table};
pub(crate) use without_limits::{sentence as anyway_sentence, without_limits};
pub use words::{counted, counting, number, rule, seconds, singular};
