//! Contention on one version under five backoff strategies: optimistic concurrency control.
//!
//! N clients read a version and write it back raised by one; a write that comes too late fails and
//! backs off. Two figures of each run are compared, the writes of all and when the last answer
//! arrives: their means by z = (m - m_ref) / sqrt(se^2 + se_ref^2), which must stay within 4 in each
//! cell and have a standard deviation under 1.3 over all cells, or under what chance makes of a few
//! cells ([`z_deviation_max`]); their standard deviations and
//! percentiles within 3 %, or within four standard errors of both samples where these are larger:
//! those of 1,500 runs are known no better.

mod contention;
mod sample;

use super::{CaseError, Directory, Exact, Family, Tally};
use crate::parallel;
use contention::{Backoff, Cell, Setup};
use sample::Sample;
use serde::Deserialize;
use statrs::distribution::{ChiSquared, ContinuousCDF};
use std::collections::BTreeMap;

/// See the module.
pub const FAMILY: Family = Family::new("occ", &[INDEPENDENT, MANY_RUNS, HUNDRED_RUNS], check);

const INDEPENDENT: &str = "occ-backoff.csv";
const MANY_RUNS: &str = "occ-original-program-manyruns.csv";
const HUNDRED_RUNS: &str = "occ-original-program-100runs.csv";

const Z_MAX: f64 = 4.0;
const Z_DEVIATION_MAX: f64 = 1.3;
/// How often an exact simulator may miss the limit on the standard deviation of all z.
const CHANCE: f64 = 1e-4;
/// Part of a standard deviation or a percentile by which it may differ.
const NEAR: f64 = 0.03;
const ERRORS_MAX: f64 = 4.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    strategy: Backoff,
    clients: u32,
    base: Option<Exact>,
    cap: Option<Exact>,
    net_mean: Option<Exact>,
    net_sd: Option<Exact>,
    runs: u64,
    time_mean: f64,
    time_sd: f64,
    time_se: f64,
    time_p05: f64,
    time_p50: f64,
    time_p95: f64,
    calls_mean: f64,
    calls_sd: f64,
    calls_se: f64,
    calls_p05: f64,
    calls_p50: f64,
    calls_p95: f64,
}

/// Means of a hundred runs, cut down to whole numbers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Truncated {
    clients: u32,
    time: u64,
    calls: u64,
    #[serde(rename = "Algorithm")]
    strategy: Backoff,
}

/// What a file says about one figure of one cell.
struct Figure {
    file: &'static str,
    calls: bool,
    mean: f64,
    /// `None` where the file does not tell.
    error: Option<f64>,
    /// How far its runs are from the mean; `None` where the file does not tell.
    deviation: Option<f64>,
    /// Runs behind it.
    runs: f64,
    percentiles: Vec<(f64, f64)>,
}

fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let figures = figures(directory)?;
    let cells: Vec<(&Cell, &Vec<Figure>)> = figures.iter().collect();
    let sampled = parallel::map(&cells, |(cell, figures)| {
        contention::sample(cell, contention::runs(figures[1].mean))
    });
    let mut tally = Tally::new();
    let mut z = Vec::new();
    let mut shapes = Shapes::default();
    for ((cell, figures), sample) in cells.into_iter().zip(&sampled) {
        tally.count(
            format!("{cell}: identities of a run"),
            sample.broken.clone(),
        );
        for figure in figures {
            let (name, sample) = match figure.calls {
                true => ("calls", &sample.calls),
                false => ("time", &sample.time),
            };
            let case = format!("{cell}, {name} ({})", figure.file);
            z.push(means(&mut tally, &case, figure, sample));
            deviations(&mut tally, &mut shapes, &case, figure, sample);
            percentiles(&mut tally, &mut shapes, &case, figure, sample);
        }
    }
    spread(&mut tally, &z, figures.len());
    let runs: u64 = sampled.iter().map(|sample| sample.runs()).sum();
    let fewer = if cfg!(debug_assertions) {
        ", few, as this is a debug build"
    } else {
        ""
    };
    tally.note(format!("{runs} runs{fewer};"));
    tally.note(format!(
        "{} of {} standard deviations and percentiles more than 3 % off",
        shapes.far, shapes.tried
    ));
    Ok(tally)
}

/// Standard deviations and percentiles that were tried, and how many of them more than [`NEAR`] off.
#[derive(Default)]
struct Shapes {
    tried: u32,
    far: u32,
}

impl Shapes {
    fn count(&mut self, got: f64, want: f64, near: f64) {
        self.tried += 1;
        self.far += u32::from((got - want).abs() > near);
    }
}

/// All figures by cell; first the time, then the calls.
fn figures(directory: &Directory) -> Result<BTreeMap<Cell, Vec<Figure>>, CaseError> {
    let mut figures: BTreeMap<Cell, Vec<Figure>> = BTreeMap::new();
    for file in [INDEPENDENT, MANY_RUNS] {
        if !directory.has(file) {
            continue;
        }
        for row in directory.table::<Row>(file)? {
            let blog = Setup::default();
            let setup = Setup {
                base: row.base.unwrap_or(blog.base),
                cap: row.cap.unwrap_or(blog.cap),
                net_mean: row.net_mean.unwrap_or(blog.net_mean),
                net_deviation: row.net_sd.unwrap_or(blog.net_deviation),
            };
            let cell = Cell {
                strategy: row.strategy,
                clients: row.clients,
                setup,
            };
            let figure = |calls, (mean, error), deviation, percentiles: [f64; 3]| Figure {
                file,
                calls,
                mean,
                error: Some(error),
                deviation: Some(deviation),
                runs: row.runs as f64,
                percentiles: [0.05, 0.5, 0.95].into_iter().zip(percentiles).collect(),
            };
            if row.runs < 2 || row.time_sd < 0.0 || row.calls_sd < 0.0 {
                return Err(CaseError::new(file, format!("{cell}: no spread of runs")));
            }
            let time = [row.time_p05, row.time_p50, row.time_p95];
            let calls = [row.calls_p05, row.calls_p50, row.calls_p95];
            figures.entry(cell).or_default().extend([
                figure(false, (row.time_mean, row.time_se), row.time_sd, time),
                figure(true, (row.calls_mean, row.calls_se), row.calls_sd, calls),
            ]);
        }
    }
    if directory.has(HUNDRED_RUNS) {
        for row in directory.table::<Truncated>(HUNDRED_RUNS)? {
            let cell = Cell {
                strategy: row.strategy,
                clients: row.clients,
                setup: Setup::default(),
            };
            let figure = |calls, truncated: u64| Figure {
                file: HUNDRED_RUNS,
                calls,
                mean: truncated as f64 + 0.5,
                error: None,
                deviation: None,
                runs: 100.0,
                percentiles: Vec::new(),
            };
            let both = [figure(false, row.time), figure(true, row.calls)];
            figures.entry(cell).or_default().extend(both);
        }
    }
    Ok(figures)
}

/// Tries a mean; returns its z.
fn means(tally: &mut Tally, case: &str, figure: &Figure, sample: &Sample) -> f64 {
    let error = figure.error.unwrap_or_else(|| {
        // Its runs spread like these; cutting off the decimals adds a uniform error.
        (sample.variance() / figure.runs + 1.0 / 12.0).sqrt()
    });
    let both = (error * error + sample.variance() / sample.count()).sqrt();
    let difference = sample.mean() - figure.mean;
    let z = if difference == 0.0 {
        0.0
    } else {
        difference / both
    };
    let miss = (z.abs() > Z_MAX || z.is_nan()).then(|| {
        format!(
            "mean {:.3}, should be {:.3}, z {z:.2}",
            sample.mean(),
            figure.mean
        )
    });
    tally.count(format!("{case}: mean"), miss);
    z
}

/// Tries a standard deviation, where the file has it.
fn deviations(
    tally: &mut Tally,
    shapes: &mut Shapes,
    case: &str,
    figure: &Figure,
    sample: &Sample,
) {
    let Some(want) = figure.deviation else {
        return;
    };
    // The few runs of a debug build do not tell a fourth moment, and so no error of this.
    if cfg!(debug_assertions) {
        return;
    }
    let got = sample.deviation();
    shapes.count(got, want, NEAR * want);
    let far = (NEAR * want).max(ERRORS_MAX * sample.deviation_error(figure.runs));
    tally.within(format!("{case}: sd"), got, want, far);
}

fn percentiles(
    tally: &mut Tally,
    shapes: &mut Shapes,
    case: &str,
    figure: &Figure,
    sample: &Sample,
) {
    for (share, want) in &figure.percentiles {
        let got = sample.percentile(*share);
        let Some((low, high)) = sample.percentile_range(*share, figure.runs) else {
            continue;
        };
        // Calls are whole: one of them is as close as a percentile can be.
        let grain = if figure.calls { 1.0 } else { 0.0 };
        let near = (NEAR * want).max(grain);
        shapes.count(got, *want, near);
        let inside = (low - grain..=high + grain).contains(want) || (got - want).abs() <= near;
        let miss = (!inside).then(|| format!("{got}, should be {want}, at most {low} to {high}"));
        tally.count(format!("{case}: percentile {share}"), miss);
    }
}

/// What the standard deviation of all z must stay below: 1.3, as for the project's own cells, or the
/// value that a true one of 1 exceeds by [`CHANCE`] with so many cells, which is larger for fewer than
/// about eighty. The figures of a cell come from the same runs, so cells count and not figures. A single cell
/// has no spread to judge.
fn z_deviation_max(cells: usize) -> f64 {
    if cells < 2 {
        return f64::INFINITY;
    }
    let degrees = (cells - 1) as f64;
    let chi_squared = ChiSquared::new(degrees).expect("a number of degrees above zero");
    let quantile = chi_squared.inverse_cdf(1.0 - CHANCE);
    (quantile / degrees).sqrt().max(Z_DEVIATION_MAX)
}

fn spread(tally: &mut Tally, z: &[f64], cells: usize) {
    let n = z.len() as f64;
    let mean = z.iter().sum::<f64>() / n;
    let deviation = (z.iter().map(|z| (z - mean) * (z - mean)).sum::<f64>() / n).sqrt();
    let largest = z.iter().fold(0.0, |most: f64, z| most.max(z.abs()));
    tally.note(format!(
        "{} means, z has mean {mean:.2}, sd {deviation:.2}, largest {largest:.2};",
        z.len()
    ));
    let most = z_deviation_max(cells);
    let miss = (deviation >= most).then(|| format!("{deviation:.2}, should be under {most:.2}"));
    tally.count("standard deviation of all z", miss);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_cells_may_spread_by_chance_and_many_may_not() {
        // sqrt(chi squared / degrees), by the tables: 15.137 for one degree, 33.720 for nine.
        let few = [(2, 15.137_f64.sqrt()), (10, (33.720_f64 / 9.0).sqrt())];
        for (cells, most) in few {
            let got = z_deviation_max(cells);
            assert!((got - most).abs() < 1e-3, "{cells}: {got}, {most}");
        }
        assert_eq!(z_deviation_max(1), f64::INFINITY);
        assert!(z_deviation_max(70) > Z_DEVIATION_MAX);
        // Five strategies by 22 numbers of clients.
        assert_eq!(z_deviation_max(110), Z_DEVIATION_MAX);
    }

    #[test]
    fn a_spread_of_a_hundred_cells_is_judged_by_one_and_three_tenths() {
        let judged = |cells: usize, far: f64| {
            let z: Vec<f64> = (0..2 * cells)
                .map(|it| if it % 4 < 2 { far } else { -far })
                .collect();
            let mut tally = Tally::new();
            spread(&mut tally, &z, cells);
            tally.misses().len()
        };
        assert_eq!(judged(110, 1.31), 1);
        assert_eq!(judged(110, 1.29), 0);
        assert_eq!(judged(10, 1.5), 0);
        assert_eq!(judged(10, 2.0), 1);
    }
}
