//! What own and foreign hosts receive from reqwest, read from the socket. Redirects included.

#![cfg(feature = "reqwest-middleware")]

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use http::{Extensions, StatusCode};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    FutureExt, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState,
};
use opentelemetry::Context;
use opentelemetry_carriers::{HttpHeaders, OwnHosts};
use reqwest::{Client, Method, Request, Response};
use reqwest_middleware::{ClientBuilder, Next};
use tower::{service_fn, Layer, ServiceExt};

/// The own host. It is listed without a port.
const OWN: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);

/// The host of somebody else, which differs in the last digit.
const FOREIGN: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);

/// The headers that the lists of these tests write.
const NAMES: [&str; 4] = [
    "traceparent",
    "baggage",
    "x-kontur-trace-id",
    "sentry-trace",
];

/// A server that records the requests. It redirects `/to/URL` to `URL`.
struct Server {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(host: Ipv4Addr) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let heads = Arc::default();
        let recorded = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(&stream.unwrap(), &recorded).unwrap();
            }
        });
        Self { url, heads }
    }

    fn redirect_to(&self, url: &str) -> String {
        format!("{}to/{url}", self.url)
    }

    /// Returns, for each request since the last call, which trace headers it has.
    fn received(&self) -> Vec<Vec<&'static str>> {
        let heads = std::mem::take(&mut *self.heads.lock().unwrap());
        let names = |head: String| {
            let head = head.to_ascii_lowercase();
            let is_sent = |name: &&str| head.contains(&format!("\r\n{name}:"));
            NAMES.into_iter().filter(is_sent).collect()
        };
        heads.into_iter().map(names).collect()
    }
}

fn serve(stream: &TcpStream, heads: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    let path = head.split(' ').nth(1).unwrap_or_default();
    let response = match path.strip_prefix("/to/") {
        Some(url) => format!("302 Found\r\nlocation: {url}\r\n"),
        None => "200 OK\r\n".to_owned(),
    };
    heads.lock().unwrap().push(head);
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {response}content-length: 0\r\nconnection: close\r\n\r\n"
    )
}

fn own_hosts() -> OwnHosts {
    OwnHosts::new([OWN.to_string()]).unwrap()
}

fn client() -> Client {
    let builder = Client::builder().no_proxy();
    builder
        .redirect(own_hosts().redirect_policy())
        .build()
        .unwrap()
}

/// What an instrumentation does.
fn inject(request: &mut Request) {
    let list = "tracecontext,baggage,kontur,sentry";
    let propagator = opentelemetry_autoprop::from_list(list).unwrap();
    propagator.inject(&mut HttpHeaders(request.headers_mut()));
}

fn in_trace() -> Context {
    use opentelemetry::baggage::BaggageExt;
    use opentelemetry::KeyValue;

    let span_context = SpanContext::new(
        TraceId::from(1),
        SpanId::from(1),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    );
    let cx = Context::new().with_remote_span_context(span_context);
    cx.with_baggage([KeyValue::new("user", "42")])
}

/// Sends a request through the layer.
async fn get(url: &str) -> Response {
    let request = Request::new(Method::GET, url.parse().unwrap());
    let client = client();
    let instrumented = service_fn(move |mut request| {
        inject(&mut request);
        client.execute(request)
    });
    let send = own_hosts().layer(instrumented).oneshot(request);
    send.with_context(in_trace()).await.unwrap()
}

/// Sends a request through the middleware.
async fn get_with_middleware(url: &str) -> Response {
    let client = ClientBuilder::new(client())
        .with(own_hosts())
        .with(Injecting)
        .build();
    let send = client.get(url).send();
    send.with_context(in_trace()).await.unwrap()
}

struct Injecting;

#[async_trait::async_trait]
impl reqwest_middleware::Middleware for Injecting {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        inject(&mut request);
        next.run(request, extensions).await
    }
}

#[tokio::test]
async fn foreign_host_receives_nothing() {
    let (own, foreign) = (Server::start(OWN), Server::start(FOREIGN));
    get(&own.url).await;
    get(&foreign.url).await;
    assert_eq!(own.received(), [NAMES]);
    assert_eq!(foreign.received(), [[""; 0]]);

    get_with_middleware(&own.url).await;
    get_with_middleware(&foreign.url).await;
    assert_eq!(own.received(), [NAMES]);
    assert_eq!(foreign.received(), [[""; 0]]);
}

#[tokio::test]
async fn redirect_to_a_foreign_host_is_not_followed() {
    let (own, foreign) = (Server::start(OWN), Server::start(FOREIGN));
    let url = own.redirect_to(&foreign.url);
    let response = get(&url).await;
    assert_eq!(own.received(), [NAMES]);
    assert_eq!(foreign.received(), [[""; 0]; 0]);

    // The caller can follow it through the layer.
    assert_eq!(response.status(), StatusCode::FOUND);
    get(response.headers()["location"].to_str().unwrap()).await;
    assert_eq!(foreign.received(), [[""; 0]]);

    // The second redirect of a chain.
    get(&own.redirect_to(&url)).await;
    assert_eq!(own.received(), [NAMES, NAMES]);
    assert_eq!(foreign.received(), [[""; 0]; 0]);

    get_with_middleware(&url).await;
    assert_eq!(own.received(), [NAMES]);
    assert_eq!(foreign.received(), [[""; 0]; 0]);
}

#[tokio::test]
async fn other_redirects_are_followed() {
    let (own, foreign) = (Server::start(OWN), Server::start(FOREIGN));
    let response = get(&own.redirect_to(&own.url)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(own.received(), [NAMES, NAMES]);

    // The request to the foreign host has no trace headers, so none are repeated.
    let other = Server::start(FOREIGN);
    let response = get(&foreign.redirect_to(&other.redirect_to(&own.url))).await;
    assert_eq!(response.status(), StatusCode::OK);
    for server in [foreign, other, own] {
        assert_eq!(server.received(), [[""; 0]]);
    }
}

#[tokio::test]
async fn endless_redirects_are_an_error() {
    let own = Server::start(OWN);
    let url = (0..11).fold(own.url.clone(), |url, _| own.redirect_to(&url));
    let error = client().get(url).send().await.unwrap_err();
    assert!(error.is_redirect(), "{error}");
}
