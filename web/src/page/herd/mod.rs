//! The herd: one line a job, task or node, coloured by what it is doing, below tracks of what happens
//! when, all over one time axis. It can be played, zoomed, moved along and asked: a line tells its
//! story.

mod draw;
mod layout;
mod tanks;
mod tracks;
mod view;
mod words;

use crate::protocol::Credits;
use draw::ROW;
use gloo_timers::callback::Interval;
use pullstorm_core::lanes::{Axis, Lanes};
use pullstorm_core::report::Article;
use std::rc::Rc;
use tracks::{Numbers, Shapes};
use view::Window;
use web_sys::Element;
use words::summary;
use yew::prelude::*;

/// A storm is played in so many steps at single speed.
const STEPS: f64 = 200.0;

/// Milliseconds of a step.
const STEP_MS: u32 = 50;

/// So many steps are taken at once, and as seldom, for those who prefer less motion.
const JUMP: u32 = 20;

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
    /// Steps that are taken at once while it is played.
    jump: u32,
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
    /// The crosshair goes on by a part of the width; the window follows it.
    Cross(f64),
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
        let lanes = &context.props().lanes;
        let window = Window::all(end_of(lanes, 0));
        Herd {
            at: 0,
            window,
            tracks: tracks::drawn(&lanes[0].tracks, &window),
            rows: (0, 2 * MARGIN + 40),
            chosen: 0,
            crosshair: None,
            cursor: None,
            speed: 1,
            jump: 1,
            playing: None,
            fingers: Vec::new(),
            is_dragged: false,
            area: NodeRef::default(),
        }
    }

    fn changed(&mut self, context: &Context<Self>, old: &Props) -> bool {
        if !Rc::ptr_eq(&context.props().lanes, &old.lanes) {
            self.turn_to(context, old.lanes[self.at].axis);
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
            Message::Column(at) => {
                let before = self.axis(context);
                self.at = at;
                self.turn_to(context, before);
            }
            Message::Scrolled => self.look(),
            Message::Zoom(by, around) => self.window = self.window.zoomed(by, around),
            Message::Pan(by) => self.window = self.window.moved(by),
            Message::All => self.window = self.window.whole(),
            Message::Point(part) => {
                self.crosshair = part.map(|part| self.window.second(part));
            }
            Message::Cross(by) => self.move_crosshair(by),
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
                        self.jump = if prefers_less_motion() { JUMP } else { 1 };
                        Some(Interval::new(STEP_MS * self.jump, move || {
                            link.send_message(Message::Step);
                        }))
                    }
                };
            }
            Message::Step => {
                let steps = match self.playing {
                    Some(_) => self.speed * self.jump,
                    None => self.speed,
                };
                let by = self.window.end() / STEPS * f64::from(steps);
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
                { self.limiters(lanes) }
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
    /// What the axis counts.
    fn axis(&self, context: &Context<Self>) -> Axis {
        context.props().lanes[self.at].axis
    }

    /// Sees the present column where the one before was seen, unless they have nothing in common.
    fn turn_to(&mut self, context: &Context<Self>, before: Axis) {
        let end = end_of(&context.props().lanes, self.at);
        if self.axis(context) == before {
            self.window = self.window.of_run_to(end);
            return;
        }
        self.window = Window::all(end);
        self.cursor = None;
        self.crosshair = None;
        self.playing = None;
    }

    fn draw_tracks(&mut self, context: &Context<Self>) {
        let tracks = &context.props().lanes[self.at].tracks;
        self.tracks = tracks::drawn(tracks, &self.window);
    }

    /// Moves the crosshair within the window, and beyond its end moves that along.
    fn move_crosshair(&mut self, by: f64) {
        let now = self.crosshair.map(|at| self.window.part(at));
        let part = match now.filter(|part| (0.0..=1.0).contains(part)) {
            Some(part) => part + by,
            // It comes in from the side that it is to leave.
            None if by > 0.0 => 0.0,
            None => 1.0,
        };
        if !(0.0..=1.0).contains(&part) {
            self.window = self.window.moved(by);
        }
        self.crosshair = Some(self.window.second(part));
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
}

/// The end of a column's axis, which the other one has, too, if it counts the same.
fn end_of(lanes: &[Lanes; 2], at: usize) -> f64 {
    let axis = lanes[at].axis;
    let ends = lanes.iter().filter(|it| it.axis == axis).map(|it| it.end);
    ends.fold(0.0, f64::max)
}

fn prefers_less_motion() -> bool {
    let query = "(prefers-reduced-motion: reduce)";
    let found = web_sys::window().and_then(|window| window.match_media(query).ok().flatten());
    found.is_some_and(|found| found.matches())
}
