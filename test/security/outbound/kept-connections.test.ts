import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { createOutbound, type OpenOutbound } from '../../../src/security/outbound/http-client.ts';
import type { ResolvedAddress } from '../../../src/security/outbound/target.ts';

const serve = async (server: Server) => {
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://partner.example:${(server.address() as AddressInfo).port}`,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const LOOPBACK: readonly ResolvedAddress[] = [{ address: '127.0.0.1', family: 4 }];

const keeping = (origin: string, resolve = async () => LOOPBACK): OpenOutbound & Disposable => {
  const outbound = createOutbound(
    { timeoutMs: 2_000, allowOrigins: [origin], privateOrigins: [origin] },
    { keepAlive: true, resolve },
  );
  return { ...outbound, [Symbol.dispose]: outbound.close };
};

const POST = { method: 'POST', body: '{}' } as const;

test('calls one after the other share a connection, calls at once do not', async () => {
  await using server = await serve(createHttpServer((_request, response) => response.end('hello')));
  using outbound = keeping(server.origin);
  for (let call = 0; call < 5; call++) await outbound.fetch(server.origin, POST);
  assert.equal(server.sockets.length, 1);
  await Promise.all(Array.from({ length: 4 }, () => outbound.fetch(server.origin, POST)));
  assert.equal(server.sockets.length, 4);
});

test('a connection is not used by a call whose checked addresses are others', async () => {
  await using server = await serve(createHttpServer((_request, response) => response.end('hello')));
  let addresses = LOOPBACK;
  using outbound = keeping(server.origin, async () => addresses);
  await outbound.fetch(server.origin, POST);
  addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
  await outbound.fetch(server.origin, POST);
  assert.equal(server.sockets.length, 2);
  addresses = [{ address: '10.0.0.1', family: 4 }, { address: '93.184.216.34', family: 4 }, { address: '169.254.1.1', family: 4 }]; // biome-ignore format: one look
  await assert.rejects(outbound.fetch(server.origin, POST), { kind: 'refused' });
  assert.equal(server.sockets.length, 2);
});

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Answers the first call of each connection; what comes later on it is given to `later`. */
const impolite = (later: (socket: Socket) => void) =>
  createTcpServer((socket) => {
    let calls = 0;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      if (!String(bytes).includes('{}')) return;
      calls += 1;
      if (calls === 1) socket.write(ANSWER);
      else later(socket);
    });
  });

test('a kept connection that ends at the moment of its reuse is replaced once, within the call', async () => {
  await using server = await serve(impolite((socket) => socket.destroy()));
  using outbound = keeping(server.origin);
  for (let call = 0; call < 4; call++) {
    assert.equal((await outbound.fetch(server.origin, POST)).status, 200);
  }
  assert.ok(server.sockets.length >= 2, `${server.sockets.length} connections`);
});

test('a connection that ends within its answer fails the call: it was received and is not sent twice', async () => {
  let posts = 0;
  await using server = await serve(
    impolite((socket) => {
      posts += 1;
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
      setTimeout(() => socket.destroy(), 20);
    }),
  );
  using outbound = keeping(server.origin);
  await outbound.fetch(server.origin, POST);
  await assert.rejects(outbound.fetch(server.origin, POST), { kind: 'network' });
  assert.deepEqual([posts, server.sockets.length], [1, 1]);
});

test('a new connection that ends without an answer fails the call at once', async () => {
  await using server = await serve(createTcpServer((socket) => socket.on('data', () => socket.destroy())));
  using outbound = keeping(server.origin);
  await assert.rejects(outbound.fetch(server.origin, POST), { kind: 'network' });
  assert.equal(server.sockets.length, 1);
});

test('a connection whose answer was cut or came too late is not used again', async () => {
  await using server = await serve(
    createHttpServer((request, response) => {
      if (request.url === '/large') response.end(Buffer.alloc(200_000, 'x'));
      else if (request.url === '/silent') response.writeHead(200).write('a');
      else response.end('hello');
    }),
  );
  using outbound = keeping(server.origin);
  const cut = await outbound.fetch(`${server.origin}/large`, { ...POST, maxBytes: 1_000, cut: true });
  assert.deepEqual([cut.status, cut.body.length], [200, 1_000]);
  assert.equal((await outbound.fetch(server.origin, POST)).body.toString(), 'hello');
  assert.equal(server.sockets.length, 2);
  await assert.rejects(outbound.fetch(`${server.origin}/silent`, { ...POST, signal: AbortSignal.timeout(50) }), {
    kind: 'timeout',
  });
  assert.equal((await outbound.fetch(server.origin, POST)).body.toString(), 'hello');
  assert.equal(server.sockets.length, 3);
});

test('headers that come twice are joined, and interim answers are not the answer', async () => {
  await using server = await serve(
    createTcpServer((socket) =>
      socket.on('data', () => {
        socket.write('HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n');
        socket.end('HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n');
      }),
    ),
  );
  using outbound = keeping(server.origin);
  const answer = await outbound.fetch(server.origin);
  assert.equal(answer.status, 503);
  assert.match(answer.headers['retry-after'] ?? '', /^1, ?2$/);
});

test('what is closed keeps no connection', async () => {
  await using server = await serve(createHttpServer((_request, response) => response.end('hello')));
  const outbound = keeping(server.origin);
  await outbound.fetch(server.origin, POST);
  outbound.close();
  await outbound.fetch(server.origin, POST);
  await Promise.all(
    server.sockets.map((socket) =>
      socket.destroyed ? undefined : new Promise((resolve) => socket.on('close', resolve)),
    ),
  );
  assert.equal(server.sockets.length, 2);
});
