//! The propagators: carrier → headers → [`Context`], and back.

use std::sync::OnceLock;

use opentelemetry::otel_debug;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt, TraceId};
use opentelemetry::Context;
use opentelemetry_propagator_wire::{hex_string, holds_remote_trace, with_remote_trace};

use crate::header::{self, ParseError};

/// Continues a trace that came with `X-Kontur-Trace-*` headers, and sends it on with them.
///
/// What is read: the trace id, the caller's span id, the sampling decision. A trace that the
/// context already holds as remote stays as it is (see [`with_remote_trace`]), and the id alone is
/// read of it.
///
/// What is written, for a valid span context: `x-kontur-trace-id` as 32 hex digits,
/// `x-kontur-trace-spanid` as 16, `x-kontur-trace-issampled` as `true` or `false`.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_propagator_kontur::KonturPropagator;
///
/// global::set_text_map_propagator(KonturPropagator::new());
/// ```
#[derive(Clone, Debug)]
pub struct KonturPropagator {
    sample_undecided: bool,
    continue_trace_id_alone: bool,
}

impl KonturPropagator {
    /// A propagator with the default options.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Options, each with its default.
    pub fn builder() -> KonturPropagatorBuilder {
        KonturPropagatorBuilder(KonturPropagator {
            sample_undecided: true,
            continue_trace_id_alone: true,
        })
    }

    /// The context with the trace of the headers; `None` where it stays as it is.
    fn continued(
        &self,
        cx: &Context,
        trace_id: TraceId,
        extractor: &dyn Extractor,
    ) -> Option<Context> {
        // Two look-ups less where an earlier propagator of the list has read the same trace.
        if holds_remote_trace(cx, trace_id) {
            return None;
        }
        let span_id = extractor
            .get(header::SPAN_ID)
            .and_then(|value| readable(header::parse_span_id(value)));
        let span_id = match span_id {
            Some(id) => id,
            None if self.continue_trace_id_alone => header::derived_span_id(trace_id),
            None => return None,
        };
        let sampled = extractor
            .get(header::IS_SAMPLED)
            .and_then(|value| readable(header::parse_is_sampled(value)))
            .unwrap_or(self.sample_undecided);
        Some(with_remote_trace(cx, trace_id, span_id, sampled))
    }
}

/// What a header says, or a debug line that tells why it says nothing.
#[inline]
fn readable<T>(parsed: Result<T, ParseError>) -> Option<T> {
    parsed.map_err(|error| ignored(&error)).ok()
}

#[cold]
fn ignored(error: &ParseError) {
    if cfg!(feature = "internal-logs") {
        otel_debug!(name: "KonturPropagator.HeaderIgnored", reason = error.to_string());
    }
}

impl Default for KonturPropagator {
    fn default() -> Self {
        Self::new()
    }
}

impl TextMapPropagator for KonturPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span_context = span.span_context();
        if !span_context.is_valid() {
            return;
        }
        let trace_id = hex_string(span_context.trace_id().to_bytes());
        let span_id = hex_string(span_context.span_id().to_bytes());
        let sampled = if span_context.is_sampled() {
            "true"
        } else {
            "false"
        };
        injector.set(header::TRACE_ID, trace_id);
        injector.set(header::SPAN_ID, span_id);
        injector.set(header::IS_SAMPLED, sampled.to_owned());
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extractor
            .get(header::TRACE_ID)
            .and_then(|value| readable(header::parse_trace_id(value)))
            .and_then(|trace_id| self.continued(cx, trace_id, extractor))
            .unwrap_or_else(|| cx.clone())
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 3]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| {
            [header::TRACE_ID, header::SPAN_ID, header::IS_SAMPLED].map(str::to_owned)
        }))
    }
}

/// Options of a [`KonturPropagator`].
///
/// ```
/// use opentelemetry_propagator_kontur::KonturPropagator;
///
/// let propagator = KonturPropagator::builder()
///     .sample_undecided(false)
///     .continue_trace_id_alone(false)
///     .build();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build() is called"]
pub struct KonturPropagatorBuilder(KonturPropagator);

impl KonturPropagatorBuilder {
    /// Whether a trace is sampled when `x-kontur-trace-issampled` is missing or unreadable;
    /// `true` by default.
    pub fn sample_undecided(mut self, sampled: bool) -> Self {
        self.0.sample_undecided = sampled;
        self
    }

    /// Whether a trace is continued when `x-kontur-trace-spanid` is missing, zero or unreadable,
    /// its parent then being [`derived_span_id`](header::derived_span_id); `true` by default.
    pub fn continue_trace_id_alone(mut self, continued: bool) -> Self {
        self.0.continue_trace_id_alone = continued;
        self
    }

    /// The propagator with these options.
    pub fn build(self) -> KonturPropagator {
        self.0
    }
}

/// Writes `x-kontur-trace-id` on a response, so that whoever sees it can open the trace.
///
/// It only injects; extracting gives the context back as it is.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
/// use opentelemetry::Context;
/// use opentelemetry_propagator_kontur::KonturResponsePropagator;
///
/// let cx = Context::new().with_remote_span_context(SpanContext::new(
///     TraceId::from(0x27bb7faa48294cf4_9ae6007d70905468),
///     SpanId::from(1),
///     TraceFlags::SAMPLED,
///     false,
///     TraceState::NONE,
/// ));
/// let mut response = HashMap::new();
/// KonturResponsePropagator::new().inject_context(&cx, &mut response);
/// assert_eq!(response.len(), 1);
/// assert_eq!(response["x-kontur-trace-id"], "27bb7faa48294cf49ae6007d70905468");
/// ```
#[derive(Clone, Debug, Default)]
pub struct KonturResponsePropagator {
    _private: (),
}

impl KonturResponsePropagator {
    /// The propagator; it has no options.
    pub fn new() -> Self {
        Self::default()
    }
}

impl TextMapPropagator for KonturResponsePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span_context = span.span_context();
        if span_context.is_valid() {
            let trace_id = hex_string(span_context.trace_id().to_bytes());
            injector.set(header::TRACE_ID, trace_id);
        }
    }

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 1]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| [header::TRACE_ID.to_owned()]))
    }
}
