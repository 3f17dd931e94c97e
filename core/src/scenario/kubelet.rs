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
        .absent(
            "serialize_pulls",
            Flag,
            "true, or false beside a `parallel_max` of 2 or more",
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
        .check(|it, node, decoder| {
            let (Some(parallel), Some(written)) = (it.parallel_max, node.get("parallel_max"))
            else {
                return true;
            };
            if parallel < 2 {
                return true;
            }
            let Some(serialize) = node.get("serialize_pulls") else {
                // apis/config/v1beta1/defaults.go @030891da
                it.serialize = false;
                return true;
            };
            let contradicts = it.serialize && !is_set_over(serialize, written, node);
            if contradicts {
                let message = "a kubelet does not start with `serialize_pulls: true` and a `parallel_max` of 2 \
                               or more";
                let hint = "write `serialize_pulls: false`, or leave `parallel_max` out";
                decoder.refuse(written, message, hint);
            }
            !contradicts
        })
}

/// Whether a value was set over a block that already had the other: a variant's beside one of the
/// scenario, which it switches off.
fn is_set_over(value: &Node, other: &Node, block: &Node) -> bool {
    let within = |it: &Node| {
        let (own, whole) = (it.place, block.place);
        own.source == whole.source && own.start >= whole.start && own.end <= whole.end
    };
    !within(value) && within(other)
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

#[cfg(test)]
mod tests {
    use crate::scenario::Document;
    use crate::scenario::model::{KubeletPulls, Workload};

    /// The settings of the kubelets of *today* and of a variant that sets more of them.
    fn kubelets(today: &str, set: &str) -> Result<[KubeletPulls; 2], String> {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{hub: {{preset: docker-hub-paid}}}}\nimages: {{app: {{registry: \
             hub, layers: 1}}}}\nworkloads:\n  n: {{kind: scale-out, nodes: 2, kubelet: {{{today}}}, pull: {{client: \
             kubelet, images: app}}}}\nvariants: {{v: {{set: {{workloads.n.kubelet: {{{set}}}}}}}}}\n"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).map_err(|it| it.to_string())?;
        let variant = document.variants().first().expect("there is one");
        Ok([document.scenario(), &variant.scenario].map(|scenario| {
            match &scenario.workloads[0].value {
                Workload::ScaleOut(it) => it.kubelet.value,
                _ => unreachable!(),
            }
        }))
    }

    #[test]
    fn a_kubelet_that_may_pull_several_images_at_once_does_not_serialise_unless_it_says_so() {
        let serialises =
            |written: &str| kubelets(written, "registry_burst: 20").map(|them| them[0].serialize);
        assert_eq!(serialises(""), Ok(true));
        assert_eq!(serialises("parallel_max: 1"), Ok(true));
        assert_eq!(serialises("parallel_max: 3"), Ok(false));
        assert_eq!(
            serialises("serialize_pulls: true, parallel_max: 1"),
            Ok(true)
        );
        let refused = serialises("serialize_pulls: true, parallel_max: 3").unwrap_err();
        assert!(
            refused.contains("a kubelet does not start with `serialize_pulls: true`")
                && refused.contains("write `serialize_pulls: false`"),
            "{refused}"
        );
    }

    #[test]
    fn a_variant_serialises_the_pulls_of_kubelets_that_took_several_at_once() {
        for today in ["parallel_max: 4", "serialize_pulls: false, parallel_max: 4"] {
            let [before, after] = kubelets(today, "serialize_pulls: true").unwrap();
            assert_eq!(
                (before.serialize, after.serialize),
                (false, true),
                "{today}"
            );
        }
        let both = kubelets(
            "registry_burst: 20",
            "serialize_pulls: true, parallel_max: 3",
        );
        assert!(both.is_err(), "a variant's own block contradicts itself");
        let beside = kubelets("serialize_pulls: true", "parallel_max: 3");
        assert!(beside.is_err(), "what a variant sets would change nothing");
    }
}
