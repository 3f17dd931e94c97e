//! Charts as SVG strings with fixed text metrics, the same bytes in terminal and browser.
