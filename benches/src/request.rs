//! Requests with the headers of each format, and with ordinary headers.

use http::header::{HeaderMap, HeaderName, HeaderValue};

/// The name and the value of a header.
pub type Header = (&'static str, String);

/// The trace id of every request.
pub const TRACE_ID: u128 = 0x27bb_7faa_4829_4cf4_9ae6_007d_7090_5468;
/// The caller's span id in every request.
pub const SPAN_ID: u64 = 0x0bcd_098a_5926_42e4;
/// The trace id in hex digits.
pub const TRACE: &str = "27bb7faa48294cf49ae6007d70905468";
/// The span id in hex digits.
pub const SPAN: &str = "0bcd098a592642e4";

/// A `tracestate` with one member.
pub const TRACESTATE: &str = "congo=t61rcWkgMzE";

/// The keys of [`baggage`].
pub const KEYS: [&str; 6] = ["key0", "key1", "key2", "key3", "key4", "key5"];
/// The values of [`baggage`].
pub const VALUES: [&str; 6] = ["value0", "value1", "value2", "value3", "value4", "value5"];

/// Headers that a browser and two proxies send.
const ORDINARY: [(&str, &str); 16] = [
    ("host", "shop.example.com"),
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    ),
    (
        "accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    ),
    ("accept-language", "ru,en-US;q=0.7,en;q=0.3"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("content-type", "application/json"),
    ("content-length", "1024"),
    (
        "authorization",
        "Bearer eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG_HACGpVUMN_a9IV7pAx_Zmeo",
    ),
    ("cookie", "session=27bb7faa48294cf4; theme=dark"),
    ("referer", "https://shop.example.com/cart"),
    ("origin", "https://shop.example.com"),
    ("cache-control", "no-cache"),
    ("x-forwarded-for", "203.0.113.7, 198.51.100.2"),
    ("x-forwarded-proto", "https"),
    ("x-real-ip", "203.0.113.7"),
    ("x-request-id", "5c7f3a52b1f04e0e"),
];

/// Returns this many headers that no propagator reads.
fn ordinary(count: usize) -> impl Iterator<Item = (String, String)> {
    let known = ORDINARY
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()));
    let more = (ORDINARY.len()..).map(|i| (format!("x-ordinary-{i}"), format!("value {i}")));
    known.chain(more).take(count)
}

/// Returns a request as an HTTP server stores it.
pub fn header_map(ordinary_headers: usize, headers: &[Header]) -> HeaderMap {
    let mut map = HeaderMap::new();
    let format = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()));
    for (name, value) in ordinary(ordinary_headers).chain(format) {
        let name: HeaderName = name.parse().expect("the name is valid");
        map.append(
            name,
            HeaderValue::try_from(value).expect("the value is valid"),
        );
    }
    map
}

/// Returns `traceparent` alone.
pub fn traceparent() -> Vec<Header> {
    vec![("traceparent", format!("00-{TRACE}-{SPAN}-01"))]
}

/// Returns `traceparent` and `tracestate`.
pub fn tracecontext() -> Vec<Header> {
    [traceparent(), vec![("tracestate", TRACESTATE.to_owned())]].concat()
}

/// Returns `baggage` with this many members of an application.
pub fn baggage(members: usize) -> Vec<Header> {
    let members: Vec<_> = (0..members).map(|i| format!("key{i}=value{i}")).collect();
    vec![("baggage", members.join(","))]
}

/// Returns the three headers that Kontur's propagator reads.
pub fn kontur() -> Vec<Header> {
    vec![
        ("x-kontur-trace-id", TRACE.to_owned()),
        ("x-kontur-trace-spanid", SPAN.to_owned()),
        ("x-kontur-trace-issampled", "true".to_owned()),
    ]
}

/// Returns `context-globals` with the two usual entries, the priority and the trace.
pub fn vostok() -> Vec<Header> {
    let globals = "FwAAAHZvc3Rvay5yZXF1ZXN0LnByaW9yaXR5CAAAAE9yZGluYXJ5FgAAAHZvc3Rvay50cmFjaW5nLmNvbnRl\
                   eHRJAAAAMjdiYjdmYWEtNDgyOS00Y2Y0LTlhZTYtMDA3ZDcwOTA1NDY4OzBiY2QwOThhLTU5MjYtNDJlNC05\
                   NjAzLTJiMTM2MDdlODk5ZQ==";
    vec![("context-globals", globals.to_owned())]
}

/// Returns the globals of [`vostok`] after this many others, which are not on the allow-list.
pub fn vostok_among(others: usize) -> Vec<Header> {
    let known = opentelemetry_propagator_vostok::Entries::parse("context-globals", &vostok()[0].1)
        .expect("the header is valid");
    let mut entries = opentelemetry_propagator_vostok::Entries::new();
    for i in 0..others {
        entries
            .insert(&format!("user.global.{i}"), format!("value {i}"))
            .expect("the entry is short");
    }
    for (name, value) in known.iter() {
        entries
            .insert(std::str::from_utf8(name).expect("the name is text"), value)
            .expect("the entry is short");
    }
    vec![("context-globals", entries.encode())]
}

/// Returns `sentry-trace`, and `baggage` with Sentry's usual members and one of an application.
pub fn sentry() -> Vec<Header> {
    vec![
        ("sentry-trace", format!("{TRACE}-{SPAN}-1")),
        ("baggage", format!("{},userId=42", dsc())),
    ]
}

/// Returns the Dynamic Sampling Context of [`sentry`].
pub fn dsc() -> String {
    format!(
        "sentry-trace_id={TRACE},sentry-public_key=49d0f7386ad645858ae85020e393bef3,\
         sentry-sample_rate=0.25,sentry-sample_rand=0.101234,sentry-sampled=true,\
         sentry-release=shop%401.0,sentry-environment=production,sentry-org_id=447951"
    )
}

/// Returns `sentry-trace`, and `baggage` with this many Sentry members.
pub fn sentry_with(members: usize) -> Vec<Header> {
    let members: Vec<_> = (0..members)
        .map(|i| format!("sentry-key{i}=value{i}"))
        .collect();
    vec![
        ("sentry-trace", format!("{TRACE}-{SPAN}-1")),
        ("baggage", members.join(",")),
    ]
}

/// Returns B3 in one header.
pub fn b3() -> Vec<Header> {
    vec![("b3", format!("{TRACE}-{SPAN}-1"))]
}

/// Returns B3 in three headers.
pub fn b3_multi() -> Vec<Header> {
    vec![
        ("x-b3-traceid", TRACE.to_owned()),
        ("x-b3-spanid", SPAN.to_owned()),
        ("x-b3-sampled", "1".to_owned()),
    ]
}

/// Returns the header of AWS X-Ray.
pub fn xray() -> Vec<Header> {
    let (epoch, unique) = TRACE.split_at(8);
    vec![(
        "x-amzn-trace-id",
        format!("Root=1-{epoch}-{unique};Parent={SPAN};Sampled=1"),
    )]
}

/// Returns the header of Jaeger.
pub fn jaeger() -> Vec<Header> {
    vec![("uber-trace-id", format!("{TRACE}:{SPAN}:0:1"))]
}

/// Returns the headers of OT trace, which contain the lower half of the trace id.
pub fn ottrace() -> Vec<Header> {
    vec![
        ("ot-tracer-traceid", TRACE[16..].to_owned()),
        ("ot-tracer-spanid", SPAN.to_owned()),
        ("ot-tracer-sampled", "true".to_owned()),
    ]
}

/// Returns the headers of W3C's two formats and of Kontur, Vostok and Sentry. `baggage` has eight
/// Sentry members and one of an application.
pub fn five() -> Vec<Header> {
    [tracecontext(), kontur(), vostok(), sentry()].concat()
}

/// Returns the headers of all formats.
pub fn all() -> Vec<Header> {
    [five(), b3(), b3_multi(), xray(), jaeger(), ottrace()].concat()
}
