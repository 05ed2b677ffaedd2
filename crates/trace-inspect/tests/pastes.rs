//! What people paste, and what is found in it. Each file of `tests/pastes` has one row here.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use opentelemetry_autoprop::Propagator;
use trace_inspect::headers::{self, Reading};
use trace_inspect::output;
use trace_inspect::report::{Report, Trace};

const KONTUR: &str = "27bb7faa48294cf49ae6007d70905468";
const W3C: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SENTRY: &str = "771a43a4192642f0b136d5159a501700";

const DERIVED: &str = "27bb7faa48294cf4";
const KONTUR_SPAN: &str = "0bcd098a592642e4";
const W3C_SPAN: &str = "00f067aa0ba902b7";
const SENTRY_SPAN: &str = "1234567890abcdef";

/// A file, how it is read, and per message the trace and its parent span. A trace that is only
/// mentioned has no span.
type Row = (
    &'static str,
    &'static str,
    &'static [(&'static str, Option<&'static str>)],
);

const TEXT: &str = "text with names and values";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Values alone.
    ("aspnet-log", "text with TraceId", &[(W3C, None)]),
    ("bare-baggage", "a baggage", &[(SENTRY, None)]),
    ("bare-globals", "a Context-Globals", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("bare-globals-wrapped", "a Context-Globals", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("bare-guid", "a trace id without a header", &[(KONTUR, None)]),
    ("bare-sentry-trace", "a sentry-trace", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("bare-trace-id", "a trace id without a header", &[(KONTUR, None)]),
    ("bare-traceparent", "a traceparent", &[(W3C, Some(W3C_SPAN))]),
    ("bare-tracing-entry", "Vostok's tracing entry", &[(KONTUR, None)]),
    ("iis", "text with a traceparent", &[(W3C, Some(W3C_SPAN))]),
    ("jaeger-url", "a URL", &[(W3C, None)]),
    ("kibana-trace-id-array", "text with trace.id", &[(W3C, None)]),
    ("loki-logfmt", "text with traceID", &[(W3C, None)]),
    ("nginx-access", "text with a traceparent", &[(W3C, Some(W3C_SPAN))]),
    ("otel-console", "text with Trace ID", &[(W3C, None)]),
    ("otel-console-js", "text with traceId", &[(W3C, None)]),
    ("sentry-trace-url", "a URL", &[(KONTUR, None)]),
    ("sentry-url", "a URL", &[(SENTRY, None)]),
    ("traceparent-in-prose", "text with a traceparent", &[(W3C, Some(W3C_SPAN))]),
    ("viewer-url", "a URL", &[(KONTUR, None)]),
    // Headers in lines, and what editors and chats do to them.
    ("alternate-lines-no-colon", "header lines", &[(W3C, Some(W3C_SPAN))]),
    ("bom", "header lines", &[(KONTUR, Some(DERIVED))]),
    ("charles-table", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("cp1251", "header lines", &[(W3C, Some(W3C_SPAN))]),
    ("crlf-double-spaced", "header lines", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("dotnet-request", "header lines", &[(KONTUR, Some(DERIVED))]),
    ("grpc-metadata", "header lines", &[(W3C, Some(W3C_SPAN))]),
    ("http-file", "HTTP request", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(DERIVED))]),
    ("insomnia-yaml", "header lines", &[(W3C, Some(W3C_SPAN))]),
    ("jaeger-uber", "header lines", &[(W3C, None)]),
    ("leading-whitespace", "header lines", &[(KONTUR, Some(DERIVED))]),
    ("markdown-fence", "header lines", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("markdown-list", "header lines", &[(KONTUR, Some(DERIVED))]),
    ("markdown-table", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("nbsp", "header lines", &[(KONTUR, Some(DERIVED))]),
    ("one-line", TEXT, &[(KONTUR, Some(KONTUR_SPAN))]),
    ("quoted-mail", "header lines", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("quoted-printable-wrap", "header lines", &[(W3C, Some(W3C_SPAN))]),
    ("quoted-values", "header lines", &[(KONTUR, Some(DERIVED))]),
    ("response-server-timing", "HTTP response", &[(W3C, None)]),
    ("response-vostok", "HTTP response", &[(KONTUR, None)]),
    ("two-columns", TEXT, &[(KONTUR, Some(KONTUR_SPAN))]),
    ("typographic-quotes", "header lines", &[(W3C, Some(W3C_SPAN))]),
    ("utf16-le", "header lines, UTF-16LE", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("utf16-le-no-mark", "header lines, UTF-16LE", &[(W3C, Some(W3C_SPAN))]),
    ("value-wrapped-by-chat", "header lines", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("yaml-env", "header lines", &[(W3C, Some(W3C_SPAN))]),
    // Commands and tools.
    ("burp-xml", "HTTP request", &[(W3C, Some(W3C_SPAN))]),
    ("burp-xml-base64", "Burp, HTTP request", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(DERIVED))]),
    ("charles-csv", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("chrome-copy-all-as-curl", "curl command", &[(W3C, Some(W3C_SPAN)), (SENTRY, Some(SENTRY_SPAN))]),
    ("chrome-copy-as-curl-bash", "curl command", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("chrome-copy-as-curl-bash-ansi", "curl command", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("chrome-copy-as-curl-cmd", "curl command", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("chrome-copy-as-fetch", TEXT, &[(SENTRY, Some(SENTRY_SPAN))]),
    ("chrome-copy-as-powershell", TEXT, &[(SENTRY, Some(SENTRY_SPAN))]),
    ("chrome-parsed-headers-twolines", "HTTP request", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("curl-include-echo", "after the headers, JSON at .headers", &[(W3C, Some(W3C_SPAN))]),
    ("curl-trace-ascii", "HTTP request shown by curl", &[(KONTUR, Some(DERIVED))]),
    ("curl-trace-hex", "hex dump, HTTP request", &[(W3C, Some(W3C_SPAN))]),
    ("curl-verbose", "HTTP request shown by curl", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(DERIVED))]),
    ("envoy-debug", TEXT, &[(KONTUR, Some(DERIVED))]),
    ("fiddler", "HTML, HTTP request", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(DERIVED))]),
    ("hexdump-canonical", "hex dump, HTTP request", &[(W3C, Some(W3C_SPAN))]),
    ("hexdump-cut-names", "hex dump, HTTP request", &[(W3C, Some(W3C_SPAN))]),
    ("httpie", "HTTP request", &[(W3C, Some(W3C_SPAN)), (W3C, None)]),
    ("httpie-command", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("node-fetch", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("okhttp", "HTTP request", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(DERIVED))]),
    ("own-output", "arguments of curl", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("slack-quotes", "curl command", &[(KONTUR, Some(DERIVED))]),
    ("tcpdump-ascii", "HTTP request", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("tcpdump-hex", "hex dump, HTTP request", &[(W3C, Some(W3C_SPAN))]),
    ("wireshark-tree", "HTTP request", &[(KONTUR, Some(DERIVED))]),
    // JSON and other markup.
    ("elastic-apm-log", "JSON", &[(W3C, None)]),
    ("firefox-copy-all-headers", "JSON at .Request Headers (1.2 kB).headers", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("har", "HAR, entry 1 of 1, request", &[(SENTRY, Some(SENTRY_SPAN)), (KONTUR, Some(KONTUR_SPAN))]),
    ("har-fragment", "JSON", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("har-several", "HAR, entry 1 of 3, request", &[(W3C, Some(W3C_SPAN)), (SENTRY, Some(SENTRY_SPAN))]),
    ("html-escaped-json", "HTML, JSON in a line", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("insomnia", "JSON at .resources[0].headers", &[(W3C, Some(W3C_SPAN))]),
    ("kcat-json", "JSON at .headers", &[(W3C, Some(W3C_SPAN))]),
    ("kibana-fields", "JSON at ._source.message: text with names and values", &[(W3C, Some(W3C_SPAN))]),
    ("kibana-hit", "JSON at .hits.hits[0]._source.http.request.headers", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(DERIVED))]),
    ("loki-json", "JSON at .values[0][1]: text with names and values", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(W3C_SPAN))]),
    ("otlp-attributes", "JSON at .attributes", &[(W3C, Some(W3C_SPAN))]),
    ("postman", "JSON at .item[0].request.header", &[(W3C, Some(W3C_SPAN))]),
    ("sentry-js-meta", "HTML, text with names and values", &[(SENTRY, Some(SENTRY_SPAN))]),
    ("serilog-console", "text with TraceId", &[(W3C, None)]),
    ("xml-headers", "HTML, text with names and values", &[(W3C, Some(W3C_SPAN))]),
    // Maps as languages print them.
    ("csharp-dictionary", TEXT, &[(KONTUR, Some(DERIVED))]),
    ("csharp-request-message", "header lines", &[(KONTUR, Some(KONTUR_SPAN))]),
    ("dotnet-one-line", TEXT, &[(KONTUR, Some(DERIVED))]),
    ("erlang", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("go-header-map", TEXT, &[(KONTUR, Some(DERIVED))]),
    ("go-http-header", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("grpc-go", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("grpc-java", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("grpc-python", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("java-map", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("node-object", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("node-raw-headers", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("php-server", TEXT, &[(SENTRY, Some(SENTRY_SPAN))]),
    ("python-asgi-scope", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("python-dict", TEXT, &[(KONTUR, Some(DERIVED))]),
    ("rabbit", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("requests-cid", TEXT, &[(KONTUR, Some(DERIVED))]),
    ("requests-repr", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("ruby-rack-env", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("rust-request-debug", TEXT, &[(KONTUR, Some("000000000bcd098a"))]),
    ("scala-akka", TEXT, &[(KONTUR, Some(DERIVED))]),
    ("spring", TEXT, &[(KONTUR, Some(DERIVED))]),
    ("swift", TEXT, &[(W3C, Some(W3C_SPAN))]),
    // Logs.
    ("envoy", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("envoy-b3", TEXT, &[(W3C, None)]),
    ("go-dump-q", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("kafka-headers", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("kcat", TEXT, &[(KONTUR, Some(DERIVED))]),
    ("kubectl-brace-prefix", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("kubectl-log-prefix", TEXT, &[(KONTUR, Some(DERIVED))]),
    ("kubectl-prefix-json", "JSON in a line at .headers", &[(W3C, Some(W3C_SPAN))]),
    ("log-escaped-dump", TEXT, &[(KONTUR, Some(KONTUR_SPAN))]),
    ("log-json-headers", "JSON at .headers", &[(KONTUR, Some(DERIVED))]),
    ("log-json-headers-arrays", "JSON at .headers", &[(KONTUR, Some(DERIVED))]),
    ("log-json-in-json", "JSON at .log: JSON at .headers", &[(W3C, Some(W3C_SPAN))]),
    ("log-ndjson", "JSON, value 2 of 3 at .request.headers", &[(W3C, Some(W3C_SPAN)), (KONTUR, Some(DERIVED))]),
    ("log-prefix-json", "JSON in a line at .headers", &[(KONTUR, Some(DERIVED))]),
    ("log-serilog-trace-id", "JSON", &[(W3C, None)]),
    ("log-trace-id-field", TEXT, &[(W3C, None)]),
    ("logfmt-two-requests", TEXT, &[(W3C, Some(W3C_SPAN)), (SENTRY, Some(SENTRY_SPAN))]),
    ("nginx-access-quoted", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("nginx-kv", TEXT, &[(KONTUR, Some(DERIVED))]),
    ("nginx-kv-quoted", TEXT, &[(KONTUR, Some(DERIVED))]),
    ("two-traceids-in-line", TEXT, &[(W3C, Some(W3C_SPAN))]),
    // Environment variables.
    ("export-env", TEXT, &[(W3C, Some(W3C_SPAN))]),
    ("kubernetes-env", "header lines", &[(W3C, Some(W3C_SPAN))]),
    ("sentry-env", TEXT, &[(SENTRY, Some(SENTRY_SPAN))]),
    ("url-encoded-env", TEXT, &[(W3C, Some(W3C_SPAN))]),
];

/// Files without a trace, and a sentence of the report on each.
#[rustfmt::skip]
const WITHOUT_TRACE: &[(&str, &str)] = &[
    ("absent-in-nginx", "No header recognized in 1 line."),
    ("prose", "No header recognized in 2 lines."),
    ("sentry-issue-url", "No header recognized in 1 line."),
    ("tempo-url", "4bf92f3577b34da6a3ce929d0e0e4736 may be a trace id"),
    ("trace-id-cut", "x-kontur-trace-id: the value looks cut off"),
    ("traceparent-cut", "traceparent: the value looks cut off"),
    ("typo-env", "line 1: X_KONTUR_TRACEID is not a known header; did you mean x-kontur-trace-id?"),
    ("typo-name", "line 1: X-Kontur-TraceId is not a known header; did you mean x-kontur-trace-id?"),
    ("vostok-log", "27bb7faa48294cf49ae6007d70905468 may be a trace id"),
    ("value-cut", "context-globals: the value looks cut off"),
];

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pastes")
}

fn read(name: &str) -> Reading {
    let file = directory().join(format!("{name}.txt"));
    headers::read(&fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

fn propagator() -> Propagator {
    opentelemetry_autoprop::builder()
        .lookup(|_| None)
        .from_list("tracecontext,baggage,kontur,vostok,sentry")
        .unwrap()
}

fn printed(reading: &Reading) -> String {
    let mut printed = Vec::new();
    output::text::all(
        &mut printed,
        reading,
        &[propagator()],
        |id| id.to_string(),
        9,
    )
    .unwrap();
    anstream::adapter::strip_bytes(&printed)
        .into_vec()
        .try_into()
        .unwrap()
}

#[test]
fn pastes_give_the_expected_traces() {
    for (name, read_as, traces) in ROWS {
        let reading = read(name);
        let reports = reading
            .messages
            .iter()
            .map(|message| Report::new(message, &propagator()));
        let found: Vec<_> = reports
            .map(|report| report.trace.unwrap_or_else(|| panic!("{name}: no trace")))
            .map(
                |Trace {
                     trace_id, span_id, ..
                 }| { (trace_id.to_string(), span_id.map(|id| id.to_string())) },
            )
            .collect();
        let expected: Vec<_> = traces
            .iter()
            .map(|(trace_id, span_id)| ((*trace_id).to_owned(), span_id.map(str::to_owned)))
            .collect();
        assert_eq!(found, expected, "{name}");
        assert_eq!(reading.messages[0].read_as, *read_as, "{name}");
        assert_eq!(reading.unknown, [], "{name}");
    }
}

#[test]
fn pastes_without_a_trace_say_why() {
    for (name, sentence) in WITHOUT_TRACE {
        let reading = read(name);
        let is_line = |line: &str| line.trim_start_matches("warning: ") == *sentence;
        let printed = printed(&reading);
        assert!(
            printed.lines().any(is_line),
            "{name}: {sentence:?} in\n{printed}"
        );
        assert!(!printed.contains("a new one would start"), "{name}");
        for message in &reading.messages {
            assert!(!Report::has_trace(message, &propagator()), "{name}");
        }
    }
}

#[test]
fn pastes_have_a_row_each() {
    let files: BTreeSet<String> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let rows = ROWS.iter().map(|(name, ..)| name);
    let rows: BTreeSet<String> = rows
        .chain(WITHOUT_TRACE.iter().map(|(name, _)| name))
        .map(|name| (*name).to_owned())
        .collect();
    assert_eq!(files, rows);
}

#[test]
fn pastes_keep_all_headers_of_their_message() {
    for (name, header, value) in [
        (
            "chrome-copy-as-curl-bash-ansi",
            "baggage",
            "sentry-release=it's!",
        ),
        (
            "chrome-copy-as-curl-cmd",
            "baggage",
            "sentry-environment=prod,sentry-transaction=%2Forders",
        ),
        ("java-map", "baggage", "tenant=1,region=66"),
        ("python-asgi-scope", "baggage", "tenant=1"),
        ("kafka-headers", "baggage", "tenant=1"),
        ("kcat", "baggage", "tenant=1"),
        ("kcat-json", "baggage", "tenant=1"),
        ("charles-table", "baggage", "tenant=1"),
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
        let reading = read(name);
        assert_eq!(reading.messages[0].headers[header], value, "{name}");
    }
}

#[test]
fn pastes_leave_out_headers_that_are_not_sent() {
    // A collection of Postman with a header that is switched off.
    let headers = &read("postman").messages[0].headers;
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
            &["POST https://api.example/v1/orders"],
        ),
        ("chrome-parsed-headers-twolines", &["GET /v1/orders"]),
        ("wireshark-tree", &["GET /v1 HTTP/1.1"]),
        ("log-ndjson", &["GET /v1", "GET /v2"]),
        ("okhttp", &["GET https://api.example/v1", "HTTP 200"]),
        ("burp-xml", &["GET /v1 HTTP/1.1"]),
        ("burp-xml-base64", &["GET /v1 HTTP/1.1", "HTTP/1.1 200 OK"]),
        ("httpie", &["POST /v1/orders HTTP/1.1", "HTTP/1.1 200 OK"]),
    ] {
        let reading = read(name);
        let lines = reading.messages.iter().map(|m| m.start_line.as_deref());
        let lines: Vec<_> = lines.map(Option::unwrap_or_default).collect();
        assert_eq!(lines, expected, "{name}");
    }
}

#[test]
fn own_output_is_read_as_what_is_sent_on() {
    for (name, ..) in ROWS {
        let first = read(name);
        let printed = printed(&first);
        let continued: Vec<_> = first
            .messages
            .iter()
            .filter_map(|message| Report::new(message, &propagator()).trace)
            .filter(|trace| trace.is_continued)
            .map(|trace| (trace.trace_id, trace.span_id, trace.sampled))
            .collect();
        if continued.is_empty() {
            continue;
        }
        let again = headers::read(printed.as_bytes());
        let found: Vec<_> = again
            .messages
            .iter()
            .filter_map(|message| Report::new(message, &propagator()).trace)
            .map(|trace| (trace.trace_id, trace.span_id, trace.sampled))
            .collect();
        assert_eq!(found, continued, "{name}:\n{printed}");
    }
}
