/** What is no HTTP request gets a status and a DCI body too: it never becomes a request object. */

import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { errorBody } from '../dci/error-body.ts';
import { type ErrorName, GatewayError } from '../errors.ts';
import { LINGER_MS } from './write-answer.ts';

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  TUNNEL_REFUSED: 405,
};

const ERROR_BY_STATUS: Readonly<Record<number, ErrorName>> = { 405: 'method.not_allowed', 408: 'request.timeout' };

/** For the server's event `clientError`. */
export const answerUnreadable =
  (senderId: string, clock: Clock) =>
  (cause: Error & { readonly code?: string }, socket: Duplex): void => {
    if (!socket.writable || cause.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const status = STATUS_BY_CODE[cause.code ?? ''] ?? 400;
    const error = new GatewayError(ERROR_BY_STATUS[status] ?? 'request.bad');
    const parts = errorBody({
      error,
      messageId: randomUUID(),
      at: clock(),
      action: 'on-unknown',
      senderId,
      receiverId: undefined,
      transactionId: undefined,
      correlationId: randomUUID(),
    });
    const body = JSON.stringify({ signature: '', ...parts });
    // The server listens no more to the socket of a `CONNECT`: an error that nobody hears ends the process.
    socket.on('error', () => socket.destroy());
    // A caller that keeps its half open would keep the connection for ever.
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer)).resume();
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
    );
  };
