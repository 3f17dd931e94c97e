//! The request for a higher quota with the numbers that justify it, or the mail to a provider that
//! does not raise the limit.
//!
//! Commands as in the AWS CLI reference of Service Quotas, read in November 2026; codes of quotas are
//! those of the catalog's records.

use super::Fragment;
use super::diff::Diff;
use crate::catalog::{self, Owner, Record};
use crate::limiter::{Algorithm, Refill, Spec};
use crate::metric::Unit;
use crate::plan::{LimiterPlan, Plan};
use crate::report::model::{Language, Settings};
use crate::report::{cells, counted, rule};
use crate::scenario::Scenario;

/// How a raised limit is taken back, whichever way it was asked for.
const UNDO: &str = "none is needed, as a limit that is not used costs nothing; support lowers a quota again on request";

/// What the target is called.
pub(super) const NAME: &str = "quota request";

/// A limit that somebody is asked to raise.
pub(crate) struct Ask<'a> {
    /// The scenario's name of its service.
    pub service: &'a str,
    /// The limit as it is.
    pub today: &'a LimiterPlan,
    /// How it would have to count.
    pub wanted: &'a Spec,
    /// The catalog's name of the provider's service.
    pub provider: Option<&'static str>,
    /// What needs it.
    pub workload: &'a str,
    /// What the simulation says without the change and with it, in sentences; empty for nothing.
    pub modelled: &'a str,
}

/// The requests for the limits that a variant has other numbers for.
pub(super) fn settings(diff: &Diff<'_>) -> Vec<Fragment> {
    let changed = diff.own.plan.limiters.iter().filter_map(|own| {
        let today = named(&diff.today.plan, own)?;
        let set = format!("services.{}.limiters.{}", own.service, own.name);
        let mut paths = diff.own.overrides.iter().map(|(path, _)| path);
        let written = paths.any(|path| path.starts_with(&set));
        (written && !own.client_side && own.spec != today.spec).then_some((own, today))
    });
    let modelled = modelled(diff);
    let scenario = &diff.own.scenario;
    let workload = match scenario.title.is_empty() {
        true => &scenario.name,
        false => &scenario.title,
    };
    changed
        .flat_map(|(own, today)| {
            ask(&Ask {
                service: &own.service,
                today,
                wanted: &own.spec,
                provider: provider(&diff.own.scenario, &own.service),
                workload,
                modelled: &modelled,
            })
        })
        .collect()
}

/// The requests for a higher limit, or the mail to a provider that does not raise it, as settings of
/// a variant.
pub(crate) fn requests(variant: &str, asked: &Ask<'_>) -> Vec<Settings> {
    let fragments = ask(asked).into_iter();
    fragments
        .map(|it| it.settings(variant, NAME, None))
        .collect()
}

fn ask(asked: &Ask<'_>) -> Vec<Fragment> {
    match asked.today.raisable {
        Some(true) | None => request(asked),
        Some(false) => vec![mail(asked)],
    }
}

fn named<'p>(plan: &'p Plan, limiter: &LimiterPlan) -> Option<&'p LimiterPlan> {
    let mut limiters = plan.limiters.iter();
    limiters.find(|known| (&known.service, &known.name) == (&limiter.service, &limiter.name))
}

fn request(asked: &Ask<'_>) -> Vec<Fragment> {
    let Ask { today, wanted, .. } = asked;
    let records = today.records.iter();
    let record = records
        .filter_map(|id| catalog::catalog().record(id))
        .next();
    let fragment = |place: &str, language, text| Fragment {
        place: place.to_owned(),
        owner: Owner::Provider,
        language,
        text,
        why: format!(
            "{} {} goes from {} to {}",
            asked.service,
            today.name,
            rule(&today.spec),
            rule(wanted)
        ),
        risk:
            "takes hours to weeks and may be refused; a raised limit meets the next one behind it, \
               and moves no other account or Region"
                .to_owned(),
        undo: UNDO.to_owned(),
    };
    let mut found = Vec::new();
    let code = record.and_then(Record::quota_code);
    if let (Some(code), Some(value), Some(service)) = (code, per_second(wanted), asked.provider) {
        found.push(fragment(
            "a shell with the AWS CLI",
            Language::Sh,
            format!(
                "aws service-quotas request-service-quota-increase --service-code {service} \\\n  \
                 --quota-code {code} --desired-value {value} --region REGION\n"
            ),
        ));
    }
    found.push(fragment(
        "a case with the provider's support, or the reason of the quota request",
        Language::Text,
        letter(asked),
    ));
    found
}

/// The catalog's name of a service of a scenario.
pub(crate) fn provider(scenario: &Scenario, service: &str) -> Option<&'static str> {
    super::diff::service(scenario, service).and_then(super::diff::provider)
}

/// A rate as a whole number a second, which is what quotas of rates are asked for in.
fn per_second(spec: &Spec) -> Option<u64> {
    let Algorithm::TokenBucket(bucket) = &spec.algorithm else {
        return None;
    };
    let Refill::Continuous(rate) = bucket.refill else {
        return None;
    };
    let product = rate.count().checked_mul(1_000_000_000)?;
    product
        .is_multiple_of(rate.nanos())
        .then(|| product / rate.nanos())
}

fn letter(asked: &Ask<'_>) -> String {
    let mut text = format!(
        "Region REGION, account ACCOUNT.\n\nWe request {} raised from {} to {}.\n\nWorkload: {}\n",
        asked.today.name,
        rule(&asked.today.spec),
        rule(asked.wanted),
        asked.workload
    );
    text.push_str("Measured peak over the last 14 days: PEAK a second (evidence attached).\n");
    text.push_str("Already applied: MEASURES (token reuse, stagger, back-off).\n");
    text.push_str(asked.modelled);
    text.push_str(&format!("Today's limit as in: {}\n", asked.today.source));
    text
}

/// What the simulation says without the change and with it.
fn modelled(diff: &Diff<'_>) -> String {
    let Some((own, today)) = diff.figures else {
        return String::new();
    };
    let failed = |it: &crate::report::model::VariantReport| {
        format!(
            "{} of {} {} ({})",
            cells::estimate(&it.headline.failed, Unit::Count, it.runs),
            counted(it.headline.wanted, &it.headline.units),
            if it.headline.wanted == 1.0 {
                "fails"
            } else {
                "fail"
            },
            counted(f64::from(it.runs), "runs")
        )
    };
    format!(
        "Without the change, in simulation: {}. With it: {}.\n",
        failed(today),
        failed(own)
    )
}

fn mail(asked: &Ask<'_>) -> Fragment {
    let today = asked.today;
    Fragment {
        place: "a mail to the provider's support".to_owned(),
        owner: Owner::Provider,
        language: Language::Text,
        text: format!(
            "We meet {} ({}), counted by {}. We understand that it is not raised on request, and do not \
             ask for that.\n\nWorkload: {}\n{}Please tell us:\n1. Which of our requests does it count, \
             refused ones too, by what (address, user, account), and over which window?\n2. How long \
             does a refusal last, and what ends it sooner?\n3. For which account, plan or way to you \
             (a mirror of yours, addresses you know) does it not hold, or admit {}?\n",
            today.name,
            rule(&today.spec),
            today.scope.words(),
            asked.workload,
            asked.modelled,
            rule(asked.wanted),
        ),
        why: format!(
            "{} {} is not raised, says the provider: {}",
            asked.service, today.name, today.source
        ),
        risk: "the answer is likely no; count on a change of your own".to_owned(),
        undo: "nothing to undo".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::emit;
    use crate::replicate::prepare;
    use crate::scenario::Document;

    /// The texts of what a variant asks of the bucket of logins.
    fn asked(preset: &str) -> Vec<String> {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{ecr: {{preset: {preset}}}}}\nworkloads:\n  w: {{kind: \
             api-callers, service: ecr, calls: [GetAuthorizationToken]}}\nvariants:\n  v: {{set: \
             {{services.ecr.limiters.GetAuthorizationToken: {{bucket: {{burst: 900, refill: 900/s}}}}}}}}\n"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let found = emit::settings(&prepared[1], &prepared[0], None);
        found.into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn a_quota_is_taken_back_in_one_way_however_it_was_asked_for() {
        let raised =
            "{services.ecr.limiters.GetAuthorizationToken: {bucket: {burst: 900, refill: 900/s}}}";
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{ecr: {{preset: aws-ecr}}}}\nworkloads:\n  w: {{kind: \
             api-callers, service: ecr, calls: [GetAuthorizationToken]}}\nvariants: {{v: {{set: {raised}}}}}\n"
        );
        let document = Document::parse("x.yaml", text.as_bytes()).unwrap();
        let prepared = prepare(&document, &[]).unwrap();
        let found = emit::settings(&prepared[1], &prepared[0], None);
        let undone: Vec<&str> = found.iter().map(|it| it.undo.as_str()).collect();
        assert_eq!(undone, [super::UNDO; 2]);
    }

    #[test]
    fn who_does_not_raise_a_limit_is_asked_what_it_counts_and_not_to_raise_it() {
        let mail = asked("aws-ecr@2018-01").concat();
        assert!(mail.contains("do not ask for that"), "{mail}");
        assert!(
            mail.contains("Which of our requests does it count"),
            "{mail}"
        );
        assert!(
            mail.contains("does it not hold, or admit 900 burst, 900/s?"),
            "{mail}"
        );
        assert!(
            !mail.contains("We request") && !mail.contains("We would need"),
            "{mail}"
        );
        let request = asked("aws-ecr").concat();
        assert!(
            request.contains("We request GetAuthorizationToken raised"),
            "{request}"
        );
    }
}
