//! Cases from another directory: what is absent is said, what is unknown is an error.

use pullstorm_tests::cases::{self, Directory, Finding, Report};
use std::path::{Path, PathBuf};

fn directory(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // What an earlier run left behind.
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    for (file, text) in files {
        std::fs::write(path.join(file), text).unwrap();
    }
    path
}

fn run(path: &Path) -> Report {
    cases::run(
        &Directory::open(path, false).unwrap(),
        &["fluid".into(), "gcra".into()],
    )
}

const COLUMNS: &str = "burst_B,rate_r,N,throttled_if_all_arrive_at_t0,\
                       earliest_possible_last_admission_s,exact_fraction";

#[test]
fn other_points_are_tried_and_absent_families_are_said_to_be_absent() {
    let text = format!("{COLUMNS}\n7,0.5,9,2,4.0,4\n7,3,8,1,0.333333333333,1/3\n");
    let report = run(&directory("other-points", &[("fluid-bound.csv", &text)]));
    assert!(report.holds(), "{report}");
    assert!(matches!(
        report.findings[..],
        [(_, Finding::Absent), (_, Finding::Tried(_))]
    ));
    assert!(
        report
            .to_string()
            .contains("gcra                         absent"),
        "{report}"
    );
}

#[test]
fn the_arithmetic_of_other_numbers_of_workflows_is_read_from_its_key() {
    let arithmetic = |name: &str, key: &str, retries: u32| {
        let text = format!(
            r#"{{"ecr_ci": {{"jobs": 32, "images": 6, "burst": 200, "rate": 4, "rows": [],
                "min_retries_so_that_longest_possible_horizon_covers_{key}":
                {{"base1_cap20": {retries}}}}}}}"#
        );
        let path = directory(name, &[("seed-arithmetic.json", &text)]);
        let family = ["seed-arithmetic".to_owned()];
        cases::run(&Directory::open(&path, false).unwrap(), &family)
    };
    // 1 + 2 + 4 + 8 + 16 s and then 20 s each.
    let three = arithmetic("three-workflows", "k3_94s", 9);
    assert!(three.holds(), "{three}");
    let half = arithmetic("half-a-second", "k3_91_5s", 9);
    assert!(half.holds(), "{half}");
    let wrong = arithmetic("wrong-retries", "k3_94s", 6);
    assert!(!wrong.holds(), "{wrong}");
    assert!(wrong.to_string().contains("that reach 1min 34s"), "{wrong}");
    for (name, key) in [("no-workflows", "kx_94s"), ("no-seconds", "k3_94")] {
        let report = arithmetic(name, key, 9);
        assert!(
            !report.holds() && report.to_string().contains(key),
            "{report}"
        );
    }
}

/// The cases of real clients, from a directory that holds these files.
fn reference_cases(name: &str, files: &[(&str, &str)]) -> Report {
    let path = directory(name, files);
    let family = ["reference-cases".to_owned()];
    cases::run(&Directory::open(&path, false).unwrap(), &family)
}

/// How many cases of the only family were tried.
fn tried(report: &Report) -> u64 {
    match &report.findings[..] {
        [(_, Finding::Tried(tally))] => tally.tried(),
        _ => panic!("{report}"),
    }
}

#[test]
fn its_cases_of_real_clients_replace_the_projects_own() {
    let cases = |third: u32| {
        format!(
            r#"{{"cases": [{{"client": "aws-sdk-java-v1", "case": "exponential.values",
                "inputs": {{"strategy": "exponential", "base_ms": 70, "cap_ms": 20000,
                            "retries_attempted": [0, 1, 2]}},
                "expected": {{"delay_ms": [70, 140, {third}]}}}}]}}"#
        )
    };
    let right = reference_cases("own-reference", &[("reference_cases.json", &cases(280))]);
    assert!(right.holds(), "{right}");
    assert_eq!(tried(&right), 3, "one for each delay");
    let wrong = reference_cases("wrong-reference", &[("reference_cases.json", &cases(281))]);
    assert!(!wrong.holds(), "{wrong}");
}

#[test]
fn without_cases_of_real_clients_the_projects_own_are_tried() {
    let text = format!("{COLUMNS}\n7,0.5,9,2,4.0,4\n");
    let fallen_back = reference_cases("no-reference", &[("fluid-bound.csv", &text)]);
    let own = Directory::the_projects_own().unwrap();
    let own = cases::run(&own, &["reference-cases".to_owned()]);
    assert!(fallen_back.holds(), "{fallen_back}");
    assert_eq!(tried(&fallen_back), tried(&own));
    assert!(tried(&own) > 600, "{own}");
}

#[test]
fn a_point_that_is_wrong_is_a_miss_and_says_what_came_out() {
    let text = format!("{COLUMNS}\n7,0.5,9,3,4.0,4\n");
    let report = run(&directory("wrong-point", &[("fluid-bound.csv", &text)]));
    assert!(!report.holds());
    assert!(
        report.to_string().contains("9 requests on 7 + 1/2/s: (2, "),
        "{report}"
    );
}

#[test]
fn an_unknown_file_an_unknown_column_and_a_missing_one_are_errors() {
    let unknown = run(&directory(
        "unknown-file",
        &[("fluid-bounds.csv", "a\n1\n")],
    ));
    assert!(!unknown.holds());
    assert!(
        unknown.to_string().contains("fluid-bounds.csv: no family"),
        "{unknown}"
    );

    let text = format!("{COLUMNS},colour\n7,0.5,9,2,4.0,4,red\n");
    let column = run(&directory("unknown-column", &[("fluid-bound.csv", &text)]));
    assert!(!column.holds());
    assert!(column.to_string().contains("colour"), "{column}");

    let missing = run(&directory(
        "missing-column",
        &[("fluid-bound.csv", "burst_B\n7\n")],
    ));
    assert!(!missing.holds());
    assert!(missing.to_string().contains("rate_r"), "{missing}");
}

#[test]
fn a_case_without_its_file_and_a_file_without_its_case_are_errors() {
    let summary = "case,burst,period_us,pattern,n,a_us,b,admitted,rejected,first_reject_us,\
                   last_admit_us\nx,1,11,burst,1,0,0,1,0,,0\n";
    let arrivals = "i,t_us,admitted,wait_us\n0,0,1,0\n";
    let files = [
        ("gcra-summary.csv", summary),
        ("gcra-x.csv", arrivals),
        ("gcra-y.csv", arrivals),
    ];
    assert!(run(&directory("whole-gcra", &files[..2])).holds());
    let alone = run(&directory("case-without-file", &files[..1]));
    assert!(
        !alone.holds() && alone.to_string().contains("gcra-x.csv"),
        "{alone}"
    );
    let stray = run(&directory("file-without-case", &files));
    assert!(
        !stray.holds() && stray.to_string().contains("gcra-y.csv"),
        "{stray}"
    );
}
