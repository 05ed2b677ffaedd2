//! The propagator: carrier → headers → [`Context`], and back.

use std::sync::OnceLock;

use opentelemetry::otel_debug;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::Context;
use opentelemetry_propagator_core::with_remote_trace;

use crate::context::{Held, VostokContextExt};
use crate::encoding;
use crate::entries::Entries;
use crate::header::{self, Globals, ParseError, TracingContext, REQUEST_PRIORITY};

/// Continues a trace that came with `Context-Globals`, and sends it on with it.
///
/// What is read: the tracing entry, and the entries on the allow-lists of both headers, which are
/// kept in the [`Context`] for [`VostokContextExt`]. The header has no sampling flag; as in
/// Vostok's own propagator the trace counts as sampled. A trace that the context already holds as
/// remote stays as it is (see [`with_remote_trace`]).
///
/// What is written: `context-globals` with the tracing entry of a valid span context first, then
/// the kept or set globals; `context-properties` when there are some. The span's GUID is the 16
/// digits of the span id and 16 zeros.
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry_propagator_vostok::VostokPropagator;
///
/// global::set_text_map_propagator(VostokPropagator::new());
/// ```
#[derive(Clone, Debug)]
pub struct VostokPropagator {
    keep_globals: Vec<String>,
    keep_properties: Vec<String>,
    max_header_len: usize,
    sample: bool,
}

impl VostokPropagator {
    /// A propagator with the default options.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Options, each with its default.
    pub fn builder() -> VostokPropagatorBuilder {
        VostokPropagatorBuilder(VostokPropagator {
            keep_globals: vec![REQUEST_PRIORITY.to_owned()],
            keep_properties: Vec::new(),
            max_header_len: header::MAX_LEN,
            sample: true,
        })
    }

    fn globals(&self, extractor: &dyn Extractor) -> Option<Globals> {
        let value = extractor.get(header::GLOBALS)?;
        readable(header::parse_globals(
            value,
            &self.keep_globals,
            self.max_header_len,
        ))
    }

    fn properties(&self, extractor: &dyn Extractor) -> Option<Entries> {
        if self.keep_properties.is_empty() {
            return None;
        }
        let value = extractor.get(header::PROPERTIES)?;
        readable(header::parse_properties(
            value,
            &self.keep_properties,
            self.max_header_len,
        ))
    }
}

/// What a header says, or a debug line that tells why it says nothing.
#[inline]
fn readable<T>(parsed: Result<T, ParseError>) -> Option<T> {
    parsed.map_err(|error| ignored(&error)).ok()
}

#[cold]
fn ignored(error: &ParseError) {
    if cfg!(feature = "internal-logs") {
        otel_debug!(name: "VostokPropagator.HeaderIgnored", reason = error.to_string());
    }
}

/// The header of a trace and the globals that go with it.
fn encode_globals(span_context: &SpanContext, globals: &[u8]) -> String {
    /// How many bytes are put together without allocating; those of a priority are 112.
    const STACK: usize = 256;

    let len = TracingContext::LEN + globals.len();
    let (mut stack, mut heap) = ([0; STACK], Vec::new());
    let rest = if len <= STACK {
        &mut stack[..len]
    } else {
        heap.resize(len, 0);
        &mut heap[..]
    };
    let (value, others) = rest.split_at_mut(TracingContext::LEN);
    let value = value.try_into().expect("the length of the value");
    TracingContext::new(span_context.trace_id(), span_context.span_id()).encode(value);
    others.copy_from_slice(globals);
    encoding::encode_after(TracingContext::HEAD, rest)
}

impl Default for VostokPropagator {
    fn default() -> Self {
        Self::new()
    }
}

impl TextMapPropagator for VostokPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span_context = span.span_context();
        let globals = cx.vostok_globals();
        if span_context.is_valid() {
            injector.set(
                header::GLOBALS,
                encode_globals(span_context, globals.envelope()),
            );
        } else if !globals.is_empty() {
            injector.set(header::GLOBALS, globals.encode());
        }
        let properties = cx.vostok_properties();
        if !properties.is_empty() {
            injector.set(header::PROPERTIES, properties.encode());
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let globals = self.globals(extractor).unwrap_or_default();
        let properties = self.properties(extractor).unwrap_or_default();
        let traced = globals.tracing.map(|tracing| {
            with_remote_trace(cx, tracing.trace_id(), tracing.span_id(), self.sample)
        });
        if globals.kept.is_empty() && properties.is_empty() {
            return traced.unwrap_or_else(|| cx.clone());
        }
        // A header of which nothing is kept leaves what the context held.
        let or_held = |read: Entries, held: &Entries| match read.is_empty() {
            true => held.clone(),
            false => read,
        };
        traced.as_ref().unwrap_or(cx).with_value(Held {
            globals: or_held(globals.kept, cx.vostok_globals()),
            properties: or_held(properties, cx.vostok_properties()),
        })
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: OnceLock<[String; 2]> = OnceLock::new();
        FieldIter::new(
            FIELDS.get_or_init(|| [header::GLOBALS, header::PROPERTIES].map(str::to_owned)),
        )
    }
}

/// Options of a [`VostokPropagator`].
///
/// ```
/// use opentelemetry_propagator_vostok::header::REQUEST_PRIORITY;
/// use opentelemetry_propagator_vostok::VostokPropagator;
///
/// let propagator = VostokPropagator::builder()
///     .keep_globals([REQUEST_PRIORITY, "user.region"])
///     .keep_properties(["client.kind"])
///     .max_header_len(4096)
///     .build();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build() is called"]
pub struct VostokPropagatorBuilder(VostokPropagator);

impl VostokPropagatorBuilder {
    /// Which globals of an incoming header are kept and sent on, by their names; all others end
    /// at this process. `vostok.request.priority` by default.
    pub fn keep_globals<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.0.keep_globals = names.into_iter().map(Into::into).collect();
        self
    }

    /// The same for the properties; none by default, and `context-properties` is then not read.
    pub fn keep_properties<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.0.keep_properties = names.into_iter().map(Into::into).collect();
        self
    }

    /// The greatest length in bytes of a header that is decoded; 16 KiB by default. A longer one
    /// is ignored.
    pub fn max_header_len(mut self, bytes: usize) -> Self {
        self.0.max_header_len = bytes;
        self
    }

    /// Whether a continued trace counts as sampled, since the header has no flag; `true` by
    /// default.
    pub fn sample(mut self, sampled: bool) -> Self {
        self.0.sample = sampled;
        self
    }

    /// The propagator with these options.
    pub fn build(self) -> VostokPropagator {
        self.0
    }
}
