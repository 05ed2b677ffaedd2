//! Tests of the number of allocations. An absent header causes none. Extraction allocates only what
//! the context must hold. Injection allocates once for each header, at its exact size.

use allocation_counter::{measure, AllocationInfo};
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;
use opentelemetry_propagator_w3c::{
    BaggagePropagator, ServerTimingPropagator, TraceContextPropagator,
};

const TRACEPARENT: &str = "00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-01";
const TRACESTATE: &str = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE";
const BAGGAGE: &str = "userId=42,tenant=kontur;ttl=30,name=%D0%B9";

/// A request with borrowed values.
struct Request<'a>(&'a [(&'a str, &'a str)]);

impl Extractor for Request<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(name, _)| *name == key)?;
        Some(value)
    }

    fn keys(&self) -> Vec<&str> {
        panic!("listing all headers allocates, and its cost grows with their number");
    }
}

/// An injector with enough capacity, so that setting a header does not allocate.
struct Sent(Vec<String>);

impl Injector for Sent {
    fn set(&mut self, _key: &str, value: String) {
        assert!(self.0.len() < self.0.capacity());
        self.0.push(value);
    }
}

/// Measures the second call, because the first one may initialize shared state.
fn extracting(
    request: &[(&str, &str)],
    extract: impl Fn(&Context, &dyn Extractor) -> Context,
) -> AllocationInfo {
    let cx = Context::new();
    extract(&cx, &Request(request));
    measure(|| {
        extract(&cx, &Request(request));
    })
}

/// Asserts that a propagator allocates no more than a baseline, which reads the same headers and
/// puts constants into the context.
fn assert_baseline(
    propagator: &dyn TextMapPropagator,
    request: &[(&str, &str)],
    baseline: impl Fn(&Context, &dyn Extractor) -> Context,
) {
    let ours = extracting(request, |cx, extractor| {
        propagator.extract_with_context(cx, extractor)
    });
    let baseline = extracting(request, baseline);
    assert!(baseline.count_total > 0);
    assert!(
        ours.count_total <= baseline.count_total && ours.bytes_total <= baseline.bytes_total,
        "{ours:?}\n{baseline:?}"
    );
}

fn span_context(trace_state: TraceState) -> SpanContext {
    SpanContext::new(
        TraceId::from(7),
        SpanId::from(1),
        TraceFlags::SAMPLED,
        true,
        trace_state,
    )
}

#[test]
fn absent_header_allocates_nothing() {
    let others = [("host", "example.com"), ("tracestate", TRACESTATE)];
    let propagators: [&dyn TextMapPropagator; 3] = [
        &TraceContextPropagator::new(),
        &BaggagePropagator::new(),
        &ServerTimingPropagator::new(),
    ];
    for propagator in propagators {
        let allocations = extracting(&others, |cx, extractor| {
            propagator.extract_with_context(cx, extractor)
        });
        assert_eq!(allocations.count_total, 0, "{propagator:?}");
        let mut sent = Sent(Vec::new());
        let nothing = measure(|| propagator.inject_context(&Context::new(), &mut sent));
        assert_eq!(nothing.count_total, 0, "{propagator:?}");
    }
}

#[test]
fn traceparent_allocates_the_span_context() {
    let request = [("traceparent", TRACEPARENT)];
    assert_baseline(&TraceContextPropagator::new(), &request, |cx, request| {
        request.get_all("traceparent");
        cx.with_remote_span_context(span_context(TraceState::NONE))
    });
}

#[test]
fn tracestate_allocates_the_span_contexts_list() {
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
fn baggage_allocates_its_entries() {
    let request = [("baggage", BAGGAGE)];
    assert_baseline(&BaggagePropagator::new(), &request, |cx, request| {
        request.get_all("baggage");
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
fn inject_allocates_one_exact_string_per_header() {
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
    let members = extract(&baggage, &[("baggage", BAGGAGE)]);
    let equals = format!("k={}", "=".repeat(4000));
    let equals = extract(&baggage, &[("baggage", &equals)]);

    let cases: [(&dyn TextMapPropagator, &Context, usize); 6] = [
        (&trace_context, &alone, 1),
        (&trace_context, &parsed, 2),
        (&trace_context, &verbatim, 2),
        (&ServerTimingPropagator::new(), &alone, 1),
        (&baggage, &members, 1),
        (&TraceContextPropagator::new(), &members, 0),
    ];
    for (propagator, cx, headers) in cases {
        let mut sent = Sent(Vec::with_capacity(2 * headers));
        propagator.inject_context(cx, &mut sent);
        sent.0.clear();
        let allocations = measure(|| propagator.inject_context(cx, &mut sent));

        assert_eq!(sent.0.len(), headers, "{propagator:?}");
        assert_eq!(allocations.count_total, headers as u64, "{propagator:?}");
        let sizes: usize = sent.0.iter().map(String::len).sum();
        assert_eq!(allocations.bytes_total, sizes as u64, "{propagator:?}");
        for value in sent.0 {
            assert_eq!(value.capacity(), value.len(), "{value}");
        }
    }

    // A list without room for encoded equals signs is sorted and written again.
    let mut sent = Sent(Vec::with_capacity(1));
    let allocations = measure(|| baggage.inject_context(&equals, &mut sent));
    assert_eq!(sent.0[0].len(), 4002);
    assert!(allocations.count_total <= 8, "{allocations:?}");
}
