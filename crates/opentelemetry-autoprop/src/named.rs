//! A propagator with the name that a list gives it.

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::Context;
use opentelemetry_propagator_core::{baggage, Format, ParentMerger};

use crate::foreign::{self, Adopt, AnyPropagator};

/// A propagator and what the composite needs to know about it.
pub(crate) struct NamedPropagator {
    pub(crate) name: String,
    pub(crate) propagator: AnyPropagator,
    /// Whether the application registered it. It may then write headers that it does not declare.
    pub(crate) is_registered: bool,
    /// The prefix of the `baggage` members that it owns.
    pub(crate) baggage_prefix: Option<&'static str>,
}

impl NamedPropagator {
    pub(crate) fn writes_baggage(&self) -> bool {
        let mut fields = self.propagator.fields();
        let declares_it = fields.any(|field| field.eq_ignore_ascii_case(baggage::HEADER));
        declares_it || self.is_registered && self.foreign().is_some()
    }

    /// Reads the headers of this propagator and states to `merger` what they contain. Returns the
    /// context that it leaves, or `None` if it keeps nothing.
    #[inline]
    pub(crate) fn read(
        &self,
        cx: &Context,
        extractor: &dyn Extractor,
        merger: &mut ParentMerger,
        adopt: Adopt,
    ) -> Option<Context> {
        match &self.propagator {
            AnyPropagator::Format(format) => format.read(cx, extractor, merger),
            AnyPropagator::Foreign(propagator) => {
                foreign::read(&**propagator, cx, extractor, merger, adopt)
            }
        }
    }

    pub(crate) fn format(&self) -> Option<&dyn Format> {
        match &self.propagator {
            AnyPropagator::Format(format) => Some(&**format),
            AnyPropagator::Foreign(_) => None,
        }
    }

    pub(crate) fn foreign(&self) -> Option<&dyn TextMapPropagator> {
        match &self.propagator {
            AnyPropagator::Format(_) => None,
            AnyPropagator::Foreign(propagator) => Some(&**propagator),
        }
    }
}
