//! How kubelets pace their pulls, and parts of a whole as Kubernetes writes them.

use super::decoder::Decoder;
use super::form::{Count, Definitions, Flag, Form, Frequency};
use super::model::{KubeletPulls, Part};
use super::record::Record;
use crate::units::text;
use crate::yaml::Node;
use serde_json::{Value as Json, json};

/// The table of a kubelet's settings (KubeletConfiguration v1beta1).
pub(crate) fn kubelet() -> Record<KubeletPulls> {
    Record::new("How each kubelet paces its pulls.", KubeletPulls::default)
        .absent(
            "registry_qps",
            Frequency { zero: true },
            "5/s",
            "`registryPullQPS`: pulls over it fail and go into back-off; 0/s is no limit.",
            "20/s",
            |it, v| it.qps = Some(v),
        )
        .absent(
            "registry_burst",
            Count::POSITIVE,
            "10",
            "`registryBurst`.",
            "40",
            |it, v| it.burst = Some(v as u32),
        )
        .optional(
            "serialize_pulls",
            Flag,
            "true",
            "`serializeImagePulls`: one pull at a time.",
            "false",
            |it, v| it.serialize = v,
        )
        .absent(
            "parallel_max",
            Count::POSITIVE,
            "no limit",
            "`maxParallelImagePulls`, where pulls are not serialised.",
            "5",
            |it, v| it.parallel_max = Some(v as u32),
        )
}

/// A number, or a share: `5` or `25%`.
#[derive(Copy, Clone, Debug)]
pub(crate) enum PartForm {
    /// Of a whole: at most all of it.
    Within,
    /// In addition to a whole: also more than it has (Kubernetes validates only `maxUnavailable`
    /// against 100 %, `pkg/apis/apps/validation/validation.go`).
    Beyond,
}

impl Form for PartForm {
    type Value = Part;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Part> {
        let written = decoder.scalar(node, "a number or a share", "25%")?;
        if written.trim_end().ends_with('%') {
            let share = match self {
                PartForm::Within => text::parts_per_million(written),
                PartForm::Beyond => text::any_parts_per_million(written),
            };
            let share = decoder.quantity(node, share)?;
            return Some(Part::Share(share));
        }
        let count = Count::ANY.decode(node, decoder)?;
        Some(Part::Count(count as u32))
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        definitions.refer("part", |_| {
            json!({
                "description": "A number of things, or a share of them.",
                "anyOf": [
                    { "type": "integer", "minimum": 0 },
                    { "type": "string", "pattern": "^[0-9]+(_[0-9]+)*(\\.[0-9]+)?\\s*%$" },
                ],
                "examples": [5, "25%"],
            })
        })
    }
}
