//! The error for a malformed header.

use std::fmt;

use opentelemetry_propagator_core::ParseIdError;

use crate::base64::Base64Error;
use crate::names::{GLOBALS, REQUEST_PRIORITY, TRACING_CONTEXT};

/// A malformed header. The message names the header, the reason and the position.
///
/// It quotes at most one character of the value, escaped, so that it is safe to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    pub(crate) header: &'static str,
    pub(crate) kind: ErrorKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    TooLong {
        found: usize,
        max: usize,
    },
    Base64(Base64Error),
    NoLength {
        at: usize,
    },
    Negative {
        at: usize,
    },
    LengthExceedsRest {
        at: usize,
        length: usize,
        left: usize,
    },
    NameWithoutValue {
        at: usize,
    },
    Parts {
        found: usize,
    },
    Guid(&'static str, ParseIdError),
    Zero(&'static str),
    Priority,
    GlobalPriority,
}

impl ParseError {
    /// Whether the Base64 ends at a comma, which separates joined lines of one header.
    pub(crate) fn is_comma(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Base64(Base64Error::Character { found: ',', .. })
        )
    }

    /// Creates the error for a span id of zeros if the options do not allow one.
    #[cold]
    pub(crate) fn missing_span_id() -> Self {
        ParseError {
            header: GLOBALS,
            kind: ErrorKind::Zero("span"),
        }
    }

    /// Returns the name of the malformed header, in lower case.
    pub fn header(&self) -> &'static str {
        self.header
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.header)?;
        match &self.kind {
            ErrorKind::TooLong { found, max } => {
                write!(f, "length {found} exceeds the limit of {max} bytes")
            }
            ErrorKind::Base64(Base64Error::Character { at, found }) => {
                write!(f, "invalid Base64 character {found:?} at byte {at}")
            }
            ErrorKind::Base64(Base64Error::Truncated) => write!(f, "incomplete Base64 at the end"),
            ErrorKind::NoLength { at } => {
                write!(f, "envelope byte {at}: incomplete string length")
            }
            ErrorKind::Negative { at } => write!(f, "envelope byte {at}: negative string length"),
            ErrorKind::LengthExceedsRest { at, length, left } => write!(
                f,
                "envelope byte {at}: string length {length} exceeds the {left} remaining bytes"
            ),
            ErrorKind::NameWithoutValue { at } => {
                write!(f, "envelope byte {at}: name without a value")
            }
            ErrorKind::Parts { found } => {
                write!(f, "{TRACING_CONTEXT}: expected 2 GUIDs, found {found}")
            }
            ErrorKind::Guid(which, error) => {
                write!(f, "{TRACING_CONTEXT}: {which}: {error}")
            }
            ErrorKind::Zero(which) => {
                write!(f, "{TRACING_CONTEXT}: {which}: id must not be all zeros")
            }
            ErrorKind::Priority => write!(f, "expected Sheddable, Ordinary or Critical"),
            ErrorKind::GlobalPriority => {
                write!(
                    f,
                    "{REQUEST_PRIORITY}: expected Sheddable, Ordinary or Critical"
                )
            }
        }
    }
}

impl std::error::Error for ParseError {}
