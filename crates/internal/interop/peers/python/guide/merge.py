"""Several formats in one request, as docs/formats.md specifies it: headers with the same trace id
describe the same caller, and each fact is taken from the first format that states it.
"""

from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.context import Context, create_key, get_value, set_value
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

KEY = create_key("kontur-formats-stated")


@dataclass(frozen=True)
class Stated:
    """The facts that the formats so far state. A fact that is missing here was chosen."""

    span_context: SpanContext
    span_id: int | None
    sampled: bool | None


def add(context: Context, trace_id: int, span_id: int | None, sampled: bool | None) -> Context:
    """Adds the facts of one format to a context. `None` is a fact that the format does not state."""
    known = stated(context)
    state = None
    if known is not None and known.span_context.trace_id == trace_id:
        span_id = span_id if known.span_id is None else known.span_id
        sampled = sampled if known.sampled is None else known.sampled
        state = known.span_context.trace_state
        flags = known.span_context.trace_flags & ~TraceFlags.SAMPLED
    else:
        flags = 0
    span_context = SpanContext(
        trace_id=trace_id,
        span_id=derived(trace_id) if span_id is None else span_id,
        is_remote=True,
        # A trace whose caller did not decide is sampled.
        trace_flags=TraceFlags(flags | (0 if sampled is False else TraceFlags.SAMPLED)),
        trace_state=state,
    )
    context = set_value(KEY, Stated(span_context, span_id, sampled), context)
    return trace.set_span_in_context(NonRecordingSpan(span_context), context)


def stated(context: Context) -> Stated | None:
    """Returns the facts of the remote caller. A propagator of another project states all of them."""
    span_context = trace.get_current_span(context).get_span_context()
    if not span_context.is_valid or not span_context.is_remote:
        return None
    ours = get_value(KEY, context)
    if isinstance(ours, Stated) and ours.span_context is span_context:
        return ours
    return Stated(span_context, span_context.span_id, span_context.trace_flags.sampled)


def derived(trace_id: int) -> int:
    """Returns the parent span id of a trace that arrives without one."""
    return trace_id >> 64 or trace_id & ((1 << 64) - 1)
