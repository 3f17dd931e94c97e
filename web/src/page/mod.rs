//! The page: one component a file, and [`app`] that holds the state and knows who asks what.

mod about;
mod app;
mod assumptions;
mod blocks;
mod column;
mod control;
mod credits;
mod error;
mod gallery;
mod incidents;
mod paste;
mod strip;
mod toolbar;
mod verdict;

/// Shows the page.
pub fn start() {
    yew::Renderer::<app::App>::new().render();
}
