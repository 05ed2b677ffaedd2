//! The floor of each propagator, which is the cost that OpenTelemetry's API sets for it.
//!
//! A floor reads and writes the same headers of the carrier and the same values of the `Context` as
//! its propagator. It uses constants of the same types and sizes, because `Context` and `Injector`
//! take owned values. It decodes, validates and encodes nothing.

use std::str::FromStr;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};

use crate::case::v0_33::case;
use crate::case::Case;
use crate::ours;
use crate::request::{self, SPAN, SPAN_ID, TRACE, TRACE_ID};

const TRACEPARENT: &str = "00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-01";

const SENTRY_TRACE: &str = "27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-1";

/// Returns a context with a constant span context.
fn traced(cx: &Context) -> Context {
    traced_with(cx, TraceState::NONE)
}

fn traced_with(cx: &Context, trace_state: TraceState) -> Context {
    cx.with_remote_span_context(SpanContext::new(
        TraceId::from(TRACE_ID),
        SpanId::from(SPAN_ID),
        TraceFlags::SAMPLED,
        true,
        trace_state,
    ))
}

/// The reads and writes of a propagator. [`FloorPropagator`] makes a propagator of them.
trait Floor {
    /// Returns `None` if the header is absent.
    fn extract(&self, cx: &Context, extractor: &dyn Extractor) -> Option<Context>;
    fn inject(&self, injector: &mut dyn Injector);
}

#[derive(Debug)]
struct FloorPropagator<F>(F);

impl<F: Floor + std::fmt::Debug> TextMapPropagator for FloorPropagator<F> {
    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        self.0.extract(cx, extractor).unwrap_or_else(|| cx.clone())
    }

    fn inject_context(&self, _cx: &Context, injector: &mut dyn Injector) {
        self.0.inject(injector);
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}

#[derive(Debug)]
struct TraceContext;

impl Floor for TraceContext {
    fn extract(&self, cx: &Context, extractor: &dyn Extractor) -> Option<Context> {
        // All lines are read, because a second `traceparent` makes the first one invalid.
        extractor.get_all("traceparent")?;
        let trace_state = extractor.get_all("tracestate");
        let trace_state = trace_state
            .map(|lines| TraceState::from_str(lines[0]).expect("the header is a valid list"));
        Some(traced_with(cx, trace_state.unwrap_or(TraceState::NONE)))
    }

    fn inject(&self, injector: &mut dyn Injector) {
        injector.set("traceparent", TRACEPARENT.to_owned());
        injector.set("tracestate", request::TRACESTATE.to_owned());
    }
}

/// Uses the entries of the case without decoding them.
#[derive(Debug)]
struct Baggage {
    injected: String,
}

impl Floor for Baggage {
    fn extract(&self, cx: &Context, extractor: &dyn Extractor) -> Option<Context> {
        extractor.get_all("baggage")?;
        let entries = (0..6)
            .map(|i| KeyValue::new(request::KEYS[i].to_owned(), request::VALUES[i].to_owned()));
        Some(cx.with_baggage(entries))
    }

    fn inject(&self, injector: &mut dyn Injector) {
        injector.set("baggage", self.injected.clone());
    }
}

/// Makes the lookups that a list of five formats cannot avoid.
#[derive(Debug)]
struct Five;

impl Floor for Five {
    fn extract(&self, _cx: &Context, extractor: &dyn Extractor) -> Option<Context> {
        extractor.get_all("traceparent");
        extractor.get_all("baggage");
        for name in [
            "x-kontur-trace-id",
            "context-globals",
            "request-priority",
            "sentry-trace",
        ] {
            extractor.get(name);
        }
        None
    }

    fn inject(&self, _injector: &mut dyn Injector) {}
}

#[derive(Debug)]
struct Kontur;

impl Floor for Kontur {
    fn extract(&self, cx: &Context, extractor: &dyn Extractor) -> Option<Context> {
        extractor.get("x-kontur-trace-id")?;
        extractor.get("x-kontur-trace-spanid")?;
        extractor.get("x-kontur-trace-issampled")?;
        Some(traced(cx))
    }

    fn inject(&self, injector: &mut dyn Injector) {
        injector.set("x-kontur-trace-id", TRACE.to_owned());
        injector.set("x-kontur-trace-spanid", SPAN.to_owned());
        injector.set("x-kontur-trace-issampled", "true".to_owned());
    }
}

/// The floor of Kontur's response propagator.
#[derive(Debug)]
struct KonturResponse;

impl Floor for KonturResponse {
    fn extract(&self, _cx: &Context, _extractor: &dyn Extractor) -> Option<Context> {
        None
    }

    fn inject(&self, injector: &mut dyn Injector) {
        injector.set("x-kontur-trace-id", TRACE.to_owned());
    }
}

/// `injected` has the length of the header that Vostok's propagator writes.
#[derive(Debug)]
struct Vostok {
    kept: Vec<u8>,
    injected: String,
}

/// A value of the size of those that Vostok's propagator stores in the `Context`.
struct VostokValue {
    _globals: Vec<u8>,
    _properties: Vec<u8>,
}

impl Floor for Vostok {
    fn extract(&self, cx: &Context, extractor: &dyn Extractor) -> Option<Context> {
        if extractor.get("context-globals").is_none() {
            extractor.get("request-priority");
            return None;
        }
        Some(traced(cx).with_value(VostokValue {
            _globals: self.kept.clone(),
            _properties: Vec::new(),
        }))
    }

    fn inject(&self, injector: &mut dyn Injector) {
        injector.set("context-globals", self.injected.clone());
        injector.set("request-priority", "Ordinary".to_owned());
    }
}

/// `kept` and `injected` contain the Dynamic Sampling Context.
#[derive(Debug)]
struct Sentry {
    kept: String,
    injected: String,
}

/// A value of the size of the one that Sentry's propagator stores in the `Context`.
struct SentryValue {
    _trace: (TraceId, SpanId, Option<bool>),
    _dsc: String,
}

impl Floor for Sentry {
    fn extract(&self, cx: &Context, extractor: &dyn Extractor) -> Option<Context> {
        extractor.get("sentry-trace")?;
        extractor.get_all("baggage")?;
        Some(traced(cx).with_value(SentryValue {
            _trace: (TraceId::from(TRACE_ID), SpanId::from(SPAN_ID), Some(true)),
            _dsc: self.kept.clone(),
        }))
    }

    fn inject(&self, injector: &mut dyn Injector) {
        injector.set("sentry-trace", SENTRY_TRACE.to_owned());
        injector.set("baggage", self.injected.clone());
    }
}

/// Returns the value that a case injects for a header.
fn injected(case: &Case, name: &str) -> String {
    let mut request = request::header_map(0, &[]);
    case.propagator.inject(&mut request);
    request[name]
        .to_str()
        .expect("the header is ASCII")
        .to_owned()
}

/// Returns the floors of [`ours::formats`], in the same order.
pub fn formats() -> Vec<Case> {
    vec![
        tracecontext(),
        baggage(),
        kontur(),
        vostok(),
        sentry(),
        sentry_root(),
    ]
}

/// Returns the floor of [`ours::tracecontext`].
pub fn tracecontext() -> Case {
    case(
        "tracecontext-floor",
        FloorPropagator(TraceContext),
        request::tracecontext(),
    )
}

/// Returns the floor of [`ours::baggage`].
pub fn baggage() -> Case {
    let injected = injected(&ours::baggage(), "baggage");
    case(
        "baggage-floor",
        FloorPropagator(Baggage { injected }),
        request::baggage(6),
    )
}

/// Returns the floor of [`ours::FIVE`] for a request without their headers.
pub fn five() -> Case {
    case("five-floor", FloorPropagator(Five), vec![])
}

/// Returns the floor of [`ours::kontur`].
pub fn kontur() -> Case {
    case("kontur-floor", FloorPropagator(Kontur), request::kontur())
}

/// Returns the floor of [`ours::kontur_response`].
pub fn kontur_response() -> Case {
    case(
        "kontur-response-floor",
        FloorPropagator(KonturResponse),
        vec![],
    )
}

/// Returns the floor of [`ours::vostok`].
pub fn vostok() -> Case {
    let mut kept = opentelemetry_propagator_vostok::Entries::new();
    kept.insert("vostok.request.priority", "Ordinary")
        .expect("the entry is short");
    let floor = Vostok {
        kept: vec![
            0;
            kept.iter()
                .map(|(name, value)| 8 + name.len() + value.len())
                .sum()
        ],
        injected: injected(&ours::vostok(), "context-globals"),
    };
    case("vostok-floor", FloorPropagator(floor), request::vostok())
}

/// Returns the floor of [`ours::sentry`].
pub fn sentry() -> Case {
    let floor = Sentry {
        kept: request::dsc(),
        injected: request::dsc(),
    };
    case("sentry-floor", FloorPropagator(floor), request::sentry())
}

/// Returns the floor of [`ours::sentry_root`].
pub fn sentry_root() -> Case {
    let injected = injected(&ours::sentry_root(), "baggage");
    let floor = Sentry {
        kept: String::new(),
        injected,
    };
    case("sentry-root-floor", FloorPropagator(floor), vec![])
}
