//! The propagator between carriers and the [`Context`].

use std::sync::OnceLock;

use opentelemetry::otel_debug;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt};
use opentelemetry::Context;
use opentelemetry_propagator_core::baggage::MemberList;
use opentelemetry_propagator_core::{
    extract_alone, inject_alone, parse_first, Format, ParentMerger, RemoteParent, Request,
};

use crate::context::{ContextGlobals, ContextProperties, VostokContextExt};
use crate::entries::Entries;
use crate::error::ParseError;
use crate::header::{self, encode_globals};
use crate::names::{GLOBALS, PROPERTIES, REQUEST_PRIORITY, REQUEST_PRIORITY_HEADER};
use crate::priority::{parse_request_priority, RequestPriority};
use crate::tracing_context::TracingContext;

/// A propagator for `Context-Globals`, `Context-Properties` and `Request-Priority`.
///
/// It reads the tracing entry and the entries on the allow-lists. The entries are kept in the
/// [`Context`] for [`VostokContextExt`]. The headers have no sampling flag. By default the trace is
/// sampled, as it is by Vostok's own propagator. If the span's GUID begins with 16 zeros, the
/// parent span id is derived from the trace id by
/// [`derived_span_id`](opentelemetry_propagator_core::derived_span_id).
///
/// If a request priority arrives only in `Request-Priority`, it is stored as the global
/// `vostok.request.priority`, provided that the allow-list contains that global.
///
/// It writes `context-globals` with the tracing entry of a valid span context first, followed by
/// the globals of the context. The span's GUID consists of the 16 digits of the span id and 16
/// zeros. It writes `context-properties` if there are any properties, and `request-priority` if the
/// globals contain a known priority.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_propagator_vostok::VostokPropagator;
///
/// global::set_text_map_propagator(VostokPropagator::new());
/// ```
#[derive(Clone, Debug)]
#[doc(alias("Context-Globals", "Context-Properties", "Request-Priority"))]
pub struct VostokPropagator {
    allow_globals: Vec<String>,
    allow_properties: Vec<String>,
    max_header_len: usize,
    max_injected_len: usize,
    sample_when_undecided: bool,
    allow_missing_span_id: bool,
    omit_unsampled_trace: bool,
    request_priority_header: bool,
    /// The number of envelope bytes that fit into a header of `max_injected_len`.
    room: usize,
    /// Whether `request-priority` is read, which requires that the header is switched on and that
    /// the corresponding global is on the allow-list.
    reads_request_priority: bool,
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
            max_injected_len: header::DEFAULT_MAX_INJECTED_LEN,
            sample_when_undecided: true,
            allow_missing_span_id: true,
            omit_unsampled_trace: false,
            request_priority_header: true,
            room: 0,
            reads_request_priority: false,
        })
    }

    /// Parses `context-globals`. Passes the trace to the merger and returns the allowed globals.
    #[inline]
    fn read_globals(
        &self,
        extractor: &dyn Extractor,
        merger: &mut ParentMerger,
    ) -> Option<Entries> {
        let parse = |value| {
            let log = |error| log_ignored_header(&error);
            header::parse_globals(value, &self.allow_globals, self.max_header_len, log)
        };
        let (tracing, allowed) = ok_or_log(parse_first(extractor, GLOBALS, parse)?)?;
        if let Some(tracing) = tracing {
            self.add(tracing, merger);
        }
        Some(allowed)
    }

    #[inline]
    fn extract_properties(&self, extractor: &dyn Extractor) -> Option<Entries> {
        if self.allow_properties.is_empty() {
            return None;
        }
        let parse =
            |value| header::parse_properties(value, &self.allow_properties, self.max_header_len);
        ok_or_log(parse_first(extractor, PROPERTIES, parse)?)
    }

    #[inline]
    fn extract_request_priority(&self, extractor: &dyn Extractor) -> Option<RequestPriority> {
        let parsed = parse_first(extractor, REQUEST_PRIORITY_HEADER, parse_request_priority)?;
        ok_or_log(parsed)
    }

    /// Passes the trace to the merger. If the span id is zero, another format may state the parent.
    #[inline]
    fn add(&self, tracing: TracingContext, merger: &mut ParentMerger) {
        let span_id = tracing.span_id();
        let has_span_id = span_id != SpanId::INVALID;
        if !has_span_id && !self.allow_missing_span_id {
            return log_ignored_header(&ParseError::missing_span_id());
        }
        let mut parent = RemoteParent::new(tracing.trace_id());
        parent.span_id = has_span_id.then_some(span_id);
        parent.sample_when_undecided = self.sample_when_undecided;
        merger.add(parent);
    }

    /// Returns the entries that fit into an envelope of `room` bytes, and logs the number of
    /// others.
    #[cold]
    fn fit(&self, header: &'static str, entries: &Entries, room: usize) -> Entries {
        let (fitting, left_out) = entries.fitting(room);
        self.log_left_out(header, left_out);
        fitting
    }

    #[cold]
    fn log_left_out(&self, header: &'static str, count: usize) {
        if cfg!(feature = "internal-logs") {
            otel_debug!(
                name: "VostokPropagator.EntriesLeftOut",
                header = header,
                count = count as u64,
                limit = self.max_injected_len as u64
            );
        }
    }

    #[inline]
    fn inject_globals(
        &self,
        span_context: &SpanContext,
        globals: &Entries,
        injector: &mut dyn Injector,
    ) {
        let mut tracing = None;
        let mut room = self.room;
        if span_context.is_valid() && (span_context.is_sampled() || !self.omit_unsampled_trace) {
            if let Some(rest) = room.checked_sub(TracingContext::ENTRY_LEN) {
                let (trace_id, span_id) = (span_context.trace_id(), span_context.span_id());
                tracing = Some(TracingContext::new(trace_id, span_id));
                room = rest;
            } else {
                self.log_left_out(GLOBALS, 1);
            }
        }
        let fitting;
        let mut globals = globals;
        if globals.envelope().len() > room {
            fitting = self.fit(GLOBALS, globals, room);
            globals = &fitting;
        }
        if let Some(value) = encode_globals(tracing, globals) {
            injector.set(GLOBALS, value);
        }
    }

    fn inject_properties(&self, properties: &Entries, injector: &mut dyn Injector) {
        let fitting;
        let mut properties = properties;
        if properties.envelope().len() > self.room {
            fitting = self.fit(PROPERTIES, properties, self.room);
            properties = &fitting;
        }
        if !properties.is_empty() {
            injector.set(PROPERTIES, properties.encode());
        }
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
        request: &mut Request<'_>,
        merger: &mut ParentMerger,
    ) -> Option<Context> {
        let extractor = request.extractor();
        let mut allowed = self.read_globals(extractor, merger);
        let priority = || allowed.as_ref().and_then(Entries::request_priority);
        if self.reads_request_priority && priority().is_none() {
            if let Some(priority) = self.extract_request_priority(extractor) {
                let allowed = allowed.get_or_insert_with(Entries::new);
                allowed.set_request_priority(priority);
            }
        }
        // Without allowed entries in the headers, the context keeps its previous ones.
        let with_globals = allowed
            .filter(|allowed| !allowed.is_empty())
            .map(|allowed| cx.with_value(ContextGlobals(allowed)));
        match self.extract_properties(extractor) {
            Some(properties) if !properties.is_empty() => {
                let cx = with_globals.as_ref().unwrap_or(cx);
                Some(cx.with_value(ContextProperties(properties)))
            }
            _ => with_globals,
        }
    }

    #[inline]
    fn write(&self, cx: &Context, injector: &mut dyn Injector, _baggage: &mut MemberList) {
        let globals = cx.vostok_globals();
        self.inject_globals(cx.span().span_context(), globals, injector);
        let properties = cx.vostok_properties();
        if !properties.is_empty() {
            self.inject_properties(properties, injector);
        }
        if self.request_priority_header {
            if let Some(priority) = globals.request_priority() {
                injector.set(REQUEST_PRIORITY_HEADER, priority.as_str().to_owned());
            }
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

    /// Returns the names of Vostok's headers, without `request-priority` if that is switched off.
    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 3]> = OnceLock::new();
        let fields = FIELDS
            .get_or_init(|| [GLOBALS, PROPERTIES, REQUEST_PRIORITY_HEADER].map(str::to_owned));
        FieldIter::new(match self.request_priority_header {
            true => &fields[..],
            false => &fields[..2],
        })
    }
}

/// Builds a [`VostokPropagator`] from options.
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
    /// Sets the names of the incoming globals that are kept and forwarded. All others are dropped.
    /// The default is `vostok.request.priority`.
    pub fn allow_globals<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.0.allow_globals = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the names of the incoming properties that are kept and forwarded. By default there are
    /// none, and `context-properties` is not read.
    pub fn allow_properties<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.0.allow_properties = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the limit in bytes for the length of an incoming header. The default is 16 KiB. A
    /// longer header is ignored without decoding.
    pub fn max_header_len(mut self, bytes: usize) -> Self {
        self.0.max_header_len = bytes;
        self
    }

    /// Sets whether a continued trace is sampled, because Vostok's headers have no sampling flag.
    /// The default is `true`. In a list of several formats, a format that states a decision takes
    /// precedence.
    pub fn sample_when_undecided(mut self, sampled: bool) -> Self {
        self.0.sample_when_undecided = sampled;
        self
    }

    /// Sets the limit in bytes for the length of an outgoing `context-globals` or
    /// `context-properties`. The default is 16 KiB.
    ///
    /// An entry that would exceed it is left out, and smaller ones after it are still written. The
    /// tracing entry takes precedence over all others. The number of entries that are left out is
    /// logged at debug level.
    pub fn max_injected_len(mut self, bytes: usize) -> Self {
        self.0.max_injected_len = bytes;
        self
    }

    /// Sets whether a trace is continued if its span id is zero, which means that the caller has no
    /// span. The default is `true`: the parent span id is then derived from the trace id by
    /// [`derived_span_id`](opentelemetry_propagator_core::derived_span_id).
    pub fn allow_missing_span_id(mut self, continued: bool) -> Self {
        self.0.allow_missing_span_id = continued;
        self
    }

    /// Sets whether the tracing entry of an unsampled span is left out. The default is `false`.
    ///
    /// A .NET service with Vostok's OpenTelemetry propagator records every trace that arrives with
    /// a tracing entry, even if `traceparent` states that it is not sampled. Choose `true` if this
    /// service samples few traces and calls such .NET services, provided that they read
    /// `traceparent` too. A service that reads only Vostok's headers then starts its own trace.
    pub fn omit_unsampled_trace(mut self, omitted: bool) -> Self {
        self.0.omit_unsampled_trace = omitted;
        self
    }

    /// Sets whether the `request-priority` header is read and written. The default is `true`.
    ///
    /// A Vostok service sheds load according to this header. It uses the global
    /// `vostok.request.priority` only for its outgoing calls. The header is read if
    /// `context-globals` contains no known priority, provided that
    /// [`allow_globals`](Self::allow_globals) contains that global.
    pub fn request_priority_header(mut self, used: bool) -> Self {
        self.0.request_priority_header = used;
        self
    }

    /// Builds the propagator.
    pub fn build(self) -> VostokPropagator {
        let mut propagator = self.0;
        let allow_globals = &propagator.allow_globals;
        // Base64 encodes three bytes as four, and the last group is padded.
        propagator.room = propagator.max_injected_len / 4 * 3;
        propagator.reads_request_priority = propagator.request_priority_header
            && allow_globals.iter().any(|name| name == REQUEST_PRIORITY);
        propagator
    }
}
