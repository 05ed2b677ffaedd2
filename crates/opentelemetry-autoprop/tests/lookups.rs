//! Tests which headers the formats look up: each of them once, and none that is not needed.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

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

const B3: (&str, &str) = ("b3", "27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-1");
const B3_MULTI: [(&str, &str); 3] = [
    ("x-b3-traceid", "27bb7faa48294cf49ae6007d70905468"),
    ("x-b3-spanid", "0bcd098a592642e4"),
    ("x-b3-sampled", "1"),
];
const XRAY: (&str, &str) = (
    "x-amzn-trace-id",
    "Root=1-27bb7faa-48294cf49ae6007d70905468;Parent=0bcd098a592642e4;Sampled=1",
);
const UBER_TRACE_ID: (&str, &str) = (
    "uber-trace-id",
    "27bb7faa48294cf49ae6007d70905468:0bcd098a592642e4:0:1",
);
const OT_TRACE: [(&str, &str); 3] = [
    ("ot-tracer-traceid", "9ae6007d70905468"),
    ("ot-tracer-spanid", "0bcd098a592642e4"),
    ("ot-tracer-sampled", "true"),
];

/// What [`Recorder`] records if all names are listed.
const KEYS: &str = "keys()";

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
        self.names.borrow_mut().push(KEYS.to_owned());
        self.request.iter().map(|(name, _)| *name).collect()
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
        ("b3", &[B3], &["b3"]),
        (
            "b3multi",
            &B3_MULTI,
            &[
                "b3",
                "x-b3-traceid",
                "x-b3-spanid",
                "x-b3-flags",
                "x-b3-sampled",
            ],
        ),
        ("xray", &[XRAY], &["x-amzn-trace-id"]),
        ("xray-lambda", &[XRAY], &["x-amzn-trace-id"]),
        (
            "jaeger",
            &[UBER_TRACE_ID, ("uberctx-a", "1")],
            &["uber-trace-id", "jaeger-baggage", KEYS, "uberctx-a"],
        ),
        (
            "ottrace",
            &OT_TRACE,
            &[
                "ot-tracer-traceid",
                "ot-tracer-spanid",
                "ot-tracer-sampled",
                KEYS,
            ],
        ),
    ] {
        assert_eq!(looked_up(&from_list(list).unwrap(), request), names);
    }
}

#[test]
fn format_without_its_first_header_looks_up_no_other() {
    for (list, request, names) in [
        (
            "tracecontext",
            &[("tracestate", "k=v")][..],
            &["traceparent"][..],
        ),
        ("kontur", &KONTUR[1..], &["x-kontur-trace-id"]),
        ("sentry", &[("baggage", "sentry-a=b")], &["sentry-trace"]),
        ("b3", &B3_MULTI[1..], &["b3", "x-b3-traceid"]),
        ("b3multi", &B3_MULTI[1..], &["b3", "x-b3-traceid"]),
        ("ottrace", &OT_TRACE[1..], &["ot-tracer-traceid"]),
        (
            "jaeger",
            &[("uberctx-a", "1")],
            &["uber-trace-id", "jaeger-baggage"],
        ),
    ] {
        assert_eq!(looked_up(&from_list(list).unwrap(), request), names);
    }
}

#[test]
fn b3_looks_up_the_decision_that_it_lacks() {
    let undecided = ("b3", B3.1.strip_suffix("-1").unwrap());
    let request = [&[undecided][..], &B3_MULTI].concat();
    let mut expected = vec!["b3"];
    expected.extend(["x-b3-traceid", "x-b3-spanid", "x-b3-flags", "x-b3-sampled"]);
    assert_eq!(looked_up(&from_list("b3").unwrap(), &request), expected);
}

#[test]
fn all_names_look_up_each_absent_header_once() {
    let variables = Arc::new(Mutex::new(Vec::new()));
    let recorded = Arc::clone(&variables);
    let propagator = opentelemetry_autoprop::builder()
        .lookup(move |variable| {
            recorded.lock().unwrap().push(variable.to_owned());
            None
        })
        .from_list(
            "tracecontext,baggage,kontur,vostok,sentry,b3,b3multi,xray-lambda,jaeger,ottrace",
        )
        .unwrap();
    variables.lock().unwrap().clear();
    assert_eq!(
        looked_up(&propagator, &[("host", "example.com")]),
        [
            "traceparent",
            "baggage",
            "x-kontur-trace-id",
            "context-globals",
            "request-priority",
            "sentry-trace",
            "b3",
            "x-b3-traceid",
            "x-amzn-trace-id",
            "uber-trace-id",
            "jaeger-baggage",
            "ot-tracer-traceid",
        ]
    );
    assert_eq!(*variables.lock().unwrap(), ["_X_AMZN_TRACE_ID"]);
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
