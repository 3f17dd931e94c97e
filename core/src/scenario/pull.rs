//! `pull:` of a workload: which client pulls which images, when it asks, and what hosts hold.

use super::choice::Defined;
use super::decoder::Decoder;
use super::distribution::Varying;
use super::form::{At, Definitions, Form, ListOf, Text, Throughput, Words};
use super::model::{Auth, Cached, Credentials, PullBehaviour, PullPhase, PullSection};
use super::record::Record;
use crate::random::Distribution;
use crate::yaml::merge::Layout;
use crate::yaml::{Node, Value};
use serde_json::{Value as Json, json};

const AUTH: Words<Auth> = Words(&[
    ("none", Auth::None, "Nobody: anonymous, no token."),
    (
        "token",
        Auth::Token,
        "A bearer token is asked for first, also anonymously.",
    ),
    (
        "basic",
        Auth::Basic,
        "The password of a login is sent along.",
    ),
]);

const CREDENTIALS: Words<Credentials> = Words(&[
    (
        "right",
        Credentials::Right,
        "Those that its images ask for.",
    ),
    (
        "none",
        Credentials::None,
        "None: private images are denied (`docker stack deploy` without `--with-registry-auth`, pods without \
         `imagePullSecrets`).",
    ),
]);

/// The words of Kubernetes, of the ECS agent and of compose. Sources of their meaning: kubelet
/// `image_manager.go`; amazon-ecs-agent @8dfceca6, `docker_task_engine.go` (`ECS_IMAGE_PULL_BEHAVIOR`);
/// the compose specification (`pull_policy`).
const BEHAVIOUR: Words<PullBehaviour> = Words(&[
    (
        "always",
        PullBehaviour::Always,
        "Ask the registry each time (Kubernetes, ECS, compose).",
    ),
    (
        "if-not-present",
        PullBehaviour::IfNotPresent,
        "Ask where the host does not have the image.",
    ),
    (
        "never",
        PullBehaviour::Never,
        "Do not ask (Kubernetes, compose).",
    ),
    (
        "default",
        PullBehaviour::AlwaysOrLocal,
        "Ask each time; if that fails, run what the host has (ECS; GitLab Runner's list `[always, \
         if-not-present]`).",
    ),
    (
        "once",
        PullBehaviour::Once,
        "Ask where this agent has never pulled the image; one that came with the machine does not \
         count (ECS).",
    ),
    (
        "prefer-cached",
        PullBehaviour::IfNotPresent,
        "As `if-not-present` (ECS).",
    ),
    (
        "missing",
        PullBehaviour::IfNotPresent,
        "As `if-not-present` (compose).",
    ),
    (
        "if_not_present",
        PullBehaviour::IfNotPresent,
        "As `if-not-present` (compose).",
    ),
    ("Always", PullBehaviour::Always, "As `always` (Kubernetes)."),
    (
        "IfNotPresent",
        PullBehaviour::IfNotPresent,
        "As `if-not-present` (Kubernetes).",
    ),
    ("Never", PullBehaviour::Never, "As `never` (Kubernetes)."),
]);

const CACHED: Words<Cached> = Words(&[
    ("nothing", Cached::Nothing, "Cold hosts."),
    (
        "manifests",
        Cached::Manifests,
        "Manifests only, left over from pulls that failed.",
    ),
    (
        "base",
        Cached::Base,
        "The layers of the images that others name as their `base`.",
    ),
    (
        "everything",
        Cached::Everything,
        "All images, layers and manifests.",
    ),
]);

/// The form of `pull:`.
pub(crate) fn pull() -> impl Form<Value = PullSection> {
    Defined("pull", record())
}

fn record() -> Record<PullSection> {
    let about = "How the tasks, jobs or pods of a workload pull images.";
    Record::new(about, PullSection::blank)
        .required(
            "client",
            At(Text),
            "The client that pulls: `pullstorm catalog` lists them.",
            "docker-classic",
            |it, v| it.client = v,
        )
        .absent(
            "engine",
            At(Text),
            "the first that `pullstorm catalog CLIENT` names",
            "The engine that the client runs over, if it is one that starts pulls of an engine: a \
             kubelet, an agent, a runner.",
            "docker-containerd",
            |it, v| it.engine = Some(Box::new(v)),
        )
        .absent(
            "helper",
            At(Text),
            "none: it is signed in already",
            "What brings the client the password of a registry that has a call for it (Amazon ECR): a \
             credential helper of the catalog, or a step of the job that signs in.",
            "amazon-ecr-credential-helper",
            |it, v| it.helper = Some(Box::new(v)),
        )
        .required(
            "images",
            At(OneOrMore),
            "The image each of them needs, or several, pulled in this order.",
            "[app, sidecar]",
            |it, v| it.images = v,
        )
        .absent(
            "registry",
            At(Text),
            "the registries of the images",
            "A service that is asked instead: another registry that has them all, or a mirror \
             (`caches:`) without a way around it.",
            "staging",
            |it, v| it.registry = Some(v),
        )
        .absent(
            "mirror",
            At(Text),
            "no mirror",
            "A service that is asked first (`registry-mirrors` of docker, `hosts.toml` of \
             containerd); what it refuses is asked of the images' own registries, as the client \
             does that.",
            "cache",
            |it, v| it.mirror = Some(v),
        )
        .absent(
            "auth",
            AUTH,
            "as the registry asks",
            "How the client says who it is.",
            "token",
            |it, v| it.auth = Some(v),
        )
        .optional(
            "credentials",
            CREDENTIALS,
            "right",
            "What whoever pulls has to show where an image is `private`.",
            "none",
            |it, v| it.credentials = v,
        )
        .absent(
            "behaviour",
            At(BEHAVIOUR),
            "what starts the pull decides",
            "When the registry is asked.",
            "if-not-present",
            |it, v| it.behaviour = Some(v),
        )
        .optional(
            "cached",
            CACHED,
            "nothing",
            "What hosts hold at the start.",
            "base",
            |it, v| it.cached = v,
        )
        .absent(
            "bandwidth",
            Throughput,
            "layers take no time beyond their requests, or what `nats` allow",
            "What comes into each host; layers that come in at a time share it.",
            "1Gbit/s",
            |it, v| it.bandwidth = Some(v),
        )
        .absent(
            "latency",
            phases(
                "Round trips of the requests of a pull, where they differ from the registry's \
                 `latency`.",
                "the registry's `latency`",
            ),
            "the registry's `latency` for all",
            "Round trips by phase.",
            "{manifest: 40ms, layer: 250ms}",
            |it, v| it.latency = v,
        )
        .absent(
            "think",
            phases(
                "Pauses of the client before a request of a phase.",
                "what the client's record says",
            ),
            "what the client's record says",
            "Pauses of the client by phase.",
            "{config: 15ms, layer: {uniform: [5ms, 40ms]}}",
            |it, v| it.think = v,
        )
        .absent(
            "stagger",
            Varying,
            "what the client's record says",
            "How much later than the first of them each blob begins that is fetched side by side \
             with others.",
            "{uniform: [0s, 20ms]}",
            |it, v| it.stagger = Some(v),
        )
        .check(|it, node, decoder| {
            if let (Some(_), Some(mirror)) = (&it.registry, node.get("mirror")) {
                let message = "`registry` leaves nobody to fall back on, so there is no `mirror`";
                decoder.refuse(mirror, message, "write one of the two");
                return false;
            }
            if let (Credentials::None, Some(helper)) = (it.credentials, node.get("helper")) {
                let message = "with `credentials: none` there is nothing to fetch a password with";
                decoder.refuse(helper, message, "write one of the two");
                return false;
            }
            let images = &it.images.value;
            let twice = (1..images.len()).find(|place| images[..*place].contains(&images[*place]));
            if let Some(place) = twice {
                let message = format!("`{}` is named twice", images[place]);
                let hint = "a host that has pulled an image has it: name it once";
                decoder.refuse(node.get("images").unwrap_or(node), message, hint);
            }
            twice.is_none()
        })
}

const REGISTRY_HOLDS: Words<Cached> = Words(&[
    ("nothing", Cached::Nothing, "A new repository."),
    (
        "base",
        Cached::Base,
        "The layers of the images that others name as their `base`.",
    ),
    (
        "everything",
        Cached::Everything,
        "All images, under other tags.",
    ),
]);

/// The form of `push:`.
pub(crate) fn push() -> impl Form<Value = PullSection> {
    let about = "How a build pushes images.";
    let record = Record::new(about, PullSection::blank)
        .required(
            "client",
            At(Text),
            "The client that pushes: one whose record in `pullstorm catalog` has pushes.",
            "docker-classic",
            |it, v| it.client = v,
        )
        .required(
            "images",
            At(OneOrMore),
            "The image each of them pushes, or several, one after another.",
            "[app, sidecar]",
            |it, v| it.images = v,
        )
        .absent(
            "registry",
            At(Text),
            "the registries of the images",
            "A service that they are pushed to instead.",
            "staging",
            |it, v| it.registry = Some(v),
        )
        .absent(
            "auth",
            AUTH,
            "as the registry asks",
            "How the client says who it is.",
            "basic",
            |it, v| it.auth = Some(v),
        )
        .optional(
            "holds",
            REGISTRY_HOLDS,
            "nothing",
            "What the registry holds at the start: layers that it has are looked for, and not sent.",
            "base",
            |it, v| it.cached = v,
        )
        .absent(
            "bandwidth",
            Throughput,
            "layers take no time beyond their requests, or what `nats` allow",
            "What goes out of each host; layers that are sent at a time share it.",
            "200Mbit/s",
            |it, v| it.bandwidth = Some(v),
        )
        .absent(
            "latency",
            phases(
                "Round trips of the requests of a push, where they differ from the registry's \
                 `latency`.",
                "the registry's `latency`",
            ),
            "the registry's `latency` for all",
            "Round trips by phase.",
            "{layer: {uniform: [200ms, 2s]}, manifest: 80ms}",
            |it, v| it.latency = v,
        )
        .absent(
            "think",
            phases(
                "Pauses of the client before a request of a phase.",
                "what the client's record says",
            ),
            "what the client's record says",
            "Pauses of the client by phase.",
            "{manifest: 10ms}",
            |it, v| it.think = v,
        );
    Defined("push", record)
}

/// By phase, a time that varies.
type Phases = Vec<(PullPhase, Distribution)>;

fn phases(about: &'static str, absent: &'static str) -> Record<Phases> {
    PullPhase::ALL
        .into_iter()
        .fold(Record::new(about, Phases::new), |record, phase| {
            let (key, meaning) = describe(phase);
            record.absent(key, Varying, absent, meaning, "30ms", move |it, v| {
                it.push((phase, v));
            })
        })
}

fn describe(phase: PullPhase) -> (&'static str, &'static str) {
    match phase {
        PullPhase::Ping => ("ping", "`GET /v2/`."),
        PullPhase::Token => ("token", "The bearer token."),
        PullPhase::Resolve => ("resolve", "`HEAD` of the tag or digest."),
        PullPhase::Index => ("index", "The index of a multi-arch image."),
        PullPhase::Manifest => ("manifest", "The manifest."),
        PullPhase::Config => ("config", "The configuration blob."),
        PullPhase::Layer => ("layer", "A layer."),
    }
}

/// One name, or a list of names.
struct OneOrMore;

impl Form for OneOrMore {
    type Value = Vec<String>;

    fn decode(&self, node: &Node, decoder: &mut Decoder) -> Option<Vec<String>> {
        match &node.value {
            Value::List(items) if items.is_empty() => {
                let hint = "name at least one image, like `[app]`";
                decoder.refuse(node, "there is no image to pull", hint);
                None
            }
            Value::List(_) => ListOf(Text).decode(node, decoder),
            _ => {
                let name =
                    decoder.scalar(node, "an image or a list of images", "[app, sidecar]")?;
                Some(vec![name.to_owned()])
            }
        }
    }

    fn schema(&self, definitions: &mut Definitions) -> Json {
        let mut names = ListOf(Text).schema(definitions);
        names["minItems"] = 1.into();
        json!({ "anyOf": [Text.schema(definitions), names] })
    }

    fn layout(&self) -> Layout {
        Layout::WHOLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{SourceId, read};

    fn decode(text: &str) -> Result<PullSection, Vec<String>> {
        let mut decoder = Decoder::default();
        let section = pull().decode(&read(text, SourceId::FILE).unwrap(), &mut decoder);
        let said = |problem: crate::yaml::Diagnostic| {
            format!("{} ({})", problem.message, problem.hint.unwrap_or_default())
        };
        section.ok_or_else(|| decoder.into_problems().into_iter().map(said).collect())
    }

    #[test]
    fn kubernetes_ecs_and_compose_have_their_own_words_for_the_same_behaviour() {
        let behaviour = |word: &str| {
            let text = format!("{{client: crane, images: app, behaviour: {word}}}");
            decode(&text).unwrap().behaviour.unwrap().value
        };
        for word in ["IfNotPresent", "prefer-cached", "missing", "if_not_present"] {
            assert_eq!(behaviour(word), PullBehaviour::IfNotPresent, "{word}");
        }
        assert_eq!(behaviour("default"), PullBehaviour::AlwaysOrLocal);
        assert_eq!(behaviour("once"), PullBehaviour::Once);
        assert_eq!(behaviour("never"), PullBehaviour::Never);
    }

    #[test]
    fn a_pull_section_says_what_it_needs_and_what_it_does_not_know() {
        let problems = decode("{client: crane, image: app, auth: bearer}").unwrap_err();
        assert!(
            problems[0].contains("allowed here: `client`, `engine`, `helper`, `images`"),
            "{problems:?}"
        );
        assert!(
            problems
                .iter()
                .any(|it| it.contains("allowed: `none`, `token`, `basic`"))
        );
        let nothing = "{client: crane, images: app, helper: h, credentials: none}";
        let nothing = decode(nothing).unwrap_err();
        assert!(
            nothing[0].contains("nothing to fetch a password with"),
            "{nothing:?}"
        );
        let twice = decode("{client: crane, images: [app, app]}").unwrap_err();
        assert!(twice[0].starts_with("`app` is named twice"), "{twice:?}");
    }

    #[test]
    fn times_that_are_stated_by_phase_are_found_by_phase() {
        let text = "{client: crane, images: [a, b], think: {config: 5ms}, latency: {layer: 1s}}";
        let section = decode(text).unwrap();
        assert!(section.think_of(PullPhase::Config).is_some());
        assert!(section.think_of(PullPhase::Layer).is_none());
        assert!(section.latency_of(PullPhase::Layer).is_some());
    }
}
