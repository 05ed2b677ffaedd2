//! One incoming request, as the formats of a list share it.

use std::fmt;

use opentelemetry::propagation::Extractor;

use crate::baggage::{Members, HEADER};

/// The carrier of one request, and what several formats read of it.
///
/// `baggage` is looked up and split once, however many formats read it, and only if one does.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry_propagator_core::Request;
///
/// let headers = HashMap::from([("baggage".to_owned(), "acme-a=1,userId=42".to_owned())]);
/// let mut request = Request::new(&headers, &["acme-"]);
/// let members = request.baggage().unwrap();
/// assert_eq!(members.of(Some("acme-")).next().unwrap().value, "1");
/// ```
pub struct Request<'a> {
    extractor: &'a dyn Extractor,
    owners: &'a [&'static str],
    baggage: Baggage<'a>,
    has_entries: bool,
    empty: Option<&'static str>,
}

enum Baggage<'a> {
    NotRead,
    Absent,
    Read(Members<'a>),
}

impl<'a> Request<'a> {
    /// Creates a request. `owners` are the [prefixes](crate::Format::baggage_prefix) of all formats
    /// that read it.
    #[inline]
    pub fn new(extractor: &'a dyn Extractor, owners: &'a [&'static str]) -> Self {
        Request {
            extractor,
            owners,
            baggage: Baggage::NotRead,
            has_entries: false,
            empty: None,
        }
    }

    /// Returns the carrier.
    #[inline]
    pub fn extractor(&self) -> &'a dyn Extractor {
        self.extractor
    }

    /// Returns the first line of a header.
    #[inline]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.extractor.get(name)
    }

    /// Returns all lines of a header.
    #[inline]
    pub fn get_all(&self, name: &str) -> Option<Vec<&'a str>> {
        self.extractor.get_all(name)
    }

    /// Returns the members of `baggage`, or `None` if the header is absent.
    #[inline]
    pub fn baggage(&mut self) -> Option<&Members<'a>> {
        if let Baggage::NotRead = self.baggage {
            match self.extractor.get_all(HEADER) {
                Some(lines) => self.split_baggage(lines),
                None => self.baggage = Baggage::Absent,
            }
        }
        match &self.baggage {
            Baggage::Read(members) => Some(members),
            _ => None,
        }
    }

    /// Whether a format has added entries of this request to OpenTelemetry's baggage. A format that
    /// reads later keeps them.
    #[inline]
    pub fn has_baggage_entries(&self) -> bool {
        self.has_entries
    }

    /// Notes that the returned context contains baggage entries of this request.
    #[inline]
    pub fn set_has_baggage_entries(&mut self) {
        self.has_entries = true;
    }

    /// Notes that a header states nothing, nor does any other that a format reads with it.
    ///
    /// A list may contain two formats that read the same headers, such as `b3` and `b3multi`. The
    /// second one then need not look them up again. Only the last such header is remembered.
    #[inline]
    pub fn set_states_nothing(&mut self, header: &'static str) {
        self.empty = Some(header);
    }

    /// Whether a format has noted that a header states nothing.
    #[inline]
    pub fn states_nothing(&self, header: &str) -> bool {
        self.empty == Some(header)
    }

    /// Not inlined, so that a request without the header does not pay for the stack.
    #[inline(never)]
    fn split_baggage(&mut self, lines: Vec<&'a str>) {
        self.baggage = Baggage::Read(Members::parse(lines, self.owners));
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut headers = f.debug_map();
        for name in self.extractor.keys() {
            headers.entry(&name, &self.extractor.get_all(name).unwrap_or_default());
        }
        headers.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn request_returns_the_lines_of_its_carrier() {
        let headers = HashMap::from([("a".to_owned(), "1".to_owned())]);
        let request = Request::new(&headers, &[]);
        assert_eq!((request.get("a"), request.get("b")), (Some("1"), None));
        assert_eq!(request.get_all("a"), Some(vec!["1"]));
        assert_eq!(request.get_all("b"), None);
    }

    #[test]
    fn debug_shows_the_headers() {
        let headers = HashMap::from([("a".to_owned(), "1".to_owned())]);
        let request = Request::new(&headers, &[]);
        assert_eq!(format!("{request:?}"), r#"{"a": ["1"]}"#);
    }
}
