// The propagator and tracer provider of @sentry/opentelemetry, used through @opentelemetry/api.

import { ROOT_CONTEXT, context, propagation, trace } from '@opentelemetry/api';
import {
  baggageHeaderToDynamicSamplingContext,
  getDynamicSamplingContextFromSpan,
  spanIsSampled,
} from '@sentry/core';
import { SentryTracerProvider } from '@sentry/opentelemetry';

import { withClient } from './sentry-client.mjs';

const tracer = new SentryTracerProvider().getTracer('service');

export function read(headers, options) {
  return withClient(options, async (reported) => {
    const incoming = propagation.extract(ROOT_CONTEXT, headers);
    const parent = trace.getSpanContext(incoming);
    const state = parent?.traceState;
    const answer = {
      trace_id: parent?.traceId ?? null,
      span_id: parent?.spanId ?? null,
      sampled: sampled(parent),
      dsc: baggageHeaderToDynamicSamplingContext(state?.get('sentry.dsc')) ?? null,
    };
    const outgoing = context.with(incoming, () => sent(() => {}));
    return { ...answer, outgoing, reported: await reported() };
  });
}

/** Returns a request of a trace that starts here. */
export function send(order) {
  return withClient(order.options, () => {
    let meant;
    const headers = sent((span) => {
      const { traceId, spanId } = span.spanContext();
      const dsc = getDynamicSamplingContextFromSpan(span);
      meant = { trace_id: traceId, span_id: spanId, sampled: spanIsSampled(span), dsc };
    });
    return { meant, headers: Object.entries(headers) };
  });
}

/** Returns the headers of a request within a span, with which `callback` is called. */
function sent(callback) {
  return tracer.startActiveSpan('service', (span) => {
    callback(span);
    const headers = {};
    propagation.inject(context.active(), headers);
    span.end();
    return headers;
  });
}

/** Returns the decision that the propagator stores in a span context, or null if it was deferred. */
function sampled(spanContext) {
  if (!spanContext) return null;
  if (spanContext.traceFlags === 1) return true;
  return spanContext.traceState?.get('sentry.sampled_not_recording') === '1' ? false : null;
}
