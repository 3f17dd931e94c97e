//! Refuses what a run cannot hold in memory and calls that nobody could wait for.

use super::problem::Problems;
use crate::engine::Memory;
use crate::order::Arrange;
use crate::plan::{Plan, Step};

/// What a browser gives a page, in bytes.
const MEMORY_OF_PAGE: u64 = 2 << 30;

/// The most keys that limiters may have in all; their names are laid out with the plan.
pub(super) const KEYS_MAX: u64 = 20_000_000;

/// What the judge notes of one call, to work out the best possible.
const BYTES_PER_CALL: u64 = 16;

/// Checks a plan that is otherwise right; one run of it may take `memory` bytes.
pub(super) fn check(plan: &Plan, memory: u64, problems: &mut Problems) {
    let allowed = match usize::BITS {
        32 => memory.min(MEMORY_OF_PAGE),
        _ => memory,
    };
    let mut calls = 0u64;
    for workload in plan.workloads.iter().filter(|it| !it.background) {
        let blocks = &plan.blocks[workload.blocks.start as usize..workload.blocks.end as usize];
        let own = blocks.iter().fold(0u64, |calls, block| {
            let own = calls_of(plan, block.entry).saturating_mul(u64::from(block.count));
            calls.saturating_add(own)
        });
        if own > plan.events_max {
            let path = format!("workloads.{}", workload.name);
            let message = format!(
                "this workload makes {own} calls even if none is throttled; a run has {} events \
                 at most",
                plan.events_max
            );
            let hint = "lower the counts, or simulate a part of the time".to_owned();
            problems.push(None, &path, message, Some(hint));
        }
        calls = calls.saturating_add(own);
    }
    let memory = Memory::of(plan);
    let noted = calls.saturating_mul(BYTES_PER_CALL);
    let total = memory.total().saturating_add(noted);
    if total <= allowed {
        return;
    }
    let parts = [
        (
            memory.activities,
            "entities (jobs, tasks, pods, pulls, layers, callers ...)",
            "lower their number, or simulate a part and scale the limit with it",
        ),
        (
            memory.clients,
            "client objects",
            "lower the number of callers, let them share a client object, or use a retry policy \
             without budget and rate limiter",
        ),
        (
            memory.keys,
            "keys of limiters",
            "lower the number of hosts, or switch limiters by host or address that do not matter \
             off",
        ),
        (
            memory.shared,
            "caches and slots",
            "lower the number of hosts, slots or images",
        ),
        (
            noted,
            "calls",
            "lower the number of rounds, polls or callers",
        ),
    ];
    let mut largest = parts;
    largest.arrange_by_key(|(bytes, ..)| std::cmp::Reverse(*bytes));
    let (bytes, what, hint) = largest[0];
    let message = format!(
        "a run would take {} of memory, of which {} for {what}; it may take {}",
        in_words(total),
        in_words(bytes),
        in_words(allowed)
    );
    let enough = match total.div_ceil(1_000_000_000) {
        0 | 1 => format!("{}MB", total.div_ceil(1_000_000)),
        more => format!("{more}GB"),
    };
    let hint = match usize::BITS {
        // A page cannot have more.
        32 => hint.to_owned(),
        _ => format!(
            "{hint}; where the machine has as much, allow it: `memory: {enough}` in the scenario, or \
             `--memory {enough}`"
        ),
    };
    problems.push(None, "workloads", message, Some(hint));
}

/// Calls of one activity that runs the program at `entry`, if each succeeds at once.
fn calls_of(plan: &Plan, entry: u32) -> u64 {
    let program = plan.program(entry);
    let mut passes = vec![1u64; program.len()];
    for at in program.clone() {
        if let Step::Repeat { times, to, .. } = plan.steps[at] {
            for passes in &mut passes[to as usize - program.start..=at - program.start] {
                *passes = passes.saturating_mul(u64::from(times));
            }
        }
    }
    let steps = plan.steps[program].iter().zip(passes);
    steps
        .filter(|(step, _)| matches!(step, Step::Send { .. }))
        .fold(0, |calls, (_, passes)| calls.saturating_add(passes))
}

fn in_words(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes < 1e6 => format!("{:.1} kB", bytes / 1e3),
        bytes if bytes < 1e9 => format!("{:.1} MB", bytes / 1e6),
        bytes => format!("{:.1} GB", bytes / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;
    use crate::scenario::{Document, Problem};

    fn document(limiter: &str, workload: &str) -> Document {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{a: {{latency: 5ms, limiters: {{b: \
             {{{limiter}}}}}}}}}\nworkloads: {{c: {{kind: api-callers, service: a, calls: [d], \
             {workload}}}}}\n"
        );
        Document::parse("x", text.as_bytes()).unwrap()
    }

    fn compiled(limiter: &str, workload: &str) -> Result<Plan, Vec<Problem>> {
        compile(document(limiter, workload).scenario(), "today")
    }

    fn problems(limiter: &str, workload: &str) -> Vec<String> {
        let found = compiled(limiter, workload).err().unwrap_or_default();
        let words =
            |problem: Problem| format!("{}: {}", problem.message, problem.hint.unwrap_or_default());
        found.into_iter().map(words).collect()
    }

    const BUCKET: &str = "bucket: {burst: 1, refill: 1/s}";

    #[test]
    fn a_log_that_is_too_large_for_all_its_hosts_is_refused_and_not_built() {
        let log = "window: {limit: 1000000 per 1min, kind: sliding}, scope: host";
        assert_eq!(problems(log, "callers: 60"), [""; 0]);
        let found = problems(log, "callers: 1000");
        assert!(found[0].contains("for each of 1000 keys"), "{found:?}");
    }

    #[test]
    fn what_does_not_fit_in_memory_is_refused_with_its_largest_part() {
        let adaptive = "callers: 9000000, retry: aws-adaptive";
        let found = problems(BUCKET, adaptive);
        assert!(found[0].contains("it may take 2.1 GB"), "{found:?}");
        assert!(found[0].contains("client objects"), "{found:?}");
        let (_, flag) = found[0].split_once("`--memory ").unwrap();
        let enough = flag.trim_end_matches('`');
        let allowed = document(BUCKET, adaptive).set("memory", enough).unwrap();
        assert!(compile(allowed.scenario(), "today").is_ok(), "{enough}");
        assert!(found[0].contains("share a client object"), "{found:?}");
        let hosts = "window: {limit: 7 per 1min, kind: sliding}, scope: host";
        let found = problems(hosts, "callers: 9000000");
        assert!(found[0].contains("hosts"), "{found:?}");
        let found = problems(BUCKET, "callers: 100, rounds: 2000000, pause: 1s");
        assert!(found[0].contains("rounds"), "{found:?}");
    }

    #[test]
    fn the_most_entities_that_are_allowed_fit_in_memory() {
        let plan = compiled(BUCKET, "callers: 10000000, retry: none").unwrap();
        let total = Memory::of(&plan).total();
        assert!(total > 10_000_000 * 64 && total < MEMORY_OF_PAGE, "{total}");
    }

    #[test]
    fn calls_of_loops_within_loops_multiply() {
        let plan = compiled(
            BUCKET,
            "rounds: 7, pause: 1s, poll: {every: 1s, times: 5, calls: [e]}",
        );
        let plan = plan.unwrap();
        assert_eq!(calls_of(&plan, plan.blocks[0].entry), 7 + 5);
    }

    #[test]
    fn more_calls_than_a_run_has_events_are_refused() {
        let found = problems(BUCKET, "callers: 3, rounds: 1000000000, pause: 1s");
        assert!(found[0].contains("3000000000 calls"), "{found:?}");
    }
}
