import { isJsonArray, isJsonObject, type JsonNode } from '../dci/json-node.ts';
import { OUTBOX } from '../store/async-documents.ts';
import { type ItemReader, keptMessage, shownOf } from './status-items.ts';

/** Of one subscription in one answer. */
const MOST_EVENTS = 100;

export interface Undelivered {
  readonly events: readonly JsonNode[];
  /** Of each its true event, for which a domain may have no word (PROTOCOL 7). */
  readonly kinds: readonly JsonNode[];
}

/** Events of messages that are held or were given up, in the order of their numbers. */
export const undeliveredEvents = async (subscription: string, reader: ItemReader): Promise<readonly Undelivered[]> => {
  const entries = await reader.documents.find(OUTBOX, {
    ...{ index: 'seq', equals: [subscription], order: 'desc', limit: MOST_EVENTS },
  });
  const found: Undelivered[] = [];
  for (const entry of entries.toReversed()) {
    if (entry.state !== 'held' && entry.state !== 'dead') continue;
    const kept = await keptMessage(entry, reader);
    const events = kept?.message.notify_event;
    if (kept === undefined || !isJsonArray(events)) continue;
    reader.shown.push(shownOf(entry, kept, events.filter(isJsonObject)));
    const kinds = isJsonObject(kept.meta) ? kept.meta.events : undefined;
    found.push({ events, kinds: isJsonArray(kinds) ? kinds : [] });
  }
  return found;
};
