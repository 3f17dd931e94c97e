use crate::compile::compile;
use crate::engine::simulate;
use crate::limiter::{Decision, Limiter};
use crate::plan::Plan;
use crate::record::{Attempt, Recorder, Request};
use crate::scenario::Document;
use crate::units::Time;

/// When who sent what, and under which key it was counted.
struct Asked<'p> {
    plan: &'p Plan,
    /// The operation that each activity sent last.
    sent: Vec<String>,
    found: Vec<(Time, String, String)>,
}

impl Recorder for Asked<'_> {
    fn sent(&mut self, request: &Request) {
        let site = &self.plan.sites[request.site as usize];
        let operation = &self.plan.operations[site.operation as usize].name;
        self.sent[request.activity as usize].clone_from(operation);
    }

    fn decided(&mut self, attempt: &Attempt, _: Decision, _: &Limiter) {
        let key = &self.plan.limiters[attempt.limiter as usize].keys[attempt.key as usize];
        let operation = self.sent[attempt.activity as usize].clone();
        self.found.push((attempt.at, operation, key.clone()));
    }
}

fn written(replay: &str, recording: &str) -> Document {
    let recording = recording.replace('\n', "\n        ");
    let text = format!(
        "pullstorm: 1\nname: x\nstart: 2026-11-18T09:00:00Z\nservices:\n  api: {{latency: 0s, \
         limiters: {{calls: {{bucket: {{burst: 10, refill: 1/s}}, scope: host}}}}}}\n  ecs: \
         {{preset: aws-ecs, latency: 0s}}\nimages:\n  app: {{registry: api, layers: 1, size: \
         1MB}}\nworkloads:\n  log:\n    kind: replay\n    {replay}\n    recording:\n      inline: \
         |\n        {recording}\n"
    );
    Document::parse("x", text.as_bytes()).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn requests_of_one_address_in_an_access_log_are_those_of_one_host() {
    let line = |client: &str, second: u32| {
        format!(
            "{client} - - [18/Nov/2026:09:00:0{second} +0000] \"GET /v2/app/manifests/1 \
             HTTP/1.1\" 429 87 \"-\" \"containerd/2.1.3\"\n"
        )
    };
    let log = line("192.0.2.1", 1) + &line("192.0.2.2", 1) + &line("192.0.2.1", 2);
    let document = written("service: api\n    spread: 0s", &log);
    let found = asked(&document);
    let keys: Vec<&str> = found.iter().map(|(_, _, key)| key.as_str()).collect();
    assert!(keys[0] != keys[1] && keys[0] == keys[2], "{keys:?}");
    assert!(
        found
            .iter()
            .all(|(_, operation, _)| operation == "manifest")
    );
    let plan = compile(document.scenario(), "today").unwrap();
    let stated = plan.stated.iter();
    let mut stated =
        stated.filter(|it| it.text.contains("3 of 3 arrivals of `log` were throttled"));
    assert!(stated.next().is_some());
}

/// Second, operation and key of each request.
fn asked(document: &Document) -> Vec<(f64, String, String)> {
    let plan = compile(document.scenario(), "today").unwrap_or_else(|it| panic!("{it:?}"));
    let recorder = Asked {
        plan: &plan,
        sent: vec![String::new(); plan.activities() as usize],
        found: Vec::new(),
    };
    let mut asked = simulate(&plan, 1, 0, recorder).1.found;
    asked.sort();
    let seconds = |(at, operation, key): (Time, String, String)| (at.as_secs_f64(), operation, key);
    asked.into_iter().map(seconds).collect()
}

fn seconds(document: &Document) -> Vec<f64> {
    asked(document).into_iter().map(|(at, ..)| at).collect()
}

fn refused(document: &Document) -> String {
    let found = compile(document.scenario(), "today").unwrap_err();
    format!("{}: {}", found[0].path, found[0].message)
}

#[test]
fn each_arrival_calls_its_own_operation_at_its_own_time() {
    let log = "t,op\n0.5,Get\n0.75,Put\n1.5,Get\n2.25,List";
    let found = asked(&written("service: api", log));
    let operations: Vec<(f64, &str)> = found
        .iter()
        .map(|(at, operation, _)| (*at, operation.as_str()))
        .collect();
    assert_eq!(
        operations,
        [(0.0, "Get"), (0.25, "Put"), (1.0, "Get"), (1.75, "List")]
    );
}

#[test]
fn copies_double_the_load_and_speed_shortens_it() {
    let log = "t\n0.5\n4.5";
    let replay = |more: &str| {
        seconds(&written(
            &format!("service: api\n    operation: Get{more}"),
            log,
        ))
    };
    assert_eq!(replay(""), [0.0, 4.0]);
    assert_eq!(replay("\n    copies: 2"), [0.0, 0.0, 4.0, 4.0]);
    assert_eq!(replay("\n    speed: 2\n    from: 10s"), [10.0, 12.0]);
}

#[test]
fn dates_are_those_of_the_scenario_and_seconds_are_drawn_from() {
    let log = "time\n2026-11-18T09:00:05Z\n2026-11-18T09:00:07Z";
    let at = seconds(&written("service: api\n    operation: Get", log));
    assert!(
        (5.0..6.0).contains(&at[0]) && (7.0..8.0).contains(&at[1]),
        "{at:?}"
    );
    assert!(at[0].fract() > 1e-6, "drawn within its second");
    let worst = seconds(&written(
        "service: api\n    operation: Get\n    spread: 0s",
        log,
    ));
    assert_eq!(worst, [5.0, 7.0]);
    let other_date = written("service: api\n    operation: Get", log)
        .set("start", "2026-11-19T00:00:00Z")
        .unwrap();
    assert_eq!(
        refused(&other_date),
        "workloads.log.recording: the arrival in line 2 of the recording comes before `start`, \
         the time 0 of the scenario"
    );
    let short = written("service: api\n    operation: Get", log).set("horizon", "6s");
    assert_eq!(
        refused(&short.unwrap()),
        "workloads.log.recording: the arrival in line 3 of the recording comes at 7s, and runs are \
         cut off at `horizon`, 6s"
    );
    let at_once = other_date.set("workloads.log.from", "1min").unwrap();
    assert!((60.0..61.0).contains(&seconds(&at_once)[0]));
}

#[test]
fn who_asked_is_one_host_however_often() {
    let log = "t,op,ip\n0.5,Get,b\n1.5,Get,a\n2.5,Put,b\n3.25,Put,";
    let mut document = written("service: api", log);
    let hosts = |document: &Document| -> Vec<String> {
        asked(document).into_iter().map(|(.., key)| key).collect()
    };
    let mut own = hosts(&document);
    own.dedup();
    assert_eq!(own.len(), 4, "without a key each is a host of its own");
    let text = document
        .text()
        .replace("      inline:", "      key: ip\n      inline:");
    document = Document::parse("x", text.as_bytes()).unwrap();
    assert_eq!(
        hosts(&document),
        ["log host 1", "log host 2", "log host 1", "log host 3"]
    );
}

#[test]
fn what_the_service_does_not_have_is_left_out_and_said() {
    let log = "time,eventName\n1,DescribeTasks\n2,ListImages\n3,DescribeTasks";
    let document = written("service: ecs", log);
    let plan = compile(document.scenario(), "today").unwrap();
    assert_eq!(asked(&document).len(), 2);
    let stated: Vec<&str> = plan.stated.iter().map(|it| it.text.as_str()).collect();
    assert!(
        stated
            .iter()
            .any(|it| it.starts_with("1 of 3 recorded") && it.ends_with("ListImages")),
        "{stated:?}"
    );
    let none = written("service: ecs", "time,eventName\n1,ListImages");
    assert!(refused(&none).ends_with("none of the recorded operations: ListImages"));
    let slip = written("service: ecs", "time,eventName\n1,RegisterTaskDefinitions");
    let slip = compile(slip.scenario(), "today").unwrap_err().remove(0);
    let hint = slip.hint.unwrap();
    assert!(
        hint.ends_with("`operation: RegisterTaskDefinition`"),
        "{hint}"
    );
    let untold = written("service: ecs", "time\n1");
    assert!(refused(&untold).ends_with("does not tell operations"));
}

/// What the plan of a document says of what is recorded.
fn stated(document: &Document) -> String {
    let plan = compile(document.scenario(), "today").unwrap_or_else(|it| panic!("{it:?}"));
    let texts = plan.stated.iter().map(|it| it.text.as_str());
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn calls_of_another_service_by_the_same_name_are_not_calls_of_this_one() {
    let log = "eventTime,eventName,eventSource\n1,ListClusters,ecs.amazonaws.com\n\
               2,ListClusters,eks.amazonaws.com\n3,ListClusters,kafka.amazonaws.com\n\
               4,ListClusters,";
    let known = written("service: ecs", log);
    assert_eq!(asked(&known).len(), 2, "its own, and who does not tell");
    let said = stated(&known);
    assert!(
        said.contains(
            "2 of 4 recorded arrivals of `log` are left out, for they are no calls of \
             ecs.amazonaws.com: eks.amazonaws.com, kafka.amazonaws.com"
        ),
        "{said}"
    );
    let of = |source: &str, document: &Document| {
        let stated = format!("    recording:\n      event_source: {source}");
        let text = document.text().replace("    recording:", &stated);
        Document::parse("x", text.as_bytes()).unwrap()
    };
    let other = of("eks.amazonaws.com", &written("service: api", log));
    assert_eq!(asked(&other).len(), 1, "none but those that are stated");
    let nobody = of("sts.amazonaws.com", &known);
    assert_eq!(
        refused(&nobody),
        "workloads.log.recording.event_source: no recorded call is of sts.amazonaws.com: the \
         recording has those of ecs.amazonaws.com, eks.amazonaws.com, kafka.amazonaws.com"
    );
    // Nobody wrote whose calls count: the recording is what is wrong.
    let elsewhere = "eventTime,eventName,eventSource\n2,ListClusters,eks.amazonaws.com";
    assert_eq!(
        refused(&written("service: ecs", elsewhere)),
        "workloads.log.recording: no recorded call is of ecs.amazonaws.com: the recording has \
         those of eks.amazonaws.com"
    );
    let all = written("service: ecs\n    operation: ListServices", log);
    assert_eq!(
        asked(&all).len(),
        4,
        "whoever says what each calls means each"
    );
}

#[test]
fn a_region_is_told_where_all_calls_of_the_recording_count() {
    let head =
        "eventTime,eventName,eventSource,awsRegion\n1,ListClusters,ecs.amazonaws.com,eu-west-1";
    let own = "arrivals of `log` are recorded calls of ecs.amazonaws.com";
    let said = stated(&written("service: ecs", head));
    assert!(said.contains(&format!("{own} in eu-west-1")), "{said}");
    let both = format!("{head}\n2,ListClusters,eks.amazonaws.com,us-east-1");
    let said = stated(&written("service: ecs", &both));
    assert!(said.contains(own) && !said.contains("-1"), "{said}");
}

#[test]
fn arrivals_can_be_pulls() {
    let pull = "pull: {client: docker-classic, images: app, auth: none}\n    hosts: 1";
    let document = written(pull, "t\n0.5\n9.5");
    // ping, look-up, manifest, config and layer; then ping and look-up of what is there.
    let at = seconds(&document);
    assert_eq!(at.iter().filter(|at| **at < 9.0).count(), 5, "{at:?}");
    assert_eq!(at.iter().filter(|at| **at >= 9.0).count(), 2, "{at:?}");
}

#[test]
fn a_file_that_nobody_has_read_is_refused_and_one_that_was_read_counts() {
    let text = "pullstorm: 1\nname: x\nservices: {api: {limiters: {l: {bucket: {burst: 1, refill: \
                1/s}}}}}\nworkloads: {log: {kind: replay, service: api, recording: \
                log.csv}}\nvariants: {other: {set: {workloads.log.recording: other.csv}}}\n";
    let document = Document::parse("x", text.as_bytes()).unwrap();
    assert_eq!(
        refused(&document),
        "workloads.log.recording: the recording `log.csv` has not been read"
    );
    let unread = document.fingerprint("today");
    let files = |name: &str| match name {
        "log.csv" => Ok(b"t,op\n1,a\n2,b\n".to_vec()),
        _ => Err("there is no such file".to_owned()),
    };
    let problems = document.clone().with_files(files).unwrap_err().to_string();
    assert!(
        problems.contains("cannot read `other.csv`: there is no such file"),
        "{problems}"
    );
    let both = |_: &str| Ok(b"t,op\n1,a\n2,b\n".to_vec());
    let document = document.with_files(both).unwrap();
    assert_eq!(asked(&document).len(), 2);
    assert_ne!(
        document.fingerprint("today"),
        unread,
        "a recording is part of what is simulated"
    );
    let twice = document.set("workloads.log.copies", "2").unwrap();
    assert_eq!(asked(&twice).len(), 4, "files stay when something is set");
    let broken = |_: &str| Ok(b"t,op\n1,a\nsoon,b\n".to_vec());
    let document = Document::parse("x", text.as_bytes()).unwrap();
    let said = document.with_files(broken).unwrap_err().to_string();
    assert!(said.contains("--> log.csv:3:1"), "{said}");
}
