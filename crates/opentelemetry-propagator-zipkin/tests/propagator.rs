//! Tests of the propagator through carriers: continuation and outgoing headers.

use std::collections::HashMap;

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_zipkin::B3Propagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use proptest::prelude::*;

const TRACE: &str = "80f198ee56343ba864fe8b2a57d3eff7";
const OTHER: &str = "463ac35c9f6413ad48485a3953bb6124";
const HALF: &str = "64fe8b2a57d3eff7";
const SPAN: &str = "e457b5a2e4d86bd1";

fn single() -> B3Propagator {
    B3Propagator::new()
}

fn multi() -> B3Propagator {
    B3Propagator::builder().multi_header(true).build()
}

fn extract_into(
    cx: &Context,
    propagator: &B3Propagator,
    headers: &[(&'static str, &str)],
) -> Context {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().unwrap());
    }
    propagator.extract_with_context(cx, &HeaderExtractor(&map))
}

fn extract(headers: &[(&'static str, &str)]) -> Context {
    let read = extract_into(&Context::new(), &single(), headers);
    let same = extract_into(&Context::new(), &multi(), headers);
    assert_eq!(read.span().span_context(), same.span().span_context());
    read
}

fn inject(propagator: &B3Propagator, cx: &Context) -> HashMap<String, String> {
    let mut headers = HashMap::new();
    propagator.inject_context(cx, &mut headers);
    headers
}

/// Returns the value of `b3` that is sent for a context, without the ids.
fn decision_sent(cx: &Context) -> String {
    let sent = inject(&single(), cx).remove("b3").unwrap();
    sent[49..].to_owned()
}

fn remote(trace_id: u128, span_id: u64, flags: u8) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(trace_id),
        SpanId::from(span_id),
        TraceFlags::new(flags),
        true,
        TraceState::NONE,
    ))
}

/// Returns a context with an SDK span as the child of the current span.
fn with_span(cx: &Context, sampler: Sampler) -> Context {
    let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
    let span = provider.tracer("test").start_with_context("span", cx);
    cx.with_span(span)
}

#[test]
fn extract_reads_both_encodings() {
    let value = format!("{TRACE}-{SPAN}-1");
    for headers in [
        &[("b3", &*value)][..],
        &[
            ("x-b3-traceid", TRACE),
            ("x-b3-spanid", SPAN),
            ("x-b3-sampled", "1"),
        ],
        &[
            ("b3", "junk"),
            ("x-b3-traceid", TRACE),
            ("x-b3-spanid", SPAN),
            ("x-b3-sampled", "1"),
        ],
    ] {
        let cx = extract(headers);
        let expected = SpanContext::new(
            TraceId::from_hex(TRACE).unwrap(),
            SpanId::from_hex(SPAN).unwrap(),
            TraceFlags::SAMPLED,
            true,
            TraceState::NONE,
        );
        assert_eq!(cx.span().span_context(), &expected, "{headers:?}");
    }
}

#[test]
fn b3_takes_precedence_in_what_it_states() {
    for (b3, multi_trace, multi_decision, sampled) in [
        (
            format!("{TRACE}-{SPAN}-0"),
            TRACE,
            ("x-b3-sampled", "1"),
            "-0",
        ),
        (
            format!("{TRACE}-{SPAN}-0"),
            TRACE,
            ("x-b3-flags", "1"),
            "-0",
        ),
        (
            format!("{TRACE}-{SPAN}"),
            TRACE,
            ("x-b3-sampled", "1"),
            "-1",
        ),
        (format!("{TRACE}-{SPAN}-x"), HALF, ("x-b3-flags", "1"), "-d"),
        (format!("{TRACE}-{SPAN}"), OTHER, ("x-b3-sampled", "1"), ""),
        (format!("{TRACE}-{SPAN}"), "junk", ("x-b3-sampled", "1"), ""),
    ] {
        let cx = extract(&[
            ("b3", &b3),
            ("x-b3-traceid", multi_trace),
            ("x-b3-spanid", "0000000000000001"),
            multi_decision,
        ]);
        let span = cx.span();
        assert_eq!(span.span_context().trace_id().to_string(), TRACE, "{b3}");
        assert_eq!(span.span_context().span_id().to_string(), SPAN, "{b3}");
        assert_eq!(decision_sent(&cx), sampled, "{b3} {multi_trace}");
    }
}

#[test]
fn b3_without_ids_only_decides() {
    for (b3, sent) in [
        ("0", "-0"),
        ("1", "-1"),
        ("d", "-d"),
        ("x", "-1"),
        ("x, 0", "-0"),
    ] {
        assert!(!extract(&[("b3", b3)]).has_active_span(), "{b3}");
        let cx = extract(&[
            ("b3", b3),
            ("x-b3-traceid", TRACE),
            ("x-b3-spanid", SPAN),
            ("x-b3-sampled", "1"),
        ]);
        assert_eq!(decision_sent(&cx), sent, "{b3}");
    }
}

#[test]
fn extract_takes_the_first_element_with_a_trace() {
    let good = format!("{TRACE}-{SPAN}-0");
    let other = format!("{OTHER}-{SPAN}-1");
    let joined = format!("junk,, {good} ,{other}");
    for lines in [
        &[&*good, &other][..],
        &["", &good, &other],
        &["junk", &good],
        &[&joined],
        &["0", &good],
    ] {
        let headers: Vec<_> = lines.iter().map(|line| ("b3", *line)).collect();
        let cx = extract(&headers);
        assert_eq!(
            cx.span().span_context().trace_id().to_string(),
            TRACE,
            "{lines:?}"
        );
        assert_eq!(decision_sent(&cx), "-0", "{lines:?}");
    }
}

#[test]
fn extract_does_not_mix_the_ids_of_two_callers() {
    for headers in [
        &[
            ("x-b3-traceid", "junk"),
            ("x-b3-traceid", TRACE),
            ("x-b3-spanid", SPAN),
        ][..],
        &[
            ("x-b3-traceid", TRACE),
            ("x-b3-spanid", "junk"),
            ("x-b3-spanid", SPAN),
        ],
        &[("x-b3-traceid", TRACE)],
        &[("x-b3-spanid", SPAN), ("x-b3-sampled", "1")],
    ] {
        assert!(!extract(headers).has_active_span(), "{headers:?}");
    }
    let empty_first = [
        ("x-b3-traceid", ""),
        ("x-b3-traceid", TRACE),
        ("x-b3-spanid", SPAN),
    ];
    assert!(extract(&empty_first).has_active_span());
}

#[test]
fn deferred_decision_is_passed_on_as_deferred() {
    let headers = [("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)];
    for sampled in [false, true] {
        let builder = B3Propagator::builder().sample_when_undecided(sampled);
        let cx = extract_into(&Context::new(), &builder.build(), &headers);
        assert_eq!(cx.span().span_context().is_sampled(), sampled);
        assert_eq!(decision_sent(&cx), "");
        let sent = inject(&multi(), &cx);
        assert_eq!(sent.len(), 2, "{sent:?}");
        assert_eq!(sent["x-b3-traceid"], TRACE);
        assert_eq!(sent["x-b3-spanid"], SPAN);
    }
    let cx = extract(&headers);
    assert_eq!(decision_sent(&with_span(&cx, Sampler::AlwaysOn)), "-1");
    assert_eq!(decision_sent(&with_span(&cx, Sampler::AlwaysOff)), "-0");
}

#[test]
fn debug_is_sent_on_with_its_trace() {
    let cx = extract(&[("b3", &format!("{TRACE}-{SPAN}-d"))]);
    assert!(cx.span().span_context().is_sampled());
    assert_eq!(cx.span().span_context().trace_flags(), TraceFlags::SAMPLED);
    for cx in [
        cx.clone(),
        with_span(&cx, Sampler::ParentBased(Box::new(Sampler::AlwaysOff))),
        with_span(&cx, Sampler::AlwaysOff),
    ] {
        assert_eq!(decision_sent(&cx), "-d");
        let sent = inject(&multi(), &cx);
        assert_eq!(sent["x-b3-flags"], "1");
        assert!(!sent.contains_key("x-b3-sampled"), "{sent:?}");
    }
    // A trace that starts in this service.
    let root = with_span(&Context::new(), Sampler::AlwaysOn);
    let new = cx.with_remote_span_context(root.span().span_context().clone());
    assert_eq!(decision_sent(&new), "-1");
}

#[test]
fn debug_of_an_earlier_message_is_forgotten() {
    let debug = extract(&[("b3", &format!("{TRACE}-{SPAN}-d"))]);
    let value = format!("{TRACE}-{SPAN}-1");
    let cx = extract_into(&debug, &single(), &[("b3", &value)]);
    assert_eq!(decision_sent(&cx), "-1");
    let cx = extract_into(&debug, &single(), &[("b3", "junk")]);
    assert_eq!(
        decision_sent(&cx),
        "-d",
        "a malformed header changes nothing"
    );
}

#[test]
fn inject_writes_full_ids_and_the_decision() {
    for (flags, decision) in [(0, "0"), (1, "1"), (2, "0"), (3, "1")] {
        let cx = remote(0xab, 0xcd, flags);
        let ids = "000000000000000000000000000000ab-00000000000000cd";
        let expected = HashMap::from([("b3".to_owned(), format!("{ids}-{decision}"))]);
        assert_eq!(inject(&single(), &cx), expected);
        let sent = inject(&multi(), &cx);
        assert_eq!(sent["x-b3-traceid"], ids[..32]);
        assert_eq!(sent["x-b3-spanid"], ids[33..]);
        assert_eq!(sent["x-b3-sampled"], decision);
        assert_eq!(sent.len(), 3);
    }
    assert!(inject(&single(), &Context::new()).is_empty());
    assert!(inject(&multi(), &Context::new()).is_empty());
}

#[test]
fn fields_are_all_headers_that_are_read() {
    let fields = [
        "b3",
        "x-b3-traceid",
        "x-b3-spanid",
        "x-b3-sampled",
        "x-b3-flags",
    ];
    assert!(single().fields().eq(fields));
    assert!(multi().fields().eq(fields));
}

proptest! {
    #[test]
    fn ids_and_decision_survive(trace_id in 1u128.., span_id in 1u64.., sampled: bool, write_multi: bool) {
        let cx = remote(trace_id, span_id, u8::from(sampled));
        let writer = if write_multi { multi() } else { single() };
        let read = single().extract(&inject(&writer, &cx));
        let (read_span, span) = (read.span(), cx.span());
        prop_assert_eq!(read_span.span_context(), span.span_context());
    }

    #[test]
    fn any_text_is_harmless(b3 in ".{0,80}", trace_id in ".{0,40}", decision in ".{0,3}") {
        let headers = HashMap::from([
            ("b3".to_owned(), b3),
            ("x-b3-traceid".to_owned(), trace_id),
            ("x-b3-spanid".to_owned(), SPAN.to_owned()),
            ("x-b3-sampled".to_owned(), decision),
        ]);
        let cx = single().extract(&headers);
        let sent = inject(&single(), &cx);
        prop_assert_eq!(sent.contains_key("b3"), cx.span().span_context().is_valid());
    }

    #[test]
    fn parse_agrees_with_a_plain_reading(
        trace_id in "[0-9a-f]{16}|[0-9a-f]{32}|0{32}|[0-9a-fA-F]{15,33}",
        span_id in "[0-9a-f]{16}|0{16}|[0-9a-fA-F+]{15,17}",
        rest in "(-(0|1|d|true|x|[0-9a-f]{16})?){0,3}",
    ) {
        let value = format!("{trace_id}-{span_id}{rest}");
        let fields: Vec<_> = value.split('-').collect();
        let is_id = |id: &str, lens: &[usize]| {
            lens.contains(&id.len())
                && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
                && id.bytes().any(|byte| byte != b'0')
        };
        let is_valid = fields.len() <= 4 && is_id(&trace_id, &[16, 32]) && is_id(&span_id, &[16]);
        let decision = fields.get(2).and_then(|field| match *field {
            "d" => Some("d"),
            "1" | "true" => Some("1"),
            "0" => Some("0"),
            _ => None,
        });
        let parsed = opentelemetry_propagator_zipkin::B3Trace::parse(&value).ok();
        prop_assert_eq!(parsed.is_some(), is_valid);
        if let Some(trace) = parsed {
            prop_assert_eq!(trace.decision.map(|decision| decision.encode()), decision);
            prop_assert_eq!(trace.trace_id.to_string(), format!("{trace_id:0>32}"));
            prop_assert_eq!(trace.span_id.to_string(), span_id);
        }
    }
}

#[test]
fn default_has_the_default_options() {
    let (default, new) = (B3Propagator::default(), B3Propagator::new());
    assert_eq!(format!("{default:?}"), format!("{new:?}"));
}

#[test]
fn decision_is_displayed_as_it_is_written() {
    use opentelemetry_propagator_zipkin::header::Decision;
    for text in ["0", "1", "d"] {
        assert_eq!(Decision::parse(text).unwrap().to_string(), text);
    }
}
