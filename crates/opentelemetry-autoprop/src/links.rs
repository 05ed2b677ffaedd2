//! Span links to callers whose traces are not continued.

use std::time::Duration;

use opentelemetry::trace::{Span as _, SpanContext, TraceContextExt};
use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use opentelemetry_sdk::Resource;

use crate::context::PropagationContextExt;

/// A span processor that links the first span of a request to the callers whose traces are not
/// continued.
///
/// These are the [other parents](PropagationContextExt::other_parents), whose traces lost to that
/// of another header, and the [untrusted parent](PropagationContextExt::untrusted_parent). The
/// links are added whatever instrumentation starts the span. It wraps the processor that exports
/// spans, because the SDK copies each span if there are two processors.
///
/// ```
/// use opentelemetry_autoprop::LinkSpanProcessor;
/// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SimpleSpanProcessor};
///
/// let exporter = InMemorySpanExporter::default();
/// let provider = SdkTracerProvider::builder()
///     .with_span_processor(LinkSpanProcessor::new(SimpleSpanProcessor::new(exporter)))
///     .build();
/// ```
#[derive(Debug)]
pub struct LinkSpanProcessor<P> {
    inner: P,
}

impl<P: SpanProcessor> LinkSpanProcessor<P> {
    /// Wraps the processor that receives the spans.
    pub fn new(inner: P) -> Self {
        LinkSpanProcessor { inner }
    }
}

impl<P: SpanProcessor> SpanProcessor for LinkSpanProcessor<P> {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        let parent = cx.span();
        let parent = parent.span_context();
        // Other spans of the request have a local parent.
        if parent.is_remote() || !parent.is_valid() {
            let others = cx.other_parents().iter().chain(cx.untrusted_parent());
            for other in others {
                span.add_link(SpanContext::clone(other), Vec::new());
            }
        }
        self.inner.on_start(span, cx);
    }

    fn on_end(&self, span: SpanData) {
        self.inner.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
