//! The propagators of a list and their names.

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::Context;
use opentelemetry_propagator_core::{baggage, Format, ParentMerger};

use crate::foreign::{self, Adopt, AnyPropagator};

/// A propagator, with the data about it that the composite uses.
pub(crate) struct NamedPropagator {
    pub(crate) name: String,
    pub(crate) propagator: AnyPropagator,
    /// Whether the application registered it. A registered propagator may write headers that it
    /// does not declare.
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

    /// Reads the headers of this propagator and reports their facts to `merger`. Returns the
    /// resulting context, or `None` if the propagator did not change it.
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

/// The propagators of both directions.
pub(crate) struct Members {
    /// First those that extract, in their order, then those that only inject.
    pub(crate) all: Vec<NamedPropagator>,
    /// The number of propagators that extract.
    pub(crate) extracting: usize,
    /// The indices of the propagators that inject, in their order.
    pub(crate) injecting: Vec<usize>,
}

impl Members {
    #[inline]
    pub(crate) fn extracting(&self) -> &[NamedPropagator] {
        &self.all[..self.extracting]
    }

    #[inline]
    pub(crate) fn injecting(&self) -> impl Iterator<Item = &NamedPropagator> {
        self.injecting.iter().map(|&i| &self.all[i])
    }

    /// Whether the same propagators extract and inject, in the same order.
    pub(crate) fn is_symmetric(&self) -> bool {
        self.extracting == self.all.len() && self.injecting.iter().copied().eq(0..self.all.len())
    }
}
