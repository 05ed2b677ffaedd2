//! The request priority.

use std::fmt;
use std::str::FromStr;

use opentelemetry_propagator_core::trim_ows;

use crate::error::{ErrorKind, ParseError};
use crate::names::{GLOBALS, REQUEST_PRIORITY_HEADER};

/// The priority of a request, which determines the order in which Vostok's services shed requests
/// under load.
///
/// ```
/// use opentelemetry_propagator_vostok::RequestPriority;
///
/// assert_eq!("Critical".parse(), Ok(RequestPriority::Critical));
/// assert_eq!(RequestPriority::Sheddable.as_str(), "Sheddable");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RequestPriority {
    /// Shed first.
    Sheddable,
    /// The default.
    Ordinary,
    /// Shed last.
    Critical,
}

impl RequestPriority {
    /// Returns the name as Vostok writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            RequestPriority::Sheddable => "Sheddable",
            RequestPriority::Ordinary => "Ordinary",
            RequestPriority::Critical => "Critical",
        }
    }

    /// Parses a name exactly as Vostok writes it.
    #[inline]
    pub(crate) fn from_exact_name(name: &[u8]) -> Option<Self> {
        match name {
            b"Sheddable" => Some(RequestPriority::Sheddable),
            b"Ordinary" => Some(RequestPriority::Ordinary),
            b"Critical" => Some(RequestPriority::Critical),
            _ => None,
        }
    }

    /// Parses a name without regard to case, as .NET parses the names of an enumeration.
    pub(crate) fn from_name(name: &[u8]) -> Option<Self> {
        use RequestPriority::{Critical, Ordinary, Sheddable};
        [Sheddable, Ordinary, Critical]
            .into_iter()
            .find(|priority| priority.as_str().as_bytes().eq_ignore_ascii_case(name))
    }
}

/// Parses the value of [`REQUEST_PRIORITY_HEADER`], without regard to case. Whitespace around the
/// name is ignored.
///
/// # Errors
///
/// Returns an error if the value is not a known priority.
///
/// ```
/// use opentelemetry_propagator_vostok::header::parse_request_priority;
/// use opentelemetry_propagator_vostok::RequestPriority;
///
/// assert_eq!(parse_request_priority(" critical"), Ok(RequestPriority::Critical));
/// assert_eq!(
///     parse_request_priority("2").unwrap_err().to_string(),
///     "request-priority: expected Sheddable, Ordinary or Critical"
/// );
/// ```
pub fn parse_request_priority(value: &str) -> Result<RequestPriority, ParseError> {
    RequestPriority::from_name(trim_ows(value).as_bytes()).ok_or(ParseError {
        header: REQUEST_PRIORITY_HEADER,
        kind: ErrorKind::Priority,
    })
}

impl FromStr for RequestPriority {
    type Err = ParseError;

    /// Parses a name without regard to case, as .NET parses the names of an enumeration.
    fn from_str(value: &str) -> Result<Self, ParseError> {
        RequestPriority::from_name(value.as_bytes()).ok_or(ParseError {
            header: GLOBALS,
            kind: ErrorKind::GlobalPriority,
        })
    }
}

impl fmt::Display for RequestPriority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priority_parses_in_either_case() {
        for priority in [
            RequestPriority::Sheddable,
            RequestPriority::Ordinary,
            RequestPriority::Critical,
        ] {
            assert_eq!(priority.to_string().parse(), Ok(priority));
            assert_eq!(priority.to_string().to_lowercase().parse(), Ok(priority));
        }
        assert_eq!(
            parse_request_priority("\tcritical "),
            Ok(RequestPriority::Critical)
        );
        assert_eq!(
            parse_request_priority("Critical,Critical")
                .unwrap_err()
                .header(),
            REQUEST_PRIORITY_HEADER
        );
        assert_eq!(
            "High".parse::<RequestPriority>().unwrap_err().to_string(),
            "context-globals: vostok.request.priority: expected Sheddable, Ordinary or Critical"
        );
    }
}
