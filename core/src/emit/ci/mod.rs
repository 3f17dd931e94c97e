//! What the fragments of all CI systems have in common.

mod entries;
mod later;
mod unsaid;

pub(super) use entries::{Entry, entries, of_wave, spread};
pub(super) use later::later;
pub(crate) use unsaid::{Unsaid, is_said_by_ci, unsaid};

use super::Fragment;
use super::diff::{Both, Diff};
use crate::catalog::Owner;
use crate::order::Arrange;
use crate::report::model::Language;
use crate::scenario::model::{Arrivals, CiFanout, CiSystem, Workload};
use crate::units::Span;

/// The fan-outs that the scenario says this system runs.
pub(super) fn fan_outs<'p>(
    diff: &Diff<'p>,
    system: CiSystem,
) -> impl Iterator<Item = Both<'p, CiFanout>> {
    let fan_outs = diff.kind(|workload: &Workload| match workload {
        Workload::CiFanout(fanout) => Some(fanout),
        Workload::ApiCallers(_)
        | Workload::ImagePulls(_)
        | Workload::ImagePushes(_)
        | Workload::SwarmService(_)
        | Workload::EcsDeployment(_)
        | Workload::KubernetesRollout(_)
        | Workload::ScaleOut(_)
        | Workload::Herd(_)
        | Workload::Replay(_) => None,
    });
    fan_outs.filter(move |it| it.own.ci == Some(system))
}

/// What is told of a change that is written into a file.
pub(super) struct Said {
    pub why: String,
    pub risk: &'static str,
    pub undo: &'static str,
}

/// Why a machine logs in, and not each of its jobs.
pub(super) const ONE_LOGIN_A_MACHINE: &str = "one GetAuthorizationToken a machine while its token lasts: \
                                              the Amazon ECR credential helper keeps it in a file";

/// Why a job logs in once, and what of it pulls then.
pub(super) fn one_login_a_job(pulled_by: &str) -> String {
    format!(
        "one GetAuthorizationToken a job instead of one an image: images are pulled by {pulled_by}, \
         after a single login"
    )
}

/// No waves any more, where `whole` is what the system calls all jobs of a run.
pub(super) fn all_at_once(whole: &str) -> Said {
    Said {
        why: format!("all jobs of a {whole} come at once"),
        risk: "all of them meet the limit together",
        undo: "write the waves again",
    }
}

/// The fragment of all that a variant changes in one file of a CI system. What it changes of the same
/// jobs is one text: pieces of it would each define the jobs anew, and not as the others do.
pub(super) fn in_one(place: String, text: String, said: &[Said]) -> Option<Fragment> {
    let told = |of: &dyn Fn(&Said) -> String| {
        let told: Vec<String> = said.iter().map(of).collect();
        told.join("; ")
    };
    (!said.is_empty()).then(|| Fragment {
        place,
        owner: Owner::You,
        language: Language::Yaml,
        text,
        why: told(&|it| it.why.clone()),
        risk: told(&|it| it.risk.to_owned()),
        undo: told(&|it| it.undo.to_owned()),
    })
}

/// How many jobs each of so many groups gets.
pub(super) fn shares(jobs: u32, groups: u32) -> impl Iterator<Item = u32> {
    (0..groups).map(move |group| jobs / groups + u32::from(group < jobs % groups))
}

/// Seconds from one workflow to the next, if the variant gives them another distance than today, one
/// at all, and one of whole seconds: a job that sleeps keeps no other, and a longer one adds up over
/// many workflows.
pub(super) fn distance(fanout: &Both<'_, CiFanout>) -> Option<u64> {
    let distance = fanout.changed(|it| shortest_distance(&it.workflows))??;
    let is_kept = !distance.is_zero() && !in_part_of_a_second(distance);
    is_kept.then(|| whole_seconds(distance))
}

/// Whether the variant keeps workflows apart by a time that is no whole number of seconds.
fn begins_in_parts_of_a_second(fanout: &CiFanout) -> bool {
    shortest_distance(&fanout.workflows).is_some_and(in_part_of_a_second)
}

fn in_part_of_a_second(span: Span) -> bool {
    !span.as_nanos().is_multiple_of(1_000_000_000)
}

/// The shortest time between two workflows that do not begin together.
fn shortest_distance(arrivals: &Arrivals) -> Option<Span> {
    match arrivals {
        Arrivals::Every { count, every, .. } => (*count > 1).then_some(*every),
        Arrivals::At(times) => {
            let mut times = times.clone();
            times.arrange();
            let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
            gaps.min()
        }
        Arrivals::Random { .. } | Arrivals::Herd(_) => None,
    }
}

/// That the answer speaks of more workflows at once than a text holds for, if it does.
pub(super) fn beyond(diff: &Diff<'_>, fanout: &str, most: u64) -> Option<String> {
    let load = diff.own.scenario.load.as_ref()?;
    let (own, _) = diff.figures?;
    let holds = own.holds_to.as_ref()?.load;
    let is_of = load.value.path == format!("workloads.{fanout}.workflows");
    (is_of && u64::from(holds) > most).then(|| {
        format!(
            "; this text holds for {most} {} at once, not for the {holds} that the figures hold to",
            if most == 1 { "workflow" } else { "workflows" }
        )
    })
}

/// Seconds, the next whole number of them.
pub(super) fn whole_seconds(span: Span) -> u64 {
    span.as_nanos().div_ceil(1_000_000_000)
}

/// The fragments that `settings` writes for the incident on this CI system, whose only variant sets
/// this.
#[cfg(test)]
pub(super) fn of_incident(
    system: &str,
    set: &str,
    settings: fn(&Diff<'_>) -> Vec<Fragment>,
) -> Vec<Fragment> {
    of_incident_with(system, &[], set, settings)
}

/// The same where other words of today are replaced first.
#[cfg(test)]
pub(super) fn of_incident_with(
    system: &str,
    today: &[(&str, &str)],
    set: &str,
    settings: fn(&Diff<'_>) -> Vec<Fragment>,
) -> Vec<Fragment> {
    use crate::yaml;

    let prepared = incident(system, today, set);
    let found = settings(&Diff::of(&prepared[1], &prepared[0]));
    for fragment in found.iter().filter(|it| it.language == Language::Yaml) {
        yaml::read(&fragment.text, yaml::SourceId::FILE).unwrap();
    }
    found
}

/// The fan-out of the incident's only variant, which sets this.
#[cfg(test)]
pub(super) fn fan_out_of_incident(set: &str) -> CiFanout {
    let prepared = incident("circleci", &[], set);
    match &prepared[1].scenario.workloads[0].value {
        Workload::CiFanout(fanout) => fanout.clone(),
        other => panic!("{other:?}"),
    }
}

/// The incident on this CI system, with other words today, and its only variant, which sets this.
#[cfg(test)]
pub(super) fn incident(
    system: &str,
    today: &[(&str, &str)],
    set: &str,
) -> Vec<crate::replicate::Prepared> {
    use crate::replicate::prepare;
    use crate::scenario::Document;

    let text = include_str!("../../../../scenarios/circleci-ecr-fanout.yaml");
    let from = text.find("variants:").unwrap();
    let mut text = text[..from].replace("ci: circleci", &format!("ci: {system}"));
    for (known, other) in today {
        assert!(text.contains(known), "{known}");
        text = text.replace(known, other);
    }
    let text = format!("{text}variants: {{v: {{set: {{{set}}}}}}}\n");
    let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
    prepare(&document, &[]).unwrap()
}
