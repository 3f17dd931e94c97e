//! How the herd is laid out: tools, player, what shares the axis, the list of lines.

use super::draw::{ROW, drawn, ticks};
use super::words::{counts, place};
use super::{Herd, Message, STEPS, tanks, tracks};
use pullstorm_core::lanes::{Axis, Lanes};
use pullstorm_core::report::number;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

impl Herd {
    pub(super) fn tools(&self, context: &Context<Self>) -> Html {
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
                <span class="faint crosshair-time" role="status">
                    { self.crosshair.map(|at| format!("at {}", place(self.axis(context), at))) }
                </span>
            </div>
        }
    }

    pub(super) fn player(&self, context: &Context<Self>) -> Html {
        let link = context.link();
        let at = self.cursor.unwrap_or(self.window.end());
        let told = place(self.axis(context), at);
        let part = at / self.window.end() * STEPS;
        let scrub = link.callback(|event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            Message::Scrub(input.value_as_number() / STEPS)
        });
        let credits = context.props().credits[self.at]
            .as_ref()
            // They are known by time.
            .filter(|_| self.axis(context) == Axis::Seconds)
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
                    aria-label="Time in the storm" aria-valuetext={told.clone()} oninput={scrub} />
                <output id="now">
                    { format!("{told}: ") }
                    { counts(&context.props().lanes[self.at].lanes, at) }
                    if let Some(credits) = credits { { format!("; {credits}") } }
                </output>
            </div>
        }
    }

    /// The limiters in the step that is played.
    pub(super) fn limiters(&self, lanes: &Lanes) -> Html {
        let step = self.window.end() / STEPS;
        let moment = tanks::Moment {
            from: self.cursor.map_or(0.0, |at| (at - step).max(0.0)),
            until: self.cursor.unwrap_or(self.window.end()),
            is_all: self.cursor.is_none(),
        };
        tanks::view(&lanes.tracks, lanes.axis, moment)
    }

    /// All that shares the time axis, and the crosshair.
    pub(super) fn timed(&self, context: &Context<Self>, lanes: &Lanes) -> Html {
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
        let is_instant = lanes.axis == Axis::Attempts;
        html! {
            <div class="timed" id="timed" {onpointerdown} {onpointermove} {onpointerleave} {onwheel}
                onpointerup={link.callback(up)} onpointercancel={link.callback(up)}>
                if is_instant {
                    <p class="summary instant" id="instant">
                        { "All of this happens in one instant. So the axis counts attempts, in the \
                           order in which the limiters met them." }
                    </p>
                }
                <div class="tracks">
                    { for tracks.map(|(track, shapes)| {
                        tracks::view(track, shapes, &self.window, crosshair)
                    }) }
                    <svg class="axis" width="100%" height="18" aria-hidden="true">
                        { for ticks(&self.window, lanes.axis).into_iter().map(|(part, text)| html! {
                            <text x={format!("{:.2}%", part * 100.0)} y="13">{ text }</text>
                        }) }
                    </svg>
                </div>
                { self.list(context, lanes) }
            </div>
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
                "ArrowLeft" if event.shift_key() => Message::Pan(-0.1),
                "ArrowRight" if event.shift_key() => Message::Pan(0.1),
                "ArrowLeft" => Message::Cross(-0.01),
                "ArrowRight" => Message::Cross(0.01),
                "Escape" => Message::Point(None),
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
                       right move the crosshair, with shift they move along, plus and minus zoom." }
                </span>
            </div>
        }
    }

    pub(super) fn legend(&self) -> Html {
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
