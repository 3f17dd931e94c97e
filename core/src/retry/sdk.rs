//! The AWS SDKs' default retry policies before and after 2026-11-10.
//!
//! Source: AWS Developer Tools Blog, "Updated default retry behavior for AWS SDKs and tools", and
//! the presets' own sources; read in November 2026.

use serde::Serialize;

/// The day on which the SDKs' defaults changed.
pub const DEFAULTS_CHANGED: &str = "2026-11-10";

/// The default policy of one SDK or tool, before and after.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize)]
pub struct SdkDefault {
    /// The SDK's name in scenarios.
    pub sdk: &'static str,
    /// The SDK's name for people.
    pub label: &'static str,
    /// Preset by default before.
    pub before: &'static str,
    /// Preset by default since [`SdkDefault::since`].
    pub after: &'static str,
    /// The first version with the new default; `None` where none is announced, and then nothing
    /// changes.
    pub since: Option<&'static str>,
}

/// All SDKs whose defaults are known.
pub fn sdk_defaults() -> &'static [SdkDefault] {
    &DEFAULTS
}

const NEW: &str = "aws-standard-2.1";

const DEFAULTS: [SdkDefault; 9] = [
    SdkDefault {
        sdk: "boto3",
        label: "boto3 (botocore)",
        before: "aws-legacy",
        after: NEW,
        since: Some("botocore 1.44.0"),
    },
    SdkDefault {
        sdk: "aws-cli-v2",
        label: "AWS CLI v2",
        before: "aws-standard-2.0",
        after: NEW,
        since: Some("2.40.0"),
    },
    SdkDefault {
        sdk: "go-v2",
        label: "AWS SDK for Go v2",
        before: "aws-go-v2-2.0",
        after: NEW,
        since: Some("1.48.0"),
    },
    SdkDefault {
        sdk: "js-v3",
        label: "AWS SDK for JavaScript v3",
        before: "aws-js-v3-2.0",
        after: NEW,
        since: Some("3.1166.0"),
    },
    SdkDefault {
        sdk: "rust",
        label: "AWS SDK for Rust",
        before: "aws-rust-2.0",
        after: NEW,
        since: Some("aws-config 1.13.2 with behavior version 2026-11-10"),
    },
    SdkDefault {
        sdk: "dotnet",
        label: "AWS SDK for .NET",
        before: "aws-dotnet-2.0",
        after: NEW,
        since: Some("core 4.0.103.0"),
    },
    SdkDefault {
        sdk: "cpp",
        label: "AWS SDK for C++",
        before: "aws-cpp-legacy",
        after: NEW,
        since: Some("1.11.926"),
    },
    SdkDefault {
        sdk: "java-v2",
        label: "AWS SDK for Java v2",
        before: "aws-java-v2-legacy",
        after: "aws-java-v2-legacy",
        since: None,
    },
    SdkDefault {
        sdk: "java-v1",
        label: "AWS SDK for Java v1",
        before: "aws-java-v1",
        after: "aws-java-v1",
        since: None,
    },
];

#[cfg(test)]
mod tests {
    use super::super::preset;
    use super::*;

    #[test]
    fn every_default_is_a_preset_and_changes_only_where_a_version_says_so() {
        for default in sdk_defaults() {
            assert!(preset(default.before).is_some() && preset(default.after).is_some());
            assert_eq!(
                default.since.is_some(),
                default.before != default.after,
                "{}",
                default.sdk
            );
        }
    }

    #[test]
    fn boto3_loses_two_attempts_and_the_command_line_none() {
        let attempts = |name| preset(name).unwrap().policy.attempts_max;
        let of = |sdk| {
            sdk_defaults()
                .iter()
                .find(|default| default.sdk == sdk)
                .unwrap()
        };
        assert_eq!(
            (attempts(of("boto3").before), attempts(of("boto3").after)),
            (5, 3)
        );
        assert_eq!(
            (
                attempts(of("aws-cli-v2").before),
                attempts(of("aws-cli-v2").after)
            ),
            (3, 3)
        );
    }
}
