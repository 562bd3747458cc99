/**
 * Notifications of an upstream that speaks DCI: the keys of their records are pushed into our own feed, before they are
 * acknowledged. Each record is read again and told to whom it concerns, within their rights and numbered as ours.
 */

import { isJsonArray, isJsonObject, type JsonNode, type JsonObject } from '../dci/json-node.ts';
import { toPlain } from '../dci/json-plain.ts';
import type { Log } from '../log.ts';
import type { UpstreamObject, UpstreamOffer } from '../plugin.ts';
import { K } from '../store/document-key.ts';
import type { Push, PushedChange } from './push.ts';
import type { ReceivedCall } from './receive.ts';
import type { Registry } from './registry.ts';

export interface TakeNotificationsOptions {
  readonly registry: (id: string) => Registry | undefined;
  readonly push: Push;
  readonly log: Log;
}

/** Does nothing with what does not come from the registry's upstream. Rejects when it cannot be kept: it is not acknowledged then. */
export type TakeNotifications = (call: ReceivedCall) => Promise<void>;

export const createTakeNotifications =
  ({ registry: find, push, log }: TakeNotificationsOptions): TakeNotifications =>
  async ({ partner, registryId, action, messageId, content, meta }) => {
    const registry = find(registryId);
    const told = registry?.plugin.upstream?.notifications;
    if (registry === undefined || told === undefined || action !== 'notify' || partner.id !== told.partner) return;
    const pushed = (await registry.mapping()).changes?.pushed ?? new Set();
    const events = listOf(content.notify_event).filter(isJsonObject);
    const found = events.flatMap((event) => changesOf(event, eventsByReference(meta), told));
    const changes = found.filter(({ recordType }) => pushed.has(recordType));
    if (changes.length < found.length || found.length < events.length)
      log.warn('notifications without a record that is pushed', { registry: registryId, events: events.length, changes: changes.length }); // biome-ignore format: one look
    if (changes.length > 0) await push(registryId, changes, K(partner.id, messageId));
  };

type Told = NonNullable<UpstreamOffer['notifications']>;

/** Where a domain's enum lacks the event it stands in the header instead (PROTOCOL 7). */
const eventsByReference = (meta: JsonObject | undefined): ReadonlyMap<JsonNode | undefined, JsonNode | undefined> =>
  new Map(
    listOf(meta?.events)
      .filter(isJsonObject)
      .map(({ reference_id: reference, reg_event_type: event }) => [reference, event]),
  );

/** The records of an event that have a key. */
const changesOf = (
  { data, reference_id: reference }: JsonObject,
  named: ReturnType<typeof eventsByReference>,
  told: Told,
): readonly PushedChange[] => {
  if (!isJsonObject(data)) return [];
  const { reg_records: records, reg_record_type: type, reg_event_type: event = named.get(reference) } = data;
  const graph = isJsonObject(records) ? records['@graph'] : undefined;
  return listOf(graph ?? records).flatMap((record) => {
    if (!isJsonObject(record)) return [];
    const recordType = typeof type === 'string' ? type : undefined;
    const key = told.keyOf(recordType, toPlain(record) as UpstreamObject); // an object becomes an object
    return key === undefined ? [] : [{ ...key, ...(typeof event === 'string' && { event }) }];
  });
};

const listOf = (node: JsonNode | undefined): readonly JsonNode[] => {
  if (node === undefined || node === null) return [];
  return isJsonArray(node) ? node : [node];
};
