//! `kind: scale-out`: nodes that join a cluster, cold, and pull what runs on them.

use super::choice::{Defined, Mapped};
use super::distribution::Varying;
use super::form::{At, Count, Time};
use super::kubelet::kubelet;
use super::model::{KubeletPulls, Moving, Placed, ScaleOut, Watched, Workload};
use super::moving::{Common, machines, watched};
use super::pull::pull;
use super::record::Record;
use super::workload::Kind;
use crate::random::Distribution;
use crate::units::Span;

/// The registration of this kind.
pub(crate) const KIND: Kind = Kind {
    word: "scale-out",
    form: || {
        Box::new(Mapped(record(), |scale_out: ScaleOut| {
            Workload::ScaleOut(scale_out)
        }))
    },
};

fn blank() -> ScaleOut {
    let none = Distribution::Constant(Span::ZERO);
    ScaleOut {
        nodes: 1,
        wave: 0,
        every: Span::ZERO,
        watched: Watched::default(),
        pods: 1,
        boot: none.clone(),
        start: none,
        kubelet: Placed {
            value: KubeletPulls::default(),
            place: None,
        },
        moving: Moving::blank(),
    }
}

fn record() -> Record<ScaleOut> {
    let common = Common {
        about: "Nodes that join a cluster without images and pull what runs on them.",
        blank,
        moving: |it| &mut it.moving,
        section: (
            "pull",
            Box::new(pull()),
            "What is pulled, and how.",
            "{client: kubelet, images: [agent, app]}",
        ),
        identity: "{address: cluster-nat}",
        operated_by: ("Who operates the cluster, and so owns its settings.", "you"),
    };
    let own = |record: Record<ScaleOut>| {
        let record = machines(record, |it| &mut it.moving);
        let record = watched(
            record,
            |it| &mut it.watched,
            "When the first wave joins.",
            ("3h", "How long one looks at it: kubelets try for ever."),
        );
        record
            .required(
                "nodes",
                Count::POSITIVE,
                "Nodes that join in all.",
                "50",
                |it, v| it.nodes = v as u32,
            )
            .absent(
                "wave",
                Count::POSITIVE,
                "all at once",
                "Nodes that join at once.",
                "10",
                |it, v| it.wave = v as u32,
            )
            .optional(
                "every",
                Time::ANY,
                "0s",
                "From one wave to the next.",
                "1min",
                |it, v| it.every = v,
            )
            .optional(
                "pods",
                Count::POSITIVE,
                "1",
                "Pods of each node, daemon sets among them; each needs all images of the section.",
                "8",
                |it, v| it.pods = v as u32,
            )
            .optional(
                "boot",
                Varying,
                "0s",
                "From joining until the node's kubelet sees its pods.",
                "{uniform: [0s, 20s]}",
                |it, v| it.boot = v,
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
                "kubelet",
                At(Defined("kubelet", kubelet())),
                "{}",
                "How each kubelet paces its pulls.",
                "{serialize_pulls: false}",
                |it, v| it.kubelet = v,
            )
    };
    common.record(&KIND, own)
}
