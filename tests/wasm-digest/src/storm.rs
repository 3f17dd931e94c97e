//! The storm: the engine with nothing around it.

use pullstorm_core::engine::simulate;
use pullstorm_core::plan::storm;
use pullstorm_core::record::Nothing;
use pullstorm_core::retry::{Growth, RetryPolicy, Strategy};
use pullstorm_core::units::Span;

/// The digest of `clients` callers who retry with full jitter until their hundredth attempt.
pub fn storm_digest(clients: u32, seed: u64, run: u64) -> String {
    let growth = Growth::new(Span::from_millis(100), Span::from_secs(20));
    let policy = RetryPolicy::new(Strategy::FullJitter(growth), 100);
    let plan = storm(clients, policy);
    let (outcome, _) = simulate(&plan, seed, run, Nothing);
    outcome.digest.to_string()
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
}
