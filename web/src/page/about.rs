//! The story of a scenario: paragraphs and lists of Markdown.

use super::blocks::inline;
use yew::prelude::*;

/// The first paragraph, and the others folded away: where numbers come from matters to those who
/// doubt them.
pub fn about(markdown: &str) -> Html {
    let mut parts = markdown.trim().split("\n\n");
    let first = parts.next().map(part);
    let others: Vec<Html> = parts.map(part).collect();
    html! {
        <div class="about">
            { for first }
            if !others.is_empty() {
                <details>
                    <summary>{ "More about it" }</summary>
                    { others }
                </details>
            }
        </div>
    }
}

/// A list where the first line begins one, else a paragraph.
fn part(text: &str) -> Html {
    let text = text.trim();
    match text.strip_prefix("- ") {
        Some(items) => html! {
            <ul>{ for items.split("\n- ").map(|item| html! { <li>{ inline(item) }</li> }) }</ul>
        },
        None => html! { <p>{ inline(text) }</p> },
    }
}
