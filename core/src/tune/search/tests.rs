//! What a search knows of its settings.

use super::Search;
use crate::catalog::{Effort, Owner};
use crate::replicate::{Measured, prepare};
use crate::scenario::Document;
use crate::tune::{Dimension, Goal, Setting, Space};

/// A search among today and one other setting, of callers that all succeed at once with either.
fn two_that_hold() -> Search {
    let text = "pullstorm: 1\nname: toy\nservices: {s: {latency: 1ms, limiters: {l: {bucket: {burst: 9, refill: \
                1/s}}}}}\nworkloads: {w: {kind: api-callers, service: s, calls: [c], callers: 4}}\nexpect: \
                [w.callers.failed == 0]\n";
    let document = Document::parse("toy", text.as_bytes()).unwrap();
    let prepared = prepare(&document, &[]).unwrap().remove(0);
    let goal = Goal::of(&prepared, vec![None]);
    let setting = |callers: &str| Setting {
        text: callers.to_owned(),
        sets: vec![("workloads.w.callers".to_owned(), callers.to_owned())],
        toil: (Owner::You, Effort::Setting),
    };
    let space = Space {
        dimensions: vec![Dimension {
            name: "callers".to_owned(),
            settings: vec![setting("4"), setting("5")],
            today: 0,
            ordered: true,
        }],
    };
    let mut search = Search::new(space, goal, 1, 100);
    while let requests = search.ask()
        && !requests.is_empty()
    {
        let metrics = search.goal().metrics.len();
        let measured = requests.iter().map(|request| {
            vec![Measured {
                events: 1,
                runs: vec![vec![Some(0.0); metrics]; request.count as usize],
                ..Measured::default()
            }]
        });
        let measured: Vec<Vec<Measured>> = measured.collect();
        search.tell(&requests, &measured);
    }
    search
}

#[test]
fn what_other_random_numbers_refuted_holds_beside_no_other_setting() {
    let mut search = two_that_hold();
    let (best, holds) = search.best().unwrap();
    let other = 1 - best;
    assert!(holds && search.score(other, best).meets());
    search.refute(best);
    assert_eq!(search.best(), Some((other, true)));
    // Who leaves changes out one by one does not come back to it.
    assert!(!search.score(best, other).meets());
    assert!(search.score(other, other).meets());
}
