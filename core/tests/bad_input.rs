//! Bad scenarios: what people read. Each group is one snapshot, to be reviewed as a page.

use pullstorm_core::engine::simulate;
use pullstorm_core::record::Nothing;
use pullstorm_core::replicate::prepare;
use pullstorm_core::scenario::Document;

/// A scenario without mistakes; the cases put theirs in.
const GOOD: &str = "\
pullstorm: 1
name: good
services:
  ecr:
    preset: aws-ecr@2018-01
    latency: 60ms
workloads:
  ci:
    kind: ci-fanout
    service: ecr
    jobs: 32
    images: 6
    retry: none
variants:
  small:
    set: {workloads.ci.jobs: 8}
expect:
  - ci.jobs.failed == 0
";

/// What is said about a scenario.
fn said(bytes: &[u8]) -> String {
    match Document::parse("scenario.yaml", bytes) {
        Ok(_) => "nothing is wrong\n".to_owned(),
        Err(problems) => problems.render(false),
    }
}

/// What is said if a line of the good scenario is replaced.
fn instead(line: &str, by: &str) -> (String, String) {
    assert!(
        GOOD.contains(line),
        "the good scenario has the line {line:?}"
    );
    (by.to_owned(), said(GOOD.replace(line, by).as_bytes()))
}

/// What is said if a line is added to the workload.
fn with(line: &str) -> (String, String) {
    instead("    retry: none\n", &format!("    {line}\n"))
}

/// What is said of an argument.
fn argument(path: &str, value: &str) -> (String, String) {
    let document = Document::parse("scenario.yaml", GOOD.as_bytes()).unwrap();
    let said = match document.set(path, value) {
        Ok(_) => "nothing is wrong\n".to_owned(),
        Err(problems) => problems.render(false),
    };
    (format!("--set {path}={value}"), said)
}

/// A page without the code that made it.
fn check(name: &str, cases: impl IntoIterator<Item = (String, String)>) {
    let cases: Vec<(String, String)> = cases.into_iter().collect();
    for (case, said) in &cases {
        for problem in said.split("error: ").skip(1) {
            assert!(problem.contains("--> "), "no place: {case}\n{problem}");
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, page(cases)));
}

fn page(cases: impl IntoIterator<Item = (String, String)>) -> String {
    cases
        .into_iter()
        .map(|(case, said)| format!("{}\n\n{said}\n", case.trim_end()))
        .collect::<Vec<_>>()
        .join("────────\n")
}

#[test]
fn the_good_scenario_is_good() {
    assert_eq!(said(GOOD.as_bytes()), "nothing is wrong\n");
}

#[test]
fn files() {
    let whole = |what: &str, bytes: &[u8]| (what.to_owned(), said(bytes));
    let deep = format!("pullstorm: 1\na: {}", "[".repeat(200));
    let bomb = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned()
        + &('b'..='h')
            .map(|c| {
                let before = (c as u8 - 1) as char;
                let aliases = vec![format!("*{before}"); 10].join(", ");
                format!("{c}: &{c} [{aliases}]\n")
            })
            .collect::<String>();
    check(
        "files",
        [
            whole("empty", b""),
            whole("only a comment", b"# soon\n"),
            whole("not UTF-8", b"pullstorm: 1\nname: caf\xe9\n"),
            whole("UTF-16", b"\xff\xfep\0u\0l\0l\0"),
            whole("a text", b"hello"),
            whole("a list", b"- 1\n- 2\n"),
            whole(
                "another program's YAML",
                b"services:\n  web:\n    image: nginx\n",
            ),
            whole(
                "a newer version",
                GOOD.replace("pullstorm: 1", "pullstorm: 2").as_bytes(),
            ),
            whole(
                "no version at all",
                GOOD.replace("pullstorm: 1\n", "").as_bytes(),
            ),
            whole(
                "a version in words",
                GOOD.replace("pullstorm: 1", "pullstorm: one").as_bytes(),
            ),
            whole("two documents", b"pullstorm: 1\n---\npullstorm: 1\n"),
            whole("too large", &vec![b'#'; 2 << 20]),
            whole("too deep", deep.as_bytes()),
            whole("aliases that explode", bomb.as_bytes()),
            whole("an alias inside its anchor", b"a: &x [*x]\n"),
            whole("a tab", b"pullstorm: 1\nservices:\n\tecr: {}\n"),
            whole(
                "a tab that would go on with the line before",
                b"pullstorm: 1\nservices:\n  ecr:\n    preset: aws-ecr\n\t\tlatency: 5ms\n",
            ),
            whole("a wrong indent", b"pullstorm: 1\n  name: x\n"),
            whole("an open bracket", b"pullstorm: 1\nexpect: [a < 1\n"),
            whole(
                "a bracket that the next line should have closed",
                b"pullstorm: 1\nname: [a\nhorizon: 1h\n",
            ),
            whole("a zero byte", b"pullstorm: 1\nname: a\0b\n"),
            whole("an open quote", b"pullstorm: 1\ntitle: \"two\n"),
            whole("a merge key", b"pullstorm: 1\na: &a {b: 1}\nc: {<<: *a}\n"),
            whole("a tag", b"pullstorm: 1\nname: !!str x\n"),
        ],
    );
}

#[test]
fn keys() {
    check(
        "keys",
        [
            instead("    images: 6\n", "    imagse: 6\n"),
            instead("    images: 6\n", "    temperature: 6\n"),
            instead("    images: 6\n", "    images: 6\n    images: 7\n"),
            instead("    jobs: 32\n", ""),
            instead("    kind: ci-fanout\n", ""),
            instead("    kind: ci-fanout\n", "    kind: ci-fan-out\n"),
            instead("    kind: ci-fanout\n", "    kind: cron\n"),
            instead("  ci:\n", "  my ci:\n"),
            instead("name: good\n", "name: not so good\n"),
            instead("name: good\n", "nmae: good\n"),
            instead("    images: 6\n", "    images:\n"),
            instead("  ecr:\n", "  ecr: aws\n  other:\n"),
        ],
    );
}

#[test]
fn values() {
    check(
        "values",
        [
            instead("    jobs: 32\n", "    jobs: many\n"),
            instead("    jobs: 32\n", "    jobs: 0\n"),
            instead("    jobs: 32\n", "    jobs: -1\n"),
            instead("    jobs: 32\n", "    jobs: 1.5\n"),
            instead("    jobs: 32\n", "    jobs: 9e99\n"),
            instead("    jobs: 32\n", "    jobs: 0x20\n"),
            instead("    jobs: 32\n", "    jobs: 1__0\n"),
            instead("    jobs: 32\n", "    jobs: 50%\n"),
            instead("    jobs: 32\n", "    jobs: .nan\n"),
            instead("    jobs: 32\n", "    jobs: [32]\n"),
            instead("    latency: 60ms\n", "    latency: 60\n"),
            instead("    latency: 60ms\n", "    latency: 60 msec\n"),
            instead("    latency: 60ms\n", "    latency: -60ms\n"),
            instead("    latency: 60ms\n", "    latency: .inf\n"),
            instead("    latency: 60ms\n", "    latency: 1e30d\n"),
            instead("    latency: 60ms\n", "    latency: {}\n"),
            instead("    latency: 60ms\n", "    latency: {unifrom: [1s, 2s]}\n"),
            instead("    latency: 60ms\n", "    latency: {uniform: [2s, 1s]}\n"),
            instead("    latency: 60ms\n", "    latency: {uniform: [2s]}\n"),
            instead(
                "    latency: 60ms\n",
                "    latency: {lognormal: {median: 1s}}\n",
            ),
            instead(
                "    latency: 60ms\n",
                "    latency: {lognormal: {median: 1s, sigma: nan}}\n",
            ),
            instead("    latency: 60ms\n", "    latency: {empirical: []}\n"),
            instead(
                "    latency: 60ms\n",
                "    latency: {normal: {mean: 1s, deviation: 1ms, min: 5s, max: 9s}}\n",
            ),
            with("login: per_jobs"),
            with("logins: yes"),
            with("rerun: 2"),
            with("begin: {rate: 2/min}"),
            with("begin: {rate: 2/min, every: 1s, lasting: 1h}"),
            with("workflows: 3\n    begin: {at: [0s, 1s]}"),
            instead("name: good\n", "name: good\nstart: tomorrow\n"),
            instead("name: good\n", "name: good\nhorizon: 0s\n"),
            instead("  - ci.jobs.failed == 0\n", "  - ci.jobs.failed = 0\n"),
            instead("  - ci.jobs.failed == 0\n", "  - ci.jobs.failed == few\n"),
            instead("  - ci.jobs.failed == 0\n", "  - nothing fails\n"),
            instead(
                "name: good\n",
                "name: good\nload: {path: workloads.ci.workflos, unit: workflows}\n",
            ),
            instead(
                "name: good\n",
                "name: good\nload: {path: workloads.ci.retry, unit: retries}\n",
            ),
            instead(
                "name: good\n",
                "name: good\nload: {path: workloads.ci.workflows, up_to: 8, plan_for: 100000000, unit: workflows}\n",
            ),
            instead(
                "name: good\n",
                "name: good\nload: {path: workloads.ci.workflows, plan_for: 100, unit: workflows}\n",
            ),
        ],
    );
}

#[test]
fn limiters_and_faults() {
    let limiter = |text: &str| {
        instead(
            "    latency: 60ms\n",
            &format!("    limiters: {{logins: {{{text}}}}}\n"),
        )
    };
    let fault = |text: &str| {
        instead(
            "    latency: 60ms\n",
            &format!("    faults: {{outage: {{{text}}}}}\n"),
        )
    };
    check(
        "limiters_and_faults",
        [
            limiter("bucket: {burst: 200, refill: 4}"),
            limiter("bucket: {burst: 0, refill: 4/s}"),
            limiter("bucket: {burst: 200, refill: 0.0000000000001/d}"),
            limiter("bucket: {burst: 200, refill: 1e12/s}"),
            limiter("bucket: {burst: 200, refill: {credits: 20, every: 0s}}"),
            limiter("bucket: {burst: 200, refill: 4/s}, window: {limit: 100 per 6h}"),
            limiter("window: {limit: 100}"),
            limiter("window: {limit: 0 per 6h}"),
            limiter("window: {limit: 100 per 6h, kind: sliding, opens: first-request}"),
            limiter("lock_out: {renewed: true}"),
            limiter("lock_out: 0s"),
            limiter("nginx: {burst: 20}"),
            limiter("nginx: {rate: 10/s, burst: 20, delay: 8, nodelay: true}"),
            limiter("in_flight: 0"),
            limiter("scope: acount"),
            limiter("initial: half"),
            limiter("operations: GetAuthorizationToken"),
            limiter("retry_after: soon"),
            limiter("background: 1"),
            fault("chance: 5"),
            fault("chance: 5%"),
            fault("timeout: 30s, chance: 120%"),
            fault("timeout: 30s, from: 10min, until: 5min"),
            fault("answer: {status: 200}"),
            fault("answer: {status: access-denied}"),
            fault("answer: access-denied, of: []"),
            fault("answer: access-denied, operations: []"),
        ],
    );
}

#[test]
fn retry_policies() {
    let harness = "AmazonSDKDefaultBackoffStrategy_";
    check(
        "retry_policies",
        [
            with("retry: aws-standart-2.1"),
            with("retry: full-jitter"),
            with("retry: {}"),
            with("retry: {strategy: full-jitter, base: 100ms, attempts: 8}"),
            with("retry: {strategy: full-jitter, base: 0s, cap: 20s, attempts: 8}"),
            with("retry: {strategy: full-jitter, base: 100ms, cap: 20s, attempts: 0}"),
            with("retry: {strategy: fixed, delay: 1s, attempts: 8, cap: 20s}"),
            with("retry: {strategy: fixed, delay: 1s, atempts: 8}"),
            with("retry: {strategy: aws-standard-2.1}"),
            with("retry: {strategy: none, preset: aws-legacy}"),
            with("retry: {preset: aws-legacy, quota: 100}"),
            with(&format!("retry: {{{harness}maxErrorRetry: 5ms}}")),
            with(&format!("retry: {{{harness}maxErrorRetries: 5}}")),
            with(&format!("retry: {{{harness}baseDelay: 0}}")),
            with(
                "retry: {strategy: fixed, delay: 1s, attempts: 8, \
             budget: {concurrent: {min: 3, ratio: 5}}}",
            ),
        ],
    );
}

#[test]
fn variants_and_arguments() {
    let set = |text: &str| {
        instead(
            "    set: {workloads.ci.jobs: 8}\n",
            &format!("    set: {{{text}}}\n"),
        )
    };
    check(
        "variants_and_arguments",
        [
            set("workloads.ci.jbos: 8"),
            set("workloads.cu.jobs: 8"),
            set("workloads.ci.jobs: eight"),
            set("workloads.ci.jobs.count: 8"),
            set("workloads..jobs: 8"),
            set("workloads: {ci: {login: per-jb}}"),
            set("variants.small: {}"),
            set("pullstorm: 2"),
            set("workloads.ci.jobs:"),
            set("workloads.ci.retry: {strategy: fixed}"),
            set("workloads.ci.begin.every: 48s, workloads.ci.begin: 0s"),
            set(""),
            set("expect: [ci.jobs.failed <= 1000]"),
            set("seed: 5"),
            set("workloads.ci: {images: 3}, workloads.ci.images: 4"),
            set(
                "services.ecr.limiters.GetAuthorizationToken: {bucket: {burst: 9}}, \
                 services.ecr.limiters.GetAuthorizationToken.window: {limit: 100 per 6h}",
            ),
            instead("    set: {workloads.ci.jobs: 8}\n", "    about: nothing\n"),
            argument("workloads.ci.jobs", "8x"),
            argument("workloads.ci.jbos", "8"),
            argument("workloads.cu.jobs", "8"),
            argument("workloads.ci.jobs", ""),
            argument("workloads.ci.images", ""),
            argument("workloads.ci.jobs", "[8"),
            argument("workloads.ci", "nothing"),
            argument("", "8"),
            argument("jobs", "8"),
        ],
    );
}

#[test]
fn a_variant_may_say_one_thing_in_several_values() {
    for set in [
        "{workloads.ci.retry: {preset: aws-legacy}, workloads.ci.retry.attempts: 8}",
        "{workloads.ci.retry: aws-legacy, workloads.ci.retry.attempts: 8}",
        "{workloads.ci: {images: 3}, workloads.ci.jobs: 4, workloads: {ci: {login: per-job}}}",
        "{workloads.ci.retry: null, workloads.ci.jobs: 4}",
    ] {
        let text = GOOD.replace("{workloads.ci.jobs: 8}", set);
        let said = said(text.as_bytes());
        assert_eq!(said, "nothing is wrong\n", "{set}");
    }
}

#[test]
fn a_limiter_that_is_named_nearly_like_one_of_the_preset_is_asked_about() {
    let said = |limiter: &str| {
        let text = format!("    limiters: {{{limiter}: {{bucket: {{burst: 9, refill: 1/s}}}}}}\n");
        let text = GOOD.replace("    latency: 60ms\n", &text);
        let document = Document::parse("scenario.yaml", text.as_bytes()).unwrap();
        prepare(&document, &[]).map_or_else(|it| it.to_string(), |_| "nothing is wrong".to_owned())
    };
    let slip = said("GetAuthorisationToken");
    assert!(slip.contains("--> scenario.yaml:6:16"), "{slip}");
    assert!(
        slip.contains("did you mean `GetAuthorizationToken`?"),
        "{slip}"
    );
    assert_eq!(said("GetAuthorizationToken"), "nothing is wrong");
    assert_eq!(said("office-gateway"), "nothing is wrong");
}

#[test]
fn an_operation_that_nobody_asks_for_is_asked_about_where_it_is_nearly_one() {
    let said = |service: &str| {
        let text = format!(
            "pullstorm: 1\nname: x\nservices:\n  api:\n    {service}\nworkloads:\n  deploys: {{kind: \
             api-callers, service: api, callers: 3, calls: [Login, Update]}}\n"
        );
        let document = Document::parse("scenario.yaml", text.as_bytes()).unwrap();
        prepare(&document, &[]).map_or_else(|it| it.to_string(), |_| "nothing is wrong".to_owned())
    };
    let limits = |name: &str| {
        said(&format!(
            "limiters: {{all: {{operations: [{name}], bucket: {{burst: 9, refill: 1/s}}}}}}"
        ))
    };
    let faults = |name: &str| {
        said(&format!(
            "{{limiters: {{all: {{in_flight: 5}}}}, faults: {{away: {{operations: [{name}], answer: \
             {{status: 503}}}}}}}}"
        ))
    };
    for wrong in [limits("Logn"), faults("Logn")] {
        assert!(wrong.contains("nobody asks api for `Logn`"), "{wrong}");
        assert!(wrong.contains("did you mean `Login`?"), "{wrong}");
        assert!(wrong.contains("--> scenario.yaml:5:"), "{wrong}");
    }
    let each = |name: &str| format!("{{operations: [{name}], in_flight: 5}}");
    let (one, other) = (each("Login"), each("Logon"));
    let meant = [
        limits("Login, Logon"),
        said(&format!("limiters: {{one: {one}, other: {other}}}")),
        limits("manifest_put"),
        limits("Upsert"),
    ];
    for right in [limits("Login"), faults("Login"), limits("Delete")]
        .into_iter()
        .chain(meant)
    {
        assert_eq!(right, "nothing is wrong");
    }
}

#[test]
fn a_value_that_takes_away_another_one_of_its_own_map_is_refused() {
    let limiter = "services.ecr.limiters.GetAuthorizationToken";
    let text = GOOD
        .replace(
            "    latency: 60ms\n",
            "    limiters: {GetAuthorizationToken: {bucket: {burst: 9}}}\n",
        )
        .replace(
            "workloads.ci.jobs: 8",
            &format!("{limiter}: {{bucket: {{burst: 8}}, window: {{limit: 100 per 6h}}}}"),
        );
    let said = said(text.as_bytes());
    assert!(said.contains("takes this away again"), "{said}");
}

#[test]
fn an_argument_is_kept_from_a_variant_only_if_nothing_of_it_is_left() {
    let document = Document::parse("scenario.yaml", GOOD.as_bytes()).unwrap();
    let kept = |path: &str, value: &str| document.set(path, value).unwrap().kept_from("small");
    assert_eq!(kept("workloads.ci.jobs", "9"), ["workloads.ci.jobs=9"]);
    assert!(kept("workloads.ci", "{jobs: 9, images: 3}").is_empty());
    assert!(kept("workloads.ci.images", "3").is_empty());
    assert!(document.kept_from("small").is_empty());
}

#[test]
fn a_workload_that_begins_when_runs_are_over_is_refused() {
    let said = |begin: &str| {
        let text = GOOD.replace(
            "    retry: none\n",
            &format!("    begin: {{from: {begin}}}\n"),
        );
        let document = Document::parse("scenario.yaml", text.as_bytes()).unwrap();
        prepare(&document, &[]).map_or_else(|it| it.to_string(), |_| "nothing is wrong".to_owned())
    };
    let late = said("3d");
    assert!(late.contains("they are cut off at 1d"), "{late}");
    assert!(late.contains("--> scenario.yaml:8:3"), "{late}");
    assert_eq!(said("23h"), "nothing is wrong");
    let text = GOOD.replace("workloads.ci.jobs: 8", "workloads.ci.begin: {from: 3d}");
    let document = Document::parse("scenario.yaml", text.as_bytes()).unwrap();
    let in_variant = prepare(&document, &[]).unwrap_err().to_string();
    assert!(
        in_variant.contains("--> scenario.yaml:16:11"),
        "{in_variant}"
    );
}

#[test]
fn what_only_a_variant_makes_too_large_is_shown_where_the_variant_sets_it() {
    let said = |set: &str| {
        let text = GOOD.replace("{workloads.ci.jobs: 8}", set);
        let document = Document::parse("scenario.yaml", text.as_bytes()).unwrap();
        prepare(&document, &[]).unwrap_err().to_string()
    };
    let one = said("{workloads.ci.jobs: 200000000}");
    assert!(one.contains("--> scenario.yaml:16:11"), "{one}");
    assert!(one.contains("entities"), "{one}");
    let two = said("{workloads.ci.jobs: 200000000, workloads.ci.images: 1}");
    assert!(
        two.contains("--> scenario.yaml:15:3"),
        "which of two is not known: {two}"
    );
    let elsewhere = said("{services.ecr.limiters.GetAuthorizationToken.background: 2000000/s}");
    assert!(elsewhere.contains("--> scenario.yaml:16:11"), "{elsewhere}");
}

#[test]
fn background_load_that_is_too_much_is_shown_where_it_is_written() {
    let text = GOOD.replace(
        "    latency: 60ms\n",
        "    limiters:\n      GetAuthorizationToken:\n        background: 2000000/s\n",
    );
    let document = Document::parse("scenario.yaml", text.as_bytes()).unwrap();
    let said = prepare(&document, &[]).unwrap_err().to_string();
    assert!(said.contains("--> scenario.yaml:8:21"), "{said}");
}

#[test]
fn all_problems_are_said_at_once_in_the_order_of_the_text() {
    let text = GOOD
        .replace("60ms", "60")
        .replace("images: 6", "imagse: 6")
        .replace("ci.jobs.failed == 0", "ci.jobs.failed = 0");
    let problems = Document::parse("scenario.yaml", text.as_bytes()).unwrap_err();
    assert_eq!(problems.items().len(), 3);
    assert!(problems.items().is_sorted_by_key(|problem| problem.place));
}

#[test]
fn a_file_of_mistakes_is_refused_without_listing_them_all() {
    let keys: String = (0..5_000).map(|n| format!("key-{n}: 1\n")).collect();
    let problems = Document::parse("x.yaml", format!("{GOOD}{keys}").as_bytes()).unwrap_err();
    assert_eq!(problems.items().len(), 1_000);
    assert!(problems.render(false).ends_with("and 950 more\n"));
}

/// A fleet without mistakes but for this workload.
fn fleet(workload: &str) -> (String, String) {
    let text = format!(
        "\
pullstorm: 1
name: fleet
services: {{hub: {{limiters: {{all: {{bucket: {{burst: 100, refill: 1/s}}}}}}}}}}
images: {{app: {{registry: hub, layers: 2}}}}
workloads:
  w:
    {workload}
"
    );
    let said = match Document::parse("scenario.yaml", text.as_bytes()) {
        Ok(document) => match prepare(&document, &[]) {
            Ok(_) => "nothing is wrong\n".to_owned(),
            Err(problems) => problems.to_string(),
        },
        Err(problems) => problems.render(false),
    };
    (workload.to_owned(), said)
}

#[test]
fn fleets() {
    let swarm = "kind: swarm-service\n    pull: {client: swarm-executor, images: app, auth: none}";
    let fan_out = "kind: ci-fanout\n    service: hub\n    operation: login";
    let rollout = "kind: kubernetes-rollout\n    replicas: 4\n    nodes: 2\n    pull: {client: \
                   kubelet, images: app, auth: none}";
    check(
        "fleets",
        [
            fleet(&format!("{swarm}\n    from: 1h")),
            fleet(&format!("{swarm}\n    from: 1h\n    until: 30min")),
            fleet(&format!(
                "{swarm}\n    schedule: 0s\n    restart: {{delay: 0s}}"
            )),
            fleet(&format!("{swarm}\n    replicas: 4000000000")),
            fleet(&format!("{rollout}\n    max_surge: 150%")),
            fleet(&format!("{rollout}\n    max_unavailable: 150%")),
            fleet(&format!(
                "{rollout}\n    max_surge: 0\n    max_unavailable: 0"
            )),
            fleet(&format!(
                "{rollout}\n    kubelet: {{serialize_pulls: false, parallel_max: 4000000000}}"
            )),
            fleet(&format!(
                "{rollout}\n    kubelet: {{registry_qps: 1 per 300d, registry_burst: 4000000000}}"
            )),
            fleet("kind: image-pulls\n    pull: {client: kubectl, images: app, auth: none}"),
            fleet("kind: image-pulls\n    pull: {client: kubelet, images: ap, auth: none}"),
            fleet("kind: image-pulls\n    pull: {client: kubelet, images: app}"),
            fleet(&rollout.replace("kubelet, ", "kubelet, engine: docker-classic, ")),
            fleet(
                "kind: image-pulls\n    pull: {client: podman-4, engine: crun, images: app, auth: none}",
            ),
            fleet(&swarm.replace("swarm-executor", "docker-containerd")),
            fleet("kind: ci-fanout\n    service: hub\n    operation: login\n    jobs: 200000000"),
            fleet(&format!("{fan_out}\n    jobs: 3\n    waves: 4")),
            fleet(&format!(
                "{fan_out}\n    jobs: 3\n    retry: {{strategy: fixed, delay: 1us, attempts: 4000000000}}"
            )),
            fleet(&format!(
                "{fan_out}\n    jobs: 3\n    rerun: {{times: 4000000000, delay: 1us}}"
            )),
            fleet(
                "kind: api-callers\n    service: hub\n    calls: [a]\n    rounds: 1000000000\n    pause: 1s",
            ),
            fleet(
                "kind: api-callers\n    service: hub\n    calls: [a]\n    callers: 9000000\n    retry: aws-adaptive",
            ),
            fleet(&format!(
                "{fan_out}\n    jobs: 3\n    identity: {{address: \"2001:db8::zz\"}}"
            )),
        ],
    );
}

/// A fan-out of jobs at a preset of a registry.
fn fan_out_at(preset: &str, more: &str) -> (String, String) {
    let text = GOOD
        .replace("aws-ecr@2018-01", preset)
        .replace("    retry: none\n", &format!("    {more}\n"))
        .replace(
            "  small:\n    set: {workloads.ci.jobs: 8}\n",
            "  small: {set: {horizon: 2h}}\n",
        );
    let said = match Document::parse("scenario.yaml", text.as_bytes()) {
        Ok(document) => match prepare(&document, &[]) {
            Ok(_) => "nothing is wrong\n".to_owned(),
            Err(problems) => problems.to_string(),
        },
        Err(problems) => problems.render(false),
    };
    (format!("preset: {preset}, {more}"), said)
}

#[test]
fn fan_outs_that_ask_nothing_where_pulls_count() {
    check(
        "fan_outs",
        [
            fan_out_at("docker-hub-anonymous", "login: anonymous"),
            fan_out_at("docker-hub-anonymous", "login: per-job"),
            fan_out_at("aws-ecr-public-anonymous", "login: per-job"),
            fan_out_at("mcr", "login: per-job"),
            fan_out_at("aws-ecr@2026-11", "login: anonymous"),
        ],
    );
}

#[test]
fn more_pulls_at_once_than_can_be_numbered_are_as_many_as_can_be() {
    let text = "\
pullstorm: 1
name: many
services: {hub: {limiters: {all: {bucket: {burst: 100, refill: 1/s}}}}}
images: {app: {registry: hub, layers: 2}}
workloads:
  w:
    kind: scale-out
    nodes: 3
    pods: 2
    pull: {client: kubelet, images: app, auth: none}
    kubelet: {serialize_pulls: false, parallel_max: 4000000000}
";
    let document = Document::parse("many", text.as_bytes()).unwrap();
    let prepared = prepare(&document, &[]).unwrap();
    let (outcome, _) = simulate(&prepared[0].plan, 1, 0, Nothing);
    assert_eq!(
        (
            outcome.cut_off,
            outcome.workloads[0].finished_after.is_some()
        ),
        (None, true)
    );
}

/// What is said if the workload is a herd with these lines.
fn herd(lines: &str) -> (String, String) {
    let from = GOOD.find("    kind").unwrap();
    let to = GOOD.find("expect").unwrap();
    let herd = format!("    kind: herd\n{lines}");
    let text = format!("{}{herd}{}", &GOOD[..from], &GOOD[to..]);
    (herd, said(text.as_bytes()))
}

/// What is said if the workload is a replay with these lines.
fn replay(lines: &str) -> (String, String) {
    let (herd, _) = herd("");
    let from = GOOD.find("    kind").unwrap();
    let to = GOOD.find("expect").unwrap();
    let replay = format!("{}{lines}", herd.replace("herd", "replay"));
    let text = format!("{}{replay}{}", &GOOD[..from], &GOOD[to..]);
    (replay, said(text.as_bytes()))
}

/// What is said of a recording beside a scenario that has no other mistake.
fn recorded(recording: &str) -> (String, String) {
    let from = GOOD.find("    kind").unwrap();
    let to = GOOD.find("expect").unwrap();
    let replay = "    kind: replay\n    service: ecr\n    recording: log.csv\n";
    let text = format!("{}{replay}{}", &GOOD[..from], &GOOD[to..]);
    let document = Document::parse("scenario.yaml", text.as_bytes()).unwrap();
    let said = match document.with_files(|_| Ok(recording.as_bytes().to_vec())) {
        Ok(_) => "nothing is wrong\n".to_owned(),
        Err(problems) => problems.render(false),
    };
    (format!("log.csv:\n{recording}"), said)
}

#[test]
fn replays() {
    check(
        "replays",
        [
            replay("    service: ecr\n    recording: log.csv\n"),
            replay("    service: ecr\n"),
            replay("    recording: log.csv\n    hosts: 4\n"),
            replay("    service: ecr\n    recording: {time: t}\n"),
            replay("    service: ecr\n    recording: log.csv\n    speed: 0\n    hosts: 4\n"),
            replay(
                "    service: ecr\n    recording:\n      unit: min\n      inline: |\n        t,op\n",
            ),
            replay(
                "    service: ecr\n    recording:\n      inline: |\n        t,op\n        0.5,a\n        \
                 soon,b\n",
            ),
            recorded("t,op\n0.5,a\n1.5,b\n"),
            recorded("when,what\n0.5,a\n"),
            recorded("t,op\n# noon\n\nnoon,a\n"),
            recorded("{\"time\": 1}\n{\"time\": 1,}\n"),
            recorded("{\"time\": \"2026-11-18T09:00:00Z\"}\n{\"time\": 5}\n"),
            recorded(""),
        ],
    );
}

#[test]
fn herds() {
    check(
        "herds",
        [
            herd(
                "    hosts: 5\n    at: hourly\n    service: ecr\n    calls: [GetAuthorizationToken]\n",
            ),
            herd(
                "    hosts: 5\n    at: hourli\n    service: ecr\n    calls: [GetAuthorizationToken]\n",
            ),
            herd("    hosts: 5\n    at: []\n    calls: [GetAuthorizationToken]\n"),
            herd("    hosts: 5\n    at: {cron: 0 25 * * *}\n    service: ecr\n"),
            herd(
                "    hosts: 5\n    at: {when: 5min}\n    service: ecr\n    calls: [x]\n    login: true\n",
            ),
            herd(
                "    hosts: 5\n    at: 5\n    pull: {client: docker-classic, images: [a]}\n    retry: none\n",
            ),
            herd("    hosts: 5\n    at: 5min\n    service: ecr\n    calls: [x]\n    login: true\n"),
            herd("    hosts: 5\n    at: [5min]\n"),
            herd("    hosts: 5\n    at: 5min\n    calls: [x]\n"),
            herd(
                "    at: {fault_begins: ecr.down}\n    calls: [x]\n    pull: {client: x, images: [a]}\n",
            ),
        ],
    );
}

#[test]
fn tuning() {
    let tune = |text: &str| {
        let by = format!("tune:\n  {text}\nexpect:\n");
        let (_, said) = instead("expect:\n", &by);
        (text.to_owned(), said)
    };
    let retry = "    retry: none\n";
    let policy = GOOD.replace(
        retry,
        "    retry: {strategy: fixed, attempts: 3, delay: 1s}\n",
    );
    let loaded = format!(
        "{policy}load: {{path: workloads.ci.jobs, unit: jobs}}\ntune: {{workloads.ci.jobs: 4..40}}\n"
    );
    let fine = format!("{policy}tune: {{workloads.ci.retry.attempts: 3..20}}\n");
    assert_eq!(said(fine.as_bytes()), "nothing is wrong\n");
    check(
        "tuning",
        [
            instead("expect:\n", "tune: 3..20\nexpect:\n"),
            instead("expect:\n", "tune: {}\nexpect:\n"),
            tune("workloads.ci.jbos: 4..40"),
            tune("workloads..jobs: 4..40"),
            tune("variants.small: 4..40"),
            tune("workloads.ci.jobs: 40"),
            tune("workloads.ci.jobs: 40..4"),
            tune("workloads.ci.jobs: 4..4"),
            tune("workloads.ci.jobs: 1..64*1"),
            tune("workloads.ci.jobs: 1..99999999999999999999"),
            tune("workloads.ci.jobs: 1s..9"),
            tune("workloads.ci.jobs: {from: 1}"),
            tune("workloads.ci.jobs: [8]"),
            tune("workloads.ci.jobs: [8, 8]"),
            tune("workloads.ci.jobs: 0..8"),
            tune("workloads.ci.login: [per-image, per-jbo]"),
            tune("{workloads.ci.retry: [none, aws-legacy], workloads.ci.retry.attempts: 2..9}"),
            ("tune the load".to_owned(), said(loaded.as_bytes())),
        ],
    );
}
