//! The page: every point with measured and modelled means, and what misses.

use super::compare::{Comparison, NotReplayed, Point};
use super::{EXACTLY, REPLAYS, Replayed, Replays};
use crate::cases::{CaseError, Directory};
use std::fmt::Write;

const INTRODUCTION: &str = "\
# Fidelity

What real clients did against a real limiter, and what their models do. This page is written by
`PULLSTORM_BLESS=1 cargo test --profile release-test -p pullstorm-tests --test groundtruth`;
`cargo run --profile release-test -p pullstorm-tests --bin groundtruth` prints it, and with
`PULLSTORM_TRACES=directory` the same for other logs of the same format. Where the logs come from stands
in [`tests/groundtruth`](../tests/groundtruth/README.md).

Replays are trace-driven: each caller begins when it began in the log, because the machine was busy and
launches spread over up to seconds. `taken` names what else comes from the log itself; where a caller did
not reach a phase, the times of all callers stand in. The models were written from the clients' sources;
the same logs were in view when the steps of a pull were put in order, its cancellation was timed and this
page was first made, so agreement here is no proof for other set-ups. Numbers are means over the repeats of the log and over 20 runs of the model for each
repeat. A point agrees if both means lie within 5 % of what was measured or within two standard errors
of the difference: of means that a handful of repeats tell, one in twenty or so lies further off by chance
alone. The reference model is that of whoever made the logs, driven by the same logs; its worst points are
known by client, not one by one.

Two things of single pulls are not held request by request. Where a refused blob stops the others some
milliseconds later (docker, containerd), how many of those were sent by then is a race: what comes before the
blobs is as in the log, and the number of blobs lies within what 50 runs do. And whether a docker daemon had
kept the manifest of an earlier pull is read from its log.
";

/// The page about the logs of a directory.
///
/// # Errors
/// If a file is missing, cannot be read, or has columns nobody knows.
pub fn page(directory: &Directory) -> Result<String, CaseError> {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n## Request by request\n\n| log | cases | agree |\n|---|---|---|\n");
    for family in EXACTLY.iter().filter(|family| directory.has(family.file)) {
        let tally = (family.check)(directory)?;
        let (tried, misses) = (tally.tried(), tally.misses());
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| {} | {tried} | {} |",
            family.name,
            tried - misses.len() as u64
        );
        for miss in misses {
            let _ = writeln!(page, "| miss: {} | | |", in_a_cell(miss));
        }
        for skipped in tally.skipped() {
            let _ = writeln!(page, "| not replayed: {} | | |", in_a_cell(skipped));
        }
    }
    for replays in REPLAYS.iter().filter(|replays| directory.has(replays.file)) {
        let points = (replays.points)(directory)?;
        section(&mut page, replays, &points);
    }
    Ok(page)
}

/// A text as a cell of a table.
fn in_a_cell(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join(" ").replace('|', "/")
}

fn section(page: &mut String, replays: &Replays, rows: &[Replayed]) {
    let points: Vec<&Point> = rows.iter().flatten().collect();
    let agree = points.iter().filter(|point| point.agrees()).count();
    let left_out = match rows.len() - points.len() {
        0 => String::new(),
        rows => format!(" Not replayed: {rows}, which are not among them."),
    };
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "\n## {}\n\n{}\n\n{agree} of {} points agree.{left_out}\n\n\
         | point | repeats | requests measured | modelled | difference | succeeded measured | modelled \
         | difference | taken | agrees |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
        replays.title,
        replays.about,
        points.len()
    );
    for row in rows {
        let point = match row {
            Ok(point) => point,
            Err(NotReplayed { name, reason }) => {
                let (name, reason) = (in_a_cell(name), in_a_cell(reason));
                let _ = writeln!(page, "| {name} | | | | | | | | | not replayed: {reason} |");
                continue;
            }
        };
        let (requests, succeeded) = (cells(&point.requests), cells(&point.succeeded));
        let agrees = match point.agrees() {
            true => "yes".to_owned(),
            false => format!("no: {}", miss(point)),
        };
        let Point {
            name,
            repeats,
            taken,
            ..
        } = point;
        let _ = writeln!(
            page,
            "| {name} | {repeats} | {requests} | {succeeded} | {taken} | {agrees} |"
        );
    }
}

/// What misses and by how much, what the replay does not know, and what a reference model does.
fn miss(point: &Point) -> String {
    let of = [
        (&point.requests, "requests"),
        (&point.succeeded, "successes"),
    ];
    let missed = of.iter().filter(|(comparison, _)| !comparison.agrees());
    let missed: Vec<String> = missed
        .map(|(comparison, what)| match comparison.errors() {
            errors if errors.is_finite() => {
                let known = known_from(comparison);
                format!("{what} by {errors:.1} standard errors{known}")
            }
            _ => format!("{what}, which never differ between repeats"),
        })
        .collect();
    let mut miss = missed.join(", ");
    if !point.cause.is_empty() {
        miss.push_str(&format!("; {}", point.cause));
    }
    if let Some(reference) = point.reference {
        let closer = match point.is_closer_than(reference) {
            true => "closer",
            false => "not closer",
        };
        miss.push_str(&format!(
            "; {closer} in that than a reference model at its worst (requests {:.1} %; {})",
            100.0 * reference.requests,
            reference.pulls_of
        ));
    }
    miss
}

/// How much a difference tells, of so few repeats.
fn known_from(comparison: &Comparison) -> String {
    let repeats = comparison.measured.count;
    if comparison.measured.variance == 0.0 {
        return format!(" (the {repeats} repeats are equal: the error is that of the runs alone)");
    }
    match comparison.may_be_chance() {
        true => format!(" (of {repeats} repeats: chance alone may do it, Student's t)"),
        false => format!(" (of {repeats} repeats: more than chance)"),
    }
}

/// Measured, modelled and difference.
fn cells(comparison: &Comparison) -> String {
    let Comparison { measured, modelled } = comparison;
    let difference = comparison.difference();
    let relative = if measured.mean > 0.0 {
        format!("{:+.1} %", 100.0 * difference / measured.mean)
    } else {
        format!("{difference:+.1}")
    };
    format!(
        "{:.1} ± {:.1} | {:.1} ± {:.1} | {relative}",
        measured.mean,
        measured.variance.sqrt(),
        modelled.mean,
        modelled.variance.sqrt()
    )
}
