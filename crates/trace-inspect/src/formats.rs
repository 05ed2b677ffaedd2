//! The contents of the headers, in each format's own terms. Uses the value types of the formats and
//! repeats none of their rules.

use http::HeaderMap;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::Context;
use opentelemetry_autoprop::{known_formats, KnownFormat, Statement};
use opentelemetry_propagator_kontur::header::{PARENT_SPAN_ID, PROFILE_ID};
use opentelemetry_propagator_sentry::header::BAGGAGE;
use opentelemetry_propagator_vostok::header::{GLOBALS, PROPERTIES};
use opentelemetry_propagator_vostok::{Entries, TracingContext, VostokContextExt};

use crate::facts::{Format, Item};
use crate::header_map::{lines, sentry_dsc};
use crate::headers::{is_valid, Id};

/// Headers of Kontur that its propagator does not read.
const UNUSED: &[&str] = &[PARENT_SPAN_ID, PROFILE_ID];

/// Explains the headers of one propagator of a list, if there are any. `cx` is the context that the
/// whole list returns, and `reasons` those for which headers are ignored.
pub(crate) fn explain(
    headers: &HeaderMap,
    statement: &Statement,
    reasons: &[String],
    cx: &Context,
) -> Option<Format> {
    let name = &*statement.propagator;
    let known = known_formats().iter().find(|format| format.name == name)?;
    let mut items: Vec<Item> = Vec::new();
    for header in names(known, headers) {
        match header {
            BAGGAGE if name == "sentry" => {
                let dsc = sentry_dsc(headers);
                let members = dsc.iter();
                items.extend(
                    members.map(|(key, value)| Item::new(format!("sentry-{key}"), value, "")),
                );
            }
            BAGGAGE => items.extend(members(headers, cx)),
            GLOBALS => items.extend(entries(headers, GLOBALS, cx)),
            PROPERTIES => items.extend(entries(headers, PROPERTIES, cx)),
            _ => items.extend(lines(headers, header).map(|line| Item::new(header, line, ""))),
        }
    }
    if items.is_empty() {
        return None;
    }
    let header_of = |reason: &str| reason.split(": ").next().unwrap_or_default().to_owned();
    let first = *known.headers.first()?;
    let refused = match &statement.stated {
        Some(_) => statement
            .is_refused
            .then(|| "another propagator of the list refuses its trace".to_owned()),
        None => {
            let is_reason = |reason: &&String| {
                let header = header_of(reason);
                // Vostok's other headers are read without its trace.
                known.headers.contains(&&*header) && (first != GLOBALS || header == GLOBALS)
            };
            let problem = match headers.contains_key(first) {
                true => "no trace",
                false => "missing",
            };
            let is_required = !matches!(first, BAGGAGE | GLOBALS);
            let default = is_required.then(|| format!("{first}: {problem}"));
            reasons.iter().find(is_reason).cloned().or(default)
        }
    };
    for item in &mut items {
        let mut of_item = reasons
            .iter()
            .filter(|reason| header_of(reason) == item.name);
        if UNUSED.contains(&&*item.name) {
            item.note = "not used".to_owned();
        } else if let Some(reason) = of_item.find(|reason| refused.as_ref() != Some(reason)) {
            item.note = format!("{reason}; not used");
        }
    }
    Some(Format {
        name: name.to_owned(),
        refused,
        items,
        stated: statement.stated.as_ref().map(|parent| Id {
            trace_id: parent.trace_id,
            span_id: parent.span_id,
            sampled: parent.sampled,
        }),
    })
}

/// Returns the headers of a format: those with fixed names, and those of a message that begin with
/// its prefixes.
fn names<'a>(known: &'a KnownFormat, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
    let unused = match known.name {
        "kontur" => UNUSED,
        _ => &[],
    };
    let is_own = move |name: &&str| {
        let mut prefixes = known.header_prefixes.iter();
        prefixes.any(|prefix| name.starts_with(prefix))
    };
    let prefixed = headers.keys().map(|name| name.as_str()).filter(is_own);
    known.headers.iter().chain(unused).copied().chain(prefixed)
}

/// Explains the members of `baggage` that the whole list keeps.
fn members(headers: &HeaderMap, cx: &Context) -> Vec<Item> {
    let members = cx.baggage().iter();
    let mut items: Vec<_> = members
        .map(|(key, (value, metadata))| Item::new(key.as_str(), value.as_str(), metadata.as_str()))
        .collect();
    items.sort_by(|a, b| a.name.cmp(&b.name));
    let invalid = lines(headers, BAGGAGE).filter(|line| !is_valid(BAGGAGE, line));
    items.extend(invalid.map(|line| Item::new(BAGGAGE, line, "not all of it is valid")));
    items
}

/// Explains the entries of Vostok's envelopes.
fn entries(headers: &HeaderMap, header: &'static str, cx: &Context) -> Vec<Item> {
    let kept = match header {
        GLOBALS => cx.vostok_globals(),
        _ => cx.vostok_properties(),
    };
    let mut items = Vec::new();
    for line in lines(headers, header) {
        let (entries, error) = Entries::parse_partial(header, line);
        for (name, value) in entries.iter() {
            let name = String::from_utf8_lossy(name);
            let value = String::from_utf8_lossy(value);
            if let Ok(tracing) = value.parse::<TracingContext>() {
                items.push(Item::new("trace", tracing.trace().to_string(), ""));
                items.push(Item::new("span", tracing.span().to_string(), ""));
                continue;
            }
            let note = match kept.get(&name) {
                Some(_) => "passed on",
                None => "not passed on: not on the allow-list",
            };
            items.push(Item::new(name, value, note));
        }
        if error.is_some() || entries.is_empty() {
            items.push(Item::new(header, line, ""));
        }
    }
    items
}
