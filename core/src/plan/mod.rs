//! The compiled scenario: flat, immutable, names replaced by indices. One plan per variant.
