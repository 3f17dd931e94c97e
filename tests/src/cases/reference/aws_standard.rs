//! A client in standard mode that meets a list of answers one after the other.

use super::scripted::Client;
use crate::cases::Tally;
use pullstorm_core::retry::{Class, Verdict};
use pullstorm_core::units::Span;

/// An answer as the client classifies it.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Answer {
    Success,
    Failure {
        class: Option<Class>,
        hint: Option<Span>,
    },
}

/// What the client is expected to do after each answer. A column that is not there is not tried.
pub struct Expected<'c> {
    pub outcome: Option<&'c [String]>,
    pub quota: &'c [u32],
    pub delay_s: &'c [Option<f64>],
}

/// Tries the answers in turn; a call that has ended is followed by another of the same client.
pub fn answers(
    name: &str,
    client: &mut Client,
    answers: &[Answer],
    expected: &Expected<'_>,
    tally: &mut Tally,
) -> Result<(), String> {
    if expected.quota.len() != answers.len() || expected.delay_s.len() != answers.len() {
        return Err("as many expectations as answers are needed".to_owned());
    }
    for (n, answer) in answers.iter().enumerate() {
        let (outcome, delay) = match *answer {
            Answer::Success => {
                client.succeeds();
                ("success", None)
            }
            Answer::Failure { class, hint } => match client.fails(class, hint) {
                Verdict::Retry(sleep) => ("retry", Some(sleep)),
                Verdict::Exhausted => ("max_attempts_exceeded", None),
                Verdict::QuotaEmpty(Span::ZERO) => ("retry_quota_exceeded", None),
                Verdict::QuotaEmpty(sleep) => ("retry_quota_exceeded", Some(sleep)),
                Verdict::NotRetried => ("not_retried", None),
            },
        };
        let label = |what| format!("{name} answer {n}, {what}");
        if let Some(outcomes) = expected.outcome {
            let want = outcomes.get(n).ok_or("fewer outcomes than answers")?;
            tally.exact(label("outcome"), outcome, want.as_str());
        }
        tally.exact(label("quota"), client.quota(), expected.quota[n]);
        let want = expected.delay_s[n].map(Span::from_secs_f64);
        tally.exact(label("delay"), delay, want);
    }
    Ok(())
}

/// The hint in an `x-amz-retry-after` header: whole milliseconds; anything else is no hint.
pub fn retry_after(header: &str) -> Option<Span> {
    header.parse().ok().map(Span::from_millis)
}
