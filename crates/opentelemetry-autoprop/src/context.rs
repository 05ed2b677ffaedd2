//! Access to the values that this crate stores in a [`Context`].

use std::future::Future;

use opentelemetry::trace::{FutureExt, SpanContext, TraceContextExt, WithContext};
use opentelemetry::Context;
use opentelemetry_propagator_core::{is_suppressed, suppress};

/// Reads and sets the values that a [`Propagator`](crate::Propagator) stores in a [`Context`].
pub trait PropagationContextExt: private::Sealed {
    /// Returns the span context that the headers of the request state, if the request was not
    /// [trusted](crate::Trust) and its trace is therefore not continued.
    ///
    /// It is meant for a span link. The context itself does not belong to that trace.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use opentelemetry::propagation::TextMapPropagator;
    /// use opentelemetry::trace::{TraceContextExt, TraceId};
    /// use opentelemetry::Context;
    /// use opentelemetry_autoprop::PropagationContextExt;
    ///
    /// let propagator = opentelemetry_autoprop::builder()
    ///     .public_endpoint()
    ///     .from_list("tracecontext")?;
    /// let request = HashMap::from([(
    ///     "traceparent".to_owned(),
    ///     "00-27bb7faa48294cf49ae6007d70905468-00f067aa0ba902b7-01".to_owned(),
    /// )]);
    /// let cx = propagator.extract_with_context(&Context::new(), &request);
    ///
    /// assert!(!cx.span().span_context().is_valid());
    /// assert_eq!(
    ///     cx.untrusted_parent().unwrap().trace_id(),
    ///     TraceId::from(0x27bb7faa48294cf4_9ae6007d70905468),
    /// );
    /// # Ok::<(), opentelemetry_autoprop::Error>(())
    /// ```
    fn untrusted_parent(&self) -> Option<&SpanContext>;

    /// Returns the callers' spans in the traces of the request that were not continued, because
    /// another header stated another trace.
    ///
    /// They are meant for span links. Spans that nobody recorded are not among them: those of a
    /// `sentry-trace` without a flag, and span ids that are derived from a trace id.
    ///
    /// ```
    /// # #[cfg(feature = "kontur")] {
    /// use std::collections::HashMap;
    /// use opentelemetry::propagation::TextMapPropagator;
    /// use opentelemetry::trace::TraceId;
    /// use opentelemetry::Context;
    /// use opentelemetry_autoprop::PropagationContextExt;
    ///
    /// let propagator = opentelemetry_autoprop::from_list("tracecontext,kontur")?;
    /// let request = HashMap::from([
    ///     (
    ///         "traceparent".to_owned(),
    ///         "00-27bb7faa48294cf49ae6007d70905468-00f067aa0ba902b7-01".to_owned(),
    ///     ),
    ///     ("x-kontur-trace-id".to_owned(), "771a43a4192642f0b136d5159a501700".to_owned()),
    /// ]);
    /// let cx = propagator.extract_with_context(&Context::new(), &request);
    /// assert_eq!(
    ///     cx.other_parents()[0].trace_id(),
    ///     TraceId::from(0x27bb7faa48294cf4_9ae6007d70905468),
    /// );
    /// # }
    /// # Ok::<(), opentelemetry_autoprop::Error>(())
    /// ```
    fn other_parents(&self) -> &[SpanContext];

    /// Returns a copy of the context for which a [`Propagator`](crate::Propagator) injects nothing.
    ///
    /// Contexts that are derived from the copy inject nothing either. Spans are recorded as usual.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use opentelemetry::propagation::TextMapPropagator;
    /// use opentelemetry::Context;
    /// use opentelemetry_autoprop::PropagationContextExt;
    ///
    /// let propagator = opentelemetry_autoprop::from_list("tracecontext,baggage")?;
    /// let cx = Context::current().with_propagation_suppressed();
    /// let mut headers = HashMap::new();
    /// propagator.inject_context(&cx, &mut headers);
    /// assert!(headers.is_empty());
    /// # Ok::<(), opentelemetry_autoprop::Error>(())
    /// ```
    #[must_use]
    fn with_propagation_suppressed(&self) -> Context;

    /// Whether a [`Propagator`](crate::Propagator) injects nothing for this context.
    fn is_propagation_suppressed(&self) -> bool;
}

impl PropagationContextExt for Context {
    fn untrusted_parent(&self) -> Option<&SpanContext> {
        let UntrustedParent(span_context) = self.get()?;
        span_context.is_valid().then_some(span_context)
    }

    fn other_parents(&self) -> &[SpanContext] {
        opentelemetry_propagator_core::other_parents(self, self.span().span_context())
    }

    fn with_propagation_suppressed(&self) -> Context {
        suppress(self)
    }

    #[inline]
    fn is_propagation_suppressed(&self) -> bool {
        is_suppressed(self)
    }
}

/// Calls a function with a current context for which nothing is injected.
///
/// Use it for a call to a third party, which must not see trace ids or baggage. It covers the
/// requests that are sent on this thread before the function returns. For asynchronous requests,
/// use [`suppress_propagation_in`].
///
/// Suppression is part of the context. Instrumentation that passes another context to the
/// propagator, such as that of a span created earlier, injects as usual.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry_autoprop::suppress_propagation;
///
/// let propagator = opentelemetry_autoprop::from_list("tracecontext,baggage")?;
/// let mut headers = HashMap::new();
/// suppress_propagation(|| propagator.inject(&mut headers));
/// assert!(headers.is_empty());
/// # Ok::<(), opentelemetry_autoprop::Error>(())
/// ```
pub fn suppress_propagation<T>(call: impl FnOnce() -> T) -> T {
    let _guard = suppressed().attach();
    call()
}

/// Returns a future with a current context for which nothing is injected, whenever it is polled.
///
/// This is [`suppress_propagation`] for asynchronous calls. It works with every runtime. Tasks that
/// the future spawns have their own current context.
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry_autoprop::{suppress_propagation_in, PropagationContextExt};
///
/// # block_on(async {
/// let request = async { Context::current().is_propagation_suppressed() };
/// assert!(suppress_propagation_in(request).await);
/// assert!(!Context::current().is_propagation_suppressed());
/// # });
/// # struct NoWake;
/// # impl std::task::Wake for NoWake {
/// #     fn wake(self: std::sync::Arc<Self>) {}
/// # }
/// # fn block_on(future: impl std::future::Future) {
/// #     let waker = std::sync::Arc::new(NoWake).into();
/// #     let mut cx = std::task::Context::from_waker(&waker);
/// #     assert!(std::pin::pin!(future).poll(&mut cx).is_ready());
/// # }
/// ```
pub fn suppress_propagation_in<F: Future>(future: F) -> WithContext<F> {
    future.with_context(suppressed())
}

/// Returns the current context, with propagation suppressed.
fn suppressed() -> Context {
    Context::map_current(Context::with_propagation_suppressed)
}

/// The span context that the headers of an untrusted request state.
struct UntrustedParent(SpanContext);

/// Returns `cx` with the span context that the headers of an untrusted request state. It is invalid
/// if they state none.
pub(crate) fn with_untrusted_parent(cx: &Context, span_context: SpanContext) -> Context {
    // An invalid span context replaces the parent of an earlier request or message.
    if span_context.is_valid() || cx.get::<UntrustedParent>().is_some() {
        return cx.with_value(UntrustedParent(span_context));
    }
    cx.clone()
}

mod private {
    /// Limits the trait to [`opentelemetry::Context`], so that methods can be added to it.
    pub trait Sealed {}
    impl Sealed for opentelemetry::Context {}
}
