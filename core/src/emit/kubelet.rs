//! KubeletConfiguration: how a kubelet paces its pulls.
//!
//! Keys as in kubelet.config.k8s.io/v1beta1, read in November 2026: `registryPullQPS` is a whole
//! number, 0 is no limit; `maxParallelImagePulls` above 1 takes `serializeImagePulls: false`, and a
//! kubelet does not start with a configuration that its validation refuses.

use super::Fragment;
use super::diff::Diff;
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
    let mut found: Vec<(KubeletPulls, KubeletPulls)> = Vec::new();
    for kubelet in kubelets {
        let pair = (*kubelet.own, *kubelet.today);
        if pair.0 != pair.1 && !found.contains(&pair) {
            found.push(pair);
        }
    }
    let [(own, today)] = found.as_slice() else {
        return Vec::new();
    };
    let (Some(lines), Some(before)) = (lines(own, today), lines(today, own)) else {
        return Vec::new();
    };
    let (why, risk) = effect(own, today);
    vec![Fragment {
        place:
            "the KubeletConfiguration of the nodes (EKS: nodeadm, AKS and GKE: node configuration)"
                .to_owned(),
        owner: Owner::You,
        language: Language::Yaml,
        text: format!(
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n{lines}"
        ),
        why,
        risk,
        undo: format!(
            "write {} and restart the kubelets",
            before.lines().collect::<Vec<_>>().join(", ")
        ),
    }]
}

/// The keys in which a configuration differs from another, with its values; `None` if one has no value
/// for what is simulated.
fn lines(own: &KubeletPulls, other: &KubeletPulls) -> Option<String> {
    let mut lines = String::new();
    if own.qps != other.qps {
        // Left out, it is 5 (kubelet.config.k8s.io/v1beta1).
        let qps = own.qps.map_or(Some(5), whole_per_second)?;
        lines.push_str(&format!("registryPullQPS: {qps}\n"));
    }
    if own.burst != other.burst {
        // Left out, it is 10.
        lines.push_str(&format!("registryBurst: {}\n", own.burst.unwrap_or(10)));
    }
    if own.serialize != other.serialize {
        lines.push_str(&format!("serializeImagePulls: {}\n", own.serialize));
    }
    match (own.serialize, own.parallel_max) {
        // Above 1 it would be refused beside serialised pulls, wherever it came from.
        (true, _) if other.parallel_max.is_some() => {
            lines.push_str("maxParallelImagePulls: 1\n");
        }
        (false, Some(parallel))
            if (own.serialize, own.parallel_max) != (other.serialize, other.parallel_max) =>
        {
            lines.push_str(&format!("maxParallelImagePulls: {parallel}\n"));
        }
        _ => {}
    }
    Some(lines)
}

/// What the change does, and what may go wrong.
fn effect(own: &KubeletPulls, today: &KubeletPulls) -> (String, String) {
    let mut does = Vec::new();
    let mut risks = vec!["the kubelets restart"];
    if own.qps != today.qps || own.burst != today.burst {
        does.push(
            "the kubelet's own limiter refuses pulls before anything is sent, and a refused pull backs \
             off for 10 s to 300 s",
        );
        risks.push("what the kubelets no longer hold back meets the registry, all nodes together");
    }
    if own.serialize && !today.serialize {
        does.push(
            "a node pulls one image after another, so that all nodes together ask for less at once",
        );
        risks.push("a large image holds up all others of its node");
        if today.parallel_max.is_none() {
            risks.push(
                "maxParallelImagePulls above 1 contradicts serializeImagePulls: true, and the kubelet does \
                 not start with both: where yours is set, remove it or write 1",
            );
        }
    }
    if !own.serialize && today.serialize || own.parallel_max != today.parallel_max {
        does.push("so many images are pulled at once on a node as it says");
        risks.push("pulls share the bandwidth of their node");
    }
    (does.join("; "), risks.join("; "))
}

/// A rate as a whole number a second, if it is one.
fn whole_per_second(rate: Rate) -> Option<u64> {
    let product = rate.count().checked_mul(1_000_000_000)?;
    product
        .is_multiple_of(rate.nanos())
        .then(|| product / rate.nanos())
}

#[cfg(test)]
mod tests {
    use crate::emit::{self, Settings};
    use crate::replicate::prepare;
    use crate::scenario::Document;

    /// The configuration of the only variant of a scale-out whose kubelets are as `today` says.
    fn configuration(today: &str, set: &str) -> Settings {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{hub: {{preset: docker-hub-paid}}}}\nimages: {{app: {{registry: \
             hub, layers: 1, size: 1MB}}}}\nworkloads:\n  nodes: {{kind: scale-out, nodes: 2, wave: 2, every: \
             1min, pods: 1, kubelet: {{{today}}}, pull: {{client: kubelet, images: app}}, identity: {{address: \
             nat}}}}\nvariants: {{v: {{set: {{workloads.nodes.kubelet: {{{set}}}}}}}}}\n"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let mut found = emit::settings(&prepared[1], &prepared[0], None).into_iter();
        found.find(|it| it.target == "kubelet").unwrap()
    }

    #[test]
    fn who_serialises_pulls_is_told_what_contradicts_it() {
        let serialised = configuration("serialize_pulls: false", "serialize_pulls: true");
        assert!(serialised.text.ends_with("serializeImagePulls: true\n"));
        assert!(
            serialised.risk.contains(
                "maxParallelImagePulls above 1 contradicts serializeImagePulls: true, and the kubelet does \
                 not start with both"
            ),
            "{}",
            serialised.risk
        );
        let known = "serialize_pulls: false, parallel_max: 4";
        let written = configuration(known, "serialize_pulls: true");
        assert!(
            written.text.contains("maxParallelImagePulls: 1\n"),
            "{}",
            written.text
        );
        assert!(!written.risk.contains("contradicts"), "{}", written.risk);
    }
}
