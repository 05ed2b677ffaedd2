//! The propagator between carriers and the [`Context`].

use std::sync::OnceLock;

use opentelemetry::otel_debug;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::MemberList;
use opentelemetry_propagator_core::{
    extract_alone, inject_alone, is_deferred, parse_first, Format, ParentMerger, RemoteParent,
    Request,
};

use crate::dsc::{DynamicSamplingContext, PREFIX};
use crate::header::{parse_canonical, SentryTrace, BAGGAGE, SENTRY_TRACE};
use crate::incoming::{incoming, Incoming};
use crate::root_dsc::{self, RootDsc};

/// A propagator for `sentry-trace` and the Dynamic Sampling Context (DSC) in `baggage`.
///
/// It reads `sentry-trace`, and Sentry's members of every `baggage` line. If an organization is
/// configured, traces of other organizations are not continued.
///
/// For a valid span context, it writes `sentry-trace` and `baggage`. A DSC that arrived with the
/// trace is sent verbatim. For a trace that arrived without Sentry's headers, a DSC is built from
/// the options. If `sentry-trace` arrived alone, the DSC consists of `sentry-sample_rand`. Without a
/// DSN, no DSC is built and no `baggage` is written.
///
/// If `sentry-trace` defers the sampling decision, and no other header and no local span decides,
/// the outgoing `sentry-trace` has no flag. Such a `sentry-trace` is a
/// [weak](RemoteParent::is_weak) statement: in a list, it never replaces the trace of another
/// format.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_propagator_sentry::SentryPropagator;
///
/// global::set_text_map_propagator(SentryPropagator::new());
/// ```
#[derive(Clone, Debug)]
#[doc(alias("sentry-trace", "baggage"))]
pub struct SentryPropagator {
    pub(crate) sample_when_undecided: bool,
    pub(crate) omit_unsampled_trace: bool,
    pub(crate) org_id: Option<String>,
    pub(crate) strict: bool,
    pub(crate) root_dsc: Option<RootDsc>,
}

impl SentryPropagator {
    /// Creates a propagator with the default options. It forwards an incoming DSC but builds none
    /// for traces that start in this service.
    pub fn new() -> Self {
        SentryPropagator {
            sample_when_undecided: true,
            omit_unsampled_trace: false,
            org_id: None,
            strict: false,
            root_dsc: None,
        }
    }

    /// Whether a trace with this DSC is continued, given the organizations of both sides.
    ///
    /// Traces of a different organization are never continued. A trace for which only one side
    /// states its organization is continued unless continuation is strict.
    ///
    /// ```
    /// use opentelemetry_propagator_sentry::{DynamicSamplingContext, SentryPropagator};
    ///
    /// let propagator = SentryPropagator::builder().org_id("1").build()?;
    /// let dsc = |line| DynamicSamplingContext::parse([line]);
    /// assert!(propagator.should_continue_trace(&dsc("sentry-org_id=1")));
    /// assert!(propagator.should_continue_trace(&dsc("")));
    /// assert!(!propagator.should_continue_trace(&dsc("sentry-org_id=2")));
    /// # Ok::<(), opentelemetry_propagator_sentry::BuildError>(())
    /// ```
    pub fn should_continue_trace(&self, dsc: &DynamicSamplingContext) -> bool {
        if self.org_id.is_none() && !self.strict {
            return true;
        }
        let theirs = dsc.get("org_id").unwrap_or_default();
        match (theirs.trim(), self.org_id.as_deref()) {
            ("", None) => true,
            (theirs, Some(ours)) if !theirs.is_empty() => theirs == ours,
            _ => !self.strict,
        }
    }
}

/// Parses `sentry-trace` in every accepted form, from every line. Logs the reason if it is invalid.
#[cold]
#[inline(never)]
fn extract_lenient(extractor: &dyn Extractor) -> Option<SentryTrace> {
    match parse_first(extractor, SENTRY_TRACE, str::parse::<SentryTrace>)? {
        Ok(trace) => Some(trace),
        Err(error) => {
            log_ignored_header(&error.to_string());
            None
        }
    }
}

#[cold]
fn log_ignored_header(reason: &str) {
    if cfg!(feature = "internal-logs") {
        otel_debug!(name: "SentryPropagator.HeaderIgnored", reason = reason);
    }
}

impl Default for SentryPropagator {
    fn default() -> Self {
        Self::new()
    }
}

impl Format for SentryPropagator {
    fn name(&self) -> &'static str {
        "sentry"
    }

    fn baggage_prefix(&self) -> Option<&'static str> {
        Some(PREFIX)
    }

    #[inline]
    fn read(
        &self,
        cx: &Context,
        request: &mut Request<'_>,
        merger: &mut ParentMerger,
    ) -> Option<Context> {
        let first = request.get(SENTRY_TRACE)?;
        let trace = match parse_canonical(first) {
            Some(trace) => trace,
            None => extract_lenient(request.extractor())?,
        };
        let dsc = DynamicSamplingContext::read(request);
        if !self.should_continue_trace(&dsc) {
            log_ignored_header("sentry-trace: trace of another organization");
            // Otherwise another header of the same request would bypass the rule.
            if self.strict {
                merger.refuse(trace.trace_id);
            }
            return None;
        }
        let mut parent = RemoteParent::new(trace.trace_id);
        parent.span_id = Some(trace.span_id);
        parent.sampled = trace.sampled;
        parent.sample_when_undecided = self.sample_when_undecided;
        parent.keep_deferred = trace.sampled.is_none();
        // Sentry's SDKs send a header without a flag if they do not trace, with an id that they
        // have made up for the request.
        parent.is_weak = trace.sampled.is_none();
        merger.add(parent);
        if merger.is_restart() {
            return None;
        }
        let incoming = Incoming { trace, dsc };
        #[cfg(feature = "span-processor")]
        let cx = &crate::span_processor::with_trace_propagation_context(cx, &incoming);
        Some(cx.with_value(incoming))
    }

    #[inline]
    fn write(&self, cx: &Context, injector: &mut dyn Injector, baggage: &mut MemberList) {
        let span = cx.span();
        let span_context = span.span_context();
        if !span_context.is_valid() {
            return;
        }
        if self.omit_unsampled_trace && !span_context.is_sampled() {
            return;
        }
        let incoming = incoming(cx, span_context);
        let sampled = (!is_deferred(cx, span_context)).then_some(span_context.is_sampled());
        let trace = SentryTrace::new(span_context.trace_id(), span_context.span_id(), sampled);
        injector.set(SENTRY_TRACE, trace.encode());
        match (incoming, &self.root_dsc) {
            (Some(incoming), Some(_)) if incoming.dsc.is_empty() => {
                root_dsc::write_sample_rand(span_context, baggage);
            }
            (Some(incoming), _) => baggage.append(incoming.dsc.members()),
            (None, Some(root_dsc)) => root_dsc.write(span_context, baggage),
            (None, None) => {}
        }
    }
}

impl TextMapPropagator for SentryPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        inject_alone(self, cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extract_alone(self, cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 2]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| [SENTRY_TRACE, BAGGAGE].map(str::to_owned)))
    }
}
