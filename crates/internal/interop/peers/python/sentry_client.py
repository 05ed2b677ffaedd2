"""A client of sentry-sdk for one request, which stores the data that it would report."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.tracing import Span
from sentry_sdk.transport import Transport

OPTIONS = (
    "dsn",
    "release",
    "environment",
    "traces_sample_rate",
    "org_id",
    "strict_trace_continuation",
    "instrumenter",
)


class Kept(Transport):
    """Stores the envelopes that would be sent to Sentry."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__({"dsn": options.get("dsn"), "org_id": options.get("org_id")})
        self.envelopes: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    def transaction(self) -> dict[str, Any] | None:
        """Returns the transaction and the DSC that would be reported to Sentry."""
        for envelope in self.envelopes:
            event = envelope.get_transaction_event()
            if event is not None:
                trace = event["contexts"]["trace"]
                return {
                    "trace_id": trace["trace_id"],
                    "parent_span_id": trace.get("parent_span_id"),
                    "dsc": envelope.headers.get("trace"),
                }
        return None


@contextmanager
def client(options: dict[str, Any]) -> Iterator[Kept]:
    """Makes a client with these options current, isolated from all other requests."""
    kept = Kept(options)
    known = {name: options[name] for name in OPTIONS if options.get(name) is not None}
    with sentry_sdk.isolation_scope() as scope:
        scope.set_client(
            sentry_sdk.Client(
                **known,
                transport=kept,
                default_integrations=False,
                auto_enabling_integrations=False,
            )
        )
        yield kept


def meant(span: Span) -> dict[str, Any]:
    """Returns the data that a request within this span should contain."""
    baggage = span.to_baggage()
    return {
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "sampled": span.sampled,
        "dsc": baggage.dynamic_sampling_context() if baggage else None,
    }
