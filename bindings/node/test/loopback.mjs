// A server on the loopback that keeps what reaches it, and answers as its routes say.

import { createServer } from 'node:http';

/** Starts a server that ends with the test `t`; resolves with its origin and what it received. */
export async function loopback(t, routes = {}) {
  const received = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const entry = { method: request.method, url: request.url, headers: request.headers, body: '', bytes: 0, whole: false };
    received.push(entry);
    const parts = [];
    request.on('data', (chunk) => {
      parts.push(chunk);
      entry.bytes += chunk.length;
      server.emit('chunk', entry);
    });
    request.on('end', () => {
      entry.whole = true;
      entry.body = Buffer.concat(parts).toString('latin1');
      const route = routes[new URL(request.url, 'http://localhost').pathname];
      if (route !== undefined) return route(request, response, entry);
      response.end('taken');
    });
    request.on('error', () => {});
  });
  server.on('connection', () => (connections += 1));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, received, server, connections: () => connections };
}

/** A route that redirects. */
export function redirect(status, location) {
  return (_request, response) => {
    response.writeHead(status, { location: typeof location === 'function' ? location() : location });
    response.end();
  };
}
