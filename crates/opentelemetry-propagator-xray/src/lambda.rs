//! The propagator for functions on AWS Lambda.

use std::fmt;
use std::sync::Arc;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::MemberList;
use opentelemetry_propagator_core::{extract_alone, inject_alone, Format, ParentMerger, Request};

use crate::header::LAMBDA_VARIABLE;
use crate::propagator::{XrayPropagator, XrayPropagatorBuilder};

/// A propagator for AWS Lambda, which also reads the environment variable `_X_AMZN_TRACE_ID`.
///
/// The runtime of Lambda sets the variable for each invocation. The propagator reads it at each
/// extraction, unless the context or an earlier format of a list already has a trace. If it
/// contains a trace, it takes precedence over the header. In all other respects the propagator is
/// an [`XrayPropagator`].
///
/// It is meant for functions that report to X-Ray. For others, the parent in the variable is a span
/// that their backend never receives. If the variable contains `Sampled=0`, a parent-based sampler
/// does not record.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::trace::TraceContextExt;
/// use opentelemetry::Context;
/// use opentelemetry_propagator_xray::XrayLambdaPropagator;
///
/// let propagator = XrayLambdaPropagator::builder()
///     .lookup(|name| {
///         assert_eq!(name, "_X_AMZN_TRACE_ID");
///         Some("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1".into())
///     })
///     .build();
/// let event = std::collections::HashMap::new();
/// let cx = propagator.extract_with_context(&Context::new(), &event);
/// assert_eq!(cx.span().span_context().span_id().to_string(), "53995c3f42cd8ad8");
/// ```
#[derive(Clone)]
#[doc(alias("X-Amzn-Trace-Id", "_X_AMZN_TRACE_ID"))]
pub struct XrayLambdaPropagator {
    xray: XrayPropagator,
    lookup: Arc<Lookup>,
}

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl XrayLambdaPropagator {
    /// Creates a propagator with the default options, which reads the environment of the process.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder with the default options.
    pub fn builder() -> XrayLambdaPropagatorBuilder {
        XrayLambdaPropagatorBuilder {
            xray: XrayPropagator::builder(),
            lookup: Arc::new(|name| std::env::var(name).ok()),
        }
    }

    /// Reads the environment variable. Returns `None` if it contains no trace.
    #[inline(never)]
    fn read_variable(&self, cx: &Context, merger: &mut ParentMerger) -> Option<Option<Context>> {
        let value = (self.lookup)(LAMBDA_VARIABLE)?;
        let trace = self.xray.parse(|parse| Some(parse(&value)))?;
        Some(self.xray.add(cx, &trace, merger))
    }
}

impl Default for XrayLambdaPropagator {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for XrayLambdaPropagator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("XrayLambdaPropagator");
        debug.field("xray", &self.xray).finish_non_exhaustive()
    }
}

impl Format for XrayLambdaPropagator {
    fn name(&self) -> &'static str {
        "xray-lambda"
    }

    #[inline]
    fn read(
        &self,
        cx: &Context,
        request: &mut Request<'_>,
        merger: &mut ParentMerger,
    ) -> Option<Context> {
        if merger.current().is_none() && !cx.span().span_context().is_valid() {
            if let Some(kept) = self.read_variable(cx, merger) {
                return kept;
            }
        }
        self.xray.read(cx, request, merger)
    }

    #[inline]
    fn write(&self, cx: &Context, injector: &mut dyn Injector, baggage: &mut MemberList) {
        self.xray.write(cx, injector, baggage);
    }
}

impl TextMapPropagator for XrayLambdaPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        inject_alone(self, cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extract_alone(self, cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        self.xray.fields()
    }
}

/// Builds an [`XrayLambdaPropagator`] from options.
#[derive(Clone)]
#[must_use = "a builder does nothing until build() is called"]
pub struct XrayLambdaPropagatorBuilder {
    xray: XrayPropagatorBuilder,
    lookup: Arc<Lookup>,
}

impl XrayLambdaPropagatorBuilder {
    /// Sets whether a trace is sampled if no header states a decision. See
    /// [`XrayPropagatorBuilder::sample_when_undecided`].
    pub fn sample_when_undecided(mut self, sampled: bool) -> Self {
        self.xray = self.xray.sample_when_undecided(sampled);
        self
    }

    /// Sets whether a trace is continued if `Parent` is missing, zero or invalid. See
    /// [`XrayPropagatorBuilder::allow_missing_span_id`].
    pub fn allow_missing_span_id(mut self, continued: bool) -> Self {
        self.xray = self.xray.allow_missing_span_id(continued);
        self
    }

    /// Sets whether `Lineage` is forwarded. See [`XrayPropagatorBuilder::forward_lineage`].
    pub fn forward_lineage(mut self, forwarded: bool) -> Self {
        self.xray = self.xray.forward_lineage(forwarded);
        self
    }

    /// Sets the function that looks up the environment variable at each extraction. The default
    /// reads the environment of the process.
    pub fn lookup(
        mut self,
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.lookup = Arc::new(lookup);
        self
    }

    /// Builds the propagator.
    pub fn build(self) -> XrayLambdaPropagator {
        XrayLambdaPropagator {
            xray: self.xray.build(),
            lookup: self.lookup,
        }
    }
}

impl fmt::Debug for XrayLambdaPropagatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("XrayLambdaPropagatorBuilder");
        debug.field("xray", &self.xray).finish_non_exhaustive()
    }
}
