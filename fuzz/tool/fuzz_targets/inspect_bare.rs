//! `trace-inspect`: values and ids without a name.
//!
//! - A text that is a `traceparent`, or a trace id, is found exactly if the naive parser accepts it.
//! - An id with the label of a log, or in a URL, is found.
//! - A text without 32 hex digits in a row has no ids.
#![cfg_attr(not(test), no_main)]

use opentelemetry::trace::TraceId;
use propagator_oracle::kontur::read_trace_id;
use propagator_oracle::w3c::read_traceparent;
use tool_fuzz::found::assert_message;
use trace_inspect::headers::readers::bare;

propagator_fuzz::value! {
    typical_len: 64;
    words: [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "27bb7faa48294cf49ae6007d70905468",
        "27bb7faa-4829-4cf4-9ae6-007d70905468", "771a43a4192642f0b136d5159a501700-1234567890abcdef-1",
        "trace_id=", "TraceId: ", "https://a/trace/", "/contrails/", "sentry-trace_id=", "FwAAAHZvc3Rvay5y",
        "\"", "{", "}", "\n", "%3D", " "
    ];
    fn check(text: &str) {
        let (messages, candidates) = bare(text);
        messages.iter().for_each(assert_message);
        if !candidates.is_empty() {
            assert!(text.bytes().filter(u8::is_ascii_hexdigit).count() >= 32);
        }
        if text.len() == 55 && text.is_ascii() {
            let header = messages.first().and_then(|message| message.headers.get("traceparent"));
            let is_parent = read_traceparent(text).is_some();
            assert!(!is_parent || header.is_some_and(|value| value == text));
        }
        if matches!(text.len(), 32 | 36) {
            if let Some(id) = read_trace_id(text).filter(|_| text == text.trim()) {
                check_id(text, TraceId::from_bytes(id.to_be_bytes()));
            }
        }
    }
}

fn check_id(text: &str, id: TraceId) {
    for (before, after) in [
        ("", ""),
        (" {", "}\n"),
        ("INFO done trace_id=", ""),
        ("\"TraceId\": \"", "\","),
        ("see https://mon.kontur.ru/contrails/", "?a"),
    ] {
        let (messages, _) = bare(&[before, text, after].concat());
        let mentions = messages.iter().flat_map(|message| &message.mentions);
        let ids: Vec<_> = mentions.map(|mention| mention.trace_id).collect();
        assert_eq!(ids, [id], "{before}");
    }
}
