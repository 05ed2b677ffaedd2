"""sentry-sdk without OpenTelemetry: `continue_trace` and `start_transaction`."""

from typing import Any

import sentry_sdk
from sentry_sdk.tracing_utils import Baggage, add_sentry_baggage_to_headers

from sentry_client import client, meant


def read(headers: dict[str, str], options: dict[str, Any]) -> dict[str, Any]:
    with client(options) as kept:
        transaction = sentry_sdk.continue_trace(headers)
        incoming = sentry_sdk.get_isolation_scope().get_active_propagation_context().baggage
        answer = {
            "trace_id": transaction.trace_id,
            "span_id": transaction.parent_span_id,
            "sampled": transaction.parent_sampled,
            "dsc": incoming.dynamic_sampling_context() if incoming else None,
        }
        with sentry_sdk.start_transaction(transaction):
            outgoing = dict(sentry_sdk.get_current_scope().iter_trace_propagation_headers())
        third_party = Baggage.from_incoming_header(headers.get("baggage")).third_party_items
        return answer | {
            "own_sampled": transaction.sampled,
            "outgoing": outgoing,
            "others": third_party.split(",") if third_party else [],
            "reported": kept.transaction(),
        }


def send(order: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Returns a request of a trace that starts here. Without a rate, the decision is deferred."""
    with client(order["options"]):
        scope = sentry_sdk.get_current_scope()
        if order["options"].get("traces_sample_rate") is None:
            propagation = scope.get_active_propagation_context()
            deferred = {
                "trace_id": propagation.trace_id,
                "span_id": propagation.span_id,
                "sampled": None,
                "dsc": propagation.get_baggage().dynamic_sampling_context(),
            }
            return deferred, with_baggage(order, dict(scope.iter_trace_propagation_headers()))
        with sentry_sdk.start_transaction(
            name="GET /заказы, всё", source="route", trace_id=order["trace_id"]
        ) as transaction:
            headers = dict(scope.iter_trace_propagation_headers())
            return meant(transaction), with_baggage(order, headers)


def with_baggage(order: dict[str, Any], ours: dict[str, str]) -> list[tuple[str, str]]:
    """Returns Sentry's headers, joined with the user's baggage as by Sentry's integrations."""
    headers = {"baggage": order["baggage"]} if order.get("baggage") else {}
    headers["sentry-trace"] = ours["sentry-trace"]
    if "baggage" in ours:
        add_sentry_baggage_to_headers(headers, ours["baggage"])
    return list(headers.items())
