import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { listen } from '../../src/http/listen.ts';

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
