//! Errors of the Django service that reach Sentry, and its responses.

use demo::collector::Collector;
use demo::ingest::{trace_of, Ingest};
use interop::headers::lines;
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
    // Without a span of Sentry, its SDK uses the trace of `sentry-trace` or one of its own, unless it
    // asks OpenTelemetry.
    let asks = sentry == Sentry::Otlp;
    for (sampled, with_sentry_trace, is_in_trace) in [
        (true, false, true),
        (false, false, asks),
        (false, true, true),
    ] {
        let url = format!("http://{}/fail", django.address());
        let mut headers = Head::TraceParent(u8::from(sampled)).headers(TRACE_ID);
        if with_sentry_trace {
            let value = format!("{TRACE_ID}-1234567890abcdef-0");
            headers.extend(lines(&[("sentry-trace", &value)]));
        }
        let response = client().get(url).headers(headers).send().await.unwrap();
        let event = ingest.event().await.unwrap();

        assert_eq!(response.headers()["x-kontur-trace-id"], TRACE_ID);
        let trace_id = trace_of(&event).unwrap().trace_id.to_string();
        assert_eq!(trace_id == TRACE_ID, is_in_trace);
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
