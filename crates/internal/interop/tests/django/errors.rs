//! Errors of the Django service that reach Sentry, and its responses.

use demo::collector::Collector;
use demo::ingest::{trace_of, Ingest};
use rstest::rstest;

use crate::heads::Head;
use crate::set_up::{Backends, Rates, Sentry, Version};
use crate::tap::client;

const TRACE_ID: &str = "771a43a4192642f0b136d5159a501700";

#[rstest]
#[tokio::test]
async fn error_is_in_the_trace_of_the_response(
    #[values(Version::V1_42, Version::Newest)] version: Version,
    #[values(Sentry::Append, Sentry::Otlp)] sentry: Sentry,
) {
    let collector = Collector::start().unwrap();
    let mut ingest = Ingest::start().await.unwrap();
    let backends = Backends::new(&collector, ingest.dsn());
    let django = backends.django(version, sentry, Rates::Tenth).await;
    for sampled in [true, false] {
        let head = Head::TraceParent(u8::from(sampled));
        let url = format!("http://{}/fail", django.address());
        let request = client().get(url).headers(head.headers(TRACE_ID));
        let response = request.send().await.unwrap();
        let event = ingest.event().await.unwrap();

        assert_eq!(response.headers()["x-kontur-trace-id"], TRACE_ID);
        let trace = trace_of(&event).unwrap();
        // Without a span of Sentry, its SDK uses a trace of its own, unless it asks OpenTelemetry.
        let is_in_trace = sampled || sentry == Sentry::Otlp;
        assert_eq!(trace.trace_id.to_string() == TRACE_ID, is_in_trace);
    }
    django.stop().await.unwrap();
}

/// `post_fork` runs before the module with the application, which sets the variable by default.
#[tokio::test]
async fn service_fails_without_the_settings_variable() {
    let collector = Collector::start().unwrap();
    let ingest = Ingest::start().await.unwrap();
    let backends = Backends::new(&collector, ingest.dsn());
    let mut django = backends
        .django_with(Version::Newest, Sentry::Without, Rates::Tenth, &[])
        .await;
    let url = format!("http://{}/fail", django.address());
    let response = client().get(url).send().await.unwrap();
    assert_eq!(response.status(), 500);
    django
        .logged("has no attribute 'ROOT_URLCONF'")
        .await
        .unwrap();
    django.stop().await.unwrap();
}
