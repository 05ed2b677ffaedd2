"""OpenTelemetry's W3C propagators."""

from typing import Any

from opentelemetry import baggage, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

PROPAGATOR = CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()])


def read(headers: dict[str, str], _options: dict[str, Any]) -> dict[str, Any]:
    context = PROPAGATOR.extract(headers, Context())
    return span_of(context) | {"entries": dict(baggage.get_all(context))}


def send(order: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Returns a request with the span and the baggage of an order."""
    context = trace.set_span_in_context(span(order, is_remote=False), Context())
    for name, value in order["entries"].items():
        context = baggage.set_baggage(name, value, context)
    headers: dict[str, str] = {}
    PROPAGATOR.inject(headers, context)
    return span_of(context) | {"entries": order["entries"]}, list(headers.items())


def span(values: dict[str, Any], is_remote: bool) -> NonRecordingSpan:
    """Returns a span with the ids, the flag and the state of an order or a case."""
    span_context = SpanContext(
        trace_id=int(values["trace_id"], 16),
        span_id=int(values["span_id"], 16),
        is_remote=is_remote,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if values["sampled"] else TraceFlags.DEFAULT),
        trace_state=TraceState.from_header([values.get("tracestate", "")]),
    )
    return NonRecordingSpan(span_context)


def span_of(context: Context) -> dict[str, Any]:
    """Returns the ids, the flag and the state of the context's span, or nulls if it has none."""
    span_context = trace.get_current_span(context).get_span_context()
    if not span_context.is_valid:
        return {"trace_id": None, "span_id": None, "sampled": None, "tracestate": ""}
    return {
        "trace_id": trace.format_trace_id(span_context.trace_id),
        "span_id": trace.format_span_id(span_context.span_id),
        "sampled": span_context.trace_flags.sampled,
        "tracestate": span_context.trace_state.to_header(),
    }
