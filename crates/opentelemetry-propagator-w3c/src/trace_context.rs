//! The propagator for `traceparent` and `tracestate`, between carriers and the [`Context`].

use std::sync::OnceLock;

use opentelemetry::otel_debug;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt, TraceFlags};
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::MemberList;
use opentelemetry_propagator_core::{
    extract_alone, inject_alone, is_random, verbatim_trace_state, Format, ParentMerger,
    RemoteParent, Request,
};

use crate::error::ParseError;
use crate::traceparent::{TraceParent, TRACEPARENT};
use crate::tracestate::{header_value, TraceStateList, TRACESTATE};

/// The flags that W3C defines, other than the sampling decision.
const RANDOM: TraceFlags = TraceFlags::new(0x02);

/// A propagator for W3C's `traceparent` and `tracestate`.
///
/// A trace is not continued if `traceparent` is invalid or occurs twice. If only `tracestate` is
/// invalid, it is dropped and the trace is continued.
///
/// For a valid span context, the propagator writes `traceparent`. It also writes `tracestate`
/// unless the list is empty. The random flag, and a list that OpenTelemetry's type cannot
/// represent, are kept in the [`Context`], so that they are also sent from local spans of the
/// trace. A list that the SDK or a sampler sets takes precedence.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_propagator_w3c::TraceContextPropagator;
///
/// global::set_text_map_propagator(TraceContextPropagator::new());
/// ```
#[derive(Clone, Debug, Default)]
#[doc(alias("traceparent", "tracestate"))]
pub struct TraceContextPropagator {
    _private: (),
}

impl TraceContextPropagator {
    /// Creates a propagator.
    pub fn new() -> Self {
        Self::default()
    }
}

#[cold]
fn log_ignored_header(error: &ParseError) {
    if cfg!(feature = "internal-logs") {
        otel_debug!(name: "TraceContextPropagator.HeaderIgnored", reason = error.to_string());
    }
}

impl Format for TraceContextPropagator {
    fn name(&self) -> &'static str {
        "tracecontext"
    }

    #[inline]
    fn read(
        &self,
        _cx: &Context,
        request: &mut Request<'_>,
        merger: &mut ParentMerger,
    ) -> Option<Context> {
        let extractor = request.extractor();
        let traceparent = TraceParent::extract(extractor, log_ignored_header)?;
        let mut parent = RemoteParent::new(traceparent.trace_id);
        parent.span_id = Some(traceparent.span_id);
        parent.sampled = Some(traceparent.sampled);
        parent.other_flags = Some(if traceparent.random {
            RANDOM
        } else {
            TraceFlags::NOT_SAMPLED
        });
        parent.trace_state =
            TraceStateList::extract(extractor, log_ignored_header).map(TraceStateList::into_stated);
        merger.add(parent);
        None
    }

    #[inline]
    fn write(&self, cx: &Context, injector: &mut dyn Injector, _baggage: &mut MemberList) {
        let span = cx.span();
        let span_context = span.span_context();
        if !span_context.is_valid() {
            return;
        }
        TraceParent::new(
            span_context.trace_id(),
            span_context.span_id(),
            span_context.is_sampled(),
            is_random(cx, span_context),
        )
        .inject(injector);
        let list = match verbatim_trace_state(cx, span_context) {
            Some(list) => Some(list.to_owned()),
            None => header_value(span_context.trace_state()),
        };
        if let Some(list) = list {
            injector.set(TRACESTATE, list);
        }
    }
}

impl TextMapPropagator for TraceContextPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        inject_alone(self, cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extract_alone(self, cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 2]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| [TRACEPARENT, TRACESTATE].map(str::to_owned)))
    }
}
