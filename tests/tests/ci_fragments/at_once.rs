//! How many jobs of one workflow of GitHub Actions run at once.

use pullstorm_core::emit;
use pullstorm_core::replicate::prepare;
use pullstorm_core::scenario::Document;
use serde_json::Value;

/// The jobs of the workflow that is written for so many runners, by their names.
fn matrices(workflows: u32, jobs: u32, sets: &str) -> Vec<(String, Value)> {
    let text = format!(
        "pullstorm: 1\nname: x\nservices: {{ecr: {{preset: aws-ecr@2018-01}}}}\nworkloads:\n  ci: {{kind: \
         ci-fanout, ci: github-actions, service: ecr, workflows: {workflows}, jobs: {jobs}, images: 1, login: \
         per-image, duration: 1min}}\nvariants: {{v: {{set: {{{sets}}}}}}}\n"
    );
    let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
    let prepared = prepare(&document, &[]).unwrap();
    let found = emit::settings(&prepared[1], &prepared[0], None);
    let Some(settings) = found.first() else {
        return Vec::new();
    };
    let workflow: Value = serde_yaml_ng::from_str(&settings.text).unwrap();
    let schema = include_str!("../../schemas/github-workflow.json");
    let schema = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&workflow), "{}", settings.text);
    let jobs = workflow["jobs"].as_object().unwrap().iter();
    let with = jobs.filter(|(_, job)| !job["strategy"].is_null());
    with.map(|(name, job)| (name.clone(), job["strategy"].clone()))
        .collect()
}

fn max_parallel(matrices: &[(String, Value)]) -> Vec<Option<u64>> {
    let each = matrices.iter();
    each.map(|(_, strategy)| strategy["max-parallel"].as_u64())
        .collect()
}

const RUNNERS: &str = "workloads.ci.runners: 50";

#[test]
fn the_matrices_of_one_workflow_run_as_many_jobs_at_once_as_there_are_runners() {
    assert_eq!(max_parallel(&matrices(1, 200, RUNNERS)), [Some(50)]);
    // More jobs than a matrix takes are two, beside each other.
    let two = matrices(1, 401, "workloads.ci.runners: 51");
    assert_eq!(max_parallel(&two), [Some(26), Some(25)]);
    let shards = two
        .iter()
        .map(|(_, it)| it["matrix"]["shard"].as_array().unwrap().len());
    assert_eq!(shards.sum::<usize>(), 401);
}

#[test]
fn waves_come_after_one_another_and_each_may_have_all_runners() {
    let sets = format!("{RUNNERS}, workloads.ci.waves: 2");
    assert_eq!(max_parallel(&matrices(1, 200, &sets)), [Some(50), Some(50)]);
}

#[test]
fn of_several_workflows_no_number_of_one_says_how_many_jobs_run() {
    assert!(matrices(2, 200, RUNNERS).is_empty());
    let sets = format!("{RUNNERS}, workloads.ci.waves: 2");
    assert_eq!(max_parallel(&matrices(2, 200, &sets)), [None, None]);
}
