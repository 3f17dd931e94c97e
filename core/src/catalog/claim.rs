//! Claims of the trade that the sources refute, each said where it matters.
//!
//! Another claim is an entry of [`CLAIMS`] and, if it matters in a situation of its own, one more
//! [`Matters`].

/// A claim, and what the sources say.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Claim {
    /// What is said.
    pub says: &'static str,
    /// What is so.
    pub fact: &'static str,
    /// Where that is from.
    pub source: &'static str,
    /// When the source was read.
    pub as_of: &'static str,
    /// Where it matters.
    pub matters: Matters,
}

/// Where a claim matters.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Matters {
    /// A Swarm service that names images by tag is throttled.
    SwarmByTag,
    /// Reading manifests from ECR is throttled.
    EcrManifests,
    /// An ECS deployment may stop old tasks before it starts new ones, and start more than it
    /// stopped.
    EcsStopsFirst,
    /// A workload that reaches a service through a VPC endpoint is throttled by a limit of its
    /// account.
    Endpoints,
}

/// All claims.
pub const CLAIMS: [Claim; 4] = [
    Claim {
        says: "`--with-registry-auth` makes every start pull",
        fact: "it only ships credentials, with which pinning to a digest usually succeeds; a node \
               asks the registry at every start for an image named by tag, and not for one named by \
               digest that it holds",
        source: "moby daemon/cluster/executor/container, docker/cli stack deploy --resolve-image",
        as_of: "2026-11-20",
        matters: Matters::SwarmByTag,
    },
    Claim {
        says: "fewer layers need fewer BatchGetImage calls",
        fact: "layers are GetDownloadUrlForLayer; BatchGetImage is one call for each manifest, \
               however many layers it names",
        source: "Amazon ECR service quotas",
        as_of: "2026-11-20",
        matters: Matters::EcrManifests,
    },
    Claim {
        says: "minimumHealthyPercent 75 with maximumPercent 125 starts 25 of 100 tasks at once",
        fact: "once old tasks have stopped, there is room for new ones from ceil(desired x minimum) \
               up to floor(desired x maximum): 50 of 100",
        source: "Amazon ECS developer guide, rolling update",
        as_of: "2026-11-20",
        matters: Matters::EcsStopsFirst,
    },
    Claim {
        says: "a VPC endpoint brings a quota of its own",
        fact: "it is a path to the same service: quotas of Amazon ECR are those of an account in a \
               Region, by API operation, and none is named for endpoints; what it saves is the NAT \
               gateway",
        source: "Amazon ECR service quotas; Amazon ECR user guide, interface VPC endpoints",
        as_of: "2026-11-20",
        matters: Matters::Endpoints,
    },
];
