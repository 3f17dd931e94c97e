//! The script of a build that pushes: how many tags, and how a refused push is tried again.

use super::Fragment;
use super::diff::{Both, Diff};
use crate::catalog::{self, Owner};
use crate::report::model::Language;
use crate::retry::{RetryPolicy, Strategy};
use crate::scenario::model::{ImagePushes, Workload};
use crate::units::Span;

/// What a variant changes of pushes.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let pushes = diff.kind(|workload| match workload {
        Workload::ImagePushes(pushes) => Some(pushes),
        _ => None,
    });
    let fragments = pushes.flat_map(|pushes| [tags(&pushes), again(&pushes)]);
    fragments.flatten().collect()
}

fn fragment(name: &str, text: String, why: String, risk: &str, undo: &str) -> Fragment {
    Fragment {
        place: format!("the script of `{name}` that pushes"),
        owner: Owner::You,
        language: Language::Sh,
        text,
        why,
        risk: risk.to_owned(),
        undo: undo.to_owned(),
    }
}

/// The command with which the workload's client pushes this image.
fn command(pushes: &ImagePushes, image: &str) -> String {
    let client = catalog::client(&pushes.moving.section.client.value);
    let uploads = client.and_then(|client| client.engine()?.uploads.as_ref());
    let command = uploads.map_or("docker push {image}", |uploads| &uploads.command);
    command.replace("{image}", &format!("\"{image}\""))
}

fn tags(pushes: &Both<'_, ImagePushes>) -> Option<Fragment> {
    let tags = pushes.changed(|it| it.tags)?;
    if tags != 1 {
        return None;
    }
    Some(fragment(
        pushes.name,
        format!(
            "{}      # and no other tag\n",
            command(pushes.own, "$IMAGE:$COMMIT")
        ),
        format!(
            "each tag of a push writes a manifest: one instead of {}",
            pushes.today.tags
        ),
        "who pulls `latest` has to learn the commit; one job can move `latest` when all builds are done",
        "push the other tags again",
    ))
}

fn again(pushes: &Both<'_, ImagePushes>) -> Option<Fragment> {
    let policy = pushes.changed(|it| it.retry.policy.clone())?;
    let attempts = policy.attempts_max;
    let none = &RetryPolicy::NONE;
    let plain = (&policy.budget, &policy.rate_limiter) == (&none.budget, &none.rate_limiter);
    if attempts < 2 || attempts == RetryPolicy::UNLIMITED || !plain {
        return None;
    }
    let millis = |span: Span| {
        let whole = span.as_nanos().is_multiple_of(1_000_000);
        whole.then(|| span.as_nanos() / 1_000_000)
    };
    let (before, wait) = match &policy.strategy {
        Strategy::Fixed { delay } => (
            String::new(),
            format!("  sleep {}\n", super::write::seconds(*delay)),
        ),
        Strategy::FullJitter(growth) => {
            let (base, cap) = (millis(growth.ceiling(0))?, millis(growth.cap)?);
            (
                format!("most={base}      # milliseconds\n"),
                format!(
                    "  random=$(od -An -N4 -tu4 /dev/urandom)\n  sleep \"$(awk \"BEGIN {{print $random / \
                     4294967296 * $most / 1000}}\")\"\n  most=$((most * 2 < {cap} ? most * 2 : {cap}))\n"
                ),
            )
        }
        _ => return None,
    };
    let text = format!(
        "{before}attempt=1\nuntil {}; do\n  [ \"$attempt\" -lt {attempts} ] || exit 1\n  \
         attempt=$((attempt + 1))\n{wait}done\n",
        command(pushes.own, "$IMAGE:$TAG")
    );
    Some(fragment(
        pushes.name,
        text,
        policy.describe(),
        "a push that fails for another reason is repeated as well; who asks again at once, or all at \
         the same time, meets the same limit",
        "push once again",
    ))
}
