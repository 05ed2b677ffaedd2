//! Sentry's headers.

use http::HeaderMap;
use opentelemetry_autoprop::Statement;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_core::parse_first;
use opentelemetry_propagator_sentry::header::{BAGGAGE, SENTRY_TRACE};
use opentelemetry_propagator_sentry::SentryTrace;

use super::{items, Explained};
use crate::facts::Item;
use crate::header_map::sentry_dsc;

pub(super) fn explain(headers: &HeaderMap, statement: &Statement) -> Explained {
    let dsc = sentry_dsc(headers);
    let members = dsc
        .iter()
        .map(|(key, value)| Item::new(format!("sentry-{key}"), value));
    let trace = parse_first(
        &HeaderExtractor(headers),
        SENTRY_TRACE,
        str::parse::<SentryTrace>,
    );
    let mut all = items(headers, SENTRY_TRACE);
    match trace {
        None if dsc.is_empty() => (all, None),
        None => {
            all.extend(members);
            (all, Some(format!("{SENTRY_TRACE}: missing")))
        }
        Some(Err(error)) => (all, Some(error.to_string())),
        Some(Ok(trace)) => {
            let decision = match trace.sampled {
                Some(true) => "sampled",
                Some(false) => "not sampled",
                None => "deferred",
            };
            all.push(Item::new("decision", decision));
            all.extend(members);
            if dsc.is_empty() {
                let note = "no sampling context; none is passed on";
                all.push(Item::new(BAGGAGE, "").note(note));
            }
            let is_continued = statement.stated.is_some();
            let reason = format!("{SENTRY_TRACE}: of another organization than this service's");
            (all, (!is_continued).then_some(reason))
        }
    }
}
