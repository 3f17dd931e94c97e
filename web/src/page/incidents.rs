//! What the gallery says of each incident: one sentence and one number.

use pullstorm_core::scenarios::BUILT_IN;

/// Name, number and what it counts, tab-separated; `PULLSTORM_BLESS=1` writes it, and a test holds it
/// to what the command line says.
const NUMBERS: &str = include_str!("incidents.tsv");

/// An incident of the gallery.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Incident {
    /// Its name.
    pub name: &'static str,
    /// What happened, in a sentence.
    pub title: &'static str,
    /// The number.
    pub number: &'static str,
    /// What it counts.
    pub counts: &'static str,
}

/// All incidents, in the order of the command line.
pub fn incidents() -> impl Iterator<Item = Incident> {
    BUILT_IN.iter().map(|scenario| {
        let mut lines = scenario.text.lines();
        let title = lines.find_map(|line| line.strip_prefix("title: "));
        let of = |line: &'static str| {
            let mut parts = line.split('\t');
            let name = parts.next()?;
            (name == scenario.name).then(|| (parts.next(), parts.next()))
        };
        let (number, counts) = NUMBERS.lines().find_map(of).unwrap_or_default();
        Incident {
            name: scenario.name,
            title: title.unwrap_or(scenario.name),
            number: number.unwrap_or_default(),
            counts: counts.unwrap_or_default(),
        }
    })
}
