/** A partner's receiver that may misbehave: keeps what came, answers as it is told. `await using receiver = await startReceiver()`. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ReceivedCall {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** As it came. */
  readonly text: string;
  readonly messageId: string;
  readonly action: string;
  /** `header.meta.sequence` of notifications, where there is one. */
  readonly body: {
    readonly header: Readonly<Record<string, unknown>>;
    readonly message: Readonly<Record<string, unknown>>;
  };
  /** Of this message, from 1. */
  readonly time: number;
  /** `performance.now()` */
  readonly at: number;
}

export type Behaviour =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly afterMs?: number;
    }
  /** The connection is closed without an answer. */
  | 'close';

export const ACK: Behaviour = { status: 200, body: '{"message":{"ack_status":"ACK"}}' };
export const ERR: Behaviour = {
  status: 200,
  body: '{"message":{"ack_status":"ERR","error":{"code":"rjct.data.invalid"}}}',
};

export interface Receiver extends AsyncDisposable {
  readonly origin: string;
  /** Everything that came, in order. */
  readonly calls: readonly ReceivedCall[];
  /** Messages that were answered with a 2xx without ERR, by message_id. */
  readonly taken: ReadonlySet<string>;
  /** Connections so far. */
  readonly connections: () => number;
  /** Resolves when so many calls came; rejects after `withinMs`. */
  came(count: number, withinMs?: number): Promise<readonly ReceivedCall[]>;
  close(): Promise<void>;
}

/** @param behave how to answer; ACK by default */
export const startReceiver = async (
  behave: (call: ReceivedCall) => Behaviour = () => ACK,
  port = 0,
): Promise<Receiver> => {
  const calls: ReceivedCall[] = [];
  const taken = new Set<string>();
  const times = new Map<string, number>();
  let connections = 0;

  const answer = async (call: ReceivedCall, response: ServerResponse): Promise<void> => {
    const behaviour = behave(call);
    if (behaviour === 'close') {
      response.socket?.destroy();
      return;
    }
    const { status, headers, body = '', afterMs } = behaviour;
    if (afterMs !== undefined) await sleep(afterMs, undefined, { ref: false });
    if (response.destroyed) return;
    if (status < 300 && behaviour !== ERR) taken.add(call.messageId);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const body = JSON.parse(text) as ReceivedCall['body'];
      const messageId = String(body.header.message_id);
      const time = (times.get(messageId) ?? 0) + 1;
      times.set(messageId, time);
      const { url: path = '', headers } = request;
      const call = {
        path,
        headers,
        text,
        messageId,
        action: String(body.header.action),
        body,
        time,
        at: performance.now(),
      };
      calls.push(call);
      answer(call, response).catch((cause: unknown) => response.destroy(cause instanceof Error ? cause : undefined));
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    taken,
    connections: () => connections,
    came: async (count, withinMs = 5_000) => {
      const until = performance.now() + withinMs;
      while (calls.length < count) {
        if (performance.now() > until) throw new Error(`${calls.length} of ${count} calls came within ${withinMs} ms`);
        await sleep(5);
      }
      return calls;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
};
