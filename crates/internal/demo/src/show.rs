//! The demonstration: sends one request through the chain and prints its spans and its error.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::Context;
use opentelemetry_http::HeaderExtractor;
use reqwest::header::{HeaderMap, HeaderName};

use crate::caller::{Caller, Headers};
use crate::chain::{Chain, SPANS};
use crate::ingest::trace_of;
use crate::tree::{cut, Tree, WIDTH};

/// Sends one request through a chain of processes of `program`, and returns the text to print.
///
/// # Errors
///
/// If a service cannot be started, or if spans or the error do not arrive.
pub async fn show(program: &Path, caller: &Caller) -> Result<String, Box<dyn Error + Send + Sync>> {
    let mut text = String::from("A caller sends a request with these headers:\n\n");
    for (propagator, headers) in caller.sends {
        for (name, value) in *headers {
            writeln!(text, "{}", cut(&format!("  {name}: {value}"), WIDTH))?;
        }
        writeln!(text, "    = {}\n", trace_and_span(propagator, headers)?)?;
    }

    let mut chain = Chain::start(program, &[]).await?;
    let response = chain.call(caller).await?;
    let trace_id = response
        .headers()
        .get("x-kontur-trace-id")
        .ok_or("the response has no X-Kontur-Trace-Id")?
        .to_str()?;
    let same = |id: &str| {
        if id == trace_id {
            "the same"
        } else {
            "another"
        }
    };
    writeln!(
        text,
        "The request passes through four services, and the last one fails:\n"
    )?;
    writeln!(text, "  shop ─HTTP─> orders ─gRPC─> prices ─HTTP─> stock\n")?;
    writeln!(text, "The response to the caller:\n")?;
    writeln!(text, "  HTTP/1.1 {}", response.status())?;
    let comparison = same(caller.trace_id);
    writeln!(text, "  X-Kontur-Trace-Id: {trace_id} ({comparison})\n")?;

    let spans = chain.collector.trace(trace_id, SPANS).await?;
    let [first, others @ ..] = caller.sends else {
        return Err("the caller sends no headers".into());
    };
    let mut label = format!("the caller, from {}", first.1[0].0);
    if !others.is_empty() {
        write!(label, " and {} more", others.len())?;
    }
    let tree = Tree {
        spans: &spans,
        parent: caller.span_id,
        label: &label,
    };
    writeln!(text, "The spans, as the collector received them:\n\n{tree}")?;

    let event = chain.sentry.event().await?;
    let trace = trace_of(&event).ok_or("the event has no trace")?;
    let message = event.message.as_deref().unwrap_or_default();
    let cause = event.exception.iter().find_map(|it| it.value.as_deref());
    writeln!(text, "The error, as Sentry received it:\n")?;
    writeln!(text, "  event {}", event.event_id.simple())?;
    writeln!(text, "        {message}: {}", cause.unwrap_or_default())?;
    let comparison = same(&trace.trace_id.to_string());
    writeln!(text, "  trace {} ({comparison})", trace.trace_id)?;
    let span_id = trace.span_id.to_string();
    let place = spans.iter().find(|it| it.span_id == span_id);
    let place = place.map_or("not one of these spans".to_owned(), |it| {
        format!("{} of {}", it.name, it.service)
    });
    writeln!(text, "  span  {span_id} ({place})\n")?;

    writeln!(text, "The trace in the viewer:\n")?;
    writeln!(text, "  https://mon.kontur.ru/contrails/{trace_id}")?;
    chain.stop().await?;
    Ok(text)
}

/// Returns the trace and span that a propagator reads from its headers.
fn trace_and_span(
    propagator: &str,
    headers: Headers,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    let mut carrier = HeaderMap::new();
    for (name, value) in headers {
        carrier.insert(name.parse::<HeaderName>()?, value.parse()?);
    }
    let context = opentelemetry_autoprop::from_list(propagator)?
        .extract_with_context(&Context::new(), &HeaderExtractor(&carrier));
    let span = context.span();
    let span = span.span_context();
    Ok(format!(
        "trace {}, span {}",
        span.trace_id(),
        span.span_id()
    ))
}
