//! Which column of a log is what.

use super::RecordingError;

/// The columns of a recording. What is `None` is found by the names that real logs have.
#[derive(Clone, Eq, PartialEq, Ord, PartialOrd, Debug, Default)]
pub struct Columns {
    /// When it arrived.
    pub time: Option<String>,
    /// Which operation it was.
    pub operation: Option<String>,
    /// Who asked. It is looked for only if it is named: most logs tell several things of who asked.
    pub key: Option<String>,
    /// How often.
    pub count: Option<String>,
    /// What times that are numbers count; `None`: as large as they are.
    pub unit: Option<Unit>,
}

/// What a number that is a time counts.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

/// Names of times, the surest first: CloudTrail, `lookup-events`, nginx, Docker registry, journald,
/// and what people write by hand.
const TIMES: &[&str] = &[
    "eventTime",
    "EventTime",
    "time",
    "timestamp",
    "@timestamp",
    "time_iso8601",
    "time_local",
    "msec",
    "ts",
    "datetime",
    "date",
    "start_time",
    "startTime",
    "started_at",
    "startedAt",
    "created_at",
    "createdAt",
    "__REALTIME_TIMESTAMP",
    "t",
];

/// Names of operations.
const OPERATIONS: &[&str] = &["eventName", "EventName", "operation", "op", "action"];

/// Names of whole requests, like `GET /v2/ HTTP/1.1`.
const REQUESTS: &[&str] = &["request", "http.request"];

/// Names of the method of a request, and of its path.
const METHODS: &[&str] = &["http.request.method", "request_method", "method", "verb"];
const PATHS: &[&str] = &["http.request.uri", "request_uri", "uri", "path", "url"];

/// Names of counts.
const COUNTS: &[&str] = &["count", "requests", "calls", "pulls"];

/// Names of whose operation it was, and in which Region.
const SOURCES: &[&str] = &["eventSource", "EventSource"];
const REGIONS: &[&str] = &["awsRegion"];

/// Names of what it was answered with.
const STATUSES: &[&str] = &["status", "http.response.status"];

/// What the columns of a log were found to be, as numbers of whatever `find` looks among.
#[derive(Clone, Eq, PartialEq, Debug)]
pub(super) struct Found<C> {
    pub time: C,
    pub operation: Operation<C>,
    pub key: Option<C>,
    pub count: Option<C>,
    pub source: Option<C>,
    pub region: Option<C>,
    pub status: Option<C>,
}

/// Where the operation is told.
#[derive(Clone, Eq, PartialEq, Debug)]
pub(super) enum Operation<C> {
    /// Nowhere.
    Untold,
    /// By its name; or by a request, if it looks like one.
    Named(C),
    /// By method and path of an HTTP request.
    Request(C, C),
}

impl Columns {
    /// Finds the columns; `find` gives the column of a name, `names` are those that there are.
    pub(super) fn find<C>(
        &self,
        find: impl Fn(&str) -> Option<C>,
        names: impl Fn() -> String,
    ) -> Result<Found<C>, RecordingError> {
        let stated = |name: &Option<String>| match name {
            None => Ok(None),
            Some(name) => find(name).map(Some).ok_or_else(|| {
                let message = format!("there is no column `{name}`");
                RecordingError::whole(message, format!("columns here: {}", names()))
            }),
        };
        let known = |known: &[&str]| known.iter().find_map(|name| find(name));
        let Some(time) = stated(&self.time)?.or_else(|| known(TIMES)) else {
            let hint = format!("name it, `time: COLUMN`; columns here: {}", names());
            return Err(RecordingError::whole("no column of times was found", hint));
        };
        let operation = match stated(&self.operation)? {
            Some(column) => Operation::Named(column),
            None => match (known(OPERATIONS), known(METHODS), known(PATHS)) {
                (Some(column), ..) => Operation::Named(column),
                (None, Some(method), Some(path)) => Operation::Request(method, path),
                (None, ..) => known(REQUESTS).map_or(Operation::Untold, Operation::Named),
            },
        };
        Ok(Found {
            time,
            operation,
            key: stated(&self.key)?,
            count: stated(&self.count)?.or_else(|| known(COUNTS)),
            source: known(SOURCES),
            region: known(REGIONS),
            status: known(STATUSES),
        })
    }
}
