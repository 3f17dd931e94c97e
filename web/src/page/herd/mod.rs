//! The herd: one line a job, task or node, coloured by what it is doing, below tracks of what happens
//! when, all over one time axis. It can be played, zoomed, moved along and asked: a line tells its
//! story.

mod draw;
mod tracks;
mod view;

use crate::protocol::Credits;
use draw::{ROW, drawn, ticks};
use gloo_timers::callback::Interval;
use pullstorm_core::lanes::{Doing, Ending, Lane, Lanes};
use pullstorm_core::report::{Article, number, seconds};
use std::rc::Rc;
use tracks::{Numbers, Shapes};
use view::Window;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

/// A storm is played in so many steps at single speed.
const STEPS: f64 = 200.0;

/// Milliseconds of a step.
const STEP_MS: u32 = 50;

/// Rows that are drawn above and below what is seen, so that scrolling shows no gap.
const MARGIN: usize = 20;

/// The herd.
pub struct Herd {
    at: usize,
    window: Window,
    /// The tracks of the column in the window.
    tracks: Vec<Shapes>,
    /// The first and the last row that are drawn.
    rows: (usize, usize),
    chosen: usize,
    /// Second under the pointer.
    crosshair: Option<f64>,
    /// Up to which second the storm is played; all of it if none.
    cursor: Option<f64>,
    speed: u32,
    playing: Option<Interval>,
    /// Fingers, or the mouse with its button held.
    fingers: Vec<Finger>,
    /// Whether what is held down has moved: letting it go is no click then.
    is_dragged: bool,
    area: NodeRef,
}

/// What is held down, and the second that it holds.
#[derive(Copy, Clone)]
struct Finger {
    id: i32,
    second: f64,
    part: f64,
}

#[derive(PartialEq, Properties)]
pub struct Props {
    /// Both columns.
    pub lanes: Rc<[Lanes; 2]>,
    /// Credits left of both columns.
    pub credits: [Option<Credits>; 2],
    /// The story that was asked for: of whom, and it.
    pub story: Option<(AttrValue, Rc<Article>)>,
    /// A story was asked for: column and name.
    pub on_story: Callback<(usize, String)>,
}

/// What can happen to it.
pub enum Message {
    /// Another column.
    Column(usize),
    /// The list was scrolled.
    Scrolled,
    /// Zoom by a factor around a part of the width, from 0 to 1.
    Zoom(f64, f64),
    /// Move along by a part of what is seen.
    Pan(f64),
    /// All of it.
    All,
    /// The pointer is at this part of the width; nowhere.
    Point(Option<f64>),
    /// A finger, by its number, goes down at a part of the width.
    Down(i32, f64),
    /// It is there now.
    Moved(i32, f64),
    /// It is gone.
    Up(i32),
    /// A line was clicked, or a drag ended on it.
    Click(usize),
    /// Another line was chosen.
    Choose(usize),
    /// So many lines on.
    Move(isize),
    /// The story of the chosen line.
    Tell,
    /// Play or pause.
    Play,
    /// One step on.
    Step,
    /// To a part of the storm.
    Scrub(f64),
    /// So many times as fast.
    Speed(u32),
}

impl Component for Herd {
    type Message = Message;
    type Properties = Props;

    fn create(context: &Context<Self>) -> Self {
        let end = context
            .props()
            .lanes
            .iter()
            .map(|it| it.end)
            .fold(0.0, f64::max);
        Herd {
            at: 0,
            window: Window::all(end),
            tracks: tracks::drawn(&context.props().lanes[0].tracks, &Window::all(end)),
            rows: (0, 2 * MARGIN + 40),
            chosen: 0,
            crosshair: None,
            cursor: None,
            speed: 1,
            playing: None,
            fingers: Vec::new(),
            is_dragged: false,
            area: NodeRef::default(),
        }
    }

    fn changed(&mut self, context: &Context<Self>, old: &Props) -> bool {
        if !Rc::ptr_eq(&context.props().lanes, &old.lanes) {
            let end = context
                .props()
                .lanes
                .iter()
                .map(|it| it.end)
                .fold(0.0, f64::max);
            self.window = self.window.of_run_to(end);
            self.cursor = None;
            self.playing = None;
            self.draw_tracks(context);
        }
        true
    }

    fn update(&mut self, context: &Context<Self>, message: Message) -> bool {
        let lanes = &context.props().lanes[self.at].lanes;
        let before = (self.at, self.window);
        match message {
            Message::Column(at) => self.at = at,
            Message::Scrolled => self.look(),
            Message::Zoom(by, around) => self.window = self.window.zoomed(by, around),
            Message::Pan(by) => self.window = self.window.moved(by),
            Message::All => self.window = self.window.whole(),
            Message::Point(part) => {
                self.crosshair = part.map(|part| self.window.second(part));
            }
            Message::Down(id, part) => {
                self.is_dragged &= !self.fingers.is_empty();
                self.fingers.retain(|it| it.id != id);
                let second = self.window.second(part);
                self.fingers.push(Finger { id, second, part });
                self.hold();
            }
            Message::Moved(id, part) => self.drag(id, part),
            Message::Up(id) => {
                self.fingers.retain(|it| it.id != id);
                self.hold();
            }
            // The end of a drag is no click.
            Message::Click(_) if std::mem::take(&mut self.is_dragged) => {}
            Message::Click(row) => {
                self.choose(row, lanes.len());
                self.tell(context);
            }
            Message::Choose(row) => self.choose(row, lanes.len()),
            Message::Move(by) => {
                let last = lanes.len().saturating_sub(1);
                self.chosen = self.chosen.saturating_add_signed(by).min(last);
                self.bring_into_view();
            }
            Message::Tell => self.tell(context),
            Message::Play => {
                self.playing = match self.playing.take() {
                    Some(_) => None,
                    None => {
                        if self.cursor.is_none_or(|at| at >= self.window.end()) {
                            self.cursor = Some(0.0);
                        }
                        let link = context.link().clone();
                        Some(Interval::new(STEP_MS, move || {
                            link.send_message(Message::Step);
                        }))
                    }
                };
            }
            Message::Step => {
                let by = self.window.end() / STEPS * f64::from(self.speed);
                let next = self.cursor.unwrap_or(0.0) + by;
                if next >= self.window.end() {
                    self.playing = None;
                }
                self.cursor = Some(next.min(self.window.end()));
            }
            Message::Scrub(part) => self.cursor = Some(part * self.window.end()),
            Message::Speed(speed) => self.speed = speed,
        }
        if before != (self.at, self.window) {
            self.draw_tracks(context);
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let lanes = &context.props().lanes[self.at];
        html! {
            <div class="herd" id="herd">
                { self.tools(context) }
                { self.player(context) }
                { self.timed(context, lanes) }
                { self.legend() }
                <Numbers lanes={context.props().lanes.clone()} at={self.at} />
                <p class="summary" id="herd-summary">{ summary(lanes) }</p>
                if let Some((name, story)) = &context.props().story {
                    <div class="card" id="story" role="status">
                        <h3>{ format!("The story of {name}") }</h3>
                        { super::blocks::flow_of(story) }
                    </div>
                }
            </div>
        }
    }
}

impl Herd {
    fn draw_tracks(&mut self, context: &Context<Self>) {
        let tracks = &context.props().lanes[self.at].tracks;
        self.tracks = tracks::drawn(tracks, &self.window);
    }

    /// Fingers hold what is under them now.
    fn hold(&mut self) {
        for finger in &mut self.fingers {
            finger.second = self.window.second(finger.part);
        }
    }

    /// What a finger holds stays under it: one moves the window along, two zoom it.
    fn drag(&mut self, id: i32, part: f64) {
        let Some(finger) = self.fingers.iter_mut().find(|it| it.id == id) else {
            return;
        };
        self.is_dragged |= (part - finger.part).abs() > 0.004;
        finger.part = part;
        match self.fingers[..] {
            [one] => self.window = self.window.held(one.second, one.part),
            [one, two, ..] => {
                let seconds = [one.second, two.second];
                self.window = self.window.stretched(seconds, [one.part, two.part]);
            }
            [] => {}
        }
    }

    /// Which rows are seen.
    fn look(&mut self) {
        if let Some(area) = self.area.cast::<Element>() {
            let top = area.scroll_top().max(0) as usize / ROW;
            let seen = area.client_height().max(0) as usize / ROW;
            self.rows = (top.saturating_sub(MARGIN), top + seen + MARGIN);
        }
    }

    fn bring_into_view(&mut self) {
        if let Some(area) = self.area.cast::<Element>() {
            let (top, height) = (area.scroll_top(), area.client_height());
            let row = (self.chosen * ROW) as i32;
            if row < top {
                area.set_scroll_top(row);
            } else if row + ROW as i32 > top + height {
                area.set_scroll_top(row + ROW as i32 - height);
            }
        }
        self.look();
    }

    fn tools(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let tool = |text: &'static str, label: &'static str, message: fn() -> Message| {
            html! {
                <button type="button" aria-label={label} title={label}
                    onclick={link.callback(move |_| message())}>{ text }</button>
            }
        };
        let column = |at: usize, text: &'static str| {
            html! {
                <button type="button" aria-pressed={(self.at == at).to_string()}
                    id={format!("herd-{at}")}
                    onclick={link.callback(move |_| Message::Column(at))}>{ text }</button>
            }
        };
        html! {
            <div class="row">
                <span class="switch">{ column(0, "Today") }{ column(1, "What if") }</span>
                { tool("+", "Zoom in", || Message::Zoom(0.5, 0.5)) }
                { tool("−", "Zoom out", || Message::Zoom(2.0, 0.5)) }
                { tool("←", "Earlier", || Message::Pan(-0.25)) }
                { tool("→", "Later", || Message::Pan(0.25)) }
                { tool("All", "All of the run", || Message::All) }
                <span class="faint crosshair-time">
                    { self.crosshair.map(|at| format!("at {}", seconds(at))) }
                </span>
            </div>
        }
    }

    fn player(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let at = self.cursor.unwrap_or(self.window.end());
        let part = at / self.window.end() * STEPS;
        let scrub = link.callback(|event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            Message::Scrub(input.value_as_number() / STEPS)
        });
        let credits = context.props().credits[self.at]
            .as_ref()
            .and_then(|credits| {
                let before = credits.points.partition_point(|point| point.0 <= at);
                let left = credits.points.get(before.checked_sub(1)?)?.1;
                Some(format!("{} credits left in {}", number(left), credits.name))
            });
        html! {
            <div class="player row" role="group" aria-label="Play the storm">
                <button type="button" id="play" class="primary"
                    onclick={link.callback(|_| Message::Play)}>
                    { if self.playing.is_some() { "Pause" } else { "Play" } }
                </button>
                <button type="button" onclick={link.callback(|_| Message::Step)}>{ "Step" }</button>
                <span class="switch">
                    { for [1, 2, 4].map(|speed| html! {
                        <button type="button" aria-pressed={(self.speed == speed).to_string()}
                            onclick={link.callback(move |_| Message::Speed(speed))}>
                            { format!("{speed}×") }
                        </button>
                    }) }
                </span>
                <input type="range" min="0" max={STEPS.to_string()} value={part.round().to_string()}
                    aria-label="Time in the storm" aria-valuetext={seconds(at)} oninput={scrub} />
                <output id="now">
                    { format!("{}: ", seconds(at)) }
                    { counts(&context.props().lanes[self.at].lanes, at) }
                    if let Some(credits) = credits { { format!("; {credits}") } }
                </output>
            </div>
        }
    }

    /// All that shares the time axis, and the crosshair.
    fn timed(&self, context: &Context<Self>, lanes: &Lanes) -> Html {
        let link = context.link();
        let area = self.area.clone();
        let part = move |event: &MouseEvent| {
            let area = area.cast::<Element>()?;
            let left = area.get_bounding_client_rect().left() + f64::from(area.client_left());
            let width = f64::from(area.client_width().max(1));
            Some((f64::from(event.client_x()) - left) / width)
        };
        let onpointerdown = {
            let part = part.clone();
            link.batch_callback(move |event: PointerEvent| {
                Some(Message::Down(event.pointer_id(), part(&event)?))
            })
        };
        let onpointermove = {
            let part = part.clone();
            link.batch_callback(move |event: PointerEvent| {
                let moved = part(&event).map(|part| Message::Moved(event.pointer_id(), part));
                let point = Message::Point(part(&event).filter(|it| (0.0..=1.0).contains(it)));
                std::iter::once(point).chain(moved).collect::<Vec<_>>()
            })
        };
        let up = |event: PointerEvent| Message::Up(event.pointer_id());
        let onpointerleave = link.batch_callback(move |event: PointerEvent| {
            vec![Message::Point(None), Message::Up(event.pointer_id())]
        });
        let onwheel = link.batch_callback(move |event: WheelEvent| {
            if !event.ctrl_key() {
                return Vec::new();
            }
            event.prevent_default();
            let by = if event.delta_y() > 0.0 { 1.25 } else { 0.8 };
            vec![Message::Zoom(by, part(&event).unwrap_or(0.5))]
        });
        let crosshair = self.crosshair.filter(|at| *at <= lanes.end);
        let tracks = lanes.tracks.iter().zip(&self.tracks);
        html! {
            <div class="timed" id="timed" {onpointerdown} {onpointermove} {onpointerleave} {onwheel}
                onpointerup={link.callback(up)} onpointercancel={link.callback(up)}>
                <div class="tracks">
                    { for tracks.map(|(track, shapes)| {
                        tracks::view(track, shapes, &self.window, crosshair)
                    }) }
                    <svg class="axis" width="100%" height="18" aria-hidden="true">
                        { for ticks(&self.window).into_iter().map(|(part, text)| html! {
                            <text x={format!("{:.2}%", part * 100.0)} y="13">{ text }</text>
                        }) }
                    </svg>
                </div>
                { self.list(context, lanes) }
            </div>
        }
    }

    fn choose(&mut self, row: usize, count: usize) {
        self.chosen = row.min(count.saturating_sub(1));
        self.bring_into_view();
    }

    fn tell(&self, context: &Context<Self>) {
        let props = context.props();
        if let Some(lane) = props.lanes[self.at].lanes.get(self.chosen) {
            props.on_story.emit((self.at, lane.name.clone()));
        }
    }

    fn list(&self, context: &Context<Self>, lanes: &Lanes) -> Html {
        let link = context.link();
        let count = lanes.lanes.len();
        let height = (count * ROW).to_string();
        let onclick = link
            .callback(|event: MouseEvent| Message::Click(event.offset_y().max(0) as usize / ROW));
        let chosen = self.chosen;
        let onkeydown = link.batch_callback(move |event: KeyboardEvent| {
            let message = match event.key().as_str() {
                "ArrowDown" => Message::Move(1),
                "ArrowUp" => Message::Move(-1),
                "PageDown" => Message::Move(30),
                "PageUp" => Message::Move(-30),
                "Home" => Message::Choose(0),
                "End" => Message::Choose(count),
                "ArrowLeft" => Message::Pan(-0.1),
                "ArrowRight" => Message::Pan(0.1),
                "+" | "=" => Message::Zoom(0.8, 0.5),
                "-" => Message::Zoom(1.25, 0.5),
                "0" => Message::All,
                "Enter" | " " => Message::Tell,
                _ => return Vec::new(),
            };
            event.prevent_default();
            vec![message]
        });
        let shapes = drawn(&lanes.lanes, self.rows, &self.window);
        let cursor = self.cursor.filter(|at| *at < self.window.end());
        let cursor = cursor.map(|at| self.window.part(at).clamp(0.0, 1.0) * 100.0);
        let crosshair = self.crosshair.map(|at| self.window.part(at) * 100.0);
        let name = lanes.lanes.get(chosen).map(|lane| lane.name.clone());
        html! {
            <div class="lanes" ref={self.area.clone()} tabindex="0" role="application"
                aria-roledescription="lanes" aria-describedby="herd-summary herd-keys"
                aria-label={format!("What each did; chosen: {}", name.unwrap_or_default())}
                onscroll={link.callback(|_| Message::Scrolled)} {onkeydown}>
                <svg class="rows" width="100%" height={height.clone()}
                    viewBox={format!("0 0 1000 {height}")} preserveAspectRatio="none" {onclick}>
                    <rect class="row-chosen" x="0" width="1000" y={(chosen * ROW).to_string()}
                        height={ROW.to_string()} />
                    <path class="lane-waiting" d={shapes.waiting} />
                    <path class="lane-pulling" d={shapes.pulling} />
                    <path class="lane-asleep" d={shapes.asleep} />
                    <path class="lane-running" d={shapes.running} />
                    <path class="lane-done" d={shapes.done} />
                    <path class="lane-failed" d={shapes.failed} />
                    if let Some(cursor) = cursor {
                        <rect class="unplayed" x={format!("{cursor}%")} y="0" height="100%"
                            width={format!("{}%", 100.0 - cursor)} />
                    }
                    if let Some(at) = crosshair {
                        <line class="crosshair" x1={format!("{at}%")} x2={format!("{at}%")}
                            y1="0" y2="100%" />
                    }
                </svg>
                <span id="herd-keys" class="aside-only">
                    { "Arrow keys up and down choose a line, Enter tells its story, arrow keys left and \
                       right move along, plus and minus zoom." }
                </span>
            </div>
        }
    }

    fn legend(&self) -> Html {
        let key = |class: &'static str, text: &'static str| {
            html! {
                <li>
                    <svg width="18" height="10" aria-hidden="true">
                        <path {class} d={if class == "lane-failed" { "M2 1h5v8h-5z" } else { "M0 1h18v8h-18z" }} />
                    </svg>
                    { text }
                </li>
            }
        };
        html! {
            <ul class="legend">
                { key("lane-waiting", "waiting for a slot") }
                { key("lane-pulling", "asking, pulling") }
                { key("lane-asleep", "asleep between attempts") }
                { key("lane-running", "running") }
                { key("lane-done", "done") }
                { key("lane-failed", "failed") }
            </ul>
        }
    }
}

/// How many do what at a second.
fn counts(lanes: &[Lane], at: f64) -> String {
    let mut counts = [0_u32; 6];
    for lane in lanes {
        let ended = lane.stretches.last().is_none_or(|last| last.until <= at);
        let index = match (ended, lane.ending) {
            (true, Ending::Done) => 4,
            (true, Ending::Failed) => 5,
            _ => match lane
                .stretches
                .iter()
                .find(|it| it.from <= at && at < it.until)
            {
                Some(stretch) => match stretch.doing {
                    Doing::Waiting => 0,
                    Doing::Pulling => 1,
                    Doing::Asleep => 2,
                    Doing::Running => 3,
                },
                None => continue,
            },
        };
        counts[index] += 1;
    }
    let words = ["waiting", "pulling", "asleep", "running", "done", "failed"];
    let said = counts.iter().zip(words).filter(|(count, _)| **count > 0);
    said.map(|(count, word)| format!("{count} {word}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The picture in words.
fn summary(lanes: &Lanes) -> String {
    let count = |ending: Ending| lanes.lanes.iter().filter(|it| it.ending == ending).count();
    let asleep = lanes.lanes.iter().flat_map(|lane| &lane.stretches);
    let asleep = asleep.filter(|stretch| stretch.doing == Doing::Asleep);
    let slept: f64 = asleep.map(|stretch| stretch.until - stretch.from).sum();
    let refused: u64 = lanes
        .lanes
        .iter()
        .map(|lane| u64::from(lane.throttled))
        .sum();
    let mut text = format!(
        "{} lines over {}: {} done, {} failed, {} open at the end; {refused} attempts throttled, {} \
         asleep in all.",
        lanes.lanes.len(),
        seconds(lanes.end),
        count(Ending::Done),
        count(Ending::Failed),
        count(Ending::Open),
        seconds(slept)
    );
    if lanes.left_out > 0 {
        text += &format!(" {} more have no line here.", lanes.left_out);
    }
    text
}
