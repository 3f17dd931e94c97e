//! The page: one component a file, and [`app`] that holds the state and knows who asks what.

mod about;
mod advice;
mod answers;
mod app;
mod assumptions;
mod blocks;
mod charts;
mod column;
mod control;
mod credits;
mod download;
mod draws;
mod editor;
mod error;
mod gallery;
mod guide;
mod herd;
mod incidents;
mod paste;
mod settings;
mod share;
mod strip;
mod tabs;
mod toolbar;
mod verdict;

/// Shows the page.
pub fn start() {
    yew::Renderer::<app::App>::new().render();
}
