//! Blobs that are fetched side by side: each by an activity of its own, below the one that pulls.

use super::layout::side_by_side;
use super::program::Run;
use super::request::{Request, phase};
use super::transfer::Direction;
use super::{Pulls, stated_or};
use crate::catalog::client::{Action, Cache, RequestClass, Siblings};
use crate::plan::{AmountRule, CellRule, Fork, JoinRule, KeyRule, NONE, PlanBuilder, Step, Wanted};
use crate::random::Distribution;
use crate::units::Span;

/// The draw of a blob's stagger.
const STAGGER: u32 = u32::MAX;

/// A block of blobs.
#[derive(Debug)]
pub(super) struct Group {
    /// Whose blobs: into the targets.
    pub target: usize,
    /// The activities that fetch them.
    pub block: u32,
    /// How many for one parent: the layers that have to be fetched, then the rest.
    pub each: u32,
    /// The rule of the slots that some of them take.
    pub slots: Option<u32>,
}

/// Neighbours in a group that do the same.
struct Segment {
    class: RequestClass,
    from: u32,
    count: u32,
    /// The cells of layers that the host remembers.
    cell: Option<CellRule>,
    /// Their cells in a mirror.
    mirrored: Option<CellRule>,
}

impl Pulls<'_> {
    /// Writes the programs of all blobs.
    pub(super) fn write_blobs(&self, builder: &mut PlanBuilder) {
        for group in self.layout().groups.iter().flatten() {
            builder.program(group.block, |program| self.blob(program, group));
        }
    }

    /// Fetches the blobs of a group and waits for them.
    pub(super) fn fork(&self, program: &mut PlanBuilder, group: &Group) {
        let target = &self.targets[group.target];
        let steps = self.steps(target, Cache::Cold);
        let between = side_by_side(&steps).iter().filter_map(|step| step.between);
        let between = between.max().unwrap_or_default();
        let spread = match self.at_once {
            Some((1, _)) => Span::ZERO,
            _ if self.section.stagger.is_some() => Span::ZERO,
            _ => Span::from_nanos(between.as_nanos() * u64::from(group.each - 1)),
        };
        let (join, cancel_after) = match self.engine.blobs.siblings {
            Siblings::Cancelled {
                after_min: low,
                after_max: high,
            } => {
                let after = program.duration(Distribution::Uniform { low, high });
                (JoinRule::FailFast, after)
            }
            Siblings::GoOn | Siblings::None => (JoinRule::All, NONE),
        };
        program.fork(Fork {
            block: group.block,
            from: 0,
            count: group.each,
            spread,
            join,
            cancel_after,
            wanted: Wanted::OnceLaunched,
            retry: NONE,
        });
    }

    fn blob(&self, program: &mut PlanBuilder, group: &Group) {
        let segments = self.segments(group);
        let bytes = self.layer_bytes(program, group.target, group.each);
        let Some((last, others)) = segments.split_last() else {
            return;
        };
        let jumps: Vec<u32> = others
            .iter()
            .map(|segment| {
                program.step(Step::IfPlace {
                    each: group.each,
                    below: segment.from + segment.count,
                    to: NONE,
                })
            })
            .collect();
        self.segment(program, group, last, bytes);
        for (segment, jump) in others.iter().zip(jumps) {
            program.step(Step::End);
            program.land(jump);
            self.segment(program, group, segment, bytes);
        }
    }

    fn segment(
        &self,
        program: &mut PlanBuilder,
        group: &Group,
        segment: &Segment,
        bytes: Option<AmountRule>,
    ) {
        let rule = self.engine.rule(Action::Pull, segment.class);
        let takes = self.engine.blobs.take_slot.contains(&segment.class);
        let slots = group.slots.filter(|_| takes);
        if let Some(stagger) = stated_or(self.section.stagger.as_ref(), None) {
            let duration = program.duration(stagger);
            program.step(Step::Wait {
                duration,
                draw: STAGGER,
            });
        }
        let cell = segment.cell.map(|cell| program.cell_rule(cell));
        let there = cell.map(|cell| program.step(Step::Fetch { cell, to: NONE }));
        if let Some(rule_of_slots) = slots.filter(|_| rule.keeps_slot) {
            program.step(Step::Take {
                rule: rule_of_slots,
            });
            self.pause_between(program, group, segment);
        }
        let request = Request {
            each: group.each,
            slots: slots.filter(|_| !rule.keeps_slot),
            item: segment.mirrored,
            bytes: bytes.filter(|_| segment.class == RequestClass::Layer),
            ..Request::of(Run::pull(group.target), segment.class)
        };
        self.request(program, &request, None);
        if segment.class == RequestClass::Layer {
            self.transfer(program, group.target, group.each, bytes, Direction::Down);
        }
        if let (Some(cell), Some(there)) = (cell, there) {
            program.step(Step::Fill { cell });
            program.land(there);
        }
    }

    /// One by one, each but the first comes some time after the one before.
    fn pause_between(&self, program: &mut PlanBuilder, group: &Group, segment: &Segment) {
        let target = &self.targets[group.target];
        let steps = self.steps(target, Cache::Cold);
        let step = steps.iter().find(|step| step.class == segment.class);
        let stated = self.section.think_of(phase(segment.class));
        let pause = stated_or(stated, step.and_then(|step| step.between));
        let (Some((1, _)), Some(pause)) = (self.at_once, pause) else {
            return;
        };
        let first = program.step(Step::IfPlace {
            each: group.each,
            below: 1,
            to: NONE,
        });
        let duration = program.duration(pause);
        let draw = segment.class as u32;
        program.step(Step::Wait { duration, draw });
        program.land(first);
    }

    /// What the activities of a group do, in order: layers first, so that the cells and bytes of
    /// each follow from its place.
    fn segments(&self, group: &Group) -> Vec<Segment> {
        let target = &self.targets[group.target];
        let conditions = self.conditions(target, Cache::Cold);
        let steps = self.steps(target, Cache::Cold);
        let steps = side_by_side(&steps);
        let is_layer = |class: RequestClass| class == RequestClass::Layer;
        let mut segments: Vec<Segment> = Vec::new();
        let mut place = 0;
        for step in steps.iter().filter(|step| is_layer(step.class)) {
            for layer in 0..step.times.count(&conditions) {
                let cell = self.layer_cell(group, layer, place);
                let item = target.image.layers[(target.held + layer) as usize].item;
                let mirror = self.mirror(group.target);
                let mirrored = mirror.map(|mirror| mirror.layer_at(item, place, group.each));
                match segments.last_mut() {
                    Some(last) if (last.cell, last.mirrored) == (cell, mirrored) => {
                        last.count += 1;
                    }
                    _ => segments.push(Segment {
                        class: step.class,
                        from: place,
                        count: 1,
                        cell,
                        mirrored,
                    }),
                }
                place += 1;
            }
        }
        for step in steps.iter().filter(|step| !is_layer(step.class)) {
            let count = step.times.count(&conditions);
            let siblings = (place, group.each);
            let mirror = self.mirror(group.target);
            let mirrored =
                mirror.and_then(|mirror| mirror.content_at(target.number, step.class, siblings));
            segments.push(Segment {
                class: step.class,
                from: place,
                count,
                cell: None,
                mirrored,
            });
            place += count;
        }
        assert_eq!(place, group.each, "every blob has an activity");
        segments
    }

    /// The cell of the layer that the activity at `place` among its siblings fetches. Layers whose
    /// cells follow each other have the same rule.
    fn layer_cell(&self, group: &Group, layer: u32, place: u32) -> Option<CellRule> {
        let target = &self.targets[group.target];
        let layer = target.image.layers[(target.held + layer) as usize];
        let layout = self.layout();
        let item = layout.item(layer.item)?;
        // Layers below this one were numbered before it, so its number is at least its place.
        let item = KeyRule::Place {
            base: item - place,
            divisor: 1,
            modulus: group.each,
        };
        layout.layer_cell(group.each, item)
    }

    /// The bytes of the layers that have to be fetched, by place among `each` siblings.
    pub(super) fn layer_bytes(
        &self,
        program: &mut PlanBuilder,
        target: usize,
        each: u32,
    ) -> Option<AmountRule> {
        let target = &self.targets[target];
        let fetched = &target.image.layers[target.held as usize..];
        let bytes: Vec<u64> = fetched.iter().map(|layer| layer.bytes).collect();
        let item = KeyRule::Place {
            base: 0,
            divisor: 1,
            modulus: each,
        };
        (bytes.iter().any(|bytes| *bytes > 0)).then(|| program.amounts(&bytes, item))
    }
}
