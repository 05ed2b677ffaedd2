// Requests with headers exactly as given. Names may repeat.

import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

const TIMEOUT_MILLISECONDS = 10_000;

/** Sends a POST request without a body, and returns the status and the JSON of the response. */
export async function post(url, headers) {
  const { host } = new URL(url);
  // In a flat list, node does not join several lines of one name.
  const lines = [['host', host], ...headers, ['content-length', '0']].flat();
  const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  const outgoing = request(url, { method: 'POST', headers: lines, agent: false, signal });
  outgoing.end();
  const [response] = await once(outgoing, 'response', { signal });
  const body = await text(response);
  return { status: response.statusCode, answer: body ? JSON.parse(body) : null };
}
