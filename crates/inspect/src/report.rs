//! What a block of headers tells, and what a service would send on.

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};

use crate::formats;

/// All that is shown.
pub struct Report {
    pub formats: Vec<Format>,
    /// The trace that is continued, and the name of the format that it came from.
    pub continued: Option<(String, SpanContext)>,
    /// The headers that are sent on.
    pub onward: Vec<(String, String)>,
}

/// One format of the list.
pub struct Format {
    pub name: String,
    /// What its headers say, one after the other.
    pub items: Vec<Item>,
    /// Why it was refused: the format's own error.
    pub refused: Option<String>,
    /// The span context that it gives by itself.
    pub span_context: Option<SpanContext>,
}

impl Format {
    pub fn is_absent(&self) -> bool {
        self.items.is_empty() && self.refused.is_none()
    }
}

/// Something that a header says, and what is made of it.
pub struct Item {
    pub name: String,
    pub value: String,
    pub note: Option<String>,
}

impl Item {
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Item {
            name: name.into(),
            value: value.into(),
            note: None,
        }
    }

    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

impl Report {
    /// Of `headers` as a service with this propagator would read them.
    pub fn new(headers: &HeaderMap, propagator: &Propagator) -> Self {
        let carrier = HeaderExtractor(headers);
        let mut cx = Context::new();
        let mut continued = None;
        let mut formats = Vec::new();
        for name in propagator.names() {
            let single = opentelemetry_autoprop::from_list(name)
                .expect("a name of a propagator that was made");
            let alone = single.extract_with_context(&Context::new(), &carrier);
            formats.push(formats::explain(name, headers, &single, &alone));

            // Propagators of a list run one on the result of the other.
            let next = single.extract_with_context(&cx, &carrier);
            let span_context = valid_span_context(&next);
            if span_context != valid_span_context(&cx) {
                continued = span_context.map(|span_context| (name.to_owned(), span_context));
            }
            cx = next;
        }
        Report {
            formats,
            continued,
            onward: onward(propagator, &cx),
        }
    }
}

/// The headers that a service would send on, in the order of the propagator's fields.
fn onward(propagator: &Propagator, cx: &Context) -> Vec<(String, String)> {
    let mut headers = HeaderMap::new();
    propagator.inject_context(cx, &mut HeaderInjector(&mut headers));
    propagator
        .fields()
        .filter_map(|field| {
            let value = headers.get(field)?.to_str().ok()?;
            (!value.is_empty()).then(|| (field.to_owned(), value.to_owned()))
        })
        .collect()
}

pub fn valid_span_context(cx: &Context) -> Option<SpanContext> {
    let span = cx.span();
    let span_context = span.span_context();
    span_context.is_valid().then(|| span_context.clone())
}
