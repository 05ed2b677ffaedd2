//! Joining the trace that a header tells of to a [`Context`].

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;

/// Returns `cx` with a remote span context of the given ids, or as it is when it already holds a
/// remote span context of the same trace.
///
/// Several headers of one request tell of the same hop. What was read first may hold a
/// `tracestate` and a sampling decision that a later format cannot state, so the same trace stays.
/// A different trace replaces it: OpenTelemetry's rule that the last valid one wins.
///
/// The ids must be valid: a header with a zero id is refused before it comes here.
///
/// ```
/// use opentelemetry::trace::{SpanId, TraceContextExt, TraceId};
/// use opentelemetry::Context;
/// use opentelemetry_propagator_core::with_remote_trace;
///
/// let first = with_remote_trace(&Context::new(), TraceId::from(7), SpanId::from(1), false);
///
/// let same = with_remote_trace(&first, TraceId::from(7), SpanId::from(2), true);
/// assert_eq!(same.span().span_context().span_id(), SpanId::from(1));
///
/// let other = with_remote_trace(&first, TraceId::from(8), SpanId::from(2), true);
/// assert_eq!(other.span().span_context().span_id(), SpanId::from(2));
/// ```
pub fn with_remote_trace(
    cx: &Context,
    trace_id: TraceId,
    span_id: SpanId,
    sampled: bool,
) -> Context {
    if holds_remote_trace(cx, trace_id) {
        return cx.clone();
    }
    let flags = if sampled {
        TraceFlags::SAMPLED
    } else {
        TraceFlags::NOT_SAMPLED
    };
    cx.with_remote_span_context(SpanContext::new(
        trace_id,
        span_id,
        flags,
        true,
        TraceState::NONE,
    ))
}

/// Whether `cx` holds a remote span context of this trace already, so that [`with_remote_trace`]
/// leaves it as it is: who asks first need not read what else a header says of the span.
///
/// ```
/// use opentelemetry::trace::{SpanId, TraceId};
/// use opentelemetry::Context;
/// use opentelemetry_propagator_core::{holds_remote_trace, with_remote_trace};
///
/// let cx = with_remote_trace(&Context::new(), TraceId::from(7), SpanId::from(1), false);
/// assert!(holds_remote_trace(&cx, TraceId::from(7)));
/// assert!(!holds_remote_trace(&cx, TraceId::from(8)));
/// ```
pub fn holds_remote_trace(cx: &Context, trace_id: TraceId) -> bool {
    let span = cx.span();
    let held = span.span_context();
    held.trace_id() == trace_id && held.is_remote() && held.is_valid()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote(trace_id: u128, trace_state: &str) -> Context {
        Context::new().with_remote_span_context(SpanContext::new(
            TraceId::from(trace_id),
            SpanId::from(1),
            TraceFlags::NOT_SAMPLED,
            true,
            trace_state.parse().unwrap(),
        ))
    }

    #[test]
    fn the_same_remote_trace_keeps_its_state_and_flag() {
        let cx = with_remote_trace(&remote(7, "a=b"), TraceId::from(7), SpanId::from(2), true);
        let span = cx.span();
        assert_eq!(span.span_context().trace_state().get("a"), Some("b"));
        assert_eq!(span.span_context().span_id(), SpanId::from(1));
        assert!(!span.span_context().is_sampled());
    }

    #[test]
    fn another_trace_replaces_the_one_held() {
        let cx = with_remote_trace(&remote(7, "a=b"), TraceId::from(8), SpanId::from(2), true);
        let expected = SpanContext::new(
            TraceId::from(8),
            SpanId::from(2),
            TraceFlags::SAMPLED,
            true,
            TraceState::NONE,
        );
        assert_eq!(cx.span().span_context(), &expected);
    }

    #[test]
    fn a_local_span_of_the_same_trace_is_replaced() {
        let local = Context::new().with_remote_span_context(SpanContext::new(
            TraceId::from(7),
            SpanId::from(1),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        ));
        let cx = with_remote_trace(&local, TraceId::from(7), SpanId::from(2), false);
        assert_eq!(cx.span().span_context().span_id(), SpanId::from(2));
        assert!(cx.span().span_context().is_remote());
    }

    #[test]
    fn a_remote_span_context_without_a_span_id_is_replaced() {
        let half = Context::new().with_remote_span_context(SpanContext::new(
            TraceId::from(7),
            SpanId::INVALID,
            TraceFlags::SAMPLED,
            true,
            TraceState::NONE,
        ));
        let cx = with_remote_trace(&half, TraceId::from(7), SpanId::from(2), false);
        assert_eq!(cx.span().span_context().span_id(), SpanId::from(2));
    }
}
