//! Counts the allocations of each propagator: none for an absent header, only those of the
//! `Context` for a header that is read, and one for each header that is sent.

mod formats;
mod w3c;

use allocation_counter::{measure, AllocationInfo};
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;

/// A request whose values are borrowed and whose names must not be listed.
struct Request<'a>(&'a [(&'a str, &'a str)]);

impl Extractor for Request<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(name, _)| *name == key)?;
        Some(value)
    }

    fn keys(&self) -> Vec<&str> {
        panic!("keys() allocates, and its time grows with the number of headers");
    }
}

/// A carrier with enough capacity, so that writing to it allocates nothing.
struct Sent(Vec<String>);

impl Injector for Sent {
    fn set(&mut self, _key: &str, value: String) {
        assert!(self.0.len() < self.0.capacity());
        self.0.push(value);
    }
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

fn extracted(propagator: &dyn TextMapPropagator, request: &[(&str, &str)]) -> AllocationInfo {
    extracting(request, |cx, extractor| {
        propagator.extract_with_context(cx, extractor)
    })
}

/// Allocates what the scan of a header of `len` bytes needs while a request is read: the positions
/// of its members.
fn positions(len: usize) {
    std::hint::black_box(Vec::<[u8; 16]>::with_capacity(len / 12));
}

/// Measures the second call, and returns its headers, too.
fn injected(propagator: &dyn TextMapPropagator, cx: &Context) -> (AllocationInfo, Vec<String>) {
    let mut sent = Sent(Vec::with_capacity(16));
    propagator.inject_context(cx, &mut sent);
    sent.0.clear();
    let allocations = measure(|| propagator.inject_context(cx, &mut sent));
    (allocations, sent.0)
}

/// Asserts that the propagator allocates no more often and no more bytes than `baseline`, the
/// minimal code that stores the same values in the `Context`.
fn assert_baseline(
    propagator: &dyn TextMapPropagator,
    request: &[(&str, &str)],
    baseline: impl Fn(&Context, &dyn Extractor) -> Context,
) {
    let ours = extracted(propagator, request);
    let baseline = extracting(request, baseline);
    assert!(baseline.count_total > 0);
    assert!(
        ours.count_total <= baseline.count_total && ours.bytes_total <= baseline.bytes_total,
        "{ours:?}\n{baseline:?}"
    );
}

/// Asserts that the propagator sends this number of headers, and allocates one string for each of
/// them and nothing else. It has the exact size, or the size that an outgoing `baggage` begins with.
fn assert_one_string_per_header(propagator: &dyn TextMapPropagator, cx: &Context, headers: usize) {
    let (allocations, sent) = injected(propagator, cx);
    assert_eq!(sent.len(), headers, "{propagator:?}");
    assert_eq!(allocations.count_total, headers as u64, "{propagator:?}");
    let sizes: usize = sent.iter().map(String::capacity).sum();
    assert_eq!(allocations.bytes_total, sizes as u64, "{propagator:?}");
    for value in sent {
        let is_baggage = value.contains('=') && value.capacity() == 512;
        assert!(is_baggage || value.capacity() == value.len(), "{value}");
    }
}
