//! Tests of the propagators through carriers: continuation and outgoing headers.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;
use opentelemetry_propagator_kontur::{KonturPropagator, KonturResponsePropagator};
use proptest::prelude::*;

const TRACE: &str = "27bb7faa48294cf49ae6007d70905468";
const TRACE_ID: u128 = 0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468;
const DERIVED: u64 = 0x27bb_7faa_4829_4cf4;
const SPAN: &str = "0bcd098a592642e4";
const SPAN_ID: u64 = 0x0bcd_098a_5926_42e4;

fn request(headers: &[(&str, &str)]) -> HashMap<String, String> {
    headers
        .iter()
        .map(|(name, value)| (format!("x-kontur-trace-{name}"), (*value).to_owned()))
        .collect()
}

fn extract(propagator: &KonturPropagator, headers: &[(&str, &str)]) -> SpanContext {
    let cx = propagator.extract_with_context(&Context::new(), &request(headers));
    let span = cx.span();
    span.span_context().clone()
}

fn span_context(trace_id: u128, span_id: u64, sampled: bool) -> SpanContext {
    SpanContext::new(
        TraceId::from(trace_id),
        SpanId::from(span_id),
        TraceFlags::new(u8::from(sampled)),
        true,
        TraceState::NONE,
    )
}

fn inject(
    propagator: &dyn TextMapPropagator,
    span_context: &SpanContext,
) -> HashMap<String, String> {
    let mut request = HashMap::new();
    let cx = Context::new().with_remote_span_context(span_context.clone());
    propagator.inject_context(&cx, &mut request);
    request
}

#[test]
fn extract_reads_ids_and_sampling_decision() {
    for (headers, span_id, sampled) in [
        (
            &[("id", TRACE), ("spanid", SPAN), ("issampled", "true")][..],
            SPAN_ID,
            true,
        ),
        (
            &[("id", TRACE), ("spanid", SPAN), ("issampled", "False")],
            SPAN_ID,
            false,
        ),
        (&[("id", TRACE), ("spanid", "0bcd098a")], 0x0bcd_098a, true),
        (
            &[("id", TRACE), ("spanid", SPAN), ("issampled", "maybe")],
            SPAN_ID,
            true,
        ),
        (&[("id", TRACE)], DERIVED, true),
        (
            &[("id", TRACE), ("spanid", "0000000000000000")],
            DERIVED,
            true,
        ),
        (
            &[("id", TRACE), ("spanid", "nonsense"), ("issampled", "0")],
            DERIVED,
            false,
        ),
        (
            &[("id", TRACE), ("parentspanid", SPAN), ("profileid", "x")],
            DERIVED,
            true,
        ),
    ] {
        for propagator in [KonturPropagator::new(), KonturPropagator::default()] {
            assert_eq!(
                extract(&propagator, headers),
                span_context(TRACE_ID, span_id, sampled),
                "{headers:?}"
            );
        }
    }
}

#[test]
fn extract_without_a_trace_id_keeps_the_context() {
    let before = Context::new().with_remote_span_context(span_context(1, 2, false));
    for id in [
        "",
        "whatever",
        "00000000000000000000000000000000",
        &TRACE[1..],
        "-",
    ] {
        let headers = request(&[("id", id), ("spanid", SPAN), ("issampled", "true")]);
        let cx = KonturPropagator::new().extract_with_context(&before, &headers);
        assert_eq!(
            cx.span().span_context(),
            before.span().span_context(),
            "{id:?}"
        );
    }
    let span_id_alone = request(&[("spanid", SPAN)]);
    let cx = KonturPropagator::new().extract_with_context(&Context::new(), &span_id_alone);
    assert!(!cx.has_active_span());
}

#[test]
fn allow_missing_span_id_false_drops_a_lone_trace_id() {
    let propagator = KonturPropagator::builder()
        .allow_missing_span_id(false)
        .build();
    for headers in [
        &[("id", TRACE)][..],
        &[("id", TRACE), ("spanid", "")],
        &[("id", TRACE), ("spanid", "00000000")],
        &[("id", TRACE), ("spanid", "zzzzzzzz"), ("issampled", "true")],
    ] {
        assert!(!extract(&propagator, headers).is_valid(), "{headers:?}");
    }
    assert!(extract(&propagator, &[("id", TRACE), ("spanid", SPAN)]).is_valid());
}

#[test]
fn sample_when_undecided_applies_without_a_flag() {
    for option in [true, false] {
        let propagator = KonturPropagator::builder()
            .sample_when_undecided(option)
            .build();
        for without_flag in [&[("id", TRACE)][..], &[("id", TRACE), ("issampled", "?")]] {
            assert_eq!(extract(&propagator, without_flag).is_sampled(), option);
        }
        assert!(extract(&propagator, &[("id", TRACE), ("issampled", "1")]).is_sampled());
        assert!(!extract(&propagator, &[("id", TRACE), ("issampled", "0")]).is_sampled());
    }
}

#[test]
fn extract_replaces_the_current_span() {
    let propagator = KonturPropagator::new();
    let headers = [("id", TRACE), ("spanid", SPAN), ("issampled", "false")];
    for (trace_id, is_remote) in [(TRACE_ID, true), (TRACE_ID, false), (5, true)] {
        let before = Context::new().with_remote_span_context(SpanContext::new(
            TraceId::from(trace_id),
            SpanId::from(1),
            TraceFlags::SAMPLED,
            is_remote,
            "a=b".parse().unwrap(),
        ));
        let cx = propagator.extract_with_context(&before, &request(&headers));
        assert_eq!(
            cx.span().span_context(),
            &span_context(TRACE_ID, SPAN_ID, false)
        );
    }
}

#[test]
fn extract_skips_an_empty_first_line() {
    let mut headers = http::HeaderMap::new();
    for (name, value) in [
        ("x-kontur-trace-id", ""),
        ("x-kontur-trace-id", TRACE),
        ("x-kontur-trace-spanid", " , "),
        ("x-kontur-trace-spanid", SPAN),
        ("x-kontur-trace-issampled", "false,false"),
    ] {
        headers.append(name, value.parse().unwrap());
    }
    let extractor = opentelemetry_http::HeaderExtractor(&headers);
    let cx = KonturPropagator::new().extract(&extractor);
    assert_eq!(
        cx.span().span_context(),
        &span_context(TRACE_ID, SPAN_ID, false)
    );
}

#[test]
fn inject_writes_three_headers_for_a_valid_span() {
    let propagator = KonturPropagator::new();
    assert_eq!(
        inject(&propagator, &span_context(TRACE_ID, 0x0bcd_098a, false)),
        request(&[
            ("id", TRACE),
            ("spanid", "000000000bcd098a"),
            ("issampled", "false")
        ])
    );
    for invalid in [
        span_context(0, 1, true),
        span_context(1, 0, true),
        SpanContext::NONE,
    ] {
        assert!(inject(&propagator, &invalid).is_empty());
        assert!(inject(&KonturResponsePropagator::new(), &invalid).is_empty());
    }
}

#[test]
fn response_propagator_only_writes_the_trace_id() {
    let propagator = KonturResponsePropagator::new();
    assert_eq!(
        inject(&propagator, &span_context(TRACE_ID, 1, true)),
        request(&[("id", TRACE)])
    );
    let before = Context::new().with_remote_span_context(span_context(1, 2, false));
    let cx = propagator.extract_with_context(&before, &request(&[("id", TRACE)]));
    assert_eq!(cx.span().span_context(), before.span().span_context());
    assert!(propagator.fields().eq(["x-kontur-trace-id"]));
}

#[test]
fn omit_unsampled_flag_leaves_out_only_false() {
    let propagator = KonturPropagator::builder()
        .omit_unsampled_flag(true)
        .build();
    let id_and_span = request(&[("id", TRACE), ("spanid", SPAN)]);
    assert_eq!(
        inject(&propagator, &span_context(TRACE_ID, SPAN_ID, false)),
        id_and_span
    );
    let sampled = span_context(TRACE_ID, SPAN_ID, true);
    assert_eq!(
        inject(&propagator, &sampled),
        inject(&KonturPropagator::new(), &sampled)
    );

    let receiver = KonturPropagator::builder()
        .sample_when_undecided(false)
        .build();
    let cx = receiver.extract_with_context(&Context::new(), &id_and_span);
    assert!(!cx.span().span_context().is_sampled());
}

#[test]
fn response_propagator_writes_the_configured_name() {
    let propagator = KonturResponsePropagator::builder()
        .header_name("Trace-Id")
        .build();
    let sent = inject(&propagator, &span_context(TRACE_ID, 1, true));
    assert_eq!(
        sent,
        HashMap::from([("trace-id".to_owned(), TRACE.to_owned())])
    );
    assert!(propagator.fields().eq(["trace-id"]));
}

proptest! {
    #[test]
    fn round_trip_keeps_ids_for_all_options(
        trace_id in 1u128..,
        span_id in 1u64..,
        sampled: bool,
        options in prop::array::uniform3(any::<bool>()),
    ) {
        let [sample_when_undecided, missing_span_id, omit] = options;
        let propagator = KonturPropagator::builder()
            .sample_when_undecided(sample_when_undecided)
            .allow_missing_span_id(missing_span_id)
            .omit_unsampled_flag(omit)
            .build();
        let sent = inject(&propagator, &span_context(trace_id, span_id, sampled));
        let cx = propagator.extract_with_context(&Context::new(), &sent);
        let received = if omit { sampled || sample_when_undecided } else { sampled };
        let span = cx.span();
        prop_assert_eq!(span.span_context(), &span_context(trace_id, span_id, received));
    }

    #[test]
    fn extract_reads_back_every_injected_span(trace_id in 1u128.., span_id in 1u64.., sampled: bool) {
        let propagator = KonturPropagator::new();
        let expected = span_context(trace_id, span_id, sampled);
        let sent = inject(&propagator, &expected);
        let cx = propagator.extract_with_context(&Context::new(), &sent);
        let span = cx.span();
        prop_assert_eq!(span.span_context(), &expected);
        prop_assert!(propagator.fields().all(|field| sent.contains_key(field)));
    }

    #[test]
    fn extract_of_any_headers_is_valid_or_nothing(
        id in "[0-9a-fA-F -]{30,38}|.{0,40}",
        span_id in "[0-9a-f-]{0,36}|.{0,40}",
        sampled in ".{0,6}",
    ) {
        let headers = [("id", &*id), ("spanid", &*span_id), ("issampled", &*sampled)];
        let found = extract(&KonturPropagator::new(), &headers);
        prop_assert_eq!(found.is_valid(), found.is_remote());
        prop_assert_eq!(found.is_valid(), found.trace_id() != TraceId::INVALID);
    }
}
