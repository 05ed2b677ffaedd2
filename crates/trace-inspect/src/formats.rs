//! The contents of the headers, in each format's own terms. Uses the value types of the formats and
//! repeats none of their rules.

use http::HeaderMap;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::Context;
use opentelemetry_autoprop::{known_formats, KnownFormat, Statement};
use opentelemetry_propagator_kontur::header::{PARENT_SPAN_ID, PROFILE_ID};
use opentelemetry_propagator_sentry::header::BAGGAGE;
use opentelemetry_propagator_vostok::{
    header as vostok, Entries, TracingContext, VostokContextExt,
};

use crate::facts::{Extraction, Item};
use crate::header_map::{lines, sentry_dsc};
use crate::headers::{is_valid, Id};

/// Headers of Kontur that its propagator does not read.
const UNUSED: [&str; 2] = [PARENT_SPAN_ID, PROFILE_ID];

/// Explains the headers of one propagator of a list, if there are any. `cx` is the context that the
/// whole list returns, and `reasons` those for which headers are ignored.
pub(crate) fn explain(
    headers: &HeaderMap,
    statement: &Statement,
    reasons: &[String],
    cx: &Context,
) -> Option<Extraction> {
    let name = &*statement.propagator;
    let known = known_formats().iter().find(|format| format.name == name)?;
    let mut items: Vec<Item> = Vec::new();
    for header in names(known, headers) {
        match header {
            BAGGAGE if name == "sentry" => {
                let dsc = sentry_dsc(headers);
                let members = dsc
                    .iter()
                    .map(|(key, value)| (format!("sentry-{key}"), value));
                items.extend(members.map(|(name, value)| Item::new(name, value, "")));
            }
            BAGGAGE => items.extend(members(headers, cx)),
            vostok::GLOBALS => items.extend(entries(headers, vostok::GLOBALS, cx.vostok_globals())),
            vostok::PROPERTIES => {
                items.extend(entries(headers, vostok::PROPERTIES, cx.vostok_properties()))
            }
            _ => {
                let note = if UNUSED.contains(&header) {
                    "not used"
                } else {
                    ""
                };
                items.extend(lines(headers, header).map(|line| Item::new(header, line, note)));
            }
        }
    }
    if items.is_empty() {
        return None;
    }
    let refused = match &statement.stated {
        Some(_) if !statement.is_refused => None,
        Some(_) => Some("another propagator of the list refuses its trace".to_owned()),
        None => refusal(known, headers, reasons),
    };
    for item in &mut items {
        let mut others = reasons
            .iter()
            .filter(|reason| Some(*reason) != refused.as_ref());
        if let Some(reason) = others.find(|reason| header_of(reason) == item.name) {
            item.note = format!("{reason}; not used");
        }
    }
    Some(Extraction {
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

/// Returns the reason for which the headers of a format state no trace. `baggage` never does.
fn refusal(known: &KnownFormat, headers: &HeaderMap, reasons: &[String]) -> Option<String> {
    let first = *known.headers.first()?;
    let is_own = |reason: &&String| match first {
        // Vostok's other headers are read without its trace.
        vostok::GLOBALS => header_of(reason) == vostok::GLOBALS,
        _ => known.headers.contains(&header_of(reason)),
    };
    let problem = match headers.contains_key(first) {
        true => "no trace",
        false => "missing",
    };
    let is_required = !matches!(first, BAGGAGE | vostok::GLOBALS);
    let default = is_required.then(|| format!("{first}: {problem}"));
    reasons.iter().find(is_own).cloned().or(default)
}

/// Returns the header that a reason begins with.
fn header_of(reason: &str) -> &str {
    reason.split(": ").next().unwrap_or_default()
}

/// Returns the headers of a format: those with fixed names, and those of a message that begin with
/// its prefixes.
fn names<'a>(known: &'a KnownFormat, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
    let is_own = move |name: &&str| {
        let mut prefixes = known.header_prefixes.iter();
        prefixes.any(|prefix| name.starts_with(prefix))
    };
    let prefixed = headers.keys().map(|name| name.as_str()).filter(is_own);
    let unused = UNUSED.iter().filter(|_| known.name == "kontur");
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

/// Explains the entries of Vostok's envelopes, of which the propagator keeps some.
fn entries(headers: &HeaderMap, header: &'static str, kept: &Entries) -> Vec<Item> {
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
