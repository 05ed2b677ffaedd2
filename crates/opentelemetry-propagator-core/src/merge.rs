//! Merging what the headers of several formats state about the caller's span.

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;

use crate::guid::Guid;

/// What the headers of one format state about the caller's span.
///
/// The trace id is always stated. Each other fact may be left open, for another format to state:
/// a format without a sampling flag leaves the decision open, for example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteParent {
    /// The trace, not zero.
    pub trace_id: TraceId,
    /// The caller's span, not zero. If no format states it, it is derived from the trace id by
    /// [`derived_span_id`].
    pub span_id: Option<SpanId>,
    /// The caller's sampling decision. If no format states it, `sample_when_undecided` decides.
    pub sampled: Option<bool>,
    /// The decision for a trace whose sampling no format states. The first format that states the
    /// trace wins.
    pub sample_when_undecided: bool,
    /// All trace flags other than the sampling decision.
    pub other_flags: Option<TraceFlags>,
    /// The list of `tracestate`.
    pub trace_state: Option<StatedTraceState>,
    /// Whether the format passes an undecided trace on as undecided, so that the context must
    /// remember that no format decided.
    pub keep_undecided: bool,
}

/// The list of `tracestate` in the form that OpenTelemetry holds, and verbatim where that form
/// cannot hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatedTraceState {
    /// A list that OpenTelemetry's type holds.
    Held(TraceState),
    /// A valid list that OpenTelemetry's type refuses, verbatim.
    Verbatim(String),
}

impl RemoteParent {
    /// Creates a statement of a trace id and nothing else.
    ///
    /// `trace_id` must not be zero.
    #[inline]
    pub fn new(trace_id: TraceId) -> Self {
        RemoteParent {
            trace_id,
            span_id: None,
            sampled: None,
            sample_when_undecided: true,
            other_flags: None,
            trace_state: None,
            keep_undecided: false,
        }
    }

    /// Creates the statement of a propagator that reports a whole span context: every fact is
    /// stated.
    fn from_span_context(span_context: &SpanContext) -> Self {
        RemoteParent {
            trace_id: span_context.trace_id(),
            span_id: Some(span_context.span_id()),
            sampled: Some(span_context.is_sampled()),
            sample_when_undecided: true,
            other_flags: Some(span_context.trace_flags()),
            trace_state: Some(StatedTraceState::Held(span_context.trace_state().clone())),
            keep_undecided: false,
        }
    }

    /// Takes each fact that is still open from a later format of the same trace.
    fn fill_in(&mut self, later: RemoteParent) {
        self.span_id = self.span_id.or(later.span_id);
        self.sampled = self.sampled.or(later.sampled);
        self.other_flags = self.other_flags.or(later.other_flags);
        if self.trace_state.is_none() {
            self.trace_state = later.trace_state;
        }
        self.keep_undecided |= later.keep_undecided;
    }
}

/// Merges what the headers of one carrier state, in the order of a list of formats.
///
/// Headers with the same trace id describe the same caller: each fact is taken from the first
/// format that states it. If a later format states another trace, that trace wins.
///
/// ```
/// use opentelemetry::trace::{SpanId, TraceContextExt, TraceId};
/// use opentelemetry::Context;
/// use opentelemetry_propagator_core::{ParentMerger, RemoteParent};
///
/// let mut merger = ParentMerger::new();
/// // One format has the trace id and a decision, another one the span.
/// let mut first = RemoteParent::new(TraceId::from(7));
/// first.sampled = Some(false);
/// merger.state(first);
/// let mut second = RemoteParent::new(TraceId::from(7));
/// second.span_id = Some(SpanId::from(1));
/// merger.state(second);
///
/// let cx = merger.finish(&Context::new(), None);
/// assert_eq!(cx.span().span_context().span_id(), SpanId::from(1));
/// assert!(!cx.span().span_context().is_sampled());
/// ```
#[derive(Clone, Debug, Default)]
pub struct ParentMerger {
    /// The trace that is continued as far as the formats have been read.
    current: Option<RemoteParent>,
    /// Allocated only if headers contradict each other or a trace is refused.
    conflicts: Option<Box<Conflicts>>,
}

#[derive(Clone, Debug, Default)]
struct Conflicts {
    /// Traces that a later one replaced.
    replaced: Vec<RemoteParent>,
    /// Traces that are not continued, whichever format states them.
    refused: Vec<TraceId>,
}

impl ParentMerger {
    /// Creates a merger to which no format has stated anything.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what the next format of the list states.
    #[inline]
    pub fn state(&mut self, parent: RemoteParent) {
        match &mut self.current {
            None if self.conflicts.is_none() => self.current = Some(parent),
            Some(current) if current.trace_id == parent.trace_id => current.fill_in(parent),
            _ => self.state_conflicting(parent),
        }
    }

    /// Adds the span context that a propagator reports that does not implement
    /// [`Format`](crate::Format). It counts as stating every fact; an invalid one states nothing.
    pub fn state_span_context(&mut self, span_context: &SpanContext) {
        if span_context.is_valid() {
            self.state(RemoteParent::from_span_context(span_context));
        }
    }

    /// Refuses a trace: no format of the list continues it, whether it is read before or after.
    #[cold]
    pub fn refuse(&mut self, trace_id: TraceId) {
        let conflicts = self.conflicts.get_or_insert_with(Box::default);
        conflicts.refused.push(trace_id);
        let replaced = &mut conflicts.replaced;
        replaced.retain(|parent| parent.trace_id != trace_id);
        if self.current.as_ref().map(|parent| parent.trace_id) == Some(trace_id) {
            self.current = replaced.pop();
        }
    }

    /// Continues another trace, unless it is refused. What earlier formats stated about that trace
    /// still applies.
    #[cold]
    fn state_conflicting(&mut self, parent: RemoteParent) {
        let conflicts = self.conflicts.get_or_insert_with(Box::default);
        if conflicts.refused.contains(&parent.trace_id) {
            return;
        }
        let replaced = &mut conflicts.replaced;
        let is_same_trace = |earlier: &RemoteParent| earlier.trace_id == parent.trace_id;
        let next = match replaced.iter().position(is_same_trace) {
            Some(at) => {
                let mut earlier = replaced.remove(at);
                earlier.fill_in(parent);
                earlier
            }
            None => parent,
        };
        replaced.extend(self.current.replace(next));
    }

    /// Whether the span id and the sampling decision of this trace are stated already, and it is
    /// the trace that is continued so far.
    ///
    /// A format that could state nothing else about it need not be read further.
    #[inline]
    pub fn is_settled(&self, trace_id: TraceId) -> bool {
        self.current.as_ref().is_some_and(|parent| {
            parent.trace_id == trace_id && parent.span_id.is_some() && parent.sampled.is_some()
        })
    }

    /// Returns what is stated about the trace that is continued so far.
    #[inline]
    pub fn current(&self) -> Option<&RemoteParent> {
        self.current.as_ref()
    }

    /// Returns the traces that are not continued, because a format [refused](Self::refuse) them.
    pub fn refused(&self) -> &[TraceId] {
        self.conflicts
            .as_deref()
            .map_or(&[], |conflicts| &conflicts.refused)
    }

    /// Returns the context that the formats leave, with the merged span context as its remote
    /// parent. Its span stays as it is if no valid trace was stated.
    ///
    /// `kept` is what the formats made of `cx`, or `None` if they kept nothing.
    #[inline]
    pub fn finish(mut self, cx: &Context, kept: Option<Context>) -> Context {
        match (&mut self.current, kept) {
            (Some(parent), kept) => parent.set_in(cx, kept.as_ref().unwrap_or(cx)),
            (None, Some(kept)) => kept,
            (None, None) => cx.clone(),
        }
    }
}

impl RemoteParent {
    /// Returns `kept` with this as its remote parent. Takes the list of `tracestate`.
    ///
    /// `kept` was made from `cx`, which alone can hold details of an earlier parent and usually
    /// holds nothing: looking them up there takes no time.
    ///
    /// Not inlined, so that a request without headers does not pay for the registers and the stack
    /// that it uses.
    #[inline(never)]
    fn set_in(&mut self, cx: &Context, kept: &Context) -> Context {
        let span_id = match self.span_id {
            Some(span_id) => span_id,
            None => derived_span_id(self.trace_id),
        };
        let other_flags = self.other_flags.unwrap_or_default();
        let sampled = self.sampled.unwrap_or(self.sample_when_undecided);
        let flags = other_flags.with_sampled(sampled);
        let (trace_state, verbatim) = match self.trace_state.take() {
            None => (TraceState::NONE, None),
            Some(StatedTraceState::Held(trace_state)) => (trace_state, None),
            Some(StatedTraceState::Verbatim(list)) => (TraceState::NONE, Some(list)),
        };
        let is_undecided = self.keep_undecided && self.sampled.is_none();
        let is_random = flags.to_u8() & RANDOM != 0;
        let has_details = is_undecided || is_random || verbatim.is_some();
        let trace_id = self.trace_id;
        let span_context = SpanContext::new(trace_id, span_id, flags, true, trace_state);
        // Details of an earlier request or message must not stay.
        if !has_details && cx.get::<ParentDetails>().is_none() {
            return kept.with_remote_span_context(span_context);
        }
        kept.with_remote_span_context(span_context)
            .with_value(ParentDetails {
                trace_id,
                span_id,
                is_undecided,
                is_random,
                trace_state: verbatim,
            })
    }
}

/// The random flag of W3C Trace Context Level 2: the right half of the trace id is random.
const RANDOM: u8 = 0x02;

/// What a span context cannot hold about the remote parent, or what the SDK does not pass on to
/// the span contexts of local spans.
///
/// It is kept only when there is something to keep, which is rare.
#[derive(Debug)]
struct ParentDetails {
    trace_id: TraceId,
    span_id: SpanId,
    is_undecided: bool,
    is_random: bool,
    trace_state: Option<String>,
}

impl ParentDetails {
    /// The details that belong to the trace of the current span.
    fn of_trace<'a>(cx: &'a Context, span_context: &SpanContext) -> Option<&'a Self> {
        cx.get::<ParentDetails>()
            .filter(|details| details.trace_id == span_context.trace_id())
    }
}

/// Whether the current span is the remote parent itself and no header stated its sampling
/// decision.
///
/// A local span decides, so that a trace that has one is never undecided. Only a format that sets
/// [`RemoteParent::keep_undecided`] makes the context remember this.
#[inline]
pub fn is_undecided(cx: &Context, span_context: &SpanContext) -> bool {
    span_context.is_remote()
        && ParentDetails::of_trace(cx, span_context).is_some_and(|details| {
            details.is_undecided && details.span_id == span_context.span_id()
        })
}

/// Whether the random flag of W3C Trace Context Level 2 belongs to the trace of the current span.
///
/// The SDK clears it in the span contexts of spans that it does not sample.
#[inline]
pub fn is_random(cx: &Context, span_context: &SpanContext) -> bool {
    span_context.trace_flags().to_u8() & RANDOM != 0
        || ParentDetails::of_trace(cx, span_context).is_some_and(|details| details.is_random)
}

/// Returns the `tracestate` of the current span's trace that OpenTelemetry's type cannot hold.
///
/// `None` if the span context has a list of its own: the SDK or a sampler set it later.
#[inline]
pub fn verbatim_trace_state<'a>(cx: &'a Context, span_context: &SpanContext) -> Option<&'a str> {
    if *span_context.trace_state() != TraceState::NONE {
        return None;
    }
    ParentDetails::of_trace(cx, span_context)?
        .trace_state
        .as_deref()
}

/// Derives the parent span id of a trace whose headers state no span.
///
/// The result is the first half of the trace id that is not zero. It is never zero for a valid
/// trace id, and the same at every service that sees the same header.
///
/// ```
/// use opentelemetry::trace::{SpanId, TraceId};
/// use opentelemetry_propagator_core::derived_span_id;
///
/// let id = TraceId::from(0x27bb7faa48294cf4_9ae6007d70905468);
/// assert_eq!(derived_span_id(id), SpanId::from(0x27bb7faa48294cf4));
/// assert_eq!(derived_span_id(TraceId::from(5)), SpanId::from(5));
/// ```
#[inline]
pub fn derived_span_id(trace_id: TraceId) -> SpanId {
    match Guid::from(trace_id).span_id() {
        SpanId::INVALID => {
            let [.., a, b, c, d, e, f, g, h] = trace_id.to_bytes();
            SpanId::from_bytes([a, b, c, d, e, f, g, h])
        }
        id => id,
    }
}
