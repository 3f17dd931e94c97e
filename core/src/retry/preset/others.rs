//! No retry at all, gRPC, Envoy and the AWS Architecture Blog.

use super::{AS_OF, Confidence, Preset};
use crate::retry::{Budget, Growth, HintRule, RetryPolicy, Strategy};
use crate::units::Span;

/// Sends once.
pub(super) fn none() -> Preset {
    Preset {
        name: "none",
        aliases: &["no-retry"],
        label: "no retry",
        policy: RetryPolicy::NONE,
        source: "by definition",
        as_of: AS_OF,
        confidence: Confidence::Source,
        default_of: "clients that leave retries to the layer above",
    }
}

pub(super) fn presets() -> Vec<Preset> {
    vec![
        Preset {
            name: "grpc-a6",
            aliases: &[],
            label: "gRPC client with the throttle of its proposal's example",
            policy: RetryPolicy {
                budget: Budget::GRPC,
                ..grpc()
            },
            source: "grpc/proposal @1fd061ad, A6-client-retries.md",
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "nobody: a service configuration asks for it",
        },
        Preset {
            name: "envoy",
            aliases: &[],
            label: "Envoy route retries",
            policy: envoy(),
            source: "envoyproxy/envoy @040783c8, source/common/common/backoff_strategy.cc",
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "Envoy routes with a retry policy that sets nothing",
        },
        Preset {
            name: "aws-blog-full-jitter",
            aliases: &[],
            label: "full jitter as the AWS Architecture Blog's program does it",
            policy: RetryPolicy::new(
                Strategy::FullJitter(Growth {
                    base: Span::from_millis(5),
                    cap: Span::from_secs(2),
                    first_exponent: 1,
                }),
                RetryPolicy::UNLIMITED,
            ),
            source: "aws-samples/aws-arch-backoff-simulator @095a0760, backoff_simulator.py",
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "nobody: its unit of time is read as a millisecond here",
        },
    ]
}

/// gRPC without a throttle: 5 attempts are the most a client allows; base and cap as in the
/// proposal's example.
pub(in crate::retry) fn grpc() -> RetryPolicy {
    let strategy = Strategy::Grpc {
        initial: Span::from_millis(100),
        max: Span::from_secs(1),
        multiplier: 2.0,
    };
    RetryPolicy {
        hint: HintRule::Pushback,
        ..RetryPolicy::new(strategy, 5)
    }
}

/// Envoy's defaults: one retry, 25 ms to 250 ms, at most three retries at a time.
pub(in crate::retry) fn envoy() -> RetryPolicy {
    let strategy = Strategy::Envoy {
        base: Span::from_millis(25),
        max: Span::from_millis(250),
    };
    RetryPolicy {
        budget: Budget::ENVOY_MAX_RETRIES,
        ..RetryPolicy::new(strategy, 2)
    }
}
