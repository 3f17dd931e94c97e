//! What one limiter saw over one run: attempts above, credits below.

use super::number::{compact, grouped};
use super::spec::{Axis, Callout, Chart, Level, Mark, Panel, Role, Scale, Series, Shape, Unit};
use super::ticks::powers_from;
use crate::limiter::{Algorithm, Refill};
use crate::order::Arrange;
use crate::outcome::{CutOff, Outcome};
use crate::plan::{LimiterPlan, Plan};
use crate::record::{self, Bin};
use crate::units::{Span, Time};

/// At most so many steps are drawn, so that each is some pixels wide.
const STEPS_MAX: f64 = 100.0;

/// What a timeline is made from.
#[derive(Copy, Clone, Debug)]
pub struct TimelineData<'a> {
    /// Name of the scenario.
    pub scenario: &'a str,
    /// Name of the variant.
    pub variant: &'a str,
    /// Which run, from 0 on.
    pub run: u64,
    /// The limiter.
    pub limiter: &'a LimiterPlan,
    /// Its bins from time 0 on.
    pub bins: &'a [Bin],
    /// Width of a bin; above 0.
    pub width: Span,
    /// Until when the chart goes, if nothing makes it go further: charts side by side are easier to
    /// compare over the same time.
    pub at_least: Time,
    /// Why and when the run was stopped, if it was.
    pub cut_off: Option<(CutOff, Time)>,
}

impl<'a> TimelineData<'a> {
    /// The data of one limiter of a run that recorded series.
    pub fn of(
        plan: &'a Plan,
        outcome: &Outcome,
        series: &'a record::Series,
        limiter: u32,
        run: u64,
    ) -> Self {
        TimelineData {
            scenario: &plan.scenario,
            variant: &plan.variant,
            run,
            limiter: &plan.limiters[limiter as usize],
            bins: series.bins(limiter),
            width: series.width(),
            at_least: Time::ZERO,
            cut_off: outcome.cut_off.map(|reason| (reason, outcome.end)),
        }
    }
}

/// The limiter that throttled most attempts in a run, of equals the one that was asked most; `None`
/// if nobody asked any.
pub fn most_throttled(outcome: &Outcome) -> Option<u32> {
    let sums = outcome
        .totals
        .limiters
        .iter()
        .enumerate()
        .map(|(at, keys)| {
            let throttled: u64 = keys.iter().map(|key| key.throttled).sum();
            let offered: u64 = keys.iter().map(|key| key.offered()).sum();
            // Of equals the first, as in the plan.
            ((throttled, offered), std::cmp::Reverse(at))
        });
    let ((_, offered), std::cmp::Reverse(at)) = sums.max()?;
    (offered > 0).then_some(at as u32)
}

/// Attempts that a limiter let through and refused, and the credits it had left, over time.
pub fn timeline(data: &TimelineData<'_>) -> Chart {
    let facts = Facts::of(data);
    let x = Axis::new("time since the scenario began", Unit::Seconds, facts.end);
    let mut rows: Vec<f64> = facts
        .steps(|bin| bin.offered())
        .iter()
        .map(|p| p.0)
        .collect();
    rows.push(x.end);
    Chart {
        kind: "timeline",
        title: facts.title(),
        subtitle: facts.subtitle(),
        description: facts.description(),
        panels: vec![facts.attempts(), facts.credits()],
        marks: facts.marks(),
        rows,
        x,
    }
}

/// What follows from the data, for all parts of the chart. Times are in seconds.
struct Facts<'a> {
    data: &'a TimelineData<'a>,
    admitted: u64,
    throttled: u64,
    background: u64,
    /// Credits when full.
    burst: f64,
    /// Credits that come back a second, where they come all the time.
    refill: Option<f64>,
    /// Where the chart ends.
    end: f64,
    /// How many bins make a step.
    group: usize,
    /// Begin of the last bin in which someone other than the background got through.
    last_admitted: Option<Time>,
    credits: Vec<(f64, f64)>,
}

impl<'a> Facts<'a> {
    fn of(data: &'a TimelineData<'a>) -> Self {
        let sum = |count: fn(&Bin) -> u64| -> u64 {
            data.bins
                .iter()
                .fold(0, |sum, bin| sum.saturating_add(count(bin)))
        };
        let algorithm = &data.limiter.spec.algorithm;
        let last = data
            .bins
            .iter()
            .rposition(|bin| bin.admitted > 0 && bin.offered() > bin.background);
        let mut facts = Facts {
            data,
            admitted: sum(|bin| bin.admitted),
            throttled: sum(|bin| bin.throttled),
            background: sum(|bin| bin.background),
            burst: algorithm.credits_max() as f64,
            refill: match algorithm {
                Algorithm::TokenBucket(spec) => match spec.refill {
                    Refill::Continuous(rate) => Some(rate.per_second_f64()),
                    Refill::Lump { .. } => None,
                },
                _ => None,
            },
            end: 1.0,
            group: 1,
            last_admitted: last.map(|at| Time::from_nanos(at as u64 * data.width.as_nanos())),
            credits: Vec::new(),
        };
        facts.credits = facts.credits_over_time();
        facts.end = facts.end();
        facts.follow_refill();
        let bins = facts.end / data.width.as_secs_f64();
        let factors = (0..).flat_map(|decade| [1, 2, 5].map(|factor| factor * 10usize.pow(decade)));
        facts.group = factors
            .take_while(|group| *group < 1 << 20)
            .find(|group| bins / *group as f64 <= STEPS_MAX)
            .unwrap_or(1 << 20);
        facts
    }

    fn offered(&self) -> u64 {
        self.admitted.saturating_add(self.throttled)
    }

    fn name(&self) -> String {
        format!("{} {}", self.data.limiter.service, self.data.limiter.name)
    }

    /// The end of what happened, and of the refill that follows or a part of it.
    fn end(&self) -> f64 {
        let happened = (self.data.bins.len() as f64 * self.data.width.as_secs_f64()).max(1e-9);
        let last = self.credits.last().copied();
        let full = match (self.refill, last) {
            (Some(refill), Some((at, left))) if refill > 0.0 => at + (self.burst - left) / refill,
            _ => 0.0,
        };
        let least = happened.max(self.data.at_least.as_secs_f64());
        match self.data.cut_off {
            Some((_, at)) => least.max(at.as_secs_f64()),
            None => least.max(full.min((1.25 * happened).max(60.0))),
        }
    }

    fn credits_over_time(&self) -> Vec<(f64, f64)> {
        let spec = &self.data.limiter.spec;
        let initial = spec.initial.credits(spec.algorithm.credits_max()) as f64;
        let mut points = vec![(0.0, initial)];
        for (at, bin) in self.data.bins.iter().enumerate() {
            if let Some(left) = bin.credits {
                let at = at as f64 * self.data.width.as_secs_f64();
                self.refill_until(at, &mut points);
                points.push((at, left.max(0.0).min(self.burst)));
            }
        }
        points
    }

    fn follow_refill(&mut self) {
        let mut points = std::mem::take(&mut self.credits);
        self.refill_until(self.end, &mut points);
        self.credits = points;
    }

    /// Adds what the limiter does between two decisions: a bucket fills, others hold what they had.
    fn refill_until(&self, until: f64, points: &mut Vec<(f64, f64)>) {
        let Some((at, left)) = points.last().copied() else {
            return;
        };
        if until <= at {
            return;
        }
        let refill = self.refill.unwrap_or(0.0);
        let level = left + refill * (until - at);
        if level > self.burst && left < self.burst {
            points.push((at + (self.burst - left) / refill, self.burst));
        }
        points.push((until, level.min(self.burst)));
    }

    /// Rates a second over each step.
    fn steps(&self, count: impl Fn(&Bin) -> u64) -> Vec<(f64, f64)> {
        self.rates(count, self.group)
    }

    /// Rates a second over each `group` of bins.
    fn rates(&self, count: impl Fn(&Bin) -> u64, group: usize) -> Vec<(f64, f64)> {
        let width = self.data.width.as_secs_f64();
        let mut steps: Vec<(f64, f64)> = self
            .data
            .bins
            .chunks(group)
            .enumerate()
            .map(|(at, bins)| {
                let sum: f64 = bins.iter().map(|bin| count(bin) as f64).sum();
                ((at * group) as f64 * width, sum / (group as f64 * width))
            })
            .collect();
        // After the last bin there is nothing.
        let end = (steps.len() * group) as f64 * width;
        if end < self.end {
            steps.push((end, 0.0));
        }
        steps
    }

    fn attempts(&self) -> Panel {
        let offered = self.steps(|bin| bin.offered());
        let greatest = offered.iter().fold(0.0, |most: f64, step| most.max(step.1));
        let mut y = Axis::new("per second", Unit::Count, greatest * 1.05);
        let mut rates: Vec<f64> = offered
            .iter()
            .map(|p| p.1)
            .filter(|rate| *rate > 0.0)
            .collect();
        rates.arrange_by(f64::total_cmp);
        let middle = rates.get(rates.len() / 2).copied().unwrap_or(0.0);
        // A burst that dwarfs all that follows would make it a line at the bottom.
        let is_logarithmic = middle > 0.0 && greatest > 20.0 * middle;
        if is_logarithmic {
            let from = powers_from(Unit::Count, rates[0], greatest);
            y.scale = Scale::Logarithmic { from };
            y.end *= 1.3;
        }
        let series = |name: &str, role, shape, count: fn(&Bin) -> u64| Series {
            name: name.to_owned(),
            note: grouped(
                self.data
                    .bins
                    .iter()
                    .fold(0, |sum: u64, bin| sum.saturating_add(count(bin))),
            ),
            role,
            shape,
            stacked_on: None,
            points: self.steps(count),
        };
        let mut panel = Panel::new("Attempts per second", y, 3);
        panel.series = vec![
            series("offered", Role::Offered, Shape::Steps, |bin| bin.offered()),
            series("admitted", Role::Admitted, Shape::Area, |bin| bin.admitted),
            series("throttled", Role::Throttled, Shape::Area, |bin| {
                bin.throttled
            }),
        ];
        panel.series[2].stacked_on = Some(1);
        if self.background > 0 {
            // Steady load looks ragged in steps that are short enough for bursts.
            panel.series.push(Series {
                name: "background".to_owned(),
                note: format!("{} of these", grouped(self.background)),
                role: Role::Background,
                shape: Shape::Staircase,
                stacked_on: None,
                points: self.rates(|bin| bin.background, self.group * 10),
            });
        }
        if let Some(refill) = self.refill {
            let place = panel.y.place(refill);
            if (0.03..0.97).contains(&place) {
                panel.levels.push(Level {
                    at: refill,
                    text: self.refill_in_words(),
                    role: Role::Credits,
                });
            }
        }
        panel.callouts.extend(self.peak(middle, &offered));
        panel.empty = (self.offered() == 0).then_some("nobody asked");
        panel
    }

    /// A word to the busiest step, where it stands out.
    fn peak(&self, middle: f64, offered: &[(f64, f64)]) -> Option<Callout> {
        let at = offered
            .iter()
            .copied()
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.total_cmp(&a.0)))?;
        let busiest = self.data.bins.iter().map(Bin::offered).max()?;
        let stands_out = busiest >= 10 && (at.1 > 3.0 * middle || offered.len() <= 2);
        let step = self.group as f64 * self.data.width.as_secs_f64();
        // The number that the axis shows, and what it is made of.
        let within = grouped((at.1 * step).round() as u64);
        stands_out.then(|| Callout {
            at: (at.0 + step, at.1),
            text: format!(
                "{}/s: {within} within {}",
                compact(at.1),
                Span::from_secs_f64(step)
            ),
        })
    }

    fn credits(&self) -> Panel {
        let mut panel = Panel::new("Credits", Axis::new("credits", Unit::Count, self.burst), 2);
        panel.series.push(Series {
            name: format!("left of {}", grouped(self.burst as u64)),
            note: self.refill_in_words(),
            role: Role::Credits,
            shape: Shape::Line,
            stacked_on: None,
            points: self.credits.clone(),
        });
        panel
    }

    fn refill_in_words(&self) -> String {
        match &self.data.limiter.spec.algorithm {
            Algorithm::TokenBucket(spec) => match spec.refill {
                Refill::Continuous(rate) => format!("refill {rate}"),
                Refill::Lump { credits, every } => format!("{credits} back every {every}"),
            },
            Algorithm::FixedWindow(spec) => format!("all back every {}", spec.window),
            Algorithm::SlidingLog(spec) => format!("each back after {}", spec.window),
            Algorithm::SlidingCounter(spec) => format!("back over {}", spec.window),
            Algorithm::NginxLimitReq(spec) => format!("refill {}", spec.rate),
            Algorithm::ConcurrencyLimit(_) => "each back with the answer".to_owned(),
        }
    }

    fn marks(&self) -> Vec<Mark> {
        let admitted = self.last_admitted.map(|at| Mark {
            at: at.as_secs_f64(),
            text: format!("last admitted at {at}"),
            role: Role::Event,
        });
        let cut_off = self.data.cut_off.map(|(reason, at)| Mark {
            at: at.as_secs_f64(),
            text: format!("cut off at {at}: {}", why(reason)),
            role: Role::Throttled,
        });
        admitted.into_iter().chain(cut_off).collect()
    }

    fn title(&self) -> String {
        let variant = self.data.variant;
        match (self.offered(), self.throttled) {
            (0, _) => format!("{variant}: nobody asked {}", self.name()),
            (offered, 0) => format!("{variant}: none of {} attempts throttled", grouped(offered)),
            (offered, throttled) => format!(
                "{variant}: {} of {} attempts throttled",
                grouped(throttled),
                grouped(offered)
            ),
        }
    }

    fn subtitle(&self) -> String {
        let limiter = self.data.limiter;
        let keys = match limiter.keys.len() {
            0 | 1 => format!("per {}", limiter.scope.words()),
            keys => format!(
                "per {}, all {keys} together, credits of {}",
                limiter.scope.words(),
                limiter.keys[0]
            ),
        };
        format!(
            "{}: {}, {} of {}, {keys}; run {}",
            self.data.scenario,
            self.name(),
            limiter.spec.algorithm.name(),
            grouped(self.burst as u64),
            self.data.run
        )
    }

    fn description(&self) -> String {
        if self.offered() == 0 {
            return format!("Nobody asked {}.", self.name());
        }
        let mut text = format!(
            "{} attempts asked {}: {} were admitted, {} throttled.",
            grouped(self.offered()),
            self.name(),
            grouped(self.admitted),
            grouped(self.throttled)
        );
        if self.background > 0 {
            text += &format!(" {} of them were other callers'.", grouped(self.background));
        }
        if let Some(peak) = self
            .data
            .bins
            .iter()
            .enumerate()
            .max_by_key(|(at, bin)| (bin.offered(), std::cmp::Reverse(*at)))
        {
            let at = Time::from_nanos(peak.0 as u64 * self.data.width.as_nanos());
            text += &format!(
                " The busiest {} began at {at} with {}.",
                self.data.width,
                grouped(peak.1.offered())
            );
        }
        if let Some(at) = self.last_admitted {
            text += &format!(" The last was admitted at {at}.");
        }
        let least = self
            .credits
            .iter()
            .fold(self.burst, |least, point| least.min(point.1));
        text += &format!(
            " Of {} credits {} were left at the least; {}.",
            grouped(self.burst as u64),
            grouped(least as u64),
            self.refill_in_words()
        );
        if let Some((reason, at)) = self.data.cut_off {
            text += &format!(" The run was cut off at {at}: {}.", why(reason));
        }
        text
    }
}

fn why(reason: CutOff) -> &'static str {
    match reason {
        CutOff::Horizon => "the horizon",
        CutOff::Events => "too many events",
        CutOff::Stuck => "all wait for what will not come",
    }
}
