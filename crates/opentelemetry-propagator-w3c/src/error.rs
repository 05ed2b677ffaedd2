//! The error for an invalid header.

use std::fmt;

/// An invalid `traceparent` or `tracestate`. The message names the header, the expected form and
/// the invalid part.
///
/// It quotes at most one character of the value, escaped, so that it is safe to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    header: &'static str,
    kind: ErrorKind,
}

/// The reason. Positions are in characters from 0, and numbers of members start at 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// A `traceparent` whose length is not that of version 00, or is below the minimum of later
    /// versions.
    Length { expected: usize, found: usize },
    /// A character in the position of a hyphen.
    Hyphen { at: usize, found: char },
    /// A character in the position of a lower-case hex digit.
    Digit { at: usize, found: char },
    /// The version `ff`.
    Version,
    /// An id of zeros.
    Zero(&'static str),
    /// More than one value.
    Several,
    /// Too many members in a list.
    TooManyMembers,
    /// An invalid member of a list.
    Member { number: usize, kind: MemberError },
}

/// The reason why a `tracestate` member is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MemberError {
    NoEquals,
    KeyLength(usize),
    KeyStart(char),
    KeyCharacter(char),
    ValueLength(usize),
    ValueCharacter(char),
}

impl ParseError {
    #[cold]
    pub(crate) fn new(header: &'static str, kind: ErrorKind) -> Self {
        ParseError { header, kind }
    }

    /// Returns the name of the invalid header, in lower case.
    pub fn header(&self) -> &'static str {
        self.header
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.header)?;
        match &self.kind {
            ErrorKind::Length { expected, found } => {
                write!(f, "expected {expected} characters, found {found}")
            }
            ErrorKind::Hyphen { at, found } => {
                write!(f, "expected '-' at character {}, found {found:?}", at + 1)
            }
            ErrorKind::Digit { at, found } => write!(
                f,
                "expected a lower-case hex digit at character {}, found {found:?}",
                at + 1
            ),
            ErrorKind::Version => write!(f, "version ff is forbidden"),
            ErrorKind::Zero(which) => write!(f, "{which} must not be all zeros"),
            ErrorKind::Several => write!(f, "expected one value, found several"),
            ErrorKind::TooManyMembers => write!(f, "expected at most 32 members"),
            ErrorKind::Member { number, kind } => write!(f, "member {number}: {kind}"),
        }
    }
}

impl fmt::Display for MemberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MemberError::NoEquals => write!(f, "expected key=value"),
            MemberError::KeyLength(found) => {
                write!(f, "expected a key of 1 to 256 characters, found {found}")
            }
            MemberError::KeyStart(found) => write!(
                f,
                "a key must begin with a lower-case letter or a digit, found {found:?}"
            ),
            MemberError::KeyCharacter(found) => write!(f, "invalid character {found:?} in key"),
            MemberError::ValueLength(found) => {
                write!(f, "expected a value of 1 to 256 characters, found {found}")
            }
            MemberError::ValueCharacter(found) => {
                write!(f, "invalid character {found:?} in value")
            }
        }
    }
}

impl std::error::Error for ParseError {}
