//! The formats of W3C.

use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TraceState};
use opentelemetry::Context;
use opentelemetry_propagator_w3c::{
    BaggagePropagator, ServerTimingPropagator, TraceContextPropagator,
};

use crate::{
    assert_baseline, assert_one_string_per_header, extracted, injected, positions, span_context,
    Request,
};

const TRACEPARENT: &str = "00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-01";
const TRACESTATE: &str = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE";
const BAGGAGE: &str = "userId=42,tenant=kontur;ttl=30,name=%D0%B9";
const PLAIN_BAGGAGE: &str = "userId=42,tenant=kontur;ttl=30,name=y";

#[test]
fn absent_header_allocates_nothing() {
    let others = [("host", "example.com"), ("tracestate", TRACESTATE)];
    let propagators: [&dyn TextMapPropagator; 3] = [
        &TraceContextPropagator::new(),
        &BaggagePropagator::new(),
        &ServerTimingPropagator::new(),
    ];
    for propagator in propagators {
        let allocations = extracted(propagator, &others);
        assert_eq!(allocations.count_total, 0, "{propagator:?}");
        let (allocations, _) = injected(propagator, &Context::new());
        assert_eq!(allocations.count_total, 0, "{propagator:?}");
    }
}

#[test]
fn traceparent_extract_allocates_the_span_context() {
    let request = [("traceparent", TRACEPARENT)];
    assert_baseline(&TraceContextPropagator::new(), &request, |cx, request| {
        request.get_all("traceparent");
        cx.with_remote_span_context(span_context(TraceState::NONE))
    });
}

#[test]
fn tracestate_extract_allocates_the_list() {
    let request = [("traceparent", TRACEPARENT), ("tracestate", TRACESTATE)];
    assert_baseline(&TraceContextPropagator::new(), &request, |cx, request| {
        request.get_all("traceparent");
        request.get_all("tracestate");
        let members = [("rojo", "00f067aa0ba902b7"), ("congo", "t61rcWkgMzE")];
        let trace_state = TraceState::from_key_value(members).unwrap();
        cx.with_remote_span_context(span_context(trace_state))
    });
}

#[test]
fn baggage_extract_allocates_its_entries() {
    let request = [("baggage", BAGGAGE)];
    assert_baseline(&BaggagePropagator::new(), &request, |cx, request| {
        request.get_all("baggage");
        positions(BAGGAGE.len());
        let mut baggage = Baggage::new();
        baggage.insert("userId".to_owned(), "42".to_owned());
        baggage.insert_with_metadata("tenant".to_owned(), "kontur".to_owned(), "ttl=30");
        // The buffer of a decoded value is larger until it is stored.
        let mut decoded = String::with_capacity(8);
        decoded.push('й');
        baggage.insert("name".to_owned(), decoded);
        cx.with_baggage(baggage)
    });
}

#[test]
fn inject_allocates_one_string_per_header() {
    let extract = |propagator: &dyn TextMapPropagator, request: &[(&str, &str)]| {
        propagator.extract_with_context(&Context::new(), &Request(request))
    };
    let trace_context = TraceContextPropagator::new();
    let baggage = BaggagePropagator::new();
    let alone = extract(&trace_context, &[("traceparent", TRACEPARENT)]);
    let with_list = |list| {
        extract(
            &trace_context,
            &[("traceparent", TRACEPARENT), ("tracestate", list)],
        )
    };
    let parsed = with_list(TRACESTATE);
    let verbatim = with_list("a@@b=1,c=2");
    let members = extract(&baggage, &[("baggage", PLAIN_BAGGAGE)]);
    let encoded = extract(&baggage, &[("baggage", BAGGAGE)]);
    let equals = format!("k={}", "=".repeat(4000));
    let equals = extract(&baggage, &[("baggage", &equals)]);

    let cases: [(&dyn TextMapPropagator, &Context, usize); 7] = [
        (&trace_context, &alone, 1),
        (&trace_context, &parsed, 2),
        (&trace_context, &verbatim, 2),
        (&ServerTimingPropagator::new(), &alone, 1),
        (&baggage, &members, 1),
        (&baggage, &encoded, 1),
        (&TraceContextPropagator::new(), &members, 0),
    ];
    for (propagator, cx, headers) in cases {
        // `TraceState` of OpenTelemetry 0.31 can only be read as a header, which allocates more.
        if cfg!(opentelemetry_0_31) && headers == 2 {
            continue;
        }
        assert_one_string_per_header(propagator, cx, headers);
    }

    // A longer list grows. One without room for encoded equals signs is sorted and written again.
    let (allocations, sent) = injected(&baggage, &equals);
    assert_eq!(sent[0].len(), 4002);
    assert!(allocations.count_total <= 12, "{allocations:?}");
}
