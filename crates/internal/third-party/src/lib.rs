//! A format as another project would write it, with only what `opentelemetry-autoprop` exports.
//!
//! ```text
//! x-acme: 27bb7faa48294cf49ae6007d70905468/0bcd098a592642e4    trace id and span id, in hex
//! baggage: acme-region=eu                                      its members of baggage
//! ```

use std::sync::OnceLock;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanId, TraceContextExt, TraceId};
use opentelemetry::Context;
use opentelemetry_autoprop::{
    extract_alone, inject_alone, Format, MemberList, ParentMerger, RemoteParent, Request,
};

/// A format with one header and its own members of `baggage`, but without a sampling decision.
#[derive(Debug, Default)]
pub struct Acme;

/// The members of `baggage` that arrived with a request.
#[derive(Debug, Default)]
pub struct AcmeMembers(MemberList);

const HEADER: &str = "x-acme";
const PREFIX: &str = "acme-";

impl Format for Acme {
    fn name(&self) -> &'static str {
        "acme"
    }

    fn baggage_prefix(&self) -> Option<&'static str> {
        Some(PREFIX)
    }

    fn read(
        &self,
        cx: &Context,
        request: &mut Request<'_>,
        merger: &mut ParentMerger,
    ) -> Option<Context> {
        let (trace_id, span_id) = request.get(HEADER)?.split_once('/')?;
        let mut parent = RemoteParent::new(TraceId::from_hex(trace_id).ok()?);
        parent.span_id = SpanId::from_hex(span_id).ok();
        merger.add(parent);
        let mut members = MemberList::default();
        request.baggage()?.push_to(Some(PREFIX), &mut members);
        Some(cx.with_value(AcmeMembers(members)))
    }

    fn write(&self, cx: &Context, injector: &mut dyn Injector, baggage: &mut MemberList) {
        let span = cx.span();
        let span_context = span.span_context();
        if span_context.is_valid() {
            let (trace_id, span_id) = (span_context.trace_id(), span_context.span_id());
            injector.set(HEADER, format!("{trace_id}/{span_id}"));
        }
        if let Some(AcmeMembers(members)) = cx.get() {
            for member in members.as_str().split(',') {
                baggage.push(member);
            }
        }
    }
}

impl TextMapPropagator for Acme {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        inject_alone(self, cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extract_alone(self, cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 2]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| [HEADER, "baggage"].map(str::to_owned)))
    }
}
