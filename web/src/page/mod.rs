//! The page: what to simulate, how far it is, and the answer.

mod answer;
mod app;
mod controls;
mod link;

/// Shows the page.
pub fn start() {
    yew::Renderer::<app::App>::new().render();
}
