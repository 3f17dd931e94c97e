//! `kind: kubernetes-rollout`: a rolling update of a Kubernetes deployment.

use super::choice::{Defined, Mapped};
use super::distribution::Varying;
use super::form::{Count, Time};
use super::identity::{OPERATORS, identity};
use super::kubelet::{PartForm, kubelet};
use super::model::{Identity, KubeletPulls, KubernetesRollout, Part, PullSection, Workload};
use super::pull::pull;
use super::record::Record;
use super::workload::Kind;
use crate::catalog::Owner;
use crate::random::Distribution;
use crate::units::Span;

/// The registration of this kind.
pub(crate) const KIND: Kind = Kind {
    word: "kubernetes-rollout",
    form: || {
        Box::new(Mapped(record(), |rollout: KubernetesRollout| {
            Workload::KubernetesRollout(rollout)
        }))
    },
};

fn blank() -> KubernetesRollout {
    let none = Distribution::Constant(Span::ZERO);
    KubernetesRollout {
        replicas: 1,
        max_surge: Part::Count(1),
        max_unavailable: Part::Count(0),
        nodes: 1,
        from: Span::ZERO,
        schedule: none.clone(),
        start: none.clone(),
        ready_after: none.clone(),
        terminate: none,
        until: Span::ZERO,
        kubelet: KubeletPulls {
            serialize: true,
            ..KubeletPulls::default()
        },
        pull: PullSection::blank(),
        identity: Identity::blank(),
        operated_by: Owner::You,
    }
}

fn record() -> Record<KubernetesRollout> {
    let about = "A rolling update of a Kubernetes deployment: new pods start within maxSurge, old \
                 ones stop within maxUnavailable.";
    Record::new(about, blank)
        .required(
            "kind",
            KIND.word(),
            "The kind of workload.",
            KIND.word,
            |_, ()| {},
        )
        .required("replicas", Count::POSITIVE, "Pods.", "100", |it, v| {
            it.replicas = v as u32;
        })
        .optional(
            "max_surge",
            PartForm,
            "25%",
            "`maxSurge`: pods that may be there in addition; a share is rounded up.",
            "100%",
            |it, v| it.max_surge = v,
        )
        .optional(
            "max_unavailable",
            PartForm,
            "25%",
            "`maxUnavailable`: pods that may be missing; a share is rounded down.",
            "0",
            |it, v| it.max_unavailable = v,
        )
        .required(
            "nodes",
            Count::POSITIVE,
            "Nodes the pods are spread over.",
            "20",
            |it, v| it.nodes = v as u32,
        )
        .optional(
            "from",
            Time::ANY,
            "0s",
            "When it begins.",
            "1min",
            |it, v| it.from = v,
        )
        .optional(
            "schedule",
            Varying,
            "0s",
            "From the decision to create a pod until its kubelet sees it.",
            "1s",
            |it, v| it.schedule = v,
        )
        .optional(
            "start",
            Varying,
            "0s",
            "From the pull until the containers run.",
            "2s",
            |it, v| it.start = v,
        )
        .optional(
            "ready_after",
            Varying,
            "0s",
            "From running to ready; old pods stop only for ready ones.",
            "20s",
            |it, v| it.ready_after = v,
        )
        .optional(
            "terminate",
            Varying,
            "0s",
            "From the decision to stop an old pod until it is gone.",
            "30s",
            |it, v| it.terminate = v,
        )
        .optional(
            "until",
            Time::POSITIVE,
            "3h",
            "How long one looks at it: kubelets try for ever.",
            "1h",
            |it, v| it.until = v,
        )
        .optional(
            "kubelet",
            Defined("kubelet", kubelet()),
            "{}",
            "How each kubelet paces its pulls.",
            "{registry_qps: 20/s, registry_burst: 40}",
            |it, v| it.kubelet = v,
        )
        .required(
            "pull",
            pull(),
            "What is pulled, and how.",
            "{client: kubelet, images: app}",
            |it, v| it.pull = v,
        )
        .optional(
            "identity",
            Defined("identity", identity()),
            "{}",
            "To whom its attempts belong.",
            "{address: cluster-nat}",
            |it, v| it.identity = v,
        )
        .optional(
            "operated_by",
            OPERATORS,
            "you",
            "Who operates the cluster, and so owns its settings.",
            "you",
            |it, v| it.operated_by = v,
        )
        .check(|it, node, decoder| {
            let (surge, missing) = (it.max_surge, it.max_unavailable);
            if surge.up(it.replicas) > 0 || missing.down(it.replicas) > 0 {
                return true;
            }
            let at = node.get("max_surge").unwrap_or(node);
            let message = "no pod may be missing and none may be added, so nothing can be updated";
            let hint = "raise `max_surge` or `max_unavailable` to at least one pod";
            decoder.refuse(at, message, hint);
            false
        })
}
