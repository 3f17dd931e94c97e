//! One variant: its border, its curve, its answer.

use super::axis::Axis;
use super::border::{border, border_below, border_from, known};
use super::headroom::{Found, headroom};
use super::knee::knee;
use super::load::Load;
use super::model::{Unsure, VariantCapacity};
use super::point::{Hands, Measured, Point};
use super::{Options, quota};
use crate::judge::Status;
use crate::order::Arrange;
use crate::replicate::{Prepared, RunSummary, Workers};
use crate::scenario::Document;
use crate::yaml::Diagnostics;

/// A curve goes on to this many times the largest border found, if loads go that far.
const BEYOND: u64 = 3;

/// A curve goes on at least this far.
const PLACES_LEAST: u64 = 8;

/// A variant and the loads that were tried.
pub(super) struct Probe<'a> {
    document: &'a Document,
    prepared: &'a Prepared,
    path: &'a str,
    axis: &'a Axis,
    measured: Measured,
    hands: Hands<'a>,
    /// By rising load.
    points: Vec<Point>,
    /// What the scenario is refused for at a load, which ends everything.
    problem: Option<Diagnostics>,
    falling: bool,
    border: Border,
    /// What the number is where the scenario does not write it.
    default: Option<String>,
}

/// Places in order of difficulty, easiest first.
#[derive(Copy, Clone, Default, Debug)]
struct Border {
    holds: Option<u64>,
    fails: Option<u64>,
}

impl<'a> Probe<'a> {
    /// A variant of which nothing is known.
    pub fn new(
        document: &'a Document,
        prepared: &'a Prepared,
        path: &'a str,
        axis: &'a Axis,
        options: &Options,
        workers: &'a dyn Workers,
    ) -> Self {
        Probe {
            document,
            prepared,
            path,
            axis,
            measured: Measured::of(prepared, path),
            hands: Hands::new(workers, options.seed, options.runs),
            points: Vec::new(),
            problem: None,
            falling: false,
            border: Border::default(),
            default: None,
        }
    }

    /// The same probe, where the number has a default.
    pub fn with_default(self, default: Option<String>) -> Self {
        Probe { default, ..self }
    }

    /// The same probe with other hands.
    pub fn with(self, hands: Hands<'a>) -> Self {
        Probe { hands, ..self }
    }

    /// Takes no more runs than so many events are worth, by how long one is at the load of today: half
    /// of them to find the border, the rest for what is asked after it ([`Self::go_on`]).
    pub fn spare(&mut self, events: u64) {
        let Hands { workers, seed, .. } = self.hands;
        let first = workers.run(self.prepared, seed, 0, 1);
        let each = first.first().map_or(1, |run| run.events);
        self.hands = Hands::sparing(workers, seed, events / 2, each);
    }

    /// Allows a quarter of so many events more.
    pub fn go_on(&mut self, events: u64) {
        self.hands.events = self.hands.events.saturating_add(events / 4);
    }

    /// Takes runs that were made at a load, the first ones of the seed.
    ///
    /// # Errors
    /// What the scenario is refused for at that load.
    pub fn take(&mut self, load: &Load, runs: &[RunSummary]) -> Result<(), Diagnostics> {
        let mut point = Point::new(load, self.at(load)?, &self.measured);
        point.take(runs);
        let places = &mut self.points;
        let at = places.partition_point(|it| it.load.value < load.value);
        places.insert(at, point);
        Ok(())
    }

    /// Tries whether the scenario takes the smallest and the largest load.
    ///
    /// # Errors
    /// What it is refused for.
    pub fn check(&self) -> Result<[Prepared; 2], Diagnostics> {
        let first = self.at(&self.axis.at(0))?;
        Ok([first, self.at(&self.axis.at(self.axis.len() - 1))?])
    }

    /// Tries whether the scenario takes a target.
    ///
    /// # Errors
    /// What it is refused for.
    pub fn check_target(&self, target: &Load) -> Result<(), Diagnostics> {
        self.set_at("--target", target).map(|_| ())
    }

    /// Finds up to which load it holds.
    ///
    /// # Errors
    /// What the scenario is refused for at a load of the range.
    pub fn find(&mut self) -> Result<(), Diagnostics> {
        let count = self.axis.len();
        let round = self.hands.round;
        // Less is more load where the smallest number fails and the largest holds.
        self.falling = false;
        if self.status(0, round) != Status::Met && count > 1 {
            self.falling = true;
            self.falling = self.status(0, round) == Status::Met;
        }
        self.find_border(None);
        self.find_failure();
        self.problem.take().map_or(Ok(()), Err)
    }

    /// Finds up to which load of a count it holds, begun at a load; the largest load known to hold,
    /// where runs end before.
    ///
    /// # Errors
    /// What the scenario is refused for at a load of the range.
    pub fn rise(&mut self, from: Option<u64>) -> Result<Option<u64>, Diagnostics> {
        self.find_border(from);
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        Ok(self.border.holds)
    }

    /// Whether nothing that is expected can be judged at a place: that it holds there says nothing.
    pub fn is_skipped_at(&self, place: u64) -> bool {
        self.is_skipped(&self.load(place))
    }

    /// Whether the border is where it was found, and not where runs ended.
    pub fn is_found(&self) -> bool {
        let next = self.border.holds.map_or(0, |place| place + 1);
        let breaks = || self.tried().contains(&(next, Status::Broken));
        !self.hands.are_tied() || next == self.axis.len() || breaks()
    }

    /// How many runs a load had.
    pub fn runs_at(&self, place: u64) -> u32 {
        let load = self.load(place);
        let point = self.points.iter().find(|it| it.load.value == load.value);
        point.map_or(0, |it| it.runs)
    }

    /// Draws the curve up to a place, and moves the border if a load below it does not hold; `drawn`
    /// hears which part of it is drawn.
    ///
    /// # Errors
    /// What the scenario is refused for at a load of the range.
    pub fn draw(&mut self, last: u64, drawn: &dyn Fn(f64)) -> Result<(), Diagnostics> {
        let mut places = self.axis.spread(0, last);
        let border = self.border.holds.or(self.border.fails);
        if let Some(border) = border {
            let place = self.turned(border);
            places.extend(self.axis.about(place, last));
        }
        if let Some(now) = self.now().and_then(|now| self.axis.place(&now)) {
            places.push(now);
        }
        places.arrange();
        places.dedup();
        let count = places.len() as f64;
        for (number, place) in places.into_iter().enumerate() {
            if self.hands.are_tied() {
                break;
            }
            drawn(number as f64 / count);
            let round = self.hands.round;
            self.status(self.turned(place), round);
            let load = self.axis.at(place);
            let Probe {
                points,
                hands,
                measured,
                ..
            } = self;
            if let Some(point) = points.iter_mut().find(|it| it.load.value == load.value) {
                point.draw(hands, measured);
                // Rounds to draw may have changed what the first one said.
                point.settle(round, hands);
            }
        }
        self.find_gap();
        self.problem.take().map_or(Ok(()), Err)
    }

    /// The place at which a curve of this variant says all there is to say.
    pub fn end_of_curve(&self) -> u64 {
        let last = self.axis.len() - 1;
        if self.falling || (self.border.holds == Some(last)) {
            return last;
        }
        let border = self.border.holds.map_or(0, |place| place + 1);
        let now = self.now().and_then(|now| self.axis.place(&now));
        let end = border.saturating_mul(BEYOND).max(PLACES_LEAST);
        end.max(now.unwrap_or(0)).min(last)
    }

    /// What is known so far: `today holds to 6 workflows`.
    pub fn in_words(&self, unit: &str) -> String {
        let name = &self.prepared.name;
        match self.border.holds {
            Some(place) => format!("{name} holds to {}", self.load(place).named(unit)),
            None => format!("{name} does not hold"),
        }
    }

    /// Whether anything was simulated.
    pub fn has_runs(&self) -> bool {
        self.hands.spent > 0
    }

    /// What is measured.
    pub fn measured(&self) -> &Measured {
        &self.measured
    }

    /// The answer, with the quota that the target needs: the one that was asked for, else the one that
    /// is planned for, else twice the load of today.
    ///
    /// # Errors
    /// What the scenario is refused for at the target or the load of today.
    pub fn finish(
        mut self,
        target: Option<&Load>,
        planned: Option<&Load>,
    ) -> Result<VariantCapacity, Diagnostics> {
        let now = self.now();
        let mut verdict_now = None;
        if let Some(now) = &now {
            let round = self.hands.round;
            let verdict = self.settle(now, round)?;
            verdict_now = Some(match self.is_skipped(now) {
                true => Status::Skipped,
                false => verdict,
            });
        }
        let is_load = self.is_load();
        let some = now.as_ref().filter(|now| is_load && now.value > 0.0);
        let twice = some.and_then(|now| now.times(2, self.falling));
        let is_asked = target.is_some();
        let mut quota = None;
        let last = self.path.rsplit('.').next().unwrap_or_default();
        let own = self.document.scenario().load.as_ref();
        let own = own.filter(|it| it.value.path == self.path);
        let unit = own.map_or(last, |it| it.value.unit.as_str());
        if let Some(target) = target.or(planned).cloned().or(twice)
            && !self.hands.are_tied()
        {
            quota = match self.at(&target) {
                Ok(at_target) => Some(quota::quota(
                    &target,
                    &at_target,
                    &self.measured,
                    unit,
                    &mut self.hands,
                )),
                // Twice as much of something that has a most is nobody's question.
                Err(_) if !is_asked => None,
                Err(problems) => return Err(problems),
            };
        }
        let holds_to = self.border.holds.map(|place| self.load(place));
        // Of what holds to a load at which nothing is judged nobody knows whether it holds.
        let skipped = holds_to.as_ref().is_some_and(|load| self.is_skipped(load));
        let holds_to = holds_to.filter(|_| !skipped);
        let fails_from = self.border.fails.map(|place| self.load(place));
        let point = |load: &Option<Load>| {
            let load = load.as_ref()?;
            self.points.iter().find(|it| it.load.value == load.value)
        };
        let last = self.axis.len() - 1;
        let to_the_end = self.border.holds == Some(last);
        let or_more = to_the_end && !skipped;
        let adjacent = self.border.fails == Some(self.border.holds.map_or(0, |place| place + 1));
        let unsure = match () {
            _ if to_the_end || adjacent => skipped.then_some(Unsure::Skipped),
            _ if self.hands.workers.stopped() => Some(Unsure::Interrupted),
            _ if self.hands.left == 0 || self.hands.events == 0 => Some(Unsure::RunsSpent),
            _ => Some(Unsure::Undecided),
        };
        let found = Found {
            least: &self.axis.at(0),
            holds_to: holds_to.as_ref(),
            is_sharp: adjacent && !skipped,
            is_load,
            falling: self.falling,
            fails_from: fails_from.as_ref(),
        };
        let headroom = now
            .zip(verdict_now)
            .map(|(now, verdict)| headroom(&now, verdict, found));
        Ok(VariantCapacity {
            name: self.prepared.name.clone(),
            about: self.prepared.about.clone(),
            overrides: self.prepared.overrides.clone(),
            deterministic: self.points.iter().all(|it| it.prepared.deterministic),
            runs: self.hands.spent,
            falling: self.falling,
            holds_in: point(&holds_to).map_or(0, |it| it.runs),
            or_more,
            broken: point(&fails_from).map_or_else(Vec::new, |it| it.verdict.lacking.clone()),
            holds_again: self.holds_again(),
            unsure,
            headroom,
            knee: self.knee(),
            curve: self
                .points
                .iter()
                .filter(|it| it.runs > 0)
                .map(|it| it.report(&self.measured))
                .collect(),
            quota,
            holds_to,
            fails_from,
        })
    }

    /// Whether all expectations are skipped at a load that was tried, and what is taken for granted holds.
    fn is_skipped(&self, load: &Load) -> bool {
        let mut points = self.points.iter();
        let point = points.find(|it| it.load.value == load.value);
        point.is_some_and(Point::is_skipped)
    }

    /// Whether the number is load: what the scenario says is, and what workloads have of which more
    /// is harder. Limits of services, and times that are better longer, are none, except how often
    /// something begins.
    fn is_load(&self) -> bool {
        let own = self.document.scenario().load.as_ref();
        own.is_some_and(|load| load.value.path == self.path)
            || self.path.starts_with("workloads.")
                && (!self.falling || self.path.ends_with(".every"))
    }

    /// The load that the variant has in the scenario, written or by default.
    fn now(&self) -> Option<Load> {
        let overrides = &self.prepared.overrides;
        let own = overrides.iter().find(|(path, _)| path == self.path);
        let text = match own {
            Some((_, value)) => Some(value.clone()),
            None => self
                .document
                .value_at(self.path)
                .or_else(|| self.default.clone()),
        };
        let (load, measure) = Load::read(&text?)?;
        (measure == self.axis.measure).then_some(load)
    }

    /// The variant at a load.
    fn at(&self, load: &Load) -> Result<Prepared, Diagnostics> {
        self.set_at("--vary", load)
    }

    /// The variant at a load that an argument named.
    fn set_at(&self, argument: &str, load: &Load) -> Result<Prepared, Diagnostics> {
        // What is wrong with another variant there is no matter of this one.
        let (changed, refused) = self.document.set_sparing(argument, self.path, &load.text)?;
        let Prepared {
            name,
            about,
            overrides,
            ..
        } = self.prepared;
        if let Some(own) = refused.into_iter().find(|it| it.name == *name) {
            return Err(own.problems);
        }
        let variant = changed.variants().iter().find(|it| it.name == *name);
        if variant.is_none() && !overrides.is_empty() {
            // What was searched is in no file.
            let load = (self.path.to_owned(), load.text.clone());
            let scenario = self.document.with_all(overrides.iter().chain([&load]));
            let prepared = scenario.and_then(|it| Prepared::new(name, about, overrides, &it));
            return prepared.map_err(|problems| changed.diagnostics(problems));
        }
        let scenario = variant.map_or(changed.scenario(), |it| &it.scenario);
        Prepared::new(name, about, overrides, scenario)
            .map_err(|problems| changed.diagnostics(problems))
    }

    /// A place in order of difficulty as one on the axis, or the other way round.
    fn turned(&self, place: u64) -> u64 {
        match self.falling {
            true => self.axis.len() - 1 - place,
            false => place,
        }
    }

    /// The load at a place in order of difficulty.
    fn load(&self, place: u64) -> Load {
        self.axis.at(self.turned(place))
    }

    /// Whether it holds at a place in order of difficulty, decided with at least so many runs.
    fn status(&mut self, place: u64, least: u32) -> Status {
        let load = self.load(place);
        match self.settle(&load, least) {
            Ok(status) => status,
            Err(problem) => {
                self.problem.get_or_insert(problem);
                Status::Undecided
            }
        }
    }

    fn settle(&mut self, load: &Load, least: u32) -> Result<Status, Diagnostics> {
        let at = self
            .points
            .binary_search_by(|it| it.load.value.total_cmp(&load.value));
        let at = match at {
            Ok(at) => at,
            Err(_) if self.hands.are_tied() => return Ok(Status::Undecided),
            Err(at) => {
                let point = Point::new(load, self.at(load)?, &self.measured);
                self.points.insert(at, point);
                at
            }
        };
        Ok(self.points[at].settle(least, &mut self.hands))
    }

    /// Moves the border to where it is, begun at a place.
    fn find_border(&mut self, from: Option<u64>) {
        let count = self.axis.len();
        let (round, confirm) = (self.hands.round, self.hands.confirm);
        let mut holds = border_from(from, count, |place| {
            self.status(place, round) == Status::Met
        });
        loop {
            self.border.holds = holds;
            if self.hands.are_tied() {
                self.border.holds = known(&self.tried());
                return;
            }
            if self.problem.is_some() {
                return;
            }
            if let Some(place) = holds
                && self.status(place, confirm) != Status::Met
            {
                // What is rare, few runs do not see.
                holds = border_below(place, |it| self.status(it, confirm) == Status::Met);
                continue;
            }
            let next = holds.map_or(0, |place| place + 1);
            if next == count || self.status(next, confirm) != Status::Met {
                return;
            }
            holds = border_from(Some(next), count, |place| {
                self.status(place, round) == Status::Met
            });
        }
    }

    /// The nearest place beyond the border that is surely broken.
    fn find_failure(&mut self) {
        let (count, round) = (self.axis.len(), self.hands.round);
        let next = self.border.holds.map_or(0, |place| place + 1);
        let unbroken = border(count.saturating_sub(next), |place| {
            self.status(next + place, round) != Status::Broken
        });
        let fails = next + unbroken.map_or(0, |place| place + 1);
        let broken = fails < count && self.status(fails, round) == Status::Broken;
        self.border.fails = broken.then_some(fails);
    }

    /// Moves the border below the smallest load that was tried and does not hold.
    fn find_gap(&mut self) {
        loop {
            let Some(holds) = self.border.holds else {
                return;
            };
            let gap = self.tried().into_iter().find(|(place, status)| {
                *place <= holds && *status != Status::Met && !self.hands.are_tied()
            });
            let Some((gap, _)) = gap else {
                return;
            };
            let confirm = self.hands.confirm;
            self.border.holds = border(gap, |place| self.status(place, confirm) == Status::Met);
            self.find_failure();
        }
    }

    /// The places of the range that were tried, easiest first, and how they fare.
    fn tried(&self) -> Vec<(u64, Status)> {
        let places = self.points.iter().filter(|it| it.runs > 0);
        let mut places: Vec<(u64, Status)> = places
            .filter_map(|it| Some((self.axis.place(&it.load)?, it.verdict.status)))
            .map(|(place, status)| (self.turned(place), status))
            .collect();
        places.arrange_by_key(|(place, _)| *place);
        places
    }

    fn holds_again(&self) -> Vec<Load> {
        let Some(fails) = self.border.fails else {
            return Vec::new();
        };
        let tried = self.tried().into_iter();
        let again = tried.filter(|(place, status)| *place > fails && *status == Status::Met);
        again.map(|(place, _)| self.load(place)).collect()
    }

    fn knee(&self) -> Option<Load> {
        let throttled = |it: &Point| (it.load.value, it.throttled(&self.measured));
        let tried = self.points.iter().filter(|it| it.runs > 0);
        let mut curve: Vec<(f64, f64)> = tried.map(throttled).collect();
        if self.falling {
            curve.reverse();
        } else {
            // No load, nothing throttled.
            curve.insert(0, (0.0, 0.0));
        }
        let (value, _) = curve[knee(&curve)?];
        let point = self.points.iter().find(|it| it.load.value == value);
        point.map(|it| it.load.clone())
    }
}
