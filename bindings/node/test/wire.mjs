// The wire law's tools: a server that keeps every byte of both directions, and readings of those bytes that know nothing of how they
// came to be sent.

import { createServer } from 'node:net';

/** Numbers from a seed, the same in every run (mulberry32). */
export function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(next() * n);
  return {
    below,
    chance: (share) => next() < share,
    pick: (list) => list[below(list.length)],
    bytes: (n) => Buffer.from(Array.from({ length: n }, () => below(256))),
  };
}

/** A server on the loopback that answers as `answer` says, closes after each answer, and keeps what went in and out. */
export async function rawServer(t, answer) {
  const exchanges = [];
  const sockets = new Set();
  const server = createServer((socket) => {
    const exchange = { port: server.address().port, inward: Buffer.alloc(0), outward: Buffer.alloc(0), answered: false };
    exchanges.push(exchange);
    sockets.add(socket);
    const say = (bytes) => {
      exchange.outward = Buffer.concat([exchange.outward, Buffer.from(bytes)]);
      socket.write(bytes);
    };
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      exchange.inward = Buffer.concat([exchange.inward, bytes]);
      if (exchange.answered) return;
      const request = parse(exchange.inward);
      if (request === undefined) return;
      if (/^100-continue$/i.test(header(request, 'expect') ?? '') && !exchange.continued) {
        exchange.continued = true;
        say('HTTP/1.1 100 Continue\r\n\r\n');
      }
      // A request that says it is longer than it is would be waited for without end.
      clearTimeout(exchange.waiting);
      if (!request.whole) exchange.waiting = setTimeout(() => reply(request), 100);
      else reply(request);
    });
    const reply = (request) => {
      if (socket.destroyed) return;
      exchange.answered = true;
      const { status, headers = [], open = false } = answer(request, exchange);
      say(`HTTP/1.1 ${status} X\r\n${headers.map((line) => `${line}\r\n`).join('')}${open ? '\r\n' : 'Content-Length: 0\r\nConnection: close\r\n\r\n'}`);
      if (!open) socket.end();
    };
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { origin: `http://127.0.0.1:${server.address().port}`, port: server.address().port, exchanges };
}

/** A request out of its bytes: undefined while the head is not whole; framing taken out of the body. */
export function parse(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [line, ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const [, method, target] = /^(\S+) (.*) HTTP\/1\.1$/.exec(line) ?? [undefined, line, ''];
  const headers = lines.map((text) => [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1).trim()]);
  const request = { method, target, headers, body: bytes.subarray(end + 4), trailers: '', whole: false };
  if (/chunked/i.test(header(request, 'transfer-encoding') ?? '')) return dechunk(request);
  const length = Number(header(request, 'content-length') ?? 0);
  request.whole = request.body.length >= length;
  return request;
}

export function header(request, name) {
  return request.headers.find(([given]) => given.toLowerCase() === name)?.[1];
}

function dechunk(request) {
  const [parts, raw] = [[], request.body];
  let at = 0;
  for (;;) {
    const end = raw.indexOf('\r\n', at);
    if (end < 0) break;
    const size = Number.parseInt(raw.subarray(at, end).toString('latin1'), 16);
    if (size === 0) {
      request.trailers = raw.subarray(end + 2).toString('latin1');
      request.whole = request.trailers.endsWith('\r\n');
      break;
    }
    parts.push(raw.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  request.body = Buffer.concat(parts);
  return request;
}

/** Every text that a receiver may read in what it got. */
export function readings(bytes) {
  const request = parse(bytes);
  const texts = [bytes.toString('latin1')];
  if (request === undefined) return texts;
  const body = request.body.toString('latin1');
  const [path, query = ''] = request.target.split(/\?(.*)/s);
  texts.push(body, request.trailers, path.split('/').join(''));
  const type = header(request, 'content-type') ?? '';
  const pairs = [
    query.split(/[&;]/).map((field) => field.split(/=(.*)/s)),
    request.headers,
    (header(request, 'cookie') ?? '').split(';').map((field) => field.trim().split(/=(.*)/s)),
    /x-www-form-urlencoded/i.test(type) ? body.split(/[&;]/).map((field) => field.split(/=(.*)/s)) : [],
  ];
  for (const fields of pairs) {
    const [names, values] = [fields.map(([name]) => name), fields.map(([, value = '']) => value)];
    texts.push(names.join(''), values.join(''), fields.map(([name, value = '']) => name + value).join(''));
  }
  const unescape = (text) => text.replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  return texts.flatMap((text) => [text, unescape(text), unescape(text.replaceAll('+', ' '))]);
}
