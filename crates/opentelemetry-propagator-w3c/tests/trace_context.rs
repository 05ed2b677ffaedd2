//! Tests of `traceparent` and `tracestate` through carriers.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::Context;
use opentelemetry_propagator_w3c::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;

const TRACE_ID: &str = "27bb7faa48294cf49ae6007d70905468";
const SPAN_ID: &str = "0bcd098a592642e4";

type Headers = HashMap<String, String>;

fn headers(tracestate: &str, flags: &str) -> Headers {
    Headers::from([
        (
            "traceparent".to_owned(),
            format!("00-{TRACE_ID}-{SPAN_ID}-{flags}"),
        ),
        ("tracestate".to_owned(), tracestate.to_owned()),
    ])
}

fn extract(headers: &Headers) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), headers)
}

fn inject(cx: &Context) -> Headers {
    let mut headers = Headers::new();
    TraceContextPropagator::new().inject_context(cx, &mut headers);
    headers
}

fn span_context(trace_state: TraceState) -> SpanContext {
    SpanContext::new(
        TraceId::from_hex(TRACE_ID).unwrap(),
        SpanId::from(7),
        TraceFlags::NOT_SAMPLED,
        false,
        trace_state,
    )
}

#[test]
fn inject_writes_nothing_without_a_valid_span() {
    assert_eq!(inject(&Context::new()), Headers::new());
    let invalid = SpanContext::new(
        TraceId::from(7),
        SpanId::INVALID,
        TraceFlags::SAMPLED,
        true,
        "a=1".parse().unwrap(),
    );
    let cx = Context::new().with_remote_span_context(invalid);
    assert_eq!(inject(&cx), Headers::new());
}

#[test]
fn higher_version_with_a_comma_is_not_one_value() {
    let traceparent = |rest: &str| {
        let value = format!("01-{TRACE_ID}-0000000000000007-01{rest}");
        let request = Headers::from([("traceparent".to_owned(), value)]);
        let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), &request);
        cx.has_active_span()
    };
    assert!(traceparent("-x"));
    for rest in [
        "-x,00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-01",
        "-x,y",
    ] {
        assert!(!traceparent(rest), "{rest}");
    }
}

#[test]
fn extract_keeps_the_context_if_a_header_is_invalid() {
    let before = extract(&headers("a=1", "01"));
    let invalid = Headers::from([("traceparent".to_owned(), "00-1-2-01".to_owned())]);
    let cx = TraceContextPropagator::new().extract_with_context(&before, &invalid);
    assert_eq!(cx.span().span_context(), before.span().span_context());
}

#[test]
fn extract_replaces_the_current_span() {
    let before = Context::new().with_remote_span_context(span_context(TraceState::NONE));
    let request = headers("a=1", "01");
    let cx = TraceContextPropagator::new().extract_with_context(&before, &request);
    assert_eq!(cx.span().span_context().span_id().to_string(), SPAN_ID);
}

// Carriers other than HTTP do not restrict the bytes of a value.
#[test]
fn extract_drops_bytes_that_http_forbids() {
    for list in ["a=1\r\nx: y", "a=1\0", "a=é", "a=1,b=\u{7f}", "a\u{1}=1"] {
        let sent = inject(&extract(&headers(list, "01")));
        assert_eq!(sent.get("tracestate"), None, "{list:?}");
        assert!(sent.contains_key("traceparent"), "{list:?}");
    }
    for end in ["\0", "\r\n", "é", "\u{a0}"] {
        let mut request = headers("a=1", "01");
        request.get_mut("traceparent").unwrap().push_str(end);
        assert_eq!(inject(&extract(&request)), Headers::new(), "{end:?}");
    }
}

#[test]
fn inject_sends_a_verbatim_list_from_a_local_span() {
    let cx = extract(&headers("a@@b=1,c=2", "00"));
    assert_eq!(*cx.span().span_context().trace_state(), TraceState::NONE);
    let tracer = SdkTracerProvider::builder().build().tracer("test");
    let local = cx.with_span(tracer.start_with_context("span", &cx));
    assert_eq!(inject(&local)["tracestate"], "a@@b=1,c=2");
}

#[test]
fn inject_prefers_a_list_that_was_set_later() {
    for received in ["a=1", "a@@b=1"] {
        let cx = extract(&headers(received, "00"));
        let set = span_context("c=3".parse().unwrap());
        assert_eq!(
            inject(&cx.with_remote_span_context(set))["tracestate"],
            "c=3"
        );
    }
}

#[test]
fn inject_omits_a_list_that_was_emptied_later() {
    for received in ["a=1", "a@@b=1"] {
        let cx = extract(&headers(received, "00"));
        let list: TraceState = "a=1".parse().unwrap();
        let emptied = span_context(list.delete("a").unwrap());
        let sent = inject(&cx.with_remote_span_context(emptied));
        assert_eq!(sent.get("tracestate"), None, "{received}");
    }
}

#[test]
fn inject_omits_the_random_flag_of_another_trace() {
    let cx = extract(&headers("", "03"));
    let other = SpanContext::new(
        TraceId::from(9),
        SpanId::from(9),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    );
    let sent = inject(&cx.with_remote_span_context(other));
    assert!(sent["traceparent"].ends_with("-01"), "{sent:?}");
}

#[test]
fn fields_names_both_headers() {
    let propagator = TraceContextPropagator::new();
    let fields: Vec<_> = propagator.fields().collect();
    assert_eq!(fields, ["traceparent", "tracestate"]);
}
