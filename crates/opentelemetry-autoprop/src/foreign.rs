//! A propagator that is not a format.

use opentelemetry::baggage::{BaggageExt, KeyValueMetadata};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt, TraceState};
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::{MemberList, Members, HEADER};
use opentelemetry_propagator_core::{
    extract_alone, inject_alone, Format, ParentMerger, RemoteParent, Request, StatedTraceState,
};

/// Makes a [`Format`] of any propagator, so that [`register`](crate::Builder::register) accepts it.
///
/// It states what a span context shows: the trace id, the span id, the sampling decision, and
/// `tracestate` if that is neither empty nor forbidden in HTTP. Trace flags other than *sampled*
/// are not stated. If the propagator sets an invalid span context, it states nothing.
///
/// Its members of `baggage` are merged with those of the other formats of a list. Invalid members
/// are left out, and so are members that another format owns. Its other headers are left out if
/// their values contain a byte that HTTP forbids.
///
/// ```
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry_autoprop::Foreign;
/// use opentelemetry_sdk::propagation::TraceContextPropagator;
///
/// let boxed: Box<dyn TextMapPropagator + Send + Sync> = Box::new(TraceContextPropagator::new());
/// let propagator = opentelemetry_autoprop::builder()
///     .register("sdk", Foreign::new(TraceContextPropagator::new()))
///     .register("boxed", Foreign::new(boxed))
///     .from_list("sdk,boxed")?;
/// # Ok::<(), opentelemetry_autoprop::Error>(())
/// ```
///
/// A propagator must be wrapped:
///
/// ```compile_fail,E0277
/// let propagator = opentelemetry_sdk::propagation::TraceContextPropagator::new();
/// let builder = opentelemetry_autoprop::builder().register("sdk", propagator);
/// ```
#[derive(Debug)]
pub struct Foreign {
    propagator: Box<dyn TextMapPropagator + Send + Sync>,
    reserved: Vec<&'static str>,
}

/// A propagator, or a box with one. [`Foreign::new`] accepts both.
///
/// The type parameter only distinguishes the two implementations, and is always inferred.
pub trait IntoPropagator<Kind: ?Sized> {
    /// Returns the propagator in a box.
    fn into_propagator(self) -> Box<dyn TextMapPropagator + Send + Sync>;
}

impl<P: TextMapPropagator + Send + Sync + 'static> IntoPropagator<()> for P {
    fn into_propagator(self) -> Box<dyn TextMapPropagator + Send + Sync> {
        Box::new(self)
    }
}

impl IntoPropagator<dyn TextMapPropagator> for Box<dyn TextMapPropagator + Send + Sync> {
    fn into_propagator(self) -> Box<dyn TextMapPropagator + Send + Sync> {
        self
    }
}

impl Foreign {
    /// Wraps a propagator, which may be boxed.
    pub fn new<Kind: ?Sized>(propagator: impl IntoPropagator<Kind>) -> Self {
        Foreign {
            propagator: propagator.into_propagator(),
            reserved: Vec::new(),
        }
    }
}

impl Format for Foreign {
    /// Returns `foreign`, because the propagator has no name of its own.
    fn name(&self) -> &'static str {
        "foreign"
    }

    fn reserve_baggage_prefix(&mut self, prefix: &'static str) {
        self.reserved.push(prefix);
    }

    fn read(
        &self,
        cx: &Context,
        request: &mut Request<'_>,
        merger: &mut ParentMerger,
    ) -> Option<Context> {
        let next = self
            .propagator
            .extract_with_context(cx, request.extractor());
        if has_same_span(&next, cx) {
            return Some(next);
        }
        let span = next.span();
        let span_context = span.span_context();
        if span_context.is_valid() {
            let mut parent = RemoteParent::new(span_context.trace_id());
            parent.span_id = Some(span_context.span_id());
            parent.sampled = Some(span_context.is_sampled());
            let trace_state = span_context.trace_state();
            if *trace_state != TraceState::NONE && is_legal(&trace_state.header()) {
                parent.trace_state = Some(StatedTraceState::Parsed(trace_state.clone()));
            }
            merger.add(parent);
            return Some(next);
        }
        // The result must contain the span of `cx`, which may be recording. A span cannot be moved
        // to another context, so only the baggage is taken.
        let baggage = next.baggage();
        if std::ptr::eq(baggage, cx.baggage()) {
            return None;
        }
        let entries = baggage.iter().map(|(key, (value, metadata))| {
            KeyValueMetadata::new(key.clone(), value.clone(), metadata.clone())
        });
        Some(cx.with_baggage(entries))
    }

    fn write(&self, cx: &Context, injector: &mut dyn Injector, baggage: &mut MemberList) {
        let mut written = Checked {
            injector,
            baggage: Vec::new(),
        };
        self.propagator.inject_context(cx, &mut written);
        let lines = written.baggage.iter().map(String::as_str).collect();
        // Members that another format owns are left out.
        Members::parse(lines, &self.reserved).push_to(None, baggage);
    }
}

impl TextMapPropagator for Foreign {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        inject_alone(self, cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extract_alone(self, cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        self.propagator.fields()
    }
}

/// A carrier that keeps the values of `baggage` back, and leaves out those that HTTP forbids.
struct Checked<'a> {
    injector: &'a mut dyn Injector,
    baggage: Vec<String>,
}

impl Injector for Checked<'_> {
    fn set(&mut self, key: &str, value: String) {
        if key.eq_ignore_ascii_case(HEADER) {
            self.baggage.push(value);
        } else if is_legal(&value) {
            self.injector.set(key, value);
        }
    }

    #[cfg(not(opentelemetry_0_31))]
    fn reserve(&mut self, additional: usize) {
        self.injector.reserve(additional);
    }
}

/// Whether HTTP permits a header value.
fn is_legal(value: &str) -> bool {
    let is_legal = |byte| matches!(byte, b'\t' | b' '..=b'~');
    value.bytes().all(is_legal)
}

/// Whether two contexts share the same span, and not only an equal one.
fn has_same_span(a: &Context, b: &Context) -> bool {
    std::ptr::eq(a.span().span_context(), b.span().span_context())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn box_with_a_propagator_works_alone() {
        use std::collections::HashMap;

        let inner: Box<dyn TextMapPropagator + Send + Sync> =
            Box::new(opentelemetry_propagator_w3c::TraceContextPropagator::new());
        let foreign = Foreign::new(inner);
        assert_eq!(foreign.name(), "foreign");
        let value = "00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-01";
        let request = HashMap::from([("traceparent".to_owned(), value.to_owned())]);
        let mut sent = HashMap::new();
        let cx = foreign.extract_with_context(&Context::new(), &request);
        foreign.inject_context(&cx, &mut sent);
        assert_eq!(sent, request);
    }

    #[cfg(not(opentelemetry_0_31))]
    #[test]
    fn reserve_is_forwarded_to_the_carrier() {
        #[derive(Default)]
        struct Carrier {
            reserved: usize,
        }
        impl Injector for Carrier {
            fn set(&mut self, key: &str, _value: String) {
                panic!("reserve must not write {key}");
            }
            fn reserve(&mut self, additional: usize) {
                self.reserved += additional;
            }
        }

        let mut carrier = Carrier::default();
        let mut written = Checked {
            injector: &mut carrier,
            baggage: Vec::new(),
        };
        written.reserve(3);
        assert_eq!(carrier.reserved, 3);
    }
}
