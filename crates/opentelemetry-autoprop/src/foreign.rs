//! One type for formats of this family and for foreign propagators.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_core::{Format, ParentMerger};

/// A propagator of a list.
pub(crate) enum AnyPropagator {
    /// A format that reports what it reads to the merger.
    Format(Box<dyn Format>),
    /// Any other propagator. The contexts before and after it are compared.
    Foreign(Box<dyn TextMapPropagator + Send + Sync>),
}

impl AnyPropagator {
    pub(crate) fn format(format: impl Format + 'static) -> Self {
        AnyPropagator::Format(Box::new(format))
    }

    pub(crate) fn foreign(propagator: impl TextMapPropagator + Send + Sync + 'static) -> Self {
        AnyPropagator::Foreign(Box::new(propagator))
    }

    pub(crate) fn fields(&self) -> FieldIter<'_> {
        match self {
            AnyPropagator::Format(format) => format.fields(),
            AnyPropagator::Foreign(propagator) => propagator.fields(),
        }
    }
}

/// Which values of the [`Context`] that a foreign propagator returns are used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adopt {
    /// The whole context, if its span context is valid.
    Valid,
    /// Only the baggage, if the propagator changed the span.
    BaggageOnly,
}

/// Extracts with a foreign propagator.
///
/// A valid span context that it sets is taken to state every fact. If it sets an invalid one, it
/// states nothing, and the result must contain the span of `cx`, which may be recording. A span
/// cannot be moved to another context, so only the baggage of the propagator's context is used
/// then.
pub(crate) fn read(
    propagator: &dyn TextMapPropagator,
    cx: &Context,
    extractor: &dyn Extractor,
    merger: &mut ParentMerger,
    adopt: Adopt,
) -> Option<Context> {
    let next = propagator.extract_with_context(cx, extractor);
    if has_same_span(&next, cx) {
        return Some(next);
    }
    let is_valid = next.span().span_context().is_valid();
    merger.state_span_context(next.span().span_context());
    if is_valid && adopt == Adopt::Valid {
        return Some(next);
    }
    if std::ptr::eq(next.baggage(), cx.baggage()) {
        return None;
    }
    let baggage = next.baggage();
    Some(
        cx.with_baggage(baggage.iter().map(|(key, (value, metadata))| {
            opentelemetry::baggage::KeyValueMetadata::new(
                key.clone(),
                value.clone(),
                metadata.clone(),
            )
        })),
    )
}

/// Whether two contexts share the same span, and not only an equal one.
pub(crate) fn has_same_span(a: &Context, b: &Context) -> bool {
    std::ptr::eq(a.span().span_context(), b.span().span_context())
}
