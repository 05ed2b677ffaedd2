//! A propagator kept to the headers that it declares.
#![cfg(feature = "b3")]

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::Context;

/// Writes only the headers among its propagator's `fields()`.
///
/// The B3 crate writes the `x-b3-*` headers beside `b3` when told to write the single one.
#[derive(Debug)]
pub(crate) struct Declared<P>(pub(crate) P);

impl<P: TextMapPropagator> TextMapPropagator for Declared<P> {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let propagator = &self.0;
        propagator.inject_context(
            cx,
            &mut Fields {
                propagator,
                injector,
            },
        );
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        self.0.extract_with_context(cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        self.0.fields()
    }
}

/// A carrier that takes the fields of a propagator alone.
struct Fields<'a> {
    propagator: &'a dyn TextMapPropagator,
    injector: &'a mut dyn Injector,
}

impl Injector for Fields<'_> {
    fn set(&mut self, key: &str, value: String) {
        if self
            .propagator
            .fields()
            .any(|field| field.eq_ignore_ascii_case(key))
        {
            self.injector.set(key, value);
        }
    }
}
