//! Why a text is not a quantity, and what to write instead.

use std::fmt;

/// What was to be read.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Kind {
    /// A length of time.
    Span,
    /// So many per span.
    Rate,
    /// A whole number.
    Count,
    /// Any number that is not negative.
    Number,
    /// A part of a whole.
    Share,
    /// A number of bytes.
    Bytes,
    /// Bytes or bits a second.
    Bandwidth,
}

/// What is wrong with it.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum TextFault {
    /// There is nothing.
    Empty,
    /// It does not begin with a number.
    NotANumber,
    /// It is below zero.
    Negative,
    /// It is NaN or infinite.
    NotFinite,
    /// There is no unit.
    NoUnit,
    /// There is no such unit.
    UnknownUnit(String),
    /// It is larger than anything that can be meant.
    TooLarge,
    /// It is not zero, but rounds to it.
    TooSmall,
    /// It has more digits than can be counted exactly.
    TooFine,
    /// It is not a whole number.
    NotWhole,
    /// A rate over no time.
    NoPeriod,
    /// A rate over more than [`SPAN_MAX`](super::span::SPAN_MAX).
    LongPeriod,
    /// A rate over less than a nanosecond.
    ShortPeriod,
}

/// A text that is not a quantity.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct TextError {
    /// What was to be read.
    pub kind: Kind,
    /// What is wrong.
    pub fault: TextFault,
    /// The text.
    pub text: String,
}

impl TextError {
    pub(super) fn new(kind: Kind, text: &str, fault: TextFault) -> Self {
        let text = text.trim().chars().take(40).collect();
        TextError { kind, fault, text }
    }

    /// What to write.
    pub fn hint(&self) -> String {
        let text = &self.text;
        match (self.kind, &self.fault) {
            (Kind::Span, TextFault::NoUnit) => format!("write `{text}ms` or `{text}s`"),
            (Kind::Span, TextFault::UnknownUnit(_)) => {
                "units of time are ns, us, ms, s, min, h and d".to_owned()
            }
            (Kind::Span, _) => {
                "write a time like `250ms`, `1.5s`, `2min`, `1m30s`, `6h`".to_owned()
            }
            (Kind::Rate, TextFault::NoUnit) => {
                format!("write `{text}/s`, `{text}/min` or `{text} per 6h`")
            }
            (Kind::Rate, TextFault::TooSmall) => "write `0/s` for none".to_owned(),
            (Kind::Rate, _) => "write a rate like `4/s`, `60/min`, `100 per 6h`".to_owned(),
            (Kind::Count, TextFault::UnknownUnit(unit))
                if unit.chars().all(char::is_alphabetic) =>
            {
                format!("this is a count: write `{}` without a unit", self.digits())
            }
            (Kind::Count, TextFault::UnknownUnit(unit)) if unit == "%" => {
                "this is a count, not a share: write a whole number like `32`".to_owned()
            }
            (Kind::Count, _) => "write a whole number like `32`, `1_000` or `20k`".to_owned(),
            (Kind::Number, _) => "write a number like `0.5`".to_owned(),
            (Kind::Share, TextFault::NoUnit) => format!("write `{text}%`"),
            (Kind::Share, _) => "write a share from `0%` to `100%`".to_owned(),
            (Kind::Bytes, TextFault::NoUnit) => format!("write `{text}MB` or `{text}Mi`"),
            (Kind::Bytes, _) => "write a size like `450MB` or `512Mi`".to_owned(),
            (Kind::Bandwidth, TextFault::NoUnit) => format!("write `{text}Mbit/s` or `{text}MB/s`"),
            (Kind::Bandwidth, _) => "write a bandwidth like `1Gbit/s` or `125MB/s`".to_owned(),
        }
    }

    fn digits(&self) -> &str {
        let end = self.text.find(|c: char| !c.is_ascii_digit() && c != '_');
        &self.text[..end.unwrap_or(self.text.len())]
    }

    fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Span => "a time",
            Kind::Rate => "a rate",
            Kind::Count => "a whole number",
            Kind::Number => "a number",
            Kind::Share => "a share",
            Kind::Bytes => "a size",
            Kind::Bandwidth => "a bandwidth",
        }
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, noun) = (&self.text, self.noun());
        match &self.fault {
            TextFault::Empty => write!(f, "{noun} is missing"),
            TextFault::NotANumber => write!(f, "`{text}` is not {noun}"),
            TextFault::Negative => write!(f, "`{text}` is negative"),
            TextFault::NotFinite => write!(f, "`{text}` is not a finite number"),
            TextFault::NoUnit => write!(f, "`{text}` has no unit"),
            TextFault::UnknownUnit(unit) => match self.kind {
                Kind::Count | Kind::Number => write!(f, "`{text}` is not {noun}"),
                Kind::Span => write!(f, "`{unit}` is not a unit of time"),
                _ => write!(f, "`{unit}` is not a unit of {noun}"),
            },
            TextFault::TooLarge => match self.kind {
                Kind::Span => write!(f, "`{text}` is more than ten years"),
                Kind::Rate => write!(f, "`{text}` is more than one a nanosecond"),
                Kind::Share => write!(f, "`{text}` is more than the whole"),
                _ => write!(f, "`{text}` is too large"),
            },
            TextFault::TooSmall => match self.kind {
                Kind::Span => write!(f, "`{text}` is less than a nanosecond"),
                Kind::Rate => write!(f, "`{text}` rounds to nothing: less than one in ten years"),
                _ => write!(f, "`{text}` rounds to nothing"),
            },
            TextFault::TooFine => write!(f, "`{text}` has more digits than are counted"),
            TextFault::NotWhole => write!(f, "`{text}` is not a whole number"),
            TextFault::NoPeriod => write!(f, "`{text}` is a rate over no time"),
            TextFault::LongPeriod => write!(f, "the period of `{text}` is more than ten years"),
            TextFault::ShortPeriod => write!(f, "the period of `{text}` is less than a nanosecond"),
        }
    }
}

impl std::error::Error for TextError {}
