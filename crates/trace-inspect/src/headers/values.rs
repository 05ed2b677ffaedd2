//! Which values are valid, and which look cut off.

use std::sync::LazyLock;

use opentelemetry::trace::SpanId;
use opentelemetry_propagator_core::trim_ows;
use opentelemetry_propagator_jaeger::{header as jaeger, JaegerTrace};
use opentelemetry_propagator_kontur::header as kontur;
use opentelemetry_propagator_ottrace::header as ottrace;
use opentelemetry_propagator_sentry::{header as sentry, SentryTrace};
use opentelemetry_propagator_vostok::{header as vostok, Entries, RequestPriority, TracingContext};
use opentelemetry_propagator_w3c::traceparent::TRACEPARENT;
use opentelemetry_propagator_w3c::tracestate::TRACESTATE;
use opentelemetry_propagator_w3c::{TraceParent, TraceStateList};
use opentelemetry_propagator_xray::{header as xray, XrayTrace};
use opentelemetry_propagator_zipkin::{header as zipkin, B3Trace, Decision};
use regex::Regex;

use super::ids::Id;
use super::names::{SERVER_TIMING, TRACE_ID, UBER_TRACE_ID};
use super::pattern::regex;

/// Whether a header's values may contain whitespace and separators.
pub(super) fn is_free_form(name: &str) -> bool {
    let is_list = matches!(
        name,
        sentry::BAGGAGE | jaeger::JAEGER_BAGGAGE | TRACESTATE | xray::TRACE_ID
    );
    is_list || name == SERVER_TIMING || is_entry(name)
}

/// Whether a header contains one entry of baggage, whose key is the end of the name.
fn is_entry(name: &str) -> bool {
    name.starts_with(jaeger::BAGGAGE_PREFIX) || name.starts_with(ottrace::BAGGAGE_PREFIX)
}

/// Whether a header's values are Base64.
pub(super) fn is_base64(name: &str) -> bool {
    matches!(name, vostok::GLOBALS | vostok::PROPERTIES)
}

/// Whether a value is valid for the header `name`.
pub(crate) fn is_valid(name: &str, value: &str) -> bool {
    let value = trim_ows(value);
    match name {
        kontur::SPAN_ID => kontur::parse_span_id(value).is_ok(),
        kontur::IS_SAMPLED => kontur::parse_is_sampled(value).is_ok(),
        // Opaque.
        kontur::PARENT_SPAN_ID | kontur::PROFILE_ID => {
            !value.is_empty() && !value.contains(char::is_whitespace)
        }
        vostok::GLOBALS => is_envelope(vostok::GLOBALS, value),
        vostok::PROPERTIES => is_envelope(vostok::PROPERTIES, value),
        vostok::REQUEST_PRIORITY_HEADER => value.parse::<RequestPriority>().is_ok(),
        TRACESTATE => value
            .parse::<TraceStateList>()
            .is_ok_and(|list| !list.is_empty()),
        sentry::BAGGAGE | jaeger::JAEGER_BAGGAGE => is_list(value),
        zipkin::B3 => trace_of(name, value).is_some() || Decision::parse(value).is_ok(),
        zipkin::SPAN_ID | "x-b3-parentspanid" => zipkin::parse_span_id(value).is_ok(),
        zipkin::SAMPLED => zipkin::parse_sampled(value).is_ok() || value == "d",
        zipkin::FLAGS => matches!(value, "0" | "1"),
        ottrace::SPAN_ID => ottrace::parse_span_id(value).is_ok(),
        ottrace::SAMPLED => ottrace::parse_sampled(value).is_ok(),
        _ if is_entry(name) => !value.is_empty(),
        _ => trace_of(name, value).is_some(),
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

/// Returns the trace that the value of a header, or of Vostok's tracing entry, states, and its span
/// and decision.
pub(super) fn trace_of(name: &str, value: &str) -> Option<Id> {
    // The metric of a response, `trace;desc=00-…`.
    static METRIC: LazyLock<Regex> =
        LazyLock::new(|| regex(r#"\b(?:trace|traceparent)\s*;\s*desc="?([0-9a-f-]{55})"#));
    let value = trim_ows(value);
    let (trace_id, span_id, sampled) = match name {
        kontur::TRACE_ID | TRACE_ID => (kontur::parse_trace_id(value).ok()?, None, None),
        TRACEPARENT => {
            let parent = value.parse::<TraceParent>().ok()?;
            (parent.trace_id, Some(parent.span_id), Some(parent.sampled))
        }
        SERVER_TIMING => return trace_of(TRACEPARENT, &METRIC.captures(value)?[1]),
        sentry::SENTRY_TRACE => {
            let trace = value.parse::<SentryTrace>().ok()?;
            (trace.trace_id, Some(trace.span_id), trace.sampled)
        }
        vostok::GLOBALS => {
            let (entries, _) = Entries::parse_partial(vostok::GLOBALS, value);
            return trace_of(
                vostok::TRACING_CONTEXT,
                entries.get_str(vostok::TRACING_CONTEXT)?,
            );
        }
        vostok::TRACING_CONTEXT => {
            let tracing = value.parse::<TracingContext>().ok()?;
            (tracing.trace_id(), Some(tracing.span_id()), None)
        }
        UBER_TRACE_ID => {
            let trace = JaegerTrace::parse(value).ok()?;
            (trace.trace_id, Some(trace.span_id), trace.sampled)
        }
        zipkin::B3 => {
            let trace = B3Trace::parse(value).ok()?;
            let sampled = trace.decision.map(Decision::is_sampled);
            (trace.trace_id, Some(trace.span_id), sampled)
        }
        zipkin::TRACE_ID => (zipkin::parse_trace_id(value).ok()?, None, None),
        ottrace::TRACE_ID => (ottrace::parse_trace_id(value).ok()?, None, None),
        xray::TRACE_ID => {
            let trace = XrayTrace::parse(value).ok()?;
            (trace.trace_id, trace.span_id, trace.sampled)
        }
        _ => return None,
    };
    Some(Id {
        trace_id,
        span_id: span_id.filter(|id| *id != SpanId::INVALID),
        sampled,
    })
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TraceId;

    use super::*;

    #[test]
    fn baggage_keys_may_contain_an_apostrophe() {
        assert!(is_valid(sentry::BAGGAGE, "it's=1, k'=x',''=1"));
        assert!(!is_valid(sentry::BAGGAGE, "'k': 1"));
    }

    #[test]
    fn trace_of_takes_no_decision_for_a_trace_id() {
        for value in ["0", "1", "d"] {
            assert_eq!(trace_of("b3", value), None, "{value}");
        }
        for (name, value) in [
            ("b3", "4bf92f3577b34da6-00f067aa0ba902b7-1"),
            ("uber-trace-id", "4bf92f3577b34da6:00f067aa0ba902b7:0:1"),
        ] {
            let found = trace_of(name, value).unwrap();
            assert_eq!(found.trace_id, TraceId::from(0x4bf9_2f35_77b3_4da6));
            assert_eq!((found.span_id.is_some(), found.sampled), (true, Some(true)));
        }
    }
}
