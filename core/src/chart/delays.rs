//! How soon entities start, by variant: the share that has started within a time.

use super::number::{grouped, rounded, trimmed};
use super::spec::{Axis, Chart, Panel, Role, Scale, Series, Shape, Unit};
use super::ticks::{powers_from, ticks};
use crate::statistics::{Sample, Samples};
use crate::units::Span;

/// The most variants that one chart can keep apart.
pub const VARIANTS_MAX: usize = 8;

/// Steps of a curve: more than a chart is wide are never seen.
const STEPS_MAX: usize = 700;

/// What a chart of start delays is made from.
#[derive(Copy, Clone, Debug)]
pub struct DelaysData<'a> {
    /// Name of the scenario.
    pub scenario: &'a str,
    /// Name of the workload.
    pub workload: &'a str,
    /// What starts, in the plural: jobs, calls.
    pub noun: &'a str,
    /// The first is the baseline. More than [`VARIANTS_MAX`] are left out, and counted.
    pub variants: &'a [VariantDelays<'a>],
}

/// The start delays of one variant.
#[derive(Copy, Clone, Debug)]
pub struct VariantDelays<'a> {
    /// Its name.
    pub name: &'a str,
    /// One sample for each entity of each run.
    pub delays: &'a Samples,
    /// How many runs the samples are of; above 0.
    pub runs: u64,
}

/// The share of entities that started within a time, by variant. What never starts is the gap to
/// the whole.
pub fn start_delays(data: &DelaysData<'_>) -> Chart {
    let shown = &data.variants[..data.variants.len().min(VARIANTS_MAX)];
    let x = axis(shown);
    let heading = capitalised(&format!("{} started", data.noun));
    let mut panel = Panel::new(&heading, Axis::new("started", Unit::Share, 1.0), 1);
    panel.names_at_ends = true;
    panel.empty = shown
        .iter()
        .all(|variant| variant.delays.is_empty())
        .then_some("nothing was to start");
    panel.series = shown
        .iter()
        .enumerate()
        .map(|(place, variant)| Series {
            name: variant.name.to_owned(),
            note: data.note(variant),
            role: Role::Variant(place as u8),
            shape: Shape::Staircase,
            stacked_on: None,
            points: curve(variant.delays),
        })
        .collect();
    let mut rows = ticks(&x, 12);
    rows.push(x.end);
    Chart {
        kind: "start-delays",
        title: data.title(shown),
        subtitle: data.subtitle(),
        description: data.description(shown),
        x,
        panels: vec![panel],
        marks: Vec::new(),
        rows,
    }
}

/// The time axis for these variants: by powers of ten where half of one variant's entities have
/// started long before another variant's last.
fn axis(shown: &[VariantDelays<'_>]) -> Axis {
    let spans = |variant: &VariantDelays<'_>| variant.delays.cumulative(2);
    let middles = shown
        .iter()
        .filter_map(|variant| spans(variant).first().copied());
    let least = middles
        .map(|(span, _)| span.as_secs_f64())
        .filter(|secs| *secs > 0.0)
        .fold(f64::INFINITY, f64::min);
    let last = shown
        .iter()
        .filter_map(|variant| spans(variant).last().copied());
    let greatest = last.map(|(span, _)| span.as_secs_f64()).fold(0.0, f64::max);
    let mut axis = Axis::new(
        "time since they were wanted",
        Unit::Seconds,
        greatest * 1.02,
    );
    if greatest > 40.0 * least {
        let from = powers_from(Unit::Seconds, least / 10.0, greatest);
        axis.scale = Scale::Logarithmic { from };
        axis.end = greatest * 1.25;
    }
    axis
}

/// The share that has started, by seconds.
fn curve(delays: &Samples) -> Vec<(f64, f64)> {
    if delays.is_empty() {
        return Vec::new();
    }
    let all = delays.len();
    // The exact whole is 1 exactly; the ratio of what falls short is below it.
    let share = |count: u64| count as f64 / all as f64;
    let steps = delays.cumulative(STEPS_MAX);
    let mut points: Vec<(f64, f64)> = steps
        .into_iter()
        .map(|(span, count)| (span.as_secs_f64(), share(count)))
        .collect();
    if points.is_empty() {
        points.push((0.0, 0.0));
    }
    points
}

impl VariantDelays<'_> {
    /// A count of all runs as one of a run.
    fn of_all(&self, count: u64, all: u64) -> String {
        let runs = self.runs.max(1);
        if runs == 1 {
            return format!("{} of {}", grouped(count), grouped(all));
        }
        // What is not all must not read as all, and what is not nothing not as nothing.
        let decimals = match (all - count).min(count) {
            0 => 0,
            less if less * 20 < runs => 4,
            _ => 1,
        };
        let mean = count as f64 / runs as f64;
        format!("{} of {}", trimmed(mean, decimals), grouped(all / runs))
    }
}

impl DelaysData<'_> {
    /// The most runs that a variant has.
    fn runs(&self) -> u64 {
        let runs = self.variants.iter().map(|variant| variant.runs);
        runs.max().unwrap_or(0)
    }

    /// What became of a variant's entities.
    fn note(&self, variant: &VariantDelays<'_>) -> String {
        let (all, nevers) = (variant.delays.len(), variant.delays.nevers());
        let slowest = match variant.delays.max() {
            None => return format!("no {}", self.noun),
            Some(Sample::Never) => return format!("{} never start", variant.of_all(nevers, all)),
            Some(Sample::After(span)) => span,
        };
        let each = all / variant.runs.max(1);
        if each == 1 {
            return match slowest {
                Span::ZERO => "it starts at once".to_owned(),
                span => format!("it starts after {}", rounded(span)),
            };
        }
        let all = grouped(each);
        match slowest {
            Span::ZERO => format!("all {all} start at once"),
            span => {
                let worst = if self.runs() > 1 {
                    " in the worst run"
                } else {
                    ""
                };
                format!("all {all} start, last after {}{worst}", rounded(span))
            }
        }
    }

    fn title(&self, shown: &[VariantDelays<'_>]) -> String {
        let what = format!("Start delay of {} {}", self.workload, self.noun);
        match shown {
            [] => what,
            [only] => format!("{what}: {}", self.note(only)),
            _ => {
                // Those that are not shown count as well.
                let all = self
                    .variants
                    .iter()
                    .filter(|variant| variant.delays.nevers() == 0)
                    .count();
                let variants = self.variants.len();
                match all {
                    0 => format!("{what}: no variant starts them all"),
                    all if all == variants => format!("{what}: every variant starts them all"),
                    1 => format!("{what}: 1 of {variants} variants starts them all"),
                    all => format!("{what}: {all} of {variants} variants start them all"),
                }
            }
        }
    }

    fn subtitle(&self) -> String {
        let runs = match self.runs() {
            0 | 1 => "1 run".to_owned(),
            runs => format!("mean of {} runs", grouped(runs)),
        };
        let mut text = format!(
            "{}: share of {} that have started within a time; {runs}",
            self.scenario, self.noun
        );
        if let Some(more) = self.variants.len().checked_sub(VARIANTS_MAX + 1) {
            text += &format!("; {} more variants are not shown", more + 1);
        }
        text
    }

    fn description(&self, shown: &[VariantDelays<'_>]) -> String {
        let variants = shown
            .iter()
            .map(|variant| format!("{}: {}", variant.name, self.note(variant)));
        let variants: Vec<String> = variants.collect();
        format!(
            "How many {} of {} have started within a time. {}.",
            self.noun,
            self.workload,
            variants.join("; ")
        )
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), characters.as_str())
}
