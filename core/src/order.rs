//! Order for lists that are not hot: one sort for all of them.
//!
//! `slice::sort` and its kin are compiled anew for every type and every comparison, some 7 kB of the
//! page each time. Here only places are sorted, by one copy, and the result is the same. Where a list is
//! long and its time counts (the engine, samples, series), the standard library's own is right.

use std::cmp::Ordering;

/// Stable sorting as that of `slice`, small instead of fast.
pub trait Arrange<T> {
    /// As `sort`.
    fn arrange(&mut self)
    where
        T: Ord;

    /// As `sort_by`.
    fn arrange_by(&mut self, compare: impl Fn(&T, &T) -> Ordering);

    /// As `sort_by_key`.
    fn arrange_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K);
}

impl<T> Arrange<T> for [T] {
    fn arrange(&mut self)
    where
        T: Ord,
    {
        self.arrange_by(T::cmp);
    }

    fn arrange_by(&mut self, compare: impl Fn(&T, &T) -> Ordering) {
        let mut places = places(self.len(), &|a, b| compare(&self[a], &self[b]));
        // Along each cycle of the permutation, every item goes where it belongs.
        for start in 0..self.len() {
            let mut to = start;
            loop {
                let from = std::mem::replace(&mut places[to], to);
                if from == start {
                    break;
                }
                self.swap(to, from);
                to = from;
            }
        }
    }

    fn arrange_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.arrange_by(|a, b| key(a).cmp(&key(b)));
    }
}

/// The places 0 to `count`, in the order in which what stands there belongs.
#[inline(never)]
fn places(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arranged_lists_are_those_of_the_stable_sort() {
        for count in 0..70_u64 {
            // Few keys, so that many are equal and their order of before shows.
            let mut list: Vec<(u64, u64)> = (0..count).map(|at| (at * at * 31 % 7, at)).collect();
            let mut sorted = list.clone();
            list.arrange_by_key(|(key, _)| *key);
            sorted.sort_by_key(|(key, _)| *key);
            assert_eq!(list, sorted);
            list.arrange_by(|a, b| b.cmp(a));
            sorted.sort_by(|a, b| b.cmp(a));
            assert_eq!(list, sorted);
            list.arrange();
            sorted.sort();
            assert_eq!(list, sorted);
        }
    }
}
