//! What is set of a fan-out that the file of its CI system does not say, and what to do instead.
//!
//! `max_auto_reruns` as in CircleCI's guide "Automatic reruns", `when: delayed` as in GitLab's "Control how
//! jobs run", both read in November 2026.

use super::{begins_in_parts_of_a_second, distance, spread, whole_seconds};
use crate::emit::diff::Both;
use crate::emit::{Fragment, circleci, github_actions, gitlab};
use crate::scenario::model::{CiFanout, CiSystem, Login, Scenario, Workload};

/// A setting of a fan-out that no text says.
#[derive(Clone, Eq, PartialEq, Debug)]
pub(crate) struct Unsaid {
    /// Where it is in the scenario, and its value.
    pub set: (String, String),
    /// The CI system whose file does not say it; `None`: the scenario does not say which it is.
    pub system: Option<&'static str>,
    /// What to do instead, where there is something better than to make it so by hand.
    pub instead: Option<&'static str>,
}

/// What the file of a CI system may say of a fan-out.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
enum Key {
    Login,
    Begin,
    LaunchSpread,
    Waves,
    Images,
    Runners,
    Rerun,
}

impl Key {
    /// The workload that a path is of, and which of its keys it leads to.
    fn of(path: &str) -> Option<(&str, Key)> {
        let (name, below) = path.strip_prefix("workloads.")?.split_once('.')?;
        let key = match below.split('.').next()? {
            "login" => Key::Login,
            "begin" => Key::Begin,
            "launch_spread" => Key::LaunchSpread,
            "waves" => Key::Waves,
            "images" => Key::Images,
            "runners" => Key::Runners,
            "rerun" => Key::Rerun,
            _ => return None,
        };
        Some((name, key))
    }

    /// The fan-out with this as it is today; `None` where it is.
    fn undone(self, own: &CiFanout, today: &CiFanout) -> Option<CiFanout> {
        let mut undone = own.clone();
        match self {
            Key::Login => undone.login = today.login,
            Key::Begin => undone.workflows = today.workflows.clone(),
            Key::LaunchSpread => undone.launch_spread = today.launch_spread,
            Key::Waves => undone.waves = today.waves,
            Key::Images => undone.images = today.images,
            Key::Runners => undone.runners = today.runners,
            Key::Rerun => undone.rerun = today.rerun,
        }
        (undone != *own).then_some(undone)
    }
}

/// Whether a path is one of those that the file of a CI system may say.
pub(crate) fn is_said_by_ci(scenario: &Scenario, path: &str) -> bool {
    Key::of(path).is_some_and(|(name, _)| fan_out(scenario, name).is_some())
}

/// The overrides of fan-outs without which the same would be written.
pub(crate) fn unsaid(
    own: &Scenario,
    today: &Scenario,
    overrides: &[(String, String)],
) -> Vec<Unsaid> {
    let unsaid = overrides.iter().filter_map(|set| {
        let (name, key) = Key::of(&set.0)?;
        let fanout = Both {
            name,
            own: fan_out(own, name)?,
            today: fan_out(today, name)?,
        };
        is_unsaid(&fanout, key).then(|| Unsaid {
            set: set.clone(),
            system: fanout.own.ci.map(called),
            instead: fanout.own.ci.and_then(|ci| instead(ci, key, &fanout)),
        })
    });
    unsaid.collect()
}

fn fan_out<'s>(scenario: &'s Scenario, name: &str) -> Option<&'s CiFanout> {
    let mut workloads = scenario.workloads.iter();
    match &workloads.find(|it| it.name == name)?.value {
        Workload::CiFanout(fanout) => Some(fanout),
        _ => None,
    }
}

fn is_unsaid(fanout: &Both<'_, CiFanout>, key: Key) -> bool {
    // Machines that keep a login are told of where that is moved to them.
    if key == Key::Runners && fanout.changed(|it| it.login) == Some(Login::PerHost) {
        return false;
    }
    let Some(undone) = key.undone(fanout.own, fanout.today) else {
        return false;
    };
    let without = Both {
        own: &undone,
        ..*fanout
    };
    texts(fanout) == texts(&without)
}

/// What is written of a fan-out, and where.
fn texts(fanout: &Both<'_, CiFanout>) -> Vec<(String, String)> {
    let fragments: Vec<Fragment> = match fanout.own.ci {
        None => Vec::new(),
        Some(CiSystem::CircleCi) => circleci::fragment(fanout).into_iter().collect(),
        Some(CiSystem::GitHubActions) => github_actions::fragment(fanout).into_iter().collect(),
        Some(CiSystem::GitLab) => gitlab::fragments(fanout),
    };
    let told = fragments.into_iter().map(|it| (it.place, it.text));
    told.collect()
}

fn called(system: CiSystem) -> &'static str {
    match system {
        CiSystem::CircleCi => "CircleCI",
        CiSystem::GitHubActions => "GitHub Actions",
        CiSystem::GitLab => "GitLab CI",
    }
}

fn instead(system: CiSystem, key: Key, fanout: &Both<'_, CiFanout>) -> Option<&'static str> {
    use CiSystem::{CircleCi, GitHubActions, GitLab};
    Some(match (key, system) {
        (Key::LaunchSpread, _) if whole_seconds(fanout.own.launch_spread) < 2 => {
            "a sleep takes whole seconds: spread jobs over 2 s or more"
        }
        (Key::LaunchSpread, _) if spread(fanout.own).is_none() => {
            "a wave of one job has nothing to spread: write fewer waves"
        }
        (Key::LaunchSpread, GitLab) => {
            "the runner pulls and logs in before the first line of a job: set `login: per-job`, so that the \
             script does and can sleep first, or split the jobs into groups with `when: delayed`"
        }
        (Key::LaunchSpread, GitHubActions) => {
            "images of `container` and `services` are pulled before the first step: set `login: per-job` or \
             `login: per-host`, so that steps pull them and can sleep first"
        }
        (Key::Begin, _) if begins_in_parts_of_a_second(fanout.own) => {
            "a sleep takes whole seconds: keep workflows a whole number of seconds apart"
        }
        (Key::Begin, GitHubActions) if distance(fanout).is_some() => {
            "no more than 100 workflows wait in a concurrency group, others are cancelled: have what starts \
             the workflows keep them apart"
        }
        (Key::Begin, _) => "have what starts the workflows (a schedule, a queue) keep them apart",
        (Key::Rerun, CircleCi) => {
            "`max_auto_reruns: N` of the workflow comes near: it runs failed jobs again, at most 5 times, but \
             when the workflow has ended, whatever they failed of, and after no delay that can be set"
        }
        (Key::Rerun, GitHubActions) => {
            "run the failed jobs again by hand, or by `gh run rerun --failed` of a scheduled workflow"
        }
        (Key::Rerun, GitLab) => {
            "`retry` runs a job again at once and at most twice, and only one that logs in: set `times` to 1 \
             or 2 without `delay`, or have the script of the job try its login again after a sleep"
        }
        (Key::Images, _) => "leave out of each job the images that its tests do not use",
        (Key::Runners, GitHubActions) => {
            "`max-parallel` counts the jobs of one workflow run: set how many jobs run at once where the \
             machines are set up"
        }
        (Key::Runners, _) => "set how many jobs run at once where the machines are set up",
        (Key::Login | Key::Waves | Key::LaunchSpread, _) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::ci::incident;

    /// What the only variant of the incident sets in vain, each with what to do instead.
    fn told(system: &str, today: &[(&str, &str)], set: &str) -> String {
        let prepared = incident(system, today, set);
        let (own, today) = (&prepared[1], &prepared[0]);
        let unsaid = unsaid(&own.scenario, &today.scenario, &own.overrides);
        let tell = |it: &Unsaid| format!("{}: {}", it.set.0, it.instead.unwrap_or("-"));
        unsaid.iter().map(tell).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_spread_is_unsaid_where_no_line_of_a_job_comes_before_its_login() {
        let spread = "workloads.ci.launch_spread: 1min";
        let with = |login: &str| format!("{spread}, workloads.ci.login: {login}");
        assert!(told("gitlab", &[], spread).contains("set `login: per-job`"));
        assert!(told("github-actions", &[], &with("per-workflow")).contains("`login: per-host`"));
        assert_eq!(told("gitlab", &[], &with("per-job")), "");
        assert_eq!(told("github-actions", &[], &with("per-host")), "");
        assert_eq!(told("circleci", &[], spread), "");
    }

    #[test]
    fn a_spread_below_two_seconds_is_unsaid_everywhere() {
        for system in ["circleci", "github-actions", "gitlab"] {
            let set = "workloads.ci.launch_spread: 900ms, workloads.ci.login: per-job";
            let told = told(system, &[], set);
            assert!(
                told.contains("launch_spread: a sleep takes whole seconds"),
                "{told}"
            );
        }
    }

    #[test]
    fn a_distance_of_no_whole_seconds_is_unsaid_everywhere() {
        for system in ["circleci", "github-actions", "gitlab"] {
            for every in ["250ms", "1.5s"] {
                let told = told(
                    system,
                    &[],
                    &format!("workloads.ci.begin: {{every: {every}}}"),
                );
                assert!(told.contains("a whole number of seconds apart"), "{told}");
            }
            assert_eq!(told(system, &[], "workloads.ci.begin: {every: 2s}"), "");
        }
    }

    #[test]
    fn a_rerun_is_said_by_gitlab_alone_and_only_without_delay() {
        let later = "workloads.ci.rerun: {times: 2, delay: 1min}";
        assert!(told("gitlab", &[], later).contains("`retry` runs a job again at once"));
        assert_eq!(told("gitlab", &[], "workloads.ci.rerun: {times: 2}"), "");
        assert!(told("circleci", &[], later).contains("max_auto_reruns"));
    }

    #[test]
    fn more_workflows_than_may_wait_are_kept_apart_by_what_starts_them() {
        let set = "workloads.ci.begin: {every: 48s}";
        assert_eq!(told("github-actions", &[], set), "");
        let many = [("workflows: 2", "workflows: 200")];
        assert!(told("github-actions", &many, set).contains("no more than 100"));
        assert_eq!(told("circleci", &many, set), "");
    }

    #[test]
    fn what_is_set_to_what_it_is_today_is_not_missed() {
        assert_eq!(told("gitlab", &[], "workloads.ci.launch_spread: 0s"), "");
    }
}
