//! A span for each request of poem, in the context of the request.

use std::sync::Arc;

use opentelemetry::global;
use opentelemetry::trace::{FutureExt, SpanKind, TraceContextExt, Tracer};
use opentelemetry_carriers::HttpHeaders;
use poem::{Endpoint, Request, Result};

/// Serves a request in a span, with the context of the request. Add it with `EndpointExt::around`.
pub async fn traced<E: Endpoint>(endpoint: Arc<E>, request: Request) -> Result<E::Output> {
    let cx = global::get_text_map_propagator(|it| it.extract(&HttpHeaders(request.headers())));
    let tracer = global::tracer("poem");
    let span = tracer
        .span_builder(request.method().to_string())
        .with_kind(SpanKind::Server)
        .start_with_context(&tracer, &cx);
    endpoint
        .call(request)
        .with_context(cx.with_span(span))
        .await
}
