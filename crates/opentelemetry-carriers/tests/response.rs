//! The response layer: which trace a response names, wherever the instrumentation is.

#![cfg(feature = "tower")]

mod overloaded;

use std::convert::Infallible;
use std::future::Future;
use std::marker::PhantomData;

use http::{HeaderMap, Request, Response, StatusCode};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{
    FutureExt, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{global, Context};
use opentelemetry_carriers::ResponseLayer;
use opentelemetry_propagator_kontur::{KonturPropagator, KonturResponsePropagator};
use tower::{service_fn, Layer, Service, ServiceExt};

use overloaded::Overloaded;

const ONE: &str = "27bb7faa48294cf49ae6007d70905468";
const OTHER: &str = "0af7651916cd43dd8448eb211c80319c";

fn in_trace(id: &str) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from_hex(id).unwrap(),
        SpanId::from(1),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    ))
}

fn layer() -> ResponseLayer<KonturResponsePropagator> {
    global::set_text_map_propagator(KonturPropagator::new());
    ResponseLayer::new(KonturResponsePropagator::new())
}

fn request(trace_id: Option<&str>) -> Request<()> {
    let mut request = Request::new(());
    if let Some(id) = trace_id {
        let headers = request.headers_mut();
        headers.insert("x-kontur-trace-id", id.parse().unwrap());
    }
    request
}

/// Responds after the task was suspended once, as a service that waits for another one does.
fn service<F>(respond: F) -> impl Service<Request<()>, Response = Response<()>, Error = Infallible>
where
    F: Fn() -> Response<()> + Clone,
{
    service_fn(move |_| {
        let respond = respond.clone();
        async move {
            tokio::task::yield_now().await;
            Ok(respond())
        }
    })
}

async fn ids<E: std::fmt::Debug>(
    response: impl Future<Output = Result<Response<()>, E>>,
) -> Vec<String> {
    let response = response.await.unwrap();
    let ids = response.headers().get_all("x-kontur-trace-id").iter();
    ids.map(|it| it.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn layer_inside_of_the_instrumentation() {
    let service = layer().layer(service(Response::default));
    // Current while the response is awaited, as opentelemetry-instrumentation-tower does it.
    let response = service.oneshot(request(None)).with_context(in_trace(ONE));
    assert_eq!(ids(response).await, [ONE]);
}

#[tokio::test]
async fn layer_with_a_span_that_is_current_at_the_call() {
    let mut service = layer().layer(service(Response::default));
    let response = {
        let _guard = in_trace(ONE).attach();
        service.call(request(Some(OTHER)))
    };
    assert_eq!(ids(response).await, [ONE]);
}

#[tokio::test]
async fn layer_prefers_the_span_of_the_response() {
    let mut service = layer().layer(service(Response::default));
    let response = {
        let _guard = in_trace(OTHER).attach();
        service.call(request(None))
    };
    assert_eq!(ids(response.with_context(in_trace(ONE))).await, [ONE]);
}

#[tokio::test]
async fn layer_outside_of_the_instrumentation() {
    let respond = service_fn(|_: Request<()>| {
        let handler = async {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(Response::new(()))
        };
        handler.with_context(in_trace(ONE))
    });
    let response = layer().layer(respond).oneshot(request(Some(ONE)));
    assert_eq!(ids(response).await, [ONE]);
}

#[tokio::test]
async fn layer_without_a_trace_adds_nothing() {
    let service = layer().layer(service(Response::default));
    assert_eq!(
        ids(service.oneshot(request(Some("invalid")))).await,
        [""; 0]
    );
}

#[tokio::test]
async fn layer_adds_to_error_responses() {
    let fail = || {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    };
    let service = layer().layer(service(fail));
    assert_eq!(ids(service.oneshot(request(Some(ONE)))).await, [ONE]);
}

#[tokio::test]
async fn layer_passes_errors_on() {
    let fail = service_fn(|_: Request<()>| async { Err::<Response<()>, _>("no response") });
    let result = layer().layer(fail).oneshot(request(Some(ONE))).await;
    assert_eq!(result.unwrap_err(), "no response");
}

#[tokio::test]
async fn layer_replaces_the_id_of_another_service() {
    let proxied = || {
        let response = Response::builder().header("x-kontur-trace-id", OTHER);
        response.body(()).unwrap()
    };
    let service = layer().layer(service(proxied));
    assert_eq!(ids(service.oneshot(request(Some(ONE)))).await, [ONE]);
}

/// Not `Clone`, as a propagator need not be.
#[derive(Debug)]
struct ServerTiming;

impl TextMapPropagator for ServerTiming {
    fn inject_context(&self, _: &Context, injector: &mut dyn Injector) {
        injector.set("server-timing", "trace;desc=1".to_owned());
        injector.set("not a name", "1".to_owned());
        injector.set("line-break", "1\n2".to_owned());
    }

    fn extract_with_context(&self, cx: &Context, _: &dyn Extractor) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}

#[tokio::test]
async fn layer_adds_to_the_list_of_server_timing() {
    let timed = || {
        let response = Response::builder().header("server-timing", "db;dur=53");
        response.body(()).unwrap()
    };
    let service = ResponseLayer::new(ServerTiming)
        .clone()
        .layer(service(timed));
    let response = service.oneshot(request(None)).await.unwrap();
    let mut expected = HeaderMap::new();
    expected.append("server-timing", "db;dur=53".parse().unwrap());
    expected.append("server-timing", "trace;desc=1".parse().unwrap());
    assert_eq!(response.headers(), &expected);
}

#[tokio::test]
async fn layer_is_ready_if_the_service_is() {
    let mut overloaded = layer().layer(Overloaded::<Response<()>>(PhantomData));
    assert_eq!(overloaded.ready().await.err(), Some("overloaded"));
}
