//! W3C Trace Context.

use std::collections::HashMap;
use std::sync::LazyLock;

use http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_autoprop::{Propagator, Statement};

use super::{items, lines, Explained};

pub(crate) const TRACEPARENT: &str = "traceparent";
pub(crate) const TRACESTATE: &str = "tracestate";

pub(super) fn explain(headers: &HeaderMap, statement: &Statement) -> Explained {
    let mut all = items(headers, TRACEPARENT);
    let has_parent = !all.is_empty();
    all.extend(items(headers, TRACESTATE));
    let refused = match (has_parent, all.is_empty(), &statement.stated) {
        (true, _, None) => Some(reason(headers)),
        (false, false, _) => Some(format!("{TRACESTATE}: of no use without {TRACEPARENT}")),
        _ => None,
    };
    (all, refused)
}

/// Returns why a `traceparent` is invalid.
fn reason(headers: &HeaderMap) -> String {
    match lines(headers, TRACEPARENT).count() {
        0 | 1 => format!("{TRACEPARENT}: no valid trace"),
        count => format!("{TRACEPARENT}: no valid trace in {count} lines"),
    }
}

/// Whether a value is a valid `traceparent`, as the propagator of the list sees it.
pub(crate) fn is_traceparent(value: &str) -> bool {
    static TRACECONTEXT: LazyLock<Propagator> = LazyLock::new(|| {
        opentelemetry_autoprop::from_list("tracecontext").expect("a name that is always known")
    });
    // The shortest value has 55 characters.
    if value.len() < 55 || value.as_bytes()[2] != b'-' {
        return false;
    }
    let carrier = HashMap::from([(TRACEPARENT.to_owned(), value.to_owned())]);
    let cx = TRACECONTEXT.extract_with_context(&Context::new(), &carrier);
    let is_valid = cx.span().span_context().is_valid();
    is_valid
}
