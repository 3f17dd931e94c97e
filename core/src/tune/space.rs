//! What may be set, and to which values.

use super::Domain;
use crate::catalog::{Effort, Owner};
use crate::order::Arrange;

/// One thing to decide.
#[derive(Clone, PartialEq, Debug)]
pub struct Dimension {
    /// What is set, for people: a path, or several in a row.
    pub name: String,
    /// What it may be set to.
    pub settings: Vec<Setting>,
    /// The place of the setting that leaves everything as it is today.
    pub today: u16,
    /// Whether neighbours in the list are neighbours in meaning.
    pub ordered: bool,
}

/// A value to choose.
#[derive(Clone, PartialEq, Debug)]
pub struct Setting {
    /// As a scenario writes it; what is today as it is.
    pub text: String,
    /// What it sets: paths and values; nothing for *today*.
    pub sets: Vec<(String, String)>,
    /// Who has to do what, least first.
    pub toil: (Owner, Effort),
}

/// A choice of one setting of each dimension, by place.
pub type Point = Vec<u16>;

/// A product of dimensions.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Space {
    /// The dimensions.
    pub dimensions: Vec<Dimension>,
}

impl Dimension {
    /// Some paths that take the same values; `today` is the value that they have, where it is known.
    ///
    /// # Panics
    /// If there is no path.
    pub fn new(
        paths: &[String],
        domain: &Domain,
        today: Option<&str>,
        toil: (Owner, Effort),
    ) -> Self {
        let first = paths.first().expect("a dimension has a path");
        let setting = |value: &String| Setting {
            text: value.clone(),
            sets: paths
                .iter()
                .map(|path| (path.clone(), value.clone()))
                .collect(),
            toil,
        };
        let mut settings: Vec<Setting> = domain.values.iter().map(setting).collect();
        let own = Setting {
            text: today.unwrap_or("as it is").to_owned(),
            sets: Vec::new(),
            toil: (Owner::You, Effort::Setting),
        };
        let known = today.and_then(|today| domain.place(today));
        let at = match known {
            Some(at) => {
                settings[at] = own;
                at
            }
            None => {
                let at = today.and_then(|today| domain.below(today)).unwrap_or(0);
                settings.insert(at, own);
                at
            }
        };
        Dimension {
            name: first.clone(),
            settings,
            today: at as u16,
            ordered: domain.ordered,
        }
    }
}

impl Space {
    /// How many points there are.
    pub fn len(&self) -> u64 {
        let settings = self.dimensions.iter().map(|it| it.settings.len() as u64);
        settings.fold(1, u64::saturating_mul)
    }

    /// Whether there is nothing to choose.
    pub fn is_empty(&self) -> bool {
        self.len() <= 1
    }

    /// The point that changes nothing.
    pub fn today(&self) -> Point {
        self.dimensions.iter().map(|it| it.today).collect()
    }

    /// The point at a place of the list of all; the last dimension changes first.
    pub fn at(&self, mut place: u64) -> Point {
        let mut point = Point::new();
        for dimension in self.dimensions.iter().rev() {
            let count = dimension.settings.len() as u64;
            point.push((place % count) as u16);
            place /= count;
        }
        point.reverse();
        point
    }

    /// What a point sets: paths and values.
    pub fn overrides(&self, point: &[u16]) -> Vec<(String, String)> {
        let settings = self.settings(point);
        let mut sets: Vec<(String, String)> = Vec::new();
        for (path, value) in settings.flat_map(|setting| &setting.sets) {
            // What a later dimension sets stands at its place.
            sets.retain(|(known, _)| known != path);
            sets.push((path.clone(), value.clone()));
        }
        sets
    }

    /// Who has to do what for a point: the hardest of its parts.
    pub fn toil(&self, point: &[u16]) -> (Owner, Effort) {
        let least = (Owner::You, Effort::Setting);
        self.settings(point).fold(least, |(owner, effort), it| {
            (owner.max(it.toil.0), effort.max(it.toil.1))
        })
    }

    /// The dimensions in which a point is not *today*.
    pub fn changed(&self, point: &[u16]) -> Vec<usize> {
        let dimensions = self.dimensions.iter().zip(point).enumerate();
        let changed = dimensions.filter(|(_, (dimension, at))| dimension.today != **at);
        changed.map(|(index, _)| index).collect()
    }

    /// The part of it that asks no more of nobody worse than this.
    pub fn within(&self, (owner, effort): (Owner, Effort)) -> Space {
        let dimensions = self.dimensions.iter().filter_map(|dimension| {
            let today = &dimension.settings[usize::from(dimension.today)];
            let allowed = |it: &&Setting| it.toil.0 <= owner && it.toil.1 <= effort;
            let settings: Vec<Setting> =
                dimension.settings.iter().filter(allowed).cloned().collect();
            let today = settings.iter().position(|it| it == today)?;
            (settings.len() > 1).then(|| Dimension {
                settings,
                today: today as u16,
                ..dimension.clone()
            })
        });
        Space {
            dimensions: dimensions.collect(),
        }
    }

    /// The square of how many steps two points are apart on the grid; `None` where a choice without an
    /// order differs.
    pub fn squared_steps(&self, a: &[u16], b: &[u16]) -> Option<f64> {
        let each = self.dimensions.iter().zip(a.iter().zip(b));
        let mut sum = 0.0;
        for (dimension, (a, b)) in each {
            if a != b && !dimension.ordered {
                return None;
            }
            let steps = f64::from(*a) - f64::from(*b);
            sum += steps * steps;
        }
        Some(sum)
    }

    /// What settings ask, each once, least first.
    pub fn toils(&self) -> Vec<(Owner, Effort)> {
        let settings = self.dimensions.iter().flat_map(|it| &it.settings);
        let mut toils: Vec<(Owner, Effort)> = settings
            .filter(|it| !it.sets.is_empty())
            .map(|it| it.toil)
            .collect();
        toils.arrange();
        toils.dedup();
        toils
    }

    fn settings<'s>(&'s self, point: &'s [u16]) -> impl Iterator<Item = &'s Setting> {
        let dimensions = self.dimensions.iter().zip(point);
        dimensions.map(|(dimension, at)| &dimension.settings[usize::from(*at)])
    }
}
