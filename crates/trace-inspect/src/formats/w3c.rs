//! W3C Trace Context.

use std::cell::RefCell;

use http::HeaderMap;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_propagator_w3c::traceparent::TRACEPARENT;
use opentelemetry_propagator_w3c::tracestate::TRACESTATE;
use opentelemetry_propagator_w3c::{ParseError, TraceParent, TraceStateList};

use super::{items, Explained};

pub(super) fn explain(headers: &HeaderMap) -> Explained {
    let carrier = HeaderExtractor(headers);
    let errors = RefCell::new(Vec::new());
    let on_error = |error: &ParseError| errors.borrow_mut().push(error.to_string());
    let parent = TraceParent::extract(&carrier, on_error);
    let reason = errors.borrow_mut().pop();
    TraceStateList::extract(&carrier, on_error);
    let list_error = errors.borrow_mut().pop();

    let mut all = items(headers, TRACEPARENT);
    let mut list = items(headers, TRACESTATE);
    let has_list = !list.is_empty();
    if let (Some(error), Some(first)) = (list_error, list.first_mut()) {
        first.note = Some(format!("{error}; not used"));
    }
    all.append(&mut list);
    let is_alone = parent.is_none() && reason.is_none() && has_list;
    let missing = || format!("{TRACEPARENT}: missing, so that {TRACESTATE} is not used");
    (all, reason.or_else(|| is_alone.then(missing)))
}
