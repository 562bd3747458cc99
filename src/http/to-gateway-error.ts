/** The one place that decides what a failure is to the caller. Whatever is not known is a fault of ours. */

import { GatewayError } from '../errors.ts';
import { BackendError } from '../plugin.ts';
import { StoreError } from '../store/store.ts';

const BACKEND_ERRORS = {
  unavailable: 'service.unavailable',
  timeout: 'backend.timeout',
  refused: 'service.fault',
  too_many: 'service.fault',
} as const;

export const toGatewayError = (cause: unknown): GatewayError => {
  if (cause instanceof GatewayError) return cause;
  if (cause instanceof BackendError) {
    return new GatewayError(BACKEND_ERRORS[cause.kind], { detail: `backend: ${cause.message}`, cause });
  }
  if (cause instanceof StoreError) {
    return new GatewayError('service.unavailable', { detail: `store: ${cause.message}`, cause });
  }
  return new GatewayError('service.fault', { detail: cause instanceof Error ? cause.name : typeof cause, cause });
};
