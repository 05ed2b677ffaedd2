//! Explains which propagator of a list stated which fact about a request.

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TraceId;
use opentelemetry::Context;
use opentelemetry_propagator_core::{is_same_trace, ParentMerger, RemoteParent};

use crate::propagator::Propagator;

/// The facts that each propagator of a list states about one carrier, and the merged result.
///
/// [`Propagator::explain`] returns it for diagnosis. Extraction does not compute it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The facts that each extracting propagator states, in the order of the list.
    pub statements: Vec<Statement>,
    /// The merged parent, with the origin of each fact. `None` if the headers state no trace that
    /// could be continued. If the request is not [trusted](crate::Trust), it is the parent that the
    /// headers state, although it is not continued.
    pub parent: Option<MergedParent>,
    /// The context that [`extract_with_context`](TextMapPropagator::extract_with_context) returns.
    pub context: Context,
}

/// The facts that one propagator of a list states.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Statement {
    /// The name of the propagator in the list.
    pub propagator: String,
    /// The facts that its headers state, read without the other propagators of the list. `None` if
    /// the headers are absent or invalid, or if the propagator does not continue their trace.
    pub stated: Option<RemoteParent>,
    /// Whether this or another propagator of the list refuses the trace of its headers, as Sentry's
    /// propagator does with strict continuation.
    pub is_refused: bool,
}

/// The parent that results from the facts of all propagators of a list.
///
/// The fields that end in `_from` contain the name of the propagator that stated the fact.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MergedParent {
    /// The trace id.
    pub trace_id: TraceId,
    /// The first propagator that stated the trace.
    pub trace_id_from: String,
    /// The propagator that stated the parent span. `None` if the span id is derived from the trace
    /// id.
    pub span_id_from: Option<String>,
    /// The propagator that stated the sampling decision. `None` if no propagator did, so that the
    /// option `sample_when_undecided` applies.
    pub sampled_from: Option<String>,
    /// The propagator that stated a `tracestate`. `None` if there is none.
    pub trace_state_from: Option<String>,
}

impl Propagator {
    /// Explains the result of [`extract_with_context`](TextMapPropagator::extract_with_context) for
    /// a carrier: which propagator states which fact, and which facts are derived or set by an
    /// option.
    ///
    /// It reads the carrier several times, so use it for diagnosis and not for each request.
    ///
    /// ```
    /// # #[cfg(all(feature = "kontur", feature = "vostok"))] {
    /// use std::collections::HashMap;
    /// use opentelemetry::trace::TraceContextExt;
    /// use opentelemetry::Context;
    ///
    /// let request = HashMap::from([
    ///     ("x-kontur-trace-id".to_owned(), "27bb7faa48294cf49ae6007d70905468".to_owned()),
    ///     ("x-kontur-trace-issampled".to_owned(), "false".to_owned()),
    ///     (
    ///         "traceparent".to_owned(),
    ///         "00-27bb7faa48294cf49ae6007d70905468-00f067aa0ba902b7-01".to_owned(),
    ///     ),
    /// ]);
    /// let propagator = opentelemetry_autoprop::from_list("kontur,tracecontext")?;
    /// let explanation = propagator.explain(&Context::new(), &request);
    ///
    /// let parent = explanation.parent.unwrap();
    /// assert_eq!(parent.trace_id_from, "kontur");
    /// assert_eq!(parent.span_id_from.as_deref(), Some("tracecontext"));
    /// assert_eq!(parent.sampled_from.as_deref(), Some("kontur"));
    /// assert!(!explanation.context.span().span_context().is_sampled());
    /// # }
    /// # Ok::<(), opentelemetry_autoprop::Error>(())
    /// ```
    #[must_use]
    pub fn explain(&self, cx: &Context, extractor: &dyn Extractor) -> Explanation {
        let mut request = self.request(extractor);
        let mut merger = ParentMerger::new();
        let mut next = cx.clone();
        let mut statements = Vec::new();
        for listed in self.extracting() {
            let mut alone = ParentMerger::new();
            // A format may read less if there is a trace already.
            let held = merger.clone().finish(cx, None);
            listed.format.read(&held, &mut request, &mut alone);
            statements.push(Statement {
                propagator: listed.name.clone(),
                stated: alone.current().cloned(),
                is_refused: !alone.refused().is_empty(),
            });
            if let Some(read) = listed.format.read(&next, &mut request, &mut merger) {
                next = read;
            }
        }
        for statement in &mut statements {
            let stated = statement.stated.as_ref();
            let is = |parent: &RemoteParent, id| is_same_trace(parent.trace_id, id);
            statement.is_refused |= stated
                .is_some_and(|parent| merger.refused().iter().any(|&refused| is(parent, refused)));
        }
        Explanation {
            parent: merger
                .current()
                .and_then(|parent| MergedParent::new(parent.trace_id, &statements)),
            statements,
            context: self.extract_with_context(cx, extractor),
        }
    }
}

impl MergedParent {
    /// Attributes each fact about a trace to the first statement of it.
    fn new(trace_id: TraceId, statements: &[Statement]) -> Option<Self> {
        let from = |states: fn(&RemoteParent) -> bool| {
            let states =
                |parent: &RemoteParent| is_same_trace(parent.trace_id, trace_id) && states(parent);
            let mut statements = statements.iter();
            let first = statements.find(|statement| statement.stated.as_ref().is_some_and(states));
            first.map(|statement| statement.propagator.clone())
        };
        Some(MergedParent {
            trace_id,
            trace_id_from: from(|_| true)?,
            span_id_from: from(|parent| parent.span_id.is_some()),
            sampled_from: from(|parent| parent.is_debug)
                .or_else(|| from(|parent| parent.sampled.is_some())),
            trace_state_from: from(|parent| parent.trace_state.is_some()),
        })
    }
}
