//! Vostok's headers.

use http::HeaderMap;
use opentelemetry::trace::SpanId;
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_core::parse_first;
use opentelemetry_propagator_vostok::header::{
    DEFAULT_MAX_HEADER_LEN, GLOBALS, PROPERTIES, REQUEST_PRIORITY_HEADER, TRACING_CONTEXT,
};
use opentelemetry_propagator_vostok::{Entries, Globals, TracingContext, VostokContextExt};

use super::{items, Explained};
use crate::facts::Item;
use crate::header_map::lines;

pub(super) fn explain(headers: &HeaderMap, cx: &Context) -> Explained {
    let refused = refused(headers);
    let mut all = Vec::new();
    for (name, kept) in [
        (GLOBALS, cx.vostok_globals()),
        (PROPERTIES, cx.vostok_properties()),
    ] {
        for line in lines(headers, name) {
            let (entries, error) = Entries::parse_partial(name, line);
            all.extend(entries.iter().flat_map(|entry| explain_entry(entry, kept)));
            if let Some(error) = error {
                let item = Item::new(name, line);
                let error = error.to_string();
                // The reason is shown once.
                let is_reason = refused.as_ref() == Some(&error);
                all.push(if is_reason { item } else { item.note(error) });
            } else if entries.is_empty() {
                all.push(Item::new(name, line).note("empty"));
            }
        }
    }
    all.extend(items(headers, REQUEST_PRIORITY_HEADER));
    (all, refused)
}

/// Returns why the propagator does not use the trace of `Context-Globals`.
fn refused(headers: &HeaderMap) -> Option<String> {
    let parse = |value| Globals::parse(value, &[""; 0], DEFAULT_MAX_HEADER_LEN);
    let error = match parse_first(&HeaderExtractor(headers), GLOBALS, parse)? {
        Ok(globals) => globals.tracing_error,
        Err(error) => Some(error),
    };
    error.map(|error| error.to_string())
}

fn explain_entry((name, value): (&[u8], &[u8]), kept: &Entries) -> Vec<Item> {
    let name = String::from_utf8_lossy(name);
    let value = String::from_utf8_lossy(value);
    if name == TRACING_CONTEXT {
        return match value.parse::<TracingContext>() {
            Ok(tracing) => {
                let span = Item::new("span", tracing.span().to_string());
                let has_span_id = tracing.span_id() != SpanId::INVALID;
                vec![
                    Item::new("trace", tracing.trace().to_string()),
                    match has_span_id {
                        true => span,
                        false => span.note("states no parent"),
                    },
                ]
            }
            Err(_) => vec![Item::new(name, value)],
        };
    }
    let note = match kept.get(&name) {
        Some(_) => "passed on",
        None => "not passed on: not on the allow-list",
    };
    vec![Item::new(name, value).note(note)]
}
