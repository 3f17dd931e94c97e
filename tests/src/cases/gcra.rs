//! Every decision of a token bucket, as the generic cell rate algorithm of the crate governor
//! 0.10.4 takes it. Exact: admitted or not, and how long until the same request would pass.

use super::{CaseError, Directory, Exact, Family, Tally};
use pullstorm_core::limiter::{Algorithm, Clock, Decision, Limiter, Refill, Spec, TokenBucketSpec};
use pullstorm_core::units::{Rate, Time};
use serde::Deserialize;

/// See the module.
pub const FAMILY: Family = Family::new("gcra", &["gcra-*.csv"], check);

const SUMMARY: &str = "gcra-summary.csv";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Summary {
    case: String,
    burst: u64,
    period_us: Exact,
    // How the arrivals were made; they stand in the case's own file.
    #[serde(rename = "pattern")]
    _pattern: String,
    n: u64,
    #[serde(rename = "a_us")]
    _a_us: String,
    #[serde(rename = "b")]
    _b: String,
    admitted: u64,
    rejected: u64,
    first_reject_us: Option<u64>,
    last_admit_us: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arrival {
    i: u64,
    t_us: u64,
    admitted: u8,
    wait_us: u64,
}

fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let summaries: Vec<Summary> = directory.table(SUMMARY)?;
    let named = |case: &Summary| format!("gcra-{}.csv", case.case);
    if let Some(stray) = directory
        .matching("gcra-", ".csv")
        .find(|file| *file != SUMMARY && !summaries.iter().any(|case| named(case) == *file))
    {
        return Err(CaseError::new(
            stray,
            format!("{SUMMARY} has no case of this name"),
        ));
    }
    let mut tally = Tally::new();
    let mut decisions = 0;
    for case in &summaries {
        let file = named(case);
        let arrivals: Vec<Arrival> = directory.table(&file)?;
        decisions += arrivals.len();
        tally.count(&case.case, first_difference(case, &arrivals, &file)?);
    }
    tally.note(format!("{decisions} decisions"));
    Ok(tally)
}

/// Where the bucket and the file first differ, if they do.
fn first_difference(
    case: &Summary,
    arrivals: &[Arrival],
    file: &str,
) -> Result<Option<String>, CaseError> {
    let mut bucket = bucket(case)?;
    let (mut admitted, mut rejected) = (0, 0);
    let (mut first_reject, mut last_admit) = (None, None);
    for (row, arrival) in arrivals.iter().enumerate() {
        if arrival.i != row as u64 || arrival.admitted > 1 {
            return Err(CaseError::new(
                file,
                format!("row {row} is out of order or not a decision"),
            ));
        }
        let nanos = arrival.t_us.checked_mul(1_000).ok_or_else(|| {
            CaseError::new(file, format!("row {row} comes after the end of time"))
        })?;
        let decision = bucket.decide(0, 1, Time::from_nanos(nanos));
        // The file has whole microseconds; where a period is whole too, nothing is cut off.
        let (got, wait) = match decision {
            Decision::Admitted => (1, 0),
            Decision::Throttled(Some(wait)) => (0, wait.as_nanos() / 1_000),
            Decision::Throttled(None) | Decision::Delayed(_) => {
                return Ok(Some(format!("arrival {row}: {decision:?}")));
            }
        };
        if (got, wait) != (arrival.admitted, arrival.wait_us) {
            return Ok(Some(format!(
                "arrival {row}: admitted {got} with wait {wait} us, should be {} with {} us",
                arrival.admitted, arrival.wait_us
            )));
        }
        if got == 1 {
            admitted += 1;
            last_admit = Some(arrival.t_us);
        } else {
            rejected += 1;
            first_reject = first_reject.or(Some(arrival.t_us));
        }
    }
    let got = (
        arrivals.len() as u64,
        admitted,
        rejected,
        first_reject,
        last_admit,
    );
    let want = (
        case.n,
        case.admitted,
        case.rejected,
        case.first_reject_us,
        case.last_admit_us,
    );
    Ok((got != want).then(|| format!("totals {got:?}, should be {want:?}")))
}

fn bucket(case: &Summary) -> Result<Limiter, CaseError> {
    let wrong = |reason: &str| CaseError::new(SUMMARY, format!("{}: {reason}", case.case));
    let rate = case
        .period_us
        .times(Exact::new(1, 1_000_000))
        .and_then(Exact::inverse)
        .and_then(Exact::per_second)
        .filter(|rate| *rate != Rate::ZERO)
        .ok_or_else(|| wrong("no rate has this period"))?;
    let algorithm = Algorithm::TokenBucket(TokenBucketSpec {
        burst: case.burst,
        refill: Refill::Continuous(rate),
    });
    let spec = Spec::new(algorithm);
    Limiter::new(&spec, 1, Clock::default()).map_err(|error| wrong(&error.to_string()))
}
