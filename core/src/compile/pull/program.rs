//! The program of a pull: what is asked, in which order, and what follows a failure.

use super::super::keys::Hosts;
use super::agent::Agent;
use super::layout::{Layout, Memory, side_by_side};
use super::request::{Request, phase};
use super::transfer::Direction;
use super::{Pulls, asks_if_missing, stated_or};
use crate::catalog::client::{
    Action, Asks, Auth, Cache, FallsThrough, OnFailure, OuterLoop, Reference, RequestClass,
    Step as Asked,
};
use crate::plan::{GiveUp, KeyRule, LoopSpec, NONE, PlanBuilder, Step};
use crate::retry::RetryPolicy;
use crate::scenario::model::Cached;
use crate::units::Span;

/// A run of steps of one action.
#[derive(Copy, Clone, Debug)]
pub(super) struct Run<'r> {
    /// Of which image: into the targets.
    pub target: usize,
    /// What is done.
    pub action: Action,
    /// What the host holds.
    pub cache: Cache,
    /// A loop around the run that retries only after requests of some classes: after others, the
    /// failure goes on to what is around that loop.
    escape: Option<Escape<'r>>,
}

#[derive(Copy, Clone, Debug)]
struct Escape<'r> {
    /// The loop around the loop; `NONE` if there is none.
    to: u32,
    /// Failures of these stay inside.
    unless: &'r [RequestClass],
}

impl Run<'_> {
    /// The same run for another target.
    pub fn at(self, target: usize) -> Self {
        Run { target, ..self }
    }

    /// A cold pull.
    pub fn pull(target: usize) -> Self {
        Run::of(target, Action::Pull)
    }

    /// An action of a host that does not have the image.
    pub fn of(target: usize, action: Action) -> Self {
        Run {
            target,
            action,
            cache: Cache::Cold,
            escape: None,
        }
    }
}

impl Pulls<'_> {
    pub(super) fn hosts(&self) -> Hosts {
        self.layout().hosts
    }

    pub(super) fn agent(&self) -> &Agent {
        &self.layout().agent
    }

    pub(super) fn layout(&self) -> &Layout {
        let layout = self.layout.as_ref();
        layout.expect("pulls are laid out before they are written")
    }

    /// Writes the steps of one pull of all images, one after another. A pull that fails fails the
    /// innermost open loop.
    pub fn write(&self, program: &mut PlanBuilder) {
        self.forget_tokens(program);
        self.sign_in(program);
        self.log_in_once(program);
        for target in 0..self.images {
            self.image(program, target);
        }
    }

    /// Writes the steps of another action at the registry of the first image: a login, a look-up.
    pub fn act(&self, program: &mut PlanBuilder, action: Action) {
        self.run(program, Run::of(0, action));
    }

    /// Writes the steps of an action.
    pub(super) fn run(&self, program: &mut PlanBuilder, run: Run<'_>) {
        let conditions = self.conditions(&self.targets[run.target], run.cache);
        let steps: Vec<_> = self.engine.steps(run.action, &conditions).collect();
        self.steps_of(program, &steps, run);
    }

    fn image(&self, program: &mut PlanBuilder, target: usize) {
        let layout = self.layout();
        let mut cell = |memory| layout.cell(memory, target).map(|it| program.cell_rule(it));
        let (present, pulled) = (cell(Memory::Present), cell(Memory::Pulled));
        let everything = self.section.cached == Cached::Everything;
        let missing = asks_if_missing(self.rule, self.targets[target].reference);
        let never = self.rule.asks == Asks::Never;
        if everything && (never || missing && present.is_none()) {
            return;
        }
        if never {
            let error = self.failure(program, 404, "the host does not have the image");
            return program.fail(error);
        }
        let known = [present.filter(|_| missing), pulled];
        let known = known.into_iter().flatten();
        let done: Vec<u32> = known
            .map(|cell| program.step(Step::IfCached { cell, to: NONE }))
            .collect();
        if self.rule.run_local {
            let spec = around("pull-or-run-local", RetryPolicy::NONE, GiveUp::Continue);
            program.retry_else(
                spec,
                |program| self.ask(program, target, present),
                |program| {
                    let local = present.map(|cell| program.step(Step::IfCached { cell, to: NONE }));
                    if local.is_some() || !everything {
                        let error = self.failure(program, 404, "the host does not have the image");
                        program.fail(error);
                    }
                    if let Some(local) = local {
                        program.land(local);
                    }
                },
            );
        } else {
            self.ask(program, target, present);
        }
        if let Some(cell) = pulled {
            program.step(Step::Fill { cell });
        }
        for done in done {
            program.land(done);
        }
    }

    /// Asks the registry, with what the agent does before.
    fn ask(&self, program: &mut PlanBuilder, target: usize, present: Option<u32>) {
        self.before_pull(program, target);
        self.log_in_for(program, target);
        self.paced_pull(program, target, present);
    }

    /// One pull within its loops, in the way of a host that has the image by then or does not.
    pub(super) fn pull(
        &self,
        program: &mut PlanBuilder,
        loops: &[&OuterLoop],
        (target, present): (usize, Option<u32>),
    ) {
        let differs = self.warm_differs(&self.targets[target]);
        let everything = self.section.cached == Cached::Everything;
        let sequence = |program: &mut PlanBuilder, cache| {
            let steps = self.steps(&self.targets[target], cache);
            let run = Run {
                cache,
                ..Run::pull(target)
            };
            self.looped(program, loops, &steps, run);
        };
        let warm = match present.filter(|_| differs) {
            Some(cell) => Some(program.step(Step::IfCached { cell, to: NONE })),
            None if differs && everything => return sequence(program, Cache::Warm),
            None => None,
        };
        sequence(program, Cache::Cold);
        if let Some(cell) = present {
            program.step(Step::Fill { cell });
        }
        if let Some(warm) = warm {
            let end = program.step(Step::Jump { to: NONE });
            program.land(warm);
            sequence(program, Cache::Warm);
            program.land(end);
        }
    }

    /// Steps within loops, the outermost first.
    pub(super) fn looped(
        &self,
        program: &mut PlanBuilder,
        loops: &[&OuterLoop],
        steps: &[&'static Asked],
        run: Run<'_>,
    ) {
        let Some((outer, inside)) = loops.split_first() else {
            let Some(own) = self.falls_to(run, FallsThrough::WholePull) else {
                return self.steps_of(program, steps, run);
            };
            let spec = around("mirror", RetryPolicy::NONE, GiveUp::Continue);
            let there = run.at(own);
            let mirror = |program: &mut PlanBuilder| self.steps_of(program, steps, run);
            program.retry_else(spec, mirror, |program| {
                self.fell_through(program);
                let steps = self.steps(&self.targets[own], run.cache);
                self.steps_of(program, &steps, there);
            });
            return;
        };
        let spec = around(&outer.name, outer.policy.policy.clone(), GiveUp::Propagate);
        let last = steps
            .iter()
            .rposition(|step| outer.only_after.contains(&step.class));
        let Some(last) = last else {
            if outer.only_after.is_empty() {
                program.retry(spec, |program| self.looped(program, inside, steps, run));
            } else {
                self.looped(program, inside, steps, run);
            }
            return;
        };
        let (head, tail) = steps.split_at(last + 1);
        let within = Run {
            escape: Some(Escape {
                to: program.innermost().unwrap_or(NONE),
                unless: &outer.only_after,
            }),
            ..run
        };
        program.retry(spec, |program| self.looped(program, inside, head, within));
        self.steps_of(program, tail, run);
    }

    /// Steps in order.
    fn steps_of(&self, program: &mut PlanBuilder, steps: &[&'static Asked], run: Run<'_>) {
        let side = match (run.action, run.cache) {
            (Action::Pull, Cache::Cold) => self.layout().groups[run.target].as_ref(),
            _ => None,
        };
        let together = side.map_or(0, |_| side_by_side(steps).len());
        let mut spent = 0;
        let mut place = 0;
        while let Some(step) = steps.get(place) {
            let at_side = together > 0 && std::ptr::eq(*step, side_by_side(steps)[0]);
            if let (true, Some(group)) = (at_side, side) {
                self.pause(program, step, run, 0);
                self.fork(program, group);
                place += together;
                continue;
            }
            let skip = self.known_manifests(program, step, run);
            let count = self.count(step, run);
            for number in 0..count {
                self.pause(program, step, run, number);
                match step.class {
                    RequestClass::Layer => self.layer(program, &steps[place..], run, number),
                    _ => self.step(program, &steps[place..], run, (spent, number)),
                }
            }
            if let Some((cell, skip)) = skip {
                if step.class == RequestClass::Manifest {
                    program.step(Step::Fill { cell });
                }
                program.land(skip);
            }
            spent = match step.class {
                RequestClass::Challenge => spent + 1,
                RequestClass::Token => spent,
                _ => 0,
            };
            place += 1;
        }
    }

    fn count(&self, step: &Asked, run: Run<'_>) -> u32 {
        let conditions = self.conditions(&self.targets[run.target], run.cache);
        step.times.count(&conditions)
    }

    /// A jump over a step that asks for manifests which the host may have kept.
    fn known_manifests(
        &self,
        program: &mut PlanBuilder,
        step: &Asked,
        run: Run<'_>,
    ) -> Option<(u32, u32)> {
        step.when.manifest_known?;
        let place = self.targets[run.target].place;
        let cell = self.layout().cell(Memory::Manifests, place)?;
        let cell = program.cell_rule(cell);
        Some((cell, program.step(Step::IfCached { cell, to: NONE })))
    }

    /// The first of some steps, for the platform of this number, and what follows if it fails.
    /// `spent` attempts are used up.
    fn step(
        &self,
        program: &mut PlanBuilder,
        steps: &[&'static Asked],
        run: Run<'_>,
        (spent, number): (u32, u32),
    ) {
        let class = steps[0].class;
        let request = Request {
            spent,
            number,
            by_tag: self.by_tag(run, class) && number == 0,
            ..Request::of(run, class)
        };
        self.write_step(program, steps, request);
    }

    fn write_step(
        &self,
        program: &mut PlanBuilder,
        steps: &[&'static Asked],
        request: Request<'_>,
    ) {
        let (run, class) = (request.run, request.class);
        let escape = run.escape.filter(|it| !it.unless.contains(&class));
        // Fails what is around the run: past a loop that does not retry this.
        let fail = |program: &mut PlanBuilder| {
            let error = self.refusal(program, &request);
            match escape {
                Some(Escape { to: retry, .. }) => {
                    program.step(Step::Fail { error, retry });
                }
                None => program.fail(error),
            }
        };
        let once = |class| Request { class, ..request };
        let reference = self.targets[run.target].reference;
        let rule = self.engine.rule(run.action, class);
        match rule.on_failure(steps[0], reference) {
            OnFailure::Fail if escape.is_none() => self.request(program, &request, None),
            OnFailure::Fail => self.request(program, &request, Some(&fail)),
            OnFailure::FailAtEnd => {
                let rest = |program: &mut PlanBuilder| {
                    self.steps_of(program, &steps[1..], run);
                    fail(program);
                };
                self.request(program, &request, Some(&rest));
            }
            OnFailure::Ignore => {
                let unsigned = |program: &mut PlanBuilder| {
                    if self.targets[run.target].auth != Auth::None && run.action == Action::Pull {
                        self.unsigned(program, &steps[1..], run);
                        fail(program);
                    }
                };
                self.request(program, &request, Some(&unsigned));
            }
            OnFailure::FallBack(other) => {
                let again = |program: &mut PlanBuilder| {
                    let fallback = escape
                        .is_some()
                        .then_some(&fail as super::request::Fallback<'_>);
                    self.request(program, &once(other), fallback);
                };
                self.request(program, &request, Some(&again));
            }
            OnFailure::DeadEnd(other) => {
                let dead_end = |program: &mut PlanBuilder| {
                    self.request(program, &once(other), Some(&|_| {}));
                    fail(program);
                };
                self.request(program, &request, Some(&dead_end));
            }
        }
    }

    /// Whether requests of a class name the image by its tag, not by a digest that is known by then.
    fn by_tag(&self, run: Run<'_>, class: RequestClass) -> bool {
        let target = &self.targets[run.target];
        let conditions = self.conditions(target, run.cache);
        let names = [
            RequestClass::Resolve,
            RequestClass::Index,
            RequestClass::Manifest,
        ];
        let mut steps = self.engine.steps(run.action, &conditions);
        let first = steps.find(|step| names.contains(&step.class));
        let tag = target.reference == Reference::Tag;
        tag && first.is_some_and(|first| first.class == class)
    }

    /// A layer that is fetched by the activity that pulls, unless its host holds it by now.
    fn layer(
        &self,
        program: &mut PlanBuilder,
        steps: &[&'static Asked],
        run: Run<'_>,
        number: u32,
    ) {
        let layout = self.layout();
        let target = &self.targets[run.target];
        let layer = target.image.layers[(target.held + number) as usize];
        let item = layout.item(layer.item).map(KeyRule::Constant);
        let cell = item.and_then(|item| layout.layer_cell(1, item));
        let cell = cell.map(|cell| program.cell_rule(cell));
        let there = cell.map(|cell| program.step(Step::Fetch { cell, to: NONE }));
        let mirror = self.mirror(run.target);
        let amount =
            (layer.bytes > 0).then(|| program.amounts(&[layer.bytes], KeyRule::Constant(0)));
        let request = Request {
            item: mirror.map(|mirror| mirror.layer(layer.item)),
            bytes: amount,
            ..Request::of(run, RequestClass::Layer)
        };
        self.write_step(program, steps, request);
        self.transfer(program, run.target, 1, amount, Direction::Down);
        if let (Some(cell), Some(there)) = (cell, there) {
            program.step(Step::Fill { cell });
            program.land(there);
        }
    }

    /// A client that was not told how to sign in asks without, and is turned away.
    fn unsigned(&self, program: &mut PlanBuilder, steps: &[&'static Asked], run: Run<'_>) {
        let first = steps.iter().find(|step| step.class != RequestClass::Token);
        let Some(first) = first else { return };
        let rule = self.engine.rule(run.action, first.class);
        let other = match rule.on_failure {
            OnFailure::FallBack(other) => Some(other),
            _ => None,
        };
        for class in [Some(first.class), other].into_iter().flatten() {
            let request = Request::of(run, class);
            self.request(program, &request, Some(&|_| {}));
        }
    }

    /// The client's own time before a request.
    fn pause(&self, program: &mut PlanBuilder, step: &Asked, run: Run<'_>, number: u32) {
        let stated = self.section.think_of(phase(step.class));
        let usual: Option<Span> = if number == 0 {
            step.think
        } else {
            step.between
        };
        let Some(pause) = stated_or(stated, usual) else {
            return;
        };
        let duration = program.duration(pause);
        let draw = (number << 16 | (run.target as u32) << 8) + step.class as u32;
        program.step(Step::Wait { duration, draw });
    }
}

/// A loop around requests.
pub(super) fn around(name: &str, policy: RetryPolicy, give_up: GiveUp) -> LoopSpec<'_> {
    LoopSpec {
        name,
        policy,
        give_up,
        client: None,
        measured: false,
        whatever_failed: false,
    }
}
