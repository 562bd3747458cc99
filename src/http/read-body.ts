/** Reads a body within its limits of size and time. `express.json` is too slow for the hot path and reads before the token is known. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../errors.ts';

export interface BodyLimits {
  readonly bytes: number;
  readonly timeoutMs: number;
}

/** The caller went away: there is nobody to answer. */
export class CallerGone extends Error {
  override readonly name = 'CallerGone';
}

const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

/**
 * Refuses what cannot be JSON before a byte of it is read.
 *
 * @throws GatewayError `request.media_type`
 */
export const requireJson = (request: IncomingMessage): void => {
  const { 'content-type': type } = request.headers;
  if (type !== undefined && !JSON_TYPE.test(type)) throw new GatewayError('request.media_type');
  requirePlain(request);
};

/** @throws GatewayError `request.media_type` for what is compressed */
export const requirePlain = (request: IncomingMessage): void => {
  const { 'content-encoding': encoding } = request.headers;
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new GatewayError('request.media_type', { message: 'Compressed bodies are not read.' });
  }
};

/**
 * The whole body.
 *
 * @throws GatewayError `request.too_large`, `request.timeout`; CallerGone when the connection ends before the body.
 */
export const readBody = (request: IncomingMessage, response: ServerResponse, limits: BodyLimits): Promise<Buffer> => {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limits.bytes) return Promise.reject(new GatewayError('request.too_large'));
  const arrived = request.complete ? bufferedIn(request, limits.bytes) : undefined;
  if (arrived !== undefined) return Promise.resolve(arrived);
  if (request.headers.expect !== undefined) response.writeContinue();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => settle(() => reject(new GatewayError('request.timeout'))), limits.timeoutMs);
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      outcome();
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > limits.bytes) {
        request.pause();
        settle(() => reject(new GatewayError('request.too_large')));
      } else chunks.push(chunk);
    };
    const onEnd = (): void => {
      const [only] = chunks;
      settle(() => resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes)));
    };
    const onClose = (): void => settle(() => reject(new CallerGone('the connection ended before the body')));
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
};

/** A short body lies ready as one piece when the header was looked at: there is nothing to wait for. */
const bufferedIn = (request: IncomingMessage, mostBytes: number): Buffer | undefined => {
  if (request.readableLength === 0 || request.readableLength > mostBytes) return undefined;
  const whole: Buffer | null = request.read();
  return whole ?? undefined;
};
