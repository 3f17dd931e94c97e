//! How services fail by themselves: whom, doing what, and with which answer.

use super::problem::Problems;
use super::service::Resolved;
use crate::catalog::ErrorFact;
use crate::plan::{ErrorSource, FaultPlan, PlanBuilder};
use crate::retry::{ErrorShape, Origin};
use crate::scenario::model::{Fault, FaultKind, Named, Placed, Scenario};
use crate::units::Time;

/// A fault of a service, with the answers it gives.
#[derive(Debug)]
pub(super) struct ServiceFault {
    /// `None`: everybody.
    workloads: Option<Vec<String>>,
    /// `None`: all operations, answered alike.
    operations: Option<Vec<String>>,
    /// With the answer to the operations that `answers` does not name.
    plan: FaultPlan,
    /// Operations that are answered with another error.
    answers: Vec<(String, u32)>,
}

impl ServiceFault {
    /// The fault as it meets a workload that asks for an operation; `None` if it does not.
    pub fn of(&self, operation: &str, workload: &str) -> Option<FaultPlan> {
        fn hits(list: &Option<Vec<String>>, name: &str) -> bool {
            let any = |list: &Vec<String>| list.iter().any(|it| it == name);
            list.as_ref().is_none_or(any)
        }
        if !hits(&self.operations, operation) || !hits(&self.workloads, workload) {
            return None;
        }
        let own = self.answers.iter().find(|(name, _)| name == operation);
        Some(FaultPlan {
            error: own.map_or(self.plan.error, |(_, error)| *error),
            ..self.plan
        })
    }
}

/// Looks up what a fault of a service is; `None` after a problem has been reported.
pub(super) fn resolve(
    named: &Named<Fault>,
    service: &Resolved,
    scenario: &Scenario,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) -> Option<ServiceFault> {
    let fault = &named.value;
    let path = format!("services.{}.faults", service.name);
    let of = &service.name;
    let mut timeout = None;
    let mut answers = Vec::new();
    let error = match &fault.kind {
        FaultKind::Answer { status, code } => {
            let text = match code {
                Some(code) => format!("{of}: HTTP {status} {code}"),
                None => format!("{of}: HTTP {status}"),
            };
            builder.error(answered(*status, code.clone()), ErrorSource::Service, &text)
        }
        FaultKind::Timeout(after) => {
            timeout = Some(*after);
            let shape = ErrorShape {
                origin: Origin::Timeout,
                status: None,
                code: None,
            };
            let text = format!("{of}: no answer within {after}");
            builder.error(shape, ErrorSource::Service, &text)
        }
        FaultKind::Denied => {
            let Some(denied) = service.known().and_then(|known| known.denied.as_ref()) else {
                let message = format!("the catalog does not say how {of} denies a request");
                let hint = "write the answer out: {status: 403, code: DENIED}".to_owned();
                problems.push(named.place, &path, message, Some(hint));
                return None;
            };
            let mut error = |fact: &ErrorFact| {
                let code = fact.code.as_deref().unwrap_or_default();
                let text = format!("{of}: denied, HTTP {} {code}", fact.status);
                let shape = answered(fact.status, fact.code.clone());
                builder.error(shape, ErrorSource::Service, text.trim_end())
            };
            let known = service.known().into_iter();
            for operation in known.flat_map(|known| &known.operations) {
                let answer = error(denied.answer(service.is_of_registry(&operation.name)));
                answers.push((operation.name.clone(), answer));
            }
            error(denied.answer(false))
        }
    };
    let operations = fault.operations.as_ref().map(|operations| {
        for operation in &operations.value {
            let placed = Placed {
                value: operation.clone(),
                place: operations.place,
            };
            service.check_operation(&placed, &path, problems);
        }
        operations.value.clone()
    });
    let workloads = fault.of.as_ref().map(|workloads| {
        for wanted in workloads {
            let known = asking(scenario);
            if !known.contains(&wanted.value.as_str()) {
                let message = format!("there is no workload or mirror `{}`", wanted.value);
                let hint = format!("there is {}", known.join(", "));
                problems.push(wanted.place, &path, message, Some(hint));
            }
        }
        workloads.iter().map(|it| it.value.clone()).collect()
    });
    Some(ServiceFault {
        workloads,
        operations,
        plan: FaultPlan {
            error,
            chance_ppm: fault.chance_ppm,
            from: Time::ZERO + fault.from,
            until: fault.until.map_or(Time::NEVER, |until| Time::ZERO + until),
            timeout,
        },
        answers,
    })
}

/// Who asks services: workloads and mirrors.
fn asking(scenario: &Scenario) -> Vec<&str> {
    let mirrors = scenario.services.iter();
    let mirrors = mirrors.filter(|it| it.value.caches.is_some());
    let workloads = scenario.workloads.iter().map(|it| it.name.as_str());
    workloads
        .chain(mirrors.map(|it| it.name.as_str()))
        .collect()
}

fn answered(status: u16, code: Option<String>) -> ErrorShape {
    ErrorShape {
        origin: Origin::Response,
        status: Some(status),
        code,
    }
}

#[cfg(test)]
mod tests {
    use crate::compile::compile;
    use crate::engine::simulate;
    use crate::plan::Plan;
    use crate::record::{Nothing, Pass, Recorder, Request};
    use crate::replicate::{prepare, run_one};
    use crate::retry::ClientState;
    use crate::scenario::Document;
    use crate::units::{Span, Time};

    fn compiled(fault: &str, service: &str) -> Result<Plan, Vec<String>> {
        let text = format!(
            "pullstorm: 1
name: denied
services:
  ecr: {{{service}, faults: {{denied: {{answer: access-denied{fault}}}}}}}
images: {{app: {{registry: ecr, layers: 2, size: 1MB}}}}
workloads:
  fleet: {{kind: ecs-deployment, desired: 1, pull: {{client: fargate, images: app}}}}
  ci: {{kind: api-callers, service: ecr, callers: 1, calls: [GetAuthorizationToken]}}
"
        );
        compile(document(&text).scenario(), "today").map_err(|problems| {
            problems
                .into_iter()
                .map(|problem| problem.message)
                .collect()
        })
    }

    fn document(text: &str) -> Document {
        Document::parse("denied.yaml", text.as_bytes())
            .unwrap_or_else(|problems| panic!("{problems}"))
    }

    /// What the sites of an operation may be answered: status and code.
    fn answers(plan: &Plan, operation: &str) -> Vec<(u16, String)> {
        let asked =
            |site: &&crate::plan::Site| plan.operations[site.operation as usize].name == operation;
        let mut answers: Vec<(u16, String)> = plan
            .sites
            .iter()
            .filter(asked)
            .flat_map(|site| site.faults.clone())
            .map(|fault| {
                let error = plan.faults[fault as usize].error;
                let shape = &plan.errors[error as usize].shape;
                (shape.status.unwrap(), shape.code.clone().unwrap())
            })
            .collect();
        answers.dedup();
        answers
    }

    const ECR: &str = "preset: aws-ecr@2026-11";

    #[test]
    fn the_api_and_the_registry_deny_in_words_of_their_own() {
        let plan = compiled("", ECR).unwrap();
        let api = (400, "AccessDeniedException".to_owned());
        let registry = (403, "DENIED".to_owned());
        assert_eq!(answers(&plan, "GetAuthorizationToken"), [api]);
        for operation in ["BatchGetImage", "GetDownloadUrlForLayer"] {
            let answers = answers(&plan, operation);
            assert_eq!(answers.as_slice(), std::slice::from_ref(&registry));
        }
    }

    #[test]
    fn each_api_of_aws_denies_in_words_of_its_own() {
        let said = |preset: &str, operation: &str| {
            let text = format!(
                "pullstorm: 1\nname: denied\nservices:\n  api: {{preset: {preset}, latency: 0s, faults: {{no: \
                 {{answer: access-denied}}}}}}\nworkloads:\n  calls: {{kind: api-callers, service: api, \
                 callers: 1, calls: [{operation}], retry: aws-standard}}\n"
            );
            answers(
                &compile(document(&text).scenario(), "today").unwrap(),
                operation,
            )
        };
        let answer = |status, code: &str| [(status, code.to_owned())];
        let denied = answer(400, "AccessDeniedException");
        assert_eq!(said("aws-ecs", "UpdateService"), denied);
        let denied = answer(403, "AccessDenied");
        assert_eq!(said("aws-sts", "AssumeRole"), denied);
        let stated = "aws-cloudformation, limiters: {api: {bucket: {burst: 5, refill: 5/s}}}";
        assert_eq!(said(stated, "DescribeStacks"), denied);
        let denied = answer(403, "UnauthorizedOperation");
        assert_eq!(said("aws-ec2", "DescribeInstances"), denied);
    }

    #[test]
    fn registries_of_others_deny_in_words_of_their_own() {
        for (preset, status, code) in [
            ("docker-hub-anonymous", 401, "DENIED"),
            ("ghcr", 403, "DENIED"),
            ("google-artifact-registry", 403, "DENIED"),
            ("quay-nginx-http1", 401, "UNAUTHORIZED"),
            (
                "gitlab-com-registry, limiters: {requests: {off: true}}",
                403,
                "DENIED",
            ),
            ("azure-acr-basic", 401, "UNAUTHORIZED"),
        ] {
            let text = format!(
                "pullstorm: 1\nname: denied\nservices: {{hub: {{preset: {preset}, faults: {{no: {{answer: \
                 access-denied}}}}}}}}\nimages: {{app: {{registry: hub, layers: 2}}}}\nworkloads: {{w: {{kind: \
                 image-pulls, pulls: 1, pull: {{client: docker-classic, images: app}}}}}}\n"
            );
            let prepared = prepare(&document(&text), &[]).unwrap_or_else(|it| panic!("{it}"));
            let errors = &prepared[0].plan.errors;
            let denied = errors.iter().find(|error| error.text.contains("denied"));
            let shape = &denied.unwrap_or_else(|| panic!("{preset}")).shape;
            let told = (shape.status, shape.code.as_deref());
            assert_eq!(told, (Some(status), Some(code)), "{preset}");
            let failed = prepared[0].metrics.find("w.pulls.failed").unwrap();
            assert_eq!(
                run_one(&prepared[0], 1, 0).values[failed],
                Some(1.0),
                "{preset}"
            );
        }
    }

    #[test]
    fn a_permission_is_missing_to_one_workload_and_for_one_operation() {
        let of_ci = compiled(", operations: [GetAuthorizationToken], of: [ci]", ECR).unwrap();
        let denied = of_ci.sites.iter().filter(|site| !site.faults.is_empty());
        assert_eq!(denied.count(), 1, "not the login of the fleet");
        assert_eq!(answers(&of_ci, "BatchGetImage"), []);
    }

    #[test]
    fn a_denied_push_fails_without_another_try_and_its_requests_count_as_any() {
        let pushes = |denied: &str| {
            let text = format!(
                "pullstorm: 1
name: denied
services:
  ecr: {{{ECR}{denied}}}
images: {{app: {{registry: ecr, layers: 2, size: 1MB}}}}
workloads:
  ci: {{kind: image-pushes, pushes: 3, tags: 1, push: {{client: docker-classic, images: app}}}}
"
            );
            let prepared = prepare(&document(&text), &[]).unwrap_or_else(|it| panic!("{it}"));
            let plan = &prepared[0].plan;
            let (outcome, _) = simulate(plan, 1, 0, Nothing);
            let asked = |operation: &str| -> u64 {
                let sites = plan.sites.iter().zip(&outcome.totals.sites);
                let own = sites
                    .filter(|(site, _)| plan.operations[site.operation as usize].name == operation);
                own.map(|(_, totals)| totals.attempts).sum()
            };
            let counted = |limiter: &str| -> u64 {
                let place = plan.limiters.iter().position(|it| it.name == limiter);
                let keys = &outcome.totals.limiters[place.unwrap()];
                keys.iter().map(|key| key.admitted).sum()
            };
            let failed = prepared[0].metrics.find("ci.pushes.failed").unwrap();
            (
                asked("PutImage"),
                asked("InitiateLayerUpload"),
                counted("PutImage"),
                run_one(&prepared[0], 1, 0).values[failed].unwrap(),
            )
        };
        // Two layers and the configuration of each push.
        assert_eq!(pushes(""), (3, 9, 3, 0.0));
        let denied = |operation: &str| {
            format!(", faults: {{no: {{answer: access-denied, operations: [{operation}]}}}}")
        };
        assert_eq!(pushes(&denied("PutImage")), (3, 9, 3, 3.0));
        let (manifests, uploads, _, failed) = pushes(&denied("InitiateLayerUpload"));
        assert_eq!((manifests, failed), (0, 3.0));
        assert!((3..=6).contains(&uploads), "once a layer: {uploads}");
    }

    #[test]
    fn whom_nobody_knows_and_answers_that_nobody_documented_are_refused() {
        let unknown = compiled(", of: [fleets]", ECR).unwrap_err();
        assert_eq!(unknown, ["there is no workload or mirror `fleets`"]);
        let own = "limiters: {all: {bucket: {burst: 1, refill: 1/s}}}";
        let answer = compiled("", own).unwrap_err();
        assert_eq!(
            answer,
            ["the catalog does not say how ecr denies a request"]
        );
    }

    /// Of each attempt, how long the client waited for its answer, and the retry quota left after it.
    #[derive(Default)]
    struct Attempts {
        sent: Time,
        seen: Vec<(Span, u32)>,
    }

    impl Recorder for Attempts {
        fn sent(&mut self, request: &Request) {
            self.sent = request.at;
        }

        fn passed(&mut self, pass: &Pass, client: Option<&ClientState>) {
            let quota = client.and_then(ClientState::quota_left).unwrap();
            self.seen.push((pass.at.since(self.sent), quota));
        }
    }

    #[test]
    fn a_timeout_is_waited_for_and_retried_as_a_timeout() {
        let attempts = |fault: &str, retry: &str| {
            let text = format!(
                "pullstorm: 1
name: silent
services:
  api: {{latency: 1s, limiters: {{all: {{bucket: {{burst: 9, refill: 9/s}}}}}}, faults: {{out: {{{fault}}}}}}}
workloads:
  calls: {{kind: api-callers, service: api, callers: 1, calls: [Get], client: separate, retry: {retry}}}
"
            );
            let plan = compile(document(&text).scenario(), "today").unwrap();
            simulate(&plan, 1, 0, Attempts::default()).1.seen
        };
        let seconds = Span::from_secs;
        // Three attempts; a retry after a timeout takes 10 of 500 under the 2.0 rules, 14 under 2.1.
        let silent = "timeout: 7s";
        let seen = |quota: [u32; 3]| quota.map(|left| (seconds(7), left));
        assert_eq!(attempts(silent, "aws-standard-2.0"), seen([490, 480, 480]));
        assert_eq!(attempts(silent, "aws-standard-2.1"), seen([486, 472, 472]));
        // A 503 comes with its answer and takes 5 under the 2.0 rules.
        let failing = "answer: {status: 503}";
        let seen = [495, 490, 490].map(|left| (seconds(1), left));
        assert_eq!(attempts(failing, "aws-standard-2.0"), seen);
    }
}
