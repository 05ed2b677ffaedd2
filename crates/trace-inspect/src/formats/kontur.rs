//! Kontur's headers.

use std::cell::RefCell;

use http::HeaderMap;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_kontur::header::{
    IS_SAMPLED, PARENT_SPAN_ID, PROFILE_ID, SPAN_ID, TRACE_ID,
};
use opentelemetry_propagator_kontur::{KonturTrace, ParseError};

use super::{items, Explained};
use crate::facts::Item;
use crate::header_map::lines;

pub(super) fn explain(headers: &HeaderMap) -> Explained {
    let errors = RefCell::new(Vec::new());
    let trace = KonturTrace::extract(&HeaderExtractor(headers), |error: &ParseError| {
        errors.borrow_mut().push(error.clone());
    });
    let errors = errors.into_inner();
    let error_of = |name| errors.iter().find(|error| error.header() == name);

    let mut all = items(headers, TRACE_ID);
    let Some(trace) = trace else {
        let is_alone = lines(headers, SPAN_ID).next().is_some();
        for name in [SPAN_ID, IS_SAMPLED] {
            all.extend(items(headers, name));
        }
        let reason = match error_of(TRACE_ID) {
            Some(error) => Some(error.to_string()),
            None => is_alone.then(|| format!("{TRACE_ID}: missing")),
        };
        return (all, reason);
    };
    let read_as = trace.span_id.map(|id| id.to_string());
    for (name, fact, read_as) in [
        (SPAN_ID, "states no parent", read_as),
        (IS_SAMPLED, "states no decision", None),
    ] {
        let mut found = items(headers, name);
        if found.is_empty() {
            all.push(Item::new(name, "").note(format!("missing; {fact}")));
        } else if let Some(error) = error_of(name) {
            let first = found.remove(0);
            all.push(first.note(format!("{error}; {fact}")));
        } else if let Some(id) = read_as.filter(|id| !found[0].value.eq_ignore_ascii_case(id)) {
            let first = found.remove(0);
            all.push(first.note(format!("read as {id}")));
        }
        all.extend(found);
    }
    for name in [PARENT_SPAN_ID, PROFILE_ID] {
        all.extend(
            items(headers, name)
                .into_iter()
                .map(|item| item.note("not used")),
        );
    }
    (all, None)
}
