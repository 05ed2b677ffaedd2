//! W3C's cases through lists of propagators.

#[path = "../../opentelemetry-propagator-w3c/tests/conformance/mod.rs"]
mod cases;

use opentelemetry_autoprop::from_list;

const LISTS: [&str; 3] = [
    "tracecontext,baggage",
    "tracecontext,baggage,kontur,vostok,sentry",
    "sentry,vostok,kontur,baggage,tracecontext",
];

#[test]
fn lists_pass_w3c_trace_context_cases() {
    for list in LISTS {
        cases::check_trace_context(&from_list(list).unwrap());
    }
}

#[test]
fn lists_pass_w3c_baggage_cases() {
    for list in LISTS {
        cases::check_baggage(&from_list(list).unwrap());
    }
}
