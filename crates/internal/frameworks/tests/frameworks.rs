//! Real servers on loopback. A handler returns the headers that it could pass on.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Once;

use opentelemetry::{global, Context};
use opentelemetry_carriers::MessageHeaders;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TRACE: &str = "27bb7faa48294cf49ae6007d70905468";
const PARENT: &str = "0bcd098a592642e4";

/// What the request contains that does not belong to its span.
const VALUES: [&str; 4] = [
    "userId=42",
    "shop=7",
    "sentry-release=1.0",
    "request-priority: Critical",
];

fn configure() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let list = "tracecontext,baggage,vostok,sentry";
        global::set_text_map_propagator(opentelemetry_autoprop::from_list(list).unwrap());
        global::set_tracer_provider(SdkTracerProvider::builder().build());
    });
}

/// Returns the headers of an outgoing request of the current context, one on each line.
fn outgoing() -> String {
    let mut headers = BTreeMap::<String, String>::new();
    global::get_text_map_propagator(|it| {
        it.inject_context(&Context::current(), &mut MessageHeaders(&mut headers));
    });
    let lines = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"));
    lines.collect()
}

/// Sends a request, and asserts that a span of the server continues its trace. Returns the values
/// that the handler could pass on.
async fn passed_on(server: SocketAddr) -> Vec<&'static str> {
    let mut stream = TcpStream::connect(server).await.unwrap();
    let request = format!(
        "GET /orders HTTP/1.1\r\n\
         host: {server}\r\n\
         connection: close\r\n\
         traceparent: 00-{TRACE}-{PARENT}-01\r\n\
         baggage: userId=42\r\n\
         baggage: shop=7,sentry-trace_id={TRACE},sentry-release=1.0\r\n\
         request-priority: Critical\r\n\
         sentry-trace: {TRACE}-{PARENT}-1\r\n\
         \r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{response}");
    assert!(
        body.contains(&format!("traceparent: 00-{TRACE}-")),
        "{body}"
    );
    assert!(!body.contains(PARENT), "{body}");
    VALUES.into_iter().filter(|it| body.contains(it)).collect()
}

mod with_salvo {
    use frameworks::salvo::attach_context;
    use salvo::conn::Acceptor;
    use salvo::otel::Tracing;
    use salvo::prelude::*;

    use super::*;

    #[handler]
    async fn orders() -> String {
        outgoing()
    }

    async fn serve(router: Router) -> SocketAddr {
        let acceptor = TcpListener::new("127.0.0.1:0").bind().await;
        let address = acceptor.holdings()[0].local_addr.clone();
        tokio::spawn(Server::new(acceptor).serve(router));
        address.into_std().unwrap()
    }

    #[tokio::test]
    async fn salvo_alone_keeps_only_the_trace() {
        configure();
        let tracing = Tracing::new(global::tracer("salvo"));
        let router = Router::with_path("orders").hoop(tracing).get(orders);
        // If this fails, salvo has changed, and the guide no longer needs its section.
        assert_eq!(passed_on(serve(router).await).await, [""; 0]);
    }

    #[tokio::test]
    async fn salvo_in_the_request_context_keeps_everything() {
        configure();
        let tracing = Tracing::new(global::tracer("salvo"));
        let router = Router::with_path("orders")
            .hoop(attach_context)
            .hoop(tracing);
        assert_eq!(passed_on(serve(router.get(orders)).await).await, VALUES);
    }
}

mod with_poem {
    use frameworks::poem::traced;
    use poem::listener::{Acceptor, Listener, TcpListener};
    use poem::{get, handler, EndpointExt, Route, Server};

    use super::*;

    #[handler]
    fn orders() -> String {
        outgoing()
    }

    #[tokio::test]
    async fn poem_in_the_request_context_keeps_everything() {
        configure();
        let acceptor = TcpListener::bind("127.0.0.1:0")
            .into_acceptor()
            .await
            .unwrap();
        let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
        let app = Route::new().at("/orders", get(orders)).around(traced);
        tokio::spawn(Server::new_with_acceptor(acceptor).run(app));
        assert_eq!(passed_on(address).await, VALUES);
    }
}
