//! The headers in front of a chain.

use http::HeaderMap;
use interop::headers::lines;

use crate::set_up::has_name;

/// The priority in front of every chain.
pub(crate) const PRIORITY: &str = "Critical";

/// The span id in front of every chain.
const SPAN_ID: &str = "1234567890abcdef";

/// What a browser or another service in front of a chain sends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Head {
    Nothing,
    /// `traceparent` with these flags.
    TraceParent(u8),
    /// Kontur's headers, with or without a decision.
    Kontur(Option<bool>),
    /// `sentry-trace` alone, with or without a decision.
    Sentry(Option<bool>),
    /// The headers of Sentry's SDK in a browser that also sends `traceparent`.
    Browser(bool),
}

/// All heads, in the order of the columns of the guide.
pub(crate) const HEADS: [Head; 13] = [
    Head::Nothing,
    Head::TraceParent(0),
    Head::TraceParent(1),
    Head::TraceParent(2),
    Head::TraceParent(3),
    Head::Kontur(Some(true)),
    Head::Kontur(Some(false)),
    Head::Kontur(None),
    Head::Sentry(Some(true)),
    Head::Sentry(Some(false)),
    Head::Sentry(None),
    Head::Browser(true),
    Head::Browser(false),
];

impl Head {
    pub(crate) fn name(self) -> String {
        match self {
            Head::Nothing => "none".to_owned(),
            Head::TraceParent(flags) => format!("W3C `{flags:02x}`"),
            Head::Kontur(Some(sampled)) => format!("Kontur `{sampled}`"),
            Head::Kontur(None) => "Kontur, no decision".to_owned(),
            Head::Sentry(Some(sampled)) => format!("Sentry `{}`", u8::from(sampled)),
            Head::Sentry(None) => "Sentry, no flag".to_owned(),
            Head::Browser(sampled) => format!("browser `{}`", u8::from(sampled)),
        }
    }

    /// Returns the headers with a trace id that belongs to one request.
    pub(crate) fn headers(self, trace_id: &str) -> HeaderMap {
        let mut headers = lines(&[("request-priority", PRIORITY)]);
        match self {
            Head::Nothing => {}
            Head::TraceParent(flags) => headers.extend(trace_parent(trace_id, flags)),
            Head::Kontur(sampled) => {
                headers.extend(lines(&[
                    ("x-kontur-trace-id", trace_id),
                    ("x-kontur-trace-spanid", SPAN_ID),
                ]));
                if let Some(sampled) = sampled {
                    headers.extend(lines(&[("x-kontur-trace-issampled", &sampled.to_string())]));
                }
            }
            Head::Sentry(sampled) => headers.extend(sentry_trace(trace_id, sampled)),
            Head::Browser(sampled) => {
                headers.extend(sentry_trace(trace_id, Some(sampled)));
                headers.extend(trace_parent(trace_id, u8::from(sampled)));
                let members = sampling_context(trace_id, sampled);
                headers.extend(lines(&[
                    ("baggage", &*format!("userId=42,{}", members.join(","))),
                    ("origin", "http://localhost"),
                    ("user-agent", "Mozilla/5.0"),
                ]));
            }
        }
        headers
    }

    /// Returns the decision that the headers contain.
    pub(crate) fn sampled(self) -> Option<bool> {
        match self {
            Head::Nothing => None,
            Head::TraceParent(flags) => Some(flags & 1 == 1),
            Head::Kontur(sampled) | Head::Sentry(sampled) => sampled,
            Head::Browser(sampled) => Some(sampled),
        }
    }

    /// Returns the random flag that the headers contain.
    pub(crate) fn random(self) -> Option<bool> {
        match self {
            Head::TraceParent(flags) => Some(flags & 2 == 2),
            _ => None,
        }
    }

    /// Whether a service with this list of propagators reads the headers.
    pub(crate) fn is_read_by(self, list: &str) -> bool {
        match self {
            Head::Nothing => false,
            Head::TraceParent(_) | Head::Browser(_) => true,
            Head::Kontur(_) => has_name(list, "kontur"),
            Head::Sentry(_) => has_name(list, "sentry"),
        }
    }
}

/// Returns the members of the sampling context that the browser sends.
pub(crate) fn sampling_context(trace_id: &str, sampled: bool) -> Vec<String> {
    let rand = if sampled { "0.207418" } else { "0.738291" };
    vec![
        "sentry-environment=production".to_owned(),
        "sentry-public_key=49d0f7386ad645858ae85020e393bef3".to_owned(),
        "sentry-release=shop%401.2".to_owned(),
        format!("sentry-sample_rand={rand}"),
        "sentry-sample_rate=0.5".to_owned(),
        format!("sentry-sampled={sampled}"),
        format!("sentry-trace_id={trace_id}"),
    ]
}

fn trace_parent(trace_id: &str, flags: u8) -> HeaderMap {
    lines(&[(
        "traceparent",
        &format!("00-{trace_id}-{SPAN_ID}-{flags:02x}"),
    )])
}

fn sentry_trace(trace_id: &str, sampled: Option<bool>) -> HeaderMap {
    let flag = sampled.map_or_else(String::new, |it| format!("-{}", u8::from(it)));
    lines(&[("sentry-trace", &format!("{trace_id}-{SPAN_ID}{flag}"))])
}
