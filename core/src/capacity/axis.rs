//! The loads there are, by rising number, and which of them a curve is drawn through.

use super::load::{Load, Measure};
use super::range::{Values, Vary};
use crate::order::Arrange;

/// Loads of a curve besides those about the border.
const SPREAD: u64 = 8;

/// Loads that span more than this factor are spread by factors, not evenly.
const SPAN_EVEN: f64 = 24.0;

/// So many values of a range are tried before it is begun.
const STEPS_TRIED: u64 = 4;

/// The loads that are looked at.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    values: Values,
    /// What the numbers are.
    pub measure: Measure,
}

impl Vary {
    /// Whether its values are numbers that can be compared, as those of a load are.
    pub fn is_of_numbers(&self) -> bool {
        Axis::new(&self.values).is_ok()
    }
}

impl Axis {
    /// The loads by rising number, each once.
    ///
    /// # Errors
    /// A value that is no number, or a number of something else than the first; a step too fine to
    /// tell one value from the next.
    pub fn new(values: &Values) -> Result<Axis, String> {
        let read = |text: &str| {
            Load::read(text).ok_or_else(|| format!("`{text}` is no number, and a load is one"))
        };
        let first = values.at(0);
        let (_, measure) = read(&first)?;
        let same = |text: &str| match read(text)? {
            (load, own) if own == measure || load.value == 0.0 => Ok(load),
            _ => Err(format!("`{text}` and `{first}` cannot be compared")),
        };
        let last = values.at(values.len() - 1);
        same(&last)?;
        // Values of a range are all read like its first ones: a step either is a number of what is
        // counted, or leads to what nobody wrote and nothing can be.
        let rises = |place: u64| match (same(&values.at(place - 1)), same(&values.at(place))) {
            (Ok(before), Ok(load)) => before.value < load.value,
            _ => false,
        };
        let mut tried = 1..values.len().min(STEPS_TRIED);
        if values.is_even()
            && let Some(place) = tried.find(|place| !rises(*place))
        {
            let next = values.at(place);
            return Err(format!(
                "the step from `{first}` to `{last}` is too fine: nothing is counted in steps like \
                 `{next}`"
            ));
        }
        let values = match values.listed() {
            Ok(listed) => {
                let loads = listed.iter().map(|text| same(text));
                let mut loads = loads.collect::<Result<Vec<Load>, String>>()?;
                loads.arrange_by(|a, b| a.value.total_cmp(&b.value));
                loads.dedup_by(|a, b| a.value == b.value);
                Values::of(loads.into_iter().map(|load| load.text).collect())
            }
            // More than are ever listed come from a range, which rises.
            Err(_) => values.clone(),
        };
        Ok(Axis { values, measure })
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.values.len()
    }

    /// The load at a place. One that cannot be read is no number, and the scenario refuses it.
    pub fn at(&self, place: u64) -> Load {
        let text = self.values.at(place);
        match Load::read(&text) {
            Some((load, _)) => load,
            None => Load {
                text,
                value: f64::NAN,
            },
        }
    }

    /// The place of a load, if it is one of these.
    pub fn place(&self, load: &Load) -> Option<u64> {
        let place = self.first_from(load.value);
        (place < self.len() && self.at(place).value == load.value).then_some(place)
    }

    /// Some loads from place `first` to `last`, both included, by rising place.
    pub fn spread(&self, first: u64, last: u64) -> Vec<u64> {
        let (low, high) = (self.at(first).value, self.at(last).value);
        let from = if low > 0.0 { low } else { high / 100.0 };
        let by_factors = high > SPAN_EVEN * from;
        let at = |step: u64| {
            let part = step as f64 / SPREAD as f64;
            let value = match by_factors {
                true => from * libm::pow(high / from, part),
                false => low + (high - low) * part,
            };
            self.first_from(value * (1.0 - 1e-9)).clamp(first, last)
        };
        let mut places: Vec<u64> = (0..=SPREAD).map(at).chain([first, last]).collect();
        places.arrange();
        places.dedup();
        places
    }

    /// Loads close to a border between a place and the next one, up to `last`.
    pub fn about(&self, border: u64, last: u64) -> Vec<u64> {
        let part = |n: u64, of: u64| border.saturating_mul(n) / of;
        let places = [
            part(1, 2),
            part(3, 4),
            border,
            border.saturating_add(1),
            part(5, 4).saturating_add(1),
            part(3, 2).saturating_add(1),
        ];
        places.into_iter().filter(|place| *place <= last).collect()
    }

    /// The first place whose load is not below a value.
    fn first_from(&self, value: f64) -> u64 {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.at(middle).value < value {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(text: &str) -> Result<Axis, String> {
        Axis::new(&text.parse().unwrap())
    }

    #[test]
    fn loads_rise_whatever_the_order_they_are_written_in() {
        let axis = axis("1min,2s,60s,500ms").unwrap();
        let texts: Vec<String> = (0..axis.len()).map(|place| axis.at(place).text).collect();
        assert_eq!(texts, ["500ms", "2s", "1min"]);
        assert_eq!(axis.measure, Measure::Seconds);
        assert_eq!(axis.place(&Load::read("2000ms").unwrap().0), Some(1));
        assert_eq!(axis.place(&Load::read("3s").unwrap().0), None);
    }

    #[test]
    fn what_is_no_number_is_no_load() {
        assert_eq!(
            axis("none,aws-legacy").unwrap_err(),
            "`none` is no number, and a load is one"
        );
        assert!(
            axis("1..8parsecs")
                .unwrap_err()
                .starts_with("`1parsecs` is no number")
        );
        assert!(axis("1,2s").unwrap_err().contains("cannot be compared"));
    }

    #[test]
    fn a_step_that_nothing_is_counted_in_is_refused() {
        for fine in ["0.0000000us..3us", "1.0000k..3k", "1.0000us..3us"] {
            let refusal = axis(fine).unwrap_err();
            assert!(refusal.contains("is too fine"), "{fine}: {refusal}");
        }
        assert_eq!(axis("1.00k..3k+0.01k").unwrap().len(), 201);
        assert_eq!(axis("0.000us..3us").unwrap().len(), 3_001);
    }

    #[test]
    fn loads_are_spread_evenly_or_by_factors() {
        let spread = |text: &str| {
            let axis = axis(text).unwrap();
            let places = axis.spread(0, axis.len() - 1);
            let loads = places.into_iter().map(|place| axis.at(place).value);
            loads.collect::<Vec<f64>>()
        };
        let evenly = [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
        assert_eq!(spread("2..10"), evenly);
        let powers = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
        assert_eq!(spread("1..256"), powers);
        assert_eq!(spread("7..7"), [7.0]);
        assert_eq!(spread("0..1000000").first(), Some(&0.0));
    }
}
