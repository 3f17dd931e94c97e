//! Means, intervals and quantiles that are the same on every platform.
