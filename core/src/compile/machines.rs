//! Machines that several workloads are on: they have to agree on what these are.

use super::problem::Problems;
use crate::scenario::model::{KubeletPulls, Named, Workload};

/// Machines as the first workload that is on them describes them.
struct Known<'a> {
    name: &'a str,
    by: &'a str,
    hosts: u32,
    kubelet: Option<KubeletPulls>,
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
        let Some(first) = known.iter_mut().find(|it| it.name == machines.value) else {
            known.push(Known {
                name: &machines.value,
                by: &named.name,
                hosts,
                kubelet,
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
        }
        first.kubelet = first.kubelet.or(kubelet);
    }
}
