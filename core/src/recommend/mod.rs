//! Ranks the variants, tunes retry policies and says up to which load each holds.
