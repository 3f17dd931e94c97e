//! Limiters of a preset, of the scenario, or of both.

use super::resolved::{Resolved, ResolvedLimiter};
use crate::catalog::{self, Confidence, Counting, Preset, PresetLimiter};
use crate::compile::problem::Problems;
use crate::limiter::{Algorithm, Spec, TokenBucketSpec};
use crate::plan::{Assumption, Basis, ErrorSource, Hint, LimiterPlan, PlanBuilder};
use crate::retry::{ErrorShape, HintHeader, Origin};
use crate::scenario::model::{self as written, LimiterChoice, Place, Placed, RetryAfter, Scope};
use crate::units::Rate;
use crate::yaml;

/// Adds a limiter to the plan and to its service, unless the scenario switches it off; a problem where
/// it is not said how it counts.
pub(super) fn add(
    name: &str,
    place: Option<Place>,
    choice: &LimiterChoice,
    preset: Option<(&'static Preset, &'static PresetLimiter)>,
    resolved: &mut Resolved,
    builder: &mut PlanBuilder,
    problems: &mut Problems,
) {
    if choice.off {
        return;
    }
    let service = resolved.name.clone();
    let path = format!("services.{service}.limiters.{name}");
    let from_preset = preset.map(|(_, limiter)| limiter);
    let known = from_preset.map(|limiter| &limiter.counting);
    let algorithm = match (&choice.algorithm, known) {
        (Some(own), known) => {
            match complete(&own.value, known) {
                Ok(algorithm) => algorithm,
                Err(missing) => {
                    problems.push(
                    own.place,
                    &format!("{path}.bucket"),
                    format!("`{missing}` is missing, and no preset has a bucket here to take it from"),
                    Some("write, for example, bucket: {burst: 200, refill: 4/s}".to_owned()),
                );
                    return;
                }
            }
        }
        (None, Some(Counting::Known(algorithm))) => algorithm.clone(),
        (None, Some(Counting::Unknown(question))) => {
            problems.push(
                place,
                &path,
                question.reason.clone(),
                Some(format!(
                    "write services.{service}.limiters.{name}: {{bucket: {{burst: .., refill: \
                     ../s}}, assumed: true}}, or switch it off with off: true"
                )),
            );
            return;
        }
        (None, None) => {
            problems.push(
                place,
                &path,
                "this limiter does not say how it counts",
                Some(how_to_count(name, resolved.preset)),
            );
            return;
        }
    };
    let mut spec = Spec::new(algorithm);
    if let Some(limiter) = from_preset {
        spec.charge_throttled = limiter.charge_throttled;
        spec.over_limit = limiter.over_limit;
    }
    spec.initial = choice.initial.unwrap_or(spec.initial);
    spec.charge_throttled = choice.charge_throttled.unwrap_or(spec.charge_throttled);
    spec.over_limit = choice.over_limit.unwrap_or(spec.over_limit);
    spec.lock_out = choice.lock_out;
    let place = choice
        .algorithm
        .as_ref()
        .and_then(|own| own.place)
        .or(place);
    if let Err(error) = spec.check(1) {
        problems.push(place, &path, error.to_string(), None);
        return;
    }
    let shape = ErrorShape {
        origin: Origin::Response,
        status: choice
            .status
            .or(from_preset.and_then(|limiter| limiter.error.status))
            .or(Some(429)),
        code: choice
            .code
            .clone()
            .or(from_preset.and_then(|limiter| limiter.error.code.clone())),
    };
    let index = builder.plan().limiters.len() as u32;
    let text = format!("{service} {name}");
    let error = builder.error(shape, ErrorSource::Limiter(index), &text);
    let scope = choice
        .scope
        .or(from_preset.map(|limiter| scope(limiter.scope)));
    let scope = scope.unwrap_or(Scope::Global);
    let operations = choice.operations.as_ref().map(|own| {
        for (operation, _) in &own.value {
            let placed = Placed {
                value: operation.clone(),
                place: own.place,
            };
            resolved.check_operation(&placed, &format!("{path}.operations"), problems);
        }
        let named = Placed {
            value: own.value.iter().map(|(name, _)| name.clone()).collect(),
            place: own.place,
        };
        resolved.named.push((named, format!("{path}.operations")));
        own.value.clone()
    });
    let operations = operations.or(from_preset.map(|limiter| limiter.operations.clone()));
    let assumption = assume(&service, choice, from_preset);
    let header = choice.retry_after_header.unwrap_or(HintHeader::RetryAfter);
    let hint = match (choice.retry_after, from_preset.map(|limiter| limiter.hint)) {
        (Some(RetryAfter::None), _) | (None, None) => Hint::None,
        (Some(RetryAfter::Exact), _) | (None, Some(catalog::Hint::HeaderSeconds)) => {
            Hint::Exact(header)
        }
        (Some(RetryAfter::Fixed(span)), _) | (None, Some(catalog::Hint::Header(span))) => {
            Hint::Fixed(header, span)
        }
        (None, Some(catalog::Hint::None | catalog::Hint::InMessage)) => Hint::None,
    };
    let own_numbers = choice.algorithm.is_some();
    let source = match preset {
        Some((preset, limiter)) if !own_numbers => {
            format!("{}, {}", confidence(limiter.confidence), preset.name)
        }
        _ if choice.assumed => "assumed by this scenario".to_owned(),
        _ => "this scenario".to_owned(),
    };
    builder.limiter(LimiterPlan {
        service,
        name: name.to_owned(),
        spec,
        client_side: false,
        scope,
        keys: Vec::new(),
        error,
        hint,
        background: choice.background.unwrap_or(Rate::ZERO),
        raisable: from_preset.and_then(|limiter| limiter.raisable),
        records: from_preset
            .map(|limiter| limiter.records.clone())
            .unwrap_or_default(),
        source,
        assumption,
    });
    resolved.limiters.push(ResolvedLimiter {
        index,
        place,
        path,
        scope,
        operations,
    });
}

/// A counting rule with what is not written taken from the preset's; else the key that is missing.
fn complete(own: &written::Counting, preset: Option<&Counting>) -> Result<Algorithm, &'static str> {
    let (burst, refill) = match own {
        written::Counting::Whole(algorithm) => return Ok(algorithm.clone()),
        written::Counting::Bucket { burst, refill } => (*burst, *refill),
    };
    let known = match preset {
        Some(Counting::Known(Algorithm::TokenBucket(known))) => Some(known),
        _ => None,
    };
    Ok(Algorithm::TokenBucket(TokenBucketSpec {
        burst: burst.or(known.map(|known| known.burst)).ok_or("burst")?,
        refill: refill.or(known.map(|known| known.refill)).ok_or("refill")?,
    }))
}

/// The limiter of the preset that a name not of it is probably a slip for: at most two letters and a
/// quarter of them differ.
pub(super) fn misspelt(name: &str, preset: Option<&'static Preset>) -> Option<&'static str> {
    let known = preset.iter().flat_map(|preset| &preset.limiters);
    let near = yaml::nearest(name, known.map(|limiter| limiter.name.as_str()))?;
    let (own, meant) = (yaml::folded(name), yaml::folded(near));
    let distance = yaml::distance(&own, &meant);
    (distance <= 2 && distance * 4 <= own.len().max(meant.len())).then_some(near)
}

/// What to write for a limiter that the preset does not have, or has under a name like this.
fn how_to_count(name: &str, preset: Option<&Preset>) -> String {
    let known = preset.iter().flat_map(|preset| &preset.limiters);
    let near = yaml::nearest(name, known.map(|limiter| limiter.name.as_str()));
    let count = "write bucket: {burst: 200, refill: 4/s}, window:, nginx: or in_flight:";
    match near {
        Some(near) => format!("did you mean `{near}`? For a limiter of your own, {count}"),
        None => count.to_owned(),
    }
}

fn assume(
    service: &str,
    choice: &LimiterChoice,
    preset: Option<&PresetLimiter>,
) -> Option<Assumption> {
    let (text, basis) = match preset {
        Some(limiter) if choice.algorithm.is_none() => {
            let text = limiter.assumptions.join("; ");
            (!text.is_empty()).then_some((text, Basis::Inferred))?
        }
        _ if choice.assumed => (
            format!("nobody publishes a limit of {service}; the scenario assumes this one"),
            Basis::Stated,
        ),
        _ => return None,
    };
    Some(Assumption { text, basis })
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Documented => "documented",
        Confidence::Observed => "observed",
        Confidence::Inferred => "inferred",
    }
}

/// The scope of a catalog record as a key of this slice's workloads.
fn scope(scope: catalog::Scope) -> Scope {
    use catalog::Scope as From;
    match scope {
        From::AccountRegion
        | From::AccountRegionOperation
        | From::Account
        | From::ProjectRegion => Scope::AccountRegion,
        From::Ip => Scope::Address,
        From::User | From::Principal => Scope::User,
        From::Organisation => Scope::Organisation,
        From::AccountRegionRepository
        | From::Registry
        | From::Repository
        | From::Namespace
        | From::BucketPrefix => Scope::Repository,
        From::Host | From::Connection => Scope::Host,
        From::Service | From::Request | From::Global | From::Unknown => Scope::Global,
    }
}
