//! Which hosts are own, and what a foreign host receives.

#![cfg(feature = "tower")]

mod overloaded;

use std::convert::Infallible;
use std::future::Future;
use std::marker::PhantomData;

use http::{HeaderMap, Request, Response};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    FutureExt, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState,
};
use opentelemetry::Context;
use opentelemetry_autoprop::PropagationContextExt;
use opentelemetry_carriers::{HttpHeaders, OwnHosts};
use proptest::prelude::*;
use tower::{service_fn, Layer, Service, ServiceExt};

use overloaded::Overloaded;

#[test]
fn own_hosts_are_matched_as_documented() {
    let own_hosts = OwnHosts::new([
        "api.example.com",
        ".internal.example.com",
        "localhost:8080",
        ".eu.example.com:8443",
        "10.0.0.1",
        "[::1]",
        "[2001:db8::1]:80",
    ])
    .unwrap();
    for (host, port, expected) in [
        ("api.example.com", 443, true),
        ("API.Example.COM", 1, true),
        ("a.internal.example.com", 443, true),
        ("a.b.INTERNAL.example.com", 443, true),
        ("localhost", 8080, true),
        ("a.eu.example.com", 8443, true),
        ("10.0.0.1", 80, true),
        ("[::1]", 80, true),
        ("[2001:db8::1]", 80, true),
        // The domain itself is a separate entry.
        ("internal.example.com", 443, false),
        (".internal.example.com", 443, false),
        ("localhost", 80, false),
        ("a.eu.example.com", 443, false),
        ("[2001:db8::1]", 443, false),
        // Nothing matches by a part of a name.
        ("example.com", 443, false),
        ("xapi.example.com", 443, false),
        ("api.example.com.evil.net", 443, false),
        ("evilinternal.example.com", 443, false),
        ("api.example.com.", 443, false),
        ("10.0.0.10", 80, false),
        ("", 80, false),
    ] {
        assert_eq!(own_hosts.contains(host, port), expected, "{host}:{port}");
    }
    let none = OwnHosts::new([""; 0]).unwrap();
    assert!(!none.contains("localhost", 80));
}

#[test]
fn own_hosts_name_the_invalid_entry() {
    for (entry, problem) in [
        ("", "a part of the name is empty"),
        (".", "a part of the name is empty"),
        ("a..b", "a part of the name is empty"),
        (":80", "a part of the name is empty"),
        ("https://a", "invalid character '/' at character 7"),
        ("a/b", "invalid character '/' at character 2"),
        ("*.example.com", "invalid character '*' at character 1"),
        (" a", "invalid character ' ' at character 1"),
        ("user@a", "invalid character '@' at character 5"),
        ("пример.рф", "invalid character 'п' at character 1"),
        ("a:+80", "invalid character '+' at character 3"),
        ("a:80b", "invalid character 'b' at character 5"),
        ("::1", "a part of the name is empty"),
        ("a\n", "invalid character '\\n' at character 2"),
        ("a:", "invalid port"),
        ("a:65536", "invalid port"),
        ("[::1]80", "invalid port"),
        ("[::1", "invalid IPv6 address"),
        ("[localhost]", "invalid IPv6 address"),
    ] {
        let error = OwnHosts::new(["a", entry]).unwrap_err().to_string();
        let expected = "expected HOST, .DOMAIN, HOST:PORT or .DOMAIN:PORT";
        assert_eq!(error, format!("host 2: {problem}; {expected}"), "{entry:?}");
    }
}

fn any_entry() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\.?[abAB]{1,2}(\\.[ab]{1,2})?(:[0-9]{1,5})?",
        any::<String>()
    ]
}

proptest! {
    #[test]
    fn own_host_is_no_part_of_a_name(entry in any_entry(), host in any_entry(), port: u16) {
        let own_hosts = OwnHosts::new([&entry]);
        if own_hosts.is_ok_and(|it| it.contains(&host, port)) {
            let end = format!(".{}", host.to_ascii_lowercase());
            let name = entry.rsplit_once(':').map_or(&*entry, |(name, _)| name);
            let name = format!(".{}", name.trim_start_matches('.').to_ascii_lowercase());
            prop_assert!(end.ends_with(&name), "{} contains {}", entry, host);
        }
    }

    #[test]
    fn own_domain_requires_a_label_before_it(
        domain in "[a-c]{1,3}(\\.[a-c]{1,3}){0,2}",
        host in "[a-c.]{0,12}",
        port: u16,
    ) {
        let own_hosts = OwnHosts::new([format!(".{domain}")]).unwrap();
        let expected = host.strip_suffix(&domain).is_some_and(|it| it.len() > 1 && it.ends_with('.'));
        prop_assert_eq!(own_hosts.contains(&host, port), expected);
    }
}

fn in_trace() -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(1),
        SpanId::from(1),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    ))
}

fn inject(headers: &mut HeaderMap) {
    let propagator = opentelemetry_autoprop::from_list("tracecontext").unwrap();
    propagator.inject(&mut HttpHeaders(headers));
}

fn request(uri: &str) -> Request<()> {
    Request::builder().uri(uri).body(()).unwrap()
}

fn layer() -> OwnHosts {
    OwnHosts::new(["own.example.com", "own.example.com:8080"]).unwrap()
}

/// Instrumentation that injects when it is called.
fn at_the_call() -> impl Service<Request<()>, Response = bool, Error = Infallible> {
    service_fn(|mut request: Request<()>| {
        inject(request.headers_mut());
        let has_headers = !request.headers().is_empty();
        async move { Ok(has_headers) }
    })
}

/// Instrumentation that injects when its future is polled, after other work.
fn at_the_poll() -> impl Service<Request<()>, Response = bool, Error = Infallible> {
    service_fn(|mut request: Request<()>| async move {
        tokio::task::yield_now().await;
        inject(request.headers_mut());
        Ok(!request.headers().is_empty())
    })
}

#[tokio::test]
async fn layer_sends_headers_to_own_hosts_only() {
    for (uri, expected) in [
        ("http://own.example.com/", true),
        ("https://OWN.example.com/?q", true),
        ("http://other.example.com/", false),
        ("http://own.example.com@evil.net/", false),
        ("http://evil.net/own.example.com", false),
        ("/own.example.com", false),
        ("own.example.com:80", true),
    ] {
        let send = layer().layer(at_the_call()).oneshot(request(uri));
        assert_eq!(send.with_context(in_trace()).await, Ok(expected), "{uri}");
        let send = layer().layer(at_the_poll()).oneshot(request(uri));
        assert_eq!(send.with_context(in_trace()).await, Ok(expected), "{uri}");
    }
}

#[tokio::test]
async fn layer_knows_the_port_of_the_scheme() {
    let own_hosts = OwnHosts::new(["a:443", "b:80"]).unwrap();
    for (uri, expected) in [
        ("https://a/", true),
        ("http://a/", false),
        ("http://b/", true),
        ("https://b/", false),
        ("http://b:81/", false),
    ] {
        let send = own_hosts.layer(at_the_call()).oneshot(request(uri));
        assert_eq!(send.with_context(in_trace()).await, Ok(expected), "{uri}");
    }
}

#[tokio::test]
async fn layer_uses_the_context_of_each_poll() {
    // The context is only current when the response is awaited.
    let send = layer()
        .layer(at_the_poll())
        .call(request("http://own.example.com/"));
    assert_eq!(send.with_context(in_trace()).await, Ok(true));

    let trace_id = service_fn(|_: Request<()>| async {
        let cx = Context::current();
        assert!(cx.is_propagation_suppressed());
        Ok::<_, Infallible>(cx.span().span_context().trace_id())
    });
    let send = layer().layer(trace_id).call(request("http://evil.net/"));
    assert_eq!(send.with_context(in_trace()).await, Ok(TraceId::from(1)));
}

#[tokio::test]
async fn layer_leaves_the_context_of_the_caller() {
    let respond = service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(())) });
    let mut client = layer().layer(respond);
    let mut send = std::pin::pin!(client.call(request("http://evil.net/")));
    assert!(!Context::current().is_propagation_suppressed());
    std::future::poll_fn(|task| {
        let polled = send.as_mut().poll(task).map(drop);
        assert!(!Context::current().is_propagation_suppressed());
        polled
    })
    .await;
}

#[tokio::test]
async fn layer_is_ready_if_the_service_is() {
    let mut overloaded = layer().layer(Overloaded::<()>(PhantomData));
    assert_eq!(overloaded.ready().await.err(), Some("overloaded"));
}
