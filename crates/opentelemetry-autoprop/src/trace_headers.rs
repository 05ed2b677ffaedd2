//! A propagator limited to the headers that it declares.
#![cfg(any(feature = "b3", feature = "xray"))]

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;

/// A propagator that writes only its declared headers, and only with a valid span context.
///
/// The B3 crate writes `x-b3-*` in addition to `b3`. Without a span it writes `b3: 0`, which means
/// that the trace must not be sampled.
#[derive(Debug)]
pub(crate) struct TraceHeadersOnly<P>(pub(crate) P);

impl<P: TextMapPropagator> TextMapPropagator for TraceHeadersOnly<P> {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        if cx.span().span_context().is_valid() {
            let propagator = &self.0;
            let mut declared = DeclaredFieldsOnly {
                propagator,
                injector,
            };
            propagator.inject_context(cx, &mut declared);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        self.0.extract_with_context(cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        self.0.fields()
    }
}

/// A carrier that accepts only the fields of a propagator.
struct DeclaredFieldsOnly<'a> {
    propagator: &'a dyn TextMapPropagator,
    injector: &'a mut dyn Injector,
}

impl Injector for DeclaredFieldsOnly<'_> {
    fn set(&mut self, key: &str, value: String) {
        let mut fields = self.propagator.fields();
        if fields.any(|field| field.eq_ignore_ascii_case(key)) {
            self.injector.set(key, value);
        }
    }
}
