//! Images: names become layers, and what cannot be is refused.

use super::problem::Problems;
use super::service::Services;
use crate::scenario::Scenario;
use crate::scenario::model::{Image, Named, Placed};
use crate::yaml::nearest;

/// The images of a scenario, with all their layers.
#[derive(Debug, Default)]
pub(super) struct Images<'a> {
    images: Vec<ResolvedImage<'a>>,
}

/// An image whose layers are known.
#[derive(Clone, Debug)]
pub(super) struct ResolvedImage<'a> {
    pub name: &'a str,
    pub image: &'a Image,
    /// All layers, those of its base first.
    pub layers: Vec<Layer>,
}

/// A layer of the scenario. Images share those of a common base.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) struct Layer {
    /// Which of the scenario's layers it is.
    pub item: u32,
    pub bytes: u64,
}

impl<'a> Images<'a> {
    /// Finds the registry and the layers of every image.
    pub fn resolve(scenario: &'a Scenario, services: &Services, problems: &mut Problems) -> Self {
        let mut next = 0;
        let mut own = Vec::with_capacity(scenario.images.len());
        for named in &scenario.images {
            let path = format!("images.{}", named.name);
            services.find_at(&named.value.registry, &format!("{path}.registry"), problems);
            let layers = named.value.layers.iter().map(|&bytes| {
                next += 1;
                let item = next - 1;
                Layer { item, bytes }
            });
            own.push(layers.collect::<Vec<_>>());
        }
        let images = (0..scenario.images.len())
            .map(|index| {
                let mut layers = Vec::new();
                for place in chain(index, &scenario.images, problems).into_iter().rev() {
                    layers.extend(&own[place]);
                }
                ResolvedImage {
                    name: &scenario.images[index].name,
                    image: &scenario.images[index].value,
                    layers,
                }
            })
            .collect();
        Images { images }
    }

    /// The image of this name; a problem where there is none.
    pub fn find(
        &self,
        name: &Placed<String>,
        path: &str,
        problems: &mut Problems,
    ) -> Option<&ResolvedImage<'a>> {
        let found = self.images.iter().find(|image| image.name == name.value);
        if found.is_none() {
            let known = || self.images.iter().map(|image| image.name);
            unknown(name, "image", path, known, problems);
        }
        found
    }

    /// How many images there are.
    pub fn count(&self) -> u32 {
        self.images.len() as u32
    }

    /// Which of them an image is.
    pub fn place(&self, name: &str) -> u32 {
        let place = self.images.iter().position(|image| image.name == name);
        place.map_or(0, |place| place as u32)
    }

    /// How many layers all images have, those that they share counted once.
    pub fn layers(&self) -> u32 {
        let layers = self.images.iter().flat_map(|image| &image.layers);
        layers.map(|layer| layer.item + 1).max().unwrap_or(0)
    }

    /// The most platforms of an image; 1 where no image has an index.
    pub fn platforms(&self) -> u32 {
        let platforms = self.images.iter().filter_map(|it| it.image.platforms);
        platforms.max().unwrap_or(1).max(1)
    }

    /// Whether another image is made on this one.
    pub fn is_base(&self, name: &str) -> bool {
        let based_on = |image: &ResolvedImage<'_>| {
            let base = image.image.base.as_ref();
            base.is_some_and(|base| base.value == name)
        };
        self.images.iter().any(based_on)
    }
}

/// An image, its base, the base of that and so on, as places in the scenario.
fn chain(index: usize, images: &[Named<Image>], problems: &mut Problems) -> Vec<usize> {
    let mut chain = vec![index];
    let mut at = index;
    while let Some(base) = &images[at].value.base {
        let path = format!("images.{}.base", images[at].name);
        let Some(next) = images.iter().position(|image| image.name == base.value) else {
            // Each image tells of its own base, not again of what is wrong further down.
            if at == index {
                let known = || images.iter().map(|image| image.name.as_str());
                unknown(base, "image", &path, known, problems);
            }
            break;
        };
        if chain.contains(&next) {
            if next == index {
                let message = format!("`{}` is its own base", images[index].name);
                let hint = "an image is made on another one, and that one on none of its heirs";
                problems.push(base.place, &path, message, Some(hint.to_owned()));
            }
            break;
        }
        chain.push(next);
        at = next;
    }
    chain
}

/// Reports a name that nothing has.
pub(super) fn unknown<'n, I: Iterator<Item = &'n str> + Clone>(
    name: &Placed<String>,
    what: &str,
    path: &str,
    known: impl Fn() -> I,
    problems: &mut Problems,
) {
    let message = format!("there is no {what} `{}`", name.value);
    let hint = match nearest(&name.value, known()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let all: Vec<&str> = known().collect();
            format!("{what}s here: {}", all.join(", "))
        }
    };
    problems.push(name.place, path, message, Some(hint));
}

#[cfg(test)]
mod tests {
    use crate::compile::compile;
    use crate::scenario::Document;

    fn problems(images: &str) -> Vec<String> {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{hub: {{limiters: {{b: {{bucket: {{burst: 1, \
             refill: 1/h}}}}}}}}}}\nimages: {{{images}}}\nworkloads: {{c: {{kind: api-callers, \
             service: hub, calls: [d]}}}}\n"
        );
        let document = Document::parse("x", text.as_bytes()).unwrap();
        let problems = compile(document.scenario(), "today").err();
        let said = |problem: crate::scenario::Problem| {
            format!(
                "{}: {} ({})",
                problem.path,
                problem.message,
                problem.hint.unwrap_or_default()
            )
        };
        problems.unwrap_or_default().into_iter().map(said).collect()
    }

    #[test]
    fn an_image_needs_a_registry_and_a_base_that_are_there() {
        assert!(
            problems("a: {registry: hub, layers: 3, base: b}, b: {registry: hub, layers: 1}")
                .is_empty()
        );
        let wrong = problems(
            "app: {registry: hbu, layers: 3, base: pyhton}, python: {registry: \
                              hub, layers: 1}",
        );
        assert_eq!(
            wrong[0],
            "images.app.registry: there is no service `hbu` (services here: hub)"
        );
        assert_eq!(
            wrong[1],
            "images.app.base: there is no image `pyhton` (did you mean `python`?)"
        );
    }

    #[test]
    fn no_image_is_its_own_base() {
        let wrong = problems(
            "a: {registry: hub, layers: 1, base: b}, b: {registry: hub, layers: 1, base: a}, c: \
             {registry: hub, layers: 1, base: a}",
        );
        let own: Vec<_> = wrong
            .iter()
            .filter(|it| it.contains("its own base"))
            .collect();
        assert_eq!(own.len(), 2, "{wrong:?}");
    }
}
