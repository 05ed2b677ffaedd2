// The JavaScript peer: an HTTP service on loopback that uses npm's packages to read and send headers.
//
// POST /versions      returns the versions of the installed packages
// POST /read/<with>   returns the data that a package reads from the headers; options in the body
// POST /send/<with>   sends a request with a package to a URL; returns its data and the response
// POST /relay         sends a request with given headers to a URL; returns the response
//
// It prints its address when it listens, and ends at the end of its standard input. So it ends with
// the tests, even if they crash.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

import * as formats from './formats.mjs';
import * as otel from './otel.mjs';
import * as otelSentry from './otel-sentry.mjs';
import { post } from './relay.mjs';
import * as sentry from './sentry.mjs';

const PEERS = { sentry, 'otel-sentry': otelSentry, otel, formats };

function versions() {
  const lock = readFileSync(new URL('node_modules/.package-lock.json', import.meta.url));
  const installed = Object.entries(JSON.parse(lock).packages);
  return Object.fromEntries(
    installed.map(([path, { version }]) => [path.replace('node_modules/', ''), version]),
  );
}

/** Returns the data that was read, or the name of the error that the package threw. */
async function read(peer, headers, options) {
  try {
    return await peer.read(headers, options);
  } catch (error) {
    return { raised: error.name };
  }
}

async function send(peer, order) {
  const { meant, headers } = await peer.send(order);
  return { meant, ...(await post(order.url, headers)) };
}

async function answer(request) {
  const order = request.headers['content-length'] ? await json(request) : {};
  const [, action, name] = request.url.split('/');
  switch (action) {
    case 'versions':
      return versions();
    case 'read':
      return read(PEERS[name], request.headers, order);
    case 'send':
      return send(PEERS[name], order);
    case 'relay':
      return post(order.url, order.headers);
  }
  throw new Error(request.url);
}

const server = createServer(async (request, response) => {
  try {
    const body = JSON.stringify(await answer(request));
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});

process.stdin.resume().on('end', () => process.exit());
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
