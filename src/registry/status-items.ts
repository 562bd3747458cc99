/** Items of a status answer, in the shape that the domain's spec has for them (PROTOCOL 7 and 8). */

import type { AnswerStatus } from '../dci/answer-header.ts';
import type { DomainName } from '../dci/domains.ts';
import type { Enforced, ToldBefore } from '../dci/enforced.ts';
import { isJsonArray, isJsonObject, type JsonNode, type JsonObject } from '../dci/json-node.ts';
import { parseJson } from '../dci/json-parse.ts';
import { formatTimestamp } from '../dci/timestamps.ts';
import type { Sealer } from '../security/at-rest.ts';
import { type OutboxEntry, REFERENCES, type Subscription, type Transaction } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';
import { messagePlace, readOutcome } from './outbox.ts';
import { openBody } from './sealed-body.ts';
import type { TransactionState } from './transaction-state.ts';

/** A value for the answer: a node that was kept, or one of ours. */
export type StatusItem = Readonly<Record<string, unknown>>;

export interface ItemReader {
  readonly documents: Documents;
  readonly sealer: Sealer;
  /** Of the caller, as the rights are now: what was made with others is not shown. */
  readonly rightsVersion: string;
  /** Whether those in a message still consent. */
  readonly consented: (entry: OutboxEntry) => Promise<boolean>;
  readonly domain: DomainName;
  readonly now: number;
  /** What the caller is answered under for a purpose, as its rights are now. */
  readonly enforced: (purpose: string | undefined) => Enforced | undefined;
  /** Filled with what the answer shows of messages that were kept. */
  readonly shown: ShownMessage[];
  /** Records of several requests or subscriptions that one answer holds. */
  readonly mostRecords: number;
}

export interface ShownMessage extends ToldBefore {
  readonly entry: OutboxEntry;
  readonly items: readonly JsonObject[];
}

export interface KeptMessage {
  readonly message: JsonObject;
  /** Of its header. */
  readonly meta: JsonNode | undefined;
}

const DEPTH = 1_000;
const MOST_REFERENCES = 1_000;
const OBJECT_RECORDS: ReadonlySet<DomainName> = new Set(['crvs', 'fr', 'dr']);

export const unknownItem = (referenceId: string, now: number): StatusItem => ({
  reference_id: referenceId,
  timestamp: formatTimestamp(now),
  status: 'rjct',
  status_reason_code: 'rjct.reference_id.invalid',
  status_reason_message: 'There is no such transaction of this partner.',
});

/** While it is worked on: each of its references, received or pending. */
export const waitingItems = async (
  { transaction }: TransactionState,
  { documents, now }: ItemReader,
): Promise<readonly StatusItem[]> => {
  const references = await documents.find(REFERENCES, {
    ...{ index: 'byTransaction', equals: [transaction._id], limit: MOST_REFERENCES },
  });
  const status = transaction.state === 'accepted' ? 'rcvd' : transaction.state === 'done' ? 'succ' : 'pdng';
  const ids = references.length === 0 ? [''] : references.map(({ referenceId }) => referenceId);
  return ids.map((id) => ({ reference_id: id, timestamp: formatTimestamp(now), status }));
};

/** Of a search that is done: its items with their records while they are kept, else what became of each. */
export const searchItems = async (
  entries: readonly OutboxEntry[],
  reader: ItemReader,
): Promise<readonly StatusItem[]> => {
  const items: StatusItem[] = [];
  for (const entry of entries) {
    const fits = fitsBeside(entry, reader);
    const kept = fits ? await keptMessage(entry, reader) : undefined;
    const list = kept?.message.search_response;
    if (kept !== undefined && isJsonArray(list)) {
      const found = list.filter(isJsonObject);
      reader.shown.push(shownOf(entry, kept, found));
      items.push(...found.map((item) => inShape(item, reader.domain)));
    } else items.push(...(fits ? outcomeItems(entry) : outcomeItems(entry).map(leftOut)));
  }
  return items;
};

/** What one request found, or one subscription tells, is shown whole; of several no more than fits into an answer. */
export const fitsBeside = (entry: OutboxEntry, { shown, mostRecords }: ItemReader): boolean => {
  if (entry.message === undefined && entry.chunks === undefined) return true; // its content is not kept any more
  const of = ({ transaction, sub }: OutboxEntry): string | undefined => transaction ?? sub;
  if (shown.every((each) => of(each.entry) === of(entry))) return true;
  return shown.reduce((sum, each) => sum + each.entry.count, entry.count) <= mostRecords;
};

/** Told of what has records that are not shown. */
export const LEFT_OUT = 'It does not fit into this answer any more: ask for it by itself.';

const leftOut = (item: StatusItem): StatusItem =>
  item.status === 'succ' ? { ...item, status_reason_message: LEFT_OUT } : item;

/** Nothing was enforced on what was refused. */
export const shownOf = (entry: OutboxEntry, { meta }: KeptMessage, items: readonly JsonObject[]): ShownMessage => ({
  ...{ entry, meta, items },
  referenceIds: items.flatMap(({ reference_id: id, status }) =>
    status === 'rjct' ? [] : typeof id === 'string' ? id : '',
  ),
});

/** Undefined where it was dropped, or made with other rights than the caller has now, or a consent was withdrawn. */
export const keptMessage = async (entry: OutboxEntry, reader: ItemReader): Promise<KeptMessage | undefined> =>
  entry.rightsVersion === reader.rightsVersion && (await reader.consented(entry)) ? openKept(entry, reader) : undefined;

/** The same, whoever consents. */
export const openKept = async (
  entry: OutboxEntry,
  { documents, sealer, rightsVersion }: Pick<ItemReader, 'documents' | 'sealer' | 'rightsVersion'>,
): Promise<KeptMessage | undefined> => {
  if (entry.rightsVersion !== rightsVersion) return undefined;
  const text = await openBody(documents, sealer, messagePlace(entry));
  if (text === undefined) return undefined;
  const { root } = parseJson(text, { maxDepth: DEPTH });
  if (!isJsonObject(root) || !isJsonObject(root.message)) return undefined;
  return { message: root.message, meta: isJsonObject(root.header) ? root.header.meta : undefined };
};

export const outcomeItems = (entry: OutboxEntry): readonly StatusItem[] =>
  readOutcome(entry).items.map(({ referenceId, status, code }) => ({
    reference_id: referenceId,
    timestamp: formatTimestamp(entry.createdAt),
    status,
    ...(code !== undefined && { status_reason_code: code }),
  }));

/** Records are an object where the domain's status answer has them so. */
const inShape = (item: JsonObject, domain: DomainName): StatusItem => {
  const { data } = item;
  if (!OBJECT_RECORDS.has(domain) || !isJsonObject(data) || !isJsonArray(data.reg_records)) return item;
  const records: readonly JsonNode[] = data.reg_records;
  const [only] = records;
  return {
    ...item,
    data: { ...data, reg_records: records.length === 1 && only !== undefined ? only : { '@graph': records } },
  };
};

/** Each item with its subscription as it is now. */
export const subscribeItems = (
  { codes = [] }: Transaction,
  entries: readonly OutboxEntry[],
  subscriptions: ReadonlyMap<string, Subscription>,
): readonly StatusItem[] =>
  entries.flatMap(outcomeItems).map((item, index) => {
    const subscription = subscriptions.get(codes[index] ?? '');
    return subscription === undefined || item.status !== 'succ'
      ? item
      : { ...item, subscriptions: [subscriptionOf(subscription)] };
  });

export const subscriptionOf = (subscription: Subscription): StatusItem => ({
  version: '1.0.0',
  code: subscription._id,
  status: subscription.live ? 'subscribe' : 'unsubscribe',
  timestamp: formatTimestamp(subscription.changedAt),
  notify_record_type: subscription.recordType,
});

/** Of an unsubscribe request, which has one status for all of its codes: as it was told, else how it ended. */
export const unsubscribedItem = async (
  { transaction, entries }: TransactionState,
  reader: ItemReader,
): Promise<StatusItem> => {
  const [entry] = entries;
  const kept = entry === undefined ? undefined : await keptMessage(entry, reader);
  if (kept !== undefined) {
    const { transaction_id: _, correlation_id: __, ...rest } = kept.message;
    return rest;
  }
  const timestamp = formatTimestamp(reader.now);
  if (entry !== undefined) return { timestamp, status: readOutcome(entry).status };
  const { state } = transaction;
  return { timestamp, status: state === 'done' ? 'succ' : state === 'accepted' ? 'rcvd' : 'pdng' };
};

/** How all of them read as one. */
export const overall = (items: readonly StatusItem[]): AnswerStatus => {
  if (items.some(({ status }) => status === 'rcvd' || status === 'pdng')) return 'pdng';
  return items.length > 0 && items.every(({ status }) => status === 'rjct') ? 'rjct' : 'succ';
};
