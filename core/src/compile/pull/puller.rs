//! Who pulls: the client that a section names, and the engine that this client runs over.

use super::super::images::unknown;
use super::super::problem::Problems;
use super::super::service::Resolved;
use crate::catalog::client::{Action, Engine, SlotOwner, Step, Times};
use crate::catalog::{self, Client};
use crate::plan::{Assumption, Basis, PlanBuilder};
use crate::scenario::model::{Placed, PullSection};

/// A client, and the engine whose requests it makes.
#[derive(Copy, Clone, Debug)]
pub(super) struct Puller {
    pub client: &'static Client,
    pub engine: &'static Engine,
    /// What the engine's record is called.
    pub name: &'static str,
    /// Blobs that it fetches at once, and whose limit that is; `None` for all at once.
    pub at_once: Option<(u32, SlotOwner)>,
}

impl Puller {
    /// The client of a section and its engine; a problem where there is none that does what is
    /// asked for.
    pub fn resolve(
        path: &str,
        section: &PullSection,
        action: Action,
        problems: &mut Problems,
    ) -> Option<Self> {
        let client = client(path, section, action, problems)?;
        let runs = match &section.engine {
            None => client.default_engine()?,
            Some(engine) => match client.engine_named(&engine.value) {
                Some(runs) => runs,
                None => {
                    refuse_engine(path, client, engine, problems);
                    return None;
                }
            },
        };
        Some(Puller {
            client,
            engine: runs.engine()?,
            name: &runs.name,
            at_once: client.blobs_at_once(section.engine.as_ref().map(|it| it.value.as_str())),
        })
    }
}

/// Says which engine a client runs over where it could be another and none is named: once, however
/// many workloads pull with it.
pub(super) fn assume_engine(section: &PullSection, client: &Client, program: &mut PlanBuilder) {
    let wrapper = client.wrapper().filter(|it| it.engines.len() > 1);
    let (Some(wrapper), None) = (wrapper, &section.engine) else {
        return;
    };
    let Some(usual) = wrapper.engines.first() else {
        return;
    };
    let text = format!(
        "{} runs over {} ({}); `engine` of `pull` names another",
        client.name, usual.client, usual.when
    );
    let stated = &mut program.plan().stated;
    if stated.iter().all(|assumption| assumption.text != text) {
        let basis = Basis::Default;
        stated.push(Assumption { text, basis });
    }
}

fn refuse_engine(path: &str, client: &Client, engine: &Placed<String>, problems: &mut Problems) {
    let path = format!("{path}.engine");
    let name = &client.name;
    let (message, hint) = match client.wrapper() {
        None => (
            format!("`{name}` is an engine itself and runs over no other"),
            "leave `engine` out, or name as `client` what starts its pulls".to_owned(),
        ),
        Some(wrapper) => {
            let engines = wrapper.engines.iter().map(|choice| choice.client.as_str());
            let engines: Vec<&str> = engines.collect();
            (
                format!("`{name}` does not run over `{}`", engine.value),
                format!("engines of {name}: {}", engines.join(", ")),
            )
        }
    };
    problems.push(engine.place, &path, message, Some(hint));
}

/// The client of a section; a problem where there is none that does what is asked for.
fn client(
    path: &str,
    section: &PullSection,
    action: Action,
    problems: &mut Problems,
) -> Option<&'static Client> {
    let path = format!("{path}.client");
    let Some(client) = catalog::client(&section.client.value) else {
        let known = || catalog::clients().iter().map(|client| client.name.as_str());
        unknown(&section.client, "client", &path, known, problems);
        return None;
    };
    if client.default_engine().and_then(Client::engine).is_none() {
        let message = format!("`{}` pulls no images", client.name);
        let hint = "name what pulls them, like docker-classic or containerd-2.4";
        problems.push(section.client.place, &path, message, Some(hint.to_owned()));
        return None;
    }
    if !knows(client, action) {
        let message = format!(
            "what `{}` sends on a {} is not known",
            client.name,
            action.name()
        );
        let known = catalog::clients().iter().filter(|it| knows(it, action));
        let known: Vec<&str> = known.map(|it| it.name.as_str()).collect();
        let hint = format!("known of: {}", known.join(", "));
        problems.push(section.client.place, &path, message, Some(hint));
        return None;
    }
    Some(client)
}

/// Whether the record of a client has this action; wrappers only pull.
fn knows(client: &Client, action: Action) -> bool {
    let engine = match action {
        Action::Pull => client.default_engine().and_then(Client::engine),
        Action::Inspect | Action::Login | Action::Push => client.engine(),
    };
    engine.is_some_and(|engine| engine.actions.contains_key(&action))
}

/// Whether an engine keeps layers, so that those a host holds are not fetched again.
pub(super) fn keeps_layers(engine: &Engine) -> bool {
    let steps = engine.actions.get(&Action::Pull);
    steps.is_some_and(|steps| {
        let missing = |step: &Step| step.times == Times::MissingLayers;
        steps.iter().any(missing)
    })
}

/// Refuses a mirror in front of a registry for which the engine has none.
pub(super) fn takes_mirror(
    path: &str,
    section: &PullSection,
    puller: Option<Puller>,
    registry: Option<&Resolved>,
    problems: &mut Problems,
) {
    let (Some(mirror), Some(puller)) = (&section.mirror, puller) else {
        return;
    };
    let path = format!("{path}.mirror");
    let name = match &section.engine {
        Some(engine) => format!("`{}` over `{}`", puller.client.name, engine.value),
        None => format!("`{}`", puller.client.name),
    };
    let Some(mirrors) = &puller.engine.mirrors else {
        let message = format!("what {name} does with a mirror is not known");
        let takes = |it: &&Client| {
            let engine = it.default_engine().and_then(Client::engine);
            engine.is_some_and(|engine| engine.mirrors.is_some())
        };
        let known = catalog::clients().iter().filter(takes);
        let known: Vec<&str> = known.map(|it| it.name.as_str()).collect();
        let hint = format!(
            "name it as `registry`, which leaves no way around it; known of: {}",
            known.join(", ")
        );
        problems.push(mirror.place, &path, message, Some(hint));
        return;
    };
    let Some((only_of, registry)) = mirrors.only_of.as_ref().zip(registry) else {
        return;
    };
    if registry.is_known() && !registry.is(only_of) {
        let message = format!("{name} has mirrors of {only_of} only");
        let hint = format!(
            "{} is another registry: name the mirror as `registry`, as an image name does that \
             begins with its host",
            registry.name
        );
        problems.push(mirror.place, &path, message, Some(hint));
    }
}
