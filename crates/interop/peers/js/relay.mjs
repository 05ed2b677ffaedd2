// Requests with headers exactly as given, several of one name included.

import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

const TIMEOUT_MILLISECONDS = 10_000;

/** Posts nothing but headers, and gives the status and the JSON that came back. */
export async function post(url, headers) {
  const { host } = new URL(url);
  // A flat list is the form in which node keeps several lines of one name apart.
  const lines = [['host', host], ...headers, ['content-length', '0']].flat();
  const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
  const outgoing = request(url, { method: 'POST', headers: lines, agent: false, signal });
  outgoing.end();
  const [response] = await once(outgoing, 'response', { signal });
  const body = await text(response);
  return { status: response.statusCode, answer: body ? JSON.parse(body) : null };
}
