//! Expectations, best possible and causes: from numbers to a verdict.
