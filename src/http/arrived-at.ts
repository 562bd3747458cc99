/** An exchange at a registry's path, as the pipeline takes it. */

import type { Arrived, Operation } from '../inbound/stages.ts';
import type { Exchange } from './exchange.ts';
import type { Upload } from './files/upload.ts';
import { type BodyLimits, readBody, requireJson } from './read-body.ts';

export const arrivedAt = (
  exchange: Exchange,
  operation: Operation,
  registryId: string,
  limits: BodyLimits,
  upload?: Pick<Upload, 'readBody'>,
): Arrived => ({
  stage: 'arrived',
  operation,
  registryId,
  address: exchange.address,
  throughProxy: exchange.throughProxy,
  authorization: exchange.request.headers.authorization,
  notes: exchange.notes,
  readBody: () => {
    if (upload !== undefined) return upload.readBody();
    requireJson(exchange.request);
    return readBody(exchange.request, exchange.response, limits);
  },
});
