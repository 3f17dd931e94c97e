//! The answer, laid out: the verdict first, then what the core says, in its order.

use super::blocks::{self, inline};
use crate::protocol::{Answer, Picture};
use pullstorm_core::report::{Article, Block, Tone};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct VerdictProps {
    /// What the core says.
    pub article: Article,
}

/// The first fact, large: marked by a word and a sign besides its colour.
#[component(Verdict)]
pub fn verdict(props: &VerdictProps) -> Html {
    let Some(Block::Fact { label, tone, text }) = props.article.blocks().first() else {
        return html! {};
    };
    let (class, sign) = match tone {
        Tone::Good => ("holds", "✓"),
        Tone::Bad => ("fails", "✕"),
        Tone::Plain | Tone::Strong | Tone::Warn | Tone::Faint => ("undecided", "?"),
    };
    html! {
        <div class={classes!("verdict", class)}>
            <span class="sign" aria-hidden="true">{ sign }</span>
            <div>
                <strong>{ label }</strong>
                <p id="headline">{ inline(text) }</p>
            </div>
        </div>
    }
}

#[derive(PartialEq, Properties)]
pub struct DetailsProps {
    /// What the worker found.
    pub answer: Answer,
}

/// Everything below the verdict.
#[component(Details)]
pub fn details(props: &DetailsProps) -> Html {
    let Answer {
        article,
        charts,
        digest,
        command,
    } = &props.answer;
    let blocks = article.blocks().get(1..).unwrap_or_default();
    // Pictures come after the table of variants, before what to do about it.
    let table = blocks
        .iter()
        .position(|block| matches!(block, Block::Table(_)));
    let (before, after) = blocks.split_at(table.map_or(0, |table| table + 1));
    html! {
        <>
            { blocks::cards(before) }
            { for charts.iter().map(picture) }
            { blocks::cards(after) }
            <footer class="digest">
                <span>{ "Digest" }</span>
                <code id="digest">{ digest }</code>
                <span>{ "the same as from" }</span>
                <code>{ command }</code>
            </footer>
        </>
    }
}

/// A chart as an image, which keeps its colours and ids to itself, with its numbers below.
fn picture(picture: &Picture) -> Html {
    let url = |svg: &String| {
        let text = String::from(js_sys::encode_uri_component(svg));
        format!("data:image/svg+xml,{text}")
    };
    let [light, dark] = picture.wide.each_ref().map(url);
    let [narrow_light, narrow_dark] = picture.narrow.each_ref().map(url);
    html! {
        <figure class="card">
            <picture>
                <source srcset={narrow_dark}
                    media="(max-width: 44rem) and (prefers-color-scheme: dark)" />
                <source srcset={narrow_light} media="(max-width: 44rem)" />
                <source srcset={dark} media="(prefers-color-scheme: dark)" />
                <img src={light} alt={picture.description.clone()} />
            </picture>
            <details>
                <summary>{ "The numbers" }</summary>
                { blocks::table(&picture.table) }
            </details>
        </figure>
    }
}
