//! The request priority.

use std::fmt;
use std::str::FromStr;

use crate::error::{ErrorKind, ParseError};
use crate::names::GLOBALS;

/// The priority of a request: which requests Vostok's services shed first under load.
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
    /// Returns the name in Vostok's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            RequestPriority::Sheddable => "Sheddable",
            RequestPriority::Ordinary => "Ordinary",
            RequestPriority::Critical => "Critical",
        }
    }
}

impl FromStr for RequestPriority {
    type Err = ParseError;

    /// Parses a name in either case, as .NET parses the names of an enumeration.
    fn from_str(value: &str) -> Result<Self, ParseError> {
        use RequestPriority::{Critical, Ordinary, Sheddable};
        [Sheddable, Ordinary, Critical]
            .into_iter()
            .find(|priority| priority.as_str().eq_ignore_ascii_case(value))
            .ok_or(ParseError {
                header: GLOBALS,
                kind: ErrorKind::Priority,
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
            "High".parse::<RequestPriority>().unwrap_err().to_string(),
            "context-globals: vostok.request.priority: expected Sheddable, Ordinary or Critical"
        );
    }
}
