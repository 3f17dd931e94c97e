//! Pulls through a mirror: what it does not hold it asks of its upstream, as itself.
//!
//! ```text
//! request to the mirror
//!   by tag, and not looked up lately?   look it up upstream; refused: the tag it knows, or fail
//!   content it does not hold?           fetch it upstream, hold it; refused: fail
//! the client's loop around the request has given up?
//!   each request:  the same request to the image's own registry, signed in there
//!   whole pull:    the whole pull from the image's own registry
//! ```

use super::super::keys::Hosts;
use super::super::mirror::Mirror;
use super::Pulls;
use super::program::Run;
use super::request::{Fallback, Request};
use crate::catalog::Refused;
use crate::catalog::client::{Action, Auth, Cache, FallsThrough, RequestClass};
use crate::plan::{CellRule, ErrorSource, KeyRule, NONE, PlanBuilder, Service, SiteSpec, Step};
use crate::retry::{ErrorShape, Origin};
use std::cell::Cell;

impl Pulls<'_> {
    /// The mirror that is asked for a target, if it is one.
    pub(super) fn mirror(&self, target: usize) -> Option<&Mirror> {
        let mirror = self.targets[target].service.mirror.as_ref();
        mirror.filter(|_| self.targets[target].upstream.is_some())
    }

    /// The target at the image's own registry, if the client goes on there from the mirror in this
    /// way.
    pub(super) fn falls_to(&self, run: Run<'_>, way: FallsThrough) -> Option<usize> {
        let mirrors = self.engine.mirrors.as_ref()?;
        let right = run.action == Action::Pull && mirrors.falls_through == way;
        self.targets[run.target].own.filter(|_| right)
    }

    /// What a mirror does before it answers a request that it has let in.
    pub(super) fn ask_upstream(&self, program: &mut PlanBuilder, request: &Request<'_>) {
        let target = request.run.target;
        let Some(mirror) = self.mirror(target) else {
            return;
        };
        let image = self.targets[target].number;
        let class = request.class;
        if request.by_tag {
            self.look_tag_up(program, mirror, request);
        }
        let first = match self.targets[target].image.image.platforms {
            Some(_) => RequestClass::Index,
            None => RequestClass::Manifest,
        };
        match class {
            RequestClass::Resolve if mirror.kind.head_fetches_manifest => {
                if let Some(cell) = mirror.content(image, first, 0) {
                    let manifest = Request {
                        class: first,
                        ..*request
                    };
                    self.hold(program, mirror, &manifest, cell);
                }
            }
            RequestClass::Resolve if !request.by_tag => {
                // A digest it holds is there; what it does not hold it only looks up.
                let cell = mirror.content(image, first, 0);
                let cell = cell.map(|cell| program.cell_rule(cell));
                let held = cell.map(|cell| program.step(Step::IfCached { cell, to: NONE }));
                self.send_upstream(program, mirror, request, class, &|program| {
                    self.fail_as(program, request, mirror.kind.refused_content.as_ref());
                });
                if let Some(held) = held {
                    program.land(held);
                }
            }
            RequestClass::Index | RequestClass::Manifest | RequestClass::Config => {
                let cell = request.item;
                let cell = cell.or_else(|| mirror.content(image, class, request.number));
                if let Some(cell) = cell {
                    self.hold(program, mirror, request, cell);
                }
            }
            RequestClass::Layer => {
                if let Some(cell) = request.item {
                    self.hold(program, mirror, request, cell);
                }
            }
            _ => {}
        }
    }

    fn look_tag_up(&self, program: &mut PlanBuilder, mirror: &Mirror, request: &Request<'_>) {
        let target = &self.targets[request.run.target];
        let tag = mirror
            .tag(target.number)
            .map(|cell| program.cell_rule(cell));
        let fresh = tag.map(|cell| program.step(Step::Fetch { cell, to: NONE }));
        self.tally(
            program,
            "mirror_checks",
            "tags that the mirror looked up upstream",
        );
        let known = mirror.known_tag(target.number);
        let known = known.map(|cell| program.cell_rule(cell));
        let stale = Cell::new(None);
        self.send_upstream(
            program,
            mirror,
            request,
            RequestClass::Resolve,
            &|program| {
                if let Some(cell) = tag {
                    program.step(Step::Abandon { cell });
                }
                let held = known.map(|cell| program.step(Step::IfCached { cell, to: NONE }));
                stale.set(held);
                self.fail_as(program, request, mirror.kind.refused_tag.as_ref());
            },
        );
        for cell in tag.into_iter().chain(known) {
            program.step(Step::Fill { cell });
        }
        for known in fresh.into_iter().chain(stale.get()) {
            program.land(known);
        }
    }

    /// Fetches what the mirror does not hold.
    fn hold(
        &self,
        program: &mut PlanBuilder,
        mirror: &Mirror,
        request: &Request<'_>,
        cell: CellRule,
    ) {
        let cell = program.cell_rule(cell);
        let held = program.step(Step::Fetch { cell, to: NONE });
        self.tally(
            program,
            "mirror_misses",
            "manifests and blobs that the mirror had to fetch",
        );
        let refused = |program: &mut PlanBuilder| {
            program.step(Step::Abandon { cell });
            self.fail_as(program, request, mirror.kind.refused_content.as_ref());
        };
        self.send_upstream(program, mirror, request, request.class, &refused);
        if let Some(amount) = request.bytes.filter(|_| mirror.nat().is_some()) {
            self.count_nat_bytes(program, amount);
        }
        if request.class == RequestClass::Index && mirror.kind.imports_whole_list {
            let target = &self.targets[request.run.target];
            for platform in 0..target.image.image.platforms.unwrap_or(0) {
                // What came before upstream refused is not asked for again.
                let manifest = mirror.content(target.number, RequestClass::Manifest, platform);
                let manifest = manifest.map(|cell| program.cell_rule(cell));
                let here = manifest.map(|cell| program.step(Step::IfCached { cell, to: NONE }));
                self.send_upstream(program, mirror, request, RequestClass::Manifest, &refused);
                if let Some(cell) = manifest {
                    program.step(Step::Fill { cell });
                }
                if let Some(here) = here {
                    program.land(here);
                }
            }
        }
        program.step(Step::Fill { cell });
        let fetched = program.step(Step::Jump { to: NONE });
        program.land(held);
        self.tally(
            program,
            "mirror_hits",
            "manifests and blobs that the mirror held",
        );
        program.land(fetched);
    }

    fn send_upstream(
        &self,
        program: &mut PlanBuilder,
        mirror: &Mirror,
        request: &Request<'_>,
        class: RequestClass,
        refused: Fallback<'_>,
    ) {
        if let Some(site) = self.upstream_site(program, mirror, request, class) {
            let site = program.send_else(site, refused);
            program.asked_by(site, &self.targets[request.run.target].service.name);
        }
    }

    fn upstream_site(
        &self,
        program: &mut PlanBuilder,
        mirror: &Mirror,
        request: &Request<'_>,
        class: RequestClass,
    ) -> Option<SiteSpec> {
        let upstream = self.targets[request.run.target].upstream?;
        let alone = Hosts {
            neighbours: 1,
            count: 1,
        };
        let workload = &self.targets[request.run.target].service.name;
        let operation = upstream.operation_of(class);
        let checks = operation.as_ref().map_or(Vec::new(), |operation| {
            upstream.checks(operation, workload, &mirror.identity, alone, program)
        });
        let name = operation.unwrap_or_else(|| class.name().to_owned());
        Some(SiteSpec {
            operation: program.operation(&upstream.name, &name),
            checks,
            faults: upstream.faults(&name, workload),
            latency: upstream.latency(),
            service: Service::Plain,
            background: false,
        })
    }

    /// Fails as the mirror does when upstream has refused: in its own words, or in upstream's.
    fn fail_as(&self, program: &mut PlanBuilder, request: &Request<'_>, own: Option<&Refused>) {
        match own {
            Some(own) => {
                let error = self.own_error(program, request, own);
                program.fail(error);
            }
            None => program.pass_on(),
        }
    }

    /// A refusal of upstream in a mirror's words. To reports it is still the limiter's.
    fn own_error(&self, program: &mut PlanBuilder, request: &Request<'_>, own: &Refused) -> u32 {
        let site = self.mirror(request.run.target).and_then(|mirror| {
            self.upstream_site(program, mirror, request, RequestClass::Manifest)
        });
        let check = site.and_then(|site| site.checks.first().copied());
        let source = match check {
            Some(check) => ErrorSource::Limiter(check.limiter),
            None => ErrorSource::Service,
        };
        let Refused { status, code } = own;
        let name = &self.targets[request.run.target].service.name;
        let text = format!("{name}: HTTP {status} {code}, because upstream refused");
        let shape = ErrorShape {
            origin: Origin::Response,
            status: Some(*status),
            code: Some(code.clone()),
        };
        program.error(shape, source, &text)
    }

    /// All that a mirror can answer because of its upstream.
    pub(super) fn upstream_errors(
        &self,
        program: &mut PlanBuilder,
        request: &Request<'_>,
    ) -> Vec<u32> {
        let Some(mirror) = self.mirror(request.run.target) else {
            return Vec::new();
        };
        let mut errors = Vec::new();
        let own = [&mirror.kind.refused_tag, &mirror.kind.refused_content];
        for own in own.into_iter().flatten() {
            errors.push(self.own_error(program, request, own));
        }
        for class in [request.class, RequestClass::Resolve, RequestClass::Manifest] {
            let site = self.upstream_site(program, mirror, request, class);
            let Some(site) = site else { continue };
            let limiters = site.checks.iter();
            let plan = program.plan();
            errors.extend(limiters.map(|check| plan.limiters[check.limiter as usize].error));
            errors.extend(site.faults.iter().map(|fault| fault.error));
        }
        errors
    }

    /// The same request of the image's own registry, after the mirror has failed. Who asks for a
    /// manifest signs in there first.
    pub(super) fn ask_own(
        &self,
        program: &mut PlanBuilder,
        request: &Request<'_>,
        own: usize,
        fallback: Option<Fallback<'_>>,
    ) {
        self.fell_through(program);
        let there = Request {
            run: request.run.at(own),
            item: None,
            ..*request
        };
        if !request.class.is_blob() && self.targets[own].auth != Auth::None {
            for step in self.steps(&self.targets[own], Cache::Cold) {
                if matches!(step.class, RequestClass::Challenge | RequestClass::Token) {
                    let sign_in = Request {
                        class: step.class,
                        by_tag: false,
                        spent: 0,
                        ..there
                    };
                    self.request(program, &sign_in, fallback);
                    if step.class == RequestClass::Token {
                        break;
                    }
                }
            }
        }
        self.request(program, &there, fallback);
    }

    /// Counts what is asked of the image's own registry because the mirror has failed.
    pub(super) fn fell_through(&self, program: &mut PlanBuilder) {
        let about = "requests or pulls that went on from the mirror to the image's own registry";
        self.tally(program, "mirror_falls", about);
    }

    fn tally(&self, program: &mut PlanBuilder, name: &str, about: &'static str) {
        let tally = program.tally(name, about, false);
        let amount = program.amounts(&[1], KeyRule::Constant(0));
        program.step(Step::Tally { tally, amount });
    }
}
