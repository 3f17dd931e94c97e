//! Which jobs of a workflow begin together, and after which others.

use crate::emit::ci::shares;

/// Into so many groups a wave is split whose jobs are to start at different times, where a job cannot
/// sleep itself.
const GROUPS: u32 = 4;

/// How the jobs of a workflow are split.
#[derive(Copy, Clone, Debug)]
pub(super) struct Split {
    /// Jobs of the workflow.
    pub jobs: u32,
    /// Waves, each after the one before; at least 1 and at most as many as jobs.
    pub waves: u32,
    /// Seconds over which the jobs of a wave start by waiting for other jobs that sleep; 0: at once.
    pub wait: u64,
    /// Groups of services, each of which some jobs have; at least 1.
    pub services: u32,
    /// Whether a job comes before all others that keeps workflows apart.
    pub distance: bool,
}

/// Jobs that sleep, or jobs that test: one entry of a workflow.
#[derive(Clone, Eq, PartialEq, Debug)]
pub(super) struct Batch {
    /// What it is called; `None` where it is the only one that tests.
    pub name: Option<String>,
    /// The entries that have to be done before.
    pub requires: Vec<String>,
    /// What it does.
    pub does: Does,
}

/// What an entry of a workflow does.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) enum Does {
    /// One job sleeps.
    Wait {
        /// How long.
        seconds: u64,
    },
    /// Jobs test.
    Test(Tests),
}

/// The jobs of an entry that test.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) struct Tests {
    /// How many; at least 1.
    pub jobs: u32,
    /// Which group of services they have, from 1.
    pub services: u32,
    /// The number of the first among all jobs of its group of services, from 1: each group has other
    /// tests.
    pub first: u32,
    /// All jobs of its group of services.
    pub of: u32,
    /// Jobs of the wave in entries before this one.
    pub place: u32,
    /// Jobs of the wave.
    pub wave: u32,
}

impl Split {
    /// Whether some jobs wait for another that sleeps.
    pub fn waits(self) -> bool {
        let mut batches = self.batches().into_iter();
        batches.any(|it| matches!(it.does, Does::Wait { .. }))
    }

    /// Into how many groups so many jobs of a wave are split.
    pub fn groups(self, jobs: u32) -> u32 {
        match self.wait {
            0 => 1,
            _ => GROUPS.min(jobs),
        }
    }

    /// The entries of the workflow, each after those that it requires.
    pub fn batches(self) -> Vec<Batch> {
        let mut batches = Vec::new();
        let mut before: Vec<String> = Vec::new();
        if self.distance {
            before.push("distance".to_owned());
        }
        // Jobs have groups of services in turn, so that each group is as large as the next.
        let mut first = 0;
        let mut numbered = vec![0; self.services as usize];
        for (wave, count) in (1..).zip(shares(self.jobs, self.waves)) {
            let of_wave = count;
            let mut place = 0;
            let mut names = Vec::new();
            let groups = self.groups(count);
            for (group, count) in (0..).zip(shares(count, groups)) {
                let at = self.place(wave, (groups > 1).then_some(group + 1));
                let seconds = u64::from(group) * self.wait / u64::from(groups);
                let mut requires = before.clone();
                if seconds > 0 {
                    let name = at.wait();
                    let requires = std::mem::replace(&mut requires, vec![name.clone()]);
                    batches.push(Batch {
                        name: Some(name),
                        requires,
                        does: Does::Wait { seconds },
                    });
                }
                for (services, jobs) in self.of_services(first, count) {
                    let name = at.test((self.services > 1).then_some(services));
                    names.extend(name.clone());
                    let before = &mut numbered[services as usize - 1];
                    let tests = Tests {
                        jobs,
                        services,
                        first: *before + 1,
                        of: self.of_group(services),
                        place,
                        wave: of_wave,
                    };
                    batches.push(Batch {
                        name,
                        requires: requires.clone(),
                        does: Does::Test(tests),
                    });
                    *before += jobs;
                    place += jobs;
                }
                first += count;
            }
            before = names;
        }
        batches
    }

    /// How many of `count` jobs from the `first` on have each group of services.
    fn of_services(self, first: u32, count: u32) -> impl Iterator<Item = (u32, u32)> {
        // Jobs below a place that have a group.
        let below =
            move |place: u32, group: u32| place.saturating_sub(group).div_ceil(self.services);
        let of = move |group| below(first + count, group) - below(first, group);
        let all = (0..self.services).map(move |group| (group + 1, of(group)));
        all.filter(|(_, jobs)| *jobs > 0)
    }

    /// How many of all jobs have a group of services.
    fn of_group(self, services: u32) -> u32 {
        let mut groups = self.of_services(0, self.jobs);
        let own = groups.find(|(group, _)| *group == services);
        own.map_or(0, |(_, jobs)| jobs)
    }

    fn place(self, wave: u32, group: Option<u32>) -> Place {
        Place {
            wave: (self.waves > 1).then_some(wave),
            group,
        }
    }
}

/// Where among the others an entry stands.
#[derive(Copy, Clone, Debug)]
struct Place {
    wave: Option<u32>,
    group: Option<u32>,
}

impl Place {
    fn wait(self) -> String {
        numbered("wait", [self.wave, self.group]).unwrap_or_else(|| "wait".to_owned())
    }

    fn test(self, services: Option<u32>) -> Option<String> {
        let kind = match self.wave {
            Some(_) => "wave",
            None => "test",
        };
        numbered(kind, [self.wave, self.group, services])
    }
}

/// A name with the numbers that there are; none without any.
fn numbered<const N: usize>(kind: &str, numbers: [Option<u32>; N]) -> Option<String> {
    let numbers: Vec<String> = numbers
        .into_iter()
        .flatten()
        .map(|it| it.to_string())
        .collect();
    (!numbers.is_empty()).then(|| format!("{kind}-{}", numbers.join("-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(split: Split) -> Vec<String> {
        let tell = |batch: Batch| {
            let name = batch.name.unwrap_or_default();
            let does = match batch.does {
                Does::Wait { seconds } => format!("{seconds}s"),
                Does::Test(it) => {
                    let last = it.first + it.jobs - 1;
                    format!("{}-{last}/{} of {}", it.first, it.of, it.services)
                }
            };
            format!("{name} after {}: {does}", batch.requires.join(" "))
        };
        split.batches().into_iter().map(tell).collect()
    }

    const PLAIN: Split = Split {
        jobs: 5,
        waves: 1,
        wait: 0,
        services: 1,
        distance: false,
    };

    #[test]
    fn jobs_that_are_not_split_are_one_entry_without_a_name() {
        assert_eq!(told(PLAIN), [" after : 1-5/5 of 1"]);
        let apart = Split {
            distance: true,
            ..PLAIN
        };
        assert_eq!(told(apart), [" after distance: 1-5/5 of 1"]);
    }

    #[test]
    fn a_wave_waits_for_all_of_the_one_before_and_its_groups_sleep_after_that() {
        let both = Split {
            waves: 2,
            wait: 8,
            distance: true,
            ..PLAIN
        };
        assert_eq!(
            told(both),
            [
                "wave-1-1 after distance: 1-1/5 of 1",
                "wait-1-2 after distance: 2s",
                "wave-1-2 after wait-1-2: 2-2/5 of 1",
                "wait-1-3 after distance: 5s",
                "wave-1-3 after wait-1-3: 3-3/5 of 1",
                "wave-2-1 after wave-1-1 wave-1-2 wave-1-3: 4-4/5 of 1",
                "wait-2-2 after wave-1-1 wave-1-2 wave-1-3: 4s",
                "wave-2-2 after wait-2-2: 5-5/5 of 1",
            ]
        );
    }

    #[test]
    fn groups_of_services_are_as_large_as_one_another_and_numbered_over_all_waves() {
        let split = Split {
            jobs: 8,
            waves: 2,
            services: 3,
            ..PLAIN
        };
        assert_eq!(
            told(split),
            [
                "wave-1-1 after : 1-2/3 of 1",
                "wave-1-2 after : 1-1/3 of 2",
                "wave-1-3 after : 1-1/2 of 3",
                "wave-2-1 after wave-1-1 wave-1-2 wave-1-3: 3-3/3 of 1",
                "wave-2-2 after wave-1-1 wave-1-2 wave-1-3: 2-3/3 of 2",
                "wave-2-3 after wave-1-1 wave-1-2 wave-1-3: 2-2/2 of 3",
            ]
        );
    }
}
