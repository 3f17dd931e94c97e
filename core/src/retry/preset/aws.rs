//! AWS SDKs: the modes of botocore, which most share, and what others made of the 2.0 rules.

use super::{AS_OF, Confidence, Preset};
use crate::retry::{
    Budget, CapOrder, ErrorLists, HintHeader, HintRule, QuotaRules, RateLimiter, RetryPolicy,
    Strategy,
};
use crate::units::Span;

const BOTOCORE: &str = "boto/botocore @0e6e2404, botocore/retries and retryhandler.py";
const BOTOCORE_1_34: &str = "botocore 1.34.0, botocore/retries/standard.py";
const DEFAULTS_POST: &str =
    "AWS Developer Tools Blog, \"Updated default retry behavior for AWS SDKs and tools\"";

const SECOND: Span = Span::from_secs(1);
const CAP: Span = Span::from_secs(20);

pub(super) fn modes() -> Vec<Preset> {
    vec![
        Preset {
            name: "aws-legacy",
            aliases: &["botocore-legacy"],
            label: "legacy mode of botocore",
            policy: aws_legacy(),
            source: BOTOCORE,
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "boto3 and AWS CLI v1 until 2026-11-10",
        },
        Preset {
            name: "aws-standard-2.0",
            aliases: &["botocore-standard-2.0"],
            label: "standard mode, 2.0 rules",
            policy: aws_standard_2_0(),
            source: BOTOCORE,
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "AWS CLI v2 before 2.40.0",
        },
        Preset {
            name: "aws-standard-2.0-botocore-1.34",
            aliases: &[],
            label: "standard mode of botocore 1.34.0, 2.0 rules, sleeps capped after the draw",
            policy: RetryPolicy {
                strategy: Strategy::AwsStandard {
                    base: SECOND,
                    throttled_base: SECOND,
                    cap: CAP,
                    cap_order: CapOrder::AfterDraw,
                },
                ..aws_standard_2_0()
            },
            source: BOTOCORE_1_34,
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "nobody; boto3 of 2023 when set to standard",
        },
        Preset {
            name: "aws-standard-2.1",
            aliases: &["aws-standard"],
            label: "standard mode, 2.1 rules",
            policy: aws_standard_2_1(),
            source: BOTOCORE,
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "boto3 since botocore 1.44.0, AWS CLI 2.40.0, Go 1.48.0, JavaScript 3.1166.0, \
                         PHP 3.403.3, Ruby core 3.267.0, .NET core 4.0.103.0, C++ 1.11.926, Rust \
                         aws-config 1.13.2 with behavior version 2026-11-10",
        },
        Preset {
            name: "aws-standard-2.1-dynamodb",
            aliases: &[],
            label: "standard mode, 2.1 rules, as DynamoDB clients have it",
            policy: RetryPolicy {
                attempts_max: 4,
                strategy: Strategy::AwsStandard {
                    base: Span::from_millis(25),
                    throttled_base: SECOND,
                    cap: CAP,
                    cap_order: CapOrder::BeforeDraw,
                },
                ..aws_standard_2_1()
            },
            source: BOTOCORE,
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "DynamoDB clients of the SDKs with 2.1 rules",
        },
        Preset {
            name: "aws-adaptive-2.1",
            aliases: &["aws-adaptive"],
            label: "adaptive mode, 2.1 rules",
            policy: RetryPolicy {
                rate_limiter: RateLimiter::Botocore,
                ..aws_standard_2_1()
            },
            source: BOTOCORE,
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "nobody: it is asked for",
        },
        Preset {
            name: "aws-adaptive-2.0",
            aliases: &[],
            label: "adaptive mode, 2.0 rules",
            policy: RetryPolicy {
                rate_limiter: RateLimiter::Botocore,
                ..aws_standard_2_0()
            },
            source: BOTOCORE,
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "nobody: it is asked for",
        },
    ]
}

pub(super) fn other_sdks() -> Vec<Preset> {
    vec![
        Preset {
            name: "aws-go-v2-2.0",
            aliases: &["aws-go-2.0"],
            label: "AWS SDK for Go v2, standard mode, 2.0 rules",
            policy: aws_go_2_0(),
            source: "aws/aws-sdk-go-v2 @843b02ad, aws/retry/jitter_backoff.go",
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "Go v2 before 1.48.0, and what vendors it: the ECS agent, the ECR credential \
                         helper",
        },
        Preset {
            name: "aws-js-v3-2.0",
            aliases: &["aws-js-2.0"],
            label: "AWS SDK for JavaScript v3, standard mode, 2.0 rules",
            policy: aws_js_2_0(),
            source: "@smithy/util-retry as bundled with the SDK",
            as_of: AS_OF,
            confidence: Confidence::Documented,
            default_of: "JavaScript v3 before 3.1166.0",
        },
        Preset {
            name: "aws-rust-2.0",
            aliases: &[],
            label: "AWS SDK for Rust, standard mode, 2.0 rules",
            policy: aws_rust_2_0(),
            source: "smithy-lang/smithy-rs @56ee88c5, client/retries/strategy/standard.rs",
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "Rust with a behavior version before 2026-11-10",
        },
        Preset {
            name: "aws-rust-adaptive-2.0",
            aliases: &[],
            label: "AWS SDK for Rust, adaptive mode, 2.0 rules",
            policy: RetryPolicy {
                rate_limiter: RateLimiter::Smithy20 { wait_max: CAP },
                ..aws_rust_2_0()
            },
            source: "smithy-lang/smithy-rs @56ee88c5, client/retries/client_rate_limiter.rs",
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "nobody: it is asked for",
        },
        Preset {
            name: "aws-dotnet-2.0",
            aliases: &[],
            label: "AWS SDK for .NET, standard mode, 2.0 rules",
            policy: aws_standard_2_0(),
            source: DEFAULTS_POST,
            as_of: AS_OF,
            confidence: Confidence::Inferred,
            default_of: ".NET before core 4.0.103.0",
        },
        Preset {
            name: "aws-cpp-legacy",
            aliases: &[],
            label: "AWS SDK for C++ before the 2.1 rules",
            policy: aws_cpp_legacy(),
            source: "aws-sdk-cpp issue 3832; aws-cpp-sdk-core DefaultRetryStrategy.cpp",
            as_of: AS_OF,
            confidence: Confidence::Documented,
            default_of: "C++ before 1.11.926",
        },
    ]
}

pub(in crate::retry) fn aws_legacy() -> RetryPolicy {
    RetryPolicy {
        errors: ErrorLists::AwsLegacy,
        ..RetryPolicy::new(Strategy::AwsLegacy { base: SECOND }, 5)
    }
}

fn aws_standard(base: Span, quota: QuotaRules) -> RetryPolicy {
    let strategy = Strategy::AwsStandard {
        base,
        throttled_base: SECOND,
        cap: CAP,
        cap_order: CapOrder::BeforeDraw,
    };
    RetryPolicy {
        errors: ErrorLists::AwsStandard,
        budget: Budget::Quota(quota),
        ..RetryPolicy::new(strategy, 3)
    }
}

fn aws_standard_2_0() -> RetryPolicy {
    aws_standard(SECOND, QuotaRules::STANDARD_2_0)
}

pub(in crate::retry) fn aws_standard_2_1() -> RetryPolicy {
    RetryPolicy {
        hint: HintRule::Window {
            extra: Span::from_secs(5),
        },
        ..aws_standard(Span::from_millis(50), QuotaRules::STANDARD_2_1)
    }
}

fn aws_rust_2_0() -> RetryPolicy {
    RetryPolicy {
        hint: HintRule::Instead {
            header: HintHeader::AmzRetryAfter,
            cap: CAP,
        },
        ..aws_standard(SECOND, QuotaRules::STANDARD_2_0_TRANSIENT_10)
    }
}

pub(in crate::retry) fn aws_go_2_0() -> RetryPolicy {
    RetryPolicy {
        strategy: Strategy::AwsGo20 { cap: CAP },
        ..aws_standard_2_0()
    }
}

pub(in crate::retry) fn aws_js_2_0() -> RetryPolicy {
    RetryPolicy {
        strategy: Strategy::AwsJs20 {
            base: Span::from_millis(100),
            throttled_base: Span::from_millis(500),
            cap: CAP,
        },
        ..aws_standard(SECOND, QuotaRules::STANDARD_2_0_TRANSIENT_10)
    }
}

pub(in crate::retry) fn aws_cpp_legacy() -> RetryPolicy {
    RetryPolicy {
        errors: ErrorLists::AwsStandard,
        ..RetryPolicy::new(
            Strategy::AwsCppLegacy {
                base: Span::from_millis(25),
            },
            11,
        )
    }
}
