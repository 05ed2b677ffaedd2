//! What a propagator offers to a composite of several formats.

use std::fmt::Debug;

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::Context;

use crate::baggage::MemberList;
use crate::merge::ParentMerger;

/// A propagator that can share one request with propagators of other formats.
///
/// A composite calls [`read`](Self::read) of every format in its list with one [`ParentMerger`], so
/// that the span context is made once per request from what all headers state. It joins what the
/// formats write into `baggage` the same way.
///
/// Used alone, a format implements [`TextMapPropagator`] by [`extract_alone`] and
/// [`inject_alone`].
pub trait Format: TextMapPropagator + Debug + Send + Sync {
    /// Returns the name of the format in `OTEL_PROPAGATORS`.
    fn name(&self) -> &'static str;

    /// Reads the headers of the format.
    ///
    /// States what they contain about the caller's span to `merger`, and returns `cx` with whatever
    /// else the format keeps, or `None` if it keeps nothing. The span of `cx` stays as it is: the
    /// merger replaces it when all formats have been read.
    fn read(
        &self,
        cx: &Context,
        extractor: &dyn Extractor,
        merger: &mut ParentMerger,
    ) -> Option<Context>;

    /// Writes the headers of the format, except for `baggage`.
    fn write(&self, cx: &Context, injector: &mut dyn Injector);

    /// Returns how many bytes [`write_baggage`](Self::write_baggage) adds, as far as that can be
    /// told without writing them. 0 means that nothing is added.
    fn baggage_len(&self, _cx: &Context) -> usize {
        0
    }

    /// Adds the members of the format to a `baggage` that several formats may share.
    ///
    /// Calls [`MemberList::reserve`] first, so that a list of one format is allocated once.
    fn write_baggage(&self, _cx: &Context, _list: &mut MemberList) {}

    /// Leaves the members whose keys begin with `prefix` to the format that owns them: they are
    /// neither read nor written here.
    fn reserve_baggage_prefix(&mut self, _prefix: &'static str) {}
}

/// Extracts with one format alone.
///
/// Returns `cx` unchanged if the headers of the format contain nothing valid.
#[inline]
pub fn extract_alone(format: &impl Format, cx: &Context, extractor: &dyn Extractor) -> Context {
    let mut merger = ParentMerger::new();
    let kept = format.read(cx, extractor, &mut merger);
    merger.finish(cx, kept)
}

/// Injects with one format alone.
#[inline]
pub fn inject_alone(format: &impl Format, cx: &Context, injector: &mut dyn Injector) {
    format.write(cx, injector);
    let mut list = MemberList::default();
    format.write_baggage(cx, &mut list);
    list.inject(injector);
}
