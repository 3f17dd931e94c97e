//! A browser to look at the page with: Chromium over its DevTools protocol.
//!
//! Whatever the page or its worker complains about is collected ([`Page::problems`]): uncaught
//! errors, console errors and warnings, violations of the content security policy, files that did
//! not load. Messages are read loosely, so that a newer browser which says more breaks nothing.

mod chromium;
mod page;
mod server;

pub use chromium::Browser;
pub use page::{Page, Scheme, View};
pub use server::Server;
