//! What the catalog says a client does about a 429, class by class.

use super::refused::throttled;
use super::{Action, Body, ClassRule, Engine, OnFailure, RequestClass};
use serde::Serialize;

/// What a client does when a request of one class is answered 429.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RefusalExplanation {
    /// The class.
    pub class: RequestClass,
    /// The action in which it does something else than elsewhere; `None` for all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<Action>,
    /// What it does.
    pub then: String,
}

/// What an engine does about a 429, by class; where an action has a rule of its own, that, too.
pub(super) fn refusals(engine: &Engine) -> Vec<RefusalExplanation> {
    let mut told = Vec::new();
    for (class, rule) in &engine.rules {
        told.push(RefusalExplanation {
            class: *class,
            of: None,
            then: refusal(rule),
        });
        let exceptions = engine.exceptions.iter();
        for ((action, _), own) in exceptions.filter(|((_, of), _)| of == class) {
            told.push(RefusalExplanation {
                class: *class,
                of: Some(*action),
                then: format!("{}{}", refusal(own), otherwise(own)),
            });
        }
    }
    told
}

/// What a rule that stands beside another for the same class does after other answers than 429.
fn otherwise(rule: &ClassRule) -> String {
    let error = throttled(Body::Json);
    let loops = rule.loops.iter();
    let others = loops.filter(|one| one.policy.classify(&error).is_none());
    let does: Vec<&str> = others.map(|one| one.does.as_str()).collect();
    match does.is_empty() {
        true => String::new(),
        false => format!(
            "; where it fails otherwise, {}",
            does.join("; around that, ")
        ),
    }
}

fn refusal(rule: &ClassRule) -> String {
    let error = throttled(Body::Json);
    let loops: Vec<&str> = rule
        .loops
        .iter()
        .filter(|one| one.policy.classify(&error).is_some())
        .map(|one| one.does.as_str())
        .collect();
    let tries = match loops.is_empty() {
        true => "sent once".to_owned(),
        false => loops.join("; around that, "),
    };
    let challenge = match rule.challenge_uses_attempt {
        true => ", an answer of 401 included",
        false => "",
    };
    let slot = match rule.keeps_slot && !loops.is_empty() {
        true => ", its slot kept",
        false => "",
    };
    let then = end(rule.on_failure);
    let of_digest = match rule.of_digest {
        Some(other) => format!(", and of an image named by its digest {}", end(other)),
        None => String::new(),
    };
    format!("{tries}{challenge}{slot}; then {then}{of_digest}")
}

fn end(on_failure: OnFailure) -> String {
    match on_failure {
        OnFailure::Fail => "it fails".to_owned(),
        OnFailure::FailAtEnd => "it fails once the rest was tried".to_owned(),
        OnFailure::Ignore => "it goes on all the same".to_owned(),
        OnFailure::FallBack(class) => format!("the same is asked for as {class} (GET)"),
        OnFailure::DeadEnd(class) => format!("{class} is tried, which cannot help"),
    }
}
