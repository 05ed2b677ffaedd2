//! The context of a request around salvo's own layer.

use opentelemetry::global;
use opentelemetry::trace::FutureExt;
use opentelemetry_carriers::HttpHeaders;
use salvo::prelude::*;

/// Makes the context of the request current. It has to be outside of `salvo::otel::Tracing`, which
/// adds its span to the current context.
#[handler]
pub async fn attach_context(
    request: &mut Request,
    depot: &mut Depot,
    response: &mut Response,
    next: &mut FlowCtrl,
) {
    let cx = global::get_text_map_propagator(|it| it.extract(&HttpHeaders(request.headers())));
    next.call_next(request, depot, response)
        .with_context(cx)
        .await;
}
