//! The propagator: carrier → headers → [`Context`], and back.

use std::sync::OnceLock;

use opentelemetry::otel_debug;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_core::{
    extract_alone, inject_alone, parse_first, Format, ParentMerger, RemoteParent,
};

use crate::context::{ContextEntries, VostokContextExt};
use crate::entries::Entries;
use crate::error::ParseError;
use crate::header::{self, encode_globals, Globals};
use crate::names::{GLOBALS, PROPERTIES, REQUEST_PRIORITY};
use crate::tracing_context::TracingContext;

/// Continues a trace that arrives in `Context-Globals`, and writes the same header.
///
/// It reads the tracing entry, and the entries on the allow-lists of both headers, which are kept
/// in the [`Context`] for [`VostokContextExt`]. The header has no sampling flag: by default the
/// trace is sampled, as by Vostok's own propagator.
///
/// It writes `context-globals` with the tracing entry of a valid span context first, then the
/// globals of the context, and `context-properties` if there are any. The span's GUID consists of
/// the 16 digits of the span id and 16 zeros.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_propagator_vostok::VostokPropagator;
///
/// global::set_text_map_propagator(VostokPropagator::new());
/// ```
#[derive(Clone, Debug)]
pub struct VostokPropagator {
    allow_globals: Vec<String>,
    allow_properties: Vec<String>,
    max_header_len: usize,
    sample_when_undecided: bool,
}

impl VostokPropagator {
    /// Creates a propagator with the default options.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder with the default options.
    pub fn builder() -> VostokPropagatorBuilder {
        VostokPropagatorBuilder(VostokPropagator {
            allow_globals: vec![REQUEST_PRIORITY.to_owned()],
            allow_properties: Vec::new(),
            max_header_len: header::DEFAULT_MAX_HEADER_LEN,
            sample_when_undecided: true,
        })
    }

    fn extract_globals(&self, extractor: &dyn Extractor) -> Option<Globals> {
        let parse = |value| Globals::parse(value, &self.allow_globals, self.max_header_len);
        ok_or_log(parse_first(extractor, GLOBALS, parse)?)
    }

    fn extract_properties(&self, extractor: &dyn Extractor) -> Option<Entries> {
        if self.allow_properties.is_empty() {
            return None;
        }
        let parse =
            |value| header::parse_properties(value, &self.allow_properties, self.max_header_len);
        ok_or_log(parse_first(extractor, PROPERTIES, parse)?)
    }
}

/// Returns the parsed value, or logs the error at debug level.
#[inline]
fn ok_or_log<T>(parsed: Result<T, ParseError>) -> Option<T> {
    parsed.map_err(|error| log_ignored_header(&error)).ok()
}

#[cold]
fn log_ignored_header(error: &ParseError) {
    if cfg!(feature = "internal-logs") {
        otel_debug!(name: "VostokPropagator.HeaderIgnored", reason = error.to_string());
    }
}

impl Default for VostokPropagator {
    fn default() -> Self {
        Self::new()
    }
}

impl Format for VostokPropagator {
    fn name(&self) -> &'static str {
        "vostok"
    }

    #[inline]
    fn read(
        &self,
        cx: &Context,
        extractor: &dyn Extractor,
        merger: &mut ParentMerger,
    ) -> Option<Context> {
        let globals = self.extract_globals(extractor);
        let properties = self.extract_properties(extractor);
        if globals.is_none() && properties.is_none() {
            return None;
        }
        let (globals, properties) = (globals.unwrap_or_default(), properties.unwrap_or_default());
        if let Some(tracing) = globals.tracing {
            let mut parent = RemoteParent::new(tracing.trace_id());
            parent.span_id = Some(tracing.span_id());
            parent.sample_when_undecided = self.sample_when_undecided;
            merger.state(parent);
        }
        if globals.allowed.is_empty() && properties.is_empty() {
            return None;
        }
        // A header without allowed entries leaves those that the context held.
        let or_held = |read: Entries, held: &Entries| match read.is_empty() {
            true => held.clone(),
            false => read,
        };
        Some(cx.with_value(ContextEntries {
            globals: or_held(globals.allowed, cx.vostok_globals()),
            properties: or_held(properties, cx.vostok_properties()),
        }))
    }

    #[inline]
    fn write(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span_context = span.span_context();
        let tracing = span_context
            .is_valid()
            .then(|| TracingContext::new(span_context.trace_id(), span_context.span_id()));
        if let Some(value) = encode_globals(tracing, cx.vostok_globals()) {
            injector.set(GLOBALS, value);
        }
        let properties = cx.vostok_properties();
        if !properties.is_empty() {
            injector.set(PROPERTIES, properties.encode());
        }
    }
}

impl TextMapPropagator for VostokPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        inject_alone(self, cx, injector);
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extract_alone(self, cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 2]> = OnceLock::new();
        FieldIter::new(FIELDS.get_or_init(|| [GLOBALS, PROPERTIES].map(str::to_owned)))
    }
}

/// Options of a [`VostokPropagator`].
///
/// ```
/// use opentelemetry_propagator_vostok::header::REQUEST_PRIORITY;
/// use opentelemetry_propagator_vostok::VostokPropagator;
///
/// let propagator = VostokPropagator::builder()
///     .allow_globals([REQUEST_PRIORITY, "user.region"])
///     .allow_properties(["client.kind"])
///     .max_header_len(4096)
///     .build();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build() is called"]
pub struct VostokPropagatorBuilder(VostokPropagator);

impl VostokPropagatorBuilder {
    /// Sets the names of the globals that are kept from an incoming header and sent on. All others
    /// end at this process. The default is `vostok.request.priority`.
    pub fn allow_globals<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.0.allow_globals = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the names of the properties that are kept from an incoming header and sent on. The
    /// default is none: `context-properties` is then not read.
    pub fn allow_properties<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.0.allow_properties = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the limit in bytes for the length of a header. The default is 16 KiB. A longer header
    /// is ignored without decoding.
    pub fn max_header_len(mut self, bytes: usize) -> Self {
        self.0.max_header_len = bytes;
        self
    }

    /// Sets whether a trace is sampled, since the header has no sampling flag. The default is
    /// `true`. In a list of several formats, a format that states a decision takes precedence.
    pub fn sample_when_undecided(mut self, sampled: bool) -> Self {
        self.0.sample_when_undecided = sampled;
        self
    }

    /// Builds the propagator.
    pub fn build(self) -> VostokPropagator {
        self.0
    }
}
