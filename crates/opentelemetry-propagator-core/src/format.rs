//! The interface between a propagator and a composite of several formats.

use std::fmt::Debug;

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::Context;

use crate::baggage::MemberList;
use crate::merge::ParentMerger;
use crate::request::Request;

/// A propagator that shares one request with propagators of other formats.
///
/// A composite calls [`read`](Self::read) of every format in its list with one [`ParentMerger`].
/// The span context is then built once per request, from the facts of all headers. The composite
/// also writes the `baggage` members of all formats as one header.
///
/// A format implements its own [`TextMapPropagator`] with [`extract_alone`] and [`inject_alone`].
pub trait Format: TextMapPropagator + Debug + Send + Sync {
    /// Returns the name of the format in `OTEL_PROPAGATORS`.
    fn name(&self) -> &'static str;

    /// Returns the prefix of the keys of the `baggage` members that the format owns. No other
    /// format of a list reads or writes them. A prefix consists of characters of a key.
    fn baggage_prefix(&self) -> Option<&'static str> {
        None
    }

    /// Reserves the `baggage` members whose keys begin with `prefix` for another format. This
    /// format then does not write them.
    fn reserve_baggage_prefix(&mut self, _prefix: &'static str) {}

    /// Reads the headers of the format.
    ///
    /// An implementation adds the caller's span to `merger`. It returns `cx` with the other values
    /// that it keeps, or `None` if it keeps none. The current span of the result is not used,
    /// because the merger sets the span after all formats have been read.
    fn read(
        &self,
        cx: &Context,
        request: &mut Request<'_>,
        merger: &mut ParentMerger,
    ) -> Option<Context>;

    /// Writes the headers of the format. Its members of `baggage` are added to the list instead.
    fn write(&self, cx: &Context, injector: &mut dyn Injector, baggage: &mut MemberList);
}

/// Extracts with a single format.
///
/// Returns `cx` unchanged if the headers of the format contain nothing valid.
#[inline]
pub fn extract_alone(format: &impl Format, cx: &Context, extractor: &dyn Extractor) -> Context {
    let owner = format.baggage_prefix();
    let mut request = Request::new(extractor, owner.as_slice());
    let mut merger = ParentMerger::new();
    let kept = format.read(cx, &mut request, &mut merger);
    merger.finish(cx, kept)
}

/// Injects with a single format.
#[inline]
pub fn inject_alone(format: &impl Format, cx: &Context, injector: &mut dyn Injector) {
    let mut list = MemberList::default();
    format.write(cx, injector, &mut list);
    list.inject(injector);
}
