//! Presets: whole policies as real clients ship them, each with its source.

use super::{
    Budget, CapOrder, ErrorLists, Growth, HarnessSettings, HintHeader, HintRule, JavaPair,
    QuotaRules, RateLimiter, RetryPolicy, Strategy, ThrottledJitter,
};
use crate::units::Span;

/// How well a statement about a client is known.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub enum Confidence {
    /// Read in the source at the named commit.
    Source,
    /// Official documentation, or one secondary source.
    Documented,
    /// Concluded from other facts.
    Inferred,
}

/// A policy with a name.
#[derive(Clone, PartialEq, Debug)]
pub struct Preset {
    /// The name in scenarios.
    pub name: &'static str,
    /// Other names for the same.
    pub aliases: &'static [&'static str],
    /// What it is, for people; the numbers of attempts follow from [`RetryPolicy::describe`].
    pub label: &'static str,
    /// The policy.
    pub policy: RetryPolicy,
    /// Where it stands.
    pub source: &'static str,
    /// When that was read, year and month.
    pub as_of: &'static str,
    /// How well it is known.
    pub confidence: Confidence,
    /// Who has it by default, and until or since when.
    pub default_of: &'static str,
}

impl Preset {
    /// Label and attempts: `standard mode, 2.1 rules: 3 attempts (2 retries)`.
    pub fn describe(&self) -> String {
        format!("{}: {}", self.label, self.policy.describe())
    }
}

/// The preset of this name or alias.
pub fn preset(name: &str) -> Option<Preset> {
    presets().find(|preset| preset.name == name || preset.aliases.contains(&name))
}

/// All presets, in the order in which a list shows them.
pub fn presets() -> impl Iterator<Item = Preset> {
    [plain(), aws(), aws_other_sdks(), java(), others()]
        .into_iter()
        .flatten()
}

const BOTOCORE: &str = "boto/botocore @0e6e2404, botocore/retries and retryhandler.py";
const BOTOCORE_1_34: &str = "botocore 1.34.0, botocore/retries/standard.py";
const DEFAULTS_POST: &str =
    "AWS Developer Tools Blog, \"Updated default retry behavior for AWS SDKs and tools\"";
const JAVA_V1: &str = "aws/aws-sdk-java @30f38f17 and @9d594912, com/amazonaws/retry";
const JAVA_V2: &str = "aws/aws-sdk-java-v2 @25787b38, retries/DefaultRetryStrategy.java";
const AS_OF: &str = "2026-11";

const SECOND: Span = Span::from_secs(1);
const CAP: Span = Span::from_secs(20);

fn plain() -> Vec<Preset> {
    vec![Preset {
        name: "none",
        aliases: &["no-retry"],
        label: "no retry",
        policy: RetryPolicy::NONE,
        source: "by definition",
        as_of: AS_OF,
        confidence: Confidence::Source,
        default_of: "clients that leave retries to the layer above",
    }]
}

fn aws() -> Vec<Preset> {
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

fn aws_other_sdks() -> Vec<Preset> {
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

fn java() -> Vec<Preset> {
    let v1 = |retries, base| RetryPolicy {
        errors: ErrorLists::JavaV1,
        ..RetryPolicy::harness(HarnessSettings {
            max_error_retry: retries,
            base_delay_ms: base,
            ..HarnessSettings::DEFAULT
        })
    };
    vec![
        Preset {
            name: "harness-default",
            aliases: &["harness"],
            label: "Harness account defaults for AWS calls",
            policy: RetryPolicy::harness(HarnessSettings::DEFAULT),
            source: "Harness documentation, AmazonSDKDefaultBackoffStrategy; formula from \
                     aws/aws-sdk-java @30f38f17",
            as_of: AS_OF,
            confidence: Confidence::Documented,
            default_of: "Harness accounts that set nothing",
        },
        Preset {
            name: "aws-java-v1",
            aliases: &[],
            label: "AWS SDK for Java v1, legacy mode",
            policy: v1(3, 100),
            source: JAVA_V1,
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "Java v1; the Jenkins amazon-ecr plugin",
        },
        Preset {
            name: "aws-java-v1-dynamodb",
            aliases: &[],
            label: "AWS SDK for Java v1, legacy mode, as DynamoDB clients have it",
            policy: v1(10, 25),
            source: JAVA_V1,
            as_of: AS_OF,
            confidence: Confidence::Source,
            default_of: "DynamoDB clients of Java v1",
        },
        Preset {
            name: "aws-java-v2-legacy",
            aliases: &[],
            label: "AWS SDK for Java v2, legacy mode",
            policy: RetryPolicy {
                errors: ErrorLists::JavaV1Late,
                budget: Budget::Quota(QuotaRules::JAVA_V2_LEGACY),
                ..RetryPolicy::new(Strategy::Java(JavaPair::SDK), 4)
            },
            source: JAVA_V2,
            as_of: AS_OF,
            confidence: Confidence::Documented,
            default_of: "Java v2; a date for the 2.1 rules is not announced",
        },
        Preset {
            name: "aws-java-v2-standard-2.0",
            aliases: &[],
            label: "AWS SDK for Java v2, standard mode, 2.0 rules",
            policy: RetryPolicy {
                errors: ErrorLists::AwsStandard,
                budget: Budget::Quota(QuotaRules {
                    timeout: 5,
                    ..QuotaRules::STANDARD_2_0
                }),
                ..RetryPolicy::new(
                    Strategy::Java(JavaPair {
                        throttled_base: SECOND,
                        throttled_jitter: ThrottledJitter::Full,
                        ..JavaPair::SDK
                    }),
                    3,
                )
            },
            source: JAVA_V2,
            as_of: AS_OF,
            confidence: Confidence::Documented,
            default_of: "nobody: it is asked for",
        },
    ]
}

fn others() -> Vec<Preset> {
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

pub(super) fn aws_legacy() -> RetryPolicy {
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

pub(super) fn aws_standard_2_1() -> RetryPolicy {
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

pub(super) fn aws_go_2_0() -> RetryPolicy {
    RetryPolicy {
        strategy: Strategy::AwsGo20 { cap: CAP },
        ..aws_standard_2_0()
    }
}

pub(super) fn aws_js_2_0() -> RetryPolicy {
    RetryPolicy {
        strategy: Strategy::AwsJs20 {
            base: Span::from_millis(100),
            throttled_base: Span::from_millis(500),
            cap: CAP,
        },
        ..aws_standard(SECOND, QuotaRules::STANDARD_2_0_TRANSIENT_10)
    }
}

pub(super) fn aws_cpp_legacy() -> RetryPolicy {
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

/// gRPC without a throttle: 5 attempts are the most a client allows; base and cap as in the
/// proposal's example.
pub(super) fn grpc() -> RetryPolicy {
    let strategy = Strategy::Grpc {
        initial: Span::from_millis(100),
        max: SECOND,
        multiplier: 2.0,
    };
    RetryPolicy {
        hint: HintRule::Pushback,
        ..RetryPolicy::new(strategy, 5)
    }
}

/// Envoy's defaults: one retry, 25 ms to 250 ms, at most three retries at a time.
pub(super) fn envoy() -> RetryPolicy {
    let strategy = Strategy::Envoy {
        base: Span::from_millis(25),
        max: Span::from_millis(250),
    };
    RetryPolicy {
        budget: Budget::ENVOY_MAX_RETRIES,
        ..RetryPolicy::new(strategy, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::{Params, PolicyError, StrategyKind};

    #[test]
    fn names_are_unique_and_lead_to_their_preset() {
        let all: Vec<Preset> = presets().collect();
        let mut names: Vec<&str> = all
            .iter()
            .flat_map(|p| p.aliases.iter().copied().chain([p.name]))
            .collect();
        for preset in &all {
            assert_eq!(super::preset(preset.name).as_ref(), Some(preset));
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn every_preset_is_made_again_from_its_own_parameters() {
        for preset in presets() {
            let again = preset.policy.with(&preset.policy.params());
            if preset.policy.kind() == StrategyKind::None {
                assert_eq!(preset.policy.params(), Params::default());
            }
            assert_eq!(again, Ok(preset.policy), "{}", preset.name);
        }
    }

    #[test]
    fn a_preset_can_be_given_more_attempts() {
        let more = Params {
            attempts: Some(8),
            ..Params::default()
        };
        let policy = preset("aws-standard-2.1")
            .unwrap()
            .policy
            .with(&more)
            .unwrap();
        assert_eq!(policy.describe(), "8 attempts (7 retries)");
        assert_eq!(policy.budget, Budget::Quota(QuotaRules::STANDARD_2_1));
    }

    #[test]
    fn labels_say_attempts_and_retries() {
        let label = preset("harness").unwrap().describe();
        assert_eq!(
            label,
            "Harness account defaults for AWS calls: 6 attempts (5 retries)"
        );
    }

    #[test]
    fn a_parameter_that_a_strategy_does_not_know_is_an_error() {
        let params = Params {
            cap: Some(CAP),
            ..Params::default()
        };
        let error = preset("aws-legacy")
            .unwrap()
            .policy
            .with(&params)
            .unwrap_err();
        assert!(matches!(error, PolicyError::Superfluous { .. }));
    }
}
