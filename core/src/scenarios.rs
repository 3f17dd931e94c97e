//! The built-in scenarios: the files of `scenarios/`, compiled in.

/// A scenario that needs no file.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct BuiltIn {
    /// Its name: the file's name without `.yaml`, and what the file says.
    pub name: &'static str,
    /// The text of the file.
    pub text: &'static str,
}

/// All built-in scenarios, in the order in which a list shows them.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        name: "circleci-ecr-fanout",
        text: include_str!("../../scenarios/circleci-ecr-fanout.yaml"),
    },
    BuiltIn {
        name: "harness-ecs-deploys",
        text: include_str!("../../scenarios/harness-ecs-deploys.yaml"),
    },
    BuiltIn {
        name: "harness-cloudformation",
        text: include_str!("../../scenarios/harness-cloudformation.yaml"),
    },
    BuiltIn {
        name: "harness-ecs-503",
        text: include_str!("../../scenarios/harness-ecs-503.yaml"),
    },
    BuiltIn {
        name: "harness-two-accounts",
        text: include_str!("../../scenarios/harness-two-accounts.yaml"),
    },
    BuiltIn {
        name: "aws-retry-defaults",
        text: include_str!("../../scenarios/aws-retry-defaults.yaml"),
    },
    BuiltIn {
        name: "aws-retry-defaults-503",
        text: include_str!("../../scenarios/aws-retry-defaults-503.yaml"),
    },
    BuiltIn {
        name: "ecr-push-put-image",
        text: include_str!("../../scenarios/ecr-push-put-image.yaml"),
    },
    BuiltIn {
        name: "swarm-restart-loop",
        text: include_str!("../../scenarios/swarm-restart-loop.yaml"),
    },
    BuiltIn {
        name: "mirror-cold-start",
        text: include_str!("../../scenarios/mirror-cold-start.yaml"),
    },
    BuiltIn {
        name: "ecs-rollout",
        text: include_str!("../../scenarios/ecs-rollout.yaml"),
    },
    BuiltIn {
        name: "ecs-hundred-tasks",
        text: include_str!("../../scenarios/ecs-hundred-tasks.yaml"),
    },
    BuiltIn {
        name: "ecs-denied-role",
        text: include_str!("../../scenarios/ecs-denied-role.yaml"),
    },
    BuiltIn {
        name: "kubernetes-scale-out",
        text: include_str!("../../scenarios/kubernetes-scale-out.yaml"),
    },
    BuiltIn {
        name: "docker-hub-anonymous-ci",
        text: include_str!("../../scenarios/docker-hub-anonymous-ci.yaml"),
    },
    BuiltIn {
        name: "ecr-public-compose",
        text: include_str!("../../scenarios/ecr-public-compose.yaml"),
    },
    BuiltIn {
        name: "cron-at-the-full-hour",
        text: include_str!("../../scenarios/cron-at-the-full-hour.yaml"),
    },
    BuiltIn {
        name: "reconnect-after-outage",
        text: include_str!("../../scenarios/reconnect-after-outage.yaml"),
    },
    BuiltIn {
        name: "replay-release-morning",
        text: include_str!("../../scenarios/replay-release-morning.yaml"),
    },
];

/// The built-in scenario of this name.
pub fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|scenario| scenario.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Document;

    #[test]
    fn every_file_of_the_folder_is_built_in_under_its_own_name() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
            .collect();
        let mut names: Vec<&str> = BUILT_IN.iter().map(|scenario| scenario.name).collect();
        files.sort();
        names.sort_unstable();
        assert_eq!(names, files);
    }

    #[test]
    fn every_built_in_scenario_decodes_and_says_its_own_name() {
        for BuiltIn { name, text } in BUILT_IN {
            let document = Document::parse(name, text.as_bytes())
                .unwrap_or_else(|problems| panic!("{problems}"));
            assert_eq!(document.scenario().name, *name);
        }
    }
}
