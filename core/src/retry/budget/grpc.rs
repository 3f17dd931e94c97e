//! gRPC's retry throttling (proposal A6, grpc/proposal @1fd061ad).
//!
//! Tokens start at their maximum. A retryable failure takes 1, a success earns a part of one.
//! Retries are cancelled, not delayed, while no more than half of the maximum is left. Counted in
//! thousandths, the precision that the proposal asks for.

/// Tokens after a retryable failure.
#[inline]
pub(super) fn after_failure(tokens: u32) -> u32 {
    tokens.saturating_sub(1_000)
}

/// Tokens after a success.
#[inline]
pub(super) fn after_success(tokens: u32, tokens_max: u32, earned: u32) -> u32 {
    tokens.saturating_add(earned).min(tokens_max * 1_000)
}

/// Whether a retry is allowed: more than half of the tokens are there.
#[inline]
pub(super) fn allows(tokens: u32, tokens_max: u32) -> bool {
    tokens > tokens_max * 500
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_tokens_forbid_retries_until_successes_earn_one_back() {
        let mut tokens = 10_000;
        for _ in 0..5 {
            assert!(allows(tokens, 10));
            tokens = after_failure(tokens);
        }
        assert!(!allows(tokens, 10));
        assert!(allows(after_success(tokens, 10, 100), 10));
        assert_eq!(after_success(9_990, 10, 100), 10_000);
    }
}
