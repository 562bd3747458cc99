/** Keys that a registry pushes: kept, then read again from the registry like every other change (PROTOCOL 11). */

import { randomUUID } from 'node:crypto';
import { eventTypeOf } from '../dci/event-types.ts';
import { GatewayError } from '../errors.ts';
import type { BoundChanges } from '../mapping/mapping.ts';
import type { EntityKey } from '../plugin.ts';
import type { Sealer } from '../security/at-rest.ts';
import { PUSHED } from '../store/async-documents.ts';
import { insertIfAbsentOf, wakeOf } from '../store/documents.ts';
import type { Keyed } from './keyed.ts';
import { feedLane } from './lane-names.ts';
import type { WakingOptions } from './waking-options.ts';

export interface PushedChange {
  /** As the mapping names it: `Person`. */
  readonly recordType: string;
  /** The record's key in the registry; of several columns: a JSON array of them, in their order. */
  readonly key: string;
  /** What happened, where the registry says it: `UPDATE`, or a domain's own event. */
  readonly event?: string;
}

export interface PushOptions extends Omit<WakingOptions, 'log'> {
  readonly sealer: Sealer;
  readonly keyed: Keyed;
}

/**
 * Resolves when all are kept. The caller has checked the registry's secret.
 *
 * @param request names the request, where its sender does: the same again is kept under the same ids, and an event of its own is told once
 * @throws GatewayError `request.bad` for a record type that is not pushed or a key of another form, `request.not_found`, `service.unavailable`
 */
export type Push = (registryId: string, changes: readonly PushedChange[], request?: string) => Promise<void>;

export const createPush = ({ documents, sealer, keyed, clock, registry: find, wake }: PushOptions): Push => {
  return async (registryId, pushed, request) => {
    const registry = find(registryId);
    const changes = (await registry?.mapping())?.changes;
    if (changes === undefined) throw new GatewayError('request.not_found');
    const at = clock();
    const kept = pushed.map(({ recordType, key, event: name }, index) => {
      const { event, changes: kinds = [] } = (name === undefined ? undefined : eventTypeOf(name)) ?? {};
      const [change] = kinds.length === 1 ? kinds : [];
      return insertIfAbsentOf(PUSHED, {
        // With what it says: a name that is used again for something else hides nothing. Keyed: the name may be known.
        _id:
          request === undefined
            ? randomUUID()
            : keyed('pushed', registryId, request, index, recordType, key, name ?? ''),
        ...{ version: 1, registry: registryId, recordType },
        key: sealer.seal(JSON.stringify(keyOf(recordType, key, changes))),
        ...(event !== undefined && { event }),
        ...(change !== undefined && { change }),
        at,
      });
    });
    await documents.apply([...kept, wakeOf(feedLane(registryId), 0)]);
    wake(feedLane(registryId));
  };
};

const keyOf = (recordType: string, text: string, changes: BoundChanges): EntityKey => {
  if (!changes.pushed.has(recordType))
    throw new GatewayError('request.bad', { message: 'Changes of this record type are not pushed.' });
  const { length } = changes.keyColumns(recordType);
  const parts = length === 1 ? [text] : partsOf(text);
  if (parts.length === length) return parts;
  throw new GatewayError('request.bad', { message: `A key must be a JSON array of ${length} texts.` });
};

const partsOf = (text: string): readonly string[] => {
  try {
    const parts: unknown = JSON.parse(text);
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? parts : [];
  } catch (cause) {
    if (cause instanceof SyntaxError) return [];
    throw cause;
  }
};
