//! Schedules as cron writes them: `0 * * * *`.

use super::instant::date_of_day;
use std::fmt;

/// Years that are looked through for the next instant of a schedule: 29 February is at most eight
/// years away.
const YEARS_MAX: i64 = 9;

const NANOS_PER_MINUTE: u64 = 60_000_000_000;
const MINUTES_PER_DAY: u64 = 1_440;

/// When something begins again and again: five fields (minute, hour, day of month, month, day of
/// week) of `*`, numbers, ranges `1-5`, lists `0,30` and steps `*/15`, in UTC; months and days of
/// the week by number or English short name. Where both kinds of day are restricted, either will
/// do (crontab(5) of Vixie cron). The words are those of cron too: `hourly`, `daily`, ...
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether the day of the month, and that of the week, begins with `*`.
    any_day: bool,
    any_weekday: bool,
}

/// Why a text is no schedule.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum CronError {
    /// It has so many fields, not five.
    Fields(usize),
    /// This part of a field is neither a number nor a range of them.
    Part {
        /// Which field, in words.
        field: &'static str,
        /// The part.
        part: String,
        /// The lowest and the highest number that can stand there.
        range: (u64, u64),
    },
    /// There is no such day, as on 30 February.
    Never,
}

impl fmt::Display for CronError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CronError::Fields(count) => write!(f, "a schedule has five fields, found {count}"),
            CronError::Part { field, part, .. } => {
                write!(f, "`{part}` is no {field} of a schedule")
            }
            CronError::Never => f.write_str("no day is ever like that"),
        }
    }
}

impl CronError {
    /// What to write instead.
    pub fn hint(&self) -> String {
        match self {
            CronError::Part {
                range: (low, high), ..
            } => format!("write numbers from {low} to {high}, ranges, lists or steps: `*/15`"),
            CronError::Fields(_) | CronError::Never => {
                "write minute, hour, day of month, month and day of week: `0 * * * *`".to_owned()
            }
        }
    }
}

/// A word and the schedule it stands for.
const WORDS: [(&str, &str); 6] = [
    ("minutely", "* * * * *"),
    ("hourly", "0 * * * *"),
    ("daily", "0 0 * * *"),
    ("weekly", "0 0 * * 0"),
    ("monthly", "0 0 1 * *"),
    ("yearly", "0 0 1 1 *"),
];

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Cron {
    /// Words that are schedules.
    pub fn words() -> impl Iterator<Item = &'static str> + Clone {
        WORDS.iter().map(|(word, _)| *word)
    }

    /// The schedule that a word stands for.
    pub fn of_word(word: &str) -> Option<Cron> {
        let word = word.strip_prefix('@').unwrap_or(word);
        let (_, fields) = WORDS.iter().find(|(known, _)| *known == word)?;
        Cron::parse(fields).ok()
    }

    /// Reads the five fields, or a word.
    ///
    /// # Errors
    /// See [`CronError`].
    pub fn parse(text: &str) -> Result<Cron, CronError> {
        if let Some(known) = Cron::of_word(text) {
            return Ok(known);
        }
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(CronError::Fields(fields.len()));
        };
        let cron = Cron {
            minutes: field(minute, "minute", (0, 59), &[], 0)?,
            hours: field(hour, "hour", (0, 23), &[], 0)?,
            days: field(day, "day of month", (1, 31), &[], 0)?,
            months: field(month, "month", (1, 12), MONTHS, 1)?,
            weekdays: field(weekday, "day of week", (0, 7), WEEKDAYS, 0).map(sunday_is_0)?,
            any_day: day.starts_with('*'),
            any_weekday: weekday.starts_with('*'),
        };
        let ever = cron.at_or_after(0).is_some();
        if ever {
            Ok(cron)
        } else {
            Err(CronError::Never)
        }
    }

    /// The instants from this one on, as nanoseconds since the Unix epoch.
    pub fn from(&self, unix_nanos: u64) -> impl Iterator<Item = u64> {
        let first = unix_nanos.div_ceil(NANOS_PER_MINUTE);
        let mut next = Some(first);
        std::iter::from_fn(move || {
            let minute = self.at_or_after(next?)?;
            next = minute.checked_add(1);
            minute.checked_mul(NANOS_PER_MINUTE)
        })
    }

    /// The first minute, counted from the epoch, that fits.
    fn at_or_after(&self, minute: u64) -> Option<u64> {
        let first_day = minute / MINUTES_PER_DAY;
        let days = YEARS_MAX as u64 * 366;
        (first_day..first_day + days)
            .filter(|day| self.has_day(*day as i64))
            .find_map(|day| {
                let of_day = if day == first_day {
                    minute % MINUTES_PER_DAY
                } else {
                    0
                };
                let fits =
                    |of_day: &u64| has(self.hours, *of_day / 60) && has(self.minutes, *of_day % 60);
                let found = (of_day..MINUTES_PER_DAY).find(fits)?;
                Some(day * MINUTES_PER_DAY + found)
            })
    }

    fn has_day(&self, day_from_epoch: i64) -> bool {
        let (_, month, day) = date_of_day(day_from_epoch);
        // The epoch was a Thursday.
        let weekday = (day_from_epoch + 4) % 7;
        let (day, weekday) = (
            has(self.days, day as u64),
            has(self.weekdays, weekday as u64),
        );
        let fits = match (self.any_day, self.any_weekday) {
            (false, false) => day || weekday,
            _ => day && weekday,
        };
        has(self.months, month as u64) && fits
    }
}

/// Cron counts Sunday twice, as 0 and 7.
fn sunday_is_0(weekdays: u64) -> u64 {
    (weekdays | weekdays >> 7) & 0x7f
}

fn has(set: u64, number: u64) -> bool {
    set >> number & 1 == 1
}

/// The numbers of a field, as bits. The first of `names` stands for `first`.
fn field(
    text: &str,
    field: &'static str,
    range: (u64, u64),
    names: &[&str],
    first: u64,
) -> Result<u64, CronError> {
    let (low, high) = range;
    let number = |text: &str| -> Option<u64> {
        let lower = text.to_ascii_lowercase();
        if let Some(place) = names.iter().position(|name| *name == lower) {
            return Some(place as u64 + first);
        }
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| text.parse().ok())??;
        (low..=high).contains(&number).then_some(number)
    };
    let numbers = |part: &str| -> Option<u64> {
        let (span, step) = match part.split_once('/') {
            Some((span, step)) => (
                span,
                Some(step.parse::<u64>().ok().filter(|step| *step > 0)?),
            ),
            None => (part, None),
        };
        let (from, to) = match (span, span.split_once('-')) {
            ("*", _) => (low, high),
            (_, Some((from, to))) => (number(from)?, number(to)?),
            // Cron takes a step behind one number as a step to the end.
            (_, None) => (
                number(span)?,
                if step.is_some() { high } else { number(span)? },
            ),
        };
        let step = usize::try_from(step.unwrap_or(1)).ok()?;
        (from <= to).then(|| (from..=to).step_by(step).fold(0, |set, it| set | 1 << it))
    };
    text.split(',').try_fold(0, |set, part| {
        let refusal = || CronError::Part {
            field,
            part: part.to_owned(),
            range,
        };
        numbers(part).map(|more| set | more).ok_or_else(refusal)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::instant::unix_nanos;

    /// The first instants of a schedule, as `YYYY-MM-DD hh:mm`.
    fn instants(schedule: &str, from: &str) -> Vec<String> {
        let from = unix_nanos(from).unwrap();
        let cron = Cron::parse(schedule).unwrap();
        let words = |nanos: u64| {
            let minute = nanos / NANOS_PER_MINUTE;
            let (year, month, day) = date_of_day((minute / MINUTES_PER_DAY) as i64);
            let (hour, minute) = (minute % MINUTES_PER_DAY / 60, minute % 60);
            format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}")
        };
        cron.from(from).take(3).map(words).collect()
    }

    #[test]
    fn the_full_hour_comes_at_once_if_it_is_now_and_then_every_hour() {
        let hours = ["2026-11-20 03:00", "2026-11-20 04:00", "2026-11-20 05:00"];
        assert_eq!(instants("0 * * * *", "2026-11-20T03:00:00Z"), hours);
        assert_eq!(instants("hourly", "2026-11-20T02:00:01Z"), hours);
        assert_eq!(instants("@hourly", "2026-11-20T02:59:00Z"), hours);
    }

    #[test]
    fn lists_ranges_and_steps_name_the_same_minutes_however_they_are_written() {
        let from = "2026-11-20T09:01:00Z";
        let quarters = ["2026-11-20 09:15", "2026-11-20 09:30", "2026-11-20 09:45"];
        for schedule in ["*/15 * * * *", "0,15,30,45 * * * *", "0-59/15 9-17 * nov *"] {
            assert_eq!(instants(schedule, from), quarters, "{schedule}");
        }
        let working = instants("5/30 8 * * mon-fri", "2026-11-20T09:00:00Z");
        assert_eq!(
            working,
            ["2026-11-23 08:05", "2026-11-23 08:35", "2026-11-24 08:05"],
            "20 November 2026 is a Friday"
        );
    }

    #[test]
    fn of_two_restricted_kinds_of_day_either_will_do() {
        let found = instants("0 0 1 * 7", "2026-11-20T00:00:00Z");
        assert_eq!(
            found,
            ["2026-11-22 00:00", "2026-11-29 00:00", "2026-12-01 00:00"]
        );
    }

    #[test]
    fn the_29th_of_february_waits_for_a_leap_year() {
        let found = instants("0 0 29 2 *", "2096-03-01T00:00:00Z");
        assert_eq!(found[0], "2104-02-29 00:00");
    }

    #[test]
    fn what_is_no_schedule_is_refused_with_the_part_that_is_wrong() {
        let said = |text: &str| Cron::parse(text).unwrap_err().to_string();
        assert_eq!(said("0 *"), "a schedule has five fields, found 2");
        assert_eq!(said("60 * * * *"), "`60` is no minute of a schedule");
        assert_eq!(said("0 9-5 * * *"), "`9-5` is no hour of a schedule");
        assert_eq!(said("*/0 * * * *"), "`*/0` is no minute of a schedule");
        assert_eq!(said("0 0 30 2 *"), "no day is ever like that");
        for text in ["", "é * * * *", "1,, * * * *", "-1 * * * *", "0 0 0 * *"] {
            assert!(Cron::parse(text).is_err(), "{text}");
        }
    }
}
