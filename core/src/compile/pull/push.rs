//! Pushes: what a client sends for an image that a registry may lack.
//!
//! Whether the registry has a layer of this build is a cell of the push: a layer that has been sent
//! once is only looked for when the push is tried again, or made under another tag.

use super::super::keys::Hosts;
use super::blobs::Group;
use super::layout::Layout;
use super::program::Run;
use super::request::{Request, phase};
use super::transfer::Direction;
use super::{Pulls, Target, stated_or};
use crate::catalog::client::{Action, Cache, RequestClass, Siblings, Step as Asked, Times};
use crate::plan::{
    AmountRule, BlockRole, BlockSpec, CachePlan, CellRule, Fork, JoinRule, KeyRule, NONE, Owner,
    PlanBuilder, PoolKind, PoolPlan, Start, Step, Wanted,
};
use crate::random::Distribution;
use crate::retry::RetryPolicy;
use crate::scenario::model::Cached;
use crate::units::Span;

impl Pulls<'_> {
    /// How many activities one push adds below its own.
    pub fn uploads(&self) -> u64 {
        let layers = |target: &Target<'_>| target.image.layers.len() as u64;
        self.targets.iter().map(layers).sum()
    }

    /// Lays out what `parents` activities of a block need to push. Call it before programs are
    /// written.
    pub fn lay_out_pushes(
        &mut self,
        builder: &mut PlanBuilder,
        parent_block: u32,
        parents: u32,
        hosts: Hosts,
    ) {
        let mut layout = Layout::new(parents, hosts);
        let targets = self.targets.len() as u32;
        layout.sent = Some(builder.cache(CachePlan {
            owners: parents,
            items: self.uploads() as u32 + targets,
            lifetime: None,
            filled: 0,
            single_flight: false,
            filled_when_asked: false,
        }));
        layout.links = self.network(builder, hosts);
        let slots = self.engine.uploads_at_once.map(|slots| {
            builder.pools(PoolPlan {
                slots,
                owners: hosts.count.max(1),
                about: "uploads at once on a host",
                kind: PoolKind::Places,
            })
        });
        for (index, target) in self.targets.iter().enumerate() {
            let each = target.image.layers.len() as u32;
            if each == 0 {
                layout.groups.push(None);
                continue;
            }
            let name = match self.targets.len() {
                1 => "layers".to_owned(),
                _ => format!("layers-{}", target.image.name),
            };
            let block = builder.block(BlockSpec {
                name: &name,
                role: BlockRole::Call,
                count: parents * each,
                start: Start::Forked {
                    parent: parent_block,
                    each,
                },
                starts_when_done: true,
            });
            layout.groups.push(Some(Group {
                target: index,
                block,
                each,
                slots: slots.map(|pool| builder.pool_rule(pool, layout.host(each))),
            }));
        }
        self.layout = Some(layout);
        for group in self.layout().groups.iter().flatten() {
            builder.program(group.block, |program| self.upload(program, group));
        }
    }

    /// Writes the steps of one push of all images, one after another.
    pub fn write_push(&self, program: &mut PlanBuilder) {
        for target in 0..self.targets.len() {
            self.push(program, target);
        }
    }

    /// Writes the steps with which a build signs in at each registry that it pushes to: the call that
    /// gives the password, tried again by this policy, and the client's own login.
    pub fn write_login(&self, program: &mut PlanBuilder, policy: &RetryPolicy) {
        for (target, asked) in self.targets.iter().enumerate() {
            let known = |before: &Target<'_>| before.registry == asked.registry;
            if self.targets[..target].iter().any(known) {
                continue;
            }
            if let Some(operation) = asked.service.login() {
                self.call_for_token(program, target, &operation, policy.clone());
            }
            self.run(program, Run::of(target, Action::Login));
        }
    }

    fn push(&self, program: &mut PlanBuilder, target: usize) {
        let steps = self.push_steps(target);
        let of_layers = |step: &&Asked| step.times != Times::Once;
        let group = self.layout().groups[target].as_ref();
        let mut forked = false;
        let mut steps = steps.into_iter().peekable();
        while let Some(step) = steps.next() {
            match group {
                _ if !of_layers(&step) => {}
                Some(group) if !forked => {
                    self.fork_uploads(program, group);
                    forked = true;
                    continue;
                }
                _ => continue,
            }
            if step.class != RequestClass::UploadStart {
                self.ask_once(program, step, target, 1);
                continue;
            }
            let there = self.unless_held(program, target, None);
            let mut last = step;
            self.ask_once(program, step, target, 1);
            while last.class != RequestClass::UploadFinish {
                let Some(next) = steps.next_if(|next| is_upload(next.class)) else {
                    break;
                };
                last = next;
                self.ask_once(program, next, target, 1);
            }
            self.now_held(program, there);
        }
    }

    fn push_steps(&self, target: usize) -> Vec<&'static Asked> {
        let conditions = self.conditions(&self.targets[target], Cache::Cold);
        self.engine.steps(Action::Push, &conditions).collect()
    }

    /// One request of a push, after the client's own time.
    fn ask_once(&self, program: &mut PlanBuilder, step: &Asked, target: usize, each: u32) {
        let stated = self.section.think_of(phase(step.class));
        if let Some(pause) = stated_or(stated, step.think) {
            let duration = program.duration(pause);
            let draw = step.class as u32;
            program.step(Step::Wait { duration, draw });
        }
        let request = Request {
            each,
            ..Request::of(Run::of(target, Action::Push), step.class)
        };
        self.request(program, &request, None);
    }

    fn fork_uploads(&self, program: &mut PlanBuilder, group: &Group) {
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
            spread: Span::ZERO,
            join,
            cancel_after,
            wanted: Wanted::OnceLaunched,
            retry: NONE,
        });
    }

    /// The program of a layer: looked for, and sent if the registry lacks it.
    fn upload(&self, program: &mut PlanBuilder, group: &Group) {
        let steps = self.push_steps(group.target);
        let bytes = self.all_bytes(program, group);
        if let Some(rule) = group.slots {
            program.step(Step::Take { rule });
        }
        let mut there: Option<Unless> = None;
        for step in steps.iter().filter(|step| step.times != Times::Once) {
            if there.is_none() && step.times == Times::MissingLayers {
                there = Some(self.unless_held(program, group.target, Some(group.each)));
            }
            if step.class == RequestClass::UploadFinish {
                // The part has been let in; now its bytes go over the network.
                self.transfer(program, group.target, group.each, bytes, Direction::Up);
            }
            self.ask_once(program, step, group.target, group.each);
        }
        if let Some(there) = there {
            self.now_held(program, there);
        }
    }

    /// Jumps over the steps up to [`Pulls::now_held`] if the registry holds the config of an image, or
    /// the layer of one of `each` siblings.
    fn unless_held(&self, program: &mut PlanBuilder, target: usize, each: Option<u32>) -> Unless {
        let layout = self.layout();
        let cache = layout
            .sent
            .expect("pushes are laid out before they are written");
        let before = &self.targets[..target];
        // Layers of an image, then its config.
        let first: u32 = before
            .iter()
            .map(|it| it.image.layers.len() as u32 + 1)
            .sum();
        let asked = &self.targets[target];
        let owner = |each: u32| {
            Owner::Place(KeyRule::Place {
                base: 0,
                divisor: each,
                modulus: layout.parents,
            })
        };
        let (cell, held) = match each {
            Some(each) => {
                let item = KeyRule::Place {
                    base: first,
                    divisor: 1,
                    modulus: each,
                };
                let owner = owner(each);
                let held = (asked.held > 0).then(|| {
                    program.step(Step::IfPlace {
                        each,
                        below: asked.held,
                        to: NONE,
                    })
                });
                (CellRule { cache, owner, item }, held)
            }
            None => {
                let item = KeyRule::Constant(first + asked.image.layers.len() as u32);
                let owner = owner(1);
                let everything = self.section.cached == Cached::Everything;
                let held = everything.then(|| program.step(Step::Jump { to: NONE }));
                (CellRule { cache, owner, item }, held)
            }
        };
        let cell = program.cell_rule(cell);
        let sent = program.step(Step::IfCached { cell, to: NONE });
        Unless { cell, sent, held }
    }

    fn now_held(&self, program: &mut PlanBuilder, there: Unless) {
        program.step(Step::Fill { cell: there.cell });
        program.land(there.sent);
        if let Some(held) = there.held {
            program.land(held);
        }
    }

    /// The bytes of all layers, by place among the siblings of a group.
    fn all_bytes(&self, program: &mut PlanBuilder, group: &Group) -> Option<AmountRule> {
        let layers = &self.targets[group.target].image.layers;
        let bytes: Vec<u64> = layers.iter().map(|layer| layer.bytes).collect();
        let item = KeyRule::Place {
            base: 0,
            divisor: 1,
            modulus: group.each,
        };
        (bytes.iter().any(|bytes| *bytes > 0)).then(|| program.amounts(&bytes, item))
    }
}

/// Steps that are jumped over where the registry has a blob.
#[derive(Copy, Clone, Debug)]
struct Unless {
    cell: u32,
    /// Jumps if the push has sent it.
    sent: u32,
    /// Jumps if the registry had it from the start.
    held: Option<u32>,
}

const fn is_upload(class: RequestClass) -> bool {
    matches!(
        class,
        RequestClass::UploadStart | RequestClass::UploadPart | RequestClass::UploadFinish
    )
}
