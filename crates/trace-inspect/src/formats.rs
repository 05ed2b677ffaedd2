//! The contents of the headers, in each format's own terms. Uses the value types and errors of the
//! formats and repeats none of their rules.

use std::cell::RefCell;

use http::HeaderMap;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::Context;
use opentelemetry_autoprop::{known_formats, Statement};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_core::parse_first;
use opentelemetry_propagator_kontur::header::{PARENT_SPAN_ID, PROFILE_ID};
use opentelemetry_propagator_kontur::KonturTrace;
use opentelemetry_propagator_sentry::header::{BAGGAGE, SENTRY_TRACE};
use opentelemetry_propagator_sentry::SentryTrace;
use opentelemetry_propagator_vostok::header::{DEFAULT_MAX_HEADER_LEN, GLOBALS, PROPERTIES};
use opentelemetry_propagator_vostok::{Entries, Globals, TracingContext, VostokContextExt};
use opentelemetry_propagator_w3c::traceparent::TRACEPARENT;
use opentelemetry_propagator_w3c::tracestate::TRACESTATE;
use opentelemetry_propagator_w3c::{TraceParent, TraceStateList};

use crate::facts::{Format, Item};
use crate::header_map::{lines, sentry_dsc};
use crate::headers::is_valid;

/// Explains the headers of one propagator of a list. `cx` is the context that the whole list returns.
pub(crate) fn explain(headers: &HeaderMap, statement: &Statement, cx: &Context) -> Format {
    let name = &*statement.propagator;
    let format = known_formats().iter().find(|format| format.name == name);
    let names = format.map_or(&[][..], |format| format.headers);
    let errors = errors(name, headers);
    let mut items = Vec::new();
    for &header in names.iter().chain(unused(name)) {
        match header {
            BAGGAGE if name == "sentry" => {
                let dsc = sentry_dsc(headers);
                items.extend(
                    dsc.iter()
                        .map(|(key, value)| Item::new(format!("sentry-{key}"), value)),
                );
            }
            BAGGAGE => items.extend(members(headers, cx)),
            GLOBALS | PROPERTIES => items.extend(entries(headers, header, cx)),
            _ => items.extend(lines(headers, header).map(|line| Item::new(header, line))),
        }
    }
    // What a format needs is in its first header, whose error is the reason of a refusal.
    let (main, others): (Vec<_>, Vec<_>) = errors
        .into_iter()
        .partition(|(header, _)| names.first() == Some(header));
    for (header, error) in others {
        items
            .iter_mut()
            .filter(|item| item.name == header)
            .for_each(|item| item.note = Some(format!("{error}; not used")));
    }
    for item in &mut items {
        if unused(name).contains(&&*item.name) {
            item.note = Some("not used".to_owned());
        }
    }
    let reason = main.into_iter().next().map(|(_, error)| error);
    let first = names
        .first()
        .filter(|_| !items.is_empty() && !matches!(name, "baggage" | "vostok"));
    let refused = match (first, &statement.stated) {
        _ if reason.is_some() => reason,
        (Some(first), None)
            if lines(headers, first).any(|line| name == "sentry" && is_valid(first, line)) =>
        {
            Some(format!(
                "{first}: of another organization than this service's"
            ))
        }
        (Some(first), None) if !headers.contains_key(*first) => Some(format!("{first}: missing")),
        (Some(first), None) => Some(format!("{first}: no valid trace")),
        (_, Some(_)) if statement.is_refused => {
            Some("another propagator of the list refuses its trace".to_owned())
        }
        _ => None,
    };
    Format {
        name: name.to_owned(),
        items,
        refused,
        stated: statement.stated.clone(),
    }
}

/// Returns the headers of a format that its propagator does not read.
fn unused(name: &str) -> &'static [&'static str] {
    match name {
        "kontur" => &[PARENT_SPAN_ID, PROFILE_ID],
        _ => &[],
    }
}

/// Returns the format's own errors, each with its header.
fn errors(name: &str, headers: &HeaderMap) -> Vec<(&'static str, String)> {
    let carrier = HeaderExtractor(headers);
    let errors = RefCell::new(Vec::new());
    let note = |header, error: &dyn ToString| errors.borrow_mut().push((header, error.to_string()));
    match name {
        "tracecontext" => {
            TraceParent::extract(&carrier, |error| note(TRACEPARENT, error));
            TraceStateList::extract(&carrier, |error| note(TRACESTATE, error));
        }
        "kontur" => {
            KonturTrace::extract(&carrier, |error| note(error.header(), error));
        }
        "sentry" => {
            if let Some(Err(error)) = parse_first(&carrier, SENTRY_TRACE, str::parse::<SentryTrace>)
            {
                note(SENTRY_TRACE, &error);
            }
        }
        "vostok" => {
            let parse = |value| Globals::parse(value, &[""; 0], DEFAULT_MAX_HEADER_LEN);
            let globals = parse_first(&carrier, GLOBALS, parse);
            let error = globals
                .and_then(|globals| globals.map_or_else(Some, |globals| globals.tracing_error));
            error.into_iter().for_each(|error| note(GLOBALS, &error));
        }
        _ => {}
    }
    errors.into_inner()
}

/// Explains the members of `baggage` that the whole list keeps.
fn members(headers: &HeaderMap, cx: &Context) -> Vec<Item> {
    let members = cx.baggage().iter().map(|(key, (value, metadata))| {
        let item = Item::new(key.as_str(), value.as_str());
        match metadata.as_str() {
            "" => item,
            metadata => item.note(metadata),
        }
    });
    let mut items: Vec<_> = members.collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    let invalid = lines(headers, BAGGAGE).filter(|line| !is_valid(BAGGAGE, line));
    items.extend(invalid.map(|line| Item::new(BAGGAGE, line).note("not all of it is valid")));
    items
}

/// Explains the entries of Vostok's envelopes.
fn entries(headers: &HeaderMap, header: &'static str, cx: &Context) -> Vec<Item> {
    let kept = if header == GLOBALS {
        cx.vostok_globals()
    } else {
        cx.vostok_properties()
    };
    let mut items = Vec::new();
    for line in lines(headers, header) {
        let (entries, error) = Entries::parse_partial(header, line);
        for (name, value) in entries.iter() {
            let (name, value) = (
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(value),
            );
            match value.parse::<TracingContext>() {
                Ok(tracing) => {
                    items.push(Item::new("trace", tracing.trace().to_string()));
                    items.push(Item::new("span", tracing.span().to_string()));
                }
                Err(_) => {
                    let is_kept = kept.get(&name).is_some();
                    let note = if is_kept {
                        "passed on"
                    } else {
                        "not passed on: not on the allow-list"
                    };
                    items.push(Item::new(name, value).note(note));
                }
            }
        }
        if error.is_some() || entries.is_empty() {
            items.push(Item::new(header, line));
        }
    }
    items
}
