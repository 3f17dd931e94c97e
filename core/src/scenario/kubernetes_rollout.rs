//! `kind: kubernetes-rollout`: a rolling update of a Kubernetes deployment.

use super::choice::{Defined, Mapped};
use super::distribution::Varying;
use super::form::{At, Count};
use super::kubelet::{PartForm, kubelet};
use super::model::{KubeletPulls, KubernetesRollout, Moving, Part, Placed, Watched, Workload};
use super::moving::{Common, machines, watched};
use super::pull::pull;
use super::record::Record;
use super::workload::Kind;
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
        watched: Watched::default(),
        schedule: none.clone(),
        start: none.clone(),
        ready_after: none.clone(),
        terminate: none,
        kubelet: Placed {
            value: KubeletPulls::default(),
            place: None,
        },
        moving: Moving::blank(),
    }
}

fn record() -> Record<KubernetesRollout> {
    let about = "A rolling update of a Kubernetes deployment: new pods start within maxSurge, old \
                 ones stop within maxUnavailable.";
    let common = Common {
        about,
        blank,
        moving: |it| &mut it.moving,
        section: (
            "pull",
            Box::new(pull()),
            "What is pulled, and how.",
            "{client: kubelet, images: app}",
        ),
        identity: "{address: cluster-nat}",
        operated_by: ("Who operates the cluster, and so owns its settings.", "you"),
    };
    let own = |record: Record<KubernetesRollout>| {
        let record = machines(record, |it| &mut it.moving);
        let record = watched(
            record,
            |it| &mut it.watched,
            "When it begins.",
            ("3h", "How long one looks at it: kubelets try for ever."),
        );
        record
            .required("replicas", Count::POSITIVE, "Pods.", "100", |it, v| {
                it.replicas = v as u32;
            })
            .optional(
                "max_surge",
                PartForm::Beyond,
                "25%",
                "`maxSurge`: pods that may be there in addition; a share is rounded up.",
                "100%",
                |it, v| it.max_surge = v,
            )
            .optional(
                "max_unavailable",
                PartForm::Within,
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
                "kubelet",
                At(Defined("kubelet", kubelet())),
                "{}",
                "How each kubelet paces its pulls.",
                "{registry_qps: 20/s, registry_burst: 40}",
                |it, v| it.kubelet = v,
            )
    };
    common.record(&KIND, own).check(|it, node, decoder| {
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
