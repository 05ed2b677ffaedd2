//! Values that a format keeps for itself, with the trace that they belong to.

use opentelemetry::trace::{SpanContext, TraceId};
use opentelemetry::Context;

use crate::merge::is_same_trace;

/// A value of a format, or `None` if the last request had none.
#[derive(Debug)]
struct Kept<T> {
    trace_id: TraceId,
    value: Option<T>,
}

/// Stores a value that arrived with a trace and that only its own format understands, such as B3's
/// debug flag. The type of the value identifies the format.
///
/// Without a value, that of an earlier request or message is removed. Returns `None` if `cx` needs
/// no change, which is what [`Format::read`](crate::Format::read) returns then.
///
/// ```
/// use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
/// use opentelemetry::Context;
/// use opentelemetry_propagator_core::{keep, kept};
///
/// #[derive(Debug, PartialEq)]
/// struct Priority(u8);
///
/// let span_of = |trace_id| {
///     let (span_id, flags) = (SpanId::from(1), TraceFlags::SAMPLED);
///     SpanContext::new(TraceId::from(trace_id), span_id, flags, true, TraceState::NONE)
/// };
/// let cx = keep(&Context::new(), TraceId::from(7), Some(Priority(2))).unwrap();
/// assert_eq!(kept(&cx, &span_of(7)), Some(&Priority(2)));
/// assert_eq!(kept::<Priority>(&cx, &span_of(8)), None, "another trace");
///
/// let cx = keep::<Priority>(&cx, TraceId::from(7), None).unwrap();
/// assert_eq!(kept::<Priority>(&cx, &span_of(7)), None, "removed");
/// ```
#[inline]
pub fn keep<T: Send + Sync + 'static>(
    cx: &Context,
    trace_id: TraceId,
    value: Option<T>,
) -> Option<Context> {
    let has_earlier = || cx.get::<Kept<T>>().is_some_and(|kept| kept.value.is_some());
    (value.is_some() || has_earlier()).then(|| cx.with_value(Kept { trace_id, value }))
}

/// Returns the value that arrived with the trace of `span_context`, which is the current span.
///
/// Trace ids are compared by [`is_same_trace`].
#[inline]
pub fn kept<'a, T: Send + Sync + 'static>(
    cx: &'a Context,
    span_context: &SpanContext,
) -> Option<&'a T> {
    let kept = cx.get::<Kept<T>>()?;
    let value = kept.value.as_ref()?;
    is_same_trace(kept.trace_id, span_context.trace_id()).then_some(value)
}
