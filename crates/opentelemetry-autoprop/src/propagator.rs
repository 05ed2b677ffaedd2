//! The propagators of a list, run as one.

use std::fmt;
use std::sync::Arc;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::{self, MemberList};
use opentelemetry_propagator_core::{Format, ParentMerger};

use crate::baggage_merge::BaggageMerger;
use crate::foreign::{self, Adopt, AnyPropagator};

/// The propagators of a list, run as one.
///
/// On extraction, the headers of one carrier are merged. Headers with the same trace id describe
/// the same caller: the parent span id, the sampling decision, `tracestate` and the other trace
/// flags are each taken from the first propagator of the list that states them. If a later
/// propagator states another trace, that trace wins. What the context held before never hides what
/// the carrier states.
///
/// On injection, all propagators write their headers. If several of them write `baggage`, their
/// members are joined.
///
/// `Debug` shows the names. Cloning is cheap.
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
    members: Vec<NamedPropagator>,
    fields: Vec<String>,
    has_foreign: bool,
    baggage: BaggageWriters,
}

/// How `baggage` is written.
enum BaggageWriters {
    /// By the formats with these indices, in this order, into one list.
    Formats(Vec<usize>),
    /// By one propagator of another kind: its header is not changed.
    OneForeign,
    /// By several propagators, not all of which are formats: their headers are merged.
    Mixed,
}

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
    fn writes_baggage(&self) -> bool {
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

    fn format(&self) -> Option<&dyn Format> {
        match &self.propagator {
            AnyPropagator::Format(format) => Some(&**format),
            AnyPropagator::Foreign(_) => None,
        }
    }

    fn foreign(&self) -> Option<&dyn TextMapPropagator> {
        match &self.propagator {
            AnyPropagator::Format(_) => None,
            AnyPropagator::Foreign(propagator) => Some(&**propagator),
        }
    }
}

impl Propagator {
    pub(crate) fn new(mut members: Vec<NamedPropagator>) -> Self {
        let mut fields: Vec<String> = Vec::new();
        for field in members.iter().flat_map(|member| member.propagator.fields()) {
            if !fields.iter().any(|known| known.eq_ignore_ascii_case(field)) {
                fields.push(field.to_owned());
            }
        }
        let prefixes: Vec<_> = members.iter().filter_map(|m| m.baggage_prefix).collect();
        for member in &mut members {
            if let AnyPropagator::Format(format) = &mut member.propagator {
                for prefix in &prefixes {
                    if member.baggage_prefix != Some(prefix) {
                        format.reserve_baggage_prefix(prefix);
                    }
                }
            }
        }
        Propagator(Arc::new(Composite {
            has_foreign: members.iter().any(|member| member.foreign().is_some()),
            baggage: BaggageWriters::new(&members),
            members,
            fields,
        }))
    }

    /// Returns the names of the propagators, in their order. There are none for `none`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.members.iter().map(|member| &*member.name)
    }

    /// Returns the propagators in their order.
    pub(crate) fn members(&self) -> &[NamedPropagator] {
        &self.0.members
    }
}

impl BaggageWriters {
    fn new(members: &[NamedPropagator]) -> Self {
        let mut writers: Vec<_> = (0..members.len())
            .filter(|&i| members[i].writes_baggage())
            .collect();
        let is_foreign = |i: &usize| members[*i].foreign().is_some();
        if !writers.iter().any(is_foreign) {
            // The members of an owner come first: they are the last to be left out.
            writers.sort_by_key(|&i| members[i].baggage_prefix.is_none());
            BaggageWriters::Formats(writers)
        } else if writers.len() == 1 {
            BaggageWriters::OneForeign
        } else {
            BaggageWriters::Mixed
        }
    }
}

impl Composite {
    /// Returns the format of a list that has only one: there is nothing to merge, and it does by
    /// itself what the list would do.
    #[inline]
    fn single_format(&self) -> Option<&dyn Format> {
        match &self.members[..] {
            [member] => member.format(),
            _ => None,
        }
    }

    /// Reads all propagators in order. Returns the context that they leave, or `None` if none keeps
    /// anything. Its span is that of `cx`, or one that a foreign propagator set.
    #[inline]
    fn read(
        &self,
        cx: &Context,
        extractor: &dyn Extractor,
        adopt: Adopt,
    ) -> (Option<Context>, ParentMerger) {
        let mut merger = ParentMerger::new();
        let mut next: Option<Context> = None;
        for member in &self.members {
            let cx = next.as_ref().unwrap_or(cx);
            if let Some(read) = member.read(cx, extractor, &mut merger, adopt) {
                next = Some(read);
            }
        }
        (next, merger)
    }

    fn inject_mixed(&self, cx: &Context, injector: &mut dyn Injector) {
        let mut merger = BaggageMerger::new(injector);
        for member in &self.members {
            merger.owned_prefix = member.baggage_prefix;
            match &member.propagator {
                AnyPropagator::Format(format) => {
                    format.write(cx, merger.injector);
                    let mut list = MemberList::default();
                    format.write_baggage(cx, &mut list);
                    merger.push(list.into_string());
                }
                AnyPropagator::Foreign(propagator) => propagator.inject_context(cx, &mut merger),
            }
        }
        let prefixes: Vec<_> = self
            .members
            .iter()
            .filter_map(|m| m.baggage_prefix)
            .collect();
        merger.finish(&prefixes);
    }

    fn inject_baggage(&self, cx: &Context, writers: &[usize], injector: &mut dyn Injector) {
        let formats = || writers.iter().filter_map(|&i| self.members[i].format());
        let mut list = MemberList::default();
        // A single writer reserves its own room.
        if writers.len() > 1 {
            let lens = formats().map(|format| format.baggage_len(cx));
            let len: usize = lens.filter(|&len| len > 0).map(|len| len + 1).sum();
            if len > 0 {
                list.reserve(len - 1);
            }
        }
        for format in formats() {
            format.write_baggage(cx, &mut list);
        }
        list.inject(injector);
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
        let composite = &*self.0;
        if let Some(format) = composite.single_format() {
            return format.inject_context(cx, injector);
        }
        if let BaggageWriters::Mixed = composite.baggage {
            return composite.inject_mixed(cx, injector);
        }
        for member in &composite.members {
            match &member.propagator {
                AnyPropagator::Format(format) => format.write(cx, injector),
                AnyPropagator::Foreign(propagator) => propagator.inject_context(cx, injector),
            }
        }
        if let BaggageWriters::Formats(writers) = &composite.baggage {
            composite.inject_baggage(cx, writers, injector);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let composite = &*self.0;
        if let Some(format) = composite.single_format() {
            return format.extract_with_context(cx, extractor);
        }
        let (next, merger) = composite.read(cx, extractor, Adopt::Valid);
        let next = next.as_ref().unwrap_or(cx);
        // A foreign propagator set the span of a trace that was refused afterwards.
        if composite.has_foreign && merger.current().is_none() && !foreign::has_same_span(next, cx)
        {
            let (next, _) = composite.read(cx, extractor, Adopt::BaggageOnly);
            return next.unwrap_or_else(|| cx.clone());
        }
        merger.finish(next)
    }

    /// Each field once, in the order of the list.
    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0.fields)
    }
}
