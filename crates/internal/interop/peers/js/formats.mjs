// OpenTelemetry's propagators for B3, Jaeger, X-Ray and OT trace.

import {
  ROOT_CONTEXT,
  TraceFlags,
  defaultTextMapGetter,
  defaultTextMapSetter,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { AWSXRayPropagator } from '@opentelemetry/propagator-aws-xray';
import { AWSXRayLambdaPropagator } from '@opentelemetry/propagator-aws-xray-lambda';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { JaegerPropagator } from '@opentelemetry/propagator-jaeger';
import { OTTracePropagator } from '@opentelemetry/propagator-ot-trace';

import { spanOf } from './otel.mjs';

export const PROPAGATORS = {
  b3: new B3Propagator(),
  b3multi: new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
  jaeger: new JaegerPropagator(),
  ottrace: new OTTracePropagator(),
  tracecontext: new W3CTraceContextPropagator(),
  xray: new AWSXRayPropagator(),
  'xray-lambda': new AWSXRayLambdaPropagator(),
};

export function read(headers, options) {
  const propagator = PROPAGATORS[options.format];
  return spanOf(propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
}

/** Returns a request with the ids of an order. */
export function send(order) {
  const { format, trace_id: traceId, span_id: spanId, sampled } = order;
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const context = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags });
  const headers = {};
  PROPAGATORS[format].inject(context, headers, defaultTextMapSetter);
  return { meant: spanOf(context), headers: Object.entries(headers) };
}
