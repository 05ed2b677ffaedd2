//! The propagators of a list, run as one.

use std::fmt;
use std::sync::Arc;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage;

use crate::joining::Joining;
use crate::known::BoxedPropagator;

/// The field by which Sentry's propagator is known, whoever wrapped or configured it.
const SENTRY_TRACE: &str = "sentry-trace";

/// The propagators of a list, run in its order.
///
/// Its `Debug` shows the names. Cloning it is cheap.
///
/// ```
/// let propagator = opentelemetry_autoprop::from_list("tracecontext,baggage")?;
/// assert_eq!(format!("{propagator:?}"), "Propagator(tracecontext, baggage)");
/// opentelemetry::global::set_text_map_propagator(propagator);
/// # Ok::<(), opentelemetry_autoprop::Error>(())
/// ```
#[derive(Clone)]
pub struct Propagator(Arc<Composite>);

struct Composite {
    members: Vec<Member>,
    fields: Vec<String>,
    /// Whether more than one of them may write `baggage`.
    joins_baggage: bool,
    /// Whether Sentry's propagator is among them.
    sentry: bool,
}

/// A propagator and what the composite needs to know of it.
pub(crate) struct Member {
    name: String,
    propagator: BoxedPropagator,
    writes_baggage: bool,
    is_sentry: bool,
}

impl Member {
    /// A propagator of the caller's may write `baggage` though it does not tell: the joining must
    /// hold for it all the same.
    pub(crate) fn new(name: String, propagator: BoxedPropagator, is_callers: bool) -> Self {
        let has = |name: &str| {
            propagator
                .fields()
                .any(|field| field.eq_ignore_ascii_case(name))
        };
        Member {
            writes_baggage: is_callers || has(baggage::HEADER),
            is_sentry: has(SENTRY_TRACE),
            name,
            propagator,
        }
    }

    /// A valid trace is replaced by a valid one alone: some propagators (X-Ray's, for the header
    /// that a load balancer adds) put an invalid span context in its place.
    fn extract(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let next = self.propagator.extract_with_context(cx, extractor);
        let held = cx.span();
        if !next.span().span_context().is_valid() && held.span_context().is_valid() {
            return next.with_remote_span_context(held.span_context().clone());
        }
        next
    }
}

impl Propagator {
    pub(crate) fn new(members: Vec<Member>) -> Self {
        let mut fields: Vec<String> = Vec::new();
        for field in members.iter().flat_map(|member| member.propagator.fields()) {
            if !fields.iter().any(|known| known.eq_ignore_ascii_case(field)) {
                fields.push(field.to_owned());
            }
        }
        let writers = members
            .iter()
            .filter(|member| member.writes_baggage)
            .count();
        Propagator(Arc::new(Composite {
            joins_baggage: writers > 1,
            sentry: members.iter().any(|member| member.is_sentry),
            members,
            fields,
        }))
    }

    /// The names of the propagators, in their order; none for `none`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.members.iter().map(|member| &*member.name)
    }
}

impl fmt::Debug for Propagator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = f.debug_tuple("Propagator");
        for name in self.names() {
            names.field(&format_args!("{name}"));
        }
        if self.0.members.is_empty() {
            names.field(&format_args!("none"));
        }
        names.finish()
    }
}

impl TextMapPropagator for Propagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        if !self.0.joins_baggage {
            for member in &self.0.members {
                member.propagator.inject_context(cx, injector);
            }
            return;
        }
        let mut joining = Joining::new(injector);
        for member in &self.0.members {
            joining.by_sentry = member.is_sentry;
            member.propagator.inject_context(cx, &mut joining);
        }
        joining.finish(self.0.sentry);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let Some((first, rest)) = self.0.members.split_first() else {
            return cx.clone();
        };
        let first = first.extract(cx, extractor);
        rest.iter()
            .fold(first, |cx, member| member.extract(&cx, extractor))
    }

    /// Each field once, in the order of the list.
    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0.fields)
    }
}
