"""sentry-sdk with OpenTelemetry: its `SentryPropagator` and `SentrySpanProcessor`."""

from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context, get_value
from opentelemetry.sdk.trace import TracerProvider
from sentry_sdk.integrations.opentelemetry.consts import SENTRY_BAGGAGE_KEY, SENTRY_TRACE_KEY
from sentry_sdk.integrations.opentelemetry.propagator import SentryPropagator
from sentry_sdk.integrations.opentelemetry.span_processor import SentrySpanProcessor

from sentry_client import client, meant

PROPAGATOR = SentryPropagator()
PROVIDER = TracerProvider(shutdown_on_exit=False)
PROVIDER.add_span_processor(SentrySpanProcessor())
TRACER = PROVIDER.get_tracer("service")


def read(headers: dict[str, str], options: dict[str, Any]) -> dict[str, Any]:
    with client(options | {"instrumenter": "otel"}) as kept:
        context = PROPAGATOR.extract(headers, Context())
        incoming: Any = get_value(SENTRY_TRACE_KEY, context) or {}
        baggage: Any = get_value(SENTRY_BAGGAGE_KEY, context)
        parent = trace.get_current_span(context).get_span_context()
        answer = {
            "trace_id": trace.format_trace_id(parent.trace_id) if parent.is_valid else None,
            "span_id": trace.format_span_id(parent.span_id) if parent.is_valid else None,
            "sampled": incoming.get("parent_sampled"),
            "dsc": baggage.dynamic_sampling_context() if baggage else None,
        }
        with TRACER.start_as_current_span("service", context):
            outgoing: dict[str, str] = {}
            PROPAGATOR.inject(outgoing)
        return answer | {"outgoing": outgoing, "reported": kept.transaction()}


def send(order: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Returns a request of a trace that starts here."""
    with client(order["options"] | {"instrumenter": "otel"}):
        with TRACER.start_as_current_span("service", Context()) as span:
            headers: dict[str, str] = {}
            PROPAGATOR.inject(headers)
            span_id = trace.format_span_id(span.get_span_context().span_id)
            return meant(SentrySpanProcessor.otel_span_map[span_id]), list(headers.items())
