//! Pushes: what a client sends for an image that a registry may lack.
//!
//! Whether the registry has a layer of this build is a cell of the push: a layer that has been sent
//! once is only looked for when the push is tried again, or made under another tag.

use super::super::keys::Hosts;
use super::blobs::Group;
use super::layout::Layout;
use super::program::{Run, around};
use super::request::{Fallback, Request, phase};
use super::transfer::Direction;
use super::{Pulls, Target, stated_or};
use crate::catalog::client::{
    Action, Around, Begins, Cache, OuterLoop, RequestClass, Siblings, SlotOwner, Step as Asked,
    Times, Uploads,
};
use crate::plan::{
    AmountRule, BlockRole, BlockSpec, CachePlan, CellRule, Fork, GiveUp, JoinRule, KeyRule, NONE,
    Owner, PlanBuilder, PoolKind, PoolPlan, Start, Step, Wanted,
};
use crate::random::Distribution;
use crate::scenario::model::Cached;
use crate::units::Span;

impl Pulls<'_> {
    /// How many activities one push adds below its own.
    pub fn uploads(&self) -> u64 {
        let targets = 0..self.targets.len();
        targets
            .map(|target| u64::from(self.side_by_side(target)))
            .sum()
    }

    /// Blobs of an image that are sent beside each other: its layers, and with some clients its
    /// config.
    fn side_by_side(&self, target: usize) -> u32 {
        let layers = self.targets[target].image.layers.len() as u32;
        let steps = self.push_steps(target);
        let all = steps.iter().any(|step| step.times == Times::Blobs);
        layers + u32::from(all)
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
        let blobs = |target: &Target<'_>| target.image.layers.len() as u32 + 1;
        layout.sent = Some(builder.cache(CachePlan {
            owners: parents,
            items: self.targets.iter().map(blobs).sum(),
            lifetime: None,
            filled: 0,
            single_flight: false,
            filled_when_asked: false,
        }));
        layout.links = self.network(builder, hosts);
        let at_once = self.uploads_rule().at_once;
        let counted_by = self.uploads_rule().counted_by;
        let daemon = at_once.filter(|_| counted_by == SlotOwner::Daemon);
        let daemon = daemon.map(|slots| {
            builder.pools(PoolPlan {
                slots,
                owners: hosts.count.max(1),
                about: "uploads at once on a host",
                kind: PoolKind::Places,
            })
        });
        for (index, target) in self.targets.iter().enumerate() {
            let each = self.side_by_side(index);
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
            let slots = match (daemon, at_once) {
                (Some(pool), _) => Some(builder.pool_rule(pool, layout.host(each))),
                (None, Some(slots)) if slots < each => {
                    let pool = builder.pools(PoolPlan {
                        slots,
                        owners: parents,
                        about: "uploads at once of a push",
                        kind: PoolKind::Places,
                    });
                    let owner = KeyRule::Place {
                        base: 0,
                        divisor: each,
                        modulus: parents,
                    };
                    Some(builder.pool_rule(pool, owner))
                }
                (None, _) => None,
            };
            layout.groups.push(Some(Group {
                target: index,
                block,
                each,
                slots,
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

    fn push(&self, program: &mut PlanBuilder, target: usize) {
        self.looped_part(program, &[Around::Push], |program| {
            self.push_once(program, target);
        });
    }

    fn push_once(&self, program: &mut PlanBuilder, target: usize) {
        let steps = self.push_steps(target);
        let conditions = self.conditions(&self.targets[target], Cache::Cold);
        let group = self.layout().groups[target].as_ref();
        let mut forked = false;
        let mut challenged = false;
        for part in parts(&steps) {
            if is_of_blobs(part[0]) {
                if let (Some(group), false) = (group, forked) {
                    self.fork_uploads(program, group);
                    forked = true;
                }
                challenged = false;
                continue;
            }
            let last = part[part.len() - 1].class;
            for _ in 0..part[0].times.count(&conditions) {
                let write = |program: &mut PlanBuilder| {
                    self.part(program, &part, (target, 1), None, challenged);
                };
                match last {
                    RequestClass::ManifestPut => {
                        self.looped_part(program, &[Around::Manifest], write);
                    }
                    _ if sends(&part) => self.looped_part(program, &[Around::Blob], write),
                    _ => write(program),
                }
            }
            challenged = is_challenged(last, challenged);
        }
    }

    /// Steps within the client's loop around a part of a push, if it has one.
    fn looped_part(
        &self,
        program: &mut PlanBuilder,
        of: &[Around],
        body: impl FnOnce(&mut PlanBuilder),
    ) {
        let mut loops = self.engine.loops.iter();
        match loops.find(|it| of.contains(&it.around)) {
            None => body(program),
            Some(OuterLoop { name, policy, .. }) => {
                let spec = around(name, policy.policy.clone(), GiveUp::Propagate);
                program.retry(spec, body);
            }
        }
    }

    fn uploads_rule(&self) -> &'static Uploads {
        let uploads = self.engine.uploads.as_ref();
        uploads.expect("who pushes says how it uploads")
    }

    fn push_steps(&self, target: usize) -> Vec<&'static Asked> {
        let conditions = self.conditions(&self.targets[target], Cache::Cold);
        self.engine.steps(Action::Push, &conditions).collect()
    }

    /// Requests that belong together, for one of `each` siblings: a blob is sent only where the
    /// registry lacks it, and its bytes go before its upload ends.
    fn part(
        &self,
        program: &mut PlanBuilder,
        steps: &[&'static Asked],
        (target, each): (usize, u32),
        bytes: Option<AmountRule>,
        challenged: bool,
    ) {
        let blob = is_of_blobs(steps[0]).then_some(each);
        let mut there: Option<Unless> = None;
        let mut spent = u32::from(challenged);
        for step in steps {
            if there.is_none() && is_upload(step.class) {
                there = Some(self.unless_held(program, target, blob));
            }
            if step.class == RequestClass::UploadFinish {
                // What comes before has been let in; now its bytes go over the network.
                self.transfer(program, target, each, bytes, Direction::Up);
            }
            self.ask_once(program, step, (target, each), spent);
            spent = 0;
        }
        if let Some(there) = there {
            self.now_held(program, there);
        }
    }

    /// One request of a push, after the client's own time.
    fn ask_once(
        &self,
        program: &mut PlanBuilder,
        step: &Asked,
        (target, each): (usize, u32),
        spent: u32,
    ) {
        let stated = self.section.think_of(phase(step.class));
        if let Some(pause) = stated_or(stated, step.think) {
            let duration = program.duration(pause);
            let draw = step.class as u32;
            program.step(Step::Wait { duration, draw });
        }
        let request = Request {
            each,
            spent,
            ..Request::of(Run::of(target, Action::Push), step.class)
        };
        let fail = |program: &mut PlanBuilder| {
            let error = self.refusal(program, &request);
            let error = program.without_code(error);
            program.fail(error);
        };
        let hides = self.hides_code(program, &request);
        let fallback = hides.then_some(&fail as Fallback<'_>);
        self.request(program, &request, fallback);
    }

    /// Whether a loop around a request must not see the code of its refusal. Where faults can hit it
    /// as well, it does: which of the two it was is not told when its own loops have given up.
    fn hides_code(&self, program: &mut PlanBuilder, request: &Request<'_>) -> bool {
        let class = request.class;
        let judged = |it: &OuterLoop| {
            it.around.is_around_pushed(class)
                && !it.codes_of.is_empty()
                && !it.codes_of.contains(&class)
        };
        self.engine.loops.iter().any(judged) && self.is_only_limited(program, request)
    }

    fn fork_uploads(&self, program: &mut PlanBuilder, group: &Group) {
        let (join, cancel_after) = match self.uploads_rule().siblings {
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

    /// The program of a layer, or of the config beside the layers: looked for, and sent if the
    /// registry lacks it.
    fn upload(&self, program: &mut PlanBuilder, group: &Group) {
        let steps = self.push_steps(group.target);
        let first = steps.iter().position(|step| is_of_blobs(step));
        let before = &steps[..first.unwrap_or(0)];
        let challenged = before.iter().fold(false, |challenged, step| {
            is_challenged(step.class, challenged)
        });
        let steps: Vec<&Asked> = steps.into_iter().filter(|it| is_of_blobs(it)).collect();
        let bytes = self.all_bytes(program, group);
        let sent = |program: &mut PlanBuilder, challenged| {
            let keeps = self.uploads_rule().keeps_slot;
            if keeps {
                self.take_upload_slot(program, group);
            }
            self.looped_part(program, &[Around::Blob, Around::Layer], |program| {
                if !keeps {
                    self.take_upload_slot(program, group);
                }
                let of = (group.target, group.each);
                self.part(program, &steps, of, bytes, challenged);
            });
        };
        let first = self.uploads_rule().at_once.unwrap_or(group.each);
        if !challenged || first >= group.each {
            return sent(program, challenged);
        }
        // Those that come later find the token there which the first were told to fetch; a config that
        // takes no slot is among the first.
        let each = group.each;
        let layers = self.targets[group.target].image.layers.len() as u32;
        let place = |program: &mut PlanBuilder, below| {
            program.step(Step::IfPlace {
                each,
                below,
                to: NONE,
            })
        };
        let told = place(program, first);
        let beside = (!self.uploads_rule().config_takes_slot).then(|| {
            let later = place(program, layers);
            let config = program.step(Step::Jump { to: NONE });
            program.land(later);
            config
        });
        sent(program, false);
        let done = program.step(Step::Jump { to: NONE });
        for told in beside.into_iter().chain([told]) {
            program.land(told);
        }
        sent(program, true);
        program.land(done);
    }

    fn take_upload_slot(&self, program: &mut PlanBuilder, group: &Group) {
        let Some(rule) = group.slots else { return };
        let layers = self.targets[group.target].image.layers.len() as u32;
        if self.uploads_rule().config_takes_slot || layers == group.each {
            program.step(Step::Take { rule });
            return;
        }
        let layer = program.step(Step::IfPlace {
            each: group.each,
            below: layers,
            to: NONE,
        });
        let config = program.step(Step::Jump { to: NONE });
        program.land(layer);
        program.step(Step::Take { rule });
        program.land(config);
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
                // The config comes after the layers.
                let everything = self.section.cached == Cached::Everything;
                let below = if everything { each } else { asked.held };
                let held = (below > 0).then(|| {
                    program.step(Step::IfPlace {
                        each,
                        below,
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
        let mut bytes: Vec<u64> = layers.iter().map(|layer| layer.bytes).collect();
        // A config beside the layers is small.
        bytes.resize(group.each as usize, 0);
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

/// The steps of a push by what they send: those that follow request by request, and an upload after
/// the look-up, belong together.
fn parts<'s>(steps: &[&'s Asked]) -> Vec<Vec<&'s Asked>> {
    let mut parts: Vec<Vec<&Asked>> = Vec::new();
    for step in steps {
        let goes_on = step.begins == Begins::AfterItsOwn || is_upload(step.class);
        match parts.last_mut() {
            Some(part) if goes_on => part.push(step),
            _ => parts.push(vec![step]),
        }
    }
    parts
}

/// Whether a part sends a blob.
fn sends(part: &[&Asked]) -> bool {
    part.iter().any(|step| is_upload(step.class))
}

/// Whether a step is taken once for each blob.
fn is_of_blobs(step: &Asked) -> bool {
    !matches!(step.times, Times::Once | Times::Platforms)
}

/// Whether a request that was told to sign in is sent again next.
const fn is_challenged(class: RequestClass, before: bool) -> bool {
    match class {
        RequestClass::Challenge => true,
        RequestClass::Token => before,
        _ => false,
    }
}

const fn is_upload(class: RequestClass) -> bool {
    matches!(
        class,
        RequestClass::UploadStart | RequestClass::UploadPart | RequestClass::UploadFinish
    )
}
