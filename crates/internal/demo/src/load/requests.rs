//! The requests of the load test. One in a hundred is hostile.

use std::collections::HashMap;
use std::error::Error;

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
///
/// # Errors
///
/// If the default list of the set-up is invalid.
pub(super) fn requests(path: &str) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let propagator = opentelemetry_autoprop::from_list(PROPAGATORS)?;
    let mut text = Vec::new();
    for number in 0..REQUESTS {
        let headers = if number % HOSTILE == 0 {
            hostile(number / HOSTILE)
        } else {
            ordinary(&propagator, number)
        };
        text.extend_from_slice(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n").as_bytes());
        for (name, value) in headers {
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(b": ");
            text.extend_from_slice(&value);
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"\r\n");
        text.extend_from_slice(END.as_bytes());
    }
    Ok(text)
}

/// Returns the headers of a sampled trace in all formats of the list.
fn ordinary(propagator: &impl TextMapPropagator, number: u32) -> Vec<(String, Vec<u8>)> {
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
    propagator.inject_context(&context, &mut headers);
    headers.insert(
        "baggage".to_owned(),
        format!(
            "sentry-trace_id={trace_id},sentry-public_key=49d0f7386ad645858ae85020e393bef3,\
             sentry-sample_rate=0.5,sentry-sample_rand=0.207418,sentry-sampled=true,\
             sentry-environment=production,sentry-release=shop%401.4.2"
        ),
    );
    let headers = headers.into_iter();
    let mut headers: Vec<_> = headers
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    // The order of a HashMap differs between runs.
    headers.sort();
    headers
}

/// Returns malformed or oversized headers.
fn hostile(number: u32) -> Vec<(String, Vec<u8>)> {
    let long = |text: &str, times| text.repeat(times).into_bytes();
    let headers: Vec<(&str, Vec<u8>)> = match number % 10 {
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
    };
    headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
