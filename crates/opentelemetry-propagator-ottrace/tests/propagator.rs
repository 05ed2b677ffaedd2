//! Tests of the propagator through carriers: continuation, baggage and outgoing headers.

use std::collections::{BTreeMap, HashMap};

use http::HeaderMap;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_ottrace::OtTracePropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use proptest::prelude::*;

const TRACE: &str = "64fe8b2a57d3eff7";
const SPAN: &str = "e457b5a2e4d86bd1";

fn extract_with(propagator: &OtTracePropagator, headers: &[(&str, &str)]) -> Context {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name: http::HeaderName = format!("ot-{name}").parse().unwrap();
        map.append(name, value.parse().unwrap());
    }
    propagator.extract(&HeaderExtractor(&map))
}

fn extract(headers: &[(&str, &str)]) -> Context {
    extract_with(&OtTracePropagator::new(), headers)
}

fn inject(propagator: &OtTracePropagator, cx: &Context) -> BTreeMap<String, String> {
    let mut headers = HashMap::new();
    propagator.inject_context(cx, &mut headers);
    headers.into_iter().collect()
}

fn owned<const N: usize>(headers: [(&str, &str); N]) -> BTreeMap<String, String> {
    headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
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

#[test]
fn extract_reads_ids_and_decision() {
    for (sampled, expected) in [
        ("true", true),
        ("1", true),
        ("TRUE", true),
        ("false", false),
        ("0", false),
        ("wired", false),
        ("", false),
    ] {
        let cx = extract(&[
            ("tracer-traceid", TRACE),
            ("tracer-spanid", SPAN),
            ("tracer-sampled", sampled),
        ]);
        let expected = SpanContext::new(
            TraceId::from(0x64fe8b2a57d3eff7),
            SpanId::from(0xe457b5a2e4d86bd1),
            TraceFlags::default().with_sampled(expected),
            true,
            TraceState::NONE,
        );
        assert_eq!(cx.span().span_context(), &expected, "{sampled:?}");
    }
}

#[test]
fn extract_needs_both_ids() {
    for (trace_id, span_id) in [
        ("", SPAN),
        (TRACE, ""),
        ("0", SPAN),
        (TRACE, "0"),
        ("x", SPAN),
        (TRACE, "x"),
        ("000000000000000000000000000000001", SPAN),
        (TRACE, "00000000000000001"),
    ] {
        let headers = [
            ("tracer-traceid", trace_id),
            ("tracer-spanid", span_id),
            ("tracer-sampled", "true"),
            ("baggage-user", "42"),
        ];
        let cx = extract(&headers);
        assert!(!cx.has_active_span(), "{trace_id:?} {span_id:?}");
        assert!(cx.baggage().is_empty(), "{trace_id:?} {span_id:?}");
    }
    assert!(!extract(&[("tracer-traceid", TRACE)]).has_active_span());
}

#[test]
fn extract_does_not_mix_the_ids_of_two_callers() {
    let span = ("tracer-spanid", SPAN);
    let junk_first = [("tracer-traceid", "junk"), ("tracer-traceid", TRACE), span];
    assert!(!extract(&junk_first).has_active_span());
    let empty_first = [("tracer-traceid", ""), ("tracer-traceid", TRACE), span];
    assert!(extract(&empty_first).has_active_span());
}

#[test]
fn sample_when_undecided_applies_without_a_decision() {
    let propagator = OtTracePropagator::builder()
        .sample_when_undecided(true)
        .build();
    let ids = [("tracer-traceid", TRACE), ("tracer-spanid", SPAN)];
    assert!(extract_with(&propagator, &ids)
        .span()
        .span_context()
        .is_sampled());
    assert!(!extract(&ids).span().span_context().is_sampled());
    let no = [ids[0], ids[1], ("tracer-sampled", "0")];
    assert!(!extract_with(&propagator, &no)
        .span()
        .span_context()
        .is_sampled());
}

#[test]
fn baggage_is_read_verbatim_with_a_valid_trace() {
    let cx = extract(&[
        ("tracer-traceid", TRACE),
        ("tracer-spanid", SPAN),
        ("baggage-User", " a%20b "),
        ("baggage-", "no key"),
    ]);
    assert_eq!(cx.baggage().len(), 1);
    assert_eq!(cx.baggage().get("user").unwrap().as_str(), "a%20b");
}

#[test]
fn inject_writes_the_lower_half_of_the_trace_id() {
    let long = 0xa1ce929d0e0e4736_a3ce929d0e0e4736;
    let cx = remote(long, 0xcd, 1).with_baggage([
        KeyValue::new("User", "a b"),
        KeyValue::new("umlaut", "\u{e9}"),
        KeyValue::new("data-bin", "1"),
    ]);
    let expected = owned([
        ("ot-baggage-user", "a b"),
        ("ot-tracer-sampled", "true"),
        ("ot-tracer-spanid", "00000000000000cd"),
        ("ot-tracer-traceid", "a3ce929d0e0e4736"),
    ]);
    assert_eq!(inject(&OtTracePropagator::new(), &cx), expected);

    for nothing in [Context::new(), remote(7 << 64, 1, 1)] {
        let cx = nothing.with_baggage([KeyValue::new("a", "1")]);
        assert!(inject(&OtTracePropagator::new(), &cx).is_empty());
    }
}

#[test]
fn inject_writes_the_decision_of_a_local_span() {
    let ids = [("tracer-traceid", TRACE), ("tracer-spanid", SPAN)];
    let cx = extract(&ids);
    for (sampler, decision) in [(Sampler::AlwaysOn, "true"), (Sampler::AlwaysOff, "false")] {
        let provider = SdkTracerProvider::builder().with_sampler(sampler).build();
        let span = provider.tracer("test").start_with_context("span", &cx);
        let sent = inject(&OtTracePropagator::new(), &cx.with_span(span));
        assert_eq!(sent["ot-tracer-traceid"], TRACE);
        assert_eq!(sent["ot-tracer-sampled"], decision);
    }
    // The format cannot defer a decision.
    assert_eq!(
        inject(&OtTracePropagator::new(), &cx)["ot-tracer-sampled"],
        "false"
    );
}

#[test]
fn baggage_false_neither_reads_nor_writes_baggage() {
    let propagator = OtTracePropagator::builder().baggage(false).build();
    let headers = [
        ("tracer-traceid", TRACE),
        ("tracer-spanid", SPAN),
        ("tracer-sampled", "true"),
        ("baggage-a", "1"),
    ];
    let cx = extract_with(&propagator, &headers);
    assert!(cx.has_active_span() && cx.baggage().is_empty());
    let sent = inject(&propagator, &cx.with_baggage([KeyValue::new("a", "1")]));
    let fields = ["ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled"];
    assert_eq!(sent.len(), fields.len());
    assert!(propagator.fields().eq(fields));
}

proptest! {
    #[test]
    fn trace_and_baggage_survive(
        trace_id in 1u64.., span_id in 1u64.., sampled: bool, value in "[!-~]([ -~]{0,20}[!-~])?",
    ) {
        let cx = remote(u128::from(trace_id), span_id, u8::from(sampled))
            .with_baggage([KeyValue::new("key", value.clone())]);
        let propagator = OtTracePropagator::new();
        let sent: HashMap<_, _> = inject(&propagator, &cx).into_iter().collect();
        let read = propagator.extract(&sent);
        let (read_span, span) = (read.span(), cx.span());
        prop_assert_eq!(read_span.span_context(), span.span_context());
        prop_assert_eq!(read.baggage().get("key").map(|it| it.as_str().to_owned()), Some(value));
    }

    #[test]
    fn ids_are_read_as_numbers(trace_id in 1u128.., span_id in 1u64.., upper: bool) {
        let hex = |id: String| if upper { id.to_uppercase() } else { id };
        let headers = HashMap::from([
            ("ot-tracer-traceid".to_owned(), hex(format!("{trace_id:x}"))),
            ("ot-tracer-spanid".to_owned(), hex(format!("{span_id:x}"))),
        ]);
        let cx = OtTracePropagator::new().extract(&headers);
        prop_assert_eq!(cx.span().span_context().trace_id(), TraceId::from(trace_id));
        prop_assert_eq!(cx.span().span_context().span_id(), SpanId::from(span_id));
    }

    #[test]
    fn any_text_is_harmless(trace_id in ".{0,40}", span_id in ".{0,20}", sampled in ".{0,6}") {
        let headers = HashMap::from([
            ("ot-tracer-traceid".to_owned(), trace_id),
            ("ot-tracer-spanid".to_owned(), span_id),
            ("ot-tracer-sampled".to_owned(), sampled),
        ]);
        OtTracePropagator::new().extract(&headers);
    }
}

#[test]
fn default_has_the_default_options() {
    let (default, new) = (OtTracePropagator::default(), OtTracePropagator::new());
    assert_eq!(format!("{default:?}"), format!("{new:?}"));
}
