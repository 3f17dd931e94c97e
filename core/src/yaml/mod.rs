//! Scenario text to a tree that remembers where everything stood.
