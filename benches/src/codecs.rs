//! Readers and writers of one header without OpenTelemetry. They store nothing in a `Context`, so
//! they are compared with [`trace_parent`], the value type of our `traceparent`.

use std::cell::RefCell;
use std::hint::black_box;

use fastrace::prelude::SpanContext;
use http::{HeaderMap, HeaderValue};
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_propagator_w3c::traceparent::TraceParent;
use sentry_core::{start_transaction, Transaction, TransactionContext};

use crate::case::{Case, Propagator};
use crate::request::{self, Header, SPAN_ID, TRACE_ID};

/// Returns all cases, ours first.
pub fn all() -> Vec<Case> {
    vec![
        trace_parent(),
        fastrace(),
        traceparent(),
        trace_context(),
        sentry_core(),
    ]
}

fn codec(name: &'static str, propagator: impl Propagator + 'static) -> Case {
    Case {
        name,
        headers: request::traceparent(),
        propagator: Box::new(propagator),
    }
}

/// Two functions that read and write the text of `traceparent`.
struct Codec<D, E> {
    decode: D,
    encode: E,
}

impl<T, D: Fn(&str) -> T, E: Fn() -> String> Propagator for Codec<D, E> {
    #[inline(never)]
    fn extract(&self, request: &HeaderMap) {
        if let Some(Ok(text)) = request.get("traceparent").map(HeaderValue::to_str) {
            black_box((self.decode)(text));
        }
    }

    #[inline(never)]
    fn inject(&self, request: &mut HeaderMap) {
        let value = HeaderValue::try_from((self.encode)()).expect("the value is ASCII");
        request.insert("traceparent", value);
    }

    #[inline(never)]
    fn pair(&self, request: &HeaderMap, outgoing: &mut HeaderMap) {
        self.extract(request);
        self.inject(outgoing);
    }
}

/// Returns the case of the value type of `opentelemetry-propagator-w3c`.
pub fn trace_parent() -> Case {
    let value = TraceParent::new(TraceId::from(TRACE_ID), SpanId::from(SPAN_ID), true, false);
    let codec_of_ours = Codec {
        decode: |text: &str| text.parse::<TraceParent>(),
        encode: move || black_box(&value).to_string(),
    };
    codec("TraceParent", codec_of_ours)
}

/// Returns the case of the crate `fastrace`.
pub fn fastrace() -> Case {
    let value = SpanContext::decode_w3c_traceparent(&request::traceparent()[0].1);
    let value = value.expect("the header is valid");
    let fastrace = Codec {
        decode: SpanContext::decode_w3c_traceparent,
        encode: move || black_box(&value).encode_w3c_traceparent(),
    };
    codec("fastrace", fastrace)
}

/// Returns the case of the crate `traceparent`.
pub fn traceparent() -> Case {
    let value = traceparent::parse(&request::traceparent()[0].1).expect("the header is valid");
    let traceparent = Codec {
        decode: traceparent::parse,
        encode: move || black_box(&value).to_string(),
    };
    codec("traceparent", traceparent)
}

/// The crate `trace-context`, with requests of the `http` version that it supports.
struct TraceContext {
    value: trace_context::TraceContext,
    present: http_0_1::HeaderMap,
    absent: http_0_1::HeaderMap,
    outgoing: RefCell<http_0_1::HeaderMap>,
}

impl Propagator for TraceContext {
    #[inline(never)]
    fn extract(&self, request: &HeaderMap) {
        let is_present = request.len() > self.absent.len();
        let request = if is_present {
            &self.present
        } else {
            &self.absent
        };
        let _ = black_box(trace_context::TraceContext::extract(request));
    }

    #[inline(never)]
    fn inject(&self, request: &mut HeaderMap) {
        let mut outgoing = self.outgoing.borrow_mut();
        if request.is_empty() {
            *outgoing = http_0_1::HeaderMap::new();
        }
        self.value.inject(&mut outgoing);
    }

    #[inline(never)]
    fn pair(&self, request: &HeaderMap, outgoing: &mut HeaderMap) {
        self.extract(request);
        self.inject(outgoing);
    }
}

/// Returns the case of the crate `trace-context`.
pub fn trace_context() -> Case {
    let absent = older(&request::header_map(16, &[]));
    let present = older(&request::header_map(16, &request::traceparent()));
    let value = trace_context::TraceContext::extract(&present).expect("the header is valid");
    let outgoing = RefCell::new(present.clone());
    let trace_context = TraceContext {
        value,
        present,
        absent,
        outgoing,
    };
    codec("trace-context", trace_context)
}

/// Converts a request to the older version of `http`.
fn older(request: &HeaderMap) -> http_0_1::HeaderMap {
    let header = |(name, value): (&http::HeaderName, &HeaderValue)| {
        let name = http_0_1::header::HeaderName::from_bytes(name.as_str().as_bytes());
        let value = http_0_1::header::HeaderValue::from_bytes(value.as_bytes());
        (name.expect("a valid name"), value.expect("a valid value"))
    };
    request.iter().map(header).collect()
}

/// `continue_from_headers` of the crate `sentry-core`, called as in its layer for `tower`.
struct SentryCore(Transaction);

impl Propagator for SentryCore {
    #[inline(never)]
    fn extract(&self, request: &HeaderMap) {
        let headers = request
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        black_box(TransactionContext::continue_from_headers(
            "GET /",
            "http.server",
            headers,
        ));
    }

    #[inline(never)]
    fn inject(&self, request: &mut HeaderMap) {
        for (name, value) in black_box(&self.0).iter_headers() {
            let value = HeaderValue::try_from(value).expect("the value is ASCII");
            request.insert(name, value);
        }
    }

    #[inline(never)]
    fn pair(&self, request: &HeaderMap, outgoing: &mut HeaderMap) {
        self.extract(request);
        self.inject(outgoing);
    }
}

/// Returns the case of the crate `sentry-core`, which reads and writes `sentry-trace` alone.
pub fn sentry_core() -> Case {
    let headers: Vec<Header> = request::sentry();
    let texts = headers.iter().map(|(name, value)| (*name, &**value));
    let context = TransactionContext::continue_from_headers("GET /", "http.server", texts);
    Case {
        name: "sentry-core",
        headers,
        propagator: Box::new(SentryCore(start_transaction(context))),
    }
}
