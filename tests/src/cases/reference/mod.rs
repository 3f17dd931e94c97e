//! Reference cases of real clients: what their own tests or their source's constants say.
//!
//! One file a client; a case is known by its client and name and reads its numbers from the file, so
//! that other points under the same names are tried too.

mod aws_standard;
mod blog;
mod botocore;
mod ecs;
mod engines;
mod envoy;
mod finagle;
mod go;
mod grpc;
mod java;
mod kubelet;
mod runners;
mod scripted;
mod smithy;
mod swarmkit;

use super::{CaseError, Directory, Family, Tally};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// See the module.
pub const FAMILY: Family = Family::new("reference-cases", &[FILE], check).or_the_projects_own();

const FILE: &str = "reference_cases.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "about")]
    _about: Option<String>,
    cases: Vec<Case>,
}

/// One case as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    client: String,
    case: String,
    inputs: Value,
    expected: Value,
    tolerance: Option<f64>,
    #[serde(rename = "source")]
    _source: Option<Value>,
    #[serde(rename = "kind")]
    _kind: Option<String>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

/// Why a case could not be tried.
type Reason = String;

/// What a client's file makes of one of its cases; `None` where it does not know the name.
type Tried = Result<Option<()>, Reason>;

impl Case {
    /// The inputs, each of which must be known.
    fn inputs<T: DeserializeOwned>(&self) -> Result<T, Reason> {
        serde_json::from_value(self.inputs.clone()).map_err(|error| format!("inputs: {error}"))
    }

    /// What is expected, each part of which must be known.
    fn expected<T: DeserializeOwned>(&self) -> Result<T, Reason> {
        serde_json::from_value(self.expected.clone()).map_err(|error| format!("expected: {error}"))
    }

    /// The case's own tolerance, and otherwise half a nanosecond or its like.
    fn tolerance(&self) -> f64 {
        self.tolerance.unwrap_or(5e-10)
    }

    fn name(&self) -> String {
        format!("{} {}", self.client, self.case)
    }
}

fn check(directory: &Directory) -> Result<Tally, CaseError> {
    let file: File = directory.json(FILE)?;
    if file.cases.is_empty() {
        return Err(CaseError::new(FILE, "has no cases"));
    }
    let mut tally = Tally::new();
    for case in &file.cases {
        let wrong = |reason: &str| CaseError::new(FILE, format!("{}: {reason}", case.name()));
        let try_case = match case.client.as_str() {
            "aws-sdk-java-v1" => java::check,
            "botocore" => botocore::check,
            "aws-sdk-go-v2" => go::check,
            "smithy-rs" => smithy::check,
            "envoy" => envoy::check,
            "grpc-a6" => grpc::check,
            "finagle-retry-budget" => finagle::check,
            "aws-architecture-blog" => blog::check,
            "moby-graphdriver-pull"
            | "containers-image"
            | "containerd-resolver"
            | "go-containerregistry" => engines::check,
            "kubelet-flowcontrol" => kubelet::check,
            "ecs-agent" | "amazon-ecr-credential-helper" => ecs::check,
            "podman-outer-retry" | "kaniko" | "gitlab-runner-docker" | "github-actions-runner" => {
                runners::check
            }
            "swarmkit" => swarmkit::check,
            _ => return Err(wrong("nobody knows this client")),
        };
        try_case(case, &mut tally)
            .map_err(|reason| wrong(&reason))?
            .ok_or_else(|| wrong("nobody knows this case"))?;
    }
    Ok(tally)
}

/// One number or many.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum Few<T> {
    One(T),
    Many(Vec<T>),
    Range { from: T, to: T },
}

impl Few<u32> {
    fn list(&self) -> Vec<u32> {
        match self {
            Few::One(one) => vec![*one],
            Few::Many(many) => many.clone(),
            Few::Range { from, to } => (*from..=*to).collect(),
        }
    }
}

impl Few<f64> {
    /// The `n`-th of many, or the one.
    fn nth(&self, n: usize) -> Option<f64> {
        match self {
            Few::One(one) => Some(*one),
            Few::Many(many) => many.get(n).copied(),
            Few::Range { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(client: &str, case: &str) -> Tried {
        let case = Case {
            client: client.to_owned(),
            case: case.to_owned(),
            inputs: serde_json::json!({"initial": 1}),
            expected: Value::Null,
            tolerance: None,
            _source: None,
            _kind: None,
            _note: None,
        };
        grpc::check(&case, &mut Tally::new())
    }

    #[test]
    fn a_case_nobody_knows_and_an_input_nobody_knows_are_told_apart() {
        assert_eq!(tried("grpc-a6", "no_such_case"), Ok(None));
        let reason = tried("grpc-a6", "backoff_bounds").unwrap_err();
        assert!(reason.contains("initial"), "{reason}");
    }
}
