//! Whatever a variant sets of a CI fan-out together, a file of the CI system that says it is valid, and
//! starts as many jobs, after one another, as the scenario has.

mod at_once;
mod numbers;

use pullstorm_core::emit;
use pullstorm_core::replicate::prepare;
use pullstorm_core::report::model::{Language, Settings};
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::BUILT_IN;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const JOBS: u64 = 32;

/// What a variant sets, and who logs in today.
#[derive(Clone, Debug)]
struct Case {
    jobs: u32,
    login_today: &'static str,
    login: Option<&'static str>,
    images: Option<u32>,
    waves: Option<u32>,
    spread: bool,
    distance: bool,
}

impl Case {
    fn login(&self) -> &'static str {
        self.login.unwrap_or(self.login_today)
    }

    fn sets(&self) -> String {
        let parts = [
            self.login.map(|it| format!("workloads.ci.login: {it}")),
            self.images.map(|it| format!("workloads.ci.images: {it}")),
            self.waves.map(|it| format!("workloads.ci.waves: {it}")),
            self.spread
                .then(|| "workloads.ci.launch_spread: 1min".to_owned()),
            self.distance
                .then(|| "workloads.ci.begin: {every: 48s}".to_owned()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// Whether the steps of a job pull its images.
    fn pulls_by_steps(&self) -> bool {
        matches!(self.login(), "per-job" | "per-host")
    }
}

/// Every combination of what a fan-out can be set to, with the login changed or left.
fn cases() -> Vec<Case> {
    const LOGINS: [&str; 5] = [
        "per-image",
        "per-job",
        "per-host",
        "per-workflow",
        "anonymous",
    ];
    let moved = LOGINS[1..].iter().map(|it| (LOGINS[0], Some(*it)));
    let left = LOGINS.iter().map(|it| (*it, None));
    let mut found = Vec::new();
    for (login_today, login) in moved.chain(left) {
        for images in [None, Some(4), Some(3), Some(1)] {
            for waves in [None, Some(3), Some(JOBS as u32)] {
                for (spread, distance) in
                    [(false, false), (false, true), (true, false), (true, true)]
                {
                    found.push(Case {
                        jobs: JOBS as u32,
                        login_today,
                        login,
                        images,
                        waves,
                        spread,
                        distance,
                    });
                }
            }
        }
    }
    found.retain(|case| !case.sets().is_empty());
    found
}

/// What is written for the file of a CI system.
fn written(ci: &str, case: &Case) -> Option<Settings> {
    let fan_out = BUILT_IN.iter().find(|it| it.name == "circleci-ecr-fanout");
    let text = fan_out.unwrap().text;
    let today = text[..text.find("variants:").unwrap()]
        .replace("ci: circleci", &format!("ci: {ci}"))
        .replace("login: per-image", &format!("login: {}", case.login_today))
        .replace("jobs: 32 ", &format!("jobs: {} ", case.jobs))
        .replace("jobs: 32\n", &format!("jobs: {}\n", case.jobs));
    let text = format!("{today}variants: {{v: {{set: {{{}}}}}}}\n", case.sets());
    let document = Document::parse("x.yaml", text.as_bytes()).unwrap_or_else(|it| panic!("{it:?}"));
    let prepared = prepare(&document, &[]).unwrap_or_else(|it| panic!("{case:?}: {it:?}"));
    let mut found = emit::settings(&prepared[1], &prepared[0], None);
    found.retain(|it| it.language == Language::Yaml);
    assert!(found.len() < 2, "{case:?}: a file has each key once");
    found.pop()
}

/// What a parser that refuses a key that stands twice reads.
fn read(settings: &Settings) -> Value {
    let text = &settings.text;
    serde_yaml_ng::from_str(text).unwrap_or_else(|it| panic!("{it}\n{text}"))
}

#[test]
fn every_combination_is_a_file_that_the_schema_of_its_system_takes() {
    let systems = [
        ("circleci", include_str!("../../schemas/circleci.json")),
        (
            "github-actions",
            include_str!("../../schemas/github-workflow.json"),
        ),
        ("gitlab", include_str!("../../schemas/gitlab-ci.json")),
    ];
    for (ci, schema) in systems {
        let schema = serde_json::from_str(schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut seen = 0;
        for case in cases() {
            let Some(settings) = written(ci, &case) else {
                continue;
            };
            seen += 1;
            let mut value = read(&settings);
            if ci == "circleci" {
                // A fragment goes into a file that has one.
                value["version"] = json!(2.1);
            }
            let errors = validator.iter_errors(&value);
            let errors: Vec<String> = errors
                .map(|it| format!("{}: {it}", it.instance_path()))
                .collect();
            assert!(
                errors.is_empty(),
                "{ci} {case:?}: {errors:?}\n{}",
                settings.text
            );
        }
        assert!(seen > 100, "{ci} writes {seen} of the combinations");
    }
}

/// An entry of a workflow of CircleCI.
#[derive(Debug)]
struct Entry {
    job: String,
    says: Value,
}

impl Entry {
    fn of(value: &Value) -> Self {
        match value {
            Value::String(job) => Entry {
                job: job.clone(),
                says: json!({}),
            },
            _ => {
                let (job, says) = value.as_object().unwrap().iter().next().unwrap();
                Entry {
                    job: job.clone(),
                    says: says.clone(),
                }
            }
        }
    }

    fn name(&self) -> &str {
        self.says["name"].as_str().unwrap_or(&self.job)
    }

    fn requires(&self) -> Vec<&str> {
        let names = self.says["requires"].as_array().into_iter().flatten();
        names.map(|it| it.as_str().unwrap()).collect()
    }
}

/// The entries of a workflow by their names, of which each has one.
fn entries(config: &Value, workflow: &str) -> BTreeMap<String, Entry> {
    let jobs = config["workflows"][workflow]["jobs"].as_array().unwrap();
    let all: Vec<Entry> = jobs.iter().map(Entry::of).collect();
    let count = all.len();
    let named: BTreeMap<String, Entry> = all
        .into_iter()
        .map(|it| (it.name().to_owned(), it))
        .collect();
    assert_eq!(named.len(), count, "names differ: {named:?}");
    named
}

#[test]
fn circleci_starts_all_jobs_once_in_the_waves_of_the_scenario() {
    let mut seen = 0;
    for case in cases() {
        let Some(settings) = written("circleci", &case) else {
            continue;
        };
        seen += 1;
        let config = read(&settings);
        let told = format!("{case:?}\n{}", settings.text);
        let ci = entries(&config, "ci");
        let test = &config["jobs"]["test"];
        for entry in ci.values() {
            for required in entry.requires() {
                assert!(ci.contains_key(required), "{required}: {told}");
            }
        }
        let tests: Vec<&Entry> = ci.values().filter(|it| it.job == "test").collect();
        let jobs = tests.iter().map(|it| match &it.says["parallelism"] {
            Value::Null => test["parallelism"].as_u64().unwrap(),
            own => own.as_u64().unwrap(),
        });
        assert_eq!(jobs.sum::<u64>(), JOBS, "{told}");

        // Waves are as many tests one after another, and what comes first keeps the distance.
        let depth = tests.iter().map(|it| tests_before(&ci, it)).max();
        let waves = case.waves.map_or(1, u64::from);
        assert_eq!(depth, Some(waves - 1), "{told}");
        assert_eq!(ci.contains_key("distance"), case.distance, "{told}");
        if case.distance {
            let without = ci.values().filter(|it| it.requires().is_empty());
            let without: Vec<&str> = without.map(Entry::name).collect();
            assert_eq!(without, ["distance"], "{told}");
        }

        // Jobs sleep themselves where they pull themselves, else they wait for jobs that sleep.
        let sleeps = settings.text.contains("command: sleep $((");
        let can_sleep = case.spread && case.pulls_by_steps() && waves < JOBS;
        assert_eq!(sleeps, can_sleep, "{told}");
        let waits = ci.values().filter(|it| it.job == "wait");
        let waits = waits.map(|it| it.says["seconds"].as_u64().unwrap()).max();
        let can_wait = case.spread && !case.pulls_by_steps() && waves < JOBS;
        assert_eq!(waits.is_some(), can_wait, "{told}");
        assert!(waits.is_none_or(|most| most < 60), "{told}");
    }
    assert!(seen > 300, "{seen}");
}

/// The longest chain of tests that an entry comes after.
fn tests_before(ci: &BTreeMap<String, Entry>, entry: &Entry) -> u64 {
    let before = entry.requires().into_iter().map(|name| {
        let before = &ci[name];
        tests_before(ci, before) + u64::from(before.job == "test")
    });
    before.max().unwrap_or(0)
}

#[test]
fn circleci_runs_jobs_on_one_executor_that_fits_who_logs_in() {
    for case in cases() {
        let Some(settings) = written("circleci", &case) else {
            continue;
        };
        let config = read(&settings);
        let told = format!("{case:?}\n{}", settings.text);
        let test = &config["jobs"]["test"];
        let executors = ["docker", "machine", "executor"];
        let has: Vec<&str> = executors
            .into_iter()
            .filter(|it| !test[it].is_null())
            .collect();
        let expected = match (case.pulls_by_steps(), case.images) {
            (true, _) => "machine",
            (false, Some(_)) => "executor",
            (false, None) => "docker",
        };
        assert_eq!(has, [expected], "{told}");
        let own_runners = test["resource_class"] == "NAMESPACE/RUNNERS";
        assert_eq!(own_runners, case.login() == "per-host", "{told}");
        assert_eq!(
            settings.text.contains("docker login"),
            case.login() == "per-job",
            "{told}"
        );
        let kept = settings.text.contains("password: $ECR_PASSWORD");
        assert_eq!(kept, case.login() == "per-workflow", "{told}");
        // The variant renews the password if it is the one that needs it.
        let renews = case.login == Some("per-workflow");
        assert_eq!(!config["workflows"]["renew"].is_null(), renews, "{told}");

        let ci = entries(&config, "ci");
        let parameters = test["parameters"].as_object();
        for entry in ci.values().filter(|it| it.job == "test") {
            let context = entry.says["context"] == "ecr";
            assert_eq!(context, case.login() == "per-workflow", "{told}");
            // Each parameter is given, no other key is taken for one, and executors exist.
            let said = entry.says.as_object().into_iter().flatten();
            let keys = said.map(|it| it.0.as_str());
            let own: BTreeSet<&str> = keys
                .filter(|it| !["name", "requires", "context"].contains(it))
                .collect();
            let known = parameters.into_iter().flatten();
            assert_eq!(own, known.map(|it| it.0.as_str()).collect(), "{told}");
            if let (false, Some(named)) = (case.pulls_by_steps(), entry.says["services"].as_str()) {
                assert!(!config["executors"][named].is_null(), "{named}: {told}");
            }
        }
        if let Some(named) = test["executor"].as_str().filter(|it| !it.starts_with("<<")) {
            assert!(!config["executors"][named].is_null(), "{named}: {told}");
        }
        for parameter in parameters.into_iter().flatten() {
            let use_of = format!("<< parameters.{} >>", parameter.0);
            assert!(test.to_string().contains(&use_of), "{use_of}: {told}");
        }
    }
}
