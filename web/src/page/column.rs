//! *Today* and *what if* side by side.

use super::credits::CreditsLine;
use super::strip::Strip;
use super::verdict::tone_of;
use crate::protocol::Comparison;
use pullstorm_core::lanes::Lanes;
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What was found.
    pub comparison: Rc<Comparison>,
    /// What each unit did, once it is known.
    pub lanes: Option<Rc<[Lanes; 2]>>,
    /// Up to which load each column holds, once it is known.
    pub holds_to: [Option<AttrValue>; 2],
    /// Whether the numbers are of what was before.
    pub is_stale: bool,
    /// How long the first part of a run is, where only that is shown.
    pub until: Option<AttrValue>,
    /// Whether both columns are the same.
    pub is_unchanged: bool,
}

/// A table of both columns, with the strips and the credits below the numbers.
#[component(Columns)]
pub fn columns(props: &Props) -> Html {
    let Comparison { columns, rows, .. } = &*props.comparison;
    let credits_until = columns
        .iter()
        .flat_map(|column| &column.credits)
        .map(|credits| credits.until)
        .fold(0.0, f64::max);
    let head = |at: usize, name: &str| {
        let (class, sign) = tone_of(&columns[at].label);
        html! {
            <th scope="col" class="column-head">
                { name }
                <span class={classes!("badge", class)}>
                    <span aria-hidden="true">{ sign }{ " " }</span>
                    { columns[at].label.to_lowercase() }
                </span>
            </th>
        }
    };
    let holds_to = |at: usize| match &props.holds_to[at] {
        Some(text) => html! { { text } },
        None => html! { <span class="faint">{ "…" }</span> },
    };
    let same = props.is_unchanged;
    html! {
        <table class={classes!("columns", props.is_stale.then_some("stale"))} id="columns">
            <caption class="aside-only">{ "Today and what if, in the same runs" }</caption>
            <thead>
                <tr>
                    <td>
                        if let Some(until) = &props.until {
                            <span class="until" id="first-part">{ format!("first {until} only") }</span>
                        }
                    </td>
                    { head(0, "Today") }
                    { head(1, "What if") }
                    <th scope="col" class="difference">{ "Difference" }</th>
                </tr>
            </thead>
            <tbody>
                { for rows.iter().map(|row| html! {
                    <tr>
                        <th scope="row">{ &row.heading }</th>
                        <td class="number">{ &row.values[0] }</td>
                        <td class="number">{ &row.values[1] }</td>
                        <td class="number difference">
                            if !same { { &row.difference } }
                        </td>
                    </tr>
                }) }
                <tr id="holds-to">
                    <th scope="row">{ "Holds to" }</th>
                    <td class="number">{ holds_to(0) }</td>
                    <td class="number">{ holds_to(1) }</td>
                    <td class="difference" />
                </tr>
                <tr class="pictures">
                    <th scope="row">{ "One run" }</th>
                    { for [0, 1].map(|at| html! {
                        <td>
                            if let Some(lanes) = &props.lanes {
                                <Strip lanes={lanes.clone()} {at} />
                            }
                        </td>
                    }) }
                    <td class="difference" />
                </tr>
                <tr class="pictures">
                    <th scope="row">
                        { "Credits left" }
                        <small>{ columns[0].credits.as_ref().map(|it| it.name.clone()) }</small>
                    </th>
                    { for [0, 1].map(|at| html! {
                        <td>
                            if let Some(credits) = &columns[at].credits {
                                <CreditsLine credits={credits.clone()} until={credits_until} />
                            }
                        </td>
                    }) }
                    <td class="difference" />
                </tr>
            </tbody>
        </table>
    }
}
