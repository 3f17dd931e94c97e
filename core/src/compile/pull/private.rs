//! Strangers: whoever has no credentials is turned away when it asks for a private image, or writes.
//!
//! No registry takes a push from a stranger: what it is let do is in the token that it is handed, and that
//! one writes nothing (distribution specification, token scopes). A registry answers 401 UNAUTHORIZED (distribution specification, error codes; Docker Hub:
//! microsoft/azure-container-apps issue 154); 403 is for who is signed in and may not read it, which a
//! fault of the service says (`answer: access-denied`). Signing in itself succeeds: a token is handed out to
//! anybody, and opens nothing private. A mirror has credentials of its own.

use super::super::problem::Problems;
use super::super::service::Resolved;
use super::Pulls;
use super::request::Request;
use crate::catalog::client::{Action, Auth, RequestClass};
use crate::plan::{Assumption, Basis, ErrorSource, FaultPlan, PlanBuilder};
use crate::retry::{ErrorShape, Origin};
use crate::units::Time;

impl Pulls<'_> {
    /// Whether whoever pulls or pushes is a stranger to a registry.
    pub(super) fn lacks_credentials(&self, service: &Resolved) -> bool {
        service.knows_nothing_of(&self.section, self.who.identity)
    }

    /// Refuses a login at a registry whose preset has the limits of who does not sign in: the login
    /// would change nothing, and nobody would see why.
    pub fn refuse_login_of_strangers(&self, path: &str, problems: &mut Problems) {
        let asked = self.targets.iter().map(|target| target.service);
        let mut strangers = asked
            .filter(|service| service.is_asked_anonymously() && self.lacks_credentials(service));
        if let Some(service) = strangers.next() {
            let name = &service.name;
            let message =
                format!("`login` signs in, and the limits of `{name}` are those of who does not");
            let hint = "name the preset of the account (`docker-hub-free`, `docker-hub-paid`, `aws-ecr-public`), or \
                        leave `login` out";
            problems.push(None, path, message, Some(hint.to_owned()));
        }
    }

    /// The denial that a request meets; `None` if it is let in.
    pub(super) fn turned_away(
        &self,
        program: &mut PlanBuilder,
        request: &Request<'_>,
    ) -> Option<FaultPlan> {
        let target = &self.targets[request.run.target];
        let signs = [Some(target.auth), target.service.auth()];
        let private = target.image.image.private || signs.contains(&Some(Auth::Basic));
        let of_image = match request.run.action {
            Action::Pull | Action::Inspect | Action::Push => names_image(request.class),
            Action::Login => false,
        };
        let what = match (writes(request.class), private && of_image) {
            (true, _) => "a push",
            (false, true) => "private image",
            (false, false) => return None,
        };
        let denied = self.lacks_credentials(target.service) && target.service.mirror.is_none();
        denied.then(|| {
            let service = &target.service.name;
            assume_that_it_counts(service, program);
            let text = format!("{service}: {what}, no credentials");
            let shape = ErrorShape {
                origin: Origin::Response,
                status: Some(401),
                code: Some("UNAUTHORIZED".to_owned()),
            };
            FaultPlan {
                error: program.error(shape, ErrorSource::Service, &text),
                chance_ppm: 1_000_000,
                from: Time::ZERO,
                until: Time::NEVER,
                timeout: None,
            }
        })
    }
}

/// Nobody publishes whether what is denied costs a limiter anything.
fn assume_that_it_counts(service: &str, program: &mut PlanBuilder) {
    let text = format!("requests that {service} denies count like any other");
    let stated = &mut program.plan().stated;
    if stated.iter().all(|assumption| assumption.text != text) {
        let basis = Basis::Inferred;
        stated.push(Assumption { text, basis });
    }
}

/// Whether a request asks for something of the image, and not how to sign in.
const fn names_image(class: RequestClass) -> bool {
    matches!(
        class,
        RequestClass::Resolve
            | RequestClass::Index
            | RequestClass::Manifest
            | RequestClass::Config
            | RequestClass::Layer
            | RequestClass::BlobCheck
    )
}

/// Whether a request changes what the registry has.
const fn writes(class: RequestClass) -> bool {
    matches!(
        class,
        RequestClass::UploadStart
            | RequestClass::UploadPart
            | RequestClass::UploadFinish
            | RequestClass::ManifestPut
    )
}
