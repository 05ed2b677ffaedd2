//! Why a header is invalid.

use std::fmt;

/// The error for an invalid `traceparent` or `tracestate`.
///
/// It names the header, and states what was expected and what was found. It quotes at most one
/// character of the value, escaped, so that it is safe to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    header: &'static str,
    kind: ErrorKind,
}

/// What is wrong. Positions count characters from 0, members from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// A `traceparent` of another length than version 00 has, or shorter than any version.
    Length { expected: usize, found: usize },
    /// Another character in the place of a hyphen.
    Hyphen { at: usize, found: char },
    /// Another character in the place of a lower-case hex digit.
    Digit { at: usize, found: char },
    /// The version `ff`.
    Version,
    /// An id of zeros.
    Zero(&'static str),
    /// Several values where one is allowed.
    Several(usize),
    /// More members than a list may have.
    TooManyMembers,
    /// An invalid member of a list.
    Member { number: usize, kind: MemberError },
}

/// What is wrong with a member of `tracestate`.
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
            ErrorKind::Several(found) => write!(f, "expected one value, found {found}"),
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
