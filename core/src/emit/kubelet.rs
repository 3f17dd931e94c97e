//! KubeletConfiguration: how a kubelet paces its pulls.
//!
//! Keys as in kubelet.config.k8s.io/v1beta1, read in November 2026: `registryPullQPS` is a whole
//! number, 0 is no limit; `maxParallelImagePulls` above 1 takes `serializeImagePulls: false`.

use super::Fragment;
use super::diff::{Both, Diff};
use crate::catalog::Owner;
use crate::report::model::Language;
use crate::scenario::model::{KubeletPulls, Workload};
use crate::units::Rate;

/// What a variant changes of kubelets; one configuration, as one is what a node has.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let kubelets = diff.kind(|workload: &Workload| match workload {
        Workload::KubernetesRollout(it) => Some(&it.kubelet.value),
        Workload::ScaleOut(it) => Some(&it.kubelet.value),
        _ => None,
    });
    let mut found: Vec<String> = Vec::new();
    for lines in kubelets.filter_map(|kubelet| lines(&kubelet)) {
        if !lines.is_empty() && !found.contains(&lines) {
            found.push(lines);
        }
    }
    let [lines] = found.as_slice() else {
        return Vec::new();
    };
    vec![Fragment {
        place:
            "the KubeletConfiguration of the nodes (EKS: nodeadm, AKS and GKE: node configuration)"
                .to_owned(),
        owner: Owner::You,
        language: Language::Yaml,
        text: format!(
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n{lines}"
        ),
        why: "the kubelet's own limiter refuses pulls before anything is sent, and a refused pull \
              backs off for 10 s to 300 s"
            .to_owned(),
        risk: "what the kubelets no longer hold back meets the registry, all nodes together; the \
               kubelets restart"
            .to_owned(),
        undo: "remove the keys and restart the kubelets".to_owned(),
    }]
}

/// The keys that change; `None` if one has no value for what is simulated.
fn lines(kubelet: &Both<'_, KubeletPulls>) -> Option<String> {
    let mut lines = String::new();
    if let Some(qps) = kubelet.changed(|it| it.qps) {
        // Left out, it is 5 (kubelet.config.k8s.io/v1beta1).
        let qps = qps.map_or(Some(5), whole_per_second)?;
        lines.push_str(&format!("registryPullQPS: {qps}\n"));
    }
    if let Some(burst) = kubelet.changed(|it| it.burst) {
        // Left out, it is 10.
        lines.push_str(&format!("registryBurst: {}\n", burst.unwrap_or(10)));
    }
    if let Some(serialize) = kubelet.changed(|it| it.serialize) {
        lines.push_str(&format!("serializeImagePulls: {serialize}\n"));
    }
    if let Some(Some(parallel)) = kubelet.changed(|it| it.parallel_max) {
        lines.push_str(&format!("maxParallelImagePulls: {parallel}\n"));
    }
    Some(lines)
}

/// A rate as a whole number a second, if it is one.
fn whole_per_second(rate: Rate) -> Option<u64> {
    let product = rate.count().checked_mul(1_000_000_000)?;
    product
        .is_multiple_of(rate.nanos())
        .then(|| product / rate.nanos())
}
