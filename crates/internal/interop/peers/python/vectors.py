"""Runs the cases of docs/vectors with OpenTelemetry's propagators.

    vectors.py FILE...

Prints the name of each file, its number of cases, and how many are extracted and injected as
stated. A file without a case that the packages support is left out. With `DIFFERENCES` in the
environment, prints each difference to the standard error.
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from opentelemetry import baggage, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.propagators.composite import CompositePropagator

from formats import PROPAGATORS, LowerCase
from otel import span, span_of

SUPPORTED = PROPAGATORS | {"baggage": W3CBaggagePropagator()}


def given(case: dict[str, Any]) -> Context:
    context, values = Context(), case.get("given", {})
    if "trace_id" in values:
        context = trace.set_span_in_context(span(values, is_remote=True), context)
    for key, (value, _properties) in values.get("baggage", {}).items():
        context = baggage.set_baggage(key, value, context)
    return context


def is_extracted(expected: dict[str, Any], context: Context) -> bool:
    """Whether a context has the expected facts. Baggage has no properties in this package."""
    found = span_of(context)
    facts = ["trace_id", "span_id"] + ([] if expected.get("undecided") else ["sampled"])
    entries = {key: value for key, (value, _) in expected.get("baggage", {}).items()}
    return (
        all(found[fact] == expected.get(fact) for fact in facts)
        and found["tracestate"] == expected.get("tracestate", "")
        and dict(baggage.get_all(context)) == entries
    )


def meaning(headers: dict[str, str]) -> dict[str, Any]:
    """Returns headers in lower case, and the members of `baggage` decoded and in a fixed order."""
    result: dict[str, Any] = {name.lower(): value for name, value in headers.items()}
    if "baggage" in result:
        members = [member.split(";") for member in result["baggage"].split(",")]
        result["baggage"] = sorted([unquote(part.strip()) for part in parts] for parts in members)
    return result


def run(case: dict[str, Any]) -> tuple[bool, bool]:
    propagator = CompositePropagator([SUPPORTED[name] for name in case["list"].split(",")])
    received: dict[str, list[str]] = {}
    for name, line in case["received"]:
        received.setdefault(name, []).append(line)
    context = propagator.extract(received, given(case), LowerCase())
    sent: dict[str, str] = {}
    propagator.inject(sent, context)
    passed = (
        is_extracted(case["extracted"], context),
        meaning(sent) == meaning(case["injected"]),
    )
    if not all(passed) and "DIFFERENCES" in os.environ:
        facts = span_of(context) | {"baggage": dict(baggage.get_all(context))}
        print(json.dumps([case, facts, sent]), file=sys.stderr)
    return passed


# The packages warn of each header that they ignore.
logging.disable()
for path in map(Path, sys.argv[1:]):
    cases = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    supported = [it for it in cases if set(it["list"].split(",")) <= SUPPORTED.keys()]
    if supported:
        extracted, injected = zip(*map(run, supported))
        print(path.stem, len(supported), sum(extracted), sum(injected))
