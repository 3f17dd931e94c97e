//! Facts about providers and clients as data, each with source, date and confidence.
