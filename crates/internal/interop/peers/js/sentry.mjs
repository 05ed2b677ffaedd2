// @sentry/core without OpenTelemetry: `continueTrace`, `startSpan` and `getTraceData`.

import {
  continueTrace,
  getCurrentScope,
  getDynamicSamplingContextFromSpan,
  getTraceData,
  parseBaggageHeader,
  spanIsSampled,
  startSpan,
} from '@sentry/core';

import { withClient } from './sentry-client.mjs';

export function read(headers, options) {
  return withClient(options, async (reported) => {
    const incoming = { sentryTrace: headers['sentry-trace'], baggage: headers.baggage };
    const answer = continueTrace(incoming, () => {
      const { parentSpanId, sampled, dsc } = getCurrentScope().getPropagationContext();
      const known = { span_id: parentSpanId ?? null, sampled: sampled ?? null, dsc: dsc ?? null };
      return startSpan({ name: 'service' }, (span) => ({
        ...known,
        trace_id: span.spanContext().traceId,
        own_sampled: spanIsSampled(span),
        outgoing: getTraceData(),
      }));
    });
    const others = Object.entries(parseBaggageHeader(headers.baggage) ?? {})
      .filter(([key]) => !key.startsWith('sentry-'))
      .map((member) => member.join('='));
    return { ...answer, others, reported: await reported() };
  });
}

/** Returns a request of a trace that starts here. Without a rate, the decision is deferred. */
export function send(order) {
  return withClient(order.options, () => {
    const { trace_id: traceId, sample_rand: sampleRand } = order;
    getCurrentScope().setPropagationContext({ traceId, sampleRand });
    const attributes = { 'sentry.segment.name.source': 'route' };
    return startSpan({ name: 'GET /заказы, всё', attributes }, (span) => {
      const ours = getTraceData();
      // Without a rate, the span is a placeholder, and its ids are not sent.
      const deferred = order.options.traces_sample_rate == null;
      const meant = {
        trace_id: traceId,
        span_id: deferred ? null : span.spanContext().spanId,
        sampled: deferred ? null : spanIsSampled(span),
        dsc: getDynamicSamplingContextFromSpan(span),
      };
      // Two lines, as in a client whose instrumentation adds a separate header.
      const headers = [
        ['sentry-trace', ours['sentry-trace']],
        ['baggage', ours.baggage],
      ];
      return { meant, headers: order.baggage ? [['baggage', order.baggage], ...headers] : headers };
    });
  });
}
