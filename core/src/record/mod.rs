//! What a run writes down: totals, series or the story. Recording never changes the outcome.
