//! Where to set what stands in none of the settings of a variant: nothing is told to do that nobody is
//! told where to do.

use super::{change, words};
use crate::catalog::Lever;
use crate::emit;
use crate::replicate::Prepared;
use crate::scenario::Document;
use crate::scenario::model::Workload;

/// What is set, each path with its value.
type Sets = Vec<(String, String)>;

/// Of what is in no text, the places where it is set.
pub(super) fn remarks(document: &Document, own: &Prepared, today: &Prepared) -> Vec<String> {
    let texts = texts(own, today);
    let mut found: Vec<(&Lever, Sets)> = Vec::new();
    for (lever, sets) in without_text(document, own, today, &texts) {
        match found.iter_mut().find(|it| it.0.applied == lever.applied) {
            Some((_, known)) => known.extend(sets),
            None => found.push((lever, sets)),
        }
    }
    let told = found.iter().map(|(lever, sets)| {
        let what = words::list(sets);
        let places = lever.applied.join("; ");
        match texts.is_empty() {
            true => format!("nothing is written to apply for {what}: set it in: {places}"),
            false => format!("{what}: in none of the settings to apply; set it in: {places}"),
        }
    });
    told.collect()
}

/// What somebody can set and no text says, but for what is told elsewhere.
fn without_text(
    document: &Document,
    own: &Prepared,
    today: &Prepared,
    texts: &[(String, String)],
) -> Vec<(&'static Lever, Sets)> {
    let scenario = &own.scenario;
    let load = scenario.load.as_ref().map(|load| &load.value.path);
    let settable = own.overrides.iter().filter_map(|set| {
        let lever = change::lever_of(scenario, today, &set.0)?;
        let told = is_told_elsewhere(own, &set.0, !texts.is_empty());
        (Some(&set.0) != load && !told).then(|| (lever, set.clone()))
    });
    // Of the same setting of two workloads one text may say both.
    let mut groups: Vec<(&'static Lever, Sets)> = Vec::new();
    for (lever, set) in settable {
        let is_same =
            |(known, value): &(String, String)| below(known) == below(&set.0) && *value == set.1;
        match groups.iter_mut().find(|it| it.1.iter().any(is_same)) {
            Some((_, sets)) => sets.push(set),
            None => groups.push((lever, vec![set])),
        }
    }
    groups.retain(|(_, sets)| {
        let others = own.overrides.iter().filter(|it| !sets.contains(it));
        let Ok(without) = document.with_all(others) else {
            // What does not stand without it is written with it.
            return texts.is_empty();
        };
        let same = Prepared::new(&own.name, &own.about, &own.overrides, &without)
            .is_ok_and(|without| self::texts(&without, today) == *texts);
        without != *scenario && (texts.is_empty() || same)
    });
    groups
}

/// Whether another remark says what to do about a path: that of CI systems, or that of machines.
fn is_told_elsewhere(own: &Prepared, path: &str, has_texts: bool) -> bool {
    match change::workload(&own.scenario, path) {
        Some(Workload::CiFanout(fanout)) => {
            has_texts || fanout.ci.is_some() && emit::is_said_by_ci(&own.scenario, path)
        }
        Some(Workload::ImagePulls(_)) => path.ends_with(".hosts"),
        _ => false,
    }
}

/// What is written for a variant: each text with its place.
pub(super) fn texts(of: &Prepared, today: &Prepared) -> Vec<(String, String)> {
    let settings = emit::settings(of, today, None).into_iter();
    settings.map(|it| (it.place, it.text)).collect()
}

/// A path without the name of what it is of.
fn below(path: &str) -> Vec<&str> {
    let mut names: Vec<&str> = path.split('.').collect();
    if names.len() > 1 {
        names.remove(1);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::tests::{of, variant};
    use crate::replicate::prepare;
    use crate::scenarios;

    #[test]
    fn of_each_variant_of_the_incidents_everything_is_written_or_told_where_to_set() {
        let mut seen = 0;
        for builtin in scenarios::BUILT_IN {
            let document = Document::parse(builtin.name, builtin.text.as_bytes()).unwrap();
            let prepared = prepare(&document, &[]).unwrap();
            for own in &prepared[1..] {
                let (today, scenario) = (&prepared[0], &own.scenario);
                let texts = texts(own, today);
                let told = remarks(&document, own, today).join("; ");
                for set in &own.overrides {
                    let is_lever = change::lever_of(scenario, today, &set.0).is_some();
                    if !is_lever || is_told_elsewhere(own, &set.0, !texts.is_empty()) {
                        continue;
                    }
                    let is_same =
                        |it: &&(String, String)| below(&it.0) == below(&set.0) && it.1 == set.1;
                    let others = own.overrides.iter().filter(|it| !is_same(it));
                    let without = document.with_all(others).ok();
                    let made = |it| Prepared::new("", "", &[], &it).ok();
                    // What does not stand without it is written with it.
                    let Some(without) = without.and_then(made) else {
                        continue;
                    };
                    let is_written = self::texts(&without, today) != texts;
                    let is_load = scenario
                        .load
                        .as_ref()
                        .is_some_and(|it| it.value.path == set.0);
                    let name = set.0.rsplit('.').next().unwrap_or_default();
                    let is_told = told.contains("set it in: ")
                        && (told.contains(name) || told.contains(&format!("{} for ", set.1)));
                    assert!(
                        is_written || is_load || is_told,
                        "{} {}: {set:?}: {told}",
                        builtin.name,
                        own.name
                    );
                    seen += usize::from(is_written) + usize::from(is_told);
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }

    #[test]
    fn who_asks_less_often_is_told_where_that_is_set() {
        let report = of("
pullstorm: 1
name: polls
services: {api: {latency: 0s, limiters: {calls: {bucket: {burst: 4, refill: 1/s}, status: 429}}}}
workloads:
  deploys: {kind: api-callers, service: api, callers: 4, calls: [deploy], rounds: 5, pause: 1s, retry: none}
variants:
  patient: {about: Asks less often, set: {workloads.deploys.pause: 10s}}
expect: [deploys.callers.failed == 0]
");
        let patient = variant(&report, "patient");
        let remarks = patient.change.as_ref().unwrap().remarks.join("; ");
        assert!(
            remarks.contains("pause of deploys 10s: set it in: the polling interval of the tool"),
            "{remarks}"
        );
        assert!(report.settings.iter().all(|it| it.variant != "patient"));
    }

    #[test]
    fn a_path_beside_others_that_are_written_is_told_with_its_place() {
        let text = include_str!("../../../scenarios/cron-at-the-full-hour.yaml");
        let from = text.find("variants:").unwrap();
        let text = format!(
            "{}variants:\n  v: {{set: {{workloads.cron.splay: {{uniform: [0s, 30min]}}, \
             workloads.cron.pull.behaviour: if-not-present}}}}\n",
            text[..from].replace("check: splay-half-hour\n", "")
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let told = remarks(&document, &prepared[1], &prepared[0]);
        let [told] = &told[..] else {
            panic!("{told:?}");
        };
        assert!(
            told.starts_with("pull.behaviour of cron if-not-present: in none of the settings"),
            "{told}"
        );
    }
}
