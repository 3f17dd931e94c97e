//! What clients send when a registry says no: requests of one pull, and of all that the loops
//! around it make of it.

use super::{
    Action, Around, Auth, Body, ClassRule, Client, Conditions, Engine, OnFailure, OuterLoop,
    Reference, RequestClass, Siblings, client,
};
use crate::retry::{ErrorShape, Origin, RetryPolicy};

/// What one wanted image costs a registry that refuses it.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Amplification {
    /// The requests of one pull of the engine, in order.
    pub pull: Vec<RequestClass>,
    /// The class whose refusal ended it; `None` if it succeeded.
    pub failed: Option<RequestClass>,
    /// The requests of one look-up before the pull, where the client makes one.
    pub inspect: Vec<RequestClass>,
    /// Look-ups in all.
    pub inspects: u32,
    /// Pulls of the engine in all; [`RetryPolicy::UNLIMITED`] for no end.
    pub pulls: u32,
}

impl Amplification {
    /// Requests in all; `None` if there is no end to them.
    pub fn total(&self) -> Option<u64> {
        self.count(|_| true)
    }

    /// Requests of some classes in all; `None` if there is no end to them.
    pub fn count(&self, counts: impl Fn(RequestClass) -> bool) -> Option<u64> {
        let of = |requests: &[RequestClass]| {
            let counted = requests.iter().filter(|class| counts(**class)).count();
            u64::try_from(counted).unwrap_or(u64::MAX)
        };
        if self.pulls == RetryPolicy::UNLIMITED {
            return None;
        }
        let pulls = of(&self.pull).saturating_mul(u64::from(self.pulls));
        let inspects = of(&self.inspect).saturating_mul(u64::from(self.inspects));
        Some(pulls.saturating_add(inspects))
    }
}

/// What a client sends for one image if every request of the classes `refused` is answered 429, with
/// a body of this form, and every other one well. Of a wrapper, with its default engine and rule;
/// `None` of a helper.
///
/// Where blobs that run side by side cancel each other, only the first one is counted: how much the
/// others send before they are stopped is a matter of time.
pub fn amplification(
    who: &Client,
    conditions: &Conditions,
    refused: &[RequestClass],
    body: Body,
) -> Option<Amplification> {
    let engine = who.default_engine()?.engine()?;
    let registry = Registry {
        engine,
        conditions,
        refused,
        error: throttled(body),
    };
    let (pull, failed) = registry.run(Action::Pull);
    let mut pulls = registry.rounds(&engine.loops, Around::Pull, failed);
    let (mut inspect, mut inspects) = (Vec::new(), 0);
    if let Some(wrapper) = who.wrapper() {
        let outer = registry.rounds(&wrapper.loops, Around::Pull, failed);
        pulls = match (pulls, outer) {
            (RetryPolicy::UNLIMITED, _) | (_, RetryPolicy::UNLIMITED) => RetryPolicy::UNLIMITED,
            (inner, outer) => inner.saturating_mul(outer),
        };
        let rule = wrapper.pull_rules.first()?;
        if rule.inspects && conditions.reference == Reference::Tag {
            let (requests, failed) = registry.run(Action::Inspect);
            inspects = registry.rounds(&wrapper.loops, Around::Inspect, failed);
            inspect = requests;
        }
    }
    Some(Amplification {
        pull,
        failed,
        inspect,
        inspects,
        pulls,
    })
}

/// A 429 as retry policies see it.
pub(super) fn throttled(body: Body) -> ErrorShape {
    ErrorShape {
        origin: Origin::Response,
        status: Some(429),
        code: (body == Body::Json).then(|| "TOOMANYREQUESTS".to_owned()),
    }
}

impl ClassRule {
    /// Sends of one request that is answered with this error each time, by the last host of a list
    /// of mirrors or by one before it.
    pub fn attempts(&self, error: &ErrorShape, last_host: bool) -> u32 {
        let retrying = self.loops.iter().filter(|one| {
            (last_host || !one.last_host_only) && one.policy.classify(error).is_some()
        });
        retrying.fold(1, |attempts: u32, one| {
            attempts.saturating_mul(one.policy.attempts_max)
        })
    }
}

/// A registry that refuses some requests of an engine.
struct Registry<'a> {
    engine: &'a Engine,
    conditions: &'a Conditions,
    refused: &'a [RequestClass],
    error: ErrorShape,
}

impl Registry<'_> {
    /// The requests of an action, and the class that ended it.
    fn run(&self, action: Action) -> (Vec<RequestClass>, Option<RequestClass>) {
        let mut sent = Vec::new();
        let mut failed = None;
        let mut challenged = false;
        // The answer to an ignored ping would have said how to sign in: what follows is denied.
        let mut denied = false;
        for step in self.engine.steps(action, self.conditions) {
            let class = step.class;
            let count = step.times.count(self.conditions);
            if count == 0 || denied && class == RequestClass::Token {
                continue;
            }
            let rule = self.engine.rule(action, class);
            if !denied && !self.refuses(class) {
                push(&mut sent, class, count);
                challenged = match class {
                    RequestClass::Challenge => true,
                    RequestClass::Token => challenged,
                    _ => false,
                };
                continue;
            }
            let spent = u32::from(challenged && rule.challenge_uses_attempt);
            let attempts = match denied {
                true => 1,
                false => rule
                    .attempts(&self.error, true)
                    .saturating_sub(spent)
                    .max(1),
            };
            challenged = false;
            let goes_on = class.is_blob() && self.engine.blobs.siblings == Siblings::GoOn;
            let tried = if goes_on { count } else { 1 };
            push(&mut sent, class, attempts.saturating_mul(tried));
            match rule.on_failure(step, self.conditions.reference) {
                OnFailure::Fail => return (sent, failed.or(Some(class))),
                OnFailure::FailAtEnd => failed = failed.or(Some(class)),
                OnFailure::Ignore => denied = self.conditions.auth != Auth::None,
                OnFailure::FallBack(other) if denied => {
                    push(&mut sent, other, 1);
                    return (sent, failed.or(Some(other)));
                }
                OnFailure::FallBack(other) => {
                    if !self.answers(action, other, &mut sent) {
                        return (sent, failed.or(Some(other)));
                    }
                }
                OnFailure::DeadEnd(other) => {
                    self.answers(action, other, &mut sent);
                    return (sent, failed.or(Some(class)));
                }
            }
        }
        (sent, failed)
    }

    /// Sends a request of another class instead, and says whether it was answered.
    fn answers(&self, action: Action, class: RequestClass, sent: &mut Vec<RequestClass>) -> bool {
        let refused = self.refuses(class);
        let rule = self.engine.rule(action, class);
        let attempts = if refused {
            rule.attempts(&self.error, true)
        } else {
            1
        };
        push(sent, class, attempts);
        !refused
    }

    fn refuses(&self, class: RequestClass) -> bool {
        self.refused.contains(&class)
    }

    /// How often loops around an action run it, if it fails like this each time.
    fn rounds(&self, loops: &[OuterLoop], around: Around, failed: Option<RequestClass>) -> u32 {
        let Some(failed) = failed else {
            return 1;
        };
        let running = loops.iter().filter(|one| {
            one.around == around
                && (one.only_after.is_empty() || one.only_after.contains(&failed))
                && one.policy.policy.classify(&self.error).is_some()
        });
        running.fold(1, |rounds: u32, one| {
            rounds.saturating_mul(one.policy.policy.attempts_max)
        })
    }
}

fn push(sent: &mut Vec<RequestClass>, class: RequestClass, count: u32) {
    sent.extend((0..count).map(|_| class));
}

impl Client {
    /// What it sends for an image whose manifest a registry with bearer tokens refuses, in all that
    /// is asked of it: the commonest storm.
    pub fn refused_manifest(&self) -> Option<Amplification> {
        let conditions = Conditions {
            auth: Auth::Token,
            ..Conditions::cold(1)
        };
        let manifests = [
            RequestClass::Resolve,
            RequestClass::Index,
            RequestClass::Manifest,
        ];
        amplification(self, &conditions, &manifests, Body::Json)
    }

    /// The records of the engines it can run over: itself, or a wrapper's choices.
    pub fn engines(&self) -> impl Iterator<Item = &Client> {
        let own = self.engine().is_some().then_some(self);
        let choices = self.wrapper().map_or(&[][..], |wrapper| &wrapper.engines);
        own.into_iter()
            .chain(choices.iter().filter_map(|choice| client(&choice.client)))
    }
}
