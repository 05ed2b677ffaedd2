//! Valid and invalid values of the variables of the set-up.

use demo::caller::Caller;
use demo::chain::get;
use demo::collector::Collector;
use demo::process::ServiceProcess;

use crate::service;

/// Calls the service and returns the trace id of its response.
async fn trace_id_of_response(service: &ServiceProcess) -> String {
    let caller: &Caller = "all".parse().unwrap();
    let url = format!("http://{}/", service.address());
    let response = get(&url, &caller.headers()).await.unwrap();
    assert_eq!(response.status(), 200);
    response.headers()["x-kontur-trace-id"]
        .to_str()
        .unwrap()
        .to_owned()
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test]
async fn invalid_value_is_one_message_with_its_variable() {
    let collector = Collector::start().unwrap();
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.endpoint());
    for (variable, value) in [
        ("OTEL_PROPAGATORS", "tracecontext,kontour"),
        ("OTEL_PROPAGATORS", "kontour"),
        ("OTEL_RUST_PROPAGATORS_EXTRACT", "tracecontext,kontour"),
        ("OTEL_RUST_PROPAGATORS_INJECT", "kontour"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli"),
        ("OTEL_DEBUG", "please"),
        ("OTEL_SDK_DISABLED", "perhaps"),
        ("SENTRY_DSN", "nowhere"),
    ] {
        // If a variable is given twice, the last value wins.
        let service = service(&[endpoint, (variable, value)]).await;
        assert_eq!(trace_id_of_response(&service).await, TRACE);
        let log = service.stop().await.unwrap();
        assert_eq!(log.len(), 1, "{variable}={value}: {log:#?}");
        let level = match variable.contains("PROPAGATORS") {
            true => "ERROR autoprop",
            false => "WARN",
        };
        assert!(
            log[0].contains(level) && log[0].contains(variable),
            "{log:#?}"
        );
    }
}

#[tokio::test]
async fn valid_values_log_nothing() {
    let collector = Collector::start().unwrap();
    let endpoint = collector.endpoint();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_PROPAGATORS", "tracecontext,sentry,kontur,vostok"),
        ("OTEL_SERVICE_NAME", "shop"),
        ("OTEL_DEBUG", "false"),
        ("OTEL_SDK_DISABLED", "False"),
        ("SENTRY_DSN", ""),
    ];
    let service = service(&variables).await;
    assert_eq!(trace_id_of_response(&service).await, TRACE);
    assert_eq!(service.stop().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn debug_prints_and_sends_the_spans() {
    let mut collector = Collector::start().unwrap();
    let endpoint = collector.endpoint();
    let variables = [
        ("OTEL_DEBUG", "True"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
    ];
    let service = service(&variables).await;
    assert_eq!(trace_id_of_response(&service).await, TRACE);
    let log = service.stop().await.unwrap();
    let spans = collector.trace(TRACE, 1).await.unwrap();
    assert!(
        log.iter().any(|it| it.contains(&spans[0].span_id)),
        "{log:#?}"
    );
}
