//! `kind: image-pushes`: builds that push what they have made.

use super::arrivals::{Begin, arrivals, begin};
use super::choice::Mapped;
use super::form::{Count, Words};
use super::model::{Arrivals, ImagePushes, Moving, RetryChoice, Workload};
use super::moving::Common;
use super::pull::push;
use super::record::Record;
use super::retry::Retry;
use super::workload::Kind;

/// The registration of this kind.
pub(crate) const KIND: Kind = Kind {
    word: "image-pushes",
    form: || {
        Box::new(Mapped(record(), |draft: Draft| {
            Workload::ImagePushes(draft.workload)
        }))
    },
};

struct Draft {
    workload: ImagePushes,
    logs_in: bool,
    login_retry: RetryChoice,
    count: Option<u32>,
    begin: Begin,
}

impl Draft {
    fn blank() -> Self {
        let workload = ImagePushes {
            pushes: Arrivals::At(Vec::new()),
            hosts: None,
            login: None,
            tags: 1,
            moving: Moving::blank(),
            retry: RetryChoice::NONE,
        };
        Draft {
            workload,
            logs_in: false,
            login_retry: RetryChoice::NONE,
            count: None,
            begin: Begin::default(),
        }
    }
}

const LOGIN: Words<bool> = Words(&[
    ("none", false, "It is signed in already."),
    (
        "per-push",
        true,
        "Each build signs in at each registry: a call for the password where that is one (Amazon ECR: \
         GetAuthorizationToken), then the client's login.",
    ),
]);

fn record() -> Record<Draft> {
    let common = Common {
        about: "Builds that push what they have made.",
        blank: Draft::blank,
        moving: |it| &mut it.workload.moving,
        section: (
            "push",
            Box::new(push()),
            "What is pushed, and how.",
            "{client: docker-classic, images: [app]}",
        ),
        identity: "{account: ci}",
        operated_by: (
            "Who operates the client that pushes, and so owns its settings.",
            "ci-vendor",
        ),
    };
    let own = |record: Record<Draft>| {
        record
        .absent(
            "pushes",
            Count::POSITIVE,
            "1",
            "How many builds push; each pushes all images of the section, one after another.",
            "40",
            |it, v| it.count = Some(v as u32),
        )
        .optional(
            "begin",
            begin(),
            "0s",
            "When they begin: all at a time, `{every: 1s}`, `{at: [0s, 10s]}`, or at random `{rate: \
             2/min, lasting: 1h}`.",
            "{every: 1s}",
            |it, v| it.begin = v,
        )
        .absent(
            "hosts",
            Count::POSITIVE,
            "each push is on a host of its own",
            "Hosts on which pushes happen in turn; those of one host share its upload slots.",
            "4",
            |it, v| it.workload.hosts = Some(v as u32),
        )
        .optional(
            "login",
            LOGIN,
            "none",
            "How often a build signs in before it pushes.",
            "per-push",
            |it, v| it.logs_in = v,
        )
        .optional(
            "login_retry",
            Retry,
            "none",
            "What does the call for a password again that was refused: the SDK or CLI that makes it.",
            "aws-standard-2.1",
            |it, v| it.login_retry = v,
        )
        .optional(
            "tags",
            Count { min: 1, max: 1000 },
            "1",
            "Under how many tags each image is pushed. Each tag is a push of its own; only the first \
             finds layers to send.",
            "3",
            |it, v| it.workload.tags = v as u32,
        )
        .optional(
            "retry",
            Retry,
            "none",
            "What the build's script does when a push fails, whatever the reason. What the client does \
             by itself is in its record.",
            "{strategy: full-jitter, base: 1s, cap: 20s, attempts: 8}",
            |it, v| it.workload.retry = v,
        )
    };
    common.record(&KIND, own).check(|it, node, decoder| {
        let found = arrivals(it.count, &it.begin, "pushes", node, decoder);
        it.workload.login = it.logs_in.then(|| it.login_retry.clone());
        let complete = found.is_some();
        if let Some(found) = found {
            it.workload.pushes = found;
        }
        complete
    })
}
