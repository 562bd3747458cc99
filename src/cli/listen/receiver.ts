/** A server that takes callbacks and notifications, checks and shows them, and keeps nothing but the ids it has seen. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatTimestamp } from '../../dci/timestamps.ts';
import { GatewayError } from '../../errors.ts';
import { type Listening, listen } from '../../http/listen.ts';
import { readBody } from '../../http/read-body.ts';
import { answerAt, type ReceiverAnswer, wordOf } from './answers.ts';
import type { CheckedMessage, CheckMessage } from './check-message.ts';
import { type Arrival, showMessage } from './show-message.ts';

export interface ReceiverOptions {
  readonly host: string;
  readonly port: number;
  readonly check: CheckMessage;
  readonly answers: readonly ReceiverAnswer[];
  /** With answers 429 and 503. */
  readonly retryAfterSeconds: number | undefined;
  readonly slowMs: number;
  readonly brief: boolean;
  readonly print: (line: string) => void;
  /** Told of each message beside the printing. */
  readonly onMessage?: (checked: CheckedMessage, path: string) => void;
}

const BODY = { bytes: 64 * 1024 * 1024, timeoutMs: 60_000 };
const MOST_IDS = 10_000;

export const startReceiver = async (options: ReceiverOptions): Promise<Listening> => {
  const seen = new Map<string, number>();
  let count = 0;

  const countOf = ({ header: { message_id: id } }: CheckedMessage): number => {
    if (typeof id !== 'string') return 0;
    const before = seen.get(id) ?? 0;
    seen.delete(id);
    seen.set(id, before + 1);
    const [oldest] = seen.keys();
    if (seen.size > MOST_IDS && oldest !== undefined) seen.delete(oldest);
    return before;
  };

  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, response, BODY);
    const checked = await options.check(body);
    const chosen = checked.verified === undefined ? ({ status: 401 } as const) : answerAt(options.answers, count++);
    const arrival: Arrival = {
      at: new Date(),
      path: request.url ?? '/',
      attempt: String(request.headers['x-delivery-attempt'] ?? '–'),
      before: countOf(checked),
      bytes: body.length,
      answer: wordOf(chosen),
    };
    for (const line of showMessage(arrival, checked, options.brief)) options.print(line);
    options.onMessage?.(checked, arrival.path);
    if (options.slowMs > 0) await sleep(options.slowMs);
    answer(request, response, chosen, options.retryAfterSeconds);
  };

  return listen({
    host: options.host,
    port: options.port,
    bodyTimeoutMs: BODY.timeoutMs,
    onUnreadable: (_cause, socket) => void socket.destroy(),
    app: (request, response) => {
      if (request.method !== 'POST') {
        write(response, 405, { message: 'POST only' });
        return;
      }
      receive(request, response).catch((cause: unknown) => {
        const problem = cause instanceof GatewayError ? cause.message : 'the body did not come';
        options.print(`── ${new Date().toISOString()}  not a message of the protocol: ${problem}`);
        write(response, 400, acknowledgement('ERR'));
      });
    },
  });
};

const answer = (
  request: IncomingMessage,
  response: ServerResponse,
  chosen: ReceiverAnswer,
  retryAfterSeconds: number | undefined,
): void => {
  if (chosen === 'hang') return;
  if (chosen === 'close') {
    request.socket.destroy();
    return;
  }
  if (chosen === 'err') {
    write(response, 200, acknowledgement('ERR'));
    return;
  }
  const { status } = chosen;
  if (retryAfterSeconds !== undefined && (status === 429 || status === 503)) {
    response.setHeader('Retry-After', String(retryAfterSeconds));
  }
  if (status >= 300 && status < 400) response.setHeader('Location', '/elsewhere');
  write(response, status, acknowledgement(status < 300 ? 'ACK' : 'ERR'));
};

const acknowledgement = (status: 'ACK' | 'ERR'): object => ({
  message: { ack_status: status, timestamp: formatTimestamp(Date.now()) },
});

const write = (response: ServerResponse, status: number, body: object): void => {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
};
