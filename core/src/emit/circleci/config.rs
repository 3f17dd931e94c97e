//! The text for `config.yml`: the jobs of a fan-out, with all that makes them so.

use super::batches::{Batch, Does, Split, Tests};
use crate::emit::ci::{self, whole_seconds};
use crate::scenario::model::{CiFanout, Login};

/// What is written of a fan-out.
#[derive(Debug)]
pub(super) struct Config<'f> {
    /// The fan-out.
    pub fanout: &'f CiFanout,
    /// Whether the variant changes who logs in.
    pub moves_login: bool,
    /// The services that jobs share out among them, where the variant gives them fewer.
    pub services: Option<Services>,
    /// Seconds from one workflow to the next, where the variant changes them.
    pub distance: Option<u64>,
}

/// What the entries of the job that tests have of their own.
#[derive(Copy, Clone, Debug)]
struct Form {
    /// There are several.
    several: bool,
    /// Each has a group of services.
    own_services: bool,
    /// Jobs sleep by their place in the wave.
    by_place: bool,
}

/// A number that an entry gives its jobs, by its name.
type Number = (&'static str, fn(Tests) -> u32);

impl Form {
    /// The numbers that each entry says.
    fn numbers(self) -> Vec<Number> {
        let each: [(bool, Number); 6] = [
            (self.several, ("first", |it| it.first)),
            (self.own_services, ("of", |it| it.of)),
            (self.own_services, ("group", |it| it.services)),
            (self.by_place, ("place", |it| it.place)),
            (self.by_place, ("wave", |it| it.wave)),
            (self.several, ("parallelism", |it| it.jobs)),
        ];
        let said = each.into_iter().filter(|(is_said, _)| *is_said);
        said.map(|(_, number)| number).collect()
    }

    /// Why tests are not to be split by what CircleCI says.
    fn remark(self) -> &'static str {
        match (self.several, self.own_services) {
            (_, true) => {
                "      # its number among the jobs of its services, how many those are, which services"
            }
            (true, false) => {
                "      # its number and how many there are; CIRCLE_NODE_INDEX begins anew in each entry"
            }
            (false, false) => "",
        }
    }
}

/// The services beside the image of the job itself, shared out among jobs.
#[derive(Copy, Clone, Debug)]
pub(super) struct Services {
    /// All that the jobs of a workflow need.
    pub all: u32,
    /// Those of one job, at most.
    pub of_job: u32,
    /// Into so many groups they are shared out; at least 1.
    pub groups: u32,
}

impl Services {
    /// The names of a group, from 1.
    fn named(self, group: u32) -> Vec<String> {
        let first = (group - 1) * self.of_job + 1;
        let last = (group * self.of_job).min(self.all);
        (first..=last).map(|it| format!("service-{it}")).collect()
    }
}

/// Whether the steps of a job pull its images, and log in for that. The docker executor has pulled them
/// before the first step.
pub(super) fn pulls_by_steps(fanout: &CiFanout) -> bool {
    matches!(fanout.login, Login::PerJob | Login::PerHost)
}

impl Config<'_> {
    /// The whole text.
    pub fn text(&self) -> String {
        let batches = self.split().batches();
        let form = Form {
            several: batches.len() > 1,
            own_services: self.services.is_some_and(|it| it.groups > 1),
            by_place: self.sleeps_by_place(&batches),
        };
        let mut text = self.executors();
        text.push_str("jobs:\n");
        text.push_str(&self.distance_job());
        if self.split().waits() {
            text.push_str(&wait_job(whole_seconds(self.fanout.launch_spread)));
        }
        text.push_str(&self.test_job(form));
        let renews = self.moves_login && self.fanout.login == Login::PerWorkflow;
        if renews {
            text.push_str(RENEWAL_JOB);
        }
        text.push_str("workflows:\n  ci:\n");
        if renews {
            text.push_str(UNLESS_SCHEDULED);
        }
        text.push_str("    jobs:\n");
        if self.distance.is_some() {
            text.push_str("      - distance: {serial-group: registry-logins}\n");
        }
        for batch in &batches {
            text.push_str(&self.entry(batch, form));
        }
        if renews {
            text.push_str(RENEWAL);
        }
        if self.moves_login && self.fanout.login == Login::PerHost {
            text.push_str(CREDENTIAL_HELPER);
        }
        text
    }

    /// How its jobs are split.
    pub fn split(&self) -> Split {
        let seconds = ci::spread(self.fanout).filter(|_| !pulls_by_steps(self.fanout));
        Split {
            jobs: self.fanout.jobs,
            waves: self.fanout.waves,
            wait: seconds.unwrap_or(0),
            services: self.services.map_or(1, |it| it.groups),
            distance: self.distance.is_some(),
        }
    }

    /// An executor for each group of services, where executors pull them.
    fn executors(&self) -> String {
        let Some(services) = self.services.filter(|_| !pulls_by_steps(self.fanout)) else {
            return String::new();
        };
        let mut text = match self.fanout.login {
            Login::PerImage => "executors:      # each image with its aws_auth, as now\n",
            _ => "executors:\n",
        }
        .to_owned();
        let image = |name: &str| match self.fanout.login {
            Login::PerWorkflow => format!("{{image: $ECR_REGISTRY/{name}:ci, auth: {AUTH}}}"),
            _ => format!("{{image: {name}}}"),
        };
        for group in 1..=services.groups {
            let mut images = vec![image("app")];
            images.extend(services.named(group).iter().map(|it| image(it)));
            let docker = match self.fanout.login {
                Login::PerWorkflow => {
                    let lines = images.iter().map(|it| format!("\n      - {it}"));
                    format!("\n    docker:{}", lines.collect::<String>())
                }
                _ => format!(" {{docker: [{}]}}", images.join(", ")),
            };
            text.push_str(&format!("  services-{group}:{docker}\n"));
        }
        text
    }

    fn distance_job(&self) -> String {
        self.distance.map_or(String::new(), |seconds| {
            format!(
                "  distance:\n{SMALL}{}",
                sleep(&seconds.to_string(), seconds)
            )
        })
    }

    /// Whether the jobs of a wave sleep by their place in it: the index of CircleCI is that in the entry.
    fn sleeps_by_place(&self, batches: &[Batch]) -> bool {
        let is_part = |batch: &Batch| match batch.does {
            Does::Test(tests) => tests.jobs < tests.wave,
            Does::Wait { .. } => false,
        };
        let sleeps = pulls_by_steps(self.fanout) && ci::spread(self.fanout).is_some();
        sleeps && batches.iter().any(is_part)
    }

    /// The job that tests. Where there are several entries of it, each says what it has of its own.
    fn test_job(&self, form: Form) -> String {
        let by_steps = pulls_by_steps(self.fanout);
        let mut parameters = Vec::new();
        if form.own_services {
            let of = if by_steps { "string" } else { "executor" };
            parameters.push(format!("services: {{type: {of}}}"));
        }
        let numbers = form.numbers().into_iter();
        parameters.extend(numbers.map(|(name, _)| format!("{name}: {{type: integer}}")));
        let parameters = match parameters.as_slice() {
            [] => String::new(),
            all => format!("    parameters: {{{}}}\n", all.join(", ")),
        };
        let parallelism = match form.several {
            true => "<< parameters.parallelism >>".to_owned(),
            false => self.fanout.jobs.to_string(),
        };
        let runs_on = self.runs_on(form.own_services);
        let steps = match by_steps {
            true => self.steps(form),
            false => format!(
                "    steps: [checkout, {{run: {}}}]{}\n",
                self.test(form),
                form.remark()
            ),
        };
        format!("  test:\n{parameters}{runs_on}    parallelism: {parallelism}\n{steps}")
    }

    /// What runs the tests of a job: it is given the job's number and how many there are.
    fn test(&self, form: Form) -> String {
        let first = match form.several {
            true => "<< parameters.first >>",
            false => "1",
        };
        let of = match form.own_services {
            // Jobs of other services have the same numbers.
            true => "<< parameters.of >> << parameters.group >>".to_owned(),
            false => self.fanout.jobs.to_string(),
        };
        format!("./test.sh $(({first} + CIRCLE_NODE_INDEX)) {of}")
    }

    fn runs_on(&self, own_services: bool) -> String {
        match (self.fanout.login, self.services) {
            (Login::PerHost, _) => {
                "    machine: true\n    resource_class: NAMESPACE/RUNNERS      # your \
                                    self-hosted runners\n"
                    .to_owned()
            }
            (Login::PerJob, _) => "    machine: {image: ubuntu-2404:current}\n".to_owned(),
            (_, Some(_)) if own_services => "    executor: << parameters.services >>\n".to_owned(),
            (_, Some(_)) => "    executor: services-1\n".to_owned(),
            (Login::PerWorkflow, None) => format!(
                "    docker:\n      - image: $ECR_REGISTRY/app:ci\n        auth: {AUTH}      # of each \
                 image, instead of aws_auth\n"
            ),
            (Login::PerImage, None) if self.moves_login => {
                "    docker: [{image: app}]      # each image with its aws_auth\n".to_owned()
            }
            (Login::PerImage | Login::Anonymous, None) => {
                "    docker: [{image: app}]      # the images of now\n".to_owned()
            }
        }
    }

    /// The steps of a job that pulls its images itself.
    fn steps(&self, form: Form) -> String {
        let mut text = String::from("    steps:\n");
        if let Some(seconds) = ci::spread(self.fanout) {
            let slept = match form.by_place {
                true => format!(
                    "(<< parameters.place >> + CIRCLE_NODE_INDEX) * {seconds} / << parameters.wave >>"
                ),
                false => format!("CIRCLE_NODE_INDEX * {seconds} / CIRCLE_NODE_TOTAL"),
            };
            text.push_str(&format!(
                "      # first, before the login\n      - run: {{command: sleep $(({slept})), \
                 no_output_timeout: {}s}}\n",
                seconds + 60
            ));
        }
        text.push_str("      - checkout\n");
        if self.fanout.login == Login::PerJob {
            text.push_str(LOGIN);
        }
        let (test, remark) = (self.test(form), form.remark());
        let Some(services) = self.services else {
            return text
                + &format!(
                    "      - run: docker compose pull\n      - run: docker compose run --rm app \
                     {test}{remark}\n"
                );
        };
        let names = match form.own_services {
            true => "<< parameters.services >>".to_owned(),
            false => services.named(1).join(" "),
        };
        match names.as_str() {
            "" => text.push_str("      - run: docker compose pull app\n"),
            names => text.push_str(&format!(
                "      - run: docker compose pull app {names}\n      - run: docker compose up --detach \
                 --no-deps {names}\n"
            )),
        }
        text + &format!("      - run: docker compose run --rm --no-deps app {test}{remark}\n")
    }

    /// An entry of the workflow.
    fn entry(&self, batch: &Batch, form: Form) -> String {
        let mut says: Vec<String> = Vec::new();
        says.extend(batch.name.as_ref().map(|name| format!("name: {name}")));
        if !batch.requires.is_empty() {
            says.push(format!("requires: [{}]", batch.requires.join(", ")));
        }
        let job = match batch.does {
            Does::Wait { seconds } => {
                says.push(format!("seconds: {seconds}"));
                "wait"
            }
            Does::Test(tests) => {
                if self.fanout.login == Login::PerWorkflow {
                    says.push("context: ecr".to_owned());
                }
                if let Some(of) = self.services.filter(|it| it.groups > 1) {
                    says.push(match pulls_by_steps(self.fanout) {
                        true => format!("services: {}", of.named(tests.services).join(" ")),
                        false => format!("services: services-{}", tests.services),
                    });
                }
                let numbers = form.numbers().into_iter();
                says.extend(numbers.map(|(name, of)| format!("{name}: {}", of(tests))));
                "test"
            }
        };
        match says.as_slice() {
            [] => format!("      - {job}\n"),
            says => format!("      - {job}: {{{}}}\n", says.join(", ")),
        }
    }
}

/// The password that a scheduled pipeline keeps in a context.
const AUTH: &str = "{username: AWS, password: $ECR_PASSWORD}";

const SMALL: &str = "    docker: [{image: cimg/base:current}]      # from another registry
    resource_class: small
";

/// A step that sleeps, up to so many seconds: CircleCI ends one that says nothing for ten minutes.
fn sleep(seconds: &str, most: u64) -> String {
    let timeout = most + 60;
    format!("    steps: [{{run: {{command: sleep {seconds}, no_output_timeout: {timeout}s}}}}]\n")
}

/// The job that others wait for, which sleeps so many seconds at most.
fn wait_job(most: u64) -> String {
    format!(
        "  wait:\n    parameters: {{seconds: {{type: integer}}}}\n{SMALL}{}",
        sleep("<< parameters.seconds >>", most)
    )
}

const LOGIN: &str = "      - run: |
          aws ecr get-login-password --region \"$AWS_REGION\" |
            docker login --username AWS --password-stdin \"$ECR_REGISTRY\"
";

const CREDENTIAL_HELPER: &str = "\
# on each runner, ~/.docker/config.json (docker-credential-ecr-login installed):
#   {\"credHelpers\": {\"ECR_REGISTRY\": \"ecr-login\"}}
";

const RENEWAL_JOB: &str = "  renew-ecr-password:
    docker: [{image: cimg/aws:2025.01}]
    steps:
      - run: |
          password=$(aws ecr get-login-password --region \"$AWS_REGION\")
          curl --fail --request PUT \\
            --header \"Circle-Token: $CIRCLE_TOKEN\" --header 'Content-Type: application/json' \\
            --data \"{\\\"value\\\": \\\"$password\\\"}\" \\
            \"https://circleci.com/api/v2/context/$CONTEXT_ID/environment-variable/ECR_PASSWORD\"
";

const UNLESS_SCHEDULED: &str =
    "    when: {not: {equal: [scheduled_pipeline, << pipeline.trigger_source >>]}}\n";

const RENEWAL: &str = "  renew:        # start it from a schedule trigger every 6 hours
    when: {equal: [scheduled_pipeline, << pipeline.trigger_source >>]}
    jobs: [{renew-ecr-password: {context: ecr}}]
";
