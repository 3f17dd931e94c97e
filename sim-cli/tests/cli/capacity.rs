//! `pullstorm capacity`: how much load holds.

use crate::world::{pullstorm, pullstorm_reading, run};
use insta::assert_snapshot;
use serde_json::Value;

const PER_JOB: &str = "capacity circleci-ecr-fanout --variant login-per-job";

#[test]
fn capacity_fits_the_widths_that_terminals_have() {
    let arguments: Vec<&str> = PER_JOB.split_whitespace().collect();
    for columns in [80, 120] {
        let text = run(&arguments, b"", columns).answer();
        assert!(text.contains("login-per-job holds to 6 workflows, fails at 7"));
        assert_snapshot!(format!("capacity_{columns}"), text);
    }
}

#[test]
fn capacity_is_markdown_csv_and_versioned_json_too() {
    let markdown = pullstorm(&format!("{PER_JOB} --format markdown")).answer();
    assert_snapshot!("capacity_markdown", markdown);
    let csv = pullstorm(&format!("{PER_JOB} --format csv")).answer();
    let border: Vec<&str> = csv
        .lines()
        .filter(|line| line.contains("holds-to") || line.contains("fails-from"))
        .map(|line| line.split(",0,").next().unwrap())
        .collect();
    assert!(csv.starts_with("variant,load,load_value,verdict,runs,border,failed,failed_low,"));
    assert_eq!(border.len(), 4, "{csv}");
    let json = pullstorm(&format!("{PER_JOB} --format json")).answer();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "pullstorm-capacity/1");
    assert_eq!(json["variants"][1]["holds_to"]["value"], 6.0);
    assert_eq!(json["variants"][1]["knee"]["text"], "6");
    assert_eq!(json["variants"][0]["headroom"]["spare"], -1.0);
    assert_eq!(json["variants"][0]["quota"]["answer"], "cannot-be-raised");
}

#[test]
fn capacity_is_the_same_with_any_number_of_threads() {
    let with = |threads: u32| {
        let arguments = "capacity circleci-ecr-fanout --variant tuned --vary \
                         workloads.ci.workflows=1..12 --runs 400 --format json";
        pullstorm(&format!("{arguments} --threads {threads}")).answer()
    };
    assert_eq!(with(1), with(8));
}

#[test]
fn the_number_that_means_load_can_be_chosen_and_a_quota_be_found_for_a_target() {
    let arguments = "capacity circleci-ecr-fanout --variant today --set services.ecr.preset=aws-ecr \
                     --set workloads.ci.workflows=1 --vary workloads.ci.jobs=16..160+16 --target 128";
    let text = pullstorm(arguments).answer();
    assert!(
        text.starts_with("TARGET    nothing here holds at 128 jobs"),
        "{text}"
    );
    // Lines may break anywhere.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // 83 x 6 of 500 logins; 128 x 6 are 768.
    assert!(
        text.contains("today holds to 80 jobs, fails at 96"),
        "{text}"
    );
    assert!(
        text.contains("raised from 500 burst, 500/s to 768 burst, 768/s"),
        "{text}"
    );
    assert!(text.contains("can be raised on request"), "{text}");
}

#[test]
fn what_capacity_cannot_vary_is_refused_with_what_to_write() {
    let refused =
        |arguments: &str| pullstorm(&format!("capacity circleci-ecr-fanout {arguments}")).refusal();
    assert_snapshot!(refused("--vary workloads.ci.login=per-job,per-image"), @r"
    error: `workloads.ci.login` is `per-image`, which is no number
      help: write the path of a number, as in --vary workloads.ci.jobs=1..64
    ");
    assert_snapshot!(refused("--target 4/s"), @r"
    error: `4/s` is no load like 1
      help: write --target 64
    ");
    assert!(refused("--vary workloads.ci.workflows=8..1").contains("ends before it begins"));
    assert!(refused("--vary workloads.ci.workflows=").contains("PATH=VALUES"));
    assert!(refused("--vary workloads.ci.workflows=1..99999999999999999999").contains("too large"));
    assert!(refused("--vary workloads.ci.workflows=1..99999999999").contains("workflows"));
    assert!(refused("--vary workloads.ci.workflows=0..8").contains("workflows"));
    assert!(refused("--vary workloads.ci.workfolws=1..8").contains("did you mean `workflows`?"));
    assert!(refused("--vary workloads.ci.workflows=1s..8s").contains("workflows"));
    // A panic once, as no step of a tenth of a picosecond can be read.
    let fine = "--variant login-per-job --vary workloads.ci.launch_spread=0.0000000us..3us";
    assert!(refused(fine).contains("is too fine"));
    assert!(refused("--vary workloads.ci.jobs=1..2e1").contains("write `20` without"));
    assert!(refused("--vary workloads.ci.jobs=1..2k").contains("write `1k..2k`"));
    assert!(refused("--vary workloads.ci.jobs=0..5").contains("--vary:1:19"));
    assert!(refused("--target 0").contains("--target:1:"));
    let misspelt = refused("--variant tunde");
    assert!(
        misspelt.contains("there is no variant `tunde`"),
        "{misspelt}"
    );
    assert!(misspelt.contains("did you mean `tuned`?"), "{misspelt}");
    assert!(refused("--runs 0").contains("--runs"));
    assert!(refused("--plot x.png").contains("charts are SVG"));
    let text = "pullstorm: 1\nname: x\nservices: {s: {latency: 1s}}\nworkloads:\n  w: {kind: \
                api-callers, service: s, calls: [c]}\n";
    let unnamed = pullstorm_reading("capacity -", text.as_bytes()).refusal();
    assert!(
        unnamed.contains("names no load") && unnamed.contains("--vary"),
        "{unnamed}"
    );
}

#[test]
fn the_curves_are_written_as_svg() {
    let file = std::env::temp_dir().join(format!("pullstorm-capacity-{}.svg", std::process::id()));
    let arguments = format!("{PER_JOB} --plot {}", file.display());
    pullstorm(&arguments).answer();
    let svg = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("6: login-per-job") && svg.contains("ci.jobs.start_delay.p90 &lt;= 2min"));
}
