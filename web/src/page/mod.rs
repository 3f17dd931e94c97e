//! The page: what to simulate, how far it is, and the answer.

mod about;
mod answer;
mod app;
mod blocks;
mod controls;
mod link;

/// Shows the page.
pub fn start() {
    yew::Renderer::<app::App>::new().render();
}
