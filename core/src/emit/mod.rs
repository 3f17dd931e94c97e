//! Settings in the native form of the tool that takes them.
