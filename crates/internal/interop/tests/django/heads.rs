//! The headers in front of a chain.

use http::HeaderMap;
use interop::headers::lines;

use crate::set_up::has_name;

/// The priority in front of every chain.
pub(crate) const PRIORITY: &str = "Critical";

/// What a browser or another service in front of a chain sends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Head {
    Nothing,
    /// `traceparent` with these flags.
    TraceParent(u8),
    /// Kontur's headers with this decision.
    Kontur(bool),
    /// `sentry-trace` of a browser, sampled or without a decision.
    Sentry(Option<bool>),
}

/// All heads that contain a trace.
pub(crate) const REMOTE: [Head; 8] = [
    Head::TraceParent(0),
    Head::TraceParent(1),
    Head::TraceParent(2),
    Head::TraceParent(3),
    Head::Kontur(true),
    Head::Kontur(false),
    Head::Sentry(Some(true)),
    Head::Sentry(None),
];

impl Head {
    pub(crate) fn name(self) -> String {
        match self {
            Head::Nothing => "none".to_owned(),
            Head::TraceParent(flags) => format!("W3C `{flags:02x}`"),
            Head::Kontur(sampled) => format!("Kontur `{sampled}`"),
            Head::Sentry(Some(sampled)) => format!("Sentry `{}`", u8::from(sampled)),
            Head::Sentry(None) => "Sentry, no flag".to_owned(),
        }
    }

    /// Returns the headers with a trace id that belongs to one request.
    pub(crate) fn headers(self, trace_id: &str) -> HeaderMap {
        const SPAN_ID: &str = "1234567890abcdef";
        let priority = ("request-priority", PRIORITY);
        match self {
            Head::Nothing => lines(&[priority]),
            Head::TraceParent(flags) => {
                let value = format!("00-{trace_id}-{SPAN_ID}-{flags:02x}");
                lines(&[priority, ("traceparent", &value)])
            }
            Head::Kontur(sampled) => lines(&[
                priority,
                ("x-kontur-trace-id", trace_id),
                ("x-kontur-trace-spanid", SPAN_ID),
                ("x-kontur-trace-issampled", &sampled.to_string()),
            ]),
            Head::Sentry(sampled) => {
                let flag = sampled.map_or_else(String::new, |it| format!("-{}", u8::from(it)));
                let value = format!("{trace_id}-{SPAN_ID}{flag}");
                lines(&[priority, ("sentry-trace", &value)])
            }
        }
    }

    /// Returns the decision that the headers contain.
    pub(crate) fn sampled(self) -> Option<bool> {
        match self {
            Head::Nothing => None,
            Head::TraceParent(flags) => Some(flags & 1 == 1),
            Head::Kontur(sampled) => Some(sampled),
            Head::Sentry(sampled) => sampled,
        }
    }

    /// Whether a service with this list of propagators reads the headers.
    pub(crate) fn is_read_by(self, list: &str) -> bool {
        match self {
            Head::Nothing => false,
            Head::TraceParent(_) => true,
            Head::Kontur(_) => has_name(list, "kontur"),
            Head::Sentry(_) => has_name(list, "sentry"),
        }
    }
}
