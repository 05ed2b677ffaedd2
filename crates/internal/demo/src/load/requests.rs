//! The requests of the load test. One in a hundred is hostile.

use std::collections::{BTreeMap, HashMap};

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::Context;

use crate::telemetry::PROPAGATORS;

/// The number of different requests, including hostile ones.
const REQUESTS: u32 = 1000;

/// One in this many requests is hostile.
const HOSTILE: u32 = 100;

/// The separator between two requests, which no request contains.
const END: &str = "\n--\n";

/// Returns the bytes of all requests for a path.
pub(super) fn requests(path: &str) -> Vec<u8> {
    let mut text = Vec::new();
    for number in 0..REQUESTS {
        text.extend_from_slice(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n").as_bytes());
        if number % HOSTILE == 0 {
            for (name, value) in hostile(number / HOSTILE) {
                text.extend_from_slice(format!("{name}: ").as_bytes());
                text.extend_from_slice(&value);
                text.extend_from_slice(b"\r\n");
            }
        } else {
            text.extend_from_slice(lines(&ordinary(number)).as_bytes());
        }
        text.extend_from_slice(b"\r\n");
        text.extend_from_slice(END.as_bytes());
    }
    text
}

/// Returns the lines of headers.
pub fn lines(headers: &BTreeMap<String, String>) -> String {
    let lines = headers.iter();
    lines
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect()
}

fn propagator() -> impl TextMapPropagator {
    opentelemetry_autoprop::from_list(PROPAGATORS).expect("the names are known")
}

/// Returns headers of the names and lengths that a service with the default list sends after a
/// request with [ordinary] headers.
pub fn forwarded() -> BTreeMap<String, String> {
    let incoming: HashMap<_, _> = ordinary(1).into_iter().collect();
    let propagator = propagator();
    let mut outgoing = HashMap::new();
    propagator.inject_context(&propagator.extract(&incoming), &mut outgoing);
    outgoing.into_iter().collect()
}

/// Returns the headers of a sampled trace in all formats of the default list.
pub fn ordinary(number: u32) -> BTreeMap<String, String> {
    // Spread over all digits like real ids, but the same in every run.
    let id = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) | 1;
    let trace_id = TraceId::from(id);
    let span = SpanContext::new(
        trace_id,
        SpanId::from(id as u64),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    let mut headers = HashMap::new();
    let context = Context::new().with_remote_span_context(span);
    propagator().inject_context(&context, &mut headers);
    headers.insert(
        "baggage".to_owned(),
        format!(
            "sentry-trace_id={trace_id},sentry-public_key=49d0f7386ad645858ae85020e393bef3,\
             sentry-sample_rate=0.5,sentry-sample_rand=0.207418,sentry-sampled=true,\
             sentry-environment=production,sentry-release=shop%401.4.2"
        ),
    );
    headers.into_iter().collect()
}

/// Returns malformed or oversized headers.
fn hostile(number: u32) -> Vec<(&'static str, Vec<u8>)> {
    let long = |text: &str, times| text.repeat(times).into_bytes();
    match number % 10 {
        0 => vec![("context-globals", b"whatever".to_vec())],
        // A length of -1, of 2 GiB, and an entry without a value.
        1 => vec![("context-globals", b"/////w==".to_vec())],
        2 => vec![("context-globals", b"////f3Zvc3Rvaw==".to_vec())],
        3 => vec![("context-globals", b"AwAAAGFiYw==".to_vec())],
        4 => vec![("context-globals", long("AAAA", 16_000))],
        5 => vec![
            ("sentry-trace", b"-1".to_vec()),
            ("baggage", long("sentry-release=%,", 500)),
        ],
        6 => vec![
            ("baggage", long("sentry-a=1;b=2,=,;,", 400)),
            (
                "sentry-trace",
                b"771a43a4192642f0b136d5159a501700-8f2c1d70b3a94e56-1".to_vec(),
            ),
        ],
        7 => vec![
            ("x-kontur-trace-id", long("a", 20_000)),
            ("x-kontur-trace-spanid", long("-", 20_000)),
        ],
        8 => vec![
            ("traceparent", b"\xff\xfe-00".to_vec()),
            (
                "x-kontur-trace-id",
                "27bb7faa48294cf49ae6007d7090546\u{436}".into(),
            ),
            ("sentry-trace", b"\x80\x81\x82".to_vec()),
        ],
        _ => vec![
            ("traceparent", long("00-", 3_000)),
            ("tracestate", long("a=b,", 3_000)),
            ("x-kontur-trace-id", long("0", 32)),
            (
                "sentry-trace",
                format!("{}-{}", "0".repeat(32), "0".repeat(16)).into_bytes(),
            ),
        ],
    }
}
