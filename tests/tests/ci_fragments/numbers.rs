//! Whatever splits tests by the number that it is given runs each once, in whichever wave, and jobs start as
//! far apart as they were simulated.

use super::{Case, cases, entries, read, tests_before, written};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// A job as a CI system starts it.
#[derive(Debug)]
struct Job {
    /// After how many others its wave comes.
    wave: u64,
    /// What its shell runs, the values of variables before it.
    lines: Vec<String>,
}

/// The jobs of a file, each with what the system puts in for its place in the entry.
fn jobs(ci: &str, file: &Value) -> Vec<Job> {
    match ci {
        "circleci" => jobs_of_circleci(file),
        "gitlab" => jobs_of_gitlab(file),
        _ => jobs_of_github(file),
    }
}

fn jobs_of_circleci(config: &Value) -> Vec<Job> {
    let ci = entries(config, "ci");
    let test = &config["jobs"]["test"];
    let mut found = Vec::new();
    for entry in ci.values().filter(|it| it.job == "test") {
        let given = |text: &str| {
            let says = entry.says.as_object().into_iter().flatten();
            says.fold(text.to_owned(), |text, (name, value)| {
                let value = value.to_string().replace('"', "");
                text.replace(&format!("<< parameters.{name} >>"), &value)
            })
        };
        let count: u64 = given(&test["parallelism"].to_string().replace('"', ""))
            .parse()
            .unwrap();
        let steps = test["steps"].as_array().unwrap();
        let run = steps.iter().filter_map(|it| {
            let run = &it["run"];
            run.as_str().or_else(|| run["command"].as_str())
        });
        let run: Vec<String> = run.map(given).collect();
        for index in 0..count {
            let set = format!("CIRCLE_NODE_INDEX={index}; CIRCLE_NODE_TOTAL={count}; ");
            found.push(Job {
                wave: tests_before(&ci, entry),
                lines: run.iter().map(|line| format!("{set}{line}")).collect(),
            });
        }
    }
    found
}

fn jobs_of_gitlab(file: &Value) -> Vec<Job> {
    let mut found = Vec::new();
    for (name, job) in file.as_object().unwrap() {
        let Some(count) = job["parallel"].as_u64() else {
            continue;
        };
        assert!(count <= 200, "{name}: {job}");
        let own = match job["extends"].as_str() {
            Some(template) => &file[template],
            None => job,
        };
        let each = ["before_script", "script"].into_iter();
        let lines = each.flat_map(|key| match &own[key] {
            Value::String(line) => vec![line.clone()],
            lines => {
                let lines = lines.as_array().into_iter().flatten();
                lines.map(|it| it.as_str().unwrap().to_owned()).collect()
            }
        });
        let lines: Vec<String> = lines.collect();
        let variables = job["variables"].as_object().into_iter().flatten();
        let variables =
            variables.map(|(name, value)| format!("{name}={}; ", value.as_str().unwrap()));
        let variables: String = variables.collect();
        for index in 1..=count {
            let set = format!("{variables}CI_NODE_INDEX={index}; CI_NODE_TOTAL={count}; ");
            found.push(Job {
                wave: wave_of(name),
                lines: lines.iter().map(|line| format!("{set}{line}")).collect(),
            });
        }
    }
    found
}

fn jobs_of_github(file: &Value) -> Vec<Job> {
    let mut found = Vec::new();
    for (name, job) in file["jobs"].as_object().unwrap() {
        let Some(shards) = job["strategy"]["matrix"]["shard"].as_array() else {
            continue;
        };
        assert!(shards.len() <= 256, "{name}: {job}");
        for (index, shard) in shards.iter().enumerate() {
            let given = |text: &str| {
                text.replace("${{ matrix.shard }}", &shard.to_string())
                    .replace("${{ strategy.job-index }}", &index.to_string())
                    .replace("${{ strategy.job-total }}", &shards.len().to_string())
            };
            let steps = job["steps"].as_array().unwrap();
            let run = steps.iter().filter_map(|it| it["run"].as_str());
            found.push(Job {
                wave: wave_of(name),
                lines: run.map(given).collect(),
            });
        }
    }
    found
}

/// Which wave a job is of, as its name says: `wave-2`, `wave-2-1`.
fn wave_of(name: &str) -> u64 {
    let number = name
        .strip_prefix("wave-")
        .and_then(|it| it.split('-').next());
    number.map_or(0, |it| it.parse().unwrap())
}

/// No job knows the numbers of another.
const NOTHING_SET: &str = "unset FIRST PLACE WAVE CI_NODE_INDEX CI_NODE_TOTAL CIRCLE_NODE_INDEX \
                           CIRCLE_NODE_TOTAL";

/// What a shell makes of the numbers after a word in one line of each job, where it has one.
fn numbers(jobs: &[Job], word: &str) -> Vec<Option<Vec<u64>>> {
    let script = jobs.iter().map(|job| {
        let mut lines = job.lines.iter();
        let line = lines.find_map(|line| {
            line.split_once(word).map(|(before, after)| {
                // What comes before the word are variables, or commands that are not to be run.
                let set = before
                    .rsplit_once("; ")
                    .map_or(String::new(), |(set, _)| format!("{set}; "));
                format!("{set}echo {after}")
            })
        });
        format!("{NOTHING_SET}; {}\n", line.unwrap_or("echo".to_owned()))
    });
    let script: String = script.collect();
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{script}");
    let output = String::from_utf8(output.stdout).unwrap();
    let told = output.lines().map(|line| {
        let numbers = line.split_whitespace().map(|it| it.parse().unwrap());
        (!line.is_empty()).then(|| numbers.collect())
    });
    told.collect()
}

/// Holds what the jobs of a file are numbered to: each group of services has the numbers from 1 on, and
/// the jobs of a wave sleep evenly spread over a minute, if they do.
fn check_numbers(ci: &str, case: &Case, told: &str, jobs: &[Job]) {
    assert_eq!(jobs.len(), case.jobs as usize, "{told}");
    let mut groups: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let mut of: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for numbers in numbers(jobs, "./test.sh ") {
        let numbers = numbers.unwrap_or_else(|| panic!("{told}"));
        // Who runs the tests of some services only is told which.
        let group = numbers.get(2).copied().unwrap_or(0);
        groups.entry(group).or_default().push(numbers[0]);
        of.entry(group).or_default().insert(numbers[1]);
    }
    for (group, mut numbers) in groups {
        numbers.sort_unstable();
        let count = numbers.len() as u64;
        assert!(numbers.into_iter().eq(1..=count), "{ci} {group}: {told}");
        assert_eq!(of[&group], BTreeSet::from([count]), "{ci} {group}: {told}");
    }
    let mut waves: BTreeMap<u64, Vec<Option<u64>>> = BTreeMap::new();
    for (job, slept) in jobs.iter().zip(numbers(jobs, "sleep ")) {
        let slept = slept.map(|it| it[0]);
        waves.entry(job.wave).or_default().push(slept);
    }
    for (wave, all) in waves {
        let jobs = all.len() as u64;
        let mut slept: Vec<u64> = all.into_iter().flatten().collect();
        slept.sort_unstable();
        // All jobs of a wave sleep, or none of them.
        let even = (0..if slept.is_empty() { 0 } else { jobs }).map(|it| it * 60 / jobs);
        assert!(
            slept.iter().copied().eq(even),
            "{ci} {wave}: {slept:?} {told}"
        );
    }
}

#[test]
fn the_numbers_that_tests_are_split_by_run_through_all_waves_and_sleeps_through_each() {
    for ci in ["circleci", "github-actions", "gitlab"] {
        let mut slept = 0;
        for case in cases() {
            let Some(settings) = written(ci, &case) else {
                continue;
            };
            let told = format!("{case:?}\n{}", settings.text);
            let jobs = jobs(ci, &read(&settings));
            slept += u32::from(jobs.iter().any(|it| it.lines.join(" ").contains("sleep ")));
            check_numbers(ci, &case, &told, &jobs);
        }
        assert!(slept > 10, "{ci} sleeps in {slept}");
    }
}

#[test]
fn no_entry_has_more_jobs_than_its_system_takes() {
    let schema = serde_json::from_str(include_str!("../../schemas/gitlab-ci.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for ci in ["circleci", "github-actions", "gitlab"] {
        for waves in [None, Some(2)] {
            for spread in [false, true] {
                let case = Case {
                    jobs: 601,
                    login_today: "per-image",
                    login: Some("per-job"),
                    images: None,
                    waves,
                    spread,
                    distance: true,
                };
                let settings = written(ci, &case).unwrap();
                let told = format!("{case:?}\n{}", settings.text);
                let file = read(&settings);
                check_numbers(ci, &case, &told, &jobs(ci, &file));
                assert!(ci != "gitlab" || validator.is_valid(&file), "{told}");
            }
        }
    }
}
