//! What the page shows of its state.

use super::{App, Message};
use crate::page::about::about;
use crate::page::answers::Answers;
use crate::page::assumptions::Assumptions;
use crate::page::charts::Charts;
use crate::page::column::Columns;
use crate::page::control::ControlRow;
use crate::page::draws::Draws;
use crate::page::editor::Editor;
use crate::page::guide::{Guide, story_of};
use crate::page::herd::Herd;
use crate::page::settings::Settings;
use crate::page::share::Share;
use crate::page::toolbar::Toolbar;
use crate::page::verdict::Verdict;
use crate::protocol::Comparison;
use crate::state::{self, Tab};
use pullstorm_core::control::Control;
use pullstorm_core::yaml::{Node, Path};
use std::rc::Rc;
use yew::prelude::*;

/// As many controls as matter at first sight.
const CONTROLS: usize = 5;

impl App {
    pub(super) fn head(&self, context: &Context<Self>) -> Html {
        let steps = story_of(&self.history.now().name);
        let today = self.opened[0].as_ref();
        let name = &self.history.now().name;
        let title = today.map(|opened| opened.title.as_str());
        let title = title.unwrap_or(name);
        html! {
            <div class="story">
                if !steps.is_empty() && self.step.is_none() {
                    <Guide {steps} at={None} on_go={context.link().callback(Message::Guide)} />
                }
                <h2 id="title">{ title }</h2>
                if let Some(opened) = today {
                    { about(&opened.about) }
                }
                if !steps.is_empty() && self.step.is_some() {
                    <Guide {steps} at={self.step}
                        on_go={context.link().callback(Message::Guide)} />
                }
            </div>
        }
    }

    /// What the chosen tab shows.
    pub(super) fn panel(&self, context: &Context<Self>, comparison: &Rc<Comparison>) -> Html {
        let link = context.link();
        let experiment = self.history.now();
        match self.tab {
            Tab::Pictures => {
                let story = self
                    .story
                    .1
                    .clone()
                    .map(|story| (self.story.0.clone(), story));
                let credits = [0, 1].map(|at| comparison.columns[at].credits.clone());
                html! {
                    <>
                        if let Some(lanes) = &self.lanes {
                            <Herd lanes={lanes.clone()} {credits} {story}
                                on_story={link.callback(|(at, name)| Message::Story(at, name))} />
                        }
                        if let Some(pictures) = &self.charts {
                            <Charts pictures={pictures.clone()} />
                        } else {
                            <p class="waiting">{ "Drawing …" }</p>
                        }
                    </>
                }
            }
            Tab::Answers => html! {
                <Answers answer={self.answer.clone()} asked={self.asked}
                    why={[0, 1].map(|at| comparison.columns[at].why.clone())}
                    on_ask={link.callback(Message::Ask)}
                    on_stop={link.callback(|()| Message::Stop)}
                    on_apply={link.callback(Message::Apply)} />
            },
            Tab::Settings => {
                let on_set =
                    link.callback(|(path, value, moving)| Message::Set(path, value, moving));
                let on_draw = link.callback(|(seed, runs)| Message::Draw(seed, runs));
                html! {
                    <>
                        <Draws seed={experiment.seed} runs={experiment.runs} {on_draw} />
                        <Settings controls={self.all_controls()} {on_set} />
                    </>
                }
            }
            Tab::Scenario => html! {
                <Editor yaml={experiment.what_if.clone()} trouble={self.trouble.clone()}
                    is_unchanged={experiment.is_unchanged()}
                    on_edit={link.callback(Message::Edit)}
                    on_adopt={link.callback(|()| Message::Adopt)} />
            },
            Tab::Share => html! {
                <Share experiment={experiment.clone()} exports={comparison.exports.clone()}
                    tab={self.tab} kept={self.kept}
                    recent={state::recent::list()} on_open={link.callback(Message::Open)} />
            },
        }
    }

    pub(super) fn body(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let Some(comparison) = &self.comparison else {
            return html! { <p class="waiting">{ "Simulating …" }</p> };
        };
        let (shown, until) = match &self.first {
            Some((first, until)) => (first.clone(), Some(until.clone())),
            None => (comparison.clone(), None),
        };
        let progress = (!self.study.is_final()).then(|| self.study.progress());
        let experiment = self.history.now();
        html! {
            <>
                <Verdict column={comparison.columns[0].clone()} yours={self.yours()} />
                <div class="turning">
                    <section class="controls" aria-label="What matters most">
                        { self.controls(context) }
                        <Toolbar can={self.history.can()} is_unchanged={experiment.is_unchanged()}
                            is_of_incident={experiment.is_of_incident()} {progress} runs={Some(comparison.columns[0].runs)}
                            on={link.callback(Message::Tool)} />
                    </section>
                    <Columns comparison={shown} lanes={self.lanes.clone()}
                        holds_to={self.holds_to.clone()} until={until.clone()}
                        is_stale={!self.is_fresh && until.is_none() && self.trouble.is_none()}
                        is_unchanged={experiment.is_unchanged()} />
                </div>
                <Assumptions column={comparison.columns[0].clone()} />
                <footer class="digest">
                    <span>{ "Digest of today" }</span>
                    <code id="digest">{ &comparison.columns[0].digest }</code>
                    <span>{ "what if" }</span>
                    // What is seen of a part of the run has no digest of the scenario's.
                    if until.is_some() {
                        <span id="digest-what-if">{ "…" }</span>
                    } else {
                        <code id="digest-what-if">{ &comparison.columns[1].digest }</code>
                    }
                    <span>{ "the same as from" }</span>
                    <code id="command">{ experiment.command() }</code>
                </footer>
            </>
        }
    }

    fn controls(&self, context: &Context<Self>) -> Html {
        let on_set = context
            .link()
            .callback(|(path, value, moving)| Message::Set(path, value, moving));
        let rows = self.all_controls().into_iter().take(CONTROLS);
        let rows = rows.map(|(control, today, value)| {
            let key = control.path.clone();
            html! {
                <ControlRow {key} {control} {today} {value}
                    on_set={on_set.clone()} />
            }
        });
        rows.collect()
    }

    /// What can be turned, with its values of *today* and *what if*. What matters most is said by
    /// *today*, so that rows do not change their places; what else there is, by *what if*.
    fn all_controls(&self) -> Vec<(Control, AttrValue, AttrValue)> {
        let [Some(today), what_if] = &self.opened else {
            return Vec::new();
        };
        let experiment = self.history.now();
        let trees = [&experiment.today, &experiment.what_if].map(|yaml| state::tree(yaml));
        let what_if = what_if.as_ref().map_or(&[][..], |opened| &opened.controls);
        let known = |path: &str| today.controls.iter().any(|control| control.path == path);
        let others = what_if.iter().filter(|control| !known(&control.path));
        let all = today.controls.iter().chain(others);
        all.map(|control| {
            let [today, value] = [0, 1].map(|at| value_in(trees[at].as_ref(), control));
            (control.clone(), today, value)
        })
        .collect()
    }

    /// What of the scenario is the reader's to change: levers of the first controls that are.
    fn yours(&self) -> Option<AttrValue> {
        let opened = self.opened[0].as_ref()?;
        let yours = opened
            .controls
            .iter()
            .take(2 * CONTROLS)
            .filter_map(|control| {
                let lever = control.lever.as_deref()?.strip_prefix("you: ")?;
                let (does, _) = lever.rsplit_once(" (")?;
                Some(does.to_owned())
            });
        let mut yours: Vec<String> = yours.collect();
        yours.dedup();
        yours.truncate(3);
        (!yours.is_empty()).then(|| format!("Yours to change: {}.", yours.join("; ")).into())
    }
}

/// What a control stands at in a text.
fn value_in(tree: Option<&Node>, control: &Control) -> AttrValue {
    let path = Path::parse(&control.path).ok();
    let node = tree
        .zip(path.as_ref())
        .and_then(|(tree, path)| tree.at(path));
    let value = node.map(Node::to_flow).or_else(|| control.default.clone());
    value.unwrap_or_default().into()
}
