// OpenTelemetry's W3C propagators.

import {
  ROOT_CONTEXT,
  TraceFlags,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  trace,
} from '@opentelemetry/api';
import {
  CompositePropagator,
  TraceState,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';

const propagator = new CompositePropagator({
  propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
});

export function read(headers) {
  const context = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
  const baggage = propagation.getBaggage(context)?.getAllEntries() ?? [];
  const entries = Object.fromEntries(baggage.map(([key, { value }]) => [key, value]));
  return { ...spanOf(context), entries };
}

/** Returns a request with the span and the baggage of an order. */
export function send(order) {
  const { trace_id: traceId, span_id: spanId, sampled, tracestate, entries } = order;
  const values = Object.entries(entries).map(([key, value]) => [key, { value }]);
  const baggage = propagation.createBaggage(Object.fromEntries(values));
  const spanContext = {
    traceId,
    spanId,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    traceState: new TraceState(tracestate),
  };
  const context = propagation.setBaggage(trace.setSpanContext(ROOT_CONTEXT, spanContext), baggage);
  const headers = {};
  propagator.inject(context, headers, defaultTextMapSetter);
  return { meant: { ...spanOf(context), entries }, headers: Object.entries(headers) };
}

/** Returns the ids, the flag and the state of the context's span, or nulls if it has none. */
export function spanOf(context) {
  const span = trace.getSpanContext(context);
  return {
    trace_id: span?.traceId ?? null,
    span_id: span?.spanId ?? null,
    sampled: span ? span.traceFlags === TraceFlags.SAMPLED : null,
    tracestate: span?.traceState?.serialize() ?? '',
  };
}
