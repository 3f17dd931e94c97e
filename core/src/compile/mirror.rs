//! Mirrors: services that fetch from another one what they do not hold. What they hold are cells of
//! caches that all who pull through them share.

use super::images::Images;
use super::problem::Problems;
use super::service::Services;
use crate::catalog;
use crate::catalog::client::RequestClass;
use crate::plan::{Assumption, Basis, CachePlan, CellRule, KeyRule, Owner, PlanBuilder};
use crate::scenario::model::{Addresses, Caches, Identity, Named, Service};
use crate::units::Span;

/// What a mirror does with what it is asked for.
#[derive(Debug)]
pub(super) struct Mirror {
    /// Its own name.
    name: String,
    /// The name of the service it asks.
    pub upstream: String,
    /// Its kind, for what only the kind says.
    pub kind: &'static catalog::Mirror,
    /// Whether a tag it knows will do where upstream refuses to look it up.
    pub serves_stale: bool,
    /// To whom its own requests belong.
    pub identity: Identity,
    /// Tags it has looked up, by image; into the caches. `None` looks them up each time.
    tags: Option<u32>,
    /// Manifests, config blobs and layers it holds; into the caches.
    content: u32,
    images: u32,
    /// Item of the scenario's first layer.
    first_layer: u32,
    /// Item of the manifest of the first image's first platform; config blobs follow.
    first_manifest: u32,
    /// Platforms for which each image has items.
    platforms: u32,
}

impl Mirror {
    /// What the `caches` of a service mean; `None` without.
    pub fn resolve(
        named: &Named<Service>,
        services: &Services,
        images: &Images<'_>,
        builder: &mut PlanBuilder,
        problems: &mut Problems,
    ) -> Option<Self> {
        let caches = named.value.caches.as_ref()?;
        let path = format!("services.{}.caches", named.name);
        let upstream = services.find_at(&caches.upstream, &format!("{path}.upstream"), problems);
        if upstream.is_some_and(|it| it.name == named.name) {
            let message = format!("`{}` is its own upstream", named.name);
            let hint = "name the registry whose images it fetches".to_owned();
            problems.push(caches.upstream.place, &path, message, Some(hint));
        }
        let Some(kind) = catalog::mirror(&caches.kind.value) else {
            let known = catalog::mirrors().iter().map(|mirror| mirror.name.as_str());
            let known: Vec<&str> = known.collect();
            let message = format!("there is no kind of mirror `{}`", caches.kind.value);
            let hint = format!("kinds: {}", known.join(", "));
            let path = format!("{path}.kind");
            problems.push(caches.kind.place, &path, message, Some(hint));
            return None;
        };
        let single_flight = caches.single_flight.or(kind.single_flight);
        let refresh = caches.refresh.unwrap_or(kind.refresh);
        let mut cache = |items: u32, lifetime: Option<Span>| {
            builder.cache(CachePlan {
                owners: 1,
                items,
                lifetime,
                filled: if caches.prefilled { items } else { 0 },
                single_flight: single_flight == Some(true),
                filled_when_asked: false,
            })
        };
        let count = images.count();
        let tags = (!refresh.is_zero()).then(|| cache(count, Some(refresh)));
        // Siblings find their layers by place, so items below that of any layer are left free.
        let first_layer = 2 * count + images.layers();
        let first_manifest = first_layer + images.layers();
        let platforms = images.platforms();
        let content = cache(first_manifest + 2 * count * platforms, None);
        if single_flight.is_none() {
            builder.plan().stated.push(Assumption {
                text: format!(
                    "{}: pulls of the same image at once are one request upstream each (not \
                     published)",
                    named.name
                ),
                basis: Basis::Default,
            });
        }
        Some(Mirror {
            name: named.name.clone(),
            upstream: upstream?.name.clone(),
            kind,
            serves_stale: caches.serves_stale.unwrap_or(kind.serves_stale),
            identity: identity(caches, &named.name),
            tags,
            content,
            images: count,
            first_layer,
            first_manifest,
            platforms,
        })
    }

    /// The address of the NAT gateway that it stands behind, if it has none of its own.
    pub fn nat(&self) -> Option<&str> {
        match &self.identity.address {
            Addresses::One(address) if *address != self.name => Some(address),
            Addresses::One(_) | Addresses::PerHost => None,
        }
    }

    /// The cell of the tag of an image; `None` where tags are looked up at each request.
    pub fn tag(&self, image: u32) -> Option<CellRule> {
        self.tags.map(|cache| cell(cache, KeyRule::Constant(image)))
    }

    /// The cell that says whether it knows the tag of an image, however old.
    pub fn known_tag(&self, image: u32) -> Option<CellRule> {
        let item = KeyRule::Constant(self.images + image);
        self.serves_stale.then(|| cell(self.content, item))
    }

    /// The cell of the index of an image, or of the manifest or config blob of one of its platforms;
    /// `None` of other requests.
    pub fn content(&self, image: u32, class: RequestClass, platform: u32) -> Option<CellRule> {
        let item = self.item(image, class)? + platform;
        Some(cell(self.content, KeyRule::Constant(item)))
    }

    /// The same for activities side by side, of which the one at `place` asks for the first
    /// platform.
    pub fn content_at(
        &self,
        image: u32,
        class: RequestClass,
        (place, each): (u32, u32),
    ) -> Option<CellRule> {
        let item = self.item(image, class)?;
        Some(self.by_place(item, place, each))
    }

    fn item(&self, image: u32, class: RequestClass) -> Option<u32> {
        match class {
            RequestClass::Index => Some(image),
            RequestClass::Manifest => Some(self.first_manifest + image * self.platforms),
            RequestClass::Config => {
                Some(self.first_manifest + (self.images + image) * self.platforms)
            }
            _ => None,
        }
    }

    fn by_place(&self, item: u32, place: u32, each: u32) -> CellRule {
        let item = KeyRule::Place {
            base: item - place,
            divisor: 1,
            modulus: each,
        };
        cell(self.content, item)
    }

    /// The cell of a layer, one of the scenario's.
    pub fn layer(&self, layer: u32) -> CellRule {
        let item = KeyRule::Constant(self.first_layer + layer);
        cell(self.content, item)
    }

    /// The cell of the layer that the activity at `place` among `each` siblings asks for. Layers whose
    /// cells follow each other have the same rule.
    pub fn layer_at(&self, layer: u32, place: u32, each: u32) -> CellRule {
        self.by_place(self.first_layer + layer, place, each)
    }
}

fn cell(cache: u32, item: KeyRule) -> CellRule {
    CellRule {
        cache,
        owner: Owner::Place(KeyRule::Constant(0)),
        item,
    }
}

/// What is not written is the mirror's own.
fn identity(caches: &Caches, name: &str) -> Identity {
    const NOT_WRITTEN: &str = "default";
    let own = |written: &str| match written {
        NOT_WRITTEN => name.to_owned(),
        written => written.to_owned(),
    };
    match &caches.identity {
        Some(identity) => Identity {
            user: own(&identity.user),
            address: match &identity.address {
                Addresses::One(address) => Addresses::One(own(address)),
                Addresses::PerHost => Addresses::One(name.to_owned()),
            },
            accounts: 1,
            ..identity.clone()
        },
        None => Identity {
            endpoints: Vec::new(),
            account: NOT_WRITTEN.to_owned(),
            accounts: 1,
            region: NOT_WRITTEN.to_owned(),
            user: name.to_owned(),
            organisation: NOT_WRITTEN.to_owned(),
            repository: NOT_WRITTEN.to_owned(),
            address: Addresses::One(name.to_owned()),
        },
    }
}
