//! Tests which headers the formats look up: each of them once, and none that is not needed.

use std::cell::RefCell;

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::Context;
use opentelemetry_autoprop::from_list;
use opentelemetry_propagator_vostok::header::REQUEST_PRIORITY;
use opentelemetry_propagator_vostok::{Entries, VostokPropagator};

const TRACEPARENT: (&str, &str) = (
    "traceparent",
    "00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-01",
);
const KONTUR: [(&str, &str); 3] = [
    ("x-kontur-trace-id", "27bb7faa48294cf49ae6007d70905468"),
    ("x-kontur-trace-spanid", "0bcd098a592642e4"),
    ("x-kontur-trace-issampled", "true"),
];
const SENTRY_TRACE: (&str, &str) = (
    "sentry-trace",
    "27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-1",
);

/// A request that records the names of the headers that are looked up.
struct Recorder<'a> {
    request: &'a [(&'a str, &'a str)],
    names: RefCell<Vec<String>>,
}

impl Extractor for Recorder<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.names.borrow_mut().push(name.to_owned());
        let (_, value) = self.request.iter().find(|(header, _)| *header == name)?;
        Some(value)
    }

    fn keys(&self) -> Vec<&str> {
        unreachable!("listing all headers costs more than looking up a few")
    }
}

fn looked_up(propagator: &dyn TextMapPropagator, request: &[(&str, &str)]) -> Vec<String> {
    let recorder = Recorder {
        request,
        names: RefCell::default(),
    };
    propagator.extract_with_context(&Context::new(), &recorder);
    recorder.names.into_inner()
}

#[test]
fn format_looks_up_its_headers_once() {
    for (list, request, names) in [
        (
            "tracecontext",
            &[TRACEPARENT][..],
            &["traceparent", "tracestate"][..],
        ),
        ("baggage", &[("baggage", "k=v")], &["baggage"]),
        ("kontur", &KONTUR, &KONTUR.map(|(name, _)| name)),
        ("sentry", &[SENTRY_TRACE], &["sentry-trace", "baggage"]),
    ] {
        assert_eq!(looked_up(&from_list(list).unwrap(), request), names);
    }
}

#[test]
fn format_without_its_first_header_looks_up_no_other() {
    for (list, request, names) in [
        ("tracecontext", &[("tracestate", "k=v")][..], "traceparent"),
        ("kontur", &KONTUR[1..], "x-kontur-trace-id"),
        ("sentry", &[("baggage", "sentry-a=b")], "sentry-trace"),
    ] {
        assert_eq!(looked_up(&from_list(list).unwrap(), request), [names]);
    }
}

#[test]
fn kontur_looks_up_only_the_id_of_a_known_trace() {
    let request = [&[TRACEPARENT][..], &KONTUR].concat();
    assert_eq!(
        looked_up(&from_list("tracecontext,kontur").unwrap(), &request),
        ["traceparent", "tracestate", "x-kontur-trace-id"]
    );
}

#[test]
fn vostok_looks_up_priority_only_if_needed() {
    let globals = |priority| {
        let mut globals = Entries::new();
        globals.insert(REQUEST_PRIORITY, priority).unwrap();
        globals.encode()
    };
    let (known, unknown) = (globals("Ordinary"), globals("urgent"));
    let priority = ("request-priority", "Critical");
    let both = ["context-globals", "request-priority"];

    let default = VostokPropagator::new();
    assert_eq!(looked_up(&default, &[priority]), both);
    let unknown = [("context-globals", &*unknown), priority];
    assert_eq!(looked_up(&default, &unknown), both);
    let known = [("context-globals", &*known), priority];
    assert_eq!(looked_up(&default, &known), both[..1]);

    let switched_off = VostokPropagator::builder().request_priority_header(false);
    assert_eq!(looked_up(&switched_off.build(), &[priority]), both[..1]);
}
