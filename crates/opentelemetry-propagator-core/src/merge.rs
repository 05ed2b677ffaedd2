//! Merging of the facts that several header formats state about the caller's span.

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;

use crate::guid::Guid;

/// The facts that the headers of one format state about the caller's span.
///
/// The trace id is always stated. Each other fact is optional, and another format may state it. A
/// format without a sampling flag, for example, does not state the sampling decision.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteParent {
    /// The trace id, which must not be zero.
    pub trace_id: TraceId,
    /// The caller's span id, which must not be zero. If no format states it, it is derived from the
    /// trace id by [`derived_span_id`].
    pub span_id: Option<SpanId>,
    /// The caller's sampling decision. If no format states it, `sample_when_undecided` is used.
    pub sampled: Option<bool>,
    /// The sampling decision if no format states one. The first format that states this trace takes
    /// precedence.
    pub sample_when_undecided: bool,
    /// The trace flags other than the sampling decision.
    pub other_flags: Option<TraceFlags>,
    /// The `tracestate` list.
    pub trace_state: Option<StatedTraceState>,
    /// Whether the format can write a deferred decision, so that the context must store that no
    /// format stated one.
    pub keep_deferred: bool,
    /// Whether the caller requires that the trace is sampled, whatever another format states. B3
    /// calls this debug.
    pub is_debug: bool,
    /// Whether the statement is weak. It continues a trace if no other format states one, and adds
    /// facts about the same trace. It never replaces another trace.
    pub is_weak: bool,
    /// The number of the format that stated the trace first.
    source: u8,
}

/// A `tracestate` list, as OpenTelemetry's type if that can represent it, and verbatim otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatedTraceState {
    /// A list that OpenTelemetry's type can represent.
    Parsed(TraceState),
    /// A valid list that OpenTelemetry's type rejects, verbatim.
    Verbatim(String),
}

impl RemoteParent {
    /// Creates a parent with only a trace id, which must not be zero.
    #[inline]
    pub fn new(trace_id: TraceId) -> Self {
        RemoteParent {
            trace_id,
            span_id: None,
            sampled: None,
            sample_when_undecided: true,
            other_flags: None,
            trace_state: None,
            keep_deferred: false,
            is_debug: false,
            is_weak: false,
            source: 0,
        }
    }

    /// Adds the facts that are still missing from a later format of the same trace.
    fn fill_in(&mut self, later: RemoteParent) {
        if is_shortened(self.trace_id) {
            self.trace_id = later.trace_id;
        }
        self.span_id = self.span_id.or(later.span_id);
        self.sampled = self.sampled.or(later.sampled);
        self.other_flags = self.other_flags.or(later.other_flags);
        if self.trace_state.is_none() {
            self.trace_state = later.trace_state;
        }
        self.keep_deferred |= later.keep_deferred;
        self.is_debug |= later.is_debug;
        self.is_weak &= later.is_weak;
    }
}

/// Whether two trace ids denote the same trace.
///
/// They do if they are equal. They also do if one of them consists of the lower 64 bits of the
/// other, because some formats send only these.
///
/// ```
/// use opentelemetry::trace::TraceId;
/// use opentelemetry_propagator_core::is_same_trace;
///
/// let id = TraceId::from(0x27bb7faa48294cf4_9ae6007d70905468);
/// assert!(is_same_trace(id, TraceId::from(0x9ae6007d70905468)));
/// assert!(!is_same_trace(id, TraceId::from(0x27bb7faa48294cf4)));
/// ```
#[inline]
pub fn is_same_trace(a: TraceId, b: TraceId) -> bool {
    let lower_half = |id: TraceId| u128::from_be_bytes(id.to_bytes()) as u64;
    a == b || lower_half(a) == lower_half(b) && (is_shortened(a) || is_shortened(b))
}

/// Whether the upper 64 bits of a trace id are zero.
#[inline]
fn is_shortened(id: TraceId) -> bool {
    u128::from_be_bytes(id.to_bytes()) >> 64 == 0
}

/// Merges the parents that several formats read from one carrier, in the order of a list of
/// formats.
///
/// Headers with the same trace id describe the same caller, so each fact is taken from the first
/// format that states it. If a later format states another trace, that trace is continued, unless
/// the statement is [weak](RemoteParent::is_weak). Trace ids are compared by [`is_same_trace`], and
/// the longer one is continued.
///
/// ```
/// use opentelemetry::trace::{SpanId, TraceContextExt, TraceId};
/// use opentelemetry::Context;
/// use opentelemetry_propagator_core::{ParentMerger, RemoteParent};
///
/// let mut merger = ParentMerger::new();
/// // The first format states the sampling decision, the second one the span id.
/// let mut first = RemoteParent::new(TraceId::from(7));
/// first.sampled = Some(false);
/// merger.add(first);
/// let mut second = RemoteParent::new(TraceId::from(7));
/// second.span_id = Some(SpanId::from(1));
/// merger.add(second);
///
/// let cx = merger.finish(&Context::new(), None);
/// assert_eq!(cx.span().span_context().span_id(), SpanId::from(1));
/// assert!(!cx.span().span_context().is_sampled());
/// ```
#[derive(Clone, Debug, Default)]
pub struct ParentMerger {
    /// The trace to continue, according to the formats read so far.
    current: Option<RemoteParent>,
    /// Allocated only if headers state different traces or a trace is refused.
    conflicts: Option<Box<Conflicts>>,
    /// The number of the format that is being read.
    source: u8,
    stores_undecided: bool,
    is_restart: bool,
}

#[derive(Clone, Debug, Default)]
struct Conflicts {
    /// Traces that were replaced by a later one.
    replaced: Vec<RemoteParent>,
    /// Traces that are not continued, regardless of the format that states them.
    refused: Vec<TraceId>,
}

impl ParentMerger {
    /// Creates an empty merger.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the parent that the next format of the list states.
    #[inline]
    pub fn add(&mut self, mut parent: RemoteParent) {
        parent.source = self.source;
        match &mut self.current {
            None if self.conflicts.is_none() => self.current = Some(parent),
            Some(current) if current.trace_id == parent.trace_id => current.fill_in(parent),
            _ => self.add_other(parent),
        }
    }

    /// Adds a parent whose trace id differs from that of the trace to continue so far. Facts that
    /// earlier formats stated about its trace still take precedence.
    #[cold]
    fn add_other(&mut self, parent: RemoteParent) {
        if self
            .refused()
            .iter()
            .any(|&refused| is_same_trace(refused, parent.trace_id))
        {
            return;
        }
        if let Some(current) = &mut self.current {
            if is_same_trace(current.trace_id, parent.trace_id) {
                return current.fill_in(parent);
            }
        }
        let stays = parent.is_weak && self.current.as_ref().is_some_and(|it| !it.is_weak);
        let replaced = &mut self.conflicts.get_or_insert_with(Box::default).replaced;
        let is_same = |earlier: &RemoteParent| is_same_trace(earlier.trace_id, parent.trace_id);
        let next = match replaced.iter().position(is_same) {
            // A weak statement does not change which trace was replaced last.
            Some(at) if stays && !replaced[at].is_weak => return replaced[at].fill_in(parent),
            Some(at) => {
                let mut earlier = replaced.remove(at);
                earlier.fill_in(parent);
                earlier
            }
            None => parent,
        };
        if stays {
            replaced.push(next);
        } else {
            replaced.extend(self.current.replace(next));
        }
    }

    /// Refuses a trace, so that no format of the list continues it. This applies to formats read
    /// before and after.
    #[cold]
    pub fn refuse(&mut self, trace_id: TraceId) {
        let conflicts = self.conflicts.get_or_insert_with(Box::default);
        conflicts.refused.push(trace_id);
        let is_refused = |parent: &RemoteParent| is_same_trace(parent.trace_id, trace_id);
        let replaced = &mut conflicts.replaced;
        replaced.retain(|parent| !is_refused(parent));
        if self.current.as_ref().is_some_and(is_refused) {
            let last = replaced.iter().rposition(|parent| !parent.is_weak);
            self.current = match last {
                Some(at) => Some(replaced.remove(at)),
                None => replaced.pop(),
            };
        }
    }

    /// Stores in the context whether no format stated the sampling decision, for
    /// [`is_undecided`].
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn storing_undecided(mut self) -> Self {
        self.stores_undecided = true;
        self
    }

    /// Marks the trace as one that is not continued, although the request is trusted otherwise.
    #[doc(hidden)]
    #[must_use]
    pub fn restarting(mut self) -> Self {
        self.is_restart = true;
        self
    }

    /// Whether the trace is not continued, although other values of the request are kept. A format
    /// then keeps nothing that belongs to the trace, unless it is only used with its own trace id.
    #[inline]
    pub fn is_restart(&self) -> bool {
        self.is_restart
    }

    /// Sets the number of the format that is read next, for [`differing`](Self::differing).
    #[doc(hidden)]
    #[inline]
    pub fn set_source(&mut self, number: u8) {
        self.source = number;
    }

    /// Returns the distinct traces that were stated, if there are several. The first one is
    /// continued. Each has the number of the format that stated it first.
    #[doc(hidden)]
    #[inline]
    pub fn differing(&self) -> Option<Vec<(u8, TraceId)>> {
        let replaced = &self.conflicts.as_deref()?.replaced;
        let traces = self.current.iter().chain(replaced);
        let traces = traces.map(|parent| (parent.source, parent.trace_id));
        (!replaced.is_empty()).then(|| traces.collect())
    }

    /// Whether this is the trace to continue so far, and its span id and sampling decision are
    /// already stated.
    ///
    /// A format that can state only these facts then needs no further parsing.
    #[inline]
    pub fn is_settled(&self, trace_id: TraceId) -> bool {
        self.current.as_ref().is_some_and(|parent| {
            parent.trace_id == trace_id && parent.span_id.is_some() && parent.sampled.is_some()
        })
    }

    /// Returns the merged parent so far, or `None` if no format has stated a trace.
    #[inline]
    pub fn current(&self) -> Option<&RemoteParent> {
        self.current.as_ref()
    }

    /// Returns the traces that a format has [refused](Self::refuse).
    pub fn refused(&self) -> &[TraceId] {
        self.conflicts
            .as_deref()
            .map_or(&[], |conflicts| &conflicts.refused)
    }

    /// Returns the extracted context, with the merged parent as its current span. If no format
    /// stated a trace, the current span of `cx` is kept. If every trace is refused, `cx` is
    /// returned.
    ///
    /// `kept` is `cx` with the values that the formats stored in it, or `None` if they stored none.
    // Not only a hint: a request without headers must not pay for a call that moves the merger.
    #[inline(always)]
    pub fn finish(self, cx: &Context, kept: Option<Context>) -> Context {
        match (self.current, self.conflicts) {
            (Some(parent), conflicts) => {
                let kept = kept.as_ref().unwrap_or(cx);
                parent.set_in(cx, kept, conflicts, self.stores_undecided)
            }
            (None, None) => kept.unwrap_or_else(|| cx.clone()),
            (None, Some(_)) => cx.clone(),
        }
    }
}

impl Conflicts {
    /// Returns the callers' spans in traces that are not continued. Weak statements are left out,
    /// because their spans were not recorded, and so are traces without a stated span.
    #[cold]
    fn other_parents(self) -> Vec<SpanContext> {
        let recorded = self.replaced.into_iter().filter(|parent| !parent.is_weak);
        let with_span = recorded.filter(|parent| parent.span_id.is_some());
        with_span.map(|parent| parent.resolve().0).collect()
    }
}

impl RemoteParent {
    /// Returns the span context, and the `tracestate` that it cannot represent.
    #[inline]
    fn resolve(self) -> (SpanContext, Option<String>) {
        let span_id = match self.span_id {
            Some(span_id) => span_id,
            None => derived_span_id(self.trace_id),
        };
        let other_flags = self.other_flags.unwrap_or_default();
        let sampled = self.is_debug || self.sampled.unwrap_or(self.sample_when_undecided);
        let flags = other_flags.with_sampled(sampled);
        let (trace_state, verbatim) = match self.trace_state {
            None => (TraceState::NONE, None),
            Some(StatedTraceState::Parsed(trace_state)) => (trace_state, None),
            Some(StatedTraceState::Verbatim(list)) => (TraceState::NONE, Some(list)),
        };
        let span_context = SpanContext::new(self.trace_id, span_id, flags, true, trace_state);
        (span_context, verbatim)
    }

    /// Returns `kept` with this parent as its current span.
    ///
    /// `kept` is derived from `cx`. Details of an earlier parent can only be in `cx`, which is
    /// usually empty, so they are looked up there at almost no cost.
    ///
    /// Not inlined, so that a request without headers does not pay for its registers and stack.
    #[inline(never)]
    fn set_in(
        self,
        cx: &Context,
        kept: &Context,
        conflicts: Option<Box<Conflicts>>,
        stores_undecided: bool,
    ) -> Context {
        let others = conflicts.map_or_else(Vec::new, |conflicts| conflicts.other_parents());
        let is_undecided = self.sampled.is_none() && !self.is_debug;
        let is_deferred = self.keep_deferred && is_undecided;
        let is_undecided = stores_undecided && is_undecided;
        let (span_context, trace_state) = self.resolve();
        let is_random = span_context.trace_flags().to_u8() & RANDOM != 0;
        let has_details =
            is_deferred || is_undecided || is_random || trace_state.is_some() || !others.is_empty();
        // Details of an earlier request or message are replaced.
        if !has_details && cx.get::<ParentDetails>().is_none() {
            return kept.with_remote_span_context(span_context);
        }
        let details = ParentDetails {
            trace_id: span_context.trace_id(),
            span_id: span_context.span_id(),
            is_deferred,
            is_undecided,
            is_random,
            trace_state,
            others,
        };
        details.set_in(&kept.with_remote_span_context(span_context))
    }
}

/// The random flag of W3C Trace Context Level 2, which states that the rightmost seven bytes of the
/// trace id are random.
const RANDOM: u8 = 0x02;

/// Facts about the remote parent that a span context cannot represent, or that the SDK does not
/// copy to the span contexts of local spans.
///
/// It is stored only if there are such details, which is rare.
#[derive(Debug)]
struct ParentDetails {
    trace_id: TraceId,
    span_id: SpanId,
    is_deferred: bool,
    is_undecided: bool,
    is_random: bool,
    trace_state: Option<String>,
    others: Vec<SpanContext>,
}

impl ParentDetails {
    /// Not inlined, because most requests have no details.
    #[inline(never)]
    fn set_in(self, cx: &Context) -> Context {
        cx.with_value(self)
    }

    /// Returns the details that belong to the trace of the current span.
    fn of_trace<'a>(cx: &'a Context, span_context: &SpanContext) -> Option<&'a Self> {
        cx.get::<ParentDetails>()
            .filter(|details| details.trace_id == span_context.trace_id())
    }
}

/// Whether the sampling decision is deferred. This means that the current span is the remote parent
/// itself, and that no header stated its sampling decision.
///
/// The SDK decides when it starts a local span, so the decision for a local span is never deferred.
/// The context stores a deferred decision only if a format set [`RemoteParent::keep_deferred`].
#[inline]
pub fn is_deferred(cx: &Context, span_context: &SpanContext) -> bool {
    span_context.is_remote()
        && ParentDetails::of_trace(cx, span_context)
            .is_some_and(|details| details.is_deferred && details.span_id == span_context.span_id())
}

/// Whether the current span is the remote parent itself, and no header stated its sampling decision,
/// whether or not a format can write a deferred one. It is known only if the merger
/// [stored](ParentMerger::storing_undecided) it.
#[inline]
pub fn is_undecided(cx: &Context, span_context: &SpanContext) -> bool {
    span_context.is_remote()
        && ParentDetails::of_trace(cx, span_context).is_some_and(|details| {
            details.is_undecided && details.span_id == span_context.span_id()
        })
}

/// Whether the trace of the current span arrived with the random flag of W3C Trace Context Level 2.
///
/// The SDK clears the flag in the span contexts of unsampled spans, so it is stored in the context.
#[inline]
pub fn is_random(cx: &Context, span_context: &SpanContext) -> bool {
    span_context.trace_flags().to_u8() & RANDOM != 0
        || ParentDetails::of_trace(cx, span_context).is_some_and(|details| details.is_random)
}

/// Returns the incoming `tracestate` of the current span's trace if OpenTelemetry's type rejects
/// it.
///
/// Returns `None` if the span context has a list, which the SDK or a sampler has set later.
#[inline]
pub fn verbatim_trace_state<'a>(cx: &'a Context, span_context: &SpanContext) -> Option<&'a str> {
    if *span_context.trace_state() != TraceState::NONE {
        return None;
    }
    ParentDetails::of_trace(cx, span_context)?
        .trace_state
        .as_deref()
}

/// Returns the callers' spans in the traces of the request that were not continued, because another
/// header stated the trace of the current span.
#[inline]
pub fn other_parents<'a>(cx: &'a Context, span_context: &SpanContext) -> &'a [SpanContext] {
    ParentDetails::of_trace(cx, span_context).map_or(&[], |details| &details.others)
}

/// Derives the parent span id of a trace whose headers state no span.
///
/// The result is the first half of the trace id, or the second half if the first is zero. It is
/// never zero for a valid trace id. It is the same in every service that receives the same header.
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
