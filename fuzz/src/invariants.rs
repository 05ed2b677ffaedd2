//! Invariants that hold for every propagator and every input.

use http::{HeaderName, HeaderValue};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;

use crate::carrier::Lines;
use crate::case::Case;
use propagator_oracle::{derived_span_id, ExpectedTrace};

/// The bytes that extraction may allocate for each byte of the headers, in addition to [`SLACK`].
const MULTIPLE: u64 = 6;

/// The bytes that extraction may allocate for any headers, for the `Context` and its values.
const SLACK: u64 = 2048;

/// Extracts from headers of `size` bytes, and checks the limit on allocations.
pub fn extract(
    propagator: &dyn TextMapPropagator,
    cx: &Context,
    carrier: &dyn Extractor,
    size: usize,
) -> Context {
    bounded(size, || propagator.extract_with_context(cx, carrier))
}

/// Reads an input of `length` bytes, and checks that all allocations, including those that are
/// freed again, are within a small multiple of the length.
pub fn bounded<T>(length: usize, read: impl FnOnce() -> T) -> T {
    let mut result = None;
    let used = allocation_counter::measure(|| result = Some(read()));
    let bound = MULTIPLE * length as u64 + SLACK;
    assert!(
        used.bytes_total <= bound,
        "{} bytes in {} allocations for an input of {length} bytes",
        used.bytes_total,
        used.count_total
    );
    result.expect("`measure` runs the closure")
}

/// Injects into an empty carrier. Checks that the headers are valid in HTTP and that `fields()`
/// contains their names.
pub fn inject(propagator: &dyn TextMapPropagator, cx: &Context) -> Lines {
    let mut lines = Lines::default();
    propagator.inject_context(cx, &mut lines);
    let fields: Vec<&str> = propagator.fields().collect();
    for (name, value) in &lines.0 {
        // The names of entries of baggage are not known in advance.
        let is_entry = ["uberctx-", "ot-baggage-"]
            .iter()
            .any(|prefix| name.starts_with(prefix));
        assert!(
            is_entry || fields.contains(&name.as_str()),
            "{name}: {fields:?}"
        );
        assert_legal(name, value);
    }
    lines
}

/// Checks that HTTP transports this header unchanged.
pub fn assert_legal(name: &str, value: &str) {
    let legal = HeaderName::from_lowercase(name.as_bytes()).is_ok();
    assert!(legal, "header name {name:?}");
    let legal = HeaderValue::from_str(value).is_ok_and(|value| value.to_str().is_ok());
    assert!(legal, "{name}: {value:?}");
}

/// Returns the span context that `cx` contains.
pub fn held(cx: &Context) -> SpanContext {
    cx.span().span_context().clone()
}

/// Returns the context before the extraction. `@held remote|local TRACE SPAN FLAGS STATE` adds a
/// span context, as an earlier propagator or the application may do.
pub fn initial(case: &Case) -> Context {
    match case.option("held").and_then(span_context) {
        Some(span_context) => Context::new().with_remote_span_context(span_context),
        None => Context::new(),
    }
}

/// Values of `@held` for the mutator.
pub const HELD: &[&str] = &[
    "remote 27bb7faa48294cf49ae6007d70905468 0bcd098a592642e4 1 a=b",
    "remote 27bb7faa48294cf49ae6007d70905468 0000000000000000 1",
    "local 27bb7faa48294cf49ae6007d70905468 0bcd098a592642e4 0",
    "remote 00000000000000000000000000000005 0000000000000007 255",
];

/// Parses the value of `@held`.
pub fn span_context(option: &str) -> Option<SpanContext> {
    let mut words = option.split(' ');
    let remote = words.next()? == "remote";
    let trace_id = TraceId::from_hex(words.next()?).ok()?;
    let span_id = SpanId::from_hex(words.next()?).ok()?;
    let flags = words.next().and_then(|flags| flags.parse().ok());
    let state = words.next().and_then(|state| state.parse().ok());
    Some(SpanContext::new(
        trace_id,
        span_id,
        flags.map_or(TraceFlags::SAMPLED, TraceFlags::new),
        remote,
        state.unwrap_or(TraceState::NONE),
    ))
}

/// Returns the expected span context after a single propagator has read its headers. This is the
/// stated one, or the previous one if the headers state none.
pub fn replaced(
    held: &SpanContext,
    stated: Option<&ExpectedTrace>,
    sample_when_undecided: bool,
) -> SpanContext {
    let Some(stated) = stated else {
        return held.clone();
    };
    let span_id = stated.span_id;
    let sampled = stated.sampled.unwrap_or(sample_when_undecided);
    SpanContext::new(
        TraceId::from(stated.trace_id),
        SpanId::from(span_id.unwrap_or(derived_span_id(stated.trace_id))),
        TraceFlags::NOT_SAMPLED.with_sampled(sampled),
        true,
        TraceState::NONE,
    )
}

/// Returns the ids of a valid span context as numbers.
pub fn ids(span_context: &SpanContext) -> Option<(u128, u64)> {
    let trace_id = u128::from_be_bytes(span_context.trace_id().to_bytes());
    let span_id = u64::from_be_bytes(span_context.span_id().to_bytes());
    span_context.is_valid().then_some((trace_id, span_id))
}

/// Checks that the extracted span context is the expected one, and that it is valid and remote
/// unless the context contained it before.
pub fn assert_span_context(before: &SpanContext, after: &SpanContext, expected: &SpanContext) {
    assert_eq!(after, expected);
    if after != before {
        assert!(after.is_valid() && after.is_remote(), "{after:?}");
    }
}

/// Checks that the injected headers are extracted with the same ids, and injected again byte for
/// byte.
pub fn assert_round_trip(propagator: &dyn TextMapPropagator, cx: &Context, injected: &Lines) {
    let again = extracted(propagator, injected);
    let (sent, received) = (held(cx), held(&again));
    if sent.is_valid() {
        assert_eq!(received.trace_id(), sent.trace_id());
        assert_eq!(received.span_id(), sent.span_id());
        assert!(received.is_remote());
    } else {
        assert!(!received.is_valid(), "unexpected trace: {received:?}");
    }
    assert_eq!(&inject(propagator, &again), injected);
}

/// Extracts headers into an empty context.
pub fn extracted(propagator: &dyn TextMapPropagator, carrier: &dyn Extractor) -> Context {
    propagator.extract_with_context(&Context::new(), carrier)
}

/// Checks that an error about an untrusted header is short and contains no control characters, so
/// that it cannot flood a log or forge a line in it.
pub fn assert_safe_to_log(error: &dyn std::error::Error) {
    let text = error.to_string();
    assert!(text.len() <= 200, "{} bytes: {text:?}", text.len());
    assert!(
        !text.bytes().any(|byte| byte < b' ' || byte == 0x7f),
        "{text:?}"
    );
}
