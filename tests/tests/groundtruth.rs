//! Real clients in logs, and their models.

use pullstorm_tests::groundtruth;
use std::path::Path;
use std::process::Command;

/// A change of a difference is a change of the models: look at it, then accept it with
/// `PULLSTORM_BLESS=1`.
#[test]
fn the_page_on_fidelity_says_what_the_models_do() {
    let logs = groundtruth::the_projects_own().unwrap();
    let page = groundtruth::page(&logs).unwrap_or_else(|error| panic!("{error}"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/fidelity.md");
    if std::env::var_os("PULLSTORM_BLESS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        page == written,
        "docs/fidelity.md differs; it is now:\n{page}"
    );
}

#[test]
fn models_of_real_clients_send_what_those_sent_request_by_request() {
    let logs = groundtruth::the_projects_own().unwrap();
    for family in groundtruth::EXACTLY {
        let tally = (family.check)(&logs).unwrap_or_else(|error| panic!("{error}"));
        assert!(tally.misses().is_empty(), "{}: {tally}", family.name);
        assert!(tally.skipped().is_empty(), "{}: {tally}", family.name);
        assert!(tally.tried() > 0, "{} has no cases", family.name);
    }
}

#[test]
fn what_is_missed_is_closer_than_a_reference_model_at_its_worst() {
    let logs = groundtruth::the_projects_own().unwrap();
    let mut points = Vec::new();
    for replays in groundtruth::REPLAYS {
        points.extend((replays.points)(&logs).unwrap_or_else(|error| panic!("{error}")));
    }
    let replayed = points
        .into_iter()
        .map(|point| point.unwrap_or_else(|it| panic!("{it:?}")));
    for point in replayed.filter(|point| !point.agrees()) {
        let reference = point.reference.expect("misses have a reference");
        assert!(point.is_closer_than(reference), "{point:?}");
    }
}

/// What the command says of a directory with these files.
fn told(name: &str, files: &[(&str, String)]) -> String {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // What an earlier run left behind.
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    for (file, text) in files {
        std::fs::write(directory.join(file), text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_groundtruth"));
    let output = command.env(groundtruth::VARIABLE, &directory).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The lines of one of the project's own logs, its columns first, that begin with `prefix`.
fn rows(file: &str, prefix: &str) -> String {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("groundtruth");
    let text = std::fs::read_to_string(own.join(file)).unwrap();
    let lines = text.lines().enumerate();
    let kept = lines.filter(|(number, line)| *number == 0 || line.starts_with(prefix));
    kept.map(|(_, line)| format!("{line}\n")).collect()
}

#[test]
fn other_logs_are_replayed_and_misses_are_said() {
    let pull = "crane-0.21.9,docker-l1,tag,cold,";
    let sequence = |log: String| [("pull_sequences.csv", log)];
    let log = rows("pull_sequences.csv", pull);
    let page = told("same-pull", &sequence(log.clone()));
    assert!(
        page.contains("| requests of single pulls, in order | 1 | 1 |"),
        "{page}"
    );
    assert!(
        !page.contains("miss:") && !page.contains("points agree"),
        "{page}"
    );
    let without_ping = log.lines().filter(|line| !line.contains(",ping,"));
    let without_ping = without_ping.map(|line| format!("{line}\n")).collect();
    let page = told("other-pull", &sequence(without_ping));
    assert!(
        page.contains("| requests of single pulls, in order | 1 | 0 |"),
        "{page}"
    );
    let miss = "| miss: crane-0.21.9 docker-l1 by tag, cold: ";
    assert!(page.contains(miss), "{page}");

    let fan_out = |callers: &dyn Fn(String) -> String| {
        [
            "fanout_points.csv",
            "fanout_requests.csv",
            "fanout_callers.csv",
        ]
        .map(|file| {
            let rows = rows(file, "F1,");
            match file {
                "fanout_callers.csv" => (file, callers(rows)),
                _ => (file, rows),
            }
        })
    };
    let page = told("same-fan-out", &fan_out(&|callers| callers));
    assert!(page.contains("\n1 of 1 points agree."), "{page}");
    // As if nobody had been served.
    let page = told(
        "other-fan-out",
        &fan_out(&|callers| callers.replace(",1\n", ",0\n")),
    );
    assert!(page.contains("\n0 of 1 points agree."), "{page}");
    assert!(page.contains("| no: successes "), "{page}");
}

#[test]
fn entries_that_nobody_knows_are_said_and_the_others_are_told() {
    let points = rows("fanout_points.csv", "F1,");
    let log = rows("fanout_requests.csv", "F1,");
    let callers = rows("fanout_callers.csv", "F1,");
    let (of_f1, columns) = (
        points.lines().nth(1).unwrap(),
        points.lines().next().unwrap(),
    );
    let id = |line: &str, other: &str| line.replacen("F1,", other, 1);
    // The same point of a client that no record is about, one in another scope, and one never logged.
    let client = of_f1.split(',').nth(2).unwrap();
    let stranger = id(of_f1, "F2,").replace(client, "nerdpull-1");
    let elsewhere = id(of_f1, "F3,").replace(",all,", ",blobs,");
    let never = id(of_f1, "F4,");
    let again = |text: &str| {
        let lines = text.lines().skip(1);
        lines.fold(text.to_owned(), |all, line| {
            format!("{all}{}\n{}\n", id(line, "F2,"), id(line, "F3,"))
        })
    };
    // A second repeat of F1, in which one caller sent.
    let first = log.lines().find(|line| line.contains(",ping,")).unwrap();
    let short = first.replacen("F1,0,", "F1,99,", 1);
    assert_ne!(first, short);
    let page = told(
        "some-unknown",
        &[
            (
                "fanout_points.csv",
                format!("{columns}\n{of_f1}\n{stranger}\n{elsewhere}\n{never}\n"),
            ),
            ("fanout_requests.csv", format!("{}{short}\n", again(&log))),
            ("fanout_callers.csv", again(&callers)),
        ],
    );
    assert!(
        page.contains("\n1 of 1 points agree. Not replayed: 4, which are not among them."),
        "{page}"
    );
    for reason in [
        "not replayed: nothing is known about nerdpull-1 |",
        "not replayed: nobody knows the scope blobs |",
        "not replayed: the log has no whole repeat of it |",
        "not replayed: 1 of ",
    ] {
        assert!(page.contains(reason), "{reason}: {page}");
    }
    let pull = "crane-0.21.9,docker-l1,tag,cold,";
    let log = rows("pull_sequences.csv", pull);
    let others = log.lines().skip(1).map(|line| format!("{line}\n"));
    let others: String = others.collect();
    let unknown = others.replace("crane-", "nerdpull-");
    let image = others.replace("docker-l1", "docker-latest");
    let page = told(
        "some-unknown-pulls",
        &[("pull_sequences.csv", format!("{log}{unknown}{image}"))],
    );
    assert!(
        page.contains("| requests of single pulls, in order | 1 | 1 |"),
        "{page}"
    );
    for reason in [
        "| not replayed: nerdpull-0.21.9 docker-l1 by tag, cold: nothing is known about nerdpull-0.21.9 |",
        "| not replayed: crane-0.21.9 docker-latest by tag, cold: nobody knows the image docker-latest |",
    ] {
        assert!(page.contains(reason), "{reason}: {page}");
    }
}

#[test]
fn refusals_sdks_and_nginx_that_nobody_knows_are_said_and_the_others_are_told() {
    let also = |file: &str, prefix: &str, changes: &[(&str, &str)]| {
        let log = rows(file, prefix);
        assert!(log.lines().count() > 1, "{file} has nothing of {prefix}");
        let others = log.lines().skip(1).map(|line| format!("{line}\n"));
        let others: String = others.collect();
        let changed = |(from, to): &(&str, &str)| {
            assert!(others.contains(from), "{file} has no {from}");
            others.replace(from, to)
        };
        let strange: String = changes.iter().map(changed).collect();
        (log, strange)
    };
    let whole = |(log, strange): (String, String)| format!("{log}{strange}");
    let refused = also(
        "retry_on_429.csv",
        "crane-0.21.9,b0,",
        &[("crane-", "nerdpull-"), (",b0,", ",drizzle,")],
    );
    let tokens = also(
        "token_and_login_429.csv",
        "docker-20.10.24,token-always429,",
        &[("token-always429", "token-sometimes429")],
    );
    let page = told(
        "some-unknown-refusals",
        &[
            ("retry_on_429.csv", whole(refused)),
            ("token_and_login_429.csv", whole(tokens)),
        ],
    );
    for said in [
        "| not replayed: nerdpull-0.21.9 b0: nothing is known about nerdpull-0.21.9 |",
        "| not replayed: crane-0.21.9 drizzle: nobody knows the case drizzle |",
        "| not replayed: docker-20.10.24 token-sometimes429: nobody knows the case token-sometimes429 |",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("miss:"), "{page}");

    let (points, unknown) = also(
        "sdk_points.csv",
        "S12,",
        &[("botocore-", "aws-sdk-go-"), (",standard,", ",eager,")],
    );
    // A point of another SDK and one of another mode, each with the log of S12.
    let unknown = unknown.replacen("S12,", "S98,", 1).replace("S12,", "S99,");
    let again = |file: &str| {
        let log = rows(file, "S12,");
        let others = log.lines().skip(1).map(|line| format!("{line}\n"));
        let others: String = others.collect();
        let as_id = |id: &str| others.replace("S12,", id);
        format!("{log}{}{}", as_id("S98,"), as_id("S99,"))
    };
    let page = told(
        "some-unknown-sdks",
        &[
            ("sdk_points.csv", format!("{points}{unknown}")),
            ("sdk_requests.csv", again("sdk_requests.csv")),
            ("sdk_callers.csv", again("sdk_callers.csv")),
        ],
    );
    let counted = "1 of 1 points agree. Not replayed: 2, which are not among them.";
    for said in [
        counted,
        "not replayed: nothing is known about aws-sdk-go-1.44.5, standard |",
        "not replayed: nothing is known about botocore-1.44.5, eager |",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }

    let point = "skopeo-1.9.3_l3_k4_nginx-b20r4";
    let changes = [
        (
            "skopeo-1.9.3_l3_k4_nginx-b20r4",
            "nerdpull-1_l3_k4_nginx-b20r4",
        ),
        ("_nginx-b20r4", "_nginx-at-4"),
    ];
    let nginx = |file: &str| whole(also(file, point, &changes));
    let page = told(
        "some-unknown-nginx",
        &[
            ("nginx_requests.csv", nginx("nginx_requests.csv")),
            ("nginx_callers.csv", nginx("nginx_callers.csv")),
        ],
    );
    for said in [
        counted,
        "not replayed: nothing is known about nerdpull-1 |",
        "not replayed: its name does not say client, layers, callers and limiter |",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}
