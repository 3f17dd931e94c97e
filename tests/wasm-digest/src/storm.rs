//! The storm: the engine with nothing around it.

use pullstorm_core::engine::{simulate_totals, simulate_with_series};
use pullstorm_core::plan::{self, Plan};
use pullstorm_core::retry::{Growth, RetryPolicy, Strategy};
use pullstorm_core::units::Span;

/// Attempts until a caller gives up.
const ATTEMPTS_MAX: u32 = 100;

/// The digest of `clients` callers who retry with full jitter until their hundredth attempt.
pub fn storm_digest(clients: u32, seed: u64, run: u64) -> String {
    let outcome = simulate_totals(&plan_of(clients), seed, run);
    outcome.digest.to_string()
}

/// The same storm for a host that times it: its attempts, how many of them were admitted, and the
/// digest. Series are recorded if asked for.
pub fn storm(clients: u32, seed: u64, with_series: bool) -> String {
    let plan = plan_of(clients);
    let outcome = if with_series {
        simulate_with_series(&plan, seed, 0).0
    } else {
        simulate_totals(&plan, seed, 0)
    };
    let attempts = outcome.totals.sites[0].attempts;
    let admitted = outcome.totals.limiters[0][0].admitted;
    format!("{attempts} {admitted} {}", outcome.digest)
}

fn plan_of(clients: u32) -> Plan {
    let growth = Growth::new(Span::from_millis(100), Span::from_secs(20));
    let policy = RetryPolicy::new(Strategy::FullJitter(growth), ATTEMPTS_MAX);
    plan::storm(clients, policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_depends_on_clients_seed_and_run() {
        let digest = storm_digest(300, 1, 0);
        assert_eq!(digest, storm_digest(300, 1, 0));
        assert_ne!(digest, storm_digest(301, 1, 0));
        assert_ne!(digest, storm_digest(300, 2, 0));
        assert_ne!(digest, storm_digest(300, 1, 1));
    }

    #[test]
    fn series_change_nothing_in_a_timed_storm() {
        let storm = storm(300, 1, false);
        assert_eq!(storm, super::storm(300, 1, true));
        assert!(storm.ends_with(&storm_digest(300, 1, 0)), "{storm}");
    }
}
