//! The ways of workloads, told to a person.

use super::article::Article;
use super::cells;
use super::model::{LimiterReport, LinkKind, LinkReport, VariantReport, WayReport};
use super::table::{Column, Table};
use super::words;
use crate::metric::Unit;

/// What each workload meets and what binds it, and where its loops multiply.
pub(super) fn ways(variant: &VariantReport, article: &mut Article) {
    let met = |way: &&WayReport| !way.links.is_empty();
    let ways: Vec<&WayReport> = variant.ways.iter().filter(met).collect();
    if ways.is_empty() {
        return;
    }
    article.gap();
    let runs = variant.runs;
    article.facts("CHAIN", ways.iter().map(|way| chain(way, runs)));
    let nested = ways.iter().filter(|way| way.loops.len() > 1);
    article.facts("LOOPS", nested.map(|way| loops(way)));
}

/// `nodes: kubelet nodes-pulls (client-side; 420 of 1140 throttled, binds) -> hub abuse (none of
/// 6669)`.
fn chain(way: &WayReport, runs: u32) -> String {
    let shown = |link: &&LinkReport| {
        let waited = link.waited.max.is_some_and(|waited| waited > 0.0);
        link.kind == LinkKind::Limiter || waited
    };
    let links: Vec<String> = way
        .links
        .iter()
        .filter(shown)
        .map(|link| told(link, runs))
        .collect();
    if links.is_empty() {
        return format!("{}: nothing in its way", way.workload);
    }
    format!("{}: {}", way.workload, links.join(" -> "))
}

fn told(link: &LinkReport, runs: u32) -> String {
    let some = |figure: &super::model::Figure| figure.max.is_some_and(|most| most > 0.0);
    let count = |figure| cells::mean(figure, Unit::Count, runs);
    let mut parts = Vec::new();
    if link.client_side && link.kind == LinkKind::Limiter {
        parts.push("client-side".to_owned());
    }
    if let Some(mirror) = &link.mirror {
        parts.push(format!("asked by {mirror}"));
    }
    let offered = count(&link.offered);
    if some(&link.throttled) {
        parts.push(format!("{} of {offered} throttled", count(&link.throttled)));
    }
    if some(&link.waited) {
        let each = link.waiting.mean_otherwise.unwrap_or(0.0)
            / link.waited.mean_otherwise.unwrap_or(0.0).max(1.0);
        let each = words::seconds(each);
        let waited = count(&link.waited);
        parts.push(format!("{waited} of {offered} wait, {each} on average"));
    }
    if !some(&link.throttled) && !some(&link.waited) {
        parts.push(format!("none of {offered}"));
    }
    if link.binds {
        parts.push("binds".to_owned());
    }
    let name = match link.kind {
        LinkKind::Slots => format!("{}: {}", link.name, link.rule),
        LinkKind::Pacer | LinkKind::Limiter => link.name.clone(),
    };
    format!("{name} ({})", parts.join(", "))
}

/// `web: orchestrator 4.40 x login 3 = 13.2 requests for each that is needed`; where an operation is sent
/// far more often, ` on average; of ecr GetAuthorizationToken 30.1`.
fn loops(way: &WayReport) -> String {
    let each = way
        .loops
        .iter()
        .map(|retry| format!("{} {}", retry.name, words::number(retry.amplification)));
    let each: Vec<String> = each.collect();
    let worst = way.worst.as_ref().map_or(String::new(), |worst| {
        let times = words::number(worst.amplification);
        format!(
            " on average; of {} {} {times}",
            worst.service, worst.operation
        )
    });
    format!(
        "{}: {} = {} requests for each that is needed{worst}",
        way.workload,
        each.join(" x "),
        words::number(way.amplification)
    )
}

/// Who asked a limiter, where more than one did.
pub(super) fn spenders(limiter: &LimiterReport, runs: u32) -> Table {
    let mut table = Table::new([
        Column::words(&format!("{} BY WORKLOAD", limiter.name)),
        Column::numbers("OFFERED"),
        Column::numbers("SHARE"),
        Column::numbers("THROTTLED"),
    ]);
    if limiter.spenders.len() < 2 {
        return table;
    }
    for spender in &limiter.spenders {
        table.row([
            spender.workload.as_str().into(),
            cells::estimate(&spender.offered, Unit::Count, runs).into(),
            cells::value(spender.share, Unit::Share).into(),
            cells::estimate(&spender.throttled, Unit::Count, runs).into(),
        ]);
    }
    table
}
