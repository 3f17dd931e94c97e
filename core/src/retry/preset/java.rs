//! AWS SDKs for Java, and Harness, which configures the first of them.

use super::{AS_OF, Confidence, Preset};
use crate::retry::{
    Budget, ErrorLists, HarnessSettings, JavaPair, QuotaRules, RetryPolicy, Strategy,
    ThrottledJitter,
};
use crate::units::Span;

const JAVA_V1: &str = "aws/aws-sdk-java @30f38f17 and @9d594912, com/amazonaws/retry";
const JAVA_V2: &str = "aws/aws-sdk-java-v2 @25787b38, retries/DefaultRetryStrategy.java";

pub(super) fn presets() -> Vec<Preset> {
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
                        throttled_base: Span::from_secs(1),
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
