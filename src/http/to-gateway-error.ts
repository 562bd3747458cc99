/** The one place that decides what a failure is to the caller. Whatever is not known is a fault of ours. */

import { GatewayError } from '../errors.ts';
import { problemOf } from '../registry/problem-of.ts';
import { StoreError } from '../store/store.ts';

/** In the background a store that is away is waited for; a caller is told. */
export const toGatewayError = (cause: unknown): GatewayError =>
  cause instanceof StoreError
    ? new GatewayError('service.unavailable', { detail: `store: ${cause.message}`, cause })
    : problemOf(cause);
