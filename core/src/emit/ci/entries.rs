//! The jobs of a fan-out as entries of a file, numbered through: the index that a CI system gives a job
//! begins anew in each entry, and whoever splits tests by it would run the same ones in each wave.

use super::{shares, whole_seconds};
use crate::scenario::model::CiFanout;

/// Jobs that one entry of the file starts.
#[derive(Clone, Eq, PartialEq, Debug)]
pub(in crate::emit) struct Entry {
    /// Which wave they are of, from 1.
    pub wave: u32,
    /// The entry's name.
    pub name: String,
    /// The number of the first among all jobs, from 1.
    pub first: u32,
    /// How many; at least 1.
    pub jobs: u32,
    /// Jobs of the wave in entries before this one.
    pub before: u32,
    /// Jobs of the wave.
    pub of_wave: u32,
}

impl Entry {
    /// Whether the wave has other entries.
    pub fn is_part(&self) -> bool {
        self.jobs < self.of_wave
    }
}

/// The entries of a fan-out, wave by wave, each of so many jobs at most.
pub(in crate::emit) fn entries(fanout: &CiFanout, most: u32) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut first = 1;
    for (wave, of_wave) in (1..).zip(shares(fanout.jobs, fanout.waves.max(1))) {
        let parts = of_wave.div_ceil(most);
        let mut before = 0;
        for (part, jobs) in (1..).zip(shares(of_wave, parts)) {
            let name = match (fanout.waves, parts) {
                (0 | 1, 0 | 1) => "test".to_owned(),
                (0 | 1, _) => format!("test-{part}"),
                (_, 1) => format!("wave-{wave}"),
                _ => format!("wave-{wave}-{part}"),
            };
            found.push(Entry {
                wave,
                name,
                first,
                jobs,
                before,
                of_wave,
            });
            first += jobs;
            before += jobs;
        }
    }
    found
}

/// The names of the entries of a wave.
pub(in crate::emit) fn of_wave(entries: &[Entry], wave: u32) -> Vec<String> {
    let own = entries.iter().filter(|it| it.wave == wave);
    own.map(|it| it.name.clone()).collect()
}

/// Over how many whole seconds the jobs of a wave are spread by sleeps; none where none of them would
/// sleep for as long as a second: a sleep of a shell takes whole ones.
pub(in crate::emit) fn spread(fanout: &CiFanout) -> Option<u64> {
    let seconds = whole_seconds(fanout.launch_spread);
    let jobs = u64::from(fanout.jobs.div_ceil(fanout.waves.max(1)));
    let longest = jobs.saturating_sub(1) * seconds / jobs.max(1);
    (longest > 0).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::ci::fan_out_of_incident;

    fn told(set: &str, most: u32) -> Vec<String> {
        let tell = |it: &Entry| {
            let last = it.first + it.jobs - 1;
            let place = format!("{}/{}", it.before, it.of_wave);
            format!("{} {}-{last} at {place}", it.name, it.first)
        };
        let entries = entries(&fan_out_of_incident(set), most);
        entries.iter().map(tell).collect()
    }

    #[test]
    fn numbers_run_through_all_waves() {
        assert_eq!(told("workloads.ci.images: 2", 200), ["test 1-32 at 0/32"]);
        assert_eq!(
            told("workloads.ci.waves: 3", 200),
            [
                "wave-1 1-11 at 0/11",
                "wave-2 12-22 at 0/11",
                "wave-3 23-32 at 0/10"
            ]
        );
    }

    #[test]
    fn a_wave_of_more_jobs_than_an_entry_takes_has_several() {
        assert_eq!(
            told("workloads.ci.waves: 2", 10),
            [
                "wave-1-1 1-8 at 0/16",
                "wave-1-2 9-16 at 8/16",
                "wave-2-1 17-24 at 0/16",
                "wave-2-2 25-32 at 8/16"
            ]
        );
        assert_eq!(
            told("workloads.ci.images: 2", 20),
            ["test-1 1-16 at 0/32", "test-2 17-32 at 16/32"]
        );
    }

    #[test]
    fn jobs_are_spread_where_one_of_them_sleeps_for_a_second() {
        let spread = |set: &str| spread(&fan_out_of_incident(&format!("workloads.ci.{set}")));
        assert_eq!(spread("launch_spread: 0s"), None);
        assert_eq!(spread("launch_spread: 500ms"), None);
        assert_eq!(spread("launch_spread: 1s"), None);
        assert_eq!(spread("launch_spread: 1500ms"), Some(2));
        let alone = "launch_spread: 1min, workloads.ci.waves: 32";
        assert_eq!(spread(alone), None, "one job a wave");
    }
}
