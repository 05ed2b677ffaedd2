//! The Rust service that a peer calls. It responds with the data that it read and with the headers
//! that it would send.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::thread;

use axum::extract::Query;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::routing::post;
use axum::{Json, Router};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_propagator_sentry::SentryContextExt;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use crate::headers::text;
use crate::tracer::Application;

/// The response of the service to a request.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Answer {
    /// The received lines of W3C's and Sentry's headers, verbatim.
    pub received: Vec<(String, String)>,
    /// The remote span context. `None` if the request contains no trace.
    pub span: Option<Span>,
    /// The sampling decision in `sentry-trace`. `None` if it was deferred.
    pub sentry_sampled: Option<bool>,
    /// The Dynamic Sampling Context, decoded. `None` if the trace did not arrive in Sentry's
    /// headers.
    pub dsc: Option<BTreeMap<String, String>>,
    /// The entries of OpenTelemetry's baggage.
    pub entries: BTreeMap<String, String>,
    /// The headers of an outgoing request in a new span of the service.
    pub outgoing: BTreeMap<String, String>,
    /// The headers of an outgoing request without a new span, as of a gateway that only forwards
    /// traces.
    pub forwarded: BTreeMap<String, String>,
}

/// A span context.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Span {
    /// The trace id in hex digits.
    pub trace_id: String,
    /// The span id in hex digits.
    pub span_id: String,
    /// The sampled flag.
    pub sampled: bool,
    /// The value of `tracestate`.
    pub tracestate: String,
}

/// The set-up of the service for one request.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Setup {
    list: String,
    org_id: Option<String>,
    strict: Option<bool>,
}

/// Returns the URL of the service with a list of propagators.
pub fn url(list: &str) -> String {
    format!("{}/?list={list}", base())
}

/// Returns the URL of a service that belongs to an organization, or to none.
pub fn url_of_organization(list: &str, org_id: Option<&str>, strict: bool) -> String {
    let own = org_id.map_or_else(String::new, |org_id| format!("&org_id={org_id}"));
    format!("{}&strict={strict}{own}", url(list))
}

/// Returns the address of the service, which is started at the first call and ends with the
/// process.
fn base() -> &'static str {
    static BASE: OnceLock<String> = OnceLock::new();
    BASE.get_or_init(|| {
        let listener =
            std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        thread::spawn(|| serve(listener));
        format!("http://{address}")
    })
}

fn serve(listener: std::net::TcpListener) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .expect("a runtime starts");
    runtime.block_on(async {
        listener
            .set_nonblocking(true)
            .expect("a socket can be asynchronous");
        let listener = TcpListener::from_std(listener).expect("it is bound");
        let service = Router::new().route("/", post(answer));
        axum::serve(listener, service)
            .await
            .expect("it serves until the process ends");
    });
}

async fn answer(Query(setup): Query<Setup>, headers: HeaderMap) -> Json<Answer> {
    let application = match setup.strict {
        Some(strict) => Application::of_organization(&setup.list, setup.org_id.as_deref(), strict),
        None => Application::new(&setup.list, 1.0, 0),
    };
    Json(read(&application, &headers))
}

/// Returns the data that an application reads from headers, and the headers that it would send.
pub fn read(application: &Application, headers: &HeaderMap) -> Answer {
    let cx = application.extract(headers);
    let outgoing = application.inject(&application.start_span(&cx));
    Answer {
        received: propagation_lines(headers),
        span: span(&cx),
        sentry_sampled: cx.sentry_trace().and_then(|trace| trace.sampled),
        dsc: cx.sentry_dsc().map(|dsc| {
            let owned = dsc.iter().map(|(key, value)| (key.into(), value.into()));
            owned.collect()
        }),
        entries: cx
            .baggage()
            .iter()
            .map(|(key, (value, _))| (key.to_string(), value.to_string()))
            .collect(),
        outgoing: all_lines(&outgoing).collect(),
        forwarded: all_lines(&application.inject(&cx)).collect(),
    }
}

fn propagation_lines(headers: &HeaderMap) -> Vec<(String, String)> {
    const NAMES: [&str; 4] = ["traceparent", "tracestate", "sentry-trace", "baggage"];
    all_lines(headers)
        .filter(|(name, _)| NAMES.contains(&name.as_str()))
        .collect()
}

fn all_lines(headers: &HeaderMap) -> impl Iterator<Item = (String, String)> + '_ {
    let line = |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), text(value));
    headers.iter().map(line)
}

fn span(cx: &Context) -> Option<Span> {
    let span = cx.span();
    let span_context = span.span_context();
    (span_context.is_valid() && span_context.is_remote()).then(|| Span {
        trace_id: span_context.trace_id().to_string(),
        span_id: span_context.span_id().to_string(),
        sampled: span_context.is_sampled(),
        tracestate: span_context.trace_state().header(),
    })
}
