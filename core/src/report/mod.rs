//! One data model of what is told to a person, and its text, Markdown, JSON and CSV forms.
