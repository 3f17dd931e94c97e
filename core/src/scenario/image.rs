//! Images: what is pulled.

use super::decoder::Decoder;
use super::form::{At, Bytes, Count, Definitions, Flag, Form, ListOf, Text, Words};
use super::model::{Image, Placed, Reference};
use super::record::Record;
use crate::yaml::{Node, Value};
use serde_json::{Value as Json, json};

/// More layers than any image has: engines stop at 127.
const LAYERS: Count = Count { min: 1, max: 1_000 };

const REFERENCE: Words<Reference> = Words(&[
    (
        "tag",
        Reference::Tag,
        "By tag: what it stands for must be asked.",
    ),
    (
        "digest",
        Reference::Digest,
        "By digest: a host that has it need not ask.",
    ),
]);

/// An image as it is written: the number of its layers may stand for their sizes.
pub(crate) struct Draft {
    image: Image,
    layers: Layers,
    size: Option<u64>,
}

/// How the layers are written.
enum Layers {
    Count(u64),
    Sizes(Vec<u64>),
}

impl Draft {
    fn blank() -> Self {
        let image = Image {
            registry: Placed {
                value: String::new(),
                place: None,
            },
            layers: Vec::new(),
            base: None,
            platforms: None,
            reference: Reference::Tag,
            private: false,
        };
        Draft {
            image,
            layers: Layers::Count(0),
            size: None,
        }
    }
}

/// The table of an image.
pub(crate) fn image() -> impl Form<Value = Image> {
    super::choice::Mapped(record(), |draft: Draft| draft.image)
}

fn record() -> Record<Draft> {
    Record::new("An image in a registry.", Draft::blank)
        .required(
            "registry",
            At(Text),
            "The service that has it.",
            "ecr",
            |it, v| it.image.registry = v,
        )
        .required(
            "layers",
            LayersForm,
            "Its own layers, those of its base not counted: how many, or the size of each.",
            "12",
            |it, v| it.layers = v,
        )
        .absent(
            "size",
            Bytes,
            "nothing: layers take no time on the wire",
            "Bytes of its own layers together, if their number is given.",
            "400MB",
            |it, v| it.size = Some(v),
        )
        .absent(
            "base",
            At(Text),
            "it shares no layers",
            "The image whose layers lie below its own: who holds those need not pull them again.",
            "python",
            |it, v| it.image.base = Some(v),
        )
        .absent(
            "platforms",
            Count::POSITIVE,
            "its reference names a manifest, and there is no index",
            "Platforms of its index (multi-arch images, also of one platform).",
            "3",
            |it, v| it.image.platforms = Some(v as u32),
        )
        .optional(
            "reference",
            REFERENCE,
            "tag",
            "How those who pull it name it.",
            "digest",
            |it, v| it.image.reference = v,
        )
        .optional(
            "private",
            Flag,
            "false",
            "Whether the registry denies it to who pulls with `credentials: none`. Where requests are \
             signed with a password (Amazon ECR), every image is private.",
            "true",
            |it, v| it.image.private = v,
        )
        .check(|it, node, decoder| {
            match (&it.layers, it.size) {
                (Layers::Sizes(_), Some(_)) => {
                    let size = node.get("size").unwrap_or(node);
                    let hint = "leave `size` out, or write the number of layers";
                    decoder.refuse(size, "`layers` already says the size of each", hint);
                    return false;
                }
                (Layers::Sizes(sizes), None) => it.image.layers = sizes.clone(),
                (Layers::Count(count), size) => {
                    it.image.layers = even(*count, size.unwrap_or(0));
                }
            }
            true
        })
}

/// `size` bytes in `count` layers as equal as they can be.
fn even(count: u64, size: u64) -> Vec<u64> {
    (0..count)
        .map(|layer| size / count + u64::from(layer < size % count))
        .collect()
}

/// A number of layers, or a list of their sizes.
struct LayersForm;

impl Form for LayersForm {
    type Value = Layers;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Layers> {
        match &node.value {
            Value::List(items) if items.is_empty() => {
                let hint = "write at least one size, like `[30MB]`";
                decoder.refuse(node, "the image has no layers", hint);
                None
            }
            Value::List(_) => ListOf(Bytes).decode(node, decoder).map(Layers::Sizes),
            _ => LAYERS.decode(node, decoder).map(Layers::Count),
        }
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let mut sizes = ListOf(Bytes).schema(definitions);
        sizes["minItems"] = 1.into();
        json!({ "anyOf": [LAYERS.schema(definitions), sizes] })
    }
}

#[cfg(test)]
mod tests {
    use super::even;

    #[test]
    fn the_bytes_of_an_image_are_spread_over_its_layers_and_none_is_lost() {
        assert_eq!(even(3, 10), [4, 3, 3]);
        assert_eq!(even(2, 0), [0, 0]);
    }
}
