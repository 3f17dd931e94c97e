//! Where settings to try come from: a start that is spread over the space, and neighbours of the best.

use super::{RUNS_FIRST, Search};
use crate::tune::halton::Halton;
use crate::tune::{Dimension, Point};

/// Settings at the start, at most and at least.
const STARTS: (u64, u64) = (24, 384);

/// Of the budget, one part in so many is spent on the start.
const START_SHARE: u64 = 4;

/// Single changes of a list that are tried at the start.
const SINGLES: usize = 6;

/// Settings whose neighbours are tried.
const REFINED: usize = 6;

/// How far neighbours are away in a list.
const STRIDES: [i32; 4] = [1, 2, 4, 8];

impl Search {
    /// Adds what is tried first.
    pub(super) fn begin(&mut self, seed: u64) {
        let cost = u64::from(RUNS_FIRST) * self.goal.loads.len().max(1) as u64;
        let starts = self.budget / START_SHARE / cost;
        let starts = starts.clamp(STARTS.0, STARTS.1).min(self.space.len());
        let today = self.space.today();
        self.add(today.clone());
        if starts == self.space.len() {
            (0..starts).for_each(|place| self.add(self.space.at(place)));
            return;
        }
        for dimension in 0..self.space.dimensions.len() {
            let settings = self.space.dimensions[dimension].settings.len();
            let step = settings.div_ceil(SINGLES);
            for at in (0..settings).step_by(step).chain([settings - 1]) {
                let mut point = today.clone();
                point[dimension] = at as u16;
                if self.entries.len() as u64 <= starts / 2 {
                    self.add(point);
                }
            }
        }
        let halton: Vec<Halton> = (0..self.space.dimensions.len())
            .map(|dimension| Halton::new(seed, dimension))
            .collect();
        // Points that fall on one that is known are left out, so more are drawn than are wanted.
        for index in 0..4 * starts {
            if self.entries.len() as u64 >= starts {
                break;
            }
            let dimensions = self.space.dimensions.iter().zip(&halton);
            let place = |(dimension, halton): (&Dimension, &Halton)| {
                (halton.at(index) * dimension.settings.len() as f64) as u16
            };
            let point = dimensions.map(place).collect();
            self.add(point);
        }
    }

    /// Adds the neighbours of the best; whether there are any that were not known.
    pub(super) fn refine(&mut self, order: &[usize]) -> bool {
        let known = self.entries.len();
        for at in order.iter().take(REFINED) {
            if !std::mem::replace(&mut self.entries[*at].refined, true) {
                for point in self.neighbours(*at) {
                    self.add(point);
                }
            }
        }
        self.entries.len() > known
    }

    fn neighbours(&self, setting: usize) -> Vec<Point> {
        let point = &self.entries[setting].point;
        let dimensions = &self.space.dimensions;
        let moved = |from: &Point, dimension: usize, by: i32| -> Option<Point> {
            let at = i32::from(from[dimension]) + by;
            let inside = 0 <= at && at < dimensions[dimension].settings.len() as i32;
            inside.then(|| {
                let mut point = from.clone();
                point[dimension] = at as u16;
                point
            })
        };
        let mut neighbours = Vec::new();
        for (index, dimension) in dimensions.iter().enumerate() {
            if dimension.ordered {
                for stride in STRIDES {
                    neighbours.extend(moved(point, index, stride));
                    neighbours.extend(moved(point, index, -stride));
                }
                // A ridge runs across the axes.
                for (other, second) in dimensions.iter().enumerate().skip(index + 1) {
                    for (by, also) in [(1, 1), (1, -1), (-1, 1), (-1, -1)] {
                        if second.ordered
                            && let Some(first) = moved(point, index, by)
                        {
                            neighbours.extend(moved(&first, other, also));
                        }
                    }
                }
            } else {
                let here = i32::from(point[index]);
                let all = 0..dimension.settings.len() as i32;
                neighbours.extend(all.filter_map(|at| moved(point, index, at - here)));
            }
            neighbours.extend(moved(
                point,
                index,
                i32::from(dimension.today) - i32::from(point[index]),
            ));
        }
        neighbours
    }
}
