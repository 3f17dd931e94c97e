//! Which variants hold at the load that somebody asks for, and by how much: the first lines of a capacity
//! report that was asked with a target.

use super::article::Article;
use super::capacity_article::amount;
use super::page::Tone;
use super::words;
use crate::capacity::{Capacity, Load, VariantCapacity};
use crate::judge::Status;
use crate::order::Arrange;

/// The lines; none where no target was asked for.
pub(super) fn target(capacity: &Capacity, article: &mut Article) {
    let Some(target) = &capacity.target else {
        return;
    };
    let named = target.named(&capacity.unit);
    let of = |wanted: Status| {
        let mut variants: Vec<&VariantCapacity> = capacity.variants.iter().collect();
        variants.retain(|it| fate(it, target) == wanted);
        // With the most room first.
        variants.arrange_by(|a, b| room(b, target).total_cmp(&room(a, target)));
        let told = variants.into_iter().map(|it| told(capacity, it, target));
        told.collect::<Vec<String>>().join("; ")
    };
    // What is not known may hold.
    let mut fates = capacity.variants.iter().map(|it| fate(it, target));
    let nothing = match fates.all(|it| it == Status::Broken) {
        true => "nothing here holds at",
        false => "nothing here is known to hold at",
    };
    let lines = [
        (Status::Met, Tone::Good, "these hold at", nothing),
        (Status::Broken, Tone::Bad, "these do not hold at", ""),
        (Status::Undecided, Tone::Warn, "these are undecided at", ""),
        (
            Status::Skipped,
            Tone::Warn,
            "of too few entities for a quantile that is expected, these are not judged at",
            "",
        ),
    ];
    let mut label = "TARGET";
    for (status, tone, words, otherwise) in lines {
        let text = match of(status).as_str() {
            "" if otherwise.is_empty() => continue,
            "" => format!("{otherwise} {named}"),
            variants => format!("{words} {named}: {variants}"),
        };
        let tone = if text.starts_with(words) {
            tone
        } else {
            Tone::Bad
        };
        article.fact(label, tone, text);
        label = "";
    }
}

/// Whether a variant holds at a target: as was simulated there, else by where its border is.
fn fate(variant: &VariantCapacity, target: &Load) -> Status {
    let simulated = variant.quota.as_ref().filter(|it| it.target == *target);
    let reaches = |load: &Option<Load>, beyond: bool| {
        let load = load.as_ref();
        load.is_some_and(|load| match variant.falling != beyond {
            false => load.value >= target.value,
            true => load.value <= target.value,
        })
    };
    match simulated.and_then(|it| it.verdict) {
        Some(decided @ (Status::Met | Status::Broken | Status::Skipped)) => decided,
        _ if reaches(&variant.holds_to, false) => Status::Met,
        _ if reaches(&variant.fails_from, true) => Status::Broken,
        _ => Status::Undecided,
    }
}

/// How much more load than the target would hold; negative if less does.
fn room(variant: &VariantCapacity, target: &Load) -> f64 {
    let Some(holds) = &variant.holds_to else {
        return f64::NEG_INFINITY;
    };
    match variant.falling {
        false => holds.value - target.value,
        true => target.value - holds.value,
    }
}

/// `today (to 6, 2 more: +50 %)`.
fn told(capacity: &Capacity, variant: &VariantCapacity, target: &Load) -> String {
    let name = &variant.name;
    if fate(variant, target) == Status::Skipped {
        return name.clone();
    }
    let Some(holds) = &variant.holds_to else {
        return format!("{name} (at no load that was tried)");
    };
    let way = if variant.falling { "from" } else { "to" };
    let more = match (variant.or_more, variant.falling) {
        (true, false) => " or more",
        (true, true) => " or less",
        (false, _) => "",
    };
    let room = room(variant, target);
    let by = amount(room.abs(), capacity.measure);
    // Of what serves the load, more room is less of the number.
    let compared = match (room > 0.0, variant.falling) {
        (true, false) | (false, true) => "more",
        (false, false) | (true, true) => "less",
    };
    let difference = match room {
        0.0 if variant.or_more => String::new(),
        0.0 => format!(
            ", nothing {}",
            if variant.falling { "less" } else { "more" }
        ),
        room if room < 0.0 && fate(variant, target) == Status::Met => match variant.or_more {
            true => ", where the range ends".to_owned(),
            false => " and here again: no load to plan with".to_owned(),
        },
        // Between the end of the range and the target nobody looked.
        room if room < 0.0 && variant.or_more => ", where the range ends".to_owned(),
        _ if target.value == 0.0 => format!(", {by} {compared}"),
        room => {
            let percent = (room.abs() / target.value * 1_000.0).round() / 10.0;
            let sign = if compared == "more" { "+" } else { "-" };
            format!(", {by} {compared}: {sign}{} %", words::number(percent))
        }
    };
    format!("{name} ({way} {}{more}{difference})", holds.text)
}

#[cfg(test)]
mod tests {
    use crate::capacity::{Options, capacity};
    use crate::replicate::Sequential;
    use crate::report::capacity_article;
    use crate::scenario::Document;
    use crate::scenarios::built_in;

    /// The lines before those of the borders: *today* holds to one workflow, with a login a job it is six.
    fn first_lines(only: &[&str], target: Option<&str>) -> String {
        let scenario = built_in("circleci-ecr-fanout").unwrap();
        let document = Document::parse(scenario.name, scenario.text.as_bytes()).unwrap();
        let options = Options {
            only: only.iter().map(|name| (*name).to_owned()).collect(),
            target: target.map(str::to_owned),
            ..Options::of(&document)
        };
        let found = capacity(&document, &options, &Sequential).unwrap().unwrap();
        let told = capacity_article(&found).markdown();
        let (first, _) = told.split_once("HOLDS TO").unwrap();
        first.to_owned()
    }

    #[test]
    fn who_asks_for_a_target_reads_first_who_holds_it_and_by_how_much() {
        let told = first_lines(&["login-per-job"], Some("4"));
        for line in [
            "hold at 4 workflows: login-per-job (to 6, 2 more: +50 %)",
            "do not hold at 4 workflows: today (to 1, 3 less: -75 %)",
        ] {
            assert!(told.contains(line), "{told}");
        }
        let border = first_lines(&["login-per-job"], Some("6"));
        assert!(
            border.contains("login-per-job (to 6, nothing more)"),
            "{border}"
        );
    }

    #[test]
    fn a_target_that_nothing_holds_says_so() {
        let told = first_lines(&["login-per-job"], Some("7"));
        assert!(told.contains("nothing here holds at 7 workflows"), "{told}");
        let both = "do not hold at 7 workflows: login-per-job (to 6, 1 less: -14.3 %); today (to 1, 6 less: -85.7 %)";
        assert!(told.contains(both), "{told}");
    }

    #[test]
    fn a_target_beyond_the_range_is_simulated_all_the_same() {
        let told = first_lines(&["login-per-workflow"], Some("80"));
        assert!(
            told.contains(
                "hold at 80 workflows: login-per-workflow (to 64 or more, where the range ends)"
            ),
            "{told}"
        );
    }

    #[test]
    fn a_target_at_which_nothing_is_judged_is_not_told_as_held() {
        // Nine of ten take ten callers: sixteen are judged, and eight are not.
        let text = "
pullstorm: 1
name: toy
services: {s: {latency: 1ms, limiters: {l: {bucket: {burst: 1000, refill: 1/s}}}}}
workloads: {w: {kind: api-callers, service: s, calls: [c], callers: 4, retry: aws-legacy}}
load: {path: workloads.w.callers, up_to: 16, unit: callers}
expect: [w.callers.start_delay.p90 <= 1s]
";
        let document = Document::parse("toy", text.as_bytes()).unwrap();
        let options = Options {
            target: Some("8".to_owned()),
            ..Options::of(&document)
        };
        let found = capacity(&document, &options, &Sequential).unwrap().unwrap();
        assert_eq!(found.variants[0].holds_to.as_ref().unwrap().text, "16");
        let told = capacity_article(&found).markdown();
        let (first, _) = told.split_once("HOLDS TO").unwrap();
        assert!(
            first.contains("nothing here is known to hold at 8 callers"),
            "{told}"
        );
        assert!(
            first.contains("these are not judged at 8 callers: today"),
            "{told}"
        );
        assert!(!first.contains("these hold at"), "{told}");
    }

    #[test]
    fn nobody_is_told_of_a_target_who_asked_for_none() {
        assert!(!first_lines(&["login-per-job"], None).contains("TARGET"));
    }
}
