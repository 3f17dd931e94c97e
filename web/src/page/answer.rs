//! The answer: verdict, what lies behind it, the variants side by side, the digest.

use crate::protocol::{Answer, Cell, Judgement, Table};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What the worker found.
    pub answer: Answer,
}

/// Everything below the verdict.
#[component(Details)]
pub fn details(props: &Props) -> Html {
    let answer = &props.answer;
    html! {
        <>
            if !answer.facts.is_empty() {
                <dl class="card facts">
                    { for answer.facts.iter().map(|(name, text)| html! {
                        <div><dt>{ name }</dt><dd>{ text }</dd></div>
                    }) }
                </dl>
            }
            if let Some(chart) = &answer.chart {
                <figure class="card chart" aria-label={answer.chart_title.clone()}>
                    <figcaption>{ &answer.chart_title }</figcaption>
                    { Html::from_html_unchecked(AttrValue::from(chart.clone())) }
                </figure>
            }
            { for answer.tables.iter().map(table) }
            <footer class="digest">
                <span>{ "Digest" }</span>
                <code id="digest">{ &answer.digest }</code>
                <small>{ &answer.digest_note }</small>
            </footer>
        </>
    }
}

/// The verdict in one line, marked by a word and a sign besides its colour.
#[component(Verdict)]
pub fn verdict(props: &Props) -> Html {
    let (class, sign) = match props.answer.judgement {
        Judgement::Holds => ("holds", "✓"),
        Judgement::Fails => ("fails", "✕"),
        Judgement::Undecided => ("undecided", "?"),
    };
    html! {
        <div class={classes!("verdict", class)}>
            <span class="sign" aria-hidden="true">{ sign }</span>
            <div>
                <strong>{ props.answer.judgement.word() }</strong>
                <p id="headline">{ &props.answer.headline }</p>
            </div>
        </div>
    }
}

/// A table that turns into cards where it is narrow, hence the roles: `display` would take away
/// what the elements mean.
fn table(table: &Table) -> Html {
    let cell = |(at, cell): (usize, &Cell)| {
        let class = classes!(cell.numeric.then_some("number"), cell.emphasis.class());
        if at == 0 {
            html! { <th scope="row" role="rowheader" {class}>{ &cell.text }</th> }
        } else {
            let name = table.columns[at].clone();
            html! { <td role="cell" data-name={name} {class}>{ &cell.text }</td> }
        }
    };
    html! {
        <section class="card">
            <h2>{ &table.title }</h2>
            <table role="table">
                <thead role="rowgroup"><tr role="row">
                    { for table.columns.iter().enumerate().map(|(at, name)| {
                        let numeric = table.rows.iter().any(|row| row[at].numeric);
                        let class = classes!(numeric.then_some("number"));
                        html! { <th scope="col" role="columnheader" {class}>{ name }</th> }
                    }) }
                </tr></thead>
                <tbody role="rowgroup">
                    { for table.rows.iter().map(|row| html! {
                        <tr role="row">{ for row.iter().enumerate().map(cell) }</tr>
                    }) }
                </tbody>
            </table>
        </section>
    }
}
