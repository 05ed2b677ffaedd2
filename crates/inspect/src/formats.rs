//! What the headers of each format say, in the format's own terms.

use http::HeaderMap;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::Context;
use opentelemetry_autoprop::Propagator;
use opentelemetry_propagator_kontur::header as kontur;
use opentelemetry_propagator_sentry::header::{BAGGAGE, SENTRY_TRACE};
use opentelemetry_propagator_sentry::{DynamicSamplingContext, SentryTrace};
use opentelemetry_propagator_vostok::header as vostok;
use opentelemetry_propagator_vostok::{Entries, Globals, TracingContext, VostokContextExt};

use crate::report::{valid_span_context, Format, Item};

/// Explains one format. `alone` is the context that its propagator gives by itself.
pub fn explain(name: &str, headers: &HeaderMap, single: &Propagator, alone: &Context) -> Format {
    let span_context = valid_span_context(alone);
    let (items, refused) = match name {
        "kontur" => explain_kontur(headers),
        "vostok" => explain_vostok(headers, alone),
        "sentry" => explain_sentry(headers, span_context.is_some()),
        "baggage" => (explain_baggage(alone), None),
        _ => explain_by_fields(headers, single, span_context.is_some()),
    };
    Format {
        name: name.to_owned(),
        items,
        refused,
        span_context,
    }
}

type Explained = (Vec<Item>, Option<String>);

/// A header as a carrier gives it to a propagator: the first line, if it is ASCII.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn explain_kontur(headers: &HeaderMap) -> Explained {
    let mut items = Vec::new();
    let mut refused = None;
    let trace_id = text(headers, kontur::TRACE_ID).map(|value| {
        items.push(Item::new(kontur::TRACE_ID, value));
        kontur::parse_trace_id(value)
    });
    match &trace_id {
        Some(Err(error)) => refused = Some(error.to_string()),
        None if text(headers, kontur::SPAN_ID).is_some() => {
            refused = Some(format!("{}: it is missing", kontur::TRACE_ID));
        }
        _ => {}
    }
    let span_id = text(headers, kontur::SPAN_ID);
    let derived = "the parent is derived from the trace id";
    match (span_id, span_id.map(kontur::parse_span_id)) {
        (Some(value), Some(Ok(id))) => {
            let item = Item::new(kontur::SPAN_ID, value);
            let as_it_is = value.trim().eq_ignore_ascii_case(&id.to_string());
            items.push(if as_it_is {
                item
            } else {
                item.note(format!("read as {id}"))
            });
        }
        (Some(value), Some(Err(error))) => {
            items.push(Item::new(kontur::SPAN_ID, value).note(format!("{error}; {derived}")));
        }
        _ if matches!(trace_id, Some(Ok(_))) => {
            items.push(Item::new(kontur::SPAN_ID, "").note(format!("missing; {derived}")));
        }
        _ => {}
    }
    if let Some(value) = text(headers, kontur::IS_SAMPLED) {
        let item = Item::new(kontur::IS_SAMPLED, value);
        items.push(match kontur::parse_is_sampled(value) {
            Ok(_) => item,
            Err(error) => item.note(format!("{error}; no decision")),
        });
    } else if matches!(trace_id, Some(Ok(_))) {
        items.push(Item::new(kontur::IS_SAMPLED, "").note("missing; no decision"));
    }
    for name in [kontur::PARENT_SPAN_ID, kontur::PROFILE_ID] {
        if let Some(value) = text(headers, name) {
            items.push(Item::new(name, value).note("not used"));
        }
    }
    (items, refused)
}

fn explain_vostok(headers: &HeaderMap, alone: &Context) -> Explained {
    let mut items = Vec::new();
    let mut refused = None;
    for (name, kept) in [
        (vostok::GLOBALS, alone.vostok_globals()),
        (vostok::PROPERTIES, alone.vostok_properties()),
    ] {
        let Some(value) = text(headers, name) else {
            continue;
        };
        let (entries, damage) = Entries::decode_partial(name, value);
        for (name, value) in entries.iter() {
            let (name, value) = (
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(value),
            );
            match value.parse::<TracingContext>() {
                Ok(tracing) if name == vostok::TRACING_CONTEXT => {
                    items.push(Item::new("trace", tracing.trace().to_string()));
                    items.push(Item::new("span", tracing.span().to_string()));
                }
                _ if name == vostok::TRACING_CONTEXT => items.push(Item::new(name, value)),
                _ if kept.get(&name).is_some() => {
                    items.push(Item::new(name, value).note("passed on"));
                }
                _ => items.push(Item::new(name, value).note("not passed on: on no list")),
            }
        }
        let error = match name {
            vostok::GLOBALS => {
                Globals::parse(value, &[""; 0], vostok::DEFAULT_MAX_HEADER_LEN).err()
            }
            _ => None,
        };
        match (error, damage) {
            (Some(error), _) => refused = Some(error.to_string()),
            (None, Some(damage)) => items.push(Item::new(name, "").note(damage.to_string())),
            (None, None) if entries.is_empty() => items.push(Item::new(name, "").note("empty")),
            (None, None) => {}
        }
    }
    (items, refused)
}

fn explain_sentry(headers: &HeaderMap, continued: bool) -> Explained {
    let Some(value) = text(headers, SENTRY_TRACE) else {
        return (Vec::new(), None);
    };
    let mut items = vec![Item::new(SENTRY_TRACE, value)];
    let trace: SentryTrace = match value.parse() {
        Ok(trace) => trace,
        Err(error) => return (items, Some(error.to_string())),
    };
    items.push(Item::new(
        "decision",
        match trace.sampled {
            Some(true) => "sampled",
            Some(false) => "not sampled",
            None => "deferred",
        },
    ));
    let lines = headers
        .get_all(BAGGAGE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let dsc = DynamicSamplingContext::from_baggage(lines);
    for (key, value) in dsc.iter() {
        items.push(Item::new(format!("sentry-{key}"), value));
    }
    if dsc.is_empty() {
        items.push(Item::new(BAGGAGE, "").note("no sampling context; none is passed on"));
    }
    let other = "sentry-trace: of another organisation than SENTRY_DSN's; not continued";
    (items, (!continued).then(|| other.to_owned()))
}

fn explain_baggage(alone: &Context) -> Vec<Item> {
    let mut items: Vec<_> = alone
        .baggage()
        .iter()
        .map(|(key, (value, metadata))| {
            let item = Item::new(key.as_str(), value.as_str());
            match metadata.as_str() {
                "" => item,
                metadata => item.note(metadata),
            }
        })
        .collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    items
}

/// A format of others: its headers as they are. Their propagators give no reasons.
fn explain_by_fields(headers: &HeaderMap, single: &Propagator, continued: bool) -> Explained {
    let items: Vec<_> = single
        .fields()
        .filter_map(|field| Some(Item::new(field, text(headers, field)?)))
        .collect();
    let refused = match items.first() {
        Some(first) if !continued => Some(format!("{}: it holds no valid trace", first.name)),
        _ => None,
    };
    (items, refused)
}
