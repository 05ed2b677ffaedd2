//! The page of docs/guides/browser.md in headless Chromium. `docs/browser` runs it.

use std::net::SocketAddr;
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

const GUIDE: &str = include_str!("../../guides/browser.md");

/// The time in which a slow machine must start the browser and open the page.
const PATIENCE: Duration = Duration::from_secs(120);

const REPORTING_SCRIPT: &str = include_str!("browser.js");

/// Returns the first HTML block of the guide.
fn page_of_the_guide() -> &'static str {
    let (_, after) = GUIDE.split_once("```html\n").expect("the guide has a page");
    after.split("```").next().unwrap()
}

/// Serves the routes as the guide does, on a free port.
async fn serve(routes: Router) -> SocketAddr {
    let app = routes
        .layer(ResponseLayer::new(KonturResponsePropagator::new()))
        .layer(ResponseLayer::new(ServerTimingPropagator::new()))
        .layer(server::Layer::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, app).await });
    address
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

#[tokio::test]
#[ignore = "needs Chromium; run it by docs/browser"]
async fn page_shows_the_trace_of_its_own_response() {
    let spans = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(spans.clone())
        .build();
    global::set_tracer_provider(provider);

    let permitting = [
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", "x-kontur-trace-id"),
        ("timing-allow-origin", "*"),
    ];
    let other = Router::new()
        .route("/permitting", get(move || async move { (permitting, "") }))
        .route("/hiding", get(move || async move { ([permitting[0]], "") }));
    let other = serve(other).await;

    let (report, mut reports) = mpsc::unbounded_channel();
    let page = move |urls: String| {
        let page = page_of_the_guide();
        let script = format!("<script>const urls = {urls};</script>");
        let report = format!("<script type=\"module\">{REPORTING_SCRIPT}</script>");
        Html(format!("{page}{script}{report}"))
    };
    let urls = format!(
        "[`${{location.origin}}/own`, 'http://{other}/permitting', 'http://{other}/hiding']"
    );
    let app = Router::new()
        .route("/", get(move || async move { page(urls) }))
        .route("/own", get(|| async {}))
        .route(
            "/report",
            post(move |text: String| async move { report.send(text).unwrap() }),
        );
    let address = serve(app).await;

    let profile = tempfile::tempdir().unwrap();
    let mut chromium = open(&format!("http://{address}/"), profile.path());
    let report = tokio::select! {
        report = tokio::time::timeout(PATIENCE, reports.recv()) => report.expect("a report in time"),
        status = chromium.wait() => panic!("chromium ended with {status:?} before the report"),
    };
    let report = report.unwrap();
    let lines: Vec<Vec<&str>> = report.lines().map(|it| it.split(' ').collect()).collect();

    let spans = spans.get_finished_spans().unwrap();
    let trace_of = |path: &str| {
        let is_of_path = |name: &str| name == format!("GET {path}");
        let span = spans.iter().find(|it| is_of_path(&it.name)).expect(path);
        assert_eq!(span.span_kind, SpanKind::Server);
        span.span_context.trace_id().to_string()
    };
    let page = trace_of("/");
    let viewer = format!("https://mon.kontur.ru/contrails/{page}");
    assert_eq!(lines[0], [page, viewer]);
    let own = trace_of("/own");
    assert_eq!(lines[1], [&*own, &*own]);
    let permitting = trace_of("/permitting");
    assert_eq!(lines[2], [&*permitting, &*permitting]);
    assert_eq!(lines[3], ["?", "?"]);
    assert_eq!(lines.len(), 4);

    chromium.kill().await.unwrap();
}
