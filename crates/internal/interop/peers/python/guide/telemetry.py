"""The set-up of the guide: spans by OTLP, errors and transactions to Sentry, and the propagators."""

import os

import sentry_sdk
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.propagators import set_global_response_propagator
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from sentry_sdk.integrations.opentelemetry import SentryPropagator, SentrySpanProcessor

from kontur import KonturResponsePropagator


# The receiver of the tests does not decompress.
RECEIVER = {"transport_compression_level": 0}


def configure() -> None:
    """Sets everything up in a worker. `INTEROP_SENTRY` selects how Sentry takes part."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    set_global_response_propagator(KonturResponsePropagator())
    match os.environ["INTEROP_SENTRY"]:
        case "append":
            span_processor(provider)
            # The line of the guide. Since API 1.43, nothing reads this list.
            propagate.propagators.append(SentryPropagator())
        case "variable":
            span_processor(provider)
        case "untargeted":
            span_processor(provider, trace_propagation_targets=[])
        case "otlp":
            otlp()
    DjangoInstrumentor().instrument(tracer_provider=provider)
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)


def span_processor(provider: TracerProvider, **options: object) -> None:
    """Sentry's spans are made from OpenTelemetry's."""
    # sentry-sdk reads no variable for this rate.
    rate = float(os.environ["INTEROP_SENTRY_RATE"])
    sentry_sdk.init(instrumenter="otel", traces_sample_rate=rate, _experiments=RECEIVER, **options)
    provider.add_span_processor(SentrySpanProcessor())


def otlp() -> None:
    """Sentry only gets errors, with the ids of OpenTelemetry's spans."""
    from sentry_sdk.integrations.otlp import OTLPIntegration, SentryOTLPPropagator

    integration = OTLPIntegration(setup_otlp_traces_exporter=False, setup_propagator=False)
    sentry_sdk.init(integrations=[integration], _experiments=RECEIVER)
    # What a later propagator reads replaces what an earlier one read, so Sentry's is the first.
    listed = propagate.get_global_textmap()
    propagate.set_global_textmap(CompositePropagator([SentryOTLPPropagator(), listed]))
