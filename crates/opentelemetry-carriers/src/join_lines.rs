//! Headers that arrive on several lines.

use std::task::Poll;

use http::{HeaderMap, HeaderName, HeaderValue, Request};
use tower_layer::Layer;
use tower_service::Service;

/// Joins the lines of the headers that are lists: `baggage` and `tracestate`.
///
/// Some instrumentation, such as that of `tower-otel` and `axum-tracing-opentelemetry`, reads only
/// the first line of a header. This layer has to be outside of it. Several lines are equivalent to
/// one with their values joined by commas (RFC 9110, 5.3), so it changes nothing for other readers. A
/// request with one line of each header is passed on unchanged and costs two lookups.
///
/// It is not needed in front of instrumentation that reads all lines, such as
/// `opentelemetry-instrumentation-tower`, or that uses [`HttpHeaders`](crate::HttpHeaders).
///
/// # Examples
///
/// ```
/// use http::Request;
/// use opentelemetry_carriers::JoinLines;
/// use tower::{service_fn, Layer, ServiceExt};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let service = service_fn(|request: Request<()>| async move {
///     Ok::<_, ()>(request.headers()["baggage"].clone())
/// });
/// let service = JoinLines.layer(service);
///
/// let request = Request::builder().header("baggage", "a=1").header("baggage", "b=2");
/// assert_eq!(service.oneshot(request.body(()).unwrap()).await.unwrap(), "a=1,b=2");
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct JoinLines;

impl<S> Layer<S> for JoinLines {
    type Service = JoinLinesService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        JoinLinesService { inner }
    }
}

/// The service that the layer [`JoinLines`] wraps around another one.
#[derive(Clone, Debug)]
pub struct JoinLinesService<S> {
    inner: S,
}

impl<B, S: Service<Request<B>>> Service<Request<B>> for JoinLinesService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, task: &mut std::task::Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        for name in ["baggage", "tracestate"] {
            join(request.headers_mut(), HeaderName::from_static(name));
        }
        self.inner.call(request)
    }
}

fn join(headers: &mut HeaderMap, name: HeaderName) {
    let lines = headers.get_all(&name);
    if lines.iter().nth(1).is_none() {
        return;
    }
    let lines: Vec<_> = lines.iter().map(HeaderValue::as_bytes).collect();
    // Never fails, because the values are valid.
    if let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b',')) {
        headers.insert(name, joined);
    }
}
