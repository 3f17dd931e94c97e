//! `docker login` before pulls: once, before the first of them, or for each container by a runner
//! that does so in a loop of its own.
//!
//! ```text
//! login   at each registry:  sdk loop { call for the password, where that is one }, the client's login
//! ```

use super::super::problem::Problems;
use super::Pulls;
use super::program::Run;
use crate::catalog;
use crate::catalog::client::{Action, Around, Auth, Client, OuterLoop, TokenOwner};
use crate::plan::PlanBuilder;
use crate::retry::RetryPolicy;
use crate::scenario::model::Credentials;

impl<'a> Pulls<'a> {
    /// Says whether who pulls signs in first, and what makes the call for a password again, if that is
    /// not as the client's record says.
    pub fn signing_in(self, signs_in: bool, login_retry: Option<&'a RetryPolicy>) -> Self {
        Pulls {
            signs_in,
            login_retry,
            ..self
        }
    }
}

impl Pulls<'_> {
    /// Refuses a login that would send nothing, or that would change nothing.
    pub fn check_login(&self, path: &str, problems: &mut Problems) {
        if !self.signs_in {
            return;
        }
        let path = &format!("{path}.login");
        self.refuse_login_of_strangers(path, problems);
        if let Some(helper) = self.helper {
            let message = format!(
                "`login: true` fetches a password for each pull, which {} is there to spare",
                helper.name
            );
            let hint = "write one of the two: `login: true`, or `helper` of `pull`".to_owned();
            problems.push(None, path, message, Some(hint));
        } else if self.gets_them_with_the_deploy() {
            let message = format!(
                "{} pulls with the credentials that the deploy sends along, and signs in nowhere",
                self.client.name
            );
            let hint = "leave `login` out, or name what signs in and pulls, like docker-classic";
            problems.push(None, path, message, Some(hint.to_owned()));
        } else if !self.engine.actions.contains_key(&Action::Login) {
            let message = format!(
                "{} has no login of its own, so that `login: true` would send nothing",
                self.engine_name
            );
            let hint = format!(
                "leave `login` out; clients that sign in: {}",
                who_signs_in()
            );
            problems.push(None, path, message, Some(hint));
        }
    }

    fn gets_them_with_the_deploy(&self) -> bool {
        let owner = self.credentials().map(|credentials| credentials.shared_by);
        owner == Some(TokenOwner::Deploy)
    }

    /// The login that pulls begin with, unless each image has one of its own. A client that comes by
    /// passwords itself is not called for by it.
    pub(super) fn log_in_once(&self, program: &mut PlanBuilder) {
        if !self.signs_in || self.login_loop().is_some() {
            return;
        }
        let policy = self.login_retry.unwrap_or(&RetryPolicy::NONE);
        let asks = self.credentials().is_none();
        self.log_in_everywhere(program, asks.then_some(policy));
    }

    /// Writes the steps with which a build signs in at each registry that it pushes to: the call that
    /// gives the password, tried again by this policy, and the client's own login.
    pub fn write_login(&self, program: &mut PlanBuilder, policy: &RetryPolicy) {
        self.log_in_everywhere(program, Some(policy));
    }

    /// Signs in at each registry, with a password that is called for first where there is a policy for
    /// that call. A password is that of the registry, and not of a mirror before it, unless that one
    /// wants one, too.
    fn log_in_everywhere(&self, program: &mut PlanBuilder, policy: Option<&RetryPolicy>) {
        let signs = |target: &usize| {
            let asked = &self.targets[*target];
            asked.own.is_none() || asked.auth == Auth::Basic
        };
        let mut known: Vec<u32> = Vec::new();
        for target in (0..self.targets.len()).filter(signs) {
            let registry = self.targets[target].registry;
            if known.contains(&registry) {
                continue;
            }
            known.push(registry);
            if let Some(policy) = policy {
                self.call_for_password(program, target, policy);
            }
            self.run(program, Run::of(target, Action::Login));
        }
    }

    /// The login for the container of an image, where a runner signs in for each that has credentials
    /// (actions/runner @258d6c85, `ContainerOperationProvider.cs`). A registry that wants a password
    /// with each request has told that there are some.
    pub(super) fn log_in_for(&self, program: &mut PlanBuilder, target: usize) {
        let Some(outer) = self.login_loop() else {
            return;
        };
        // A password is that of the registry, and not of a mirror before it.
        let target = self.targets[target].own.unwrap_or(target);
        let told = self.targets[target].auth == Auth::Basic;
        if self.signs_in || told && self.section.credentials == Credentials::Right {
            program.retry(self.around(outer), |program| {
                self.run(program, Run::of(target, Action::Login));
            });
        }
    }

    fn login_loop(&self) -> Option<&'static OuterLoop> {
        self.loops().find(|it| it.around == Around::Login)
    }
}

/// Clients whose record has a login, in words.
pub(super) fn who_signs_in() -> String {
    let signs_in = |it: &&Client| {
        let engine = it.engine();
        engine.is_some_and(|engine| engine.actions.contains_key(&Action::Login))
    };
    let names = catalog::clients().iter().filter(signs_in);
    let names: Vec<&str> = names.map(|it| it.name.as_str()).collect();
    names.join(", ")
}
