//! The keys of an object, and the start line that they state.

use std::borrow::Cow;

/// The meaning of a key that is not the name of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The name of a header, in an object that holds one header.
    Name,
    /// The value of a header, in an object that holds one header.
    Value,
    /// Whether a header is not sent, in collections of Postman and Insomnia.
    Disabled,
    /// The method of a request.
    Method,
    /// The URL of a request, with its rank. The lowest rank wins.
    Url(usize),
    /// The status of a response, with its rank. The lowest rank wins.
    Status(usize),
    /// The headers themselves.
    Headers,
    /// A field of loggers: `trace_id`, `traceId`, `TraceId`, `trace.id`.
    TraceId,
    Other,
}

impl Role {
    pub(super) fn of(key: &str) -> Self {
        const URLS: [&str; 8] = [
            "url",
            "URL",
            "path",
            "uri",
            "Url",
            "Path",
            "RequestUri",
            "target",
        ];
        const STATUSES: [&str; 4] = ["status", "statusCode", "Status", "StatusCode"];
        let is = |names: &[&str]| names.iter().any(|name| key.eq_ignore_ascii_case(name));
        let position = |names: &[&str]| names.iter().position(|name| *name == key);
        if key.len() > 40 {
            return Role::Other;
        }
        if is(&["name", "key", "header"]) {
            Role::Name
        } else if is(&["value", "values", "content"]) {
            Role::Value
        } else if key == "disabled" {
            Role::Disabled
        } else if matches!(key, "method" | "httpMethod" | "Method") {
            Role::Method
        } else if is(&["headers"]) {
            Role::Headers
        } else if let Some(at) = position(&URLS) {
            Role::Url(at)
        } else if let Some(at) = position(&STATUSES) {
            Role::Status(at)
        } else if is_trace_id(key) {
            Role::TraceId
        } else {
            Role::Other
        }
    }

    /// Whether the value of such a key is part of the start line, or decides whether there is one.
    pub(super) fn is_of_start_line(self) -> bool {
        matches!(
            self,
            Role::Method | Role::Url(_) | Role::Status(_) | Role::Headers
        )
    }
}

/// Whether the letters of a key end with `traceid`.
fn is_trace_id(key: &str) -> bool {
    let letters = key.bytes().rev().filter(u8::is_ascii_alphanumeric);
    let mut letters = letters.map(|letter| letter.to_ascii_lowercase());
    b"traceid"
        .iter()
        .rev()
        .all(|expected| letters.next() == Some(*expected))
}

/// The parts of a start line.
#[derive(Debug, Default)]
pub(super) struct StartLine<'de> {
    pub(super) method: Option<Cow<'de, str>>,
    url: Option<(usize, Cow<'de, str>)>,
    status: Option<(usize, u64)>,
    pub(super) has_headers: bool,
}

impl<'de> StartLine<'de> {
    pub(super) fn url(&mut self, rank: usize, url: Cow<'de, str>) {
        if self.url.as_ref().is_none_or(|(best, _)| rank < *best) {
            self.url = Some((rank, url));
        }
    }

    pub(super) fn status(&mut self, rank: usize, status: u64) {
        if self.status.is_none_or(|(best, _)| rank < best) {
            self.status = Some((rank, status));
        }
    }

    /// Returns the start line that the object states.
    pub(super) fn text(&self) -> Option<String> {
        /// A limit, since every message within the object gets a copy.
        const MAX_CHARS: usize = 500;
        if let Some(method) = &self.method {
            let (_, url) = self.url.as_ref()?;
            let start_line = method.chars().chain([' ']).chain(url.chars());
            return Some(start_line.take(MAX_CHARS).collect());
        }
        let (_, status) = self.status.filter(|_| self.has_headers)?;
        Some(format!("HTTP {status}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_of_a_key_ignores_punctuation_of_trace_ids() {
        for key in ["trace_id", "traceId", "TraceId", "trace.id", "otelTraceID"] {
            assert_eq!(Role::of(key), Role::TraceId, "{key}");
        }
        for key in ["trace_ids", "trace", "id", ""] {
            assert_eq!(Role::of(key), Role::Other, "{key}");
        }
    }
}
