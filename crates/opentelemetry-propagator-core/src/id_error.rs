//! The error of the id parsers.

use std::fmt;

/// The length in characters of a hyphenated GUID.
pub(crate) const HYPHENATED_LEN: usize = 36;

/// The positions of the hyphens in a hyphenated GUID (8-4-4-4-12).
pub(crate) const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// The form in which an id was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Digits(usize),
    /// At least one digit, and at most this number.
    UpToDigits(usize),
    Hyphenated,
}

impl Form {
    /// Whether a text of `len` characters has the right length.
    fn has_len(self, len: usize) -> bool {
        match self {
            Form::Digits(expected) => len == expected,
            Form::UpToDigits(most) => (1..=most).contains(&len),
            Form::Hyphenated => len == HYPHENATED_LEN,
        }
    }
}

/// An error for a text that is not a valid id.
///
/// The message contains the expected form, and the invalid character with its position. It quotes
/// at most one character, escaped, so that it is safe to log.
///
/// ```
/// use opentelemetry_propagator_core::Guid;
///
/// let error = "27bb7faa48294cf49ae6007d7090546q".parse::<Guid>().unwrap_err();
/// assert_eq!(error.to_string(), "invalid hex digit 'q' at character 32");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseIdError(ErrorKind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum ErrorKind {
    Length { expected: Form, found: usize },
    Digit { at: usize, found: char },
    Hyphen { at: usize, found: char },
}

impl ParseIdError {
    /// Returns the reason why `text` does not have the form `form`.
    #[cold]
    pub(crate) fn diagnose(text: &str, form: Form) -> Self {
        let found = text.chars().count();
        let length = ErrorKind::Length {
            expected: form,
            found,
        };
        // The length is the most useful fact about a text of another length.
        if !form.has_len(found) {
            return ParseIdError(length);
        }
        let wrong = text.chars().enumerate().find_map(|(at, found)| {
            let hyphen = form == Form::Hyphenated && HYPHENS.contains(&at);
            match found {
                '-' if hyphen => None,
                _ if hyphen => Some(ErrorKind::Hyphen { at, found }),
                _ if found.is_ascii_hexdigit() => None,
                _ => Some(ErrorKind::Digit { at, found }),
            }
        });
        ParseIdError(wrong.unwrap_or(length))
    }
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ErrorKind::Length { expected, found } => match expected {
                Form::Digits(len) => {
                    write!(f, "expected {len} hex digits, found {found} characters")
                }
                Form::UpToDigits(most) => {
                    write!(
                        f,
                        "expected 1 to {most} hex digits, found {found} characters"
                    )
                }
                Form::Hyphenated => {
                    write!(
                        f,
                        "expected a hyphenated GUID of {HYPHENATED_LEN} characters, found {found}"
                    )
                }
            },
            ErrorKind::Digit { at, found } => {
                write!(f, "invalid hex digit {found:?} at character {}", at + 1)
            }
            ErrorKind::Hyphen { at, found } => {
                write!(f, "expected '-' at character {}, found {found:?}", at + 1)
            }
        }
    }
}

impl std::error::Error for ParseIdError {}
