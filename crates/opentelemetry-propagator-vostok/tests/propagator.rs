//! The propagator over carriers: allow-lists, properties, limits, what is sent on.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;
use opentelemetry_propagator_vostok::header::{REQUEST_PRIORITY, TRACING_CONTEXT};
use opentelemetry_propagator_vostok::{
    Entries, RequestPriority, VostokContextExt, VostokPropagator,
};
use proptest::prelude::*;

const TRACING: &str = "27bb7faa-4829-4cf4-9ae6-007d70905468;0bcd098a-5926-42e4-9603-2b13607e899e";

fn entries(entries: &[(&str, &str)]) -> Entries {
    let mut all = Entries::new();
    for (name, value) in entries {
        all.insert(name, value).unwrap();
    }
    all
}

fn request(globals: &str, properties: &str) -> HashMap<String, String> {
    [
        ("context-globals", globals),
        ("context-properties", properties),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

fn inject(propagator: &VostokPropagator, cx: &Context) -> HashMap<String, String> {
    let mut request = HashMap::new();
    propagator.inject_context(cx, &mut request);
    request
}

fn names(headers: &HashMap<String, String>) -> Vec<&str> {
    let mut names: Vec<_> = headers.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn traced(trace_id: u128, span_id: u64, sampled: bool) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(trace_id),
        SpanId::from(span_id),
        TraceFlags::new(u8::from(sampled)),
        true,
        TraceState::NONE,
    ))
}

fn sent(headers: &HashMap<String, String>, name: &'static str) -> Entries {
    Entries::decode(name, &headers[name]).unwrap()
}

#[test]
fn only_what_is_on_a_list_is_kept_and_sent_on() {
    let globals = entries(&[
        ("user.region", "66"),
        (TRACING_CONTEXT, TRACING),
        (REQUEST_PRIORITY, "Critical"),
        ("secret", "s"),
    ]);
    let properties = entries(&[("client.kind", "web"), ("user.region", "66")]);
    let headers = request(&globals.encode(), &properties.encode());

    for default in [VostokPropagator::new(), VostokPropagator::default()] {
        let cx = default.extract_with_context(&Context::new(), &headers);
        assert_eq!(
            cx.vostok_globals(),
            &entries(&[(REQUEST_PRIORITY, "Critical")])
        );
        assert!(cx.vostok_properties().is_empty());
        assert_eq!(
            names(&inject(&default, &cx)),
            ["context-globals", "request-priority"]
        );
    }

    let configured = VostokPropagator::builder()
        .allow_globals(["user.region"])
        .allow_properties(["client.kind", "absent"])
        .build();
    let cx = configured.extract_with_context(&Context::new(), &headers);
    assert_eq!(cx.vostok_globals(), &entries(&[("user.region", "66")]));
    assert_eq!(cx.vostok_properties(), &entries(&[("client.kind", "web")]));
    assert_eq!(cx.vostok_request_priority(), None);

    let onward = inject(&configured, &cx);
    let entry_names: Vec<_> = sent(&onward, "context-globals")
        .iter()
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(entry_names, [TRACING_CONTEXT.as_bytes(), b"user.region"]);
    assert_eq!(
        sent(&onward, "context-properties"),
        entries(&[("client.kind", "web")])
    );
}

#[test]
fn globals_without_a_trace_are_kept_and_sent_on_without_one() {
    let globals = entries(&[(REQUEST_PRIORITY, "Sheddable")]);
    let propagator = VostokPropagator::new();
    let cx = propagator.extract_with_context(&Context::new(), &request(&globals.encode(), ""));
    assert!(!cx.has_active_span());
    assert_eq!(
        cx.vostok_request_priority(),
        Some(RequestPriority::Sheddable)
    );
    assert_eq!(sent(&inject(&propagator, &cx), "context-globals"), globals);
    assert!(inject(&propagator, &Context::new()).is_empty());
}

#[test]
fn what_is_set_in_a_context_is_sent_without_being_on_a_list() {
    let globals = entries(&[("user.region", "66"), (TRACING_CONTEXT, "not the trace")]);
    let cx = traced(1, 2, true)
        .with_vostok_globals(globals)
        .with_vostok_properties(entries(&[("client.kind", "web")]))
        .with_vostok_request_priority(RequestPriority::Critical);
    let onward = inject(&VostokPropagator::new(), &cx);
    assert_eq!(
        sent(&onward, "context-globals"),
        entries(&[
            (
                TRACING_CONTEXT,
                "00000000-0000-0000-0000-000000000001;00000000-0000-0002-0000-000000000000"
            ),
            ("user.region", "66"),
            (REQUEST_PRIORITY, "Critical"),
        ])
    );
    assert_eq!(
        sent(&onward, "context-properties"),
        entries(&[("client.kind", "web")])
    );
}

#[test]
fn a_priority_that_is_none_is_passed_on_and_not_read() {
    let globals = entries(&[(REQUEST_PRIORITY, "Whatever")]);
    let propagator = VostokPropagator::new();
    let cx = propagator.extract_with_context(&Context::new(), &request(&globals.encode(), ""));
    assert_eq!(cx.vostok_request_priority(), None);
    assert_eq!(sent(&inject(&propagator, &cx), "context-globals"), globals);
}

#[test]
fn a_header_over_the_limit_is_ignored() {
    let header = entries(&[(TRACING_CONTEXT, TRACING)]).encode();
    for (limit, continued) in [(header.len(), true), (header.len() - 1, false)] {
        let propagator = VostokPropagator::builder().max_header_len(limit).build();
        let cx = propagator.extract_with_context(&Context::new(), &request(&header, ""));
        assert_eq!(cx.has_active_span(), continued, "{limit}");
    }
    // 16 KiB by default: of 12 KiB in Base64.
    let lengths = [TRACING_CONTEXT, TRACING, "filler"].map(|text| 4 + text.len());
    let room = 12 * 1024 - lengths.iter().sum::<usize>() - 4;
    for (filler, continued) in [(room, true), (room + 1, false)] {
        let header =
            entries(&[(TRACING_CONTEXT, TRACING), ("filler", &"x".repeat(filler))]).encode();
        let cx =
            VostokPropagator::new().extract_with_context(&Context::new(), &request(&header, ""));
        assert_eq!(cx.has_active_span(), continued, "{}", header.len());
    }
}

#[test]
fn a_damaged_header_leaves_the_other_and_the_trace_alone() {
    let propagator = VostokPropagator::builder()
        .allow_properties(["client.kind"])
        .build();
    let sound = entries(&[("client.kind", "web")]).encode();
    let before = traced(1, 2, false);
    let cx = propagator.extract_with_context(&before, &request("whatever", &sound));
    assert_eq!(cx.span().span_context(), before.span().span_context());
    assert_eq!(cx.vostok_properties(), &entries(&[("client.kind", "web")]));

    let tracing = entries(&[(TRACING_CONTEXT, TRACING)]).encode();
    let cx = propagator.extract_with_context(&before, &request(&tracing, "whatever"));
    assert_eq!(
        cx.span().span_context().span_id().to_string(),
        "0bcd098a592642e4"
    );
    assert!(cx.vostok_properties().is_empty());
}

#[test]
fn a_header_of_which_nothing_is_kept_leaves_what_the_context_held() {
    let before = Context::new()
        .with_vostok_globals(entries(&[("g", "set")]))
        .with_vostok_properties(entries(&[("p", "set")]));
    let propagator = VostokPropagator::builder()
        .allow_globals(["g"])
        .allow_properties(["p"])
        .build();
    let sent = |name| entries(&[(name, "came")]).encode();
    for (globals, properties, expected) in [
        (sent("g"), String::new(), ("came", "set")),
        (String::new(), sent("p"), ("set", "came")),
        (sent("other"), sent("p"), ("set", "came")),
        ("whatever".to_owned(), sent("p"), ("set", "came")),
        (sent("g"), sent("p"), ("came", "came")),
        (String::new(), String::new(), ("set", "set")),
    ] {
        let cx = propagator.extract_with_context(&before, &request(&globals, &properties));
        let held = (
            cx.vostok_globals().get_str("g"),
            cx.vostok_properties().get_str("p"),
        );
        assert_eq!(held, (Some(expected.0), Some(expected.1)));
    }
}

#[test]
fn a_continued_trace_counts_as_sampled_unless_told_otherwise() {
    let header = entries(&[(TRACING_CONTEXT, TRACING)]).encode();
    for sample in [true, false] {
        let propagator = VostokPropagator::builder()
            .sample_when_undecided(sample)
            .build();
        let cx = propagator.extract_with_context(&Context::new(), &request(&header, ""));
        assert_eq!(cx.span().span_context().is_sampled(), sample);
    }
}

#[test]
fn extract_replaces_the_span_that_the_context_held() {
    let held = Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468),
        SpanId::from(1),
        TraceFlags::NOT_SAMPLED,
        true,
        "a=b".parse().unwrap(),
    ));
    let header = entries(&[(TRACING_CONTEXT, TRACING), (REQUEST_PRIORITY, "Critical")]).encode();
    let cx = VostokPropagator::new().extract_with_context(&held, &request(&header, ""));
    let expected = traced(
        0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468,
        0x0bcd_098a_5926_42e4,
        true,
    );
    assert_eq!(cx.span().span_context(), expected.span().span_context());
    assert_eq!(
        cx.vostok_request_priority(),
        Some(RequestPriority::Critical)
    );
}

#[test]
fn an_empty_first_line_hides_no_header() {
    let mut headers = http::HeaderMap::new();
    let globals = entries(&[(TRACING_CONTEXT, TRACING)]).encode();
    let properties = entries(&[("p", "1")]).encode();
    for (name, value) in [
        ("context-globals", ""),
        ("context-globals", &*globals),
        ("context-properties", " "),
        ("context-properties", &*properties),
    ] {
        headers.append(name, value.parse().unwrap());
    }
    let propagator = VostokPropagator::builder().allow_properties(["p"]).build();
    let cx = propagator.extract(&opentelemetry_http::HeaderExtractor(&headers));
    assert!(cx.span().span_context().is_valid());
    assert_eq!(cx.vostok_properties().get_str("p"), Some("1"));
}

proptest! {
    #[test]
    fn every_span_context_and_global_reads_back(
        trace_id in 1u128..,
        span_id in 1u64..,
        value in ".{0,200}",
    ) {
        let propagator = VostokPropagator::builder().allow_globals(["g"]).build();
        let cx = traced(trace_id, span_id, true).with_vostok_globals(entries(&[("g", &value)]));
        let sent = inject(&propagator, &cx);
        prop_assert!(http::HeaderValue::from_str(&sent["context-globals"]).is_ok());
        let read = propagator.extract_with_context(&Context::new(), &sent);
        let (read_span, span) = (read.span(), cx.span());
        prop_assert_eq!(read_span.span_context(), span.span_context());
        prop_assert_eq!(read.vostok_globals().get_str("g"), Some(&*value));
        prop_assert_eq!(inject(&propagator, &read), sent);
    }

    #[test]
    fn no_header_panics_and_a_refused_one_leaves_the_context(
        globals in "[A-Za-z0-9+/= !;\t]{0,300}",
        properties in ".{0,50}",
    ) {
        let propagator = VostokPropagator::builder().allow_properties(["p"]).build();
        let before = traced(1, 2, false);
        let cx = propagator.extract_with_context(&before, &request(&globals, &properties));
        let (span, span_before) = (cx.span(), before.span());
        prop_assert_eq!(span.span_context(), span_before.span_context());
    }
}
