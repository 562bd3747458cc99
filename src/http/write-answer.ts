/** Writes an answer as bytes. `res.json` is too slow for the hot path. */

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: OutgoingHttpHeaders | undefined;
}

/** How long a refused body may go on arriving after the answer was written; the caller can read the answer meanwhile. */
export const LINGER_MS = 1_000;

export const JSON_TYPE = 'application/json';

/** Headers of every answer: nothing here is to be kept, framed or sniffed. */
const SECURITY_HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
};

const headersOf = (requestId: string, contentType: string): OutgoingHttpHeaders => ({
  ...SECURITY_HEADERS,
  'X-Request-Id': requestId,
  'Content-Type': contentType,
});

/** A reader that takes nothing for so long is gone. */
const READER_IDLE_MS = 60_000;

/**
 * Writes an answer of any length, no faster than it is read. Rejects when a piece cannot be made or the reader goes away;
 * the connection is cut then, so that nobody takes a part for the whole.
 */
export const streamAnswer = async (
  response: ServerResponse,
  requestId: string,
  contentType: string,
  pieces: AsyncIterable<string>,
): Promise<void> => {
  response.setTimeout(READER_IDLE_MS, () => response.destroy());
  response.writeHead(200, headersOf(requestId, contentType));
  await pipeline(Readable.from(pieces, { objectMode: true, highWaterMark: 1 }), response);
};

/**
 * Writes it, and sees that neither a body which nobody reads nor an answer which nobody takes keeps the connection.
 *
 * @param readerIdleMs a reader that takes nothing for so long is gone
 */
export const writeAnswer = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  answer: Answer,
  readerIdleMs = READER_IDLE_MS,
): void => {
  if (response.headersSent || response.destroyed) return;
  const length = typeof answer.body === 'string' ? Buffer.byteLength(answer.body) : answer.body.length;
  response.writeHead(answer.status, {
    ...headersOf(requestId, answer.contentType),
    'Content-Length': length,
    ...answer.headers,
  });
  if (request.method === 'HEAD') response.end();
  // As many bytes as units: it is ASCII, as signed answers are, and goes out in one piece with the head as it is.
  else response.end(answer.body, length === answer.body.length ? 'latin1' : 'utf8');
  // What the system did not take at once waits in memory. The server's own idle time begins when it is gone.
  if (!response.writableFinished) request.socket.setTimeout(readerIdleMs);
  if (!request.complete && hasBody(request)) discardRest(request);
};

const hasBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;

const discardRest = (request: IncomingMessage): void => {
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  request.on('error', () => request.destroy());
  request.on('close', () => clearTimeout(timer));
  request.on('end', () => clearTimeout(timer));
  request.resume();
};
