//! What the catalog says of limits, told to a person.

use super::article::Article;
use super::page::Tone;
use super::table::{Cell, Column, Table};
use super::words;
use crate::catalog::client::{self, ClientEntry, ClientExplanation};
use crate::catalog::{
    Confidence, Entry, LimiterExplanation, Listed, MirrorEntry, MirrorExplanation,
    PresetExplanation, RecordExplanation,
};

/// All presets, kinds of mirrors and clients, one line each.
pub fn catalog(listed: &[Listed]) -> Table {
    let mut table = Table::new([
        Column::words("NAME"),
        Column::sentences("WHAT IT IS"),
        Column::sentences("ITS NUMBERS ARE"),
    ]);
    for one in listed {
        match one {
            Listed::Preset(entry) => table.row([
                entry.name.as_str().into(),
                entry.title.as_str().into(),
                Cell::new(tone(entry), surety(entry)),
            ]),
            Listed::Client(entry) => table.row([
                entry.name.as_str().into(),
                entry.title.as_str().into(),
                client_surety(entry),
            ]),
            Listed::Mirror(entry) => table.row([
                entry.name.as_str().into(),
                entry.title.as_str().into(),
                mirror_surety(entry),
            ]),
        }
    }
    table
}

fn client_surety(entry: &ClientEntry) -> Cell {
    let sure = entry.confidence >= client::Confidence::Source;
    let tone = if sure { Tone::Plain } else { Tone::Warn };
    let mut words = vec![entry.confidence.to_string()];
    if entry.asks {
        words.push("part unknown".to_owned());
    }
    if entry.status != client::Status::Released {
        words.push(entry.status.to_string());
    }
    Cell::new(tone, words.join(", "))
}

fn mirror_surety(entry: &MirrorEntry) -> Cell {
    let sure = entry.confidence >= client::Confidence::Source && !entry.asks;
    let tone = if sure { Tone::Plain } else { Tone::Warn };
    let unknown = if entry.asks { ", part unknown" } else { "" };
    Cell::new(tone, format!("{}{unknown}", entry.confidence))
}

fn tone(entry: &Entry) -> Tone {
    match entry.confidence {
        _ if entry.asks => Tone::Bad,
        _ if !entry.in_force => Tone::Faint,
        Some(Confidence::Documented) if !entry.assumes && !entry.disputed => Tone::Plain,
        _ => Tone::Warn,
    }
}

fn surety(entry: &Entry) -> String {
    let Some(confidence) = entry.confidence else {
        return "it has no limiter".to_owned();
    };
    let mut words = vec![confidence.to_string()];
    let more = [
        (entry.assumes, "part assumed"),
        (entry.disputed, "disputed"),
        (entry.asks, "part missing"),
        (!entry.in_force, "superseded"),
    ];
    words.extend(
        more.into_iter()
            .filter(|(is, _)| *is)
            .map(|(_, word)| word.to_owned()),
    );
    words.join(", ")
}

/// A preset in full.
pub fn preset(preset: &PresetExplanation) -> Article {
    let mut article = Article::new();
    let entry = &preset.entry;
    article.heading(entry.name.as_str());
    article.paragraph(format!("{} ({})", entry.title, entry.provider));
    article.gap();
    let use_it = format!(
        "services: {{{}: {{preset: {}}}}}",
        preset.service, entry.name
    );
    article.fact("USE", Tone::Strong, use_it);
    let force = match entry.in_force {
        true => format!("in force; `{}` means this one", preset.family),
        false => "not in force any more".to_owned(),
    };
    article.fact(
        "STATE",
        Tone::Strong,
        format!("{force}; looked up {}", entry.as_of),
    );
    article.facts("DATES", preset.other_dates.iter().map(String::as_str));
    let disputes = preset
        .conflicts
        .iter()
        .map(|conflict| format!("{}: {}", conflict.with, conflict.about));
    article.facts("DISPUTE", disputes);
    article.facts("NOTE", preset.notes.iter().map(String::as_str));
    for one in &preset.limiters {
        limiter(one, &mut article);
    }
    if preset.limiters.is_empty() {
        article.gap();
        article.paragraph("It has no limiter.");
    }
    article
}

fn limiter(limiter: &LimiterExplanation, article: &mut Article) {
    article.heading(format!("Limiter {}", limiter.name));
    article.fact(
        "LIMIT",
        Tone::Strong,
        format!(
            "{} [{}]",
            words::per(&limiter.published, &limiter.scope),
            limiter.confidence
        ),
    );
    article.fact("MODEL", Tone::Strong, limiter.simulated.as_str());
    article.facts("ASSUMED", limiter.assumptions.iter().map(String::as_str));
    article.fact("COUNTS", Tone::Strong, limiter.counts.as_str());
    let operations: Vec<String> = limiter
        .operations
        .iter()
        .map(|(name, cost)| match cost {
            1 => name.clone(),
            cost => format!("{name} ({cost})"),
        })
        .collect();
    article.fact("CALLS", Tone::Strong, operations.join(", "));
    article.fact("ANSWER", Tone::Strong, limiter.answer.as_str());
    article.fact("RETRY", Tone::Strong, format!("hint: {}", limiter.hint));
    article.fact(
        "RAISED",
        Tone::Strong,
        format!("on request: {}", limiter.raisable),
    );
    article.fact("VALID", Tone::Strong, limiter.valid.as_str());
    article.facts("SOURCE", limiter.sources.iter().map(String::as_str));
    article.facts(
        "RECORD",
        limiter
            .records
            .iter()
            .map(|id| format!("pullstorm catalog {id}")),
    );
}

/// All records, one line each.
pub fn records(records: &[RecordExplanation]) -> Table {
    let mut table = Table::new([
        Column::words("RECORD"),
        Column::sentences("COVERS"),
        Column::sentences("FIGURES"),
        Column::words("KNOWN"),
        Column::words("AS OF"),
    ]);
    for record in records {
        table.row([
            record.id.as_str().into(),
            record.covers.as_str().into(),
            record.figures.as_str().into(),
            record.confidence.to_string().into(),
            record.as_of.as_str().into(),
        ]);
    }
    table
}

/// A record in full.
pub fn record(record: &RecordExplanation) -> Article {
    let mut article = Article::new();
    article.heading(record.id.as_str());
    article.paragraph(format!("{} ({})", record.covers, record.provider));
    article.gap();
    let figures = words::per(&record.figures, &record.scope);
    article.fact("FIGURES", Tone::Strong, figures);
    article.fact("COUNTS", Tone::Strong, record.counts.as_str());
    article.facts("ANSWER", record.answer.as_deref());
    article.fact(
        "RAISED",
        Tone::Strong,
        format!("on request: {}", record.raisable),
    );
    article.fact("VALID", Tone::Strong, record.valid.as_str());
    article.fact(
        "KNOWN",
        Tone::Strong,
        format!("{}; looked up {}", record.confidence, record.as_of),
    );
    article.facts("NOTE", record.note.as_deref());
    article.facts("SOURCE", record.sources.iter().map(String::as_str));
    article.facts("USED BY", record.presets.iter().map(String::as_str));
    article
}

/// A kind of mirror in full.
pub fn mirror(mirror: &MirrorExplanation) -> Article {
    let mut article = Article::new();
    let entry = &mirror.entry;
    article.heading(entry.name.as_str());
    article.paragraph(entry.title.as_str());
    article.gap();
    let known = format!("{}; looked up {}", entry.confidence, entry.as_of);
    article.fact("KNOWN", Tone::Strong, known);
    article.fact("VERSION", Tone::Strong, mirror.versions.as_str());
    article.fact("CHECKS", Tone::Plain, mirror.checks.as_str());
    article.fact("AT ONCE", Tone::Plain, mirror.at_once.as_str());
    article.facts("REFUSED", mirror.refused.iter().map(String::as_str));
    article.facts("NOTE", mirror.notes.iter().map(String::as_str));
    let unknown = mirror.unknown.iter();
    article.facts(
        "UNKNOWN",
        unknown.map(|unknown| format!("{}: {}", unknown.what, unknown.reason)),
    );
    article.facts("SOURCE", mirror.sources.iter().map(String::as_str));
    article
}

/// A client in full.
pub fn client(client: &ClientExplanation) -> Article {
    let mut article = Article::new();
    let entry = &client.entry;
    article.heading(entry.name.as_str());
    article.paragraph(entry.title.as_str());
    article.gap();
    let known = format!("{}; looked up {}", entry.confidence, entry.as_of);
    article.fact("KNOWN", Tone::Strong, known);
    article.fact("STATE", Tone::Strong, entry.status.to_string());
    article.fact("VERSION", Tone::Strong, client.versions.as_str());
    let texts = |article: &mut Article, label: &str, texts: &[String]| {
        article.facts(label, texts.iter().map(String::as_str));
    };
    texts(&mut article, "HAVE IT", &client.default_of);
    let engines = client.engines.iter().chain(&client.other_engine);
    article.facts("ENGINE", engines.map(String::as_str));
    texts(&mut article, "ASKS", &client.pull_rules);
    article.facts("PACE", client.pacing.as_deref());
    article.facts("TOKEN", client.tokens.as_deref());
    texts(&mut article, "LOOP", &client.loops);
    article.facts("COST", client.cost.as_deref());
    texts(&mut article, "NOTE", &client.notes);
    let unknown = client.unknown.iter();
    article.facts(
        "UNKNOWN",
        unknown.map(|unknown| format!("{}: {}", unknown.what, unknown.reason)),
    );
    texts(&mut article, "SOURCE", &client.sources);
    if !client.sequences.is_empty() {
        article.heading("Requests in order, where tokens are wanted (N layers)");
        for sequence in &client.sequences {
            let requests = match sequence.requests.is_empty() {
                true => "nothing".to_owned(),
                false => sequence.requests.join(", "),
            };
            let line = format!("{}: {requests} = {}", sequence.when, sequence.count);
            article.item(line);
        }
        article.facts("BLOBS", client.blobs.as_deref());
        article.facts("UPLOADS", client.uploads.as_deref());
        article.facts("TIMES", client.timing.as_deref());
        article.heading("When a request is answered 429");
        for refusal in &client.refusals {
            let of = refusal.of.map(|action| format!(" of a {}", action.name()));
            let of = of.unwrap_or_default();
            article.item(format!("{}{of}: {}", refusal.class, refusal.then));
        }
    }
    article
}
