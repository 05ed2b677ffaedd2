//! What people paste, and what is found in it. Each file of `tests/pastes` has an entry here or in
//! `on-call.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use opentelemetry_autoprop::Propagator;
use trace_inspect::headers::{self, Message, Summary};
use trace_inspect::output::{Options, Output, Status, Text};
use trace_inspect::report::{Report, Trace};

const KONTUR: &str = "27bb7faa48294cf49ae6007d70905468";
const W3C: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SENTRY: &str = "771a43a4192642f0b136d5159a501700";

const DERIVED: &str = "27bb7faa48294cf4";
const KONTUR_SPAN: &str = "0bcd098a592642e4";
const W3C_SPAN: &str = "00f067aa0ba902b7";
const SENTRY_SPAN: &str = "1234567890abcdef";

/// A file, and per message the trace and its parent span.
type Row = (
    &'static str,
    &'static [(&'static str, Option<&'static str>)],
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Values alone.
    ("aspnet-log", &[(W3C, None)]),
    ("bare-baggage", &[(SENTRY, None)]),
    ("bare-globals", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("bare-globals-wrapped", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("bare-guid", &[(KONTUR, None)]),
    ("bare-sentry-trace", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("bare-trace-id", &[(KONTUR, None)]),
    ("bare-traceparent", &[(W3C, Some(W3C_SPAN))]),
    ("bare-tracing-entry", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("iis", &[(KONTUR, Some(DERIVED))]),
    ("jaeger-url", &[(W3C, None)]),
    ("kibana-trace-id-array", &[(W3C, None)]),
    ("loki-logfmt", &[(W3C, None)]),
    ("nginx-access", &[(W3C, Some(W3C_SPAN))]),
    ("otel-console", &[(W3C, None)]),
    ("otel-console-js", &[(W3C, None)]),
    ("sentry-trace-url", &[(KONTUR, None)]),
    ("sentry-url", &[(SENTRY, None)]),
    ("tempo-url", &[(W3C, None)]),
    ("traceparent-in-prose", &[(W3C, Some(W3C_SPAN))]),
    ("viewer-url", &[(KONTUR, None)]),
    // Headers in lines, and what editors and chats do to them.
    ("alternate-lines-no-colon", &[(W3C, Some(W3C_SPAN))]),
    ("bom", &[(KONTUR, Some(DERIVED))]),
    ("charles-table", &[(W3C, Some(W3C_SPAN))]),
    ("cp1251", &[(W3C, Some(W3C_SPAN))]),
    ("dotnet-request", &[(KONTUR, Some(DERIVED))]),
    ("grpc-metadata", &[(W3C, Some(W3C_SPAN))]),
    ("http-file", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(DERIVED))]),
    ("insomnia-yaml", &[(W3C, Some(W3C_SPAN))]),
    ("jaeger-uber", &[(W3C, Some(W3C_SPAN))]),
    ("leading-whitespace", &[(KONTUR, Some(DERIVED))]),
    ("markdown-fence", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("markdown-list", &[(KONTUR, Some(DERIVED))]),
    ("markdown-table", &[(W3C, Some(W3C_SPAN))]),
    ("nbsp", &[(KONTUR, Some(DERIVED))]),
    ("one-line", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("quoted-mail", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("quoted-printable-wrap", &[(W3C, Some(W3C_SPAN))]),
    ("quoted-values", &[(KONTUR, Some(DERIVED))]),
    ("response-server-timing", &[(W3C, Some(W3C_SPAN))]),
    ("response-vostok", &[(KONTUR, None)]),
    ("two-columns", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("typographic-quotes", &[(W3C, Some(W3C_SPAN))]),
    ("utf16-le", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("value-wrapped-by-chat", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("yaml-env", &[(W3C, Some(W3C_SPAN))]),
    // Commands and tools.
    ("burp-xml", &[(W3C, Some(W3C_SPAN))]),
    ("charles-csv", &[(W3C, Some(W3C_SPAN))]),
    ("chrome-copy-all-as-curl", &[(W3C, Some(W3C_SPAN)), (SENTRY, Some(SENTRY_SPAN))]),
    ("chrome-copy-as-curl-bash", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("chrome-copy-as-curl-bash-ansi", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("chrome-copy-as-curl-cmd", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("chrome-copy-as-fetch", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("chrome-copy-as-powershell", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("chrome-parsed-headers-twolines", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("curl-include-echo", &[(W3C, Some(W3C_SPAN))]),
    ("curl-trace-ascii", &[(KONTUR, Some(DERIVED))]),
    ("curl-verbose", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(DERIVED))]),
    ("envoy-debug", &[(KONTUR, Some(DERIVED))]),
    ("fiddler", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(DERIVED))]),
    ("httpie", &[(W3C, Some(W3C_SPAN)), (W3C, None)]),
    ("httpie-command", &[(W3C, Some(W3C_SPAN))]),
    ("node-fetch", &[(W3C, Some(W3C_SPAN))]),
    ("okhttp", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(DERIVED))]),
    ("own-output", &[(KONTUR, Some(DERIVED)), (KONTUR, None), (KONTUR, Some(KONTUR_SPAN))]),
    ("slack-quotes", &[(KONTUR, Some(DERIVED))]),
    ("tcpdump-ascii", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("wireshark-tree", &[(KONTUR, Some(DERIVED))]),
    // JSON and other markup.
    ("elastic-apm-log", &[(W3C, None)]),
    ("firefox-copy-all-headers", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("har", &[(SENTRY, Some(SENTRY_SPAN)), (KONTUR, Some(KONTUR_SPAN))]),
    ("har-fragment", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("har-several", &[(W3C, Some(W3C_SPAN)), (SENTRY, Some(SENTRY_SPAN))]),
    ("html-escaped-json", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("insomnia", &[(W3C, Some(W3C_SPAN))]),
    ("kcat-json", &[(W3C, Some(W3C_SPAN))]),
    ("kibana-fields", &[(W3C, Some(W3C_SPAN))]),
    ("kibana-hit", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(DERIVED))]),
    ("loki-json", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(W3C_SPAN))]),
    ("otlp-attributes", &[(W3C, Some(W3C_SPAN))]),
    ("postman", &[(W3C, Some(W3C_SPAN))]),
    ("sentry-js-meta", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("serilog-console", &[(W3C, None)]),
    ("xml-headers", &[(W3C, Some(W3C_SPAN))]),
    // Maps as languages print them.
    ("csharp-dictionary", &[(KONTUR, Some(DERIVED))]),
    ("csharp-request-message", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("dotnet-one-line", &[(KONTUR, Some(DERIVED))]),
    ("erlang", &[(W3C, Some(W3C_SPAN))]),
    ("go-header-map", &[(KONTUR, Some(DERIVED))]),
    ("go-http-header", &[(W3C, Some(W3C_SPAN))]),
    ("grpc-go", &[(W3C, Some(W3C_SPAN))]),
    ("grpc-java", &[(W3C, Some(W3C_SPAN))]),
    ("grpc-python", &[(W3C, Some(W3C_SPAN))]),
    ("java-map", &[(W3C, Some(W3C_SPAN))]),
    ("node-object", &[(W3C, Some(W3C_SPAN))]),
    ("node-raw-headers", &[(W3C, Some(W3C_SPAN))]),
    ("php-server", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("python-asgi-scope", &[(W3C, Some(W3C_SPAN))]),
    ("python-dict", &[(KONTUR, Some(DERIVED))]),
    ("rabbit", &[(W3C, Some(W3C_SPAN))]),
    ("requests-cid", &[(KONTUR, Some(DERIVED))]),
    ("requests-repr", &[(W3C, Some(W3C_SPAN))]),
    ("ruby-rack-env", &[(W3C, Some(W3C_SPAN))]),
    ("rust-request-debug", &[(KONTUR, Some("000000000bcd098a"))]),
    ("scala-akka", &[(KONTUR, Some(DERIVED))]),
    ("spring", &[(KONTUR, Some(DERIVED))]),
    ("swift", &[(W3C, Some(W3C_SPAN))]),
    // Logs.
    ("envoy", &[(W3C, Some(W3C_SPAN))]),
    ("envoy-b3", &[(W3C, None)]),
    ("go-dump-q", &[(W3C, Some(W3C_SPAN))]),
    ("kafka-headers", &[(W3C, Some(W3C_SPAN))]),
    ("kcat", &[(KONTUR, Some(DERIVED))]),
    ("kubectl-brace-prefix", &[(W3C, Some(W3C_SPAN))]),
    ("kubectl-log-prefix", &[(KONTUR, Some(DERIVED))]),
    ("kubectl-prefix-json", &[(W3C, Some(W3C_SPAN))]),
    ("log-escaped-dump", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("log-json-headers", &[(KONTUR, Some(DERIVED))]),
    ("log-json-headers-arrays", &[(KONTUR, Some(DERIVED))]),
    ("log-json-in-json", &[(W3C, Some(W3C_SPAN))]),
    ("log-ndjson", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(DERIVED))]),
    ("log-prefix-json", &[(KONTUR, Some(DERIVED))]),
    ("log-serilog-trace-id", &[(W3C, None)]),
    ("log-trace-id-field", &[(W3C, None)]),
    ("logfmt-two-requests", &[(W3C, Some(W3C_SPAN)), (SENTRY, Some(SENTRY_SPAN))]),
    ("nginx-access-quoted", &[(W3C, Some(W3C_SPAN))]),
    ("nginx-kv", &[(KONTUR, Some(DERIVED))]),
    ("nginx-kv-quoted", &[(KONTUR, Some(DERIVED))]),
    ("two-traceids-in-line", &[(W3C, Some(W3C_SPAN))]),
    // Environment variables.
    ("export-env", &[(W3C, Some(W3C_SPAN))]),
    ("kubernetes-env", &[(W3C, Some(W3C_SPAN))]),
    ("sentry-env", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("url-encoded-env", &[(W3C, Some(W3C_SPAN))]),
];

/// Files without a trace, and a sentence of the report on each.
#[rustfmt::skip]
const WITHOUT_TRACE: &[(&str, &str)] = &[
    ("absent-in-nginx", "No header and no trace id in 1 line."),
    ("prose", "No header and no trace id in 2 lines."),
    ("sentry-issue-url", "No header and no trace id in 1 line."),
    ("trace-id-cut", "  x-kontur-trace-id: expected 32 hex digits, found 8 characters"),
    ("traceparent-cut", "  traceparent: expected 55 characters, found 43"),
    ("value-cut", "  context-globals: invalid Base64 character '.' at byte 100"),
    ("vostok-log", "No header and no trace id in 1 line."),
];

/// Files with a misspelt name, which is read as the field of a log.
const MISSPELT: &[(&str, &str)] = &[
    (
        "typo-env",
        "line 1: X_KONTUR_TRACEID is not a known header; did you mean x-kontur-trace-id?",
    ),
    (
        "typo-name",
        "line 1: X-Kontur-TraceId is not a known header; did you mean x-kontur-trace-id?",
    ),
];

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pastes")
}

fn bytes(name: &str) -> Vec<u8> {
    let file = directory().join(format!("{name}.txt"));
    fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn read(name: &str) -> (Vec<Message>, Summary) {
    headers::read(&bytes(name))
}

fn propagator() -> Propagator {
    opentelemetry_autoprop::builder()
        .lookup(|_| None)
        .from_list("tracecontext,baggage,kontur,vostok,sentry")
        .unwrap()
}

fn printed((messages, summary): &(Vec<Message>, Summary)) -> (String, Status) {
    let mut printed = Vec::new();
    let mut options = Options::new(vec![propagator()]);
    options.sent = true;
    let mut text = Text::new(&mut printed, options);
    for message in messages {
        text.message(None, message.clone()).unwrap();
    }
    let status = text.finish(summary).unwrap();
    let printed = anstream::adapter::strip_bytes(&printed).into_vec();
    (printed.try_into().unwrap(), status)
}

fn trace(message: &Message) -> Option<Trace> {
    Report::new(message, &propagator()).trace
}

#[test]
fn pastes_give_the_expected_traces() {
    for (name, traces) in ROWS {
        let (messages, summary) = read(name);
        let found: Vec<_> = messages
            .iter()
            .map(|message| trace(message).unwrap_or_else(|| panic!("{name}: no trace")))
            .map(|trace| {
                (
                    trace.trace_id.to_string(),
                    trace.span_id.map(|id| id.to_string()),
                )
            })
            .collect();
        let expected: Vec<_> = traces
            .iter()
            .map(|(trace_id, span_id)| ((*trace_id).to_owned(), span_id.map(str::to_owned)))
            .collect();
        assert_eq!(found, expected, "{name}");
        assert_eq!(summary.unknown, [], "{name}");
    }
}

/// The key of the pastes from people on call: all trace ids of each file.
fn key() -> BTreeMap<String, BTreeSet<String>> {
    let file = directory().join("../on-call.json");
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

#[test]
fn pastes_from_on_call_give_the_ids_of_their_key() {
    for (file, expected) in key() {
        let name = file.strip_suffix(".txt").unwrap();
        let (messages, _) = read(name);
        let traces = messages
            .iter()
            .filter_map(trace)
            .map(|trace| trace.trace_id);
        let mentioned = messages.iter().flat_map(|message| &message.mentions);
        let all = traces.chain(mentioned.map(|mention| mention.id.trace_id));
        let found: BTreeSet<_> = all.map(|id| id.to_string()).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn pastes_from_on_call_without_an_id_have_no_trace() {
    for (file, _) in key().iter().filter(|(_, ids)| ids.is_empty()) {
        let reading = read(file.strip_suffix(".txt").unwrap());
        let (printed, status) = printed(&reading);
        assert_eq!(status, Status::Nothing, "{file}");
        assert!(
            printed.contains("No trace") || printed.contains("no trace id"),
            "{printed}"
        );
    }
}

#[test]
fn pastes_in_parts_of_any_length_give_the_same() {
    for (name, traces) in ROWS {
        let bytes = bytes(name);
        for len in [1, 7] {
            let mut count = 0;
            let mut reader = headers::Reader::new();
            bytes
                .chunks(len)
                .for_each(|part| reader.push(part, &mut |_| count += 1));
            reader.finish(&mut |_| count += 1);
            assert_eq!(count, traces.len(), "{name}");
        }
    }
}

#[test]
fn pastes_without_a_trace_say_why() {
    for (name, sentence) in WITHOUT_TRACE.iter().chain(MISSPELT) {
        let reading = read(name);
        let (printed, status) = printed(&reading);
        let is_line = |line: &str| line.trim_start_matches("warning: ") == *sentence;
        assert!(
            printed.lines().any(is_line),
            "{name}: {sentence:?} in\n{printed}"
        );
        let is_misspelt = MISSPELT.iter().any(|(misspelt, _)| misspelt == name);
        let expected = if is_misspelt {
            Status::Mentioned
        } else {
            Status::Nothing
        };
        assert_eq!(status, expected, "{name}");
    }
}

#[test]
fn pastes_have_an_entry_each() {
    let files = fs::read_dir(directory()).unwrap();
    let files: BTreeSet<_> = files
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let rows = ROWS.iter().map(|(name, _)| name);
    let rows = rows.chain(WITHOUT_TRACE.iter().chain(MISSPELT).map(|(name, _)| name));
    let rows = rows
        .map(|name| format!("{name}.txt"))
        .chain(key().into_keys());
    assert_eq!(files, rows.collect::<BTreeSet<_>>());
}

#[test]
fn pastes_keep_all_headers_of_their_message() {
    for (name, header, value) in [
        ("java-map", "baggage", "tenant=1,region=66"),
        ("python-asgi-scope", "baggage", "tenant=1"),
        ("kafka-headers", "baggage", "tenant=1"),
        ("kcat", "baggage", "tenant=1"),
        ("kcat-json", "baggage", "tenant=1"),
        ("go-dump-q", "baggage", "tenant=1,region=66"),
        ("grpc-java", "baggage", "tenant=1"),
        ("httpie-command", "baggage", "tenant=1"),
        ("insomnia-yaml", "baggage", "tenant=1"),
        ("node-fetch", "baggage", "tenant=1,region=66"),
        ("requests-repr", "baggage", "tenant=1"),
        ("kubernetes-env", "baggage", "tenant=1"),
        ("export-env", "tracestate", "vendor=1"),
        ("csharp-dictionary", "x-kontur-trace-issampled", "False"),
        ("markdown-list", "x-kontur-trace-issampled", "true"),
        (
            "go-header-map",
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
        (
            "kubectl-log-prefix",
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
    ] {
        assert_eq!(read(name).0[0].headers[header], value, "{name}");
    }
}

#[test]
fn pastes_leave_out_headers_that_are_not_sent() {
    // A collection of Postman with a header that is switched off.
    let headers = &read("postman").0[0].headers;
    assert_eq!(headers.len(), 1);
    assert!(headers.contains_key("traceparent"));
}

#[test]
fn pastes_name_method_and_path_of_each_message() {
    for (name, expected) in [
        (
            "har-several",
            &["GET https://api.example/1", "POST https://api.example/3"][..],
        ),
        ("har", &["GET https://api.example/v1/orders", "HTTP 200"]),
        ("curl-verbose", &["GET /v1/orders HTTP/2", "HTTP/2 200"]),
        (
            "http-file",
            &[
                "POST https://api.example/v1/orders",
                "GET https://api.example/v1/orders/1",
            ],
        ),
        (
            "chrome-copy-as-curl-cmd",
            &["curl https://api.example/v1/orders"],
        ),
        ("wireshark-tree", &["GET /v1 HTTP/1.1"]),
        ("log-ndjson", &["GET /v1", "GET /v2"]),
        ("okhttp", &["GET https://api.example/v1", "HTTP 200"]),
        ("burp-xml", &["GET /v1 HTTP/1.1"]),
        ("httpie", &["POST /v1/orders HTTP/1.1", "HTTP/1.1 200 OK"]),
    ] {
        let (messages, _) = read(name);
        let lines = messages.iter().map(|m| m.start_line.as_deref());
        let lines: Vec<_> = lines.map(Option::unwrap_or_default).collect();
        assert_eq!(lines, expected, "{name}");
    }
}

#[test]
fn own_output_is_read_as_what_is_sent_on() {
    for (name, _) in ROWS {
        let first = read(name);
        let (printed, status) = printed(&first);
        let (again, _) = headers::read(printed.as_bytes());
        let traces = |messages: &[Message]| {
            let traces = messages.iter().filter_map(trace);
            traces
                .map(|trace| trace.trace_id.to_string())
                .collect::<BTreeSet<_>>()
        };
        if status == Status::Continued {
            let is_there = traces(&first.0).is_subset(&traces(&again));
            assert!(is_there, "{name}:\n{printed}");
        }
    }
}
