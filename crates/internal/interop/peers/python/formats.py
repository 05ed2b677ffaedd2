"""OpenTelemetry's propagators for B3, Jaeger, X-Ray and OT trace, and its SDK."""

from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.propagators.aws import AwsXRayPropagator
from opentelemetry.propagators.aws.aws_xray_propagator import AwsXRayLambdaPropagator
from opentelemetry.propagators.b3 import B3MultiFormat, B3SingleFormat
from opentelemetry.propagators.jaeger import JaegerPropagator
from opentelemetry.propagators.ot_trace import OTTracePropagator
from opentelemetry.propagators.textmap import DefaultGetter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from otel import span, span_of

PROPAGATORS = {
    "b3": B3SingleFormat(),
    "b3multi": B3MultiFormat(),
    "jaeger": JaegerPropagator(),
    "ottrace": OTTracePropagator(),
    "tracecontext": TraceContextTextMapPropagator(),
    "xray": AwsXRayPropagator(),
    "xray-lambda": AwsXRayLambdaPropagator(),
}
TRACERS = {
    sampled: TracerProvider(sampler, shutdown_on_exit=False).get_tracer("service")
    for sampled, sampler in ((True, ALWAYS_ON), (False, ALWAYS_OFF))
}


class LowerCase(DefaultGetter):
    """Finds headers in either case, as the getters of instrumentations do. X-Ray's propagator asks
    for `X-Amzn-Trace-Id`.
    """

    def get(self, carrier: Any, key: str) -> list[str] | None:
        return super().get(carrier, key.lower())


def read(headers: dict[str, str], options: dict[str, Any]) -> dict[str, Any]:
    propagator = PROPAGATORS[options["format"]]
    return span_of(propagator.extract(headers, Context(), LowerCase()))


def send(order: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Returns a request with the ids of an order, or with a span of the SDK if it has none."""
    if "trace_id" in order:
        sent: trace.Span = span(order, is_remote=False)
    else:
        sent = TRACERS[order["sampled"]].start_span("service", Context())
    context = trace.set_span_in_context(sent, Context())
    headers: dict[str, str] = {}
    PROPAGATORS[order["format"]].inject(headers, context)
    return span_of(context), list(headers.items())
