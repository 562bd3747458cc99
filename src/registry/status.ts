/** The status use case, for the synchronous call and for the callback (PROTOCOL 8). */

import type { Clock } from '../clock.ts';
import { enforcedBefore, enforcedMeta } from '../dci/enforced.ts';
import type { JsonNode } from '../dci/json-node.ts';
import type { StatusRequest } from '../dci/status-request.ts';
import { formatTimestamp } from '../dci/timestamps.ts';
import type { Sealer } from '../security/at-rest.ts';
import type { Partner } from '../security/partner.ts';
import { type OutboxEntry, SUBSCRIPTIONS, type Subscription } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';
import { auditedStatus } from './audited-status.ts';
import type { StillConsented } from './consent/still-consented.ts';
import { fileCounts, fileItem } from './files/file-status.ts';
import { ticketOf } from './files/result-file.ts';
import { personsIn } from './outbox.ts';
import { type Asked, type AskedReferences, findOwnSubscriptions, findOwnTransactions, isAsked } from './own-transactions.ts'; // biome-ignore format: one look
import { createPolicyOf, enforcedOn } from './policy.ts';
import type { Registry } from './registry.ts';
import type { RightsVersion } from './rights-version.ts';
import {
  type ItemReader,
  LEFT_OUT,
  overall,
  type StatusItem,
  searchItems,
  subscribeItems,
  subscriptionOf,
  unknownItem,
  unsubscribedItem,
  waitingItems,
} from './status-items.ts';
import { readState, stateText, type TransactionState } from './transaction-state.ts';
import type { CallbackContent } from './transaction-work.ts';
import { undeliveredEvents } from './undelivered-events.ts';

export interface StatusCall {
  readonly partner: Partner;
  readonly registryId: string;
  readonly request: StatusRequest;
  /** Of the answer. */
  readonly correlationId: string;
}

export interface StatusOptions {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly registry: (id: string) => Registry | undefined;
  readonly rightsVersion: RightsVersion;
  readonly stillConsented: StillConsented;
  /** Records of several requests or subscriptions that one answer holds; of one alone it holds all. */
  readonly mostRecords: number;
}

/** Rejects with a StoreError, or a GatewayError `service.fault`. What is not the caller's is unknown. */
export type TellStatus = (call: StatusCall) => Promise<CallbackContent>;

/** What is told of all that was asked for. */
interface Told {
  readonly type: 'search' | 'subscribe' | 'unsubscribe';
  readonly transactionId: string;
  readonly correlationId: string;
  readonly items: readonly StatusItem[];
  readonly text: string | undefined;
  /** Where they are not those of the items. */
  readonly counts?: { readonly total: number; readonly completed: number };
  /** Of the header, beside what was enforced. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Items that were asked for; absent: all. */
  readonly only?: AskedReferences;
  /** Beside the items. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** They answer a subscribe transaction in the arm of a search, and have no word for unsubscribe (PROTOCOL 8). */
const SEARCH_ARM_ONLY: ReadonlySet<string> = new Set(['social', 'ibr']);

export const createTellStatus = (options: StatusOptions): TellStatus => {
  const { documents, sealer, clock, mostRecords } = options;
  const policyOf = createPolicyOf();

  return async (call) => {
    const config = options.registry(call.registryId)?.config;
    const domain = config?.domain ?? 'social';
    const rightsVersion = options.rightsVersion(call.partner, call.registryId);
    const consented = (entry: OutboxEntry): Promise<boolean> => options.stillConsented(entry, call.partner);
    const reader: ItemReader = {
      ...{ documents, sealer, rightsVersion, consented, domain, mostRecords, now: clock(), shown: [] },
      enforced: (purpose) => config && enforcedOn(call.partner, config, purpose, policyOf),
    };
    const told =
      call.request.attribute === 'subscription_code_list'
        ? await tellSubscriptions(call, reader)
        : await tellTransactions(call, reader);
    const counts = told.counts ?? {
      total: told.items.length,
      completed: told.items.filter(({ status }) => status === 'succ' || status === 'rjct').length,
    };
    const status = overall(told.items);
    const { id: partner } = call.partner;
    const asked = { partner, registry: call.registryId, outcome: status, transaction: told.transactionId };
    const list = told.type === 'search' ? 'search_response' : 'subscribe_response';
    return {
      status,
      reasonMessage: told.text,
      totalCount: counts.total,
      completedCount: counts.completed,
      meta: metaOf(told, reader),
      consented: reader.shown.flatMap(({ entry }) => personsIn(entry, sealer)),
      audited: auditedStatus(asked, reader.shown, told.only),
      count: told.items.length,
      message: {
        transaction_id: call.request.transactionId,
        correlation_id: call.correlationId,
        txnstatus_response: {
          txn_type: told.type === 'unsubscribe' && SEARCH_ARM_ONLY.has(domain) ? 'subscribe' : told.type,
          txn_status: {
            transaction_id: told.transactionId,
            correlation_id: told.correlationId,
            ...(told.type !== 'search' && SEARCH_ARM_ONLY.has(domain) && { search_response: [] }),
            ...(told.type !== 'unsubscribe' && { [list]: told.items }),
            ...told.more,
          },
        },
      },
    };
  };
};

const metaOf = ({ meta, only }: Told, { shown }: ItemReader): CallbackContent['meta'] => {
  const wanted = shown.map(({ referenceIds, ...each }) => ({
    ...each,
    referenceIds: referenceIds.filter((id) => isAsked(only, each.entry.transaction, id)),
  }));
  const all = { ...meta, ...enforcedBefore(wanted) };
  return Object.keys(all).length === 0 ? undefined : all;
};

const tellTransactions = async (call: StatusCall, reader: ItemReader): Promise<Told> => {
  const { transactions, only, unknown } = await findOwnTransactions(reader.documents, call satisfies Asked);
  const items: StatusItem[] = [];
  const texts = new Set<string>();
  let first: TransactionState | undefined;
  // One after the other: each may hold megabytes.
  for (const { _id } of transactions) {
    const state = await readState(reader.documents, _id);
    if (state === undefined) continue;
    first ??= state;
    texts.add(stateText(state));
    const all = await itemsOf(state, reader);
    items.push(...all.filter(({ reference_id: id }) => isAsked(only, _id, id)));
  }
  if (first === undefined) return nothingTold(call, reader);
  const { transaction } = first;
  const type = transaction.operation === 'txn-status' ? 'search' : transaction.operation;
  return {
    type,
    transactionId: transaction.transactionId,
    correlationId: transaction.correlationId,
    items: [...items, ...(only === undefined ? [] : unknown.map((id) => unknownItem(id, reader.now)))],
    text: [...texts].join('; '),
    ...(type === 'unsubscribe' && items[0] !== undefined && { more: items[0] }),
    ...(only === undefined ? ofFile(first, reader) : { only }),
  };
};

/** Of a search by file: all of its rows are counted, and its result is fetched as a file. */
const ofFile = (state: TransactionState, { rightsVersion, enforced }: ItemReader): Pick<Told, 'counts' | 'meta'> => {
  const counts = fileCounts(state);
  if (counts === undefined) return {};
  const ticket = ticketOf(state, rightsVersion);
  return {
    counts: { total: counts.rows, completed: counts.done },
    ...(ticket !== undefined && {
      meta: {
        result: `/upload/result?id=${ticket}`,
        ...enforcedMeta([{ enforced: enforced(state.transaction.file?.purpose) }]),
      },
    }),
  };
};

const itemsOf = async (state: TransactionState, reader: ItemReader): Promise<readonly StatusItem[]> => {
  const { transaction, entries } = state;
  const file = fileCounts(state);
  if (file !== undefined) return [fileItem(state, file, reader.now)];
  if (transaction.operation === 'unsubscribe') return [await unsubscribedItem(state, reader)];
  if (entries.length === 0) return waitingItems(state, reader);
  if (transaction.operation !== 'subscribe') return searchItems(entries, reader);
  const subscriptions = new Map<string, Subscription>();
  for (const code of transaction.codes ?? []) {
    const subscription = await reader.documents.get(SUBSCRIPTIONS, code);
    if (subscription !== undefined) subscriptions.set(code, subscription);
  }
  return subscribeItems(transaction, entries, subscriptions);
};

/** A partner that cannot receive calls reads its events here (PROTOCOL 8). */
const tellSubscriptions = async (call: StatusCall, reader: ItemReader): Promise<Told> => {
  const { subscriptions, unknown } = await findOwnSubscriptions(reader.documents, call satisfies Asked);
  if (subscriptions.length === 0) return nothingTold(call, reader);
  const events: JsonNode[] = [];
  const kinds: JsonNode[] = [];
  const items: StatusItem[] = [];
  for (const subscription of subscriptions) {
    const told = await undeliveredEvents(subscription._id, reader);
    events.push(...told.events);
    kinds.push(...told.kinds);
    items.push({
      reference_id: subscription._id,
      timestamp: formatTimestamp(subscription.changedAt),
      status: 'succ',
      ...(told.leftOut && { status_reason_message: LEFT_OUT }),
      subscriptions: [subscriptionOf(subscription)],
    });
  }
  return {
    type: 'subscribe',
    transactionId: call.request.transactionId,
    correlationId: call.correlationId,
    items: [...items, ...unknown.map((code) => unknownItem(code, reader.now))],
    text: undefined,
    ...(events.length > 0 && { more: { notify_event: events }, meta: { events: kinds } }),
  };
};

/** Of a kind that the domain has a word for; what ended has its one status beside the ids, not in a list. */
const nothingTold = ({ request, correlationId }: StatusCall, { now, domain }: ItemReader): Told => {
  const { txnType } = request;
  const type = txnType === 'unsubscribe' && SEARCH_ARM_ONLY.has(domain) ? 'subscribe' : txnType;
  const item = unknownItem(request.referenceId === '' ? (request.values[0] ?? '') : request.referenceId, now);
  const { reference_id: _, ...told } = item;
  return {
    type: type === 'subscribe' || type === 'unsubscribe' ? type : 'search',
    transactionId: request.attribute === 'transaction_id' ? (request.values[0] ?? '') : request.transactionId,
    correlationId: request.attribute === 'correlation_id' ? (request.values[0] ?? '') : correlationId,
    items: [item],
    text: undefined,
    ...(type === 'unsubscribe' && { more: told }),
  };
};
