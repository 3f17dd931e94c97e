//! Capacity: the largest load that meets the expectations, per variant, and what happens on the way.
//!
//! Load is one number of the scenario ([`Vary`], or the scenario's `load:`). A variant *holds to* a
//! load if all expectations are met there and at every smaller load that was tried. The border is
//! found by doubling and halving. Runs are spent where the answer is uncertain: a load gets ten, and
//! ten more while the 95 % interval of a mean contains the number expected; the two loads at the
//! border get a hundred. What three hundred runs do not decide stays undecided, and the answer is
//! then an interval of loads. A curve is drawn through further loads; one of them that does not hold
//! below the border moves the border there.
//!
//! All loads and variants share the random numbers of their runs. Rounds have a fixed size and come
//! back in the order of the runs, so the answer depends on the seed, not on the number of threads.

mod axis;
mod border;
mod headroom;
mod holds;
mod knee;
mod load;
mod model;
mod point;
mod probe;
mod quota;
mod range;

#[cfg(test)]
mod tests;

pub(crate) use border::border_below;
pub(crate) use holds::{check_load, holds_to, sets_load};
pub use load::{Load, Measure};
pub use model::{
    Answer, Capacity, Headroom, Known, PointReport, Quota, Raise, SCHEMA, Unsure, VariantCapacity,
};
pub(crate) use point::RUNS_TO_CONFIRM;
pub(crate) use quota::times;
pub use range::{Values, Vary};

use self::axis::Axis;
use self::probe::Probe;
use crate::replicate::{Prepared, Workers, prepare};
use crate::report::out_of_range;
use crate::scenario::Document;
use crate::yaml::Diagnostics;

/// The most runs of a variant, where nobody says otherwise.
pub const RUNS_MOST_DEFAULT: u32 = 5_000;

/// What capacity is asked.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed.
    pub seed: u64,
    /// The most runs of each variant, all loads together.
    pub runs: u32,
    /// Events that the runs of each variant are worth, for who does not wait: where runs are long, a
    /// load gets fewer of them. `None` counts runs alone.
    pub events: Option<u64>,
    /// Variants to look at besides *today*; empty for all.
    pub only: Vec<String>,
    /// The number that means load, and how far to look; `None` for the scenario's own.
    pub vary: Option<Vary>,
    /// The load that a quota is to be found for; `None` for the one that the scenario plans for, else
    /// twice the load of today.
    pub target: Option<String>,
}

impl Options {
    /// All variants of a document, with its own seed and load.
    pub fn of(document: &Document) -> Self {
        Options {
            seed: document.scenario().seed,
            runs: RUNS_MOST_DEFAULT,
            events: None,
            only: Vec::new(),
            vary: None,
            target: None,
        }
    }
}

/// Why capacity cannot be told.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The scenario has problems, or has them at a load of the range.
    Scenario(Diagnostics),
    /// What was asked for cannot be.
    Asked {
        /// What is wrong.
        message: String,
        /// What to write.
        hint: String,
    },
}

impl From<Diagnostics> for Refusal {
    fn from(problems: Diagnostics) -> Refusal {
        Refusal::Scenario(problems)
    }
}

/// Up to which load each variant holds; *today* first. If the user stops it, what was known by then;
/// `None` if that is nothing.
///
/// # Errors
/// - no load is named, or one that is no number,
/// - a range whose ends today or a variant that is named refuses; others are left out,
/// - a target that is no load,
/// - expectations that no variant can meet at either end of the range,
/// - all problems of the scenario that compile finds.
pub fn capacity(
    document: &Document,
    options: &Options,
    workers: &dyn Workers,
) -> Result<Option<Capacity>, Refusal> {
    let (vary, unit) = varied(document, options)?;
    let axis = Axis::new(&vary.values).map_err(|why| Refusal::Asked {
        message: why,
        hint: format!("write --vary {}=1..64", vary.path),
    })?;
    let target = options.target.as_deref().map(|text| target(text, &axis));
    let target = target.transpose()?;
    let planned = planned(document, &vary.path);
    let prepared = prepare(document, &options.only)?;
    let default = default_of(document, &vary.path);
    let mut probes = Vec::new();
    let mut impossible = Vec::new();
    let mut left_out = Vec::new();
    for variant in &prepared {
        if options.vary.is_none() {
            check_load(document, variant, workers)?;
        }
        let probe = Probe::new(document, variant, &vary.path, &axis, options, workers);
        let probe = probe.with_default(default.clone());
        let range = || every(&vary.path, &axis);
        let checked = probe.check().map_err(|problems| (range(), problems));
        let checked = checked.and_then(|ends| match &target {
            Some(target) => match probe.check_target(target) {
                Ok(()) => Ok(ends),
                Err(problems) => Err((format!("--target {}", target.text), problems)),
            },
            None => Ok(ends),
        });
        match checked {
            Ok(ends) => {
                impossible.push(ends.map(|it| out_of_range(&it)));
                probes.push(probe);
            }
            // Nobody asked for this one by name.
            Err((at, problems))
                if variant.name != "today" && !options.only.contains(&variant.name) =>
            {
                left_out.push(without(variant, &at, &problems));
            }
            Err((_, problems)) => return Err(problems.into()),
        }
    }
    // What no variant can meet, whatever the load, is a mistake.
    if let Some([_, at_most]) = impossible.first()
        && impossible.iter().flatten().all(|it| !it.is_empty())
    {
        return Err(document.diagnostics(at_most.clone()).into());
    }
    // Each stage goes through all variants.
    let count = probes.len() as f64;
    let reached = |stage: usize, variants: f64| {
        let before: f64 = STAGES[..stage].iter().sum();
        workers.reached(before + STAGES[stage] * variants / count);
    };
    let mut told = Vec::new();
    for (place, probe) in probes.iter_mut().enumerate() {
        if let Some(events) = options.events {
            probe.spare(events);
        }
        probe.find()?;
        told.push(probe.in_words(&unit));
        workers.tell(&told.join("; "));
        reached(0, place as f64 + 1.0);
    }
    probes.retain(|probe| probe.has_runs());
    let Some(today) = probes.first() else {
        return Ok(None);
    };
    let measured = today.measured().clone();
    let last = probes.iter().map(Probe::end_of_curve).max().unwrap_or(0);
    for (place, probe) in probes.iter_mut().enumerate() {
        if let Some(events) = options.events {
            probe.go_on(events);
        }
        probe.draw(last, &|part| reached(1, place as f64 + part))?;
    }
    let mut variants = Vec::new();
    for (place, mut probe) in probes.into_iter().enumerate() {
        if let Some(events) = options.events {
            probe.go_on(events);
        }
        variants.push(probe.finish(target.as_ref(), planned.as_ref())?);
        reached(2, place as f64 + 1.0);
    }
    let scenario = document.scenario();
    Ok(Some(Capacity {
        schema: SCHEMA.into(),
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        seed: options.seed,
        path: vary.path.clone(),
        unit,
        measure: axis.measure,
        from: axis.at(0),
        to: axis.at(axis.len() - 1),
        target,
        units: measured.units(),
        start_delay: measured.delay_judged().to_owned(),
        runs_most: options.runs,
        notes: [left_out, notes(&variants, &vary.path, options)].concat(),
        variants,
        interrupted: workers.stopped(),
    }))
}

/// Which part of the work it is to find the borders, to draw the curves, and to find quotas. Scenarios
/// differ: on 2026-11-21 borders took a quarter of docker-hub-anonymous-ci and more than half of
/// ecs-denied-role. Only the progress that is shown needs it.
const STAGES: [f64; 3] = [0.4, 0.3, 0.3];

/// The number that means load, how far to look, and what one of it is called.
fn varied(document: &Document, options: &Options) -> Result<(Vary, String), Refusal> {
    let own = document.scenario().load.as_ref().map(|load| &load.value);
    let Some(vary) = options.vary.clone() else {
        let Some(load) = own else {
            return Err(Refusal::Asked {
                message: "the scenario names no load".to_owned(),
                hint: "write --vary PATH=RANGE, as in --vary workloads.ci.jobs=1..64, or a \
                       `load:` in the scenario"
                    .to_owned(),
            });
        };
        let vary = Vary {
            path: load.path.clone(),
            values: Values::counting(load.from.into(), load.up_to.max(load.from).into()),
        };
        return Ok((vary, load.unit.clone()));
    };
    if let Some(written) = document.value_at(&vary.path)
        && Load::read(&written).is_none()
    {
        return Err(Refusal::Asked {
            message: format!("`{}` is `{written}`, which is no number", vary.path),
            hint: "write the path of a number, as in --vary workloads.ci.jobs=1..64".to_owned(),
        });
    }
    let unit = match own.filter(|load| load.path == vary.path) {
        Some(load) => load.unit.clone(),
        None => vary.path.rsplit('.').next().unwrap_or_default().to_owned(),
    };
    Ok((vary, unit))
}

/// `every workloads.ci.jobs from 1 to 64`.
fn every(path: &str, axis: &Axis) -> String {
    let (from, to) = (axis.at(0).text, axis.at(axis.len() - 1).text);
    format!("every {path} from {from} to {to}")
}

/// That a variant is left out, as it cannot be at a load or at each of several, and why.
fn without(variant: &Prepared, at: &str, problems: &Diagnostics) -> String {
    let why = problems.items().iter().map(|it| it.message.as_str());
    format!(
        "{} is left out, as it cannot be at {at}: {}",
        variant.name,
        why.collect::<Vec<_>>().join("; ")
    )
}

/// What a number is that the scenario does not write; `None` where it writes it, or there is no default.
fn default_of(document: &Document, path: &str) -> Option<String> {
    if document.value_at(path).is_some() {
        return None;
    }
    let controls = crate::control::controls(document);
    let control = controls.into_iter().find(|it| it.path == path)?;
    let (load, _) = Load::read(&control.now()?)?;
    Some(load.text)
}

/// The target that a text says.
fn target(text: &str, axis: &Axis) -> Result<Load, Refusal> {
    let load = Load::read(text).filter(|(_, measure)| *measure == axis.measure);
    load.map(|(load, _)| load).ok_or_else(|| Refusal::Asked {
        message: format!("`{text}` is no load like {}", axis.at(0).text),
        hint: format!("write --target {}", axis.at(axis.len() - 1).text),
    })
}

/// The load that the scenario plans for, if it is the number that is varied.
fn planned(document: &Document, path: &str) -> Option<Load> {
    let load = document.scenario().load.as_ref()?;
    let planned = load.value.plan_for.filter(|_| load.value.path == path)?;
    Load::read(&planned.to_string()).map(|(load, _)| load)
}

/// What a reader should know of how the border was found.
fn notes(variants: &[VariantCapacity], path: &str, options: &Options) -> Vec<String> {
    let mut notes = Vec::new();
    let sets = |it: &&VariantCapacity| it.overrides.iter().any(|(own, _)| own == path);
    for variant in variants.iter().filter(sets) {
        let others = match variant.overrides.len() {
            1 => "nothing else, so its answer is that of today",
            _ => "what else it sets alone makes its answer another than today's",
        };
        notes.push(format!(
            "{} sets {path}, which is varied here: {others}",
            variant.name
        ));
    }
    let cut_off = |it: &VariantCapacity| it.curve.iter().any(|point| point.cut_off);
    if variants.iter().any(cut_off) {
        notes.push(
            "runs that were stopped before their end decide nothing: loads at which that happened \
             are undecided (see `horizon:`)"
                .to_owned(),
        );
    }
    let spent = |it: &VariantCapacity| it.unsure == Some(Unsure::RunsSpent);
    if options.events.is_some() {
        let border = |it: &VariantCapacity| (it.holds_in > 1).then_some(it.holds_in);
        let fewest = variants.iter().filter_map(border).min();
        let few = fewest.filter(|runs| *runs < RUNS_TO_CONFIRM);
        notes.extend(few.map(|runs| {
            format!(
                "runs are long here, so that as few as {runs} say up to which load a variant holds; \
                 `pullstorm capacity` takes {RUNS_TO_CONFIRM} there and may say less"
            )
        }));
    }
    if variants.iter().any(spent) {
        notes.push(match options.events {
            None => "the runs allowed were spent; --runs allows more".to_owned(),
            Some(_) => "runs are long here: `pullstorm capacity` looks closer".to_owned(),
        });
    }
    notes
}
