//! What brings the passwords of registries to an engine that does not come by them itself: a credential
//! helper, or a step of the job.

use super::super::images::unknown;
use super::super::problem::Problems;
use super::login::who_signs_in;
use super::{Target, Who};
use crate::catalog::client::{Action, Client, Engine, Role, TokenOwner};
use crate::catalog::{self, Service};
use crate::scenario::model::{Placed, PullSection};

/// The helper that a section names; a problem where it is none, or has nothing to do here.
pub(super) fn resolve(
    path: &str,
    section: &PullSection,
    (client, engine): (&Client, &Engine),
    problems: &mut Problems,
) -> Option<&'static Client> {
    let named: &Placed<String> = section.helper.as_ref()?;
    let path = format!("{path}.helper");
    let Some(helper) = catalog::client(&named.value) else {
        unknown(named, "helper", &path, helpers, problems);
        return None;
    };
    let Role::Helper(credentials) = &helper.role else {
        let message = format!("`{}` brings no passwords to others", helper.name);
        let all: Vec<&str> = helpers().collect();
        let hint = format!("helpers: {}", all.join(", "));
        problems.push(named.place, &path, message, Some(hint));
        return None;
    };
    let job = credentials.shared_by == TokenOwner::Job;
    let refused = if client.credentials().is_some() {
        let message = format!("`{}` comes by passwords in a way of its own", client.name);
        let hint = format!(
            "leave `helper` out; `pullstorm catalog {}` tells how",
            client.name
        );
        Some((message, hint))
    } else if job && !engine.actions.contains_key(&Action::Login) {
        let message = format!(
            "`{}` signs an engine in, and `{}` has no login of its own",
            helper.name, client.name
        );
        let hint = format!("clients that sign in: {}", who_signs_in());
        Some((message, hint))
    } else {
        None
    };
    let Some((message, hint)) = refused else {
        return Some(helper);
    };
    problems.push(named.place, &path, message, Some(hint));
    None
}

/// Refuses a helper where no registry that is asked hands out passwords by a call, or takes whoever
/// pulls for a stranger.
pub(super) fn refuse_without_passwords(
    path: &str,
    section: &PullSection,
    (who, targets): (Who<'_>, &[Target<'_>]),
    problems: &mut Problems,
) {
    let Some(named) = &section.helper else { return };
    let gives = |target: &Target<'_>| {
        let service = target.service;
        service.password_call().is_some() && !service.knows_nothing_of(section, who.identity)
    };
    if targets.iter().any(gives) {
        return;
    }
    let services = catalog::catalog().services();
    let known = services.iter().filter(|it| it.password_call().is_some());
    let known: Vec<&str> = known.map(|it: &Service| it.provider.as_str()).collect();
    let message = format!(
        "there is no password for `{}` to bring: no registry of these images has a call for one to who \
         signs in",
        named.value
    );
    let hint = format!(
        "leave `helper` out; registries that have such a call: {}",
        known.join(", ")
    );
    problems.push(named.place, &format!("{path}.helper"), message, Some(hint));
}

/// The names of all helpers.
fn helpers() -> impl Iterator<Item = &'static str> + Clone {
    let all = catalog::clients().iter();
    all.filter(|it| matches!(it.role, Role::Helper(_)))
        .map(|it| it.name.as_str())
}
