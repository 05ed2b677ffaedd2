//! A tower layer that adds headers of the trace to every response.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{ready, Poll};

use http::header::HeaderMap;
use http::{Request, Response};
use opentelemetry::propagation::{Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{global, Context};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{http_lines, HttpHeaders};

/// Adds the headers that a propagator injects to every response.
///
/// With the trace id in the response, the reader of the response can open the trace in a viewer. The
/// propagator only needs to inject. The layer works with every service that takes an
/// [`http::Request`] and returns an [`http::Response`], as those of axum, tonic and tower-http do.
/// The headers are also added to error responses. An `Err` of the service is not a response, so it
/// is returned unchanged.
///
/// # Which trace
///
/// 1. The span that is current when the response is ready. A span is current if the layer that
///    creates the request's span is outside of this one, which is the recommended order.
/// 2. Otherwise the span that was current when the request arrived.
/// 3. Otherwise the trace in the request's headers, read by the global propagator. An
///    instrumentation layer inside of this one continues that trace. If it starts a new trace
///    instead, that trace is not visible here, and no headers are added.
///
/// # Which headers
///
/// A header replaces one of the same name that the service has set. The exception is
/// `server-timing`. It is a list to which the service may have added metrics, so a line is appended.
///
/// # Examples
///
/// ```
/// use http::{Request, Response};
/// use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
/// use opentelemetry::Context;
/// use opentelemetry_carriers::ResponseLayer;
/// use opentelemetry_propagator_kontur::KonturResponsePropagator;
/// use tower::{service_fn, Layer, ServiceExt};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let service = service_fn(|_: Request<()>| async { Ok::<_, ()>(Response::new("served")) });
/// let service = ResponseLayer::new(KonturResponsePropagator::new()).layer(service);
///
/// // In a service, an instrumentation layer makes the span current.
/// let _guard = Context::new()
///     .with_remote_span_context(SpanContext::new(
///         TraceId::from(0x27bb7faa48294cf4_9ae6007d70905468),
///         SpanId::from(1),
///         TraceFlags::SAMPLED,
///         false,
///         TraceState::NONE,
///     ))
///     .attach();
/// let response = service.oneshot(Request::new(())).await.unwrap();
/// assert_eq!(response.headers()["x-kontur-trace-id"], "27bb7faa48294cf49ae6007d70905468");
/// # }
/// ```
#[derive(Debug)]
pub struct ResponseLayer<P> {
    propagator: Arc<P>,
}

impl<P: TextMapPropagator> ResponseLayer<P> {
    /// Creates a layer that adds the headers that the propagator injects.
    pub fn new(propagator: P) -> Self {
        let propagator = Arc::new(propagator);
        Self { propagator }
    }
}

/// Shares the propagator, which need not be `Clone`.
impl<P> Clone for ResponseLayer<P> {
    fn clone(&self) -> Self {
        let propagator = Arc::clone(&self.propagator);
        Self { propagator }
    }
}

impl<S, P> Layer<S> for ResponseLayer<P> {
    type Service = ResponseService<S, P>;

    fn layer(&self, inner: S) -> Self::Service {
        let propagator = Arc::clone(&self.propagator);
        ResponseService { inner, propagator }
    }
}

/// The service that a [`ResponseLayer`] wraps around another one.
#[derive(Debug)]
pub struct ResponseService<S, P> {
    inner: S,
    propagator: Arc<P>,
}

impl<S: Clone, P> Clone for ResponseService<S, P> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            propagator: Arc::clone(&self.propagator),
        }
    }
}

impl<S, P, A, B> Service<Request<A>> for ResponseService<S, P>
where
    S: Service<Request<A>, Response = Response<B>>,
    P: TextMapPropagator,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, P>;

    fn poll_ready(&mut self, task: &mut std::task::Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        // Read now: the request is moved before the response shows whether its trace is needed.
        let arrived_in = current().unwrap_or_else(|| {
            global::get_text_map_propagator(|it| it.extract(&HttpHeaders(request.headers())))
        });
        ResponseFuture {
            inner: self.inner.call(request),
            propagator: Arc::clone(&self.propagator),
            arrived_in,
        }
    }
}

/// Returns the current context if a span is current.
fn current() -> Option<Context> {
    let in_span = |cx: &Context| cx.span().span_context().is_valid();
    Context::map_current(|cx| in_span(cx).then(|| cx.clone()))
}

pin_project! {
    /// The future of a [`ResponseService`].
    #[derive(Debug)]
    pub struct ResponseFuture<F, P> {
        #[pin]
        inner: F,
        propagator: Arc<P>,
        arrived_in: Context,
    }
}

impl<F, P, B, E> Future for ResponseFuture<F, P>
where
    F: Future<Output = Result<Response<B>, E>>,
    P: TextMapPropagator,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut std::task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut result = ready!(this.inner.poll(task));
        if let Ok(response) = &mut result {
            let current = current();
            let cx = current.as_ref().unwrap_or(this.arrived_in);
            let mut headers = ResponseHeaders(response.headers_mut());
            this.propagator.inject_context(cx, &mut headers);
        }
        Poll::Ready(result)
    }
}

struct ResponseHeaders<'a>(&'a mut HeaderMap);

impl Injector for ResponseHeaders<'_> {
    fn set(&mut self, key: &str, value: String) {
        if !key.eq_ignore_ascii_case("server-timing") {
            return http_lines::set(self.0, key, value);
        }
        if let Some((name, value)) = http_lines::parse(key, value) {
            // Fails only for the 32,769th header, which is left out.
            let _ = self.0.try_append(name, value);
        }
    }
}
