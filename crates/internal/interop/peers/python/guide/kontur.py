"""The format `kontur` for Python, written from docs/formats.md alone."""

import re
from collections.abc import Mapping
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context, get_current
from opentelemetry.instrumentation.propagators import ResponsePropagator, default_setter
from opentelemetry.propagators import textmap

import merge

TRACE_ID = "x-kontur-trace-id"
SPAN_ID = "x-kontur-trace-spanid"
SAMPLED = "x-kontur-trace-issampled"

GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DECISIONS = {"true": True, "1": True, "false": False, "0": False}


class KonturPropagator(textmap.TextMapPropagator):
    """Reads and writes `X-Kontur-Trace-*`."""

    def extract(
        self,
        carrier: Any,
        context: Context | None = None,
        getter: textmap.Getter = textmap.default_getter,
    ) -> Context:
        context = get_current() if context is None else context
        trace_id = digits(first(getter, carrier, TRACE_ID), (32,))
        if not trace_id:
            return context
        span_id = digits(first(getter, carrier, SPAN_ID), (8, 16, 32))
        sampled = DECISIONS.get(first(getter, carrier, SAMPLED).lower())
        return merge.add(context, trace_id, span_id or None, sampled)

    def inject(
        self,
        carrier: Any,
        context: Context | None = None,
        setter: textmap.Setter = textmap.default_setter,
    ) -> None:
        span_context = trace.get_current_span(context).get_span_context()
        if span_context.is_valid:
            setter.set(carrier, TRACE_ID, trace.format_trace_id(span_context.trace_id))
            setter.set(carrier, SPAN_ID, trace.format_span_id(span_context.span_id))
            setter.set(carrier, SAMPLED, str(span_context.trace_flags.sampled).lower())

    @property
    def fields(self) -> set[str]:
        return {TRACE_ID, SPAN_ID, SAMPLED}


class KonturResponsePropagator(ResponsePropagator):
    """Writes the trace id into responses."""

    def inject(self, carrier: Any, context: Context | None = None, setter: Any = default_setter) -> None:
        span_context = trace.get_current_span(context).get_span_context()
        if span_context.is_valid:
            setter.set(carrier, TRACE_ID, trace.format_trace_id(span_context.trace_id))


def first(getter: textmap.Getter, carrier: Mapping[str, Any], name: str) -> str:
    """Returns the first value of a header without the whitespace around it, or an empty one."""
    return next((value.strip(" \t") for value in getter.get(carrier, name) or () if value), "")


def digits(value: str, lengths: tuple[int, ...]) -> int | None:
    """Returns the number of hex digits or of a GUID with hyphens. Of 32 digits of a span id, the
    first 16 count.
    """
    if GUID.fullmatch(value):
        value = value.replace("-", "")
    if len(value) not in lengths or not re.fullmatch(r"[0-9a-fA-F]+", value):
        return None
    return int(value if lengths == (32,) else value[:16], 16)
