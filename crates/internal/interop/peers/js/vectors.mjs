// Runs the cases of docs/vectors with OpenTelemetry's propagators.
//
//     node vectors.mjs FILE...
//
// Prints the name of each file, its number of cases, and how many are extracted and injected as
// stated. A file without a case that the packages support is left out. With `DIFFERENCES` in the
// environment, prints each difference to the standard error.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import {
  ROOT_CONTEXT,
  TraceFlags,
  baggageEntryMetadataFromString,
  defaultTextMapGetter,
  defaultTextMapSetter,
  isSpanContextValid,
  propagation,
  trace,
} from '@opentelemetry/api';
import { CompositePropagator, TraceState, W3CBaggagePropagator } from '@opentelemetry/core';

import { PROPAGATORS } from './formats.mjs';

const SUPPORTED = { ...PROPAGATORS, baggage: new W3CBaggagePropagator() };

function given({ given: values = {} }) {
  let context = ROOT_CONTEXT;
  if (values.trace_id) {
    context = trace.setSpanContext(context, {
      traceId: values.trace_id,
      spanId: values.span_id,
      isRemote: true,
      traceFlags: values.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
      traceState: new TraceState(values.tracestate),
    });
  }
  if (values.baggage) {
    const entries = Object.entries(values.baggage).map(([key, [value, properties]]) => {
      return [key, { value, metadata: properties && baggageEntryMetadataFromString(properties) }];
    });
    const baggage = propagation.createBaggage(Object.fromEntries(entries));
    context = propagation.setBaggage(context, baggage);
  }
  return context;
}

/** Returns the lines of each name as Node joins them. */
function joined(lines) {
  const carrier = {};
  for (const [name, line] of lines) {
    carrier[name] = name in carrier ? `${carrier[name]}, ${line}` : line;
  }
  return carrier;
}

/** Returns the facts of a context in the words of the files. */
function described(context, isUndecided) {
  const span = trace.getSpanContext(context);
  const facts = {};
  if (span && isSpanContextValid(span)) {
    facts.trace_id = span.traceId;
    facts.span_id = span.spanId;
    facts.sampled = isUndecided || (span.traceFlags & TraceFlags.SAMPLED) !== 0;
    facts.tracestate = span.traceState?.serialize() ?? '';
  }
  const entries = propagation.getBaggage(context)?.getAllEntries() ?? [];
  facts.baggage = Object.fromEntries(
    entries.map(([key, { value, metadata }]) => [key, [value, metadata?.toString().trim() ?? '']]),
  );
  return facts;
}

function expected({ undecided, ...facts }) {
  if (facts.trace_id) {
    facts.sampled ||= Boolean(undecided);
    facts.tracestate ??= '';
  }
  return { ...facts, baggage: facts.baggage ?? {} };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns headers in lower case, and the members of `baggage` decoded and in a fixed order. */
function meaning(headers) {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const result = Object.fromEntries(lower);
  if ('baggage' in result) {
    const parts = (member) => member.split(';').map((part) => decoded(part.trim()));
    result.baggage = result.baggage.split(',').map(parts).sort();
  }
  return result;
}

function run(testCase) {
  const propagators = testCase.list.split(',').map((name) => SUPPORTED[name]);
  const propagator = new CompositePropagator({ propagators });
  const received = joined(testCase.received);
  const context = propagator.extract(given(testCase), received, defaultTextMapGetter);
  const sent = {};
  propagator.inject(context, sent, defaultTextMapSetter);
  const facts = described(context, testCase.extracted.undecided);
  const passed = [
    isDeepStrictEqual(facts, expected(testCase.extracted)),
    isDeepStrictEqual(meaning(sent), meaning(testCase.injected)),
  ];
  if (passed.includes(false) && 'DIFFERENCES' in process.env) {
    console.error(JSON.stringify([testCase, facts, sent]));
  }
  return passed;
}

for (const path of process.argv.slice(2)) {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const cases = lines.map((line) => JSON.parse(line));
  const supported = cases.filter(({ list }) => list.split(',').every((name) => name in SUPPORTED));
  if (supported.length > 0) {
    const results = supported.map(run);
    const passed = [0, 1].map((part) => results.filter((result) => result[part]).length);
    console.log(basename(path, '.jsonl'), supported.length, ...passed);
  }
}
