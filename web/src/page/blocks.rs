//! Articles of the core as HTML.

use super::download::copy;
use pullstorm_core::report::{Article, Block, Table, Tone};
use yew::prelude::*;

/// What is put beside a heading, or the cell that names a row: for its text, something or nothing.
pub type Beside<'f> = &'f dyn Fn(&str) -> Option<Html>;

/// Blocks as cards: one for a heading with what it is about, one for each run of facts, one for each
/// table.
pub fn cards(blocks: &[Block]) -> Html {
    let begins_card = |before: &Block, after: &Block| {
        matches!(after, Block::Heading(_) | Block::Table(_))
            || matches!(before, Block::Table(_))
            || matches!((before, after), (Block::Fact { .. }, Block::Gap))
    };
    let mut cards: Vec<Vec<&Block>> = Vec::new();
    for block in blocks {
        match cards.last_mut() {
            Some(card) if headed(card) && !ends_headed(block) => card.push(block),
            Some(card)
                if !headed(card) && card.last().is_some_and(|last| !begins_card(last, block)) =>
            {
                card.push(block);
            }
            _ => cards.push(vec![block]),
        }
    }
    cards
        .iter()
        .filter(|card| card.iter().any(|block| !matches!(block, Block::Gap)))
        .map(|card| html! { <section class="card">{ flow_of_blocks(card, &|_| None) }</section> })
        .collect()
}

fn headed(card: &[&Block]) -> bool {
    matches!(card.first(), Some(Block::Heading(_)))
}

/// Facts speak of the whole answer, not of what a heading before them was about.
fn ends_headed(block: &Block) -> bool {
    matches!(block, Block::Heading(_) | Block::Fact { .. })
}

/// A whole article without cards.
pub fn flow_of(article: &Article) -> Html {
    flow(article, &|_| None)
}

/// A whole article without cards, with something beside what it tells of.
pub fn flow(article: &Article, beside: Beside<'_>) -> Html {
    flow_of_blocks(&article.blocks().iter().collect::<Vec<_>>(), beside)
}

/// Blocks one below the other; neighbouring facts and items share a list.
fn flow_of_blocks(blocks: &[&Block], beside: Beside<'_>) -> Html {
    blocks
        .chunk_by(|a, b| {
            matches!(
                (a, b),
                (Block::Fact { .. }, Block::Fact { .. }) | (Block::Item(_), Block::Item(_))
            )
        })
        .map(|run| match run[0] {
            Block::Fact { .. } => html! { <dl class="facts">{ for run.iter().map(fact) }</dl> },
            Block::Item(_) => html! { <ul>{ for run.iter().map(item) }</ul> },
            block => one(block, beside),
        })
        .collect()
}

fn fact(block: &&Block) -> Html {
    let Block::Fact { label, tone, text } = block else {
        return html! {};
    };
    html! {
        <div>
            <dt class={class_of(*tone)}>{ sentence_case(label) }</dt>
            <dd>{ inline(text) }</dd>
        </div>
    }
}

fn item(block: &&Block) -> Html {
    match block {
        Block::Item(text) => html! { <li>{ inline(text) }</li> },
        _ => html! {},
    }
}

fn one(block: &Block, beside: Beside<'_>) -> Html {
    match block {
        Block::Heading(text) => match beside(text) {
            Some(other) => html! {
                <div class="headed"><h2>{ inline(text) }</h2>{ other }</div>
            },
            None => html! { <h2>{ inline(text) }</h2> },
        },
        Block::Paragraph(tone, text) => html! { <p class={class_of(*tone)}>{ inline(text) }</p> },
        Block::Table(table) => table_with(table, beside),
        // It can be wider than the page, so the keyboard must be able to scroll it.
        Block::Code { text, .. } => {
            let copied = text.clone();
            let begins: String = text
                .lines()
                .next()
                .unwrap_or_default()
                .chars()
                .take(60)
                .collect();
            html! {
                <div class="code">
                    <button type="button" class="copy" aria-label={format!("Copy: {begins}")}
                        onclick={Callback::from(move |_| copy(&copied))}>{ "Copy" }</button>
                    <pre tabindex="0"><code>{ text }</code></pre>
                </div>
            }
        }
        Block::Folded { title, inside, .. } => html! {
            <details><summary>{ inline(title) }</summary>{ flow(inside, beside) }</details>
        },
        Block::Fact { .. } | Block::Item(_) | Block::Gap => html! {},
    }
}

/// A table without anything beside its cells.
pub fn table(table: &Table) -> Html {
    table_with(table, &|_| None)
}

/// A table that turns into cards where it is narrow, hence the roles: `display` would take away
/// what the elements mean. The column of sentences names the row, else the first.
fn table_with(table: &Table, beside: Beside<'_>) -> Html {
    let columns = table.columns();
    let heading = columns.iter().position(|column| column.is_flexible());
    let heading = heading.unwrap_or(0);
    let class = |at: usize| classes!(columns[at].is_right().then_some("number"));
    html! {
        <table role="table">
            <thead role="rowgroup"><tr role="row">
                { for columns.iter().enumerate().map(|(at, column)| html! {
                    <th scope="col" role="columnheader" class={class(at)}>
                        { sentence_case(column.title()) }
                    </th>
                }) }
            </tr></thead>
            <tbody role="rowgroup">
                { for table.rows().iter().map(|row| html! {
                    <tr role="row">
                        { for row.iter().enumerate().map(|(at, cell)| {
                            let class = classes!(class(at), class_of(cell.tone));
                            let text = inline(&cell.text);
                            if at == heading {
                                html! {
                                    <th scope="row" role="rowheader" {class}>
                                        { text }{ beside(&cell.text) }
                                    </th>
                                }
                            } else {
                                let name = sentence_case(columns[at].title());
                                html! { <td role="cell" data-name={name} {class}>{ text }</td> }
                            }
                        }) }
                    </tr>
                }) }
            </tbody>
        </table>
    }
}

/// Text in which back quotes mark what is to be typed.
pub fn inline(text: &str) -> Html {
    text.split('`')
        .enumerate()
        .map(|(at, part)| match at % 2 {
            0 => html! { { part } },
            _ => html! { <code>{ part }</code> },
        })
        .collect()
}

/// `FAILED JOBS` as `Failed jobs`: capitals are for terminals.
pub fn sentence_case(capitals: &str) -> String {
    let lower = capitals.to_lowercase();
    let mut letters = lower.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

fn class_of(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Plain => None,
        Tone::Strong => Some("strong"),
        Tone::Good => Some("good"),
        Tone::Bad => Some("bad"),
        Tone::Warn => Some("doubt"),
        Tone::Faint => Some("faint"),
    }
}
