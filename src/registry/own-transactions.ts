/** The transactions that a status request asks for: the caller's own on this registry, and no other's (PROTOCOL 8). */

import type { StatusRequest } from '../dci/status-request.ts';
import type { Partner } from '../security/partner.ts';
import {
  REFERENCES,
  SUBSCRIPTIONS,
  type Subscription,
  TRANSACTIONS,
  type Transaction,
} from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';

export interface Asked {
  readonly partner: Partner;
  readonly registryId: string;
  readonly request: StatusRequest;
}

/**
 * By transaction: its reference ids that are looked at alone. An id that was used again is that of the newest transaction
 * that has it, though another is looked at for the sake of another id. Undefined: all of a transaction.
 */
export type AskedReferences = ReadonlyMap<string, ReadonlySet<string>>;

/** @param transaction that the item with this reference id is of */
export const isAsked = (
  only: AskedReferences | undefined,
  transaction: string | undefined,
  referenceId: unknown,
): boolean =>
  only === undefined || (typeof referenceId === 'string' && only.get(transaction ?? '')?.has(referenceId) === true);

export interface OwnTransactions {
  readonly transactions: readonly Transaction[];
  readonly only: AskedReferences | undefined;
  /** What was asked for and is not there. */
  readonly unknown: readonly string[];
}

const PAGE = 50;
/** A partner that asks for the status of one id again and again makes transactions of that id. */
const MOST_PAGES = 20;

export const findOwnTransactions = async (documents: Documents, asked: Asked): Promise<OwnTransactions> => {
  const { attribute, values } = asked.request;
  if (attribute === 'reference_id_list') return byReferences(documents, asked);
  const index = attribute === 'correlation_id' ? 'byCorrelation' : 'byTransaction';
  const latest = await newest(documents, index, asked, values[0] ?? '');
  return { transactions: latest === undefined ? [] : [latest], only: undefined, unknown: latest ? [] : values };
};

/** The newest that fits; questions for a status are no answer to one. */
const newest = async (
  documents: Documents,
  index: 'byTransaction' | 'byCorrelation',
  { partner, registryId, request }: Asked,
  id: string,
): Promise<Transaction | undefined> => {
  let below: number | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page: readonly Transaction[] = await documents.find(TRANSACTIONS, {
      ...{ index, equals: [partner.id, registryId, id], order: 'desc', limit: PAGE },
      ...(below !== undefined && { below }),
    });
    const found = page.find((each) => fits(each, request.txnType));
    if (found !== undefined || page.length < PAGE) return found;
    below = page.at(-1)?.acceptedAt;
  }
  return undefined;
};

const fits = ({ operation }: Transaction, txnType: string | undefined): boolean =>
  operation !== 'txn-status' &&
  (txnType === undefined || !['search', 'subscribe', 'unsubscribe'].includes(txnType) || operation === txnType);

const byReferences = async (
  documents: Documents,
  { partner, registryId, request }: Asked,
): Promise<OwnTransactions> => {
  const transactions = new Map<string, Transaction>();
  const only = new Map<string, Set<string>>();
  const unknown: string[] = [];
  for (const referenceId of request.values) {
    const references = await documents.find(REFERENCES, {
      ...{ index: 'byReference', equals: [partner.id, registryId, referenceId], order: 'desc', limit: PAGE },
    });
    let found: Transaction | undefined;
    for (const { transaction } of references) {
      const each = transactions.get(transaction) ?? (await documents.get(TRANSACTIONS, transaction));
      if (each === undefined || !fits(each, request.txnType)) continue; // it was never accepted, or is of another kind
      found = each;
      break;
    }
    if (found === undefined) unknown.push(referenceId);
    else {
      transactions.set(found._id, found);
      only.set(found._id, (only.get(found._id) ?? new Set()).add(referenceId));
    }
  }
  return { transactions: [...transactions.values()], only, unknown };
};

export const findOwnSubscriptions = async (
  documents: Documents,
  { partner, registryId, request }: Asked,
): Promise<{ readonly subscriptions: readonly Subscription[]; readonly unknown: readonly string[] }> => {
  const subscriptions: Subscription[] = [];
  const unknown: string[] = [];
  for (const code of request.values) {
    const found = await documents.get(SUBSCRIPTIONS, code);
    if (found?.partner === partner.id && found.registry === registryId) subscriptions.push(found);
    else unknown.push(code);
  }
  return { subscriptions, unknown };
};
