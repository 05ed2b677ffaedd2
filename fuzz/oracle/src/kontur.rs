//! A naive implementation of `X-Kontur-Trace-*`.

use super::{guid, hex, trim, ExpectedTrace};

/// Combines the values of the three headers. A trace without a span id is accepted only if
/// `allow_missing_span_id` is set.
pub fn read(
    trace_id: Option<u128>,
    span_id: Option<u64>,
    sampled: Option<bool>,
    allow_missing_span_id: bool,
) -> Option<ExpectedTrace> {
    let trace = ExpectedTrace {
        trace_id: trace_id?,
        span_id,
        sampled,
    };
    (span_id.is_some() || allow_missing_span_id).then_some(trace)
}

/// Reads `x-kontur-trace-id`.
pub fn read_trace_id(value: &str) -> Option<u128> {
    guid::simple_or_hyphenated(trim(value)).filter(|id| *id != 0)
}

/// Reads `x-kontur-trace-spanid`.
pub fn read_span_id(value: &str) -> Option<u64> {
    let value = trim(value);
    let id = match value.len() {
        8 | 16 => hex::number(value)? as u64,
        _ => (guid::simple_or_hyphenated(value)? >> 64) as u64,
    };
    Some(id).filter(|id| *id != 0)
}

/// Reads `x-kontur-trace-issampled`.
pub fn read_is_sampled(value: &str) -> Option<bool> {
    let value = trim(value);
    let is = |word: &str| value.eq_ignore_ascii_case(word);
    match () {
        _ if is("true") || is("1") => Some(true),
        _ if is("false") || is("0") => Some(false),
        _ => None,
    }
}

/// Writes the headers of a span.
pub fn write(trace_id: u128, span_id: u64, sampled: bool) -> [(&'static str, String); 3] {
    [
        ("x-kontur-trace-id", format!("{trace_id:032x}")),
        ("x-kontur-trace-spanid", format!("{span_id:016x}")),
        ("x-kontur-trace-issampled", sampled.to_string()),
    ]
}
