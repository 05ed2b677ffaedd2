//! Tests of `server-timing` on responses.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;
use opentelemetry_propagator_w3c::{ServerTimingPropagator, TraceContextPropagator};

fn with_span(flags: u8, is_remote: bool) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468),
        SpanId::from(0x0bcd_098a_5926_42e4),
        TraceFlags::new(flags),
        is_remote,
        TraceState::NONE,
    ))
}

fn inject(cx: &Context) -> HashMap<String, String> {
    let mut response = HashMap::new();
    ServerTimingPropagator::new().inject_context(cx, &mut response);
    response
}

#[test]
fn inject_writes_the_current_span() {
    for (flags, sent) in [(0, "00"), (1, "01"), (2, "02"), (3, "03"), (0xff, "03")] {
        let value =
            format!("trace;desc=00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-{sent}");
        let expected = HashMap::from([("server-timing".to_owned(), value)]);
        assert_eq!(inject(&with_span(flags, false)), expected);
    }
}

#[test]
fn inject_keeps_the_random_flag_of_the_request() {
    let traceparent = "00-27bb7faa48294cf49ae6007d70905468-1234567890abcdef-02";
    let request = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    let cx = TraceContextPropagator::new().extract_with_context(&Context::new(), &request);
    // The SDK clears the flag in unsampled spans.
    let local = with_span(0, false).span().span_context().clone();
    let response = inject(&cx.with_remote_span_context(local));
    assert!(response["server-timing"].ends_with("-0bcd098a592642e4-02"));
}

#[test]
fn inject_writes_nothing_without_a_valid_span() {
    assert_eq!(inject(&Context::new()), HashMap::new());
    assert_eq!(ServerTimingPropagator::new().metric(&Context::new()), None);
}

#[test]
fn extract_returns_the_context_unchanged() {
    let before = with_span(1, true);
    let response = inject(&with_span(3, false));
    let cx = ServerTimingPropagator::new().extract_with_context(&before, &response);
    assert_eq!(cx.span().span_context(), before.span().span_context());
}

#[test]
fn fields_names_the_header() {
    let propagator = ServerTimingPropagator::new();
    let fields: Vec<_> = propagator.fields().collect();
    assert_eq!(fields, ["server-timing"]);
}

#[test]
fn inject_writes_the_metric_of_browser_agents() {
    let propagator = ServerTimingPropagator::new().named_traceparent(true);
    let expected =
        "traceparent;desc=\"00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-01\"".to_owned();
    assert_eq!(propagator.metric(&with_span(1, false)), Some(expected));
    assert_eq!(propagator.metric(&Context::new()), None);
}

#[test]
fn inject_writes_traceresponse_on_request() {
    let propagator = ServerTimingPropagator::new().trace_response(true);
    let mut response = HashMap::new();
    propagator.inject_context(&with_span(1, false), &mut response);
    let ids = "00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-01";
    assert_eq!(response["traceresponse"], ids);
    assert_eq!(response["server-timing"], format!("trace;desc={ids}"));
    let fields: Vec<_> = propagator.fields().collect();
    assert_eq!(fields, ["server-timing", "traceresponse"]);

    let mut response = HashMap::new();
    propagator.inject_context(&Context::new(), &mut response);
    assert_eq!(response, HashMap::new());
}
