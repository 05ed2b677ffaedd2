"""The format `vostok` for Python, written from docs/formats.md alone: the tracing entry, and the
entries that every service forwards.
"""

import base64
import binascii
import re
import uuid
from collections.abc import Iterator
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context, create_key, get_current, get_value, set_value
from opentelemetry.propagators import textmap

import merge

GLOBALS = "context-globals"
PRIORITY_HEADER = "request-priority"
TRACING = "vostok.tracing.context"
PRIORITY = "vostok.request.priority"
PRIORITIES = {name.lower(): name for name in ("Sheddable", "Ordinary", "Critical")}

KEY = create_key("vostok-priority")
LIMIT = 16 * 1024
# The forms D, N, B and P of .NET.
GUID = re.compile(
    r"(?P<open>[{(]?)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[)}]?|[0-9a-f]{32}", re.IGNORECASE
)


class VostokPropagator(textmap.TextMapPropagator):
    """Reads and writes `Context-Globals` and `Request-Priority`."""

    def extract(
        self,
        carrier: Any,
        context: Context | None = None,
        getter: textmap.Getter = textmap.default_getter,
    ) -> Context:
        context = get_current() if context is None else context
        entries: dict[str, str] = {}
        header = first(getter, carrier, GLOBALS)
        if len(header) <= LIMIT:
            try:
                for name, value in parse(header):
                    entries.setdefault(name, value)
            except ValueError:
                # What follows malformed data is lost, and what precedes it counts only as a trace.
                entries = {TRACING: entries[TRACING]} if TRACING in entries else {}
        priority = entries.get(PRIORITY) or first(getter, carrier, PRIORITY_HEADER)
        if priority.lower() in PRIORITIES:
            context = set_value(KEY, PRIORITIES[priority.lower()], context)
        parts = [part for part in entries.get(TRACING, "").split(";") if part]
        if len(parts) != 2 or not all(GUID.fullmatch(part.strip()) for part in parts):
            return context
        trace_id, span_id = (uuid.UUID(part.strip().strip("{}()")).int for part in parts)
        if trace_id == 0:
            return context
        return merge.add(context, trace_id, span_id >> 64 or None, None)

    def inject(
        self,
        carrier: Any,
        context: Context | None = None,
        setter: textmap.Setter = textmap.default_setter,
    ) -> None:
        context = get_current() if context is None else context
        entries = []
        span_context = trace.get_current_span(context).get_span_context()
        if span_context.is_valid:
            ids = (uuid.UUID(int=span_context.trace_id), uuid.UUID(int=span_context.span_id << 64))
            entries.append((TRACING, ";".join(map(str, ids))))
        priority = get_value(KEY, context)
        if isinstance(priority, str):
            entries.append((PRIORITY, priority))
            setter.set(carrier, PRIORITY_HEADER, priority)
        if entries:
            setter.set(carrier, GLOBALS, encode(entries))

    @property
    def fields(self) -> set[str]:
        return {GLOBALS, PRIORITY_HEADER}


def first(getter: textmap.Getter, carrier: Any, name: str) -> str:
    """Returns the first value of a header without the whitespace around it, or an empty one."""
    return next((value.strip(" \t") for value in getter.get(carrier, name) or () if value), "")


def parse(header: str) -> Iterator[tuple[str, str]]:
    """Yields the entries in their order. Raises `ValueError` at the first malformed byte."""
    compact = re.sub(r"[ \t\r\n]", "", header)
    padded = compact.rstrip("=")
    padded += "=" * (-len(padded) % 4)
    try:
        rest = base64.b64decode(padded, validate=True)
    except binascii.Error as error:
        raise ValueError("invalid Base64") from error
    while rest:
        name, rest = string(rest)
        value, rest = string(rest)
        yield name.decode(errors="replace"), value.decode(errors="replace")


def string(rest: bytes) -> tuple[bytes, bytes]:
    if len(rest) < 4:
        raise ValueError("fewer than four bytes of a length")
    length = int.from_bytes(rest[:4], "little", signed=True)
    if not 0 <= length <= len(rest) - 4:
        raise ValueError("a length beyond the end")
    return rest[4 : 4 + length], rest[4 + length :]


def encode(entries: list[tuple[str, str]]) -> str:
    strings = [part.encode() for entry in entries for part in entry]
    envelope = b"".join(len(part).to_bytes(4, "little") + part for part in strings)
    return base64.b64encode(envelope).decode()
