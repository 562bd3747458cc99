/** What a failure is to the partner, and whether trying again may help. */

import { GatewayError } from '../errors.ts';
import { BackendError } from '../plugin.ts';

const BACKEND_ERRORS = {
  unavailable: 'service.unavailable',
  timeout: 'backend.timeout',
  refused: 'service.fault',
  too_many: 'service.fault',
} as const;

/** A `Retry-After` beyond this is a limit of the day, not of the moment. */
const MOMENT_SECONDS = 60;

export const problemOf = (cause: unknown): GatewayError => {
  if (cause instanceof GatewayError) return cause;
  if (cause instanceof BackendError) {
    const { kind, retryAfterMs, message } = cause;
    const detail = `backend: ${message}`;
    if (kind === 'unavailable' && retryAfterMs !== undefined)
      return new GatewayError('backend.limited', { detail, retryAfter: Math.ceil(retryAfterMs / 1000), cause });
    return new GatewayError(BACKEND_ERRORS[kind], { detail, cause });
  }
  return new GatewayError('service.fault', { detail: cause instanceof Error ? cause.name : typeof cause, cause });
};

/** How long a backend that limits requests is to be left alone, in milliseconds; undefined: the failure is another one. */
export const limitedMs = (problem: GatewayError): number | undefined =>
  problem.code === 'backend.limited' ? (problem.retryAfter ?? 1) * 1000 : undefined;

export const mayPass = ({ code, retryAfter = 0 }: GatewayError): boolean =>
  code === 'service.unavailable' ||
  code === 'backend.timeout' ||
  (code === 'request.too_many' && retryAfter <= MOMENT_SECONDS);
