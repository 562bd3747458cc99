import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { listen } from '../../src/http/listen.ts';
import { answerUnreadable } from '../../src/http/unreadable-request.ts';
import { writeAnswer } from '../../src/http/write-answer.ts';
import { exchangeRaw } from '../support/raw-socket.ts';

const HEAD = 'GET / HTTP/1.1\r\nhost: x\r\n';

test('an end waits for running requests, and not for connections on which nothing was asked yet', async () => {
  let answer: (() => void) | undefined;
  const { url, close } = await listen({
    app: (_request, response) => {
      answer = () => response.end('answered');
    },
    ...{ host: '127.0.0.1', port: 0, bodyTimeoutMs: 10_000, onUnreadable: (_cause, socket) => socket.destroy() },
  });
  const open = async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  const [unused, running] = [await open(), await open()];
  running.write(`${HEAD}\r\n`);
  while (answer === undefined) await new Promise(setImmediate);
  const begun = performance.now();
  const closed = close(20_000);
  await once(unused.resume(), 'close');
  answer?.();
  const [text] = await once(running, 'data');
  assert.match(String(text), /answered/);
  await closed;
  assert.ok(performance.now() - begun < 10_000);
});

/** Open, with its half kept open after the server ended its own. */
const openHalf = async (url: string, text: string) => {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  socket.write(text);
  return socket;
};

const answering = () =>
  listen({
    app: (_request, response) => void response.end(),
    ...{ host: '127.0.0.1', port: 0, bodyTimeoutMs: 10_000, onUnreadable: answerUnreadable('gateway', Date.now) },
  });

test('of requests that are sent without waiting for answers few are taken in line, and a flood of them ends its connection', async () => {
  let taken = 0;
  const { url, close } = await listen({
    app: (request, response) => {
      taken += 1;
      setImmediate(() => response.end(request.url));
    },
    ...{ host: '127.0.0.1', port: 0, bodyTimeoutMs: 10_000, onUnreadable: answerUnreadable('gateway', Date.now) },
  });
  const inLine = (count: number): string =>
    Array.from({ length: count }, (_, n) => `GET /${n} HTTP/1.1\r\nhost: x\r\n\r\n`).join('');
  const few = await exchangeRaw(url, inLine(10), '/9');
  assert.deepEqual(
    few.match(/^\/\d/gm),
    Array.from({ length: 10 }, (_, n) => `/${n}`),
  );
  taken = 0;
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  const ended = new Promise((resolve) => socket.resume().once('close', resolve));
  for (let time = 0; time < 10; time += 1) socket.write(inLine(1_000));
  await ended;
  assert.ok(taken <= 16, `${taken} were worked on`);
  assert.equal(await (await fetch(`${url}/after`)).text(), '/after');
  await close(0);
});

const TUNNEL = 'CONNECT registry:5432 HTTP/1.1\r\nhost: x\r\n\r\n';

test('a caller who asks for a tunnel and breaks off ends nothing but its own connection', async () => {
  const { url, close } = await answering();
  const socket = await openHalf(url, TUNNEL);
  const [text] = await once(socket, 'data');
  assert.match(String(text), /^HTTP\/1.1 405 /);
  socket.resetAndDestroy();
  const after = await fetch(url); // what nobody listens for would have ended the process
  assert.equal(after.status, 200);
  await after.body?.cancel();
  await close(0);
});

for (const [what, text] of Object.entries({ 'a tunnel': TUNNEL, 'no HTTP request': 'rubbish\r\n\r\n' }))
  test(`the connection on which ${what} was asked for is ended though the caller keeps its half open`, async () => {
    const { url, close } = await answering();
    const socket = await openHalf(url, text);
    try {
      await once(socket.resume(), 'end');
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const closed = new Promise<'closed'>((resolve) => socket.on('close', () => resolve('closed')));
      socket.on('error', () => undefined).write(' ');
      setTimeout(() => socket.write(' '), 200); // is told that nobody is there any more
      const open = new Promise<'open'>((resolve) => setTimeout(resolve, 1_000, 'open'));
      assert.equal(await Promise.race([closed, open]), 'closed');
    } finally {
      socket.destroy();
      await close(0);
    }
  });

test('an answer that nobody takes is given up with its connection, one that is taken slowly is not', async () => {
  const size = 20_000_000; // more than the system takes for others
  const closed: string[] = [];
  const { url, close } = await listen({
    app: (request, response) => {
      response.on('close', () => closed.push(request.url ?? ''));
      writeAnswer(request, response, 'one', { status: 200, contentType: 'text/plain', body: 'x'.repeat(size) }, 300);
    },
    ...{ host: '127.0.0.1', port: 0, bodyTimeoutMs: 10_000, onUnreadable: (_cause, socket) => socket.destroy() },
  });
  const deaf = (await openHalf(url, HEAD.replace('/', '/deaf'))).pause().on('error', () => undefined);
  deaf.write('\r\n');
  try {
    let taken = 0;
    const slow = await fetch(`${url}/slow`);
    for await (const piece of slow.body ?? []) {
      taken += piece.length;
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    assert.equal(taken, size);
    for (let waited = 0; !closed.includes('/deaf') && waited < 3_000; waited += 50)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(closed.includes('/deaf'));
  } finally {
    deaf.destroy();
    await close(0);
  }
});
