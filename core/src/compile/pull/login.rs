//! `docker login` before pulls: once, before the first of them, or for each container by a runner
//! that does so in a loop of its own.

use super::Pulls;
use super::program::Run;
use crate::catalog::client::{Action, Around, Auth, OuterLoop};
use crate::plan::PlanBuilder;
use crate::scenario::model::Credentials;

impl Pulls<'_> {
    /// Says whether who pulls signs in first.
    pub fn signing_in(self, signs_in: bool) -> Self {
        Pulls { signs_in, ..self }
    }

    /// The login that pulls begin with, unless each image has one of its own.
    pub(super) fn log_in_once(&self, program: &mut PlanBuilder) {
        if self.signs_in && self.login_loop().is_none() {
            self.act(program, Action::Login);
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
