//! Charts as SVG text, the same bytes in terminal and browser.
//!
//! A chart is made in two steps. [`timeline`], [`start_delays`] and [`capacity`](fn@capacity) turn results into a [`Chart`]:
//! plain data, in words and numbers, from which [`Chart::table`] derives the same facts for those
//! who do not see pictures. [`Chart::svg`] draws it at a [`Size`] in a [`Theme`]; [`page`] puts
//! several charts under one another into one file. [`overview`] makes all charts of a scenario's
//!
//! plotters places and draws. What it draws on is a canvas of this module instead of its own SVG
//! backend: that one knows no dash patterns, classes or titles, and asks the platform for the
//! width of a text. Here a text is as wide as a table says, positions are whole pixels and
//! mathematics is `libm`'s, so that nothing depends on where it runs.
//!
//! Colours are presentation attributes, which a strict content security policy allows, and each
//! coloured element has a class such as `ps-fill-admitted` or `ps-stroke-credits`, with which a
//! page's own stylesheet can recolour it. There is no `style` attribute, and a `<style>` element
//! only in [`Theme::Auto`], which is meant for files.
//!
//! ```
//! use pullstorm_core::chart::{self, DelaysData, Size, Theme, VariantDelays};
//! use pullstorm_core::statistics::Samples;
//! use pullstorm_core::units::Span;
//!
//! let mut delays = Samples::default();
//! delays.record(Span::from_secs(3));
//! delays.record_never();
//! let chart = chart::start_delays(&DelaysData {
//!     scenario: "two jobs",
//!     workload: "ci",
//!     noun: "jobs",
//!     variants: &[VariantDelays { name: "today", delays: &delays, runs: 1 }],
//! });
//! assert!(chart.description.contains("1 of 2 never start"));
//! assert!(chart.svg(Size::default(), Theme::Light).starts_with("<svg"));
//! ```

mod axis;
mod canvas;
mod capacity;
mod delays;
mod draw;
mod figure;
mod layout;
mod number;
mod overview;
mod spec;
mod table;
mod text;
mod theme;
mod ticks;
mod timeline;

#[cfg(test)]
mod tests;

pub use capacity::capacity;
pub use delays::{DelaysData, VARIANTS_MAX, VariantDelays, start_delays};
pub use figure::{Size, page};
pub use overview::{Recorded, of_variants, overview};
pub use spec::{Axis, Band, Callout, Chart, Level, Mark, Panel, Role, Scale, Series, Shape, Unit};
pub use table::Table;
pub use theme::Theme;
pub use timeline::{TimelineData, most_throttled, timeline};
