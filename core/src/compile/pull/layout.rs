//! What pulls need beside steps: blocks of blobs that are fetched side by side, slots, and what
//! hosts remember.

use super::super::keys::Hosts;
use super::agent::Agent;
use super::blobs::Group;
use super::puller::assume_engine;
use super::twin::Twin;
use super::{Pulls, Target, asks_if_missing};
use crate::catalog::client::{Asks, Begins, Cache, RequestClass, Siblings, SlotOwner, Step, Times};
use crate::plan::{
    BlockRole, BlockSpec, CachePlan, CellRule, KeyRule, LinkPlan, Owner, PlanBuilder, PoolKind,
    PoolPlan, Start,
};
use crate::scenario::model::Cached;

/// What has been laid out.
#[derive(Debug)]
pub(super) struct Layout {
    /// How the parents are spread over hosts, and how many they are.
    pub hosts: Hosts,
    pub parents: u32,
    /// What an agent's hosts share.
    pub agent: Agent,
    /// Blobs of each target that are fetched side by side.
    pub groups: Vec<Option<Group>>,
    /// What the registry has been sent, by place of the push: see [`super::push`].
    pub sent: Option<u32>,
    /// The network of each host, if its bandwidth is stated; into the links.
    pub links: Option<u32>,
    /// Layers that hosts can come to hold, as the scenario numbers them.
    items: Vec<u32>,
    /// What each target is to the caches.
    targets: Vec<u32>,
    /// Caches, by what they remember.
    layers: Option<u32>,
    present: Option<u32>,
    pulled: Option<u32>,
    manifests: Option<u32>,
}

/// What a host remembers about an image.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) enum Memory {
    /// It has the image.
    Present,
    /// Its agent has pulled the image.
    Pulled,
    /// It has the image's manifests.
    Manifests,
}

impl Layout {
    /// Nothing yet, for so many parents.
    pub fn new(parents: u32, hosts: Hosts) -> Self {
        Layout {
            hosts,
            parents,
            agent: Agent::default(),
            groups: Vec::new(),
            sent: None,
            links: None,
            items: Vec::new(),
            targets: Vec::new(),
            layers: None,
            present: None,
            pulled: None,
            manifests: None,
        }
    }

    /// The cell of what a host remembers about the image at `place`, if it remembers that.
    pub fn cell(&self, memory: Memory, place: usize) -> Option<CellRule> {
        let cache = match memory {
            Memory::Present => self.present,
            Memory::Pulled => self.pulled,
            Memory::Manifests => self.manifests,
        };
        cache.map(|cache| CellRule {
            cache,
            owner: Owner::Place(self.host(1)),
            item: KeyRule::Constant(self.targets[place]),
        })
    }

    /// The cell of a layer on a host, for blocks with `each` activities for one parent.
    pub fn layer_cell(&self, each: u32, item: KeyRule) -> Option<CellRule> {
        self.layers.map(|cache| CellRule {
            cache,
            owner: Owner::Place(self.host(each)),
            item,
        })
    }

    /// Which of the remembered layers one of the scenario's is.
    pub fn item(&self, layer: u32) -> Option<u32> {
        let place = self.items.iter().position(|item| *item == layer)?;
        Some(place as u32)
    }

    /// The host of an activity in a block with `each` activities for one parent.
    pub fn host(&self, each: u32) -> KeyRule {
        KeyRule::Place {
            base: 0,
            divisor: self.hosts.neighbours.max(1) * each,
            modulus: self.hosts.count.max(1),
        }
    }
}

impl Pulls<'_> {
    /// The networks of the hosts, if their bandwidth is stated.
    pub(super) fn network(&self, builder: &mut PlanBuilder, hosts: Hosts) -> Option<u32> {
        self.section.bandwidth.map(|bytes_per_second| {
            let network = format!("{bytes_per_second} B/s");
            self.of_hosts(builder, ("network", &network), |builder| {
                builder.links(LinkPlan {
                    bytes_per_second,
                    owners: hosts.count.max(1),
                    shared: true,
                })
            })
        })
    }

    /// Lays out what `parents` activities of a block need to pull. Call it before programs are
    /// written.
    pub fn lay_out(
        &mut self,
        builder: &mut PlanBuilder,
        parent_block: u32,
        parents: u32,
        hosts: Hosts,
    ) {
        assume_engine(&self.section, self.client, builder);
        let mut layout = Layout::new(parents, hosts);
        let place = |(place, target): (usize, &Target<'_>)| match self.who.machines {
            Some(_) => target.number,
            None => place as u32,
        };
        layout.targets = self.targets.iter().enumerate().map(place).collect();
        layout.links = self.network(builder, hosts);
        self.lay_out_memory(builder, &mut layout);
        let daemon = self.daemon_slots(builder, &layout);
        for (index, target) in self.targets.iter().enumerate() {
            let steps = self.steps(target, Cache::Cold);
            let group = side_by_side(&steps);
            let total = self.requests(target, group);
            let takes = self.slots_taken(target, group);
            let at_once = self.at_once.map(|(slots, _)| slots);
            let by_daemon = daemon.is_some() && takes > 0;
            let one_by_one = at_once == Some(1) && self.engine.blobs.siblings != Siblings::GoOn;
            let in_parent = !self.has_blobs(target);
            if total == 0 || in_parent || !by_daemon && (total == 1 || one_by_one) {
                layout.groups.push(None);
                continue;
            }
            let blobs = match self.twin {
                Some(Twin::Pinned) => "pinned-blobs",
                Some(Twin::Before) => "blobs-of-before",
                _ => "blobs",
            };
            let name = match self.images {
                _ if index >= self.images => format!("{blobs}-{}-own", target.image.name),
                1 => blobs.to_owned(),
                _ => format!("{blobs}-{}", target.image.name),
            };
            let block = builder.block(BlockSpec {
                name: &name,
                role: BlockRole::Call,
                count: parents * total,
                start: Start::Forked {
                    parent: parent_block,
                    each: total,
                },
                starts_when_done: true,
            });
            let slots = match (daemon, at_once) {
                (Some(pool), _) if takes > 0 => Some(builder.pool_rule(pool, layout.host(total))),
                (None, Some(at_once)) if at_once < takes => {
                    let pool = builder.pools(PoolPlan {
                        slots: at_once,
                        owners: parents,
                        about: "downloads at once of a pull",
                        kind: PoolKind::Places,
                    });
                    let owner = KeyRule::Place {
                        base: 0,
                        divisor: total,
                        modulus: parents,
                    };
                    Some(builder.pool_rule(pool, owner))
                }
                _ => None,
            };
            layout.groups.push(Some(Group {
                target: index,
                block,
                each: total,
                slots,
            }));
        }
        self.layout = Some(layout);
        let agent = self.lay_out_agent(builder);
        if let Some(layout) = &mut self.layout {
            layout.agent = agent;
        }
        self.write_blobs(builder);
    }

    fn lay_out_memory(&self, builder: &mut PlanBuilder, layout: &mut Layout) {
        let images = &self.targets[..self.images];
        let owners = layout.hosts.count.max(1);
        let engine = self.engine_name;
        // Images of before are nobody else's.
        let before = self.twin == Some(Twin::Before);
        let shared = self.who.machines.is_some() && !before;
        let targets = match self.who.machines.is_some() {
            true => self.world.images,
            false => images.len() as u32,
        };
        let mut cache = |of: (&str, &str), items: u32, filled: u32, single_flight: bool| {
            let plan = CachePlan {
                owners,
                items,
                lifetime: None,
                filled,
                single_flight,
                filled_when_asked: false,
            };
            match before {
                true => builder.cache(plan),
                false => self.of_hosts(builder, of, |builder| builder.cache(plan)),
            }
        };
        let everything = self.section.cached == Cached::Everything;
        let held = |yes: bool| if yes { targets } else { 0 };
        let rule = self.rule;
        let matters = |target: &Target<'_>| {
            shared
                || self.warm_differs(target)
                || rule.run_local
                || asks_if_missing(rule, target.reference)
        };
        // Who shares hosts holds what it says of its own images, and finds the rest. Images of
        // before stay where they are.
        let told = (shared || before) && everything;
        if images.iter().any(matters) && !self.once && !told {
            layout.present = Some(cache((engine, "images"), targets, held(everything), false));
        }
        if rule.asks == Asks::IfNeverPulled && !self.once {
            let of = (self.client.name.as_str(), "pulled");
            let known = before && everything;
            layout.pulled = Some(cache(of, targets, held(known), false));
        }
        let knows_manifests = |target: &Target<'_>| {
            let steps = self.steps(target, Cache::Cold);
            steps.iter().any(|step| step.when.manifest_known.is_some())
        };
        if images.iter().any(knows_manifests) && !self.once && !told {
            let known = everything || self.section.cached == Cached::Manifests;
            let filled = held(known && !shared);
            layout.manifests = Some(cache((engine, "manifests"), targets, filled, false));
        }
        if !super::keeps_layers(self.engine) {
            return;
        }
        let waits = self.engine.blobs.shares_downloads == Some(true);
        if shared {
            layout.items = (0..self.world.layers).collect();
            layout.layers = Some(cache((engine, "layers"), self.world.layers, 0, waits));
            return;
        }
        let mut twice = false;
        for target in images {
            for layer in &target.image.layers[target.held as usize..] {
                if layout.item(layer.item).is_some() {
                    twice = true;
                } else {
                    layout.items.push(layer.item);
                }
            }
        }
        if (twice || !self.once) && !layout.items.is_empty() {
            let items = layout.items.len() as u32;
            layout.layers = Some(cache((engine, "layers"), items, 0, waits));
        }
    }

    /// The download slots of each host's daemon, if its pulls share them.
    fn daemon_slots(&self, builder: &mut PlanBuilder, layout: &Layout) -> Option<u32> {
        let (slots, counted_by) = self.at_once?;
        let takes = |target: &Target<'_>| {
            let steps = self.steps(target, Cache::Cold);
            self.slots_taken(target, side_by_side(&steps))
        };
        let most = self.targets.iter().map(takes).max().unwrap_or(0);
        let alone = self.once && most <= slots;
        if counted_by != SlotOwner::Daemon || alone {
            return None;
        }
        let of = (self.engine_name, "download slots");
        Some(self.of_hosts(builder, of, |builder| {
            builder.pools(PoolPlan {
                slots,
                owners: layout.hosts.count.max(1),
                about: "downloads at once on a host",
                kind: PoolKind::Places,
            })
        }))
    }

    /// Requests of some steps.
    pub(super) fn requests(&self, target: &Target<'_>, steps: &[&Step]) -> u32 {
        let conditions = self.conditions(target, Cache::Cold);
        steps.iter().map(|step| step.times.count(&conditions)).sum()
    }

    fn slots_taken(&self, target: &Target<'_>, steps: &[&Step]) -> u32 {
        let conditions = self.conditions(target, Cache::Cold);
        let take_slot = &self.engine.blobs.take_slot;
        let takes = steps.iter().filter(|step| take_slot.contains(&step.class));
        takes.map(|step| step.times.count(&conditions)).sum()
    }
}

/// The steps that fetch blobs side by side: the layers, and what begins together with them.
pub(super) fn side_by_side<'s, 'r>(steps: &'s [&'r Step]) -> &'s [&'r Step] {
    let is_layers = |step: &&Step| {
        step.class == RequestClass::Layer
            && matches!(step.times, Times::Layers | Times::MissingLayers)
    };
    let Some(layers) = steps.iter().position(is_layers) else {
        return &[];
    };
    let together = |place: &usize| steps[*place].begins == Begins::With;
    let mut first = layers;
    while together(&first) && first > 0 {
        first -= 1;
    }
    let after = (layers + 1..steps.len()).take_while(together).count();
    &steps[first..layers + 1 + after]
}
