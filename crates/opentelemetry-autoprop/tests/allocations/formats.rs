//! The formats of Kontur, Vostok and Sentry, and lists of formats.

use allocation_counter::measure;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanId, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_autoprop::from_list;
use opentelemetry_propagator_kontur::{KonturPropagator, KonturResponsePropagator};
use opentelemetry_propagator_sentry::SentryPropagator;
use opentelemetry_propagator_vostok::{Entries, VostokContextExt, VostokPropagator};

use crate::{
    assert_baseline, assert_one_exact_string_per_header, extracted, positions, span_context,
    Request,
};

/// The priority and the trace, as Vostok's applications send them.
const GLOBALS: &str = "FwAAAHZvc3Rvay5yZXF1ZXN0LnByaW9yaXR5CAAAAE9yZGluYXJ5FgAAAHZvc3Rvay50cmFjaW5nLmNv\
                       bnRleHRJAAAAMjdiYjdmYWEtNDgyOS00Y2Y0LTlhZTYtMDA3ZDcwOTA1NDY4OzBiY2QwOThhLTU5MjYt\
                       NDJlNC05NjAzLTJiMTM2MDdlODk5ZQ==";

const DSC: &str = "sentry-trace_id=27bb7faa48294cf49ae6007d70905468,sentry-sample_rate=0.25,\
                   sentry-sample_rand=0.101234,sentry-sampled=true,sentry-release=shop%401.0";

const KONTUR: [(&str, &str); 3] = [
    ("x-kontur-trace-id", "27bb7faa-4829-4cf4-9ae6-007d70905468"),
    ("x-kontur-trace-spanid", "0bcd098a592642e4"),
    ("x-kontur-trace-issampled", "true"),
];
const VOSTOK: [(&str, &str); 1] = [("context-globals", GLOBALS)];

fn sentry(baggage: &str) -> [(&str, &str); 2] {
    [
        (
            "sentry-trace",
            "27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-1",
        ),
        ("baggage", baggage),
    ]
}

#[test]
fn extract_without_headers_allocates_nothing() {
    let others = Request(&[("host", "example.com"), ("accept", "*/*")]);
    let propagators: [&dyn TextMapPropagator; 4] = [
        &KonturPropagator::new(),
        &VostokPropagator::new(),
        &SentryPropagator::new(),
        &from_list("tracecontext,kontur,vostok,sentry").unwrap(),
    ];
    for propagator in propagators {
        assert_eq!(extracted(propagator, others.0).count_total, 0);
    }
}

#[test]
fn kontur_extract_allocates_the_span_context() {
    assert_baseline(&KonturPropagator::new(), &KONTUR, |cx, _| {
        cx.with_remote_span_context(span_context(TraceState::NONE))
    });
}

/// A value with the size of the kept globals.
struct KeptGlobals(#[allow(dead_code)] Vec<u8>);

/// The length of the entry of the priority.
const PRIORITY_LEN: usize = 4 + "vostok.request.priority".len() + 4 + "Ordinary".len();

#[test]
fn vostok_extract_allocates_span_context_and_globals() {
    assert_baseline(&VostokPropagator::new(), &VOSTOK, |cx, _| {
        cx.with_remote_span_context(span_context(TraceState::NONE))
            .with_value(KeptGlobals(vec![0; PRIORITY_LEN]))
    });
}

#[test]
fn vostok_extract_allocates_one_global_for_priority() {
    let request = [("request-priority", "Ordinary")];
    assert_baseline(&VostokPropagator::new(), &request, |cx, _| {
        cx.with_value(KeptGlobals(vec![0; PRIORITY_LEN]))
    });
}

#[test]
fn vostok_extract_shares_entries_of_the_context() {
    let mut large = Entries::new();
    large.insert("large", vec![b'x'; 7000]).unwrap();
    let mut small = Entries::new();
    small.insert("vostok.request.priority", "Critical").unwrap();
    let header = small.encode();
    let propagator = VostokPropagator::builder()
        .allow_properties(["vostok.request.priority"])
        .build();
    let cx = Context::new()
        .with_vostok_properties(large.clone())
        .with_vostok_globals(large);
    for request in [
        [("context-globals", &*header)],
        [("context-properties", &*header)],
        [("request-priority", "Critical")],
    ] {
        let allocations = measure(|| {
            propagator.extract_with_context(&cx, &Request(&request));
        });
        assert!(allocations.bytes_total < 1000, "{allocations:?}");
    }
    let read = propagator.extract_with_context(&cx, &Request(&[("context-globals", &header)]));
    assert!(std::ptr::eq(
        read.vostok_properties(),
        cx.vostok_properties()
    ));
}

#[test]
fn sentry_extract_allocates_span_context_and_dsc() {
    /// A value with the size of the incoming trace and the members, which are kept.
    struct Kept(#[allow(dead_code)] (TraceId, SpanId, Option<bool>, String));

    for baggage in [
        DSC.to_owned(),
        format!("{DSC},userId=42"),
        format!("userId=42, {DSC} ,tenant=kontur"),
    ] {
        assert_baseline(
            &SentryPropagator::new(),
            &sentry(&baggage),
            |cx, request| {
                request.get_all("baggage");
                positions(baggage.len());
                let kept = (
                    TraceId::from(7),
                    SpanId::from(1),
                    Some(true),
                    DSC.to_owned(),
                );
                cx.with_remote_span_context(span_context(TraceState::NONE))
                    .with_value(Kept(kept))
            },
        );
    }
}

#[test]
fn inject_allocates_one_exact_string_per_header() {
    let all = [&KONTUR[..], &VOSTOK[..], &sentry(DSC)[..]].concat();
    let incoming = from_list("kontur,vostok,sentry")
        .unwrap()
        .extract_with_context(&Context::new(), &Request(&all));
    let local = Context::new().with_remote_span_context(span_context(TraceState::NONE));
    let head = SentryPropagator::builder()
        .dsn("https://49d0f7386ad645858ae85020e393bef3@o447951.ingest.sentry.io/1")
        .release("shop@1.0")
        .sample_rate(0.25)
        .build()
        .unwrap();

    // Both formats write `baggage`, or only one of them does.
    let sentry_and_baggage = from_list("sentry,baggage").unwrap();
    let entries = [KeyValue::new("userId", "42"), KeyValue::new("tenant", "7")];
    let both = incoming.with_baggage(entries.clone());
    let baggage_alone = local.with_baggage(entries);

    let cases: [(&dyn TextMapPropagator, &Context, usize); 10] = [
        (&KonturPropagator::new(), &incoming, 3),
        (&KonturResponsePropagator::new(), &incoming, 1),
        (&VostokPropagator::new(), &incoming, 2),
        (&VostokPropagator::new(), &local, 1),
        (&SentryPropagator::new(), &incoming, 2),
        (&head, &local, 2),
        (&from_list("kontur,vostok,sentry").unwrap(), &incoming, 7),
        (&sentry_and_baggage, &both, 2),
        (&sentry_and_baggage, &incoming, 2),
        (&sentry_and_baggage, &baggage_alone, 2),
    ];
    for (propagator, cx, headers) in cases {
        assert_one_exact_string_per_header(propagator, cx, headers);
    }
}
