//! Rows put together to a recording.

use super::error::{Field, RecordingError};
use super::time::{self, Clock, Stamp};
use super::{ARRIVALS_MAX, Arrival, Recording, Row, Unit, shown};
use crate::units::Span;
use std::collections::BTreeMap;

/// Puts rows together.
#[derive(Debug)]
pub(super) struct Collector {
    unit: Option<Unit>,
    clock: Option<Clock>,
    /// As often as each came; not yet counted from the first.
    arrivals: Vec<Arrival>,
    operations: Names,
    keys: Names,
    sources: Names,
    regions: Names,
    throttled: u64,
}

impl Collector {
    pub fn new(unit: Option<Unit>) -> Self {
        Collector {
            unit,
            clock: None,
            arrivals: Vec::new(),
            operations: Names::default(),
            keys: Names::default(),
            sources: Names::default(),
            regions: Names::default(),
            throttled: 0,
        }
    }

    pub fn add(&mut self, row: &Row) -> Result<(), RecordingError> {
        let Stamp { nanos, clock } = time::read(&row.time, self.unit).map_err(|hint| {
            let message = format!("`{}` is no time", shown(&row.time));
            RecordingError::field(row, Field::Time, message, hint)
        })?;
        if *self.clock.get_or_insert(clock) != clock {
            let message = format!(
                "`{}` is a time of another kind than the first",
                shown(&row.time)
            );
            let hint = "write all times with dates, or all as numbers of one unit";
            return Err(RecordingError::field(row, Field::Time, message, hint));
        }
        let count = match row.count.as_deref().map(str::trim) {
            None | Some("") => 1,
            Some(text) => text.parse::<u64>().map_err(|_| {
                let message = format!("`{}` is no count", shown(text));
                RecordingError::field(row, Field::Count, message, "write a whole number")
            })?,
        };
        if count > ARRIVALS_MAX || self.arrivals.len() as u64 + count > ARRIVALS_MAX {
            let message = format!("a recording has at most {ARRIVALS_MAX} arrivals");
            let hint = "cut it to the minutes that matter";
            return Err(match count > ARRIVALS_MAX {
                true => RecordingError::field(row, Field::Count, message, hint),
                false => RecordingError::row(row, message, hint),
            });
        }
        let told = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let operation = told(&row.operation).map(|name| self.operations.index(name));
        let key = told(&row.key).map(|name| self.keys.index(name));
        let source = told(&row.source).map(|name| self.sources.index(name));
        told(&row.region).map(|name| self.regions.index(name));
        // 429 is Too Many Requests (RFC 6585, section 4).
        if row.status.as_deref().map(str::trim) == Some("429") {
            self.throttled += count;
        }
        let arrival = Arrival {
            after: Span::from_nanos(nanos),
            operation,
            key,
            source,
            line: u32::try_from(row.line).unwrap_or(u32::MAX),
        };
        self.arrivals
            .extend(std::iter::repeat_n(arrival, count as usize));
        Ok(())
    }

    pub fn finish(mut self) -> Result<Recording, RecordingError> {
        // What came first in the file stays first among those of one time.
        self.arrivals.sort_by_key(|arrival| arrival.after);
        let Some(first) = self.arrivals.first().map(|arrival| arrival.after) else {
            let hint = "a recording has a line for each arrival: `time,operation`";
            return Err(RecordingError::whole("the recording has no arrival", hint));
        };
        // Not minutes: what many do at the full minute is what a recording is looked at for.
        const SECOND: u64 = 1_000_000_000;
        let is_dated = self.clock == Some(Clock::Calendar);
        let mut times = self.arrivals.iter().map(|arrival| arrival.after.as_nanos());
        let whole = times.all(|nanos| nanos % SECOND == 0);
        let resolution = match is_dated && whole && self.arrivals.len() > 1 {
            true => SECOND,
            false => 0,
        };
        for arrival in &mut self.arrivals {
            arrival.after = arrival.after - first;
        }
        Ok(Recording {
            arrivals: self.arrivals,
            operations: self.operations.names,
            keys: self.keys.names,
            first_unix_nanos: is_dated.then_some(first.as_nanos()),
            resolution: Span::from_nanos(resolution),
            sources: self.sources.names,
            regions: self.regions.names,
            throttled: self.throttled,
        })
    }
}

/// Names with their numbers.
#[derive(Debug, Default)]
struct Names {
    numbers: BTreeMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    fn index(&mut self, name: String) -> u32 {
        if let Some(known) = self.numbers.get(&name) {
            return *known;
        }
        let number = self.names.len() as u32;
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }
}
