//! Hostile inputs: output that is safe for a terminal, and no panic.

use opentelemetry_autoprop::Propagator;
use proptest::prelude::*;
use proptest::sample::select;
use trace_inspect::headers;
use trace_inspect::output::{Json, Options, Output, Text};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn propagator() -> Propagator {
    opentelemetry_autoprop::builder()
        .lookup(|_| None)
        .from_list("tracecontext,baggage,kontur,vostok,sentry")
        .unwrap()
}

/// Reads an input, and checks that what is printed about it is safe for a terminal.
fn check_output(input: &[u8]) {
    let (messages, summary) = headers::read(input);
    let mut options = Options::new(vec![propagator()]);
    (options.sent, options.all) = (true, true);
    let (mut printed, mut json) = (Vec::new(), Vec::new());
    let mut text = Text::new(&mut printed, options.clone());
    let mut program = Json::new(&mut json, options);
    for message in &messages {
        text.message(None, message.clone()).unwrap();
        program.message(None, message.clone()).unwrap();
    }
    let status = text.finish(&summary).unwrap();
    assert_eq!(program.finish(&summary).unwrap(), status);
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
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["messages"].as_array().unwrap().len(), messages.len());
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
    "Root=1-5759e988-bd862e3fe1be46a994272793", "trace_id", "trace.id", "trace", "query\"", "sw8: 1-", "newrelic: eyJ", "_dd.p.tid=", "trace;desc=", ":", "=", ": ", " = ", "=>", ",", ", ", ";", "\n", "\r\n",
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
