//! Which errors a policy retries, and as what.

/// What a policy makes of an error it retries.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug)]
#[repr(u8)]
pub enum Class {
    /// A limiter said no.
    Throttling,
    /// The service failed by itself, or the connection did.
    Transient,
    /// No answer came in time.
    Timeout,
    /// The service failed with an error that its own model declares retryable (smithy-rs).
    Server,
}

/// Where an error comes from.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Origin {
    /// The service answered.
    Response,
    /// No answer came in time.
    Timeout,
    /// The connection failed.
    Connection,
}

/// An error as it looks on the wire.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct ErrorShape {
    /// Where it comes from.
    pub origin: Origin,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The provider's error code, if the answer carries one.
    pub code: Option<String>,
}

/// The error lists of one family of clients. Timeouts and failed connections are retried by all but
/// [`ErrorLists::Listed`].
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum ErrorLists {
    /// A plain retry loop: 429 and codes that speak of throttling, 408, 500, 502, 503, 504.
    Generic,
    /// AWS SDKs in standard or adaptive mode (boto/botocore @0e6e2404, `retries/standard.py`): codes,
    /// and status 500, 502, 503, 504. A bare 429 without a known code is not retried.
    AwsStandard,
    /// botocore's legacy mode (@0e6e2404, `data/_retry.json`): status 429, 500, 502, 503, 504, 509,
    /// and five throttling codes where the status is 400.
    AwsLegacy,
    /// AWS SDK for Java v1 (aws/aws-sdk-java @9d594912, `RetryUtils.java`).
    JavaV1,
    /// A later list of the same SDK, which the Harness documentation reproduces (confidence: one
    /// secondary source).
    JavaV1Late,
    /// These statuses and nothing else, codes are not read.
    Listed(StatusList),
    /// Answers that carry a registry's error code, unless it is final (UNAUTHORIZED, DENIED,
    /// NAME_UNKNOWN, MANIFEST_UNKNOWN); status 502, 503, 504. A 429 with a plain text carries no code
    /// and is final (containers/common @f437c58a, `pkg/retry/retry.go`).
    RegistryCodes,
    /// Answers whose registry's codes are all for a time (BLOB_UPLOAD_INVALID, TOOMANYREQUESTS,
    /// UNKNOWN, UNAVAILABLE); without a code, status 408, 500, 502, 503, 504, so that a bare 429 is
    /// final (google/go-containerregistry @19dfe23c, `pkg/v1/remote/transport/error.go`, read
    /// November 2026).
    RegistryTemporary,
    /// Whatever it is (agents that only see that a command failed).
    Any,
    /// Whatever it is, but not status 401 and 403 (Amazon ECS agent @8dfceca6: errors of
    /// authentication are final).
    AnyButDenied,
}

/// Statuses that a client retries, kept apart from those of its family.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct StatusList {
    /// The statuses; zeros are empty places.
    statuses: [u16; StatusList::MAX],
    /// Whether a missing answer is retried.
    timeouts: bool,
    /// Whether a failed connection is retried.
    connections: bool,
    /// Whether all of 500 to 599 are retried.
    server_errors: bool,
}

impl StatusList {
    /// Most statuses in a list.
    pub const MAX: usize = 10;

    /// A list; `None` if there are more than [`StatusList::MAX`] statuses.
    pub fn new(statuses: &[u16], timeouts: bool, connections: bool) -> Option<Self> {
        let mut list = [0; StatusList::MAX];
        list.get_mut(..statuses.len())?.copy_from_slice(statuses);
        Some(StatusList {
            statuses: list,
            timeouts,
            connections,
            server_errors: false,
        })
    }

    /// The same list, and all of 500 to 599.
    pub const fn and_server_errors(self) -> Self {
        StatusList {
            server_errors: true,
            ..self
        }
    }

    /// The statuses.
    pub fn statuses(&self) -> impl Iterator<Item = u16> {
        self.statuses.into_iter().filter(|status| *status != 0)
    }

    /// Whether a missing answer or a failed connection is retried.
    pub fn network(&self) -> bool {
        self.timeouts || self.connections
    }

    fn classify(&self, error: &ErrorShape) -> Option<Class> {
        match error.origin {
            Origin::Timeout => self.timeouts.then_some(Class::Timeout),
            Origin::Connection => self.connections.then_some(Class::Transient),
            Origin::Response => {
                let status = error.status.filter(|status| *status != 0)?;
                let failed = self.server_errors && (500..600).contains(&status);
                (failed || self.statuses.contains(&status)).then_some(match status {
                    429 => Class::Throttling,
                    408 => Class::Timeout,
                    _ => Class::Transient,
                })
            }
        }
    }
}

impl ErrorLists {
    /// What the family makes of an error; `None` is not retried.
    pub fn classify(self, error: &ErrorShape) -> Option<Class> {
        match error.origin {
            _ if matches!(self, ErrorLists::Listed(_)) => {}
            Origin::Timeout => return Some(Class::Timeout),
            Origin::Connection => return Some(Class::Transient),
            Origin::Response => {}
        }
        let status = error.status.unwrap_or(0);
        let code = error.code.as_deref().unwrap_or("");
        match self {
            ErrorLists::Generic => generic(status, code),
            ErrorLists::AwsStandard => aws_standard(status, code),
            ErrorLists::AwsLegacy => aws_legacy(status, code),
            ErrorLists::JavaV1 => java(status, code, &[], &[]),
            ErrorLists::JavaV1Late => java(status, code, &JAVA_LATE_THROTTLING, &JAVA_LATE_OTHER),
            ErrorLists::Listed(list) => list.classify(error),
            ErrorLists::RegistryCodes => registry_codes(status, code),
            ErrorLists::RegistryTemporary => registry_temporary(status, code),
            ErrorLists::AnyButDenied if matches!(status, 401 | 403) => None,
            ErrorLists::Any | ErrorLists::AnyButDenied => {
                Some(generic(status, code).unwrap_or(Class::Transient))
            }
        }
    }
}

fn generic(status: u16, code: &str) -> Option<Class> {
    if status == 429 || STANDARD_THROTTLING.contains(&code) || code == "TOOMANYREQUESTS" {
        return Some(Class::Throttling);
    }
    match status {
        408 => Some(Class::Timeout),
        500 | 502 | 503 | 504 => Some(Class::Transient),
        _ => None,
    }
}

fn registry_codes(status: u16, code: &str) -> Option<Class> {
    if REGISTRY_FINAL.contains(&code) {
        None
    } else if matches!(status, 502..=504) {
        Some(Class::Transient)
    } else if status >= 500 || code.is_empty() {
        None
    } else if status == 429 || code == "TOOMANYREQUESTS" {
        Some(Class::Throttling)
    } else {
        Some(Class::Transient)
    }
}

fn registry_temporary(status: u16, code: &str) -> Option<Class> {
    match code {
        "" => generic(status, code).filter(|class| *class != Class::Throttling),
        "TOOMANYREQUESTS" => Some(Class::Throttling),
        "BLOB_UPLOAD_INVALID" | "UNKNOWN" | "UNAVAILABLE" => Some(Class::Transient),
        _ => None,
    }
}

fn aws_standard(status: u16, code: &str) -> Option<Class> {
    if STANDARD_THROTTLING.contains(&code) {
        Some(Class::Throttling)
    } else if STANDARD_TRANSIENT.contains(&code) || FAILED_STATUS.contains(&status) {
        Some(Class::Transient)
    } else {
        None
    }
}

fn aws_legacy(status: u16, code: &str) -> Option<Class> {
    if status == 400 && LEGACY_THROTTLING.contains(&code) || matches!(status, 429 | 509) {
        Some(Class::Throttling)
    } else if FAILED_STATUS.contains(&status) {
        Some(Class::Transient)
    } else {
        None
    }
}

fn java(status: u16, code: &str, throttling: &[&str], other: &[&str]) -> Option<Class> {
    if status == 429 || JAVA_THROTTLING.contains(&code) || throttling.contains(&code) {
        Some(Class::Throttling)
    } else if FAILED_STATUS.contains(&status)
        || JAVA_OTHER.contains(&code)
        || JAVA_CLOCK_SKEW.contains(&code)
        || other.contains(&code)
    {
        Some(Class::Transient)
    } else {
        None
    }
}

/// Codes of a registry that no later attempt can change.
const REGISTRY_FINAL: [&str; 4] = ["UNAUTHORIZED", "DENIED", "NAME_UNKNOWN", "MANIFEST_UNKNOWN"];

/// Status by which services say that they failed.
const FAILED_STATUS: [u16; 4] = [500, 502, 503, 504];

const STANDARD_THROTTLING: [&str; 14] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
];

/// `PriorRequestNotComplete` is on botocore's transient list too; throttling is asked first.
const STANDARD_TRANSIENT: [&str; 3] = [
    "RequestTimeout",
    "RequestTimeoutException",
    "IDPCommunicationError",
];

const LEGACY_THROTTLING: [&str; 5] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "ProvisionedThroughputExceededException",
];

const JAVA_THROTTLING: [&str; 10] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "ProvisionedThroughputExceededException",
    "SlowDown",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
];

const JAVA_OTHER: [&str; 2] = ["PriorRequestNotComplete", "TransactionInProgressException"];

const JAVA_CLOCK_SKEW: [&str; 6] = [
    "RequestTimeTooSkewed",
    "RequestExpired",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "AuthFailure",
    "RequestInTheFuture",
];

const JAVA_LATE_THROTTLING: [&str; 2] = ["EC2ThrottledException", "PriorRequestNotComplete"];

const JAVA_LATE_OTHER: [&str; 3] = [
    "RequestTimeout",
    "RequestTimeoutException",
    "IDPCommunicationError",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(lists: ErrorLists, status: u16, code: &str) -> Option<Class> {
        let code = (!code.is_empty()).then(|| code.to_owned());
        lists.classify(&ErrorShape {
            origin: Origin::Response,
            status: Some(status),
            code,
        })
    }

    #[test]
    fn every_aws_client_retries_a_throttled_ecr_login() {
        use ErrorLists::*;
        for lists in [Generic, AwsStandard, AwsLegacy, JavaV1, JavaV1Late] {
            let class = answered(lists, 400, "ThrottlingException");
            assert_eq!(class, Some(Class::Throttling), "{lists:?}");
        }
    }

    #[test]
    fn a_bare_429_is_not_retried_in_standard_mode_but_in_the_others() {
        assert_eq!(answered(ErrorLists::AwsStandard, 429, ""), None);
        for lists in [
            ErrorLists::Generic,
            ErrorLists::AwsLegacy,
            ErrorLists::JavaV1,
        ] {
            assert_eq!(
                answered(lists, 429, ""),
                Some(Class::Throttling),
                "{lists:?}"
            );
        }
    }

    #[test]
    fn lists_differ_in_what_a_prior_request_means() {
        let class = |lists| answered(lists, 400, "PriorRequestNotComplete");
        assert_eq!(class(ErrorLists::AwsStandard), Some(Class::Throttling));
        assert_eq!(class(ErrorLists::JavaV1), Some(Class::Transient));
        assert_eq!(class(ErrorLists::JavaV1Late), Some(Class::Throttling));
        assert_eq!(class(ErrorLists::AwsLegacy), None);
    }

    #[test]
    fn refusals_are_final() {
        for lists in [
            ErrorLists::Generic,
            ErrorLists::AwsStandard,
            ErrorLists::JavaV1Late,
        ] {
            assert_eq!(answered(lists, 404, "RepositoryNotFoundException"), None);
        }
    }

    /// AWS SDK for Java v1: `RetryUtils.java` @9d594912, and the error lists that the Harness page
    /// on AWS SDK back-off prints, with status 400 so that codes alone decide.
    #[test]
    fn java_and_harness_retry_the_documented_codes() {
        let throttling = [
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "ProvisionedThroughputExceededException",
            "SlowDown",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "BandwidthLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
        ];
        let other = [
            "TransactionInProgressException",
            "RequestTimeTooSkewed",
            "RequestExpired",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "AuthFailure",
            "RequestInTheFuture",
        ];
        let neither = ["AccessDeniedException", "LimitExceededException", ""];
        let late = [
            (
                "PriorRequestNotComplete",
                Some(Class::Transient),
                Class::Throttling,
            ),
            ("EC2ThrottledException", None, Class::Throttling),
            ("RequestTimeout", None, Class::Transient),
            ("RequestTimeoutException", None, Class::Transient),
            ("IDPCommunicationError", None, Class::Transient),
        ];
        let of = |lists, code| answered(lists, 400, code);
        for lists in [ErrorLists::JavaV1, ErrorLists::JavaV1Late] {
            for code in throttling {
                assert_eq!(of(lists, code), Some(Class::Throttling), "{lists:?} {code}");
            }
            for code in other {
                assert_eq!(of(lists, code), Some(Class::Transient), "{lists:?} {code}");
            }
            for code in neither {
                assert_eq!(of(lists, code), None, "{lists:?} {code}");
            }
            for status in [500, 502, 503, 504] {
                assert_eq!(
                    answered(lists, status, ""),
                    Some(Class::Transient),
                    "{status}"
                );
            }
        }
        for (code, before, since) in late {
            assert_eq!(of(ErrorLists::JavaV1, code), before, "{code}");
            assert_eq!(of(ErrorLists::JavaV1Late, code), Some(since), "{code}");
        }
    }

    #[test]
    fn a_list_of_statuses_retries_nothing_else() {
        let list = ErrorLists::Listed(StatusList::new(&[429, 408], false, false).unwrap());
        assert_eq!(
            answered(list, 429, "TOOMANYREQUESTS"),
            Some(Class::Throttling)
        );
        assert_eq!(answered(list, 408, ""), Some(Class::Timeout));
        assert_eq!(answered(list, 503, ""), None);
        assert_eq!(answered(list, 400, "ThrottlingException"), None);
        let lost = ErrorShape {
            origin: Origin::Connection,
            status: None,
            code: None,
        };
        assert_eq!(list.classify(&lost), None);
        let failed = ErrorLists::Listed(
            StatusList::new(&[], false, false)
                .unwrap()
                .and_server_errors(),
        );
        for status in [500, 501, 522, 529, 599] {
            assert_eq!(
                answered(failed, status, ""),
                Some(Class::Transient),
                "{status}"
            );
        }
        assert_eq!(
            [429, 499, 600].map(|status| answered(failed, status, "")),
            [None; 3]
        );
        assert_eq!(StatusList::new(&[500; 11], true, true), None);
    }

    #[test]
    fn a_push_by_crane_is_tried_again_after_a_429_only_if_its_body_is_a_registry_s() {
        let lists = ErrorLists::RegistryTemporary;
        assert_eq!(
            answered(lists, 429, "TOOMANYREQUESTS"),
            Some(Class::Throttling)
        );
        assert_eq!(answered(lists, 429, ""), None);
        assert_eq!(answered(lists, 503, ""), Some(Class::Transient));
        assert_eq!(answered(lists, 403, "DENIED"), None);
    }

    #[test]
    fn podman_s_outer_loop_retries_a_429_only_if_its_body_is_a_registry_s() {
        let lists = ErrorLists::RegistryCodes;
        assert_eq!(
            answered(lists, 429, "TOOMANYREQUESTS"),
            Some(Class::Throttling)
        );
        assert_eq!(answered(lists, 429, ""), None);
        assert_eq!(answered(lists, 404, "MANIFEST_UNKNOWN"), None);
        assert_eq!(answered(lists, 503, ""), Some(Class::Transient));
    }
}
