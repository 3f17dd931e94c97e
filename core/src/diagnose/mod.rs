//! An error line to the limiter behind it.
