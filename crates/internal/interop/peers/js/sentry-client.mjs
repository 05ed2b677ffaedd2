// A client of Sentry's SDK for one request, which stores the data that it would report.

import { propagation } from '@opentelemetry/api';
import { getCurrentScope, withIsolationScope } from '@sentry/core';
import { ServerRuntimeClient } from '@sentry/core/server';
import {
  SentryPropagator,
  registerPrepareSpanScope,
  setOpenTelemetryContextAsyncContextStrategy,
} from '@sentry/opentelemetry';

// As in the SDK for Node, scopes are part of OpenTelemetry's context.
setOpenTelemetryContextAsyncContextStrategy();
propagation.setGlobalPropagator(new SentryPropagator());

/** Runs `callback` with a client with these options, isolated from all other requests. */
export function withClient(options, callback) {
  const envelopes = [];
  const client = new ServerRuntimeClient({
    dsn: options.dsn,
    release: options.release,
    environment: options.environment,
    tracesSampleRate: options.traces_sample_rate ?? undefined,
    orgId: options.org_id ?? undefined,
    strictTraceContinuation: options.strict_trace_continuation ?? false,
    integrations: [],
    stackParser: () => [],
    traceLifecycle: 'static',
    transport: () => ({
      send: async (envelope) => {
        envelopes.push(envelope);
        return {};
      },
      flush: async () => true,
    }),
  });
  registerPrepareSpanScope(client);
  client.init();
  return withIsolationScope(() => {
    getCurrentScope().setClient(client);
    return callback(async () => {
      await client.flush();
      return transaction(envelopes);
    });
  });
}

/** Returns the transaction and the DSC that would be reported to Sentry. */
function transaction(envelopes) {
  for (const [header, items] of envelopes) {
    for (const [{ type }, event] of items) {
      if (type === 'transaction') {
        const { trace_id, parent_span_id } = event.contexts.trace;
        return { trace_id, parent_span_id: parent_span_id ?? null, dsc: header.trace ?? null };
      }
    }
  }
  return null;
}
