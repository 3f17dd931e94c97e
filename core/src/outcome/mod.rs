//! What one run came to: counters, samples, series, and the digest that identifies them.
