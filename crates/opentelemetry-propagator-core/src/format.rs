//! The interface between a propagator and a composite of several formats.

use std::fmt::Debug;

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::Context;

use crate::baggage::MemberList;
use crate::merge::ParentMerger;

/// A propagator that can share one request with propagators of other formats.
///
/// A composite calls [`read`](Self::read) of every format in its list with one [`ParentMerger`].
/// The span context is then built once per request, from the facts of all headers. The composite
/// also merges the `baggage` members that the formats write.
///
/// A format implements its own [`TextMapPropagator`] with [`extract_alone`] and [`inject_alone`].
pub trait Format: TextMapPropagator + Debug + Send + Sync {
    /// Returns the name of the format in `OTEL_PROPAGATORS`.
    fn name(&self) -> &'static str;

    /// Reads the headers of the format.
    ///
    /// An implementation passes the caller's span to `merger`. It returns `cx` with the other
    /// values that it keeps, or `None` if it keeps none. It does not change the current span of
    /// `cx`, which the merger replaces after all formats have been read.
    fn read(
        &self,
        cx: &Context,
        extractor: &dyn Extractor,
        merger: &mut ParentMerger,
    ) -> Option<Context>;

    /// Writes the headers of the format, except for `baggage`.
    fn write(&self, cx: &Context, injector: &mut dyn Injector);

    /// Returns the number of bytes that [`write_baggage`](Self::write_baggage) adds. The number is
    /// an estimate if the exact one is only known after writing. 0 means that nothing is added.
    fn baggage_len(&self, _cx: &Context) -> usize {
        0
    }

    /// Adds the members of the format to a `baggage` list that several formats may share.
    ///
    /// An implementation calls [`MemberList::reserve`] first, so that a list with the members of
    /// only one format is allocated once.
    fn write_baggage(&self, _cx: &Context, _list: &mut MemberList) {}

    /// Reserves the `baggage` members whose keys begin with `prefix` for another format. This
    /// format then neither reads nor writes them. `prefix` consists of characters of a key.
    fn reserve_baggage_prefix(&mut self, _prefix: &'static str) {}
}

/// Extracts with a single format.
///
/// Returns `cx` unchanged if the headers of the format contain nothing valid.
#[inline]
pub fn extract_alone(format: &impl Format, cx: &Context, extractor: &dyn Extractor) -> Context {
    let mut merger = ParentMerger::new();
    let kept = format.read(cx, extractor, &mut merger);
    merger.finish(cx, kept)
}

/// Injects with a single format.
#[inline]
pub fn inject_alone(format: &impl Format, cx: &Context, injector: &mut dyn Injector) {
    format.write(cx, injector);
    let mut list = MemberList::default();
    format.write_baggage(cx, &mut list);
    list.inject(injector);
}
