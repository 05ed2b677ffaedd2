//! Which values are valid, and which look cut off.

use std::sync::LazyLock;

use opentelemetry::trace::TraceId;
use opentelemetry_propagator_core::trim_ows;
use opentelemetry_propagator_kontur::header as kontur;
use opentelemetry_propagator_sentry::header::{BAGGAGE, SENTRY_TRACE};
use opentelemetry_propagator_sentry::SentryTrace;
use opentelemetry_propagator_vostok::header as vostok;
use opentelemetry_propagator_vostok::{Entries, RequestPriority, TracingContext};
use opentelemetry_propagator_w3c::traceparent::TRACEPARENT;
use opentelemetry_propagator_w3c::tracestate::TRACESTATE;
use opentelemetry_propagator_w3c::{TraceParent, TraceStateList};
use regex::Regex;

use super::ids::{self, Id, Spellings};
use super::names::{SERVER_TIMING, TRACE_ID, UBER_TRACE_ID};
use super::pattern::regex;

/// Whether a header's values may contain whitespace and separators.
pub(super) fn is_free_form(name: &str) -> bool {
    matches!(
        name,
        BAGGAGE | TRACESTATE | SERVER_TIMING | "x-amzn-trace-id"
    )
}

/// Whether a header's values are Base64.
pub(super) fn is_base64(name: &str) -> bool {
    matches!(name, vostok::GLOBALS | vostok::PROPERTIES)
}

/// Whether a value is valid for the header `name`.
pub(crate) fn is_valid(name: &str, value: &str) -> bool {
    static B3: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"^((([0-9a-f]{16}){1,2})-[0-9a-f]{16}(-[01d](-[0-9a-f]{16})?)?|[01d])$")
    });
    static B3_ID: LazyLock<Regex> = LazyLock::new(|| regex(r"^([0-9a-f]{16}){1,2}$"));
    let value = trim_ows(value);
    match name {
        kontur::TRACE_ID | TRACE_ID => kontur::parse_trace_id(value).is_ok(),
        kontur::SPAN_ID => kontur::parse_span_id(value).is_ok(),
        kontur::IS_SAMPLED => kontur::parse_is_sampled(value).is_ok(),
        // Opaque.
        kontur::PARENT_SPAN_ID | kontur::PROFILE_ID => {
            !value.is_empty() && !value.contains(char::is_whitespace)
        }
        vostok::GLOBALS => is_envelope(vostok::GLOBALS, value),
        vostok::PROPERTIES => is_envelope(vostok::PROPERTIES, value),
        vostok::REQUEST_PRIORITY_HEADER => value.parse::<RequestPriority>().is_ok(),
        SENTRY_TRACE => value.parse::<SentryTrace>().is_ok(),
        TRACEPARENT => value.parse::<TraceParent>().is_ok(),
        TRACESTATE => value
            .parse::<TraceStateList>()
            .is_ok_and(|list| !list.is_empty()),
        BAGGAGE => is_list(value),
        SERVER_TIMING => server_timing(value).is_some(),
        UBER_TRACE_ID => uber_trace_id(value).is_some(),
        "b3" => B3.is_match(value),
        "x-b3-traceid" | "x-b3-spanid" | "x-b3-parentspanid" | "ot-tracer-traceid"
        | "ot-tracer-spanid" => B3_ID.is_match(value),
        "x-b3-sampled" | "ot-tracer-sampled" => {
            kontur::parse_is_sampled(value).is_ok() || value == "d"
        }
        "x-b3-flags" => matches!(value, "0" | "1"),
        "x-amzn-trace-id" => value.contains("Root="),
        _ => false,
    }
}

fn is_envelope(header: &'static str, value: &str) -> bool {
    Entries::parse(header, value).is_ok_and(|entries| !entries.is_empty())
}

/// Whether each member of a list has a key and a value.
fn is_list(value: &str) -> bool {
    let mut members = value.split(',').filter(|m| !m.trim().is_empty()).peekable();
    members.peek().is_some()
        && members.all(|member| {
            let key = member.split_once('=').map(|(key, _)| trim_ows(key));
            // An apostrophe is legal in a key.
            key.is_some_and(|key| !key.is_empty() && !key.contains([' ', ':', '"', '{', '\\', ';']))
        })
}

/// Returns the trace id of a response's header, or of a format that may be missing from the list.
pub(super) fn mentioned(name: &str, value: &str) -> Option<Id> {
    let value = trim_ows(value);
    match name {
        TRACE_ID => all_of(value),
        SERVER_TIMING => server_timing(value),
        UBER_TRACE_ID => uber_trace_id(value),
        // Without a hyphen, it is a decision alone.
        "b3" if is_valid(name, value) => padded(value.split_once('-')?.0),
        "x-b3-traceid" | "ot-tracer-traceid" if is_valid(name, value) => padded(value),
        "x-amzn-trace-id" => {
            ids::at_start(&value[value.find("Root=")?..], Spellings::Long).map(|(id, _)| id)
        }
        _ => None,
    }
}

/// Returns the trace id of a header's value.
pub(super) fn stated(name: &str, value: &str) -> Option<TraceId> {
    match name {
        kontur::TRACE_ID => kontur::parse_trace_id(trim_ows(value)).ok(),
        TRACEPARENT => Some(value.parse::<TraceParent>().ok()?.trace_id),
        SENTRY_TRACE => Some(value.parse::<SentryTrace>().ok()?.trace_id),
        vostok::GLOBALS => {
            let (entries, _) = Entries::parse_partial(vostok::GLOBALS, value);
            let tracing = entries.get_str(vostok::TRACING_CONTEXT)?;
            Some(tracing.parse::<TracingContext>().ok()?.trace_id())
        }
        _ => None,
    }
}

fn all_of(value: &str) -> Option<Id> {
    let (id, len) = ids::at_start(value, Spellings::Long)?;
    (len == value.len()).then_some(id)
}

/// Parses the digits of an id, which may be shorter than 32.
fn padded(digits: &str) -> Option<Id> {
    Id::new(u128::from_str_radix(digits, 16).ok()?)
}

/// Returns the trace of the metric `trace;desc=00-…` in `Server-Timing`.
fn server_timing(value: &str) -> Option<Id> {
    static METRIC: LazyLock<Regex> =
        LazyLock::new(|| regex(r#"\b(?:trace|traceparent)\s*;\s*desc="?([0-9a-f-]{55})"#));
    let metric = METRIC.captures(value)?;
    metric[1].parse::<TraceParent>().ok()?;
    all_of(&metric[1])
}

/// Parses Jaeger's `<trace id>:<span id>:<parent id>:<flags>`, without leading zeros.
fn uber_trace_id(value: &str) -> Option<Id> {
    static VALUE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)^([0-9a-f]{1,32})(?::|%3a)[0-9a-f]{1,16}(?::|%3a)[0-9a-f]{1,16}(?::|%3a)[0-9a-f]{1,2}$",
        )
    });
    padded(&VALUE.captures(value)?[1])
}

/// Whether an invalid value looks like the beginning of a valid one.
pub(crate) fn looks_cut(name: &str, value: &str) -> bool {
    let value = trim_ows(value);
    let has_ellipsis = value.ends_with("...") || value.ends_with('…');
    let is_start_of_ids = |whole: usize| {
        (4..whole).contains(&value.len())
            && value.starts_with(|c: char| c.is_ascii_hexdigit())
            && value.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
    };
    has_ellipsis
        || match name {
            kontur::TRACE_ID | TRACE_ID => is_start_of_ids(32),
            TRACEPARENT => value.len() > 4 && is_start_of_ids(55),
            SENTRY_TRACE => is_start_of_ids(49),
            _ if is_base64(name) => {
                has_envelope_start(value) && Entries::parse(vostok::GLOBALS, value).is_err()
            }
            _ => false,
        }
}

/// Whether a text begins like the Base64 of an envelope: with the length of a short string.
pub(super) fn has_envelope_start(value: &str) -> bool {
    value.get(2..5) == Some("AAA") && value.len() > 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baggage_keys_may_contain_an_apostrophe() {
        assert!(is_valid(BAGGAGE, "it's=1, k'=x',''=1"));
        assert!(!is_valid(BAGGAGE, "'k': 1"));
    }

    #[test]
    fn mentioned_takes_no_decision_for_a_trace_id() {
        for value in ["0", "1", "d"] {
            assert_eq!(mentioned("b3", value), None, "{value}");
        }
        let value = "4bf92f3577b34da6-00f067aa0ba902b7-1";
        let expected = Id::new(0x4bf9_2f35_77b3_4da6);
        assert_eq!(mentioned("b3", value), expected);
        let value = "4bf92f3577b34da6:00f067aa0ba902b7:0:1";
        assert_eq!(mentioned("uber-trace-id", value), expected);
    }

    #[test]
    fn looks_cut_accepts_only_the_start_of_a_value() {
        for (name, value) in [
            ("x-kontur-trace-id", "27bb7faa"),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f0"),
            ("sentry-trace", "771a43a4192642f0b136d5159a501700"),
            ("context-globals", "FwAAAHZvc3Rvay5yZXF1"),
            ("context-globals", "FwAAAHZvc3Rvay5yZXF1..."),
        ] {
            assert!(looks_cut(name, value), "{name}: {value}");
        }
        for (name, value) in [
            ("x-kontur-trace-id", "zzz"),
            ("traceparent", "00"),
            ("sentry-trace", "-1"),
            ("context-globals", "whatever"),
        ] {
            assert!(!looks_cut(name, value), "{name}: {value}");
        }
    }
}
