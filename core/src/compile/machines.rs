//! Machines that several workloads are on: they have to agree on what these are.

use super::problem::Problems;
use crate::catalog;
use crate::scenario::model::{KubeletPulls, Named, Workload};

/// Machines as the first workload that is on them describes them.
struct Known<'a> {
    name: &'a str,
    by: &'a str,
    hosts: u32,
    kubelet: Option<KubeletPulls>,
    /// Agents and runners on them, over which engine, by which workload.
    engines: Vec<(&'a str, &'a str, &'a str)>,
}

impl<'a> Known<'a> {
    /// What is known of a client that runs over another engine here.
    fn other_engine(&self, here: Option<(&str, &str)>) -> Option<(&'a str, &'a str, &'a str)> {
        let (client, engine) = here?;
        let mut known = self.engines.iter().copied();
        known.find(|(known, over, _)| *known == client && *over != engine)
    }
}

/// What starts the pulls of a workload, and the engine that it runs over.
fn engine(workload: &Workload) -> Option<(&str, &str)> {
    let section = &workload.moving()?.section;
    let client = catalog::client(&section.client.value)?;
    let engines = &client.wrapper()?.engines;
    let stated = section.engine.as_ref().map(|engine| engine.value.as_str());
    let engine = stated.or(engines.first().map(|choice| choice.client.as_str()));
    Some((&client.name, engine?))
}

/// Refuses workloads on the same machines that do not say the same of them.
pub(super) fn check(workloads: &[Named<Workload>], problems: &mut Problems) {
    let mut known: Vec<Known<'_>> = Vec::new();
    for named in workloads {
        let Some((machines, hosts)) = named.value.machines() else {
            continue;
        };
        let path = format!("workloads.{}.on", named.name);
        let mut refuse = |message: String, hint: &str| {
            problems.push(machines.place, &path, message, Some(hint.to_owned()));
        };
        let Some(hosts) = hosts else {
            let message = format!("how many machines `{}` are is not said", machines.value);
            refuse(message, "say how many: `hosts: 50`");
            continue;
        };
        let kubelet = named.value.kubelet();
        let engine = engine(&named.value);
        let engines = engine.map(|(client, engine)| (client, engine, named.name.as_str()));
        let Some(first) = known.iter_mut().find(|it| it.name == machines.value) else {
            known.push(Known {
                name: &machines.value,
                by: &named.name,
                hosts,
                kubelet,
                engines: engines.into_iter().collect(),
            });
            continue;
        };
        if first.hosts != hosts {
            let message = format!(
                "`{}` are {hosts} machines here and {} in `workloads.{}`",
                machines.value, first.hosts, first.by
            );
            refuse(
                message,
                "workloads on the same machines have as many of them",
            );
        } else if first.kubelet.is_some() && kubelet.is_some() && first.kubelet != kubelet {
            let message = format!(
                "the kubelets of `{}` have other settings here than in `workloads.{}`",
                machines.value, first.by
            );
            refuse(
                message,
                "a node has one kubelet: write the same `kubelet` in both",
            );
        } else if let Some((client, engine, by)) = first.other_engine(engine) {
            let message = format!(
                "{client} runs over another engine here than over {engine} in `workloads.{by}`"
            );
            refuse(
                message,
                "a machine has one: write the same `engine` in both",
            );
        }
        first.engines.extend(engines);
        first.kubelet = first.kubelet.or(kubelet);
    }
}
