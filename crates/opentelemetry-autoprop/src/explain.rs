//! Explains which propagator of a list stated which fact about a request.

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{TraceId, TraceState};
use opentelemetry::Context;
use opentelemetry_propagator_core::{ParentMerger, RemoteParent, StatedTraceState};

use crate::propagator::Propagator;

/// The facts that each propagator of a list states about one carrier, and the merged result.
///
/// [`Propagator::explain`] returns it for diagnosis. Extraction does not compute it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The facts that each extracting propagator states, in the order of the list.
    pub statements: Vec<Statement>,
    /// The merged parent, with the origin of each fact. `None` if no trace is continued. At a
    /// [public endpoint](crate::Builder::public_endpoint), it is the parent that the headers state,
    /// although it is not continued.
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
        let mut merger = ParentMerger::new();
        let mut next = cx.clone();
        let mut origins = Origins::default();
        let mut statements = Vec::new();
        let mut request = self.request(extractor);
        for listed in self.extracting() {
            let mut alone = ParentMerger::new();
            listed.format.read(cx, &mut request, &mut alone);
            let is_refused = !alone.refused().is_empty();
            let stated = alone.current().cloned();
            let propagator = listed.name.clone();
            statements.push(Statement {
                propagator,
                stated,
                is_refused,
            });

            if let Some(read) = listed.format.read(&next, &mut request, &mut merger) {
                next = read;
            }
            origins.record(&listed.name, merger.current());
        }
        for statement in &mut statements {
            let stated = statement.stated.as_ref();
            statement.is_refused |=
                stated.is_some_and(|parent| merger.refused().contains(&parent.trace_id));
        }
        Explanation {
            parent: merger.current().and_then(|parent| origins.of(parent)),
            statements,
            context: self.extract_with_context(cx, extractor),
        }
    }
}

/// For each trace that the merger has held, the propagator that first stated each fact.
#[derive(Default)]
struct Origins(Vec<MergedParent>);

impl Origins {
    /// Attributes the facts that the merger has gained to `name`, which was read last.
    fn record(&mut self, name: &str, current: Option<&RemoteParent>) {
        let Some(current) = current else {
            return;
        };
        let known = self.0.iter().position(|p| p.trace_id == current.trace_id);
        let at = known.unwrap_or_else(|| {
            self.0.push(MergedParent {
                trace_id: current.trace_id,
                trace_id_from: name.to_owned(),
                span_id_from: None,
                sampled_from: None,
                trace_state_from: None,
            });
            self.0.len() - 1
        });
        let origins = &mut self.0[at];
        let has_trace_state = match &current.trace_state {
            None => false,
            Some(StatedTraceState::Parsed(list)) => *list != TraceState::NONE,
            Some(StatedTraceState::Verbatim(_)) => true,
        };
        for (is_stated, from) in [
            (current.span_id.is_some(), &mut origins.span_id_from),
            (current.sampled.is_some(), &mut origins.sampled_from),
            (has_trace_state, &mut origins.trace_state_from),
        ] {
            if is_stated && from.is_none() {
                *from = Some(name.to_owned());
            }
        }
    }

    fn of(&self, parent: &RemoteParent) -> Option<MergedParent> {
        self.0
            .iter()
            .find(|p| p.trace_id == parent.trace_id)
            .cloned()
    }
}
