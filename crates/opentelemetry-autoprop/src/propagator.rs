//! The composite of the propagators of a list.

use std::fmt;
use std::sync::Arc;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::MemberList;
use opentelemetry_propagator_core::ParentMerger;

use crate::baggage_merge::BaggageMerger;
use crate::context::{with_untrusted_parent, PropagationContextExt};
use crate::foreign::{self, Adopt, AnyPropagator};
use crate::members::{Members, NamedPropagator};

/// A propagator that runs all propagators of a list.
///
/// On extraction, the headers of one carrier are merged. Headers with the same trace id describe
/// the same caller: the parent span id, the sampling decision, `tracestate` and the other trace
/// flags are each taken from the first propagator of the list that states them. If a later
/// propagator states another trace, that trace wins. What the carrier states takes precedence over
/// the span that the context already contains.
///
/// On injection, all propagators write their headers. If several of them write `baggage`, their
/// members are joined. Nothing is injected for a context whose propagation is
/// [suppressed](PropagationContextExt::with_propagation_suppressed).
///
/// A propagator that is only in the list of one direction is only used in that direction. The
/// `baggage` members that it owns, such as those of Sentry, are then not handled in the other
/// direction by any propagator of this family.
///
/// `Debug` shows the names, and both lists if the directions differ. Cloning is cheap.
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
    members: Members,
    /// Whether the caller's trace is reported but not continued.
    is_public_endpoint: bool,
    fields: Vec<String>,
    /// Whether a foreign propagator extracts.
    has_foreign: bool,
    baggage: BaggageWriters,
}

/// How `baggage` is written.
enum BaggageWriters {
    /// By the formats with these indices, in this order, into one list.
    Formats(Vec<usize>),
    /// By one foreign propagator, whose header is not changed.
    OneForeign,
    /// By propagators of which at least one is foreign. Their headers are merged, and members that
    /// another propagator owns are dropped.
    Mixed,
}

impl Propagator {
    pub(crate) fn new(mut members: Members, is_public_endpoint: bool) -> Self {
        let all = &mut members.all;
        let mut fields: Vec<String> = Vec::new();
        for field in all.iter().flat_map(|member| member.propagator.fields()) {
            if !fields.iter().any(|known| known.eq_ignore_ascii_case(field)) {
                fields.push(field.to_owned());
            }
        }
        let prefixes: Vec<_> = all.iter().filter_map(|m| m.baggage_prefix).collect();
        for member in all {
            if let AnyPropagator::Format(format) = &mut member.propagator {
                for prefix in &prefixes {
                    if member.baggage_prefix != Some(prefix) {
                        format.reserve_baggage_prefix(prefix);
                    }
                }
            }
        }
        let mut extracting = members.extracting().iter();
        Propagator(Arc::new(Composite {
            is_public_endpoint,
            has_foreign: extracting.any(|member| member.foreign().is_some()),
            baggage: BaggageWriters::new(&members),
            members,
            fields,
        }))
    }

    /// Returns the distinct names of the propagators: first those that extract, in their order,
    /// then those that only inject. The list `none` has no names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.members.all.iter().map(|member| &*member.name)
    }

    /// Returns the names of the propagators that extract, in their order.
    ///
    /// ```
    /// let propagator = opentelemetry_autoprop::builder()
    ///     .extract_only(["baggage"])
    ///     .from_list("tracecontext,baggage")?;
    /// assert!(propagator.extract_names().eq(["tracecontext", "baggage"]));
    /// assert!(propagator.inject_names().eq(["tracecontext"]));
    /// # Ok::<(), opentelemetry_autoprop::Error>(())
    /// ```
    pub fn extract_names(&self) -> impl Iterator<Item = &str> {
        self.extracting().iter().map(|member| &*member.name)
    }

    /// Returns the names of the propagators that inject, in their order.
    pub fn inject_names(&self) -> impl Iterator<Item = &str> {
        self.0.members.injecting().map(|member| &*member.name)
    }

    /// Returns the propagators that extract, in their order.
    pub(crate) fn extracting(&self) -> &[NamedPropagator] {
        self.0.members.extracting()
    }
}

impl BaggageWriters {
    fn new(Members { all, injecting, .. }: &Members) -> Self {
        let writes_baggage = |i: &usize| all[*i].writes_baggage();
        let mut writers: Vec<_> = injecting.iter().copied().filter(writes_baggage).collect();
        let is_foreign = |i: &usize| all[*i].foreign().is_some();
        if !writers.iter().any(is_foreign) {
            // Owned members come first, so that they are dropped last.
            writers.sort_by_key(|&i| all[i].baggage_prefix.is_none());
            BaggageWriters::Formats(writers)
        } else if writers.len() == 1 && all.iter().all(|m| m.baggage_prefix.is_none()) {
            BaggageWriters::OneForeign
        } else {
            BaggageWriters::Mixed
        }
    }
}

impl Composite {
    /// Extracts with all propagators in order. Returns the resulting context, or `None` if no
    /// propagator changed it. Its span is that of `cx`, or one that a foreign propagator set.
    // Not only a hint: the compiler would make one function of the three callers' loops.
    #[inline(always)]
    fn read(
        &self,
        cx: &Context,
        extractor: &dyn Extractor,
        merger: &mut ParentMerger,
        adopt: Adopt,
    ) -> Option<Context> {
        let mut next: Option<Context> = None;
        for member in self.members.extracting() {
            let cx = next.as_ref().unwrap_or(cx);
            if let Some(read) = member.read(cx, extractor, merger, adopt) {
                next = Some(read);
            }
        }
        next
    }

    /// Extracts with a list of formats.
    ///
    /// Not inlined. Otherwise, extraction with a single format would also save the registers and
    /// reserve the stack of this function.
    #[inline(never)]
    fn extract(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let mut merger = ParentMerger::new();
        let next = self.read(cx, extractor, &mut merger, Adopt::Valid);
        merger.finish(cx, next)
    }

    /// Extracts with a list that contains foreign propagators.
    #[inline(never)]
    fn extract_with_foreign(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let mut merger = ParentMerger::new();
        let next = self.read(cx, extractor, &mut merger, Adopt::Valid);
        let next = next.as_ref().unwrap_or(cx);
        // A foreign propagator set the span of a trace that a later propagator refused.
        if merger.current().is_none() && !foreign::has_same_span(next, cx) {
            let next = self.read(cx, extractor, &mut ParentMerger::new(), Adopt::BaggageOnly);
            return next.unwrap_or_else(|| cx.clone());
        }
        merger.finish(next, None)
    }

    /// Extracts from a request that is not continued.
    #[inline(never)]
    fn read_untrusted(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        // The context is empty, because the values that propagators store in it are discarded.
        let mut merger = ParentMerger::new();
        self.read(&Context::new(), extractor, &mut merger, Adopt::Valid);
        let stated = merger.finish(&Context::new(), None);
        with_untrusted_parent(cx, stated.span().span_context().clone())
    }

    fn inject_mixed(&self, cx: &Context, injector: &mut dyn Injector) {
        let mut merger = BaggageMerger::new(injector);
        for member in self.members.injecting() {
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
            .all
            .iter()
            .filter_map(|m| m.baggage_prefix)
            .collect();
        merger.finish(&prefixes);
    }

    fn inject_baggage(&self, cx: &Context, writers: &[usize], injector: &mut dyn Injector) {
        let formats = || writers.iter().filter_map(|&i| self.members.all[i].format());
        let mut list = MemberList::default();
        // A single writer reserves its own capacity.
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
        let name = if self.0.is_public_endpoint {
            "PublicEndpoint"
        } else {
            "Propagator"
        };
        if !self.0.members.is_symmetric() {
            return f
                .debug_struct(name)
                .field("extract", &Names(self.extract_names().collect()))
                .field("inject", &Names(self.inject_names().collect()))
                .finish();
        }
        let mut names = f.debug_tuple(name);
        for name in self.names() {
            names.field(&format_args!("{name}"));
        }
        if self.0.members.all.is_empty() {
            names.field(&format_args!("none"));
        }
        names.finish()
    }
}

/// Displays names without quotes.
struct Names<'a>(Vec<&'a str>);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for name in &self.0 {
            list.entry(&format_args!("{name}"));
        }
        list.finish()
    }
}

impl TextMapPropagator for Propagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let composite = &*self.0;
        if cx.is_propagation_suppressed() {
            return;
        }
        if let [i] = composite.members.injecting[..] {
            if let Some(format) = composite.members.all[i].format() {
                return format.inject_context(cx, injector);
            }
        }
        if let BaggageWriters::Mixed = composite.baggage {
            return composite.inject_mixed(cx, injector);
        }
        for member in composite.members.injecting() {
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
        if composite.is_public_endpoint {
            return composite.read_untrusted(cx, extractor);
        }
        // A single format has nothing to merge with. Its own method gives the same result.
        if let [member] = composite.members.extracting() {
            if let Some(format) = member.format() {
                return format.extract_with_context(cx, extractor);
            }
        }
        if composite.has_foreign {
            return composite.extract_with_foreign(cx, extractor);
        }
        composite.extract(cx, extractor)
    }

    /// Returns the distinct headers that are read or written: first those of the propagators that
    /// extract, in the order of their list, then those of the propagators that only inject.
    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0.fields)
    }
}
