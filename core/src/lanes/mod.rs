//! Lanes: what each job, task or node of a run is doing, from when to when.
//!
//! A lane is one unit of a workload with all that it forks: a job is asleep while one of its logins
//! sleeps between two attempts. The lanes of a run are what a herd looks like; its tracks say how much
//! of what happened when.

mod axis;
mod tracks;

pub use axis::Axis;
pub use tracks::{Curve, Track, TrackKind};

use self::axis::Clock;
use self::tracks::Tracks;
use crate::engine::simulate_told;
use crate::limiter::{Decision, Limiter};
use crate::plan::{BlockRole, NONE, Plan, Start};
use crate::record::{Attempt, Line, LineKind, Recorder};
use crate::replicate::Prepared;
use crate::units::Time;
use serde::{Deserialize, Serialize};

/// More units have no lane of their own.
pub const LANES_MAX: usize = 10_000;

/// Stretches of one lane; what happens later is shown as the last of them.
const STRETCHES_MAX: usize = 200;

/// What happens in a run beyond this is left out.
const EVENTS_MAX: usize = 4_000_000;

/// The lanes of one run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Lanes {
    /// One a unit, in the order of the scenario.
    pub lanes: Vec<Lane>,
    /// Units that have none.
    pub left_out: u64,
    /// What happens when, over the same axis.
    pub tracks: Vec<Track>,
    /// What places of lanes and tracks count.
    pub axis: Axis,
    /// The end of the run on the axis.
    pub end: f64,
}

/// One unit.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Lane {
    /// Its name, as [`explain`](crate::explain::explain) takes it: `ci.jobs[3]`.
    pub name: String,
    /// What it does, one after another.
    pub stretches: Vec<Stretch>,
    /// What came of it.
    pub ending: Ending,
    /// Attempts of it that a limiter let through.
    pub admitted: u32,
    /// Attempts of it that a limiter refused.
    pub throttled: u32,
}

/// A time in which a unit does one thing.
#[derive(Copy, Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Stretch {
    /// When it begins, by the axis.
    pub from: f64,
    /// When it ends.
    pub until: f64,
    /// What it does.
    pub doing: Doing,
}

/// What a unit can be doing.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub enum Doing {
    /// It stands in line for a slot.
    Waiting,
    /// It makes requests or waits for their answers.
    Pulling,
    /// It sleeps between two attempts.
    Asleep,
    /// It has what it wanted and works.
    Running,
}

/// What came of a unit.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub enum Ending {
    /// It ended well.
    Done,
    /// It ended without success.
    Failed,
    /// The run ended before it.
    Open,
}

/// Records the lanes of one run of a variant.
///
/// # Panics
/// If the plan was not made by compile.
pub fn lanes(prepared: &Prepared, seed: u64, run: u32) -> Lanes {
    let (lanes, is_instant) = recorded(prepared, seed, run, Axis::Seconds);
    // Of one instant only the order can be seen.
    match is_instant {
        true => recorded(prepared, seed, run, Axis::Attempts).0,
        false => lanes,
    }
}

/// The lanes along an axis, and whether limiters decided something, all of it in one instant.
fn recorded(prepared: &Prepared, seed: u64, run: u32, axis: Axis) -> (Lanes, bool) {
    let plan = &prepared.plan;
    let (lane_of, names, left_out) = units(plan);
    let recorder = Herd {
        clock: Clock::new(axis),
        lane_of,
        counts: vec![(0, 0); names.len()],
        events: Vec::new(),
    };
    let mut recorder = (recorder, Tracks::new(plan, Clock::new(axis)));
    let outcome = simulate_told(plan, seed, u64::from(run), &mut recorder);
    let (mut herd, tracks) = recorder;
    let end = herd.clock.at(outcome.end);
    let is_instant = outcome.end == Time::ZERO && herd.clock.has_decided();
    // What is of one place stays in the order in which it happened.
    herd.events.sort_by_key(|event| (event.lane, event.at));
    let mut events = herd.events.as_slice();
    let mut lanes = Vec::with_capacity(names.len());
    for (index, (name, unit)) in names.into_iter().enumerate() {
        let own = events.partition_point(|event| event.lane as usize == index);
        let (mine, rest) = events.split_at(own);
        events = rest;
        if mine.is_empty() {
            continue;
        }
        let (stretches, ending) = story(mine, unit, end);
        let (admitted, throttled) = herd.counts[index];
        lanes.push(Lane {
            name,
            stretches,
            ending,
            admitted,
            throttled,
        });
    }
    let mut lanes = Lanes {
        tracks: tracks.finish(&lanes, end),
        lanes,
        left_out,
        axis,
        end: end.as_secs_f64(),
    };
    lanes.count_in(axis.unit());
    (lanes, is_instant)
}

impl Lanes {
    /// Counts in units of so many seconds instead of in seconds.
    fn count_in(&mut self, unit: f64) {
        if unit == 1.0 {
            return;
        }
        // Whole numbers, which a division misses by a little.
        let counted = |seconds: f64| (seconds / unit).round();
        self.end = counted(self.end);
        for stretch in self.lanes.iter_mut().flat_map(|it| &mut it.stretches) {
            (stretch.from, stretch.until) = (counted(stretch.from), counted(stretch.until));
        }
        for track in &mut self.tracks {
            track.width = counted(track.width);
            if track.kind == TrackKind::Attempts {
                let values = track.curves.iter_mut().flat_map(|it| &mut it.values);
                values.for_each(|value| *value *= unit);
            }
        }
    }
}

/// The lane of each activity, the units that have one by name and activity, and how many have none.
fn units(plan: &Plan) -> (Vec<u32>, Vec<(String, u32)>, u64) {
    let mut lane_of = vec![NONE; plan.activities() as usize];
    let mut names = Vec::new();
    let mut left_out = 0;
    for block in &plan.blocks {
        let workload = &plan.workloads[block.workload as usize];
        if workload.background {
            continue;
        }
        let is_unit = block.role == BlockRole::Unit;
        for place in 0..block.count {
            let id = block.first + place;
            // Parents come before their children, so a child finds the lane of its unit.
            let inherited = match block.start {
                Start::Forked { parent, each } => {
                    let above = plan.blocks[parent as usize].first + place / each.max(1);
                    lane_of[above as usize]
                }
                Start::Arrivals(_) | Start::Spread(_) => NONE,
            };
            lane_of[id as usize] = if inherited != NONE || !is_unit {
                inherited
            } else if names.len() < LANES_MAX {
                names.push((format!("{}.{}[{place}]", workload.name, block.name), id));
                names.len() as u32 - 1
            } else {
                left_out += 1;
                NONE
            };
        }
    }
    (lane_of, names, left_out)
}

/// Writes down what units and their parts do.
struct Herd {
    clock: Clock,
    lane_of: Vec<u32>,
    counts: Vec<(u32, u32)>,
    events: Vec<Event>,
}

#[derive(Copy, Clone)]
struct Event {
    lane: u32,
    activity: u32,
    at: Time,
    kind: LineKind,
}

impl Recorder for Herd {
    fn decided(&mut self, attempt: &Attempt, decision: Decision, _: &Limiter) {
        self.clock.decide(attempt.at);
        let lane = self.lane_of[attempt.activity as usize];
        if let Some((admitted, throttled)) = self.counts.get_mut(lane as usize) {
            match decision {
                Decision::Throttled(_) => *throttled += 1,
                Decision::Admitted | Decision::Delayed(_) => *admitted += 1,
            }
        }
    }

    fn happened(&mut self, line: Line) {
        let lane = self.lane_of[line.activity as usize];
        if lane != NONE && self.events.len() < EVENTS_MAX {
            self.events.push(Event {
                lane,
                activity: line.activity,
                at: self.clock.at(line.at),
                kind: line.kind,
            });
        }
    }
}

/// The stretches of one lane from its events by time.
fn story(events: &[Event], unit: u32, end: Time) -> (Vec<Stretch>, Ending) {
    let mut tale = Tale::default();
    let mut ending = Ending::Open;
    let mut asleep_until = Time::ZERO;
    let mut now = Doing::Pulling;
    for event in events {
        let own = event.activity == unit;
        if now == Doing::Asleep && event.at >= asleep_until {
            tale.turn(asleep_until, Doing::Pulling);
            now = Doing::Pulling;
        }
        let next = match event.kind {
            LineKind::Wanted if own => Some(Doing::Pulling),
            LineKind::Waits { .. } if now != Doing::Running => Some(Doing::Waiting),
            LineKind::Took { .. } if now == Doing::Waiting => Some(Doing::Pulling),
            LineKind::Sleeps { span, .. } if now != Doing::Running => {
                asleep_until = asleep_until.max(event.at + span);
                Some(Doing::Asleep)
            }
            LineKind::Started if own => Some(Doing::Running),
            LineKind::Done | LineKind::Failed | LineKind::Cancelled if own => {
                ending = match event.kind {
                    LineKind::Done => Ending::Done,
                    _ => Ending::Failed,
                };
                tale.close(event.at);
                None
            }
            _ => None,
        };
        if let Some(next) = next {
            ending = Ending::Open;
            tale.turn(event.at, next);
            now = next;
        }
    }
    if ending == Ending::Open {
        tale.close(end);
    }
    (tale.stretches, ending)
}

#[derive(Default)]
struct Tale {
    stretches: Vec<Stretch>,
    open: Option<(Time, Doing)>,
}

impl Tale {
    fn turn(&mut self, at: Time, doing: Doing) {
        if self.open.is_some_and(|(_, now)| now == doing) || self.stretches.len() >= STRETCHES_MAX {
            return;
        }
        self.close(at);
        self.open = Some((at, doing));
    }

    fn close(&mut self, at: Time) {
        if let Some((from, doing)) = self.open.take()
            && at > from
        {
            self.stretches.push(Stretch {
                from: from.as_secs_f64(),
                until: at.as_secs_f64(),
                doing,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::prepare;
    use crate::scenario::Document;

    fn of(name: &str, variant: &str) -> Lanes {
        lanes(&prepared(name, variant), 1, 0)
    }

    fn prepared(name: &str, variant: &str) -> Prepared {
        let text = crate::scenarios::built_in(name).unwrap().text;
        let document = Document::parse(name, text.as_bytes()).unwrap();
        let mut prepared = prepare(&document, &[variant.to_owned()]).unwrap();
        prepared.pop().unwrap()
    }

    #[test]
    fn every_job_has_a_lane_and_those_that_fail_are_the_ones_that_the_run_counts() {
        let lanes = of("circleci-ecr-fanout", "today");
        assert_eq!((lanes.lanes.len(), lanes.left_out), (64, 0));
        assert_eq!(lanes.lanes[3].name, "ci.jobs[3]");
        let throttled: u32 = lanes.lanes.iter().map(|lane| lane.throttled).sum();
        assert_eq!(throttled, 184);
        for lane in &lanes.lanes {
            let failed = lane.ending == Ending::Failed;
            assert_eq!(failed, lane.throttled > 0, "{}", lane.name);
        }
    }

    fn track(lanes: &Lanes, kind: TrackKind) -> &Track {
        let mut tracks = lanes.tracks.iter();
        let found = tracks.find(|track| track.kind == kind);
        found.unwrap_or_else(|| panic!("no {kind:?} among {:#?}", names(lanes)))
    }

    fn names(lanes: &Lanes) -> Vec<String> {
        let tracks = lanes.tracks.iter();
        tracks
            .map(|track| format!("{}: {}", track.name, track.summary))
            .collect()
    }

    fn total(track: &Track, curve: usize) -> f64 {
        track.curves[curve].values.iter().sum::<f64>() * track.width
    }

    #[test]
    fn tracks_add_up_to_what_the_run_counts() {
        let lanes = of("circleci-ecr-fanout", "today");
        let attempts = track(&lanes, TrackKind::Attempts);
        assert_eq!(
            attempts.name,
            "ecr GetAuthorizationToken: attempts, one by one"
        );
        assert!((total(attempts, 0) - 200.0).abs() < 1e-6);
        assert!((total(attempts, 1) - 184.0).abs() < 1e-6);
        let credits = track(&lanes, TrackKind::Credits);
        assert_eq!(credits.width, attempts.width, "they end where the run does");
        let least = credits.curves[0].values.iter().copied().reduce(f64::min);
        assert!(least.is_some_and(|least| (0.0..1.0).contains(&least)));
        let doing = track(&lanes, TrackKind::Doing);
        let failed = lanes.lanes.iter();
        let failed = failed.filter(|lane| lane.ending == Ending::Failed).count();
        assert_eq!(doing.curves[4].values.last(), Some(&(failed as f64)));
        let most = doing.curves.iter().flat_map(|curve| &curve.values);
        assert!(most.copied().fold(0.0, f64::max) <= lanes.lanes.len() as f64);
    }

    #[test]
    fn of_a_run_that_is_one_instant_the_order_of_attempts_is_seen() {
        let lanes = of("circleci-ecr-fanout", "today");
        assert_eq!((lanes.axis, lanes.end), (Axis::Attempts, 384.0));
        assert_eq!(of("circleci-ecr-fanout", "tuned").axis, Axis::Seconds);
        let attempts = track(&lanes, TrackKind::Attempts);
        assert_eq!(attempts.width, 1.0, "a bin an attempt");
        let [admitted, throttled] = [0, 1].map(|at| &attempts.curves[at].values);
        let refused_from = throttled.iter().position(|it| *it > 0.0);
        assert_eq!(refused_from, Some(200), "a full bucket serves them first");
        assert!(admitted[..200].iter().all(|it| (it - 1.0).abs() < 1e-9));
        let credits = &track(&lanes, TrackKind::Credits).curves[0].values;
        assert_eq!((credits[0], credits[199], credits[383]), (199.0, 0.0, 0.0));
        for lane in &lanes.lanes {
            assert!(lane.stretches.iter().all(|it| it.from < it.until));
            assert!(lane.stretches.last().is_some_and(|it| it.until <= 384.0));
        }
    }

    #[test]
    fn where_no_limiter_is_asked_there_is_no_order_to_be_seen() {
        let mut prepared = prepared("circleci-ecr-fanout", "today");
        for site in &mut prepared.plan.sites {
            site.checks = 0..0;
        }
        let lanes = lanes(&prepared, 1, 0);
        assert_eq!((lanes.axis, lanes.end), (Axis::Seconds, 0.0));
    }

    #[test]
    fn loops_are_counted_apart_and_whoever_is_locked_out_is_seen() {
        let lanes = of("swarm-restart-loop", "today");
        let loops = track(&lanes, TrackKind::Loops);
        assert!(loops.curves.len() > 1, "{}", loops.summary);
        let locked = track(&lanes, TrackKind::LockedOut);
        let most = locked.curves[0].values.iter().copied().fold(0.0, f64::max);
        assert!(most >= 1.0, "{}", locked.summary);
    }

    #[test]
    fn a_retrying_herd_sleeps_and_no_stretch_begins_before_the_one_before_it_ends() {
        let lanes = of("circleci-ecr-fanout", "tuned");
        let all = || lanes.lanes.iter().flat_map(|lane| &lane.stretches);
        assert!(all().any(|stretch| stretch.doing == Doing::Asleep));
        for lane in &lanes.lanes {
            assert!(
                lane.stretches
                    .windows(2)
                    .all(|two| two[0].until <= two[1].from)
            );
            assert!(
                lane.stretches
                    .iter()
                    .all(|stretch| stretch.from < stretch.until)
            );
            assert_eq!(lane.ending, Ending::Done, "{}", lane.name);
        }
    }
}
