//! A diagnosis, told to a person.

use super::article::{Article, quoted};
use super::page::Tone;
use super::words;
use crate::diagnose::{Diagnosis, Finding, Helps, LimitFact, Unknown};
use crate::scenarios::built_in;

/// What a diagnosis says, the answer first.
pub fn diagnosis(diagnosis: &Diagnosis) -> Article {
    let mut article = Article::new();
    match diagnosis {
        Diagnosis::Unknown(unknown) => tell_unknown(unknown, &mut article),
        Diagnosis::Known { finding, others } => {
            tell(finding, &mut article);
            let mut also = Article::new();
            for other in others {
                also.item(format!(
                    "line {}: {}, by {} ({}). Waiting helps: {}, {}",
                    other.line, other.limiter, other.scope, other.side, other.helps, other.waiting
                ));
            }
            article.folded("The text also speaks of", also);
        }
    }
    article
}

fn tell(finding: &Finding, article: &mut Article) {
    article.fact(
        "LIMITER",
        Tone::Strong,
        format!(
            "{}; {}; {}",
            finding.limiter,
            counts_by(finding.scope),
            finding.side
        ),
    );
    let tone = match finding.helps {
        Helps::Yes => Tone::Good,
        Helps::Partly => Tone::Warn,
        Helps::No => Tone::Bad,
    };
    article.fact(
        "WAITING",
        tone,
        format!("helps: {}; {}", finding.helps, finding.waiting),
    );
    article.facts("LIMIT", finding.limits.iter().map(limit));
    let readings = finding.readings.iter().map(|reading| match reading.means {
        Some(means) => format!("{} {}: {means}", reading.what, reading.value),
        None => format!("{} {}", reading.what, reading.value),
    });
    article.facts("READ", readings);
    article.facts("NEXT", finding.next.iter().copied());
    let scenario = finding.scenario.filter(|name| built_in(name).is_some());
    article.facts(
        "TRY",
        scenario
            .map(|name| format!("pullstorm recommend {name}"))
            .into_iter()
            .chain(
                finding
                    .preset
                    .as_ref()
                    .map(|preset| format!("pullstorm catalog {preset}")),
            ),
    );
    article.facts("SOURCE", finding.sources.iter().copied());
    let text = quoted(&finding.text);
    article.fact("LINE", Tone::Faint, format!("{}: {text}", finding.line));
}

/// What a limiter counts by, in a sentence.
fn counts_by(scope: &str) -> String {
    match scope {
        "not published" => "what it counts by is not published".to_owned(),
        scope if scope.starts_with("depends on ") => format!("what it counts by {scope}"),
        scope => format!("counts by {scope}"),
    }
}

fn limit(limit: &LimitFact) -> String {
    let raisable = match limit.raisable {
        Some(true) => ", raisable",
        Some(false) => ", not raisable",
        None => "",
    };
    format!(
        "{}: {}{raisable} [{}, looked up {}]",
        limit.limiter,
        words::per(&limit.published, &limit.scope),
        limit.confidence,
        limit.as_of
    )
}

fn tell_unknown(unknown: &Unknown, article: &mut Article) {
    let answer = match unknown.throttled_line {
        Some(line) => format!("line {line} speaks of throttling, but no rule knows who throttles"),
        None => "no rule knows this text, and nothing in it speaks of throttling".to_owned(),
    };
    article.fact("UNKNOWN", Tone::Warn, answer);
    article.facts("LOOK FOR", unknown.look_for.iter().copied());
}
