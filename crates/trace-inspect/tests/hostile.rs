//! Hostile inputs: time that is linear, and output that is safe for a terminal.

use std::time::{Duration, Instant};

use opentelemetry_autoprop::Propagator;
use proptest::prelude::*;
use proptest::sample::select;
use trace_inspect::{headers, output};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Texts that are repeated: each was chosen for a search that would be quadratic if it had no limit.
fn units() -> Vec<(&'static str, String)> {
    let line = |prefix: &str| format!("{prefix}{TRACEPARENT}\n");
    vec![
        ("", line("2026-01-01 INFO x traceparent=")),
        ("", line("traceparent: ")),
        ("", "baggage: a=1\n".to_owned()),
        ("", "traceparent ".to_owned()),
        ("", "traceparent".to_owned()),
        ("", "traceparent: ".to_owned()),
        ("", "traceparent [".to_owned()),
        ("", "traceparent=[".to_owned()),
        ("", "traceparent \"\\".to_owned()),
        ("", "traceparent\"\"\"\"".to_owned()),
        ("", "baggage, ".to_owned()),
        ("", "baggage:a,".to_owned()),
        ("", "'baggage', 'x".to_owned()),
        ("", "[".to_owned()),
        ("", "{\"a\":".to_owned()),
        ("", "{\"traceparent\":\n".to_owned()),
        ("[", format!("{{\"traceparent\":\"{TRACEPARENT}\"}},")),
        ("", " ".to_owned()),
        ("", "\n".to_owned()),
        ("", "\"".to_owned()),
        ("", "&quot;".to_owned()),
        ("", "curl a\\\n".to_owned()),
        ("", "curl -H $'".to_owned()),
        ("", "-H '".to_owned()),
        ("", "context-globals: FwAAAHZvc3Rvay5yZXF1\n".to_owned()),
        (
            "context-globals: FwAAAHZv\n",
            "FwAAAHZvc3Rvay5yZXF1ZXN0\n".to_owned(),
        ),
        ("context-globals: ", "FwAAAHZvc3Rvay5yZXF1ZXN0".to_owned()),
        ("baggage: a=1,\n", " a=1,\n".to_owned()),
        (
            "",
            "0000: 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a\n".to_owned(),
        ),
        ("", ">>>>>>>>>>\n".to_owned()),
        ("", "> GET / HTTP/1.1\n< HTTP/1.1 200 OK\n".to_owned()),
        ("", ":method: GET\n".to_owned()),
        ("", "traceparent\n".to_owned()),
        ("", "trace_id=https://a/trace/".to_owned()),
        ("", "X-Kontur-TraceI: 1\n".to_owned()),
    ]
}

#[test]
fn ten_megabytes_take_linear_time() {
    // With nothing else running, 10 MB take less than a second if optimized. The limits leave room
    // for a busy machine; a quadratic search exceeds them many times.
    let (len, limit) = match cfg!(debug_assertions) {
        true => (100_000, Duration::from_secs(10)),
        false => (10_000_000, Duration::from_secs(30)),
    };
    let lists = [opentelemetry_autoprop::from_list("tracecontext,kontur,sentry").unwrap()];
    for (start, unit) in units() {
        let input = format!("{start}{}", unit.repeat(len / unit.len()));
        let begin = Instant::now();
        let reading = headers::read(input.as_bytes());
        let mut printed = Vec::new();
        output::text::all(&mut printed, &reading, &lists, |id| id.to_string(), 20).unwrap();
        let elapsed = begin.elapsed();
        println!("{elapsed:?} {unit:?}");
        assert!(elapsed < limit, "{elapsed:?} for {start:?} {unit:?}");
    }
}

fn propagator() -> Propagator {
    opentelemetry_autoprop::builder()
        .lookup(|_| None)
        .from_list("tracecontext,baggage,kontur,vostok,sentry")
        .unwrap()
}

/// Reads an input, and checks that what is printed about it is safe for a terminal.
fn check_output(input: &[u8]) {
    let reading = headers::read(input);
    let mut printed = Vec::new();
    output::text::all(
        &mut printed,
        &reading,
        &[propagator()],
        |id| id.to_string(),
        9,
    )
    .unwrap();
    let printed = String::from_utf8(printed).unwrap();
    let acts = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\u{1b}') || matches!(c, '\u{202a}'..='\u{202e}')
    };
    assert!(!printed.contains(acts), "{printed:?}");
    // All escapes are colors of the report itself.
    for escape in printed.split('\u{1b}').skip(1) {
        let end = escape.find('m').unwrap();
        let is_own = ["[0", "[1", "[2", "[31", "[32", "[33"].contains(&&escape[..end]);
        assert!(is_own, "{escape:?} in {printed:?}");
    }
    let json = output::json::all(&reading, &[propagator()], |id| id.to_string(), 9);
    assert_eq!(
        json["trace"].is_null(),
        json["status"] != "trace",
        "{json:#}"
    );
    assert_eq!(json["message"].is_null(), reading.messages.is_empty());
}

#[test]
fn output_is_safe_for_a_terminal() {
    let evil = "\u{1b}[31m\u{7}\u{202e}\u{9b}2J";
    for input in [
        format!("GET /{evil} HTTP/1.1\ntraceparent: {TRACEPARENT}\nbaggage: a={evil}\n"),
        format!("{{\"{evil}\": {{\"traceparent\": \"{evil}\"}}}}"),
        format!("{{\"\\u001b[31m\": {{\"traceparent\": \"{TRACEPARENT}\"}}}}"),
        format!("traceparent: {evil}\nX-Kontur-TraceId: {evil}\n"),
        "context-globals: BQAAABtbMzFtBAAAABtbMm0=\n".to_owned(),
    ] {
        check_output(input.as_bytes());
    }
}

/// Pieces of what is read, and characters at which a search could go wrong.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "traceparent", "Traceparent", "tracestate", "baggage", "b3", "x-kontur-trace-id", "HTTP_", "X_KONTUR_TRACE_ID",
    "X-Kontur-TraceId", "sentry-trace", "SENTRY_TRACE", "context-globals", "request-priority", "trace-id",
    "server-timing", "x-amzn-trace-id", TRACEPARENT, "27bb7faa48294cf49ae6007d70905468",
    "771a43a4192642f0b136d5159a501700-1234567890abcdef-1", "FwAAAHZvc3Rvay5yZXF1", "LnByaW9yaXR5CAAA", "a=1", "sentry-a=1",
    "Root=1-5759e988-bd862e3fe1be46a994272793", "trace;desc=", ":", "=", ": ", " = ", "=>", ",", ", ", ";", "\n", "\r\n",
    "\n\n", "\t", " ", "  ", "\"", "'", "`", "\\", "\\\"", r"\r\n", "^", "^\"", "$'", "{", "}", "[", "]", "(", ")", "<",
    ">", "> ", "< ", "* ", "- ", "| ", "&quot;", "<meta", "content=", "value", "\"name\":", "\"value\":", "[]string", "b'",
    "curl ", "-H ", "-H '", "--header=", "GET /a HTTP/1.1\n", "HTTP/1.1 200 OK\n", ":method", ":path", "=> Send header\n",
    "0000: ", "47 45 54 20", "{\"traceparent\":", "{\"log\":{\"entries\":[", "null", "...", "…", "-", "é", "\u{a0}", "\u{feff}",
    "\u{1b}[31m", "\u{202e}", "“", "\0", "https://a/trace/",
];

proptest! {
    #[test]
    fn read_takes_any_combination_of_pieces(pieces in prop::collection::vec(select(PIECES), 0..40)) {
        check_output(pieces.concat().as_bytes());
    }

    #[test]
    fn read_takes_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check_output(&bytes);
    }
}
