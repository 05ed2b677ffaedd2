//! The formats of Kontur, Vostok, Sentry, B3, X-Ray, Jaeger and OT trace, and lists of formats.

use allocation_counter::measure;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanId, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_autoprop::from_list;
use opentelemetry_propagator_jaeger::JaegerPropagator;
use opentelemetry_propagator_kontur::{KonturPropagator, KonturResponsePropagator};
use opentelemetry_propagator_ottrace::OtTracePropagator;
use opentelemetry_propagator_sentry::SentryPropagator;
use opentelemetry_propagator_vostok::{Entries, VostokContextExt, VostokPropagator};
use opentelemetry_propagator_xray::{Lineage, XrayLambdaPropagator, XrayPropagator};
use opentelemetry_propagator_zipkin::B3Propagator;

use crate::{
    assert_baseline, assert_one_string_per_header, extracted, positions, span_context, Request,
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

const B3: &str = "27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-1";
const B3_MULTI: [(&str, &str); 3] = [
    ("x-b3-traceid", "27bb7faa48294cf49ae6007d70905468"),
    ("x-b3-spanid", "0bcd098a592642e4"),
    ("x-b3-sampled", "1"),
];
const XRAY: &str = "Root=1-27bb7faa-48294cf49ae6007d70905468;Parent=0bcd098a592642e4;Sampled=1";
const UBER: &str = "27bb7faa48294cf49ae6007d70905468:0bcd098a592642e4:0:1";
const OT_TRACE: [(&str, &str); 3] = [
    ("ot-tracer-traceid", "9ae6007d70905468"),
    ("ot-tracer-spanid", "0bcd098a592642e4"),
    ("ot-tracer-sampled", "true"),
];

/// Returns a propagator that does not search the names of all headers.
fn jaeger_without_baggage() -> JaegerPropagator {
    JaegerPropagator::builder().baggage(false).build()
}

fn ottrace_without_baggage() -> OtTracePropagator {
    OtTracePropagator::builder().baggage(false).build()
}

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
    let propagators: [&dyn TextMapPropagator; 10] = [
        &KonturPropagator::new(),
        &VostokPropagator::new(),
        &SentryPropagator::new(),
        &B3Propagator::new(),
        &XrayPropagator::new(),
        &XrayLambdaPropagator::new(),
        &JaegerPropagator::new(),
        &OtTracePropagator::new(),
        &from_list("tracecontext,kontur,vostok,sentry").unwrap(),
        &from_list("b3,b3multi,xray-lambda,jaeger,ottrace").unwrap(),
    ];
    for propagator in propagators {
        assert_eq!(extracted(propagator, others.0).count_total, 0);
    }
}

#[test]
fn extract_allocates_the_span_context() {
    type Case<'a> = (&'a dyn TextMapPropagator, &'a [(&'a str, &'a str)]);
    let propagators: [Case<'_>; 7] = [
        (&KonturPropagator::new(), &KONTUR),
        (&B3Propagator::new(), &[("b3", B3)]),
        (&B3Propagator::new(), &B3_MULTI),
        (&XrayPropagator::new(), &[("x-amzn-trace-id", XRAY)]),
        (&XrayLambdaPropagator::new(), &[("x-amzn-trace-id", XRAY)]),
        (&jaeger_without_baggage(), &[("uber-trace-id", UBER)]),
        (&ottrace_without_baggage(), &OT_TRACE),
    ];
    for (propagator, request) in propagators {
        assert_baseline(propagator, request, |cx, _| {
            cx.with_remote_span_context(span_context(TraceState::NONE))
        });
    }
}

#[test]
fn extract_allocates_what_is_kept_with_the_trace() {
    /// A value of the size of the one that is kept, with its trace.
    struct Kept<T>(#[allow(dead_code)] (TraceId, Option<T>));

    fn assert_kept<T: Send + Sync + 'static>(
        propagator: &dyn TextMapPropagator,
        request: &[(&str, &str)],
        value: impl Fn() -> T,
    ) {
        assert_baseline(propagator, request, |cx, _| {
            cx.with_value(Kept((TraceId::from(7), Some(value()))))
                .with_remote_span_context(span_context(TraceState::NONE))
        });
    }

    let b3 = B3.replace("-1", "-d");
    assert_kept(&B3Propagator::new(), &[("b3", &b3)], || ());
    let uber = UBER.replace(":1", ":3");
    assert_kept(
        &jaeger_without_baggage(),
        &[("uber-trace-id", &uber)],
        || (),
    );
    let xray = format!("{XRAY};Lineage=1:0badc0de:1");
    let lineage = || Lineage::parse("1:0badc0de:1").unwrap();
    assert_kept(
        &XrayPropagator::new(),
        &[("x-amzn-trace-id", &xray)],
        lineage,
    );
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
fn inject_allocates_one_string_per_header() {
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

    let xray = [("x-amzn-trace-id", &*format!("{XRAY};Lineage=1:0badc0de:1"))];
    let lineage = XrayPropagator::new().extract(&Request(&xray));
    let multi = B3Propagator::builder().multi_header(true).build();

    let cases: [(&dyn TextMapPropagator, &Context, usize); 16] = [
        (&KonturPropagator::new(), &incoming, 3),
        (&KonturResponsePropagator::new(), &incoming, 1),
        (&VostokPropagator::new(), &incoming, 2),
        (&VostokPropagator::new(), &local, 1),
        (&SentryPropagator::new(), &incoming, 2),
        (&head, &local, 2),
        (&from_list("kontur,vostok,sentry").unwrap(), &incoming, 7),
        (&B3Propagator::new(), &local, 1),
        (&multi, &local, 3),
        (&XrayPropagator::new(), &local, 1),
        (&XrayPropagator::new(), &lineage, 1),
        (&JaegerPropagator::new(), &local, 1),
        (&OtTracePropagator::new(), &local, 3),
        (&sentry_and_baggage, &both, 2),
        (&sentry_and_baggage, &incoming, 2),
        (&sentry_and_baggage, &baggage_alone, 2),
    ];
    for (propagator, cx, headers) in cases {
        assert_one_string_per_header(propagator, cx, headers);
    }
}
