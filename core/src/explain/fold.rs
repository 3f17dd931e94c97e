//! A story in few lines: what all layers of an image go through is told once.

use super::{Explanation, StoryLine};
use crate::record::LineKind;
use crate::report::seconds;
use std::collections::BTreeSet;

/// So many equal lines of one entity, one after another, are told as one.
const REPEATED_MIN: usize = 3;

/// What the blocks are called that fetch and send layers (`compile::pull`), a name of an image aside.
const OF_LAYERS: [&str; 3] = ["blobs", "pinned-blobs", "layers"];

/// The lines of a story with those of layers told together, and steps that an entity repeats as one.
pub fn folded(story: &Explanation) -> Vec<StoryLine> {
    let mut told = Vec::new();
    let mut rest = &story.lines[..];
    while let Some(first) = rest.first() {
        let block = first.block();
        let is_of_layers = OF_LAYERS.iter().any(|name| {
            let more = block.strip_prefix(name);
            more.is_some_and(|more| more.is_empty() || more.starts_with('-'))
        });
        let taken = if is_of_layers {
            // Several images of one pull have blocks of their own, and come one after another.
            let of_block = rest.iter().take_while(|line| line.block() == block).count();
            together(&rest[..of_block], &mut told);
            of_block
        } else {
            let same = |line: &&StoryLine| line.who == first.who && line.text == first.text;
            let repeated = rest.iter().take_while(same).count();
            match repeated >= REPEATED_MIN {
                true => told.push(repeatedly(first.text.clone(), &rest[..repeated])),
                false => told.extend_from_slice(&rest[..repeated]),
            }
            repeated
        };
        rest = &rest[taken..];
    }
    told
}

/// Each kind of line once, in the order in which they come first.
fn together(lines: &[StoryLine], told: &mut Vec<StoryLine>) {
    let mut groups: Vec<(String, Vec<StoryLine>)> = Vec::new();
    for line in lines {
        let kind = of_all(line);
        match groups.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, group)) => group.push(line.clone()),
            None => groups.push((kind, vec![line.clone()])),
        }
    }
    told.extend(groups.into_iter().map(|(kind, group)| {
        let whose: BTreeSet<&str> = group.iter().map(|line| line.who.as_str()).collect();
        match (group.len(), whose.len()) {
            (1, _) => group[0].clone(),
            (_, 1) => {
                // Sleeps of several lengths are of one kind, too.
                let is_same = group.iter().all(|line| line.text == group[0].text);
                let text = match is_same {
                    true => group[0].text.clone(),
                    false => kind + &up_to(&group),
                };
                repeatedly(text, &group)
            }
            (times, count) => {
                let (first, last) = (&group[0], &group[times - 1]);
                let mut text = kind + &up_to(&group);
                if times > count {
                    text += &format!(", {times} times in all");
                }
                if seconds(first.at) != seconds(last.at) {
                    text += &format!(", the last at {}", seconds(last.at));
                }
                StoryLine {
                    who: format!("{count} {}", first.block()),
                    text,
                    ..first.clone()
                }
            }
        }
    }));
}

/// What one entity does several times.
fn repeatedly(text: String, lines: &[StoryLine]) -> StoryLine {
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    let until = match seconds(first.at) == seconds(last.at) {
        true => String::new(),
        false => format!(", the last at {}", seconds(last.at)),
    };
    StoryLine {
        text: format!("{text}, {} times{until}", lines.len()),
        ..first.clone()
    }
}

/// How long the longest sleep is, if they are sleeps.
fn up_to(lines: &[StoryLine]) -> String {
    let spans = lines.iter().filter_map(|line| match line.kind {
        LineKind::Sleeps { span, .. } => Some(span),
        _ => None,
    });
    let longest = spans.max();
    longest.map_or(String::new(), |span| format!(" for {span} at most"))
}

/// What a line says, of several of its kind; of a sleep, whose it is.
fn of_all(line: &StoryLine) -> String {
    let plural = |from: &str, to: &str| line.text.replacen(from, to, 1);
    let until = |end: &str| line.text.split(end).next().unwrap_or_default();
    match line.kind {
        LineKind::Sleeps { .. } => format!("{} sleeps", until(" sleeps ")),
        LineKind::GaveUp { .. } => {
            let (_, error) = line.text.split_once(": ").unwrap_or_default();
            format!("{} gives up: {error}", until(" gives up "))
        }
        LineKind::Waits { .. } => match line.text.starts_with("stands") {
            true => plural("stands", "stand"),
            false => plural("waits", "wait"),
        },
        LineKind::Took { .. } => match line.text.starts_with("gets") {
            true => plural("gets", "get"),
            false => plural("has", "have"),
        },
        LineKind::Fault { .. } => plural("meets", "meet"),
        LineKind::Started => plural("starts", "start"),
        LineKind::Failed => plural("fails", "fail"),
        LineKind::Wanted
        | LineKind::Admitted { .. }
        | LineKind::Throttled { .. }
        | LineKind::Done
        | LineKind::Cancelled => plural("is ", "are "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::explain;
    use crate::replicate::prepare;
    use crate::scenario::Document;
    use crate::units::Span;

    fn story(limiter: &str, entity: &str) -> Explanation {
        let text = format!(
            "pullstorm: 1\nname: x\nservices: {{hub: {{latency: 60ms, limiters: {{all: \
             {{{limiter}}}}}}}}}\nimages: {{app: {{registry: hub, layers: 40, size: 1GB}}}}\nworkloads:\n  \
             w: {{kind: image-pulls, pulls: 2, pull: {{client: docker-classic, images: app, auth: \
             none, bandwidth: 1Gbit/s}}}}\n  j: {{kind: ci-fanout, service: hub, operation: login, \
             jobs: 2, images: 3}}\n"
        );
        let document = Document::parse("x", text.as_bytes()).unwrap_or_else(|it| panic!("{it}"));
        let today = prepare(&document, &[])
            .unwrap_or_else(|it| panic!("{it}"))
            .remove(0);
        explain(&today, 1, 0, entity).unwrap()
    }

    #[test]
    fn a_pull_of_forty_layers_is_told_in_few_lines_that_lose_no_step() {
        for limiter in [
            "bucket: {burst: 900, refill: 9/s}",
            "bucket: {burst: 20, refill: 2/s}",
        ] {
            let story = story(limiter, "w.pulls[1]");
            assert!(story.lines.len() > 100);
            let told = folded(&story);
            assert!(told.len() < 25, "{told:#?}");
            assert_eq!(told.first().unwrap().text, story.lines[0].text);
            assert_eq!(told.last().unwrap().text, story.lines.last().unwrap().text);
        }
        let easy = folded(&story("bucket: {burst: 900, refill: 9/s}", "w.pulls[1]"));
        let said = |text: &str| easy.iter().any(|line| line.text.starts_with(text));
        assert!(
            said("are wanted") && said("are admitted by hub all, the last at "),
            "{easy:#?}"
        );
    }

    #[test]
    fn of_one_layer_that_sleeps_longer_and_longer_the_longest_sleep_is_told() {
        let sleep = |at: u32, seconds: u64, sends: u32| StoryLine {
            at: f64::from(at),
            who: "blobs[2]".to_owned(),
            text: format!("blob sleeps {seconds}s, then makes attempt {}", sends + 1),
            kind: LineKind::Sleeps {
                retry: 0,
                span: Span::from_secs(seconds),
                sends,
            },
        };
        let told = |lines: Vec<StoryLine>| {
            let story = Explanation {
                lines,
                ..story("bucket: {burst: 900, refill: 9/s}", "w.pulls[1]")
            };
            let told = folded(&story).into_iter().map(|line| line.text);
            told.collect::<Vec<_>>()
        };
        let longer = [(0, 5, 1), (5, 10, 2), (15, 15, 3), (30, 20, 4)];
        assert_eq!(
            told(
                longer
                    .map(|(at, span, sends)| sleep(at, span, sends))
                    .to_vec()
            ),
            ["blob sleeps for 20s at most, 4 times, the last at 30s"]
        );
        assert_eq!(
            told(vec![sleep(0, 5, 1); 3]),
            ["blob sleeps 5s, then makes attempt 2, 3 times"]
        );
    }

    #[test]
    fn a_login_has_its_own_lines() {
        let story = story("bucket: {burst: 900, refill: 9/s}", "j.jobs[1]");
        let logins = |lines: &[StoryLine]| {
            lines
                .iter()
                .filter(|line| line.who.starts_with("logins["))
                .count()
        };
        assert!(logins(&story.lines) >= 6);
        assert_eq!(logins(&folded(&story)), logins(&story.lines));
    }
}
