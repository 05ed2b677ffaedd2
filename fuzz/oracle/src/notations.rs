//! Notations of headers that `trace-inspect` reads, naively.
//!
//! Each function reads a narrow form of a notation, in which the result is beyond doubt, and returns
//! `None` for all other texts.

/// The names of all headers.
const NAMES: [&str; 26] = [
    "b3",
    "baggage",
    "context-globals",
    "context-properties",
    "jaeger-baggage",
    "ot-tracer-sampled",
    "ot-tracer-spanid",
    "ot-tracer-traceid",
    "request-priority",
    "sentry-trace",
    "server-timing",
    "trace-id",
    "traceparent",
    "tracestate",
    "uber-trace-id",
    "x-amzn-trace-id",
    "x-b3-flags",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-spanid",
    "x-b3-traceid",
    "x-kontur-trace-id",
    "x-kontur-trace-issampled",
    "x-kontur-trace-parentspanid",
    "x-kontur-trace-profileid",
    "x-kontur-trace-spanid",
];

/// Returns the header of this name, in either case.
pub fn known(name: &str) -> Option<&'static str> {
    NAMES
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name))
}

/// Reads a JSON object whose keys and values are strings without escapes, such as
/// `{"traceparent": "00-…"}`. Passes each key and value on.
pub fn flat_object<'a>(text: &'a str, mut field: impl FnMut(&'a str, &'a str)) -> Option<()> {
    fn string(text: &str) -> Option<(&str, &str)> {
        let text = text.trim_start_matches(' ').strip_prefix('"')?;
        let (string, rest) = text.split_once('"')?;
        let is_escaped = string.contains(|c: char| c == '\\' || c < ' ');
        (!is_escaped).then_some((string, rest.trim_start_matches(' ')))
    }
    let mut rest = text.strip_prefix('{')?;
    loop {
        let (key, after) = string(rest)?;
        let (value, after) = string(after.strip_prefix(':')?)?;
        field(key, value);
        if after == "}" {
            return Some(());
        }
        rest = after.strip_prefix(',')?;
    }
}
