//! Private images: whoever has no credentials is turned away when it asks for one.
//!
//! A registry answers 401 UNAUTHORIZED (distribution specification, error codes; Docker Hub:
//! microsoft/azure-container-apps issue 154). Signing in itself succeeds: a token is handed out to
//! anybody, and opens nothing private. A mirror has credentials of its own.

use super::Pulls;
use super::request::Request;
use crate::catalog::client::{Action, Auth, RequestClass};
use crate::plan::{ErrorSource, FaultPlan, PlanBuilder};
use crate::retry::{ErrorShape, Origin};
use crate::scenario::model::Credentials;
use crate::units::Time;

impl Pulls<'_> {
    /// The denial that a request meets; `None` if it is let in.
    pub(super) fn turned_away(
        &self,
        program: &mut PlanBuilder,
        request: &Request<'_>,
    ) -> Option<FaultPlan> {
        let target = &self.targets[request.run.target];
        let private = target.image.image.private || target.auth == Auth::Basic;
        let reads = matches!(request.run.action, Action::Pull | Action::Inspect);
        let denied = private
            && reads
            && self.section.credentials == Credentials::None
            && target.service.mirror.is_none()
            && names_image(request.class);
        denied.then(|| {
            let text = format!("{}: private image, no credentials", target.service.name);
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

/// Whether a request asks for something of the image, and not how to sign in.
const fn names_image(class: RequestClass) -> bool {
    matches!(
        class,
        RequestClass::Resolve
            | RequestClass::Index
            | RequestClass::Manifest
            | RequestClass::Config
            | RequestClass::Layer
    )
}
