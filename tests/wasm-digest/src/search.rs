//! A search for settings: text in, the answer out.

use pullstorm_core::catalog::{Effort, Owner};
use pullstorm_core::engine::simulate;
use pullstorm_core::record::Nothing;
use pullstorm_core::replicate::{Prepared, Sequential};
use pullstorm_core::scenario::Document;
use pullstorm_core::tune::{Dimension, Domain, Goal, Options, Space, tune};

/// What a search over the `tune:` of a scenario finds within so many runs: what it sets, what that comes
/// to, to the last bit, and the digest of its first run. A scenario that cannot be run gives its problems
/// instead.
pub fn search_answer(text: &str, runs: u64) -> String {
    let document = match Document::parse("scenario.yaml", text.as_bytes()) {
        Ok(document) => document,
        Err(problems) => return problems.to_string(),
    };
    let today = match Prepared::new("today", "", &[], document.scenario()) {
        Ok(today) => today,
        Err(problems) => return format!("{problems:?}"),
    };
    let seed = document.scenario().seed;
    let dimensions = document.scenario().tune.iter().map(|it| {
        let domain = Domain {
            values: it.values.clone(),
            ordered: it.ordered,
        };
        let now = document.value_at(&it.path);
        let toil = (Owner::You, Effort::Setting);
        Dimension::new(
            std::slice::from_ref(&it.path),
            &domain,
            now.as_deref(),
            toil,
        )
    });
    let space = Space {
        dimensions: dimensions.collect(),
    };
    let goal = Goal::of(&today, vec![None]);
    let options = Options {
        seed,
        runs,
        events: u64::MAX,
    };
    let Some(found) = tune(&document, &space, &goal, &options, &Sequential) else {
        return "nothing".to_owned();
    };
    let digest = document
        .with_all(&found.overrides)
        .ok()
        .and_then(|scenario| {
            let prepared = Prepared::new("found", "", &found.overrides, &scenario).ok()?;
            Some(simulate(&prepared.plan, seed, 0, Nothing).0.digest)
        });
    let delay = found.delay.as_ref().map(|delay| delay.mean.to_bits());
    let digest = digest.map_or("none".to_owned(), |digest| digest.to_string());
    format!(
        "{digest}\n{:?}\nholds {} in {} runs of {} settings, delay {delay:?}\n",
        found.overrides, found.holds, found.spent, found.tried
    )
}
