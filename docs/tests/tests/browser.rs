//! The page of docs/guides/browser.md in headless Chromium. `docs/browser` runs it.

use std::process::Stdio;
use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::{get, post};
use opentelemetry::global;
use opentelemetry::trace::SpanKind;
use opentelemetry_carriers::ResponseLayer;
use opentelemetry_instrumentation_tower::http::server;
use opentelemetry_propagator_kontur::KonturResponsePropagator;
use opentelemetry_propagator_w3c::ServerTimingPropagator;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

#[allow(dead_code, reason = "the guide's main function is not called")]
mod guide {
    include!(concat!(env!("OUT_DIR"), "/browser.rs"));
}

const GUIDE: &str = include_str!("../../guides/browser.md");

/// The time in which a slow machine must start the browser and open the page.
const PATIENCE: Duration = Duration::from_secs(120);

const REPORTING_SCRIPT: &str = include_str!("browser.js");

/// Returns the first HTML block of the guide.
fn page_of_the_guide() -> &'static str {
    let (_, after) = GUIDE.split_once("```html\n").expect("the guide has a page");
    after.split("```").next().unwrap()
}

/// Binds a free port. Returns it with its origin.
async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    (listener, origin)
}

/// Adds the layers of the guide.
fn traced(routes: Router) -> Router {
    routes
        .layer(ResponseLayer::new(KonturResponsePropagator::new()))
        .layer(ResponseLayer::new(ServerTimingPropagator::new()))
        .layer(server::Layer::new())
}

/// Serves the app on a free port. Returns its origin.
async fn serve(app: Router) -> String {
    let (listener, origin) = listen().await;
    tokio::spawn(async { axum::serve(listener, app).await });
    origin
}

/// Starts a browser that ends when it is dropped.
fn open(url: &str, profile: &std::path::Path) -> Child {
    let mut chromium = Command::new("chromium");
    chromium
        .args(["--headless", "--no-first-run", "--no-proxy-server"])
        // A container lacks the namespaces of the sandbox and has little shared memory. Without the
        // sandbox, only this trusted page is opened.
        .args(["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    chromium.spawn().expect("`chromium` is installed")
}

/// The headers that agents in the page would send, each with the same trace.
const PAGE_HEADERS: &str = r#"{
    "traceparent": "00-27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-01",
    "tracestate": "vendor=value",
    "sentry-trace": "27bb7faa48294cf49ae6007d70905468-0bcd098a592642e4-1",
    "baggage": "user=alice",
    "x-kontur-trace-id": "27bb7faa48294cf49ae6007d70905468",
    "content-type": "application/json"
}"#;

#[tokio::test]
#[ignore = "needs Chromium; run it by docs/browser"]
async fn page_and_services_share_traces() {
    let spans = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(spans.clone())
        .build();
    global::set_tracer_provider(provider);
    let propagator = || {
        let builder = opentelemetry_autoprop::builder().lookup(|_| None);
        builder
            .from_list("tracecontext,baggage,sentry,kontur")
            .unwrap()
    };
    global::set_text_map_propagator(propagator());
    let (listener, page_origin) = listen().await;

    let permitting = [
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", "x-kontur-trace-id"),
        ("timing-allow-origin", "*"),
    ];
    let other = Router::new()
        .route("/permitting", get(move || async move { (permitting, "") }))
        .route("/hiding", get(move || async move { ([permitting[0]], "") }));
    let other = serve(traced(other)).await;

    let cors = guide::cors(&propagator(), page_origin.parse().unwrap());
    let with_layer = Router::new().route("/with-layer", post(|| async {}));
    let with_layer = serve(traced(with_layer).layer(cors)).await;
    let without_layer = Router::new().route(
        "/without-layer",
        post(|| async {}).options(move || async move { [permitting[0]] }),
    );
    let without_layer = serve(traced(without_layer)).await;

    let (report, mut reports) = mpsc::unbounded_channel();
    let script = format!(
        "<script>
            const read = ['{page_origin}/own', '{other}/permitting', '{other}/hiding'];
            const sent = ['{with_layer}/with-layer', '{without_layer}/without-layer'];
            const headers = {PAGE_HEADERS};
        </script>
        <script type=\"module\">{REPORTING_SCRIPT}</script>"
    );
    let page = Html(format!("{}{script}", page_of_the_guide()));
    let app = Router::new()
        .route("/", get(move || async move { page }))
        .route("/own", get(|| async {}))
        .route(
            "/report",
            post(move |text: String| async move { report.send(text).unwrap() }),
        );
    tokio::spawn(async { axum::serve(listener, traced(app)).await });

    let profile = tempfile::tempdir().unwrap();
    let mut chromium = open(&format!("{page_origin}/"), profile.path());
    let report = tokio::select! {
        report = tokio::time::timeout(PATIENCE, reports.recv()) => report.expect("a report in time"),
        status = chromium.wait() => panic!("chromium ended with {status:?} before the report"),
    };
    let report = report.unwrap();
    let lines: Vec<Vec<&str>> = report.lines().map(|it| it.split(' ').collect()).collect();

    let spans = spans.get_finished_spans().unwrap();
    let trace_of = |name: &str| {
        let span = spans.iter().find(|it| it.name == name)?;
        assert_eq!(span.span_kind, SpanKind::Server);
        Some(span.span_context.trace_id().to_string())
    };
    let page = trace_of("GET /").unwrap();
    let viewer = format!("https://mon.kontur.ru/contrails/{page}");
    assert_eq!(lines[0], [page, viewer]);
    let own = trace_of("GET /own").unwrap();
    assert_eq!(lines[1], [&*own, &*own]);
    let permitting = trace_of("GET /permitting").unwrap();
    assert_eq!(lines[2], [&*permitting, &*permitting]);
    assert_eq!(lines[3], ["?", "?"]);

    let sent = "27bb7faa48294cf49ae6007d70905468";
    assert_eq!(lines[4], ["200", sent]);
    assert_eq!(trace_of("POST /with-layer").as_deref(), Some(sent));
    assert_eq!(trace_of("OPTIONS /with-layer"), None);
    assert_eq!(lines[5], ["TypeError"]);
    assert!(trace_of("OPTIONS /without-layer").is_some());
    assert_eq!(trace_of("POST /without-layer"), None);
    assert_eq!(lines.len(), 6);

    chromium.kill().await.unwrap();
}
