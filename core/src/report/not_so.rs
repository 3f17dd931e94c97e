//! Claims of the trade that the sources refute, where they matter to what happened.

use super::Judged;
use super::model::{LinkKind, LinkReport, NotSo, VariantReport, WayReport};
use crate::catalog::client::Reference;
use crate::catalog::{CLAIMS, Matters, preset};
use crate::plan::Plan;
use crate::scenario::model::{EcsDeployment, Moving, Scenario, Scope, Workload};

/// The claims that matter to a variant.
pub(super) fn not_so(judged: &Judged, told: &[WayReport]) -> Vec<NotSo> {
    let seen = Seen {
        scenario: &judged.prepared.scenario,
        plan: &judged.prepared.plan,
        ways: told,
    };
    let matters = CLAIMS.iter().filter_map(|claim| {
        let here = seen.matters(claim.matters)?;
        Some(NotSo {
            claim: claim.says.to_owned(),
            fact: format!("{}{here}", claim.fact),
            source: claim.source.to_owned(),
            as_of: claim.as_of.to_owned(),
        })
    });
    matters.collect()
}

/// What a claim is held against.
struct Seen<'a> {
    scenario: &'a Scenario,
    plan: &'a Plan,
    ways: &'a [WayReport],
}

impl Seen<'_> {
    /// What is to be added where a claim matters; `None` where it does not.
    fn matters(&self, situation: Matters) -> Option<String> {
        let nothing = |matters: bool| matters.then(String::new);
        match situation {
            Matters::SwarmByTag => nothing(self.workloads().any(|(name, workload)| {
                let Workload::SwarmService(swarm) = workload else {
                    return false;
                };
                self.by_tag(&swarm.moving) && self.is_throttled(name, |_| true)
            })),
            Matters::EcrManifests => nothing(self.workloads().any(|(name, _)| {
                self.is_throttled(name, |link| {
                    let limiter = link.name.split_once(' ');
                    limiter.is_some_and(|(service, limiter)| {
                        limiter == "BatchGetImage" && self.is_ecr(service)
                    })
                })
            })),
            Matters::EcsStopsFirst => self.workloads().find_map(|(name, workload)| {
                let Workload::EcsDeployment(ecs) = workload else {
                    return None;
                };
                let stops_first = ecs.minimum_healthy_percent < 100 && ecs.maximum_percent > 100;
                stops_first.then(|| here(name, ecs))
            }),
            Matters::Endpoints => self.workloads().find_map(|(name, workload)| {
                let endpoints = &workload.identity().endpoints;
                let behind = |service: &str| endpoints.iter().any(|it| it.value == service);
                let throttled = self.is_throttled(name, |link| {
                    let limiter = link.name.split_once(' ');
                    limiter.is_some_and(|(service, limiter)| {
                        behind(service) && self.is_of_account(service, limiter)
                    })
                });
                throttled.then(|| format!(" (here of {name})"))
            }),
        }
    }

    fn workloads(&self) -> impl Iterator<Item = (&str, &Workload)> {
        let workloads = self.scenario.workloads.iter();
        workloads.map(|named| (named.name.as_str(), &named.value))
    }

    fn by_tag(&self, moving: &Moving) -> bool {
        let mut images = moving.section.images.value.iter();
        images.any(|name| {
            let mut known = self.scenario.images.iter();
            let image = known.find(|image| image.name == *name);
            image.is_some_and(|image| image.value.reference == Reference::Tag)
        })
    }

    fn is_ecr(&self, service: &str) -> bool {
        let mut services = self.scenario.services.iter();
        let service = services.find(|known| known.name == service);
        let preset_of = service.and_then(|known| known.value.preset.as_ref());
        preset_of
            .and_then(|name| preset(&name.value).ok())
            .is_some_and(|preset| preset.service == "ecr")
    }

    fn is_of_account(&self, service: &str, limiter: &str) -> bool {
        let limiters = &self.plan.limiters;
        limiters.iter().any(|known| {
            known.service == service && known.name == limiter && known.scope == Scope::AccountRegion
        })
    }

    fn is_throttled(&self, workload: &str, by: impl Fn(&LinkReport) -> bool) -> bool {
        let way = self.ways.iter().find(|way| way.workload == workload);
        let mut links = way.iter().flat_map(|way| &way.links);
        links.any(|link| {
            let throttled = link.throttled.max.is_some_and(|most| most > 0.0);
            link.kind == LinkKind::Limiter && !link.client_side && throttled && by(link)
        })
    }
}

/// How many new tasks of a deployment there is room for.
fn here(name: &str, ecs: &EcsDeployment) -> String {
    let room = ecs.upper().saturating_sub(ecs.lower());
    format!(
        " (here {room} of {} of each service of {name})",
        ecs.desired
    )
}

/// The claims that matter to any of some variants, a line each.
pub(super) fn sentences(variants: &[VariantReport]) -> Vec<String> {
    let mut told: Vec<&NotSo> = Vec::new();
    for not_so in variants.iter().flat_map(|variant| &variant.not_so) {
        if !told.iter().any(|before| before.claim == not_so.claim) {
            told.push(not_so);
        }
    }
    told.into_iter().map(sentence).collect()
}

fn sentence(not_so: &NotSo) -> String {
    let NotSo {
        claim,
        fact,
        source,
        as_of,
    } = not_so;
    format!("\"{claim}\": {fact}   [{source}, {as_of}]")
}

#[cfg(test)]
mod tests {
    use crate::catalog::CLAIMS;
    use crate::replicate::{Sequential, prepare};
    use crate::report::{judge_variants, recommend_article, report};
    use crate::scenario::Document;

    /// What is said of a scenario that is not so.
    fn told(text: &str) -> Vec<String> {
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &["today".to_owned()]).unwrap();
        let judged = judge_variants(prepared, &Sequential, 1, Some(1));
        let lines = report(&judged, 1).lines.into_iter();
        let lines = lines.filter(|line| line.label.word() == "NOT SO");
        lines.map(|line| line.text).collect()
    }

    #[test]
    fn shipping_credentials_is_not_what_makes_swarm_ask_for_tags() {
        let text = include_str!("../../../scenarios/swarm-restart-loop.yaml");
        let text = text.replace("until: 14min", "until: 8min");
        let lines = told(&text);
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].starts_with("\"`--with-registry-auth` makes"),
            "{lines:?}"
        );
        assert!(lines[0].ends_with(", 2026-11-20]"), "{lines:?}");
        let by_digest = text.replace("0MB}", "0MB, reference: digest}");
        assert_eq!(told(&by_digest), Vec::<String>::new());
    }

    #[test]
    fn an_endpoint_is_no_quota_where_a_limit_of_the_account_throttles() {
        let behind = |endpoints: &str| {
            let text = pulls("BatchGetImage");
            told(&text.replace(
                "kind: image-pulls,",
                &format!("kind: image-pulls, {endpoints}"),
            ))
        };
        let claim = |lines: &[String]| {
            let mut lines = lines.iter();
            lines.any(|line| line.starts_with("\"a VPC endpoint brings a quota"))
        };
        assert!(claim(&behind("identity: {endpoints: [ecr]},")));
        assert!(!claim(&behind("")), "nobody thinks of endpoints");
    }

    /// Machines that pull an image from ECR at once, against this limiter.
    fn pulls(limiter: &str) -> String {
        format!(
            "pullstorm: 1
name: pulls
services:
  ecr: {{preset: aws-ecr@2026-11, latency: 30ms, limiters: {{{limiter}: {{bucket: {{burst: 5, refill: 5/s}}}}}}}}
images:
  app: {{registry: ecr, layers: 6, size: 60MB}}
workloads:
  ci: {{kind: image-pulls, pulls: 20, pull: {{client: docker-classic, images: app}}}}
"
        )
    }

    #[test]
    fn fewer_layers_are_no_fewer_manifests_where_manifests_are_throttled() {
        let manifests = told(&pulls("BatchGetImage"));
        assert_eq!(manifests.len(), 1, "{manifests:?}");
        assert!(
            manifests[0].contains("one call for each manifest"),
            "{manifests:?}"
        );
        assert_eq!(told(&pulls("GetDownloadUrlForLayer")), Vec::<String>::new());
    }

    /// A deployment that keeps within these percentages.
    fn deployment(percentages: &str) -> String {
        format!(
            "pullstorm: 1
name: web
services:
  ecr: {{preset: aws-ecr@2026-11, latency: 30ms}}
images:
  app: {{registry: ecr, layers: 2, size: 20MB}}
workloads:
  web: {{kind: ecs-deployment, services: 2, desired: 100, {percentages}, pull: {{client: ecs-agent, images: app}}}}
"
        )
    }

    #[test]
    fn deployments_that_stop_first_start_more_than_they_may_exceed() {
        let lines = told(&deployment(
            "minimum_healthy_percent: 75, maximum_percent: 125",
        ));
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].contains("(here 50 of 100 of each service of web)"),
            "{lines:?}"
        );
        let others = "minimum_healthy_percent: 100, maximum_percent: 125";
        assert_eq!(told(&deployment(others)), Vec::<String>::new());
    }

    #[test]
    fn a_recommendation_answers_before_it_refutes() {
        let text = deployment("minimum_healthy_percent: 75, maximum_percent: 125");
        let text = format!(
            "{text}variants: {{whole: {{set: {{workloads.web.minimum_healthy_percent: 100}}}}}}\n"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let judged = judge_variants(prepared, &Sequential, 1, Some(1));
        let told = recommend_article(&report(&judged, 1)).markdown();
        let place = |text: &str| told.find(text).unwrap_or_else(|| panic!("{text}: {told}"));
        assert!(place("ASSUMED") < place("VERDICT"), "{told}");
        assert!(place("VERDICT") < place("NOT SO"), "{told}");
    }

    #[test]
    fn every_claim_has_a_source_with_its_date() {
        for claim in CLAIMS {
            assert!(
                !claim.source.is_empty() && claim.as_of.len() == 10,
                "{claim:?}"
            );
        }
    }
}
