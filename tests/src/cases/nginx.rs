//! Every decision of nginx `limit_req` by its published rule. Exact: passed at once, delayed by how
//! much, or refused, and the excess after it.

use super::{CaseError, Directory, Family, Tally};
use pullstorm_core::limiter::{
    Algorithm, Clock, Decision, Delay, Limiter, NginxLimitReqSpec, Spec,
};
use pullstorm_core::units::{Rate, Span, Time};
use serde::Deserialize;

/// See the module.
pub const FAMILY: Family = Family::new("nginx", &["nginx-*.csv"], check);

const SUMMARY: &str = "nginx-limit-req-summary.csv";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Summary {
    case: String,
    rate_milli_per_s: u64,
    burst: u64,
    delay: String,
    n: u64,
    passed: u64,
    delayed: u64,
    rejected: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arrival {
    t_ms: u64,
    verdict: Verdict,
    delay_ms: u64,
    excess_milli: u64,
}

#[derive(Copy, Clone, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Pass,
    Delay,
    Reject,
}

fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let summaries: Vec<Summary> = directory.table(SUMMARY)?;
    let named = |case: &Summary| format!("nginx-{}.csv", case.case);
    if let Some(stray) = directory
        .matching("nginx-", ".csv")
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

/// Where the limiter and the file first differ, if they do.
fn first_difference(
    case: &Summary,
    arrivals: &[Arrival],
    file: &str,
) -> Result<Option<String>, CaseError> {
    let mut limiter = limiter(case)?;
    let full = (case.burst + 1) as f64;
    let (mut passed, mut delayed, mut rejected) = (0, 0, 0);
    let mut last = 0;
    for (row, arrival) in arrivals.iter().enumerate() {
        if arrival.t_ms < last {
            return Err(CaseError::new(file, format!("row {row} is out of order")));
        }
        last = arrival.t_ms;
        let now = Time::ZERO + Span::from_millis(arrival.t_ms);
        let before = limiter.credits(0, now);
        let (verdict, wait) = match limiter.decide(0, 1, now) {
            Decision::Admitted => (Verdict::Pass, Span::ZERO),
            Decision::Delayed(wait) => (Verdict::Delay, wait),
            Decision::Throttled(_) => (Verdict::Reject, Span::ZERO),
        };
        match verdict {
            Verdict::Pass => passed += 1,
            Verdict::Delay => delayed += 1,
            Verdict::Reject => rejected += 1,
        }
        // The excess a refused request would have had, as what it found left says.
        let excess = ((full - before) * 1_000.0).round() as u64;
        let got = (verdict, wait, excess);
        let want = (
            arrival.verdict,
            Span::from_millis(arrival.delay_ms),
            arrival.excess_milli,
        );
        if got != want {
            return Ok(Some(format!(
                "row {row} at {} ms: {got:?}, should be {want:?}",
                arrival.t_ms
            )));
        }
    }
    let got = (arrivals.len() as u64, passed, delayed, rejected);
    let want = (case.n, case.passed, case.delayed, case.rejected);
    Ok((got != want).then(|| format!("totals {got:?}, should be {want:?}")))
}

fn limiter(case: &Summary) -> Result<Limiter, CaseError> {
    let wrong = |reason: &str| CaseError::new(SUMMARY, format!("{}: {reason}", case.case));
    let rate =
        Rate::new(case.rate_milli_per_s, Span::from_secs(1_000)).map_err(|_| wrong("no rate"))?;
    let delay = match case.delay.as_str() {
        "nodelay" => Delay::Never,
        number => Delay::Above(
            number
                .parse()
                .map_err(|_| wrong("delay is neither a number nor `nodelay`"))?,
        ),
    };
    let burst = case.burst;
    let algorithm = Algorithm::NginxLimitReq(NginxLimitReqSpec { rate, burst, delay });
    Limiter::new(&Spec::new(algorithm), 1, Clock::default())
        .map_err(|error| wrong(&error.to_string()))
}
