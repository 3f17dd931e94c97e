//! What a scenario says, decoded: the input of compile.
//!
//! Everything here has been checked on its own (units, ranges, choices). What needs to see two
//! things at once (does this service exist, has it this operation) is compile's business.

pub use super::cron::{Cron, CronError};
use crate::catalog::Owner;
pub use crate::catalog::client::{Auth, Reference};
use crate::limiter;
use crate::random::Distribution;
use crate::retry::{HintHeader, RetryPolicy};
use crate::units::{Rate, Span};
pub use crate::yaml::Place;
pub use expecting::{Comparison, Expectation, Holds, Severity, WrittenIn};
pub use herding::{Errand, Herd, Trigger};
pub use orchestrator::Orchestrator;
pub use orchestrators::{
    BreakerThreshold, CircuitBreaker, EcsDeployment, Fails, KubeletPulls, KubernetesRollout, Part,
    RestartCondition, ScaleOut, SwarmRestart, SwarmService, SwarmUpdate, UpdateFailure, Watched,
};
pub use pulling::{
    Cached, Credentials, Image, ImagePulls, ImagePushes, Moving, PullBehaviour, PullPhase,
    PullSection,
};
pub use replaying::{RecordingChoice, Replay, ReplayedArrival};

mod expecting;
mod herding;
pub mod orchestrator;
mod orchestrators;
mod pulling;
mod replaying;

/// A value and where it stands in the text, for errors that are found later.
#[derive(Clone, PartialEq, Debug)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it was written; `None` for a default.
    pub place: Option<Place>,
}

/// Something with a name that paths use.
#[derive(Clone, PartialEq, Debug)]
pub struct Named<T> {
    /// The name: letters, digits, `-` and `_`.
    pub name: String,
    /// Where the name stands.
    pub place: Option<Place>,
    /// What it names.
    pub value: T,
}

/// A whole scenario: *today*, or a variant with its overrides applied.
#[derive(Clone, PartialEq, Debug)]
pub struct Scenario {
    /// Short name (kebab-case), also the name of the built-in.
    pub name: String,
    /// One line: what happened to whom.
    pub title: String,
    /// The story, where the numbers come from, what was assumed. Markdown.
    pub about: String,
    /// UTC of scenario time 0 as nanoseconds since the Unix epoch; windows that are aligned to the
    /// clock need it. Without it their phase is drawn per run.
    pub start_unix_nanos: Option<u64>,
    /// When a run is cut off.
    pub horizon: Span,
    /// The seed unless the caller gives another.
    pub seed: u64,
    /// Runs unless the caller asks for another number; `None` lets Pullstorm choose.
    pub runs: Option<u32>,
    /// What one run may take in memory, in bytes.
    pub memory: u64,
    /// What is called.
    pub services: Vec<Named<Service>>,
    /// What is pulled.
    pub images: Vec<Named<Image>>,
    /// NAT gateways that are more than one address, by the name that identities give.
    pub nats: Vec<Named<Nat>>,
    /// What creates load.
    pub workloads: Vec<Named<Workload>>,
    /// Statements to hold.
    pub expect: Vec<Expectation>,
    /// The variants that `pullstorm check` holds to them; empty where nobody says.
    pub check: Vec<Placed<String>>,
    /// The number that means "load" here, for "holds up to".
    pub load: Option<Placed<Load>>,
    /// The settings that a search may try; empty where nobody says.
    pub tune: Vec<Tune>,
    /// What the author assumed, in words; shown beside the verdict.
    pub assumptions: Vec<String>,
}

/// A registry or API.
#[derive(Clone, PartialEq, Debug)]
pub struct Service {
    /// A preset of the catalog that brings limiters, operations and error shapes.
    pub preset: Option<Placed<String>>,
    /// Round trip of a request: half before the decision, half after.
    pub latency: Distribution,
    /// Where it is; `None`: not stated.
    pub region: Option<String>,
    /// The service whose images it fetches and keeps, if it is a mirror.
    pub caches: Option<Caches>,
    /// Limiters that override or add to those of the preset, by name.
    pub limiters: Vec<Named<LimiterChoice>>,
    /// Ways in which the service fails by itself.
    pub faults: Vec<Named<Fault>>,
}

/// What makes a service a mirror of another one. What is `None` is as its kind does it.
#[derive(Clone, PartialEq, Debug)]
pub struct Caches {
    /// The service it asks.
    pub upstream: Placed<String>,
    /// A kind of mirror of the catalog.
    pub kind: Placed<String>,
    /// Whether it holds all images at the start, or nothing.
    pub prefilled: bool,
    /// For how long a tag is not looked up again.
    pub refresh: Option<Span>,
    /// Whether who asks for what is being fetched waits for that.
    pub single_flight: Option<bool>,
    /// Whether a tag it knows will do where upstream refuses the look-up.
    pub serves_stale: Option<bool>,
    /// To whom its own requests belong.
    pub identity: Option<Identity>,
}

/// A limiter as a scenario writes it. What is `None` comes from the preset's limiter of that name.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LimiterChoice {
    /// The operations it counts, and what each costs; `None` and no preset: all, one credit each.
    pub operations: Option<Placed<Vec<(String, u32)>>>,
    /// What it counts by.
    pub scope: Option<Scope>,
    /// The counting rule.
    pub algorithm: Option<Placed<Counting>>,
    /// How full it begins.
    pub initial: Option<limiter::Initial>,
    /// Whether throttled attempts cost credits.
    pub charge_throttled: Option<bool>,
    /// What happens to a request that finds too few credits.
    pub over_limit: Option<limiter::OverLimit>,
    /// For how long who was refused is locked out.
    pub lock_out: Option<limiter::LockOutSpec>,
    /// Load of other callers on each key.
    pub background: Option<Rate>,
    /// HTTP status of the refusal.
    pub status: Option<u16>,
    /// Error code of the refusal.
    pub code: Option<String>,
    /// What the refusal says about coming back.
    pub retry_after: Option<RetryAfter>,
    /// In which header it says so.
    pub retry_after_header: Option<HintHeader>,
    /// Set to switch the limiter off.
    pub off: bool,
    /// `assumed: true` marks a number nobody published; every report says so.
    pub assumed: bool,
}

/// A counting rule as it is written.
#[derive(Clone, PartialEq, Debug)]
pub enum Counting {
    /// A bucket; what is not written is that of the preset's bucket.
    Bucket {
        /// The most credits it holds.
        burst: Option<u64>,
        /// How credits come back.
        refill: Option<limiter::Refill>,
    },
    /// Another rule, whole.
    Whole(limiter::Algorithm),
}

/// What a limiter counts by.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Debug)]
pub enum Scope {
    /// AWS account and region (or project and region).
    AccountRegion,
    /// Source IPv4 address or IPv6 /64.
    Address,
    /// Signed-in user.
    User,
    /// Organisation of the user.
    Organisation,
    /// Repository or registry.
    Repository,
    /// One host (client-side limiters of engines and kubelets).
    Host,
    /// One counter for all.
    Global,
}

impl Scope {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Scope::AccountRegion => "account+region",
            Scope::Address => "IP address",
            Scope::User => "user",
            Scope::Organisation => "organisation",
            Scope::Repository => "repository",
            Scope::Host => "host",
            Scope::Global => "all callers together",
        }
    }
}

/// A refusal's hint about coming back.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum RetryAfter {
    /// No hint.
    None,
    /// The time until the request would be admitted, in whole seconds rounded up.
    Exact,
    /// Always this.
    Fixed(Span),
}

/// A way in which a service fails by itself.
#[derive(Clone, PartialEq, Debug)]
pub struct Fault {
    /// The operations it hits; `None`: all.
    pub operations: Option<Placed<Vec<String>>>,
    /// The workloads and mirrors it hits; `None`: all.
    pub of: Option<Vec<Placed<String>>>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// Chance for each attempt, in parts per million.
    pub chance_ppm: u32,
    /// From when.
    pub from: Span,
    /// Until when; `None`: to the end.
    pub until: Option<Span>,
}

/// What goes wrong when a service fails by itself.
#[derive(Clone, PartialEq, Debug)]
pub enum FaultKind {
    /// It answers with this status and code.
    Answer {
        /// HTTP status.
        status: u16,
        /// Error code.
        code: Option<String>,
    },
    /// It denies the operation: who asks may not do it. The catalog knows the answer.
    Denied,
    /// It does not answer; the client gives up waiting after this.
    Timeout(Span),
}

/// What creates load.
#[derive(Clone, PartialEq, Debug)]
pub enum Workload {
    /// Workflows of CI jobs that log in and then work.
    CiFanout(CiFanout),
    /// Callers of API operations.
    ApiCallers(ApiCallers),
    /// Pulls for their own sake.
    ImagePulls(ImagePulls),
    /// Builds that push images.
    ImagePushes(ImagePushes),
    /// Services of a Docker Swarm.
    SwarmService(SwarmService),
    /// Rolling deployments of Amazon ECS.
    EcsDeployment(EcsDeployment),
    /// Rolling updates of a Kubernetes deployment.
    KubernetesRollout(KubernetesRollout),
    /// Nodes that join a cluster.
    ScaleOut(ScaleOut),
    /// Hosts that one trigger sets off together.
    Herd(Herd),
    /// Arrivals as somebody recorded them.
    Replay(Replay),
}

impl Workload {
    /// What stands after `kind:`.
    pub fn kind(&self) -> &'static str {
        match self {
            Workload::CiFanout(_) => "ci-fanout",
            Workload::ApiCallers(_) => "api-callers",
            Workload::ImagePulls(_) => "image-pulls",
            Workload::ImagePushes(_) => "image-pushes",
            Workload::SwarmService(_) => "swarm-service",
            Workload::EcsDeployment(_) => "ecs-deployment",
            Workload::KubernetesRollout(_) => "kubernetes-rollout",
            Workload::ScaleOut(_) => "scale-out",
            Workload::Herd(_) => "herd",
            Workload::Replay(_) => "replay",
        }
    }

    /// Whom it calls and how, where the scenario says it: clients that pull bring their own policies.
    pub fn requests(&self) -> Option<&Requests> {
        match self {
            Workload::CiFanout(fanout) => Some(&fanout.requests),
            Workload::ApiCallers(callers)
            | Workload::Herd(Herd {
                errand: Errand::Calls(callers),
                ..
            }) => Some(&callers.requests),
            Workload::Replay(Replay {
                arrival: ReplayedArrival::Call { requests, .. },
                ..
            }) => Some(requests),
            Workload::Herd(_)
            | Workload::Replay(_)
            | Workload::ImagePulls(_)
            | Workload::ImagePushes(_)
            | Workload::SwarmService(_)
            | Workload::EcsDeployment(_)
            | Workload::KubernetesRollout(_)
            | Workload::ScaleOut(_) => None,
        }
    }

    /// Whom it calls and how, to be changed.
    pub fn requests_mut(&mut self) -> Option<&mut Requests> {
        match self {
            Workload::CiFanout(fanout) => Some(&mut fanout.requests),
            Workload::ApiCallers(callers)
            | Workload::Herd(Herd {
                errand: Errand::Calls(callers),
                ..
            }) => Some(&mut callers.requests),
            Workload::Replay(Replay {
                arrival: ReplayedArrival::Call { requests, .. },
                ..
            }) => Some(requests),
            Workload::Herd(_)
            | Workload::Replay(_)
            | Workload::ImagePulls(_)
            | Workload::ImagePushes(_)
            | Workload::SwarmService(_)
            | Workload::EcsDeployment(_)
            | Workload::KubernetesRollout(_)
            | Workload::ScaleOut(_) => None,
        }
    }

    /// Who operates the client that makes its attempts.
    pub fn operated_by(&self) -> Owner {
        self.who().1
    }

    /// To whom its attempts belong.
    pub fn identity(&self) -> &Identity {
        self.who().0
    }

    fn who(&self) -> (&Identity, Owner) {
        match self {
            Workload::CiFanout(CiFanout { requests, .. })
            | Workload::ApiCallers(ApiCallers { requests, .. })
            | Workload::Herd(Herd {
                errand: Errand::Calls(ApiCallers { requests, .. }),
                ..
            })
            | Workload::Replay(Replay {
                arrival: ReplayedArrival::Call { requests, .. },
                ..
            }) => (&requests.identity, requests.operated_by),
            Workload::ImagePulls(ImagePulls { moving, .. })
            | Workload::Herd(Herd {
                errand: Errand::Pulls(ImagePulls { moving, .. }),
                ..
            })
            | Workload::Replay(Replay {
                arrival: ReplayedArrival::Pull(ImagePulls { moving, .. }),
                ..
            })
            | Workload::ImagePushes(ImagePushes { moving, .. })
            | Workload::SwarmService(SwarmService { moving, .. })
            | Workload::EcsDeployment(EcsDeployment { moving, .. })
            | Workload::KubernetesRollout(KubernetesRollout { moving, .. })
            | Workload::ScaleOut(ScaleOut { moving, .. }) => (&moving.identity, moving.operated_by),
        }
    }

    /// What it pulls or pushes, and how, if it does that.
    pub fn moving(&self) -> Option<&Moving> {
        match self {
            Workload::CiFanout(_) | Workload::ApiCallers(_) => None,
            Workload::Herd(Herd {
                errand: Errand::Pulls(it),
                ..
            })
            | Workload::Replay(Replay {
                arrival: ReplayedArrival::Pull(it),
                ..
            })
            | Workload::ImagePulls(it) => Some(&it.moving),
            Workload::Herd(_) | Workload::Replay(_) => None,
            Workload::ImagePushes(it) => Some(&it.moving),
            Workload::SwarmService(it) => Some(&it.moving),
            Workload::EcsDeployment(it) => Some(&it.moving),
            Workload::KubernetesRollout(it) => Some(&it.moving),
            Workload::ScaleOut(it) => Some(&it.moving),
        }
    }

    /// The machines it shares with workloads that name the same, and how many they are (`None`: as
    /// many as it has tasks).
    pub fn machines(&self) -> Option<(&Placed<String>, Option<u32>)> {
        let (moving, hosts) = match self {
            Workload::CiFanout(_) | Workload::ApiCallers(_) | Workload::ImagePushes(_) => {
                return None;
            }
            Workload::Herd(herd) => match &herd.errand {
                Errand::Calls(_) => return None,
                Errand::Pulls(it) => (&it.moving, Some(herd.hosts)),
            },
            Workload::Replay(replay) => match &replay.arrival {
                ReplayedArrival::Call { .. } => return None,
                ReplayedArrival::Pull(it) => (&it.moving, it.hosts),
            },
            Workload::ImagePulls(it) => (&it.moving, it.hosts),
            Workload::SwarmService(it) => (&it.moving, Some(it.nodes)),
            Workload::EcsDeployment(it) => (&it.moving, it.hosts),
            Workload::KubernetesRollout(it) => (&it.moving, Some(it.nodes)),
            Workload::ScaleOut(it) => (&it.moving, Some(it.nodes)),
        };
        Some((moving.machines.as_ref()?, hosts))
    }

    /// How its kubelets pace their pulls, if it has any.
    pub fn kubelet(&self) -> Option<KubeletPulls> {
        match self {
            Workload::KubernetesRollout(it) => Some(it.kubelet.value),
            Workload::ScaleOut(it) => Some(it.kubelet.value),
            _ => None,
        }
    }

    /// The retry policy that the scenario gives it.
    pub fn retry(&self) -> Option<&RetryChoice> {
        self.requests().map(|requests| &requests.retry)
    }

    /// The same, to change it.
    pub fn retry_mut(&mut self) -> Option<&mut RetryChoice> {
        self.requests_mut().map(|requests| &mut requests.retry)
    }
}

/// Whom a workload of any kind calls, how it tries again, and to whom its attempts belong.
#[derive(Clone, PartialEq, Debug)]
pub struct Requests {
    /// The service it calls.
    pub service: Placed<String>,
    /// The retry policy of a call.
    pub retry: RetryChoice,
    /// To whom its attempts belong.
    pub identity: Identity,
    /// Who operates the client that makes the attempts, and so owns its retry setting.
    pub operated_by: Owner,
}

impl Requests {
    /// To be filled in.
    pub(crate) fn blank() -> Self {
        Requests {
            service: Placed {
                value: String::new(),
                place: None,
            },
            retry: RetryChoice::NONE,
            identity: Identity::blank(),
            operated_by: Owner::You,
        }
    }
}

/// Who a workload is to the limiters: its key for each scope.
#[derive(Clone, PartialEq, Debug)]
pub struct Identity {
    /// Account (or project).
    pub account: String,
    /// Accounts that the hosts are dealt out over in turn, `account` being the first;
    /// at least 1.
    pub accounts: u32,
    /// Region.
    pub region: String,
    /// Signed-in user.
    pub user: String,
    /// Organisation.
    pub organisation: String,
    /// Repository or registry.
    pub repository: String,
    /// Egress addresses the hosts share: one name is one address, unless [`Scenario::nats`] says more.
    pub address: Addresses,
    /// Services that are reached through a VPC endpoint, past any NAT gateway.
    pub endpoints: Vec<Placed<String>>,
}

impl Identity {
    /// The user of an identity that names none.
    pub(crate) const NOBODY_IN_PARTICULAR: &str = "default";

    /// Whether it says as which user requests are sent.
    pub(crate) fn names_user(&self) -> bool {
        self.user != Identity::NOBODY_IN_PARTICULAR
    }

    /// An identity of empty names.
    pub(crate) fn blank() -> Self {
        Identity {
            account: String::new(),
            accounts: 1,
            region: String::new(),
            user: String::new(),
            organisation: String::new(),
            repository: String::new(),
            address: Addresses::PerHost,
            endpoints: Vec::new(),
        }
    }

    /// Whether a service is reached through a VPC endpoint.
    pub fn has_endpoint(&self, service: &str) -> bool {
        self.endpoints.iter().any(|name| name.value == service)
    }
}

/// NAT gateways that hosts share.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Nat {
    /// Bytes a second through each gateway, whatever its addresses; `None`: no limit.
    pub bandwidth: Option<u64>,
    /// Gateways, hosts dealt out over them in turn; at least 1.
    pub gateways: u32,
    /// Addresses of each gateway, one drawn for each request; at least 1.
    pub addresses: u32,
}

impl Nat {
    /// One gateway with one address, of any bandwidth.
    pub const ONE: Nat = Nat {
        bandwidth: None,
        gateways: 1,
        addresses: 1,
    };
}

/// How hosts share egress addresses.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Addresses {
    /// All behind this one.
    One(String),
    /// Each host has its own.
    PerHost,
}

/// When things begin.
#[derive(Clone, PartialEq, Debug)]
pub enum Arrivals {
    /// At these times.
    At(Vec<Span>),
    /// `count` of them, one each `every` (zero: all at once), the first at `from`.
    Every {
        /// How many.
        count: u32,
        /// Distance from one to the next.
        every: Span,
        /// When the first begins.
        from: Span,
    },
    /// At random (Poisson) at a rate.
    Random {
        /// The rate.
        rate: Rate,
        /// When it begins.
        from: Span,
        /// For how long.
        lasting: Span,
    },
    /// All hosts of a herd at each of its instants.
    Herd(HerdArrivals),
}

/// When the hosts of a herd begin: the activity that is `instant * hosts + host` is that host's at
/// that instant. Recorded arrivals are instants of one host.
#[derive(Clone, PartialEq, Debug)]
pub struct HerdArrivals {
    /// What sets all of them off.
    pub instants: Vec<Span>,
    /// How many hosts.
    pub hosts: u32,
    /// How much later each begins.
    pub splay: Distribution,
    /// Whether a host's splay is drawn once.
    pub fixed_splay: bool,
    /// How far each host's clock is off at most, either way.
    pub skew: Span,
}

impl Arrivals {
    /// How many arrive: exactly, or, where that is random, more than arrive in all but one of a
    /// billion runs.
    pub fn count_max(&self) -> u64 {
        match self {
            Arrivals::At(times) => times.len() as u64,
            Arrivals::Every { count, .. } => u64::from(*count),
            Arrivals::Random { rate, lasting, .. } => {
                let mean = rate.per_second_f64() * lasting.as_secs_f64();
                (mean + 6.0 * mean.sqrt() + 10.0).ceil() as u64
            }
            Arrivals::Herd(herd) => herd.instants.len() as u64 * u64::from(herd.hosts),
        }
    }

    /// When the first arrives at the earliest; none where there is none.
    pub fn first(&self) -> Option<Span> {
        match self {
            Arrivals::At(times) => times.iter().min().copied(),
            Arrivals::Every { count: 0, .. } => None,
            Arrivals::Every { from, .. } | Arrivals::Random { from, .. } => Some(*from),
            Arrivals::Herd(herd) => herd.instants.iter().min().copied(),
        }
    }

    /// How many hosts the arrivals are on in turn, if they say so.
    pub fn hosts(&self) -> Option<u32> {
        match self {
            Arrivals::Herd(herd) => Some(herd.hosts),
            Arrivals::At(_) | Arrivals::Every { .. } | Arrivals::Random { .. } => None,
        }
    }

    /// Whether they are the same in all runs.
    pub fn are_fixed(&self) -> bool {
        match self {
            Arrivals::At(_) | Arrivals::Every { .. } => true,
            Arrivals::Random { .. } => false,
            Arrivals::Herd(herd) => herd.splay.is_constant() && herd.skew.is_zero(),
        }
    }
}

/// CI workflows: each is a fan of jobs, each job logs in to a registry and then works.
#[derive(Clone, PartialEq, Debug)]
pub struct CiFanout {
    /// Whom its jobs log in to, and how.
    pub requests: Requests,
    /// The CI system that runs it, in whose form settings are written; `None`: not stated.
    pub ci: Option<CiSystem>,
    /// The operation that is a login; `None`: the preset's login operation.
    pub operation: Option<Placed<String>>,
    /// When workflows begin.
    pub workflows: Arrivals,
    /// Jobs of a workflow.
    pub jobs: u32,
    /// Waves the jobs are split into; a wave begins when the one before is done.
    pub waves: u32,
    /// Each job is launched at a random time within this after its wave begins.
    pub launch_spread: Span,
    /// Machines that run jobs, shared by all workflows; `None`: as many as needed.
    pub runners: Option<u32>,
    /// Images of a job.
    pub images: u32,
    /// Who logs in.
    pub login: Login,
    /// Whether the logins of a job go one after another.
    pub logins: LoginOrder,
    /// How jobs that start at one instant are ordered.
    pub order: ServiceOrder,
    /// From getting a machine to the first login.
    pub spin_up: Distribution,
    /// From the last login to the end.
    pub duration: Distribution,
    /// What a job does whose login was given up.
    pub rerun: Rerun,
    /// How long a machine keeps a login (per-host); `None`: as long as the preset's service says.
    pub token_lifetime: Option<Span>,
}

/// A CI system.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum CiSystem {
    /// CircleCI.
    CircleCi,
    /// GitHub Actions.
    GitHubActions,
    /// GitLab CI/CD.
    GitLab,
}

/// Who logs in.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Login {
    /// Each job, once for each image.
    PerImage,
    /// Each job, once.
    PerJob,
    /// Each machine, once in a token's lifetime.
    PerHost,
    /// Each workflow, once, before its jobs.
    PerWorkflow,
    /// Nobody.
    Anonymous,
}

/// How the logins of one job follow each other.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum LoginOrder {
    /// All at once.
    Parallel,
    /// The next when the one before has succeeded.
    Sequential,
}

/// Who is served first among attempts of one instant.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum ServiceOrder {
    /// Drawn per run.
    Random,
    /// By index.
    Index,
}

/// Re-runs of a failed job.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Rerun {
    /// How often at most.
    pub times: u32,
    /// How long after it failed.
    pub delay: Span,
}

/// Callers of API operations: deploy tools, pollers, infrastructure as code.
#[derive(Clone, PartialEq, Debug)]
pub struct ApiCallers {
    /// Whom they call, and how.
    pub requests: Requests,
    /// When callers begin.
    pub callers: Arrivals,
    /// Operations of one round, in order, with how often each is called.
    pub calls: Vec<Placed<(String, u32)>>,
    /// Rounds of a caller.
    pub rounds: u32,
    /// Pause between two calls.
    pub think: Distribution,
    /// Pause between two rounds.
    pub pause: Distribution,
    /// What it asks after its last round, again and again; what it wanted has then started.
    pub poll: Option<Poll>,
    /// Whether a call that is given up ends its caller.
    pub on_failure: OnFailure,
    /// Whether all callers share one SDK client object (retry quota, rate limiter).
    pub client: Client,
    /// Whether its calls are long polls (SQS ReceiveMessage and the like).
    pub long_polling: bool,
}

impl ApiCallers {
    /// One round of no calls.
    pub(crate) fn blank() -> Self {
        let none = Distribution::Constant(Span::ZERO);
        ApiCallers {
            requests: Requests::blank(),
            callers: Arrivals::At(Vec::new()),
            calls: Vec::new(),
            rounds: 1,
            think: none.clone(),
            pause: none,
            poll: None,
            on_failure: OnFailure::Stop,
            client: Client::Separate,
            long_polling: false,
        }
    }
}

/// What a caller asks until what it started is ready.
#[derive(Clone, PartialEq, Debug)]
pub struct Poll {
    /// Operations of one poll, in order.
    pub calls: Vec<Placed<String>>,
    /// Pause before each poll.
    pub every: Distribution,
    /// How many polls it takes.
    pub times: u32,
}

/// What a caller does whose call was given up.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum OnFailure {
    /// It stops.
    Stop,
    /// It goes on with the next call.
    Continue,
}

/// How callers share SDK client objects.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Client {
    /// All callers use one.
    Shared,
    /// Each caller has its own.
    Separate,
    /// Each call makes a new one (short-lived processes).
    PerCall,
}

/// A retry policy as a scenario names it.
#[derive(Clone, PartialEq, Debug)]
pub struct RetryChoice {
    /// The preset it began from, if any.
    pub preset: Option<String>,
    /// The policy.
    pub policy: RetryPolicy,
    /// Where it stands.
    pub place: Option<Place>,
}

/// A setting that a search may try.
#[derive(Clone, PartialEq, Debug)]
pub struct Tune {
    /// Its path.
    pub path: String,
    /// What it may be set to, as a scenario writes it; at least two values.
    pub values: Vec<String>,
    /// Whether neighbours in the list are neighbours in meaning.
    pub ordered: bool,
}

/// The number that means "load".
#[derive(Clone, PartialEq, Debug)]
pub struct Load {
    /// Path of a whole number in the scenario.
    pub path: String,
    /// The smallest to look at; 1 or more, and no more than `up_to`.
    pub from: u32,
    /// How far to look.
    pub up_to: u32,
    /// The load that is to come, at which what is searched has to hold, too.
    pub plan_for: Option<u32>,
    /// What one of it is called.
    pub unit: String,
}
