//! The registry of everything that is measured: path, unit, meaning, extractor.
