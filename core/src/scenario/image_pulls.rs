//! `kind: image-pulls`: pulls for their own sake (CI machines, `docker compose pull`).

use super::arrivals::{Begin, arrivals, begin};
use super::choice::Mapped;
use super::form::{Count, Flag};
use super::model::{ImagePulls, Workload};
use super::moving::{Common, machines};
use super::pull::pull;
use super::record::Record;
use super::retry::Retry;
use super::workload::Kind;

/// The registration of this kind.
pub(crate) const KIND: Kind = Kind {
    word: "image-pulls",
    form: || {
        Box::new(Mapped(record(), |draft: Draft| {
            Workload::ImagePulls(draft.workload)
        }))
    },
};

/// What a login before pulls is.
pub(super) const LOGIN: &str = "Whether each pull begins with a login at each registry: a call for the password where that is one (Amazon \
     ECR: GetAuthorizationToken), then `docker login`. The runner of GitHub signs in for each image.";

/// What makes the call for a password again.
pub(super) const LOGIN_RETRY: &str =
    "What does the call for a password again that was refused: the SDK or CLI that makes it.";

struct Draft {
    workload: ImagePulls,
    count: Option<u32>,
    begin: Begin,
}

impl Draft {
    fn blank() -> Self {
        Draft {
            workload: ImagePulls::blank(),
            count: None,
            begin: Begin::default(),
        }
    }
}

fn record() -> Record<Draft> {
    let common = Common {
        about: "Hosts that pull images and do nothing else.",
        blank: Draft::blank,
        moving: |it| &mut it.workload.moving,
        section: (
            "pull",
            Box::new(pull()),
            "What is pulled, and how.",
            "{client: docker-classic, images: [app]}",
        ),
        identity: "{address: office-nat}",
        operated_by: (
            "Who operates the client that pulls, and so owns its settings.",
            "ci-vendor",
        ),
    };
    let own = |record: Record<Draft>| {
        machines(record, |it| &mut it.workload.moving)
    .absent(
        "pulls",
        Count::POSITIVE,
        "1",
        "How many pulls begin; each pulls all images of the section, one after another.",
        "16",
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
        "each pull is on a host of its own",
        "Hosts on which pulls happen in turn; what one has pulled, the next there finds.",
        "4",
        |it, v| it.workload.hosts = Some(v as u32),
    )
    .optional(
        "login",
        Flag,
        "false",
        LOGIN,
        "true",
        |it, v| it.workload.login = v,
    )
    .absent(
        "login_retry",
        Retry,
        "what the client's record says; `none` where it says nothing",
        LOGIN_RETRY,
        "aws-standard-2.1",
        |it, v| it.workload.login_retry = Some(Box::new(v)),
    )
    };
    common.record(&KIND, own).check(|it, node, decoder| {
        let found = arrivals(it.count, &it.begin, "pulls", node, decoder);
        let complete = found.is_some();
        if let Some(found) = found {
            it.workload.pulls = found;
        }
        complete
    })
}
