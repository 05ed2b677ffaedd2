//! The composite of the propagators of a list.

use std::fmt;
use std::sync::Arc;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{TraceContextExt, TraceId};
use opentelemetry::{otel_debug, Context};
use opentelemetry_propagator_core::baggage::MemberList;
use opentelemetry_propagator_core::{ParentMerger, Request};

use crate::context::{with_untrusted_parent, PropagationContextExt};
use crate::late;
use crate::list::{List, Listed, Writer};
use crate::trust::{Policy, Trust};

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
    list: List,
    /// The formats that inject, in the order in which they write.
    writers: Vec<Writer>,
    /// The prefixes of the keys of `baggage` members that formats own.
    prefixes: Vec<&'static str>,
    fields: Vec<String>,
    /// Whether every trace is continued. Otherwise the policy decides.
    always_continues: bool,
    policy: Policy,
}

impl Propagator {
    pub(crate) fn new(mut list: List, policy: Policy) -> Self {
        Propagator(Arc::new(Composite {
            writers: list.writers(),
            prefixes: list.reserve_baggage_prefixes(),
            fields: list.fields(),
            always_continues: policy.always_continues(),
            policy,
            list,
        }))
    }

    /// Returns the distinct names of the propagators: first those that extract, in their order,
    /// then those that only inject. The list `none` has no names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.list.all.iter().map(|listed| &*listed.name)
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
        self.extracting().iter().map(|listed| &*listed.name)
    }

    /// Returns the names of the propagators that inject, in their order.
    pub fn inject_names(&self) -> impl Iterator<Item = &str> {
        self.0.list.injecting().map(|listed| &*listed.name)
    }

    /// Whether the list has formats, but not the one of this name, under any name in the list.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        let formats = &self.0.list.all;
        !formats.is_empty() && formats.iter().all(|listed| listed.format.name() != name)
    }

    /// Returns the formats that extract, in their order.
    pub(crate) fn extracting(&self) -> &[Listed] {
        self.0.list.extracting()
    }

    /// Returns a request from a carrier.
    pub(crate) fn request<'a>(&'a self, extractor: &'a dyn Extractor) -> Request<'a> {
        Request::new(extractor, &self.0.prefixes)
    }
}

impl Composite {
    /// Extracts with all formats in order. Returns the context with the values that they keep, or
    /// `None` if they keep none.
    // Not only a hint: the compiler would make one function of the callers' loops.
    #[inline(always)]
    fn read(
        &self,
        cx: &Context,
        extractor: &dyn Extractor,
        merger: &mut ParentMerger,
    ) -> Option<Context> {
        let mut request = Request::new(extractor, &self.prefixes);
        let mut next: Option<Context> = None;
        for (number, listed) in self.list.extracting().iter().enumerate() {
            merger.set_source(number as u8);
            let cx = next.as_ref().unwrap_or(cx);
            if let Some(read) = listed.format.read(cx, &mut request, merger) {
                next = Some(read);
            }
        }
        if let Some(traces) = merger.differing() {
            self.log_differing_traces(&traces);
        }
        next
    }

    /// Logs the traces of a request with several, of which the first one is continued.
    #[cold]
    #[inline(never)]
    fn log_differing_traces(&self, traces: &[(u8, TraceId)]) {
        let show = |traces: &[(u8, TraceId)]| {
            let formats = self.list.extracting();
            let traces = traces.iter().map(|(number, trace_id)| {
                let listed = formats.get(usize::from(*number));
                format!("{} {trace_id}", listed.map_or("", |listed| &listed.name))
            });
            traces.collect::<Vec<_>>().join(", ")
        };
        let (continued, others) = traces.split_at(traces.len().min(1));
        if cfg!(feature = "internal-logs") {
            // The macro evaluates the fields only if a subscriber takes the event.
            otel_debug!(
                name: "Propagator.TracesDiffer",
                continued = show(continued),
                others = show(others)
            );
        }
    }

    /// Extracts with several formats.
    ///
    /// Not inlined. Otherwise, extraction with a single format would also save the registers and
    /// reserve the stack of this function.
    #[inline(never)]
    fn extract(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let mut merger = ParentMerger::new();
        // `SampleUndecided` asks whether a header stated the decision.
        if cfg!(feature = "sdk") {
            merger = merger.storing_undecided();
        }
        let next = self.read(cx, extractor, &mut merger);
        merger.finish(cx, next)
    }

    /// Extracts from a request about which the policy decides.
    #[inline(never)]
    fn extract_by_policy(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let trust = self.policy.decide(cx, extractor);
        if trust == Trust::Continue {
            return self.extract(cx, extractor);
        }
        let mut merger = ParentMerger::new().restarting();
        let kept = self.read(cx, extractor, &mut merger);
        let is_refused = merger.current().is_none() && !merger.refused().is_empty();
        let keeps = trust == Trust::Restart && !is_refused;
        let parent = merger.finish(&Context::new(), None);
        let cx = kept.as_ref().filter(|_| keeps).unwrap_or(cx);
        with_untrusted_parent(cx, parent.span().span_context().clone())
    }

    /// Injects with several formats.
    #[inline(never)]
    fn inject(&self, cx: &Context, injector: &mut dyn Injector) {
        let format = |writer: &Writer| &self.list.all[writer.index].format;
        let mut list = MemberList::default();
        let mut late = MemberList::default();
        for writer in &self.writers {
            let baggage = if writer.has_own_keys {
                &mut list
            } else {
                &mut late
            };
            format(writer).write(cx, injector, baggage);
        }
        if !late.is_empty() {
            list = late::merge(&list, &late, &self.prefixes);
        }
        list.inject(injector);
    }
}

impl fmt::Debug for Propagator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0.policy.most {
            Trust::Continue => "Propagator",
            Trust::Restart => "Restart",
            Trust::Ignore => "PublicEndpoint",
        };
        if !self.0.list.is_symmetric() {
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
        if self.0.list.all.is_empty() {
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
        match composite.writers[..] {
            [Writer { index, .. }] => {
                let listed = &composite.list.all[index];
                listed.format.inject_context(cx, injector);
            }
            _ => composite.inject(cx, injector),
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let composite = &*self.0;
        if !composite.always_continues {
            return composite.extract_by_policy(cx, extractor);
        }
        // A single format has nothing to merge with. Its own method gives the same result.
        match composite.list.extracting() {
            [listed] if !cfg!(feature = "sdk") => listed.format.extract_with_context(cx, extractor),
            _ => composite.extract(cx, extractor),
        }
    }

    /// Returns the distinct headers that are read or written: first those of the propagators that
    /// extract, in the order of their list, then those of the propagators that only inject.
    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0.fields)
    }
}
