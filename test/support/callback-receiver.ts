/** A partner's server: it takes callbacks, answers as it is told, and has them for assertions. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Callback {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Of every shape. */
  readonly body: ReturnType<typeof JSON.parse>;
  /** `performance.now()` */
  readonly at: number;
}

export interface CallbackReceiver extends AsyncDisposable {
  readonly origin: string;
  readonly received: readonly Callback[];
  /** The first that satisfies this, when it is there. */
  next(wanted: (callback: Callback) => boolean, withinMs?: number): Promise<Callback>;
}

const WITHIN_MS = 5_000;

/** @param answer the status, by what came; 200 unless it says otherwise */
export const startReceiver = async (
  answer: (callback: Callback) => number | Promise<number> = () => 200,
): Promise<CallbackReceiver> => {
  const received: Callback[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const callback = { path: request.url ?? '', headers: request.headers, text, body: JSON.parse(text), at: performance.now() }; // biome-ignore format: one look
    const status = await answer(callback);
    received.push(callback);
    for (const look of waiting) look();
    const ack = { message: { ack_status: status < 300 ? 'ACK' : 'ERR' } };
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(ack));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    received,
    next: (wanted, withinMs = WITHIN_MS) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = received.find(wanted);
          if (found === undefined) return;
          waiting.delete(look);
          clearTimeout(timer);
          resolve(found);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(
            new assert.AssertionError({ message: `it did not come; there are ${received.map(({ path }) => path)}` }),
          );
        }, withinMs);
        waiting.add(look);
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
