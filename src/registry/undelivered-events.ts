import { isJsonArray, isJsonObject, type JsonNode } from '../dci/json-node.ts';
import { OUTBOX } from '../store/async-documents.ts';
import { fitsBeside, type ItemReader, keptMessage, shownOf } from './status-items.ts';

/** Of one subscription in one answer. */
const MOST_EVENTS = 100;

/** Of one subscription. */
export interface Undelivered {
  readonly events: readonly JsonNode[];
  /** Of each its true event, for which a domain may have no word (PROTOCOL 7). */
  readonly kinds: readonly JsonNode[];
  /** There are more, which do not fit beside what is told of others. */
  readonly leftOut: boolean;
}

/** Events of messages that are held or were given up, in the order of their numbers. */
export const undeliveredEvents = async (subscription: string, reader: ItemReader): Promise<Undelivered> => {
  const entries = await reader.documents.find(OUTBOX, {
    ...{ index: 'seq', equals: [subscription], order: 'desc', limit: MOST_EVENTS },
  });
  const events: JsonNode[] = [];
  const kinds: JsonNode[] = [];
  for (const entry of entries.toReversed()) {
    if (entry.state !== 'held' && entry.state !== 'dead') continue;
    if (!fitsBeside(entry, reader)) return { events, kinds, leftOut: true };
    const kept = await keptMessage(entry, reader);
    const told = kept?.message.notify_event;
    if (kept === undefined || !isJsonArray(told)) continue;
    reader.shown.push(shownOf(entry, kept, told.filter(isJsonObject)));
    const named = isJsonObject(kept.meta) ? kept.meta.events : undefined;
    events.push(...told);
    if (isJsonArray(named)) kinds.push(...named);
  }
  return { events, kinds, leftOut: false };
};
