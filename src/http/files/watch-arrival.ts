/** Ends a body that comes too slowly, is too large, or whose caller has gone. */

import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../../errors.ts';
import { CallerGone } from '../read-body.ts';

export interface ArrivalLimits {
  readonly mostBytes: number;
  /** For all of it. */
  readonly timeoutMs: number;
  /** Without a byte. */
  readonly pauseMs: number;
}

/** @returns stops watching */
export const watchArrival = (
  request: IncomingMessage,
  { mostBytes, timeoutMs, pauseMs }: ArrivalLimits,
  fail: (cause: Error) => void,
): (() => void) => {
  let bytes = 0;
  const late = (): void => fail(new GatewayError('request.timeout'));
  const whole = setTimeout(late, timeoutMs);
  const pause = setTimeout(late, pauseMs);
  const onData = (chunk: Buffer): void => {
    pause.refresh();
    bytes += chunk.length;
    if (bytes > mostBytes) fail(new GatewayError('request.too_large'));
  };
  const onClose = (): void => {
    if (!request.complete) fail(new CallerGone('the connection ended before the body'));
  };
  request.on('data', onData).on('close', onClose).on('error', onClose);
  return () => {
    clearTimeout(whole);
    clearTimeout(pause);
    request.off('data', onData).off('close', onClose).off('error', onClose);
  };
};
