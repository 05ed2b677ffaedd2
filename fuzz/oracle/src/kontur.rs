//! `X-Kontur-Trace-*`, naively.

use super::{guid, is_zero, regex, trim, Told};

/// What the three headers tell, when a trace id alone is continued (`continue_alone`) or not.
pub fn read(
    trace_id: Option<&str>,
    span_id: Option<&str>,
    is_sampled: Option<&str>,
    continue_alone: bool,
) -> Option<Told> {
    let trace_id = read_trace_id(trace_id?)?;
    let span_id = match span_id.and_then(read_span_id) {
        Some(id) => id,
        None if continue_alone => derived(&trace_id),
        None => return None,
    };
    Some(Told {
        trace_id,
        span_id,
        sampled: is_sampled.and_then(read_is_sampled),
    })
}

/// The trace id of `x-kontur-trace-id`.
pub fn read_trace_id(value: &str) -> Option<String> {
    guid::simple_or_hyphenated(trim(value)).filter(|id| !is_zero(id))
}

/// The span id of `x-kontur-trace-spanid`.
pub fn read_span_id(value: &str) -> Option<String> {
    let value = trim(value);
    let digits = if regex!("^(?:[0-9a-fA-F]{16}|[0-9a-fA-F]{8})$").is_match(value) {
        format!("{value:0>16}").to_lowercase()
    } else {
        guid::simple_or_hyphenated(value)?[..16].to_owned()
    };
    Some(digits).filter(|id| !is_zero(id))
}

/// The decision of `x-kontur-trace-issampled`.
pub fn read_is_sampled(value: &str) -> Option<bool> {
    match trim(value).to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// The span id of a trace id that came alone: its first half that is not zero.
fn derived(trace_id: &str) -> String {
    let (first, second) = trace_id.split_at(16);
    if is_zero(first) { second } else { first }.to_owned()
}

/// The headers that are written for a span.
pub fn write(trace_id: &str, span_id: &str, sampled: bool) -> [(&'static str, String); 3] {
    [
        ("x-kontur-trace-id", trace_id.to_owned()),
        ("x-kontur-trace-spanid", span_id.to_owned()),
        ("x-kontur-trace-issampled", sampled.to_string()),
    ]
}
