/** The result of a search by file as one file: the parts of its answer, read one at a time (PROTOCOL 9). */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { type AnswerHeader, answerHeader } from '../../dci/answer-header.ts';
import { enforcedMeta } from '../../dci/enforced.ts';
import { isJsonArray, isJsonObject, type JsonObject } from '../../dci/json-node.ts';
import { GatewayError } from '../../errors.ts';
import type { Sealer } from '../../security/at-rest.ts';
import type { Recipient } from '../../security/encryption/ready-message.ts';
import type { Partner } from '../../security/partner.ts';
import { AUDIT, type AuditEntry, type OutboxEntry, type Transaction } from '../../store/async-documents.ts';
import { type Documents, insertIfAbsentOf } from '../../store/documents.ts';
import { receiverOf } from '../accept.ts';
import { type AuditEntryOf, type Audited, outcomeOf } from '../audit.ts';
import { auditedBefore } from '../audited-status.ts';
import type { StillConsented } from '../consent/still-consented.ts';
import { countRecords } from '../kept-records.ts';
import { auditId, readOutcome } from '../outbox.ts';
import { createPolicyOf, enforcedOn } from '../policy.ts';
import type { Registry } from '../registry.ts';
import type { RightsVersion } from '../rights-version.ts';
import { NEAREST_ITEM_CODE } from '../search-content.ts';
import { type ItemReader, openKept } from '../status-items.ts';
import { readState, type TransactionState } from '../transaction-state.ts';
import { type ResultFormat, resultPieces } from './result-pieces.ts';
import { isTicketOf, resultTicket, ticketTransaction } from './result-ticket.ts';

export interface ResultFile {
  /**
   * Pieces of its text, made as they are wanted, encrypted where the partner has a key. Rejects where a part is gone meanwhile.
   *
   * @throws GatewayError `request.forbidden`: it was made for a key that is gone
   */
  pieces(format: ResultFormat, recipient: Recipient): AsyncIterable<string>;
}

export interface ResultCall {
  readonly partner: Partner;
  readonly registryId: string;
  readonly ticket: string;
}

interface Reading extends Pick<ItemReader, 'documents' | 'sealer' | 'rightsVersion' | 'consented'> {
  /** Written before a part is told; a part waits for it, so that a long result is told no faster than it is audited. */
  readonly note: (entry: OutboxEntry, items: readonly JsonObject[]) => Promise<void>;
}

/** The ticket of a result that is there, made with the rights that the caller has now; undefined: there is none. */
export const ticketOf = (state: TransactionState, rightsVersion: string): string | undefined =>
  isWhole(state, rightsVersion) ? resultTicket(state.transaction) : undefined;

const isWhole = ({ transaction, entries }: TransactionState, rightsVersion: string): boolean => {
  const { file, state } = transaction;
  return (
    file !== undefined &&
    state === 'done' &&
    entries.length === file.parts &&
    entries.every((entry) => entry.chunks !== undefined && entry.rightsVersion === rightsVersion)
  );
};

/** Rejects with GatewayError `request.not_found`: one sentence for what is not there, not ready, too old, or another's. */
export type OpenResult = (call: ResultCall) => Promise<ResultFile>;

export const createOpenResult = (options: {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly rightsVersion: RightsVersion;
  readonly stillConsented: StillConsented;
  readonly registry: (id: string) => Registry | undefined;
  readonly clock: Clock;
  readonly auditEntryOf: AuditEntryOf;
  /** Our sender_id. */
  readonly senderId: string;
}): OpenResult => {
  const policyOf = createPolicyOf();

  const headerOf = ({ transaction, entries }: TransactionState, partner: Partner): AnswerHeader => {
    const config = options.registry(transaction.registry)?.config;
    const { rows = 0, purpose } = transaction.file ?? {};
    return answerHeader({
      messageId: randomUUID(),
      at: options.clock(),
      action: 'on-search',
      status: entries.every((entry) => readOutcome(entry).status === 'rjct') ? 'rjct' : 'succ',
      senderId: options.senderId,
      receiverId: receiverOf(transaction),
      totalCount: rows,
      completedCount: rows,
      // It is as it was made: rights that changed since then leave no result.
      meta: config && enforcedMeta([{ enforced: enforcedOn(partner, config, purpose, policyOf) }]),
    });
  };

  return async ({ partner, registryId, ticket }) => {
    const consented = (entry: OutboxEntry): Promise<boolean> => options.stillConsented(entry, partner);
    const reading = { ...options, consented, rightsVersion: options.rightsVersion(partner, registryId) };
    const id = ticketTransaction(ticket);
    const state = id === undefined ? undefined : await readState(reading.documents, id);
    const own = state?.transaction.partner === partner.id && state.transaction.registry === registryId;
    if (state === undefined || !own || !isTicketOf(state.transaction, ticket)) throw noResult();
    if (!isWhole(state, reading.rightsVersion)) throw noResult();
    const { transaction, entries } = state;
    const telling: Reading = {
      ...reading,
      note: async (entry, items) => {
        const asked = entry.audit ?? (await reading.documents.get(AUDIT, auditId(entry._id)));
        const audit = options.auditEntryOf(auditedPart(transaction, asked, items), options.clock());
        await reading.documents.apply([insertIfAbsentOf(AUDIT, audit)]);
      },
    };
    return {
      pieces: (format, recipient) => {
        const confidential = entries.some((entry) => entry.confidential === true);
        const parts = partsIn(entries, telling);
        const result = { header: headerOf(state, partner), ids: idsOf(transaction), confidential, parts };
        return resultPieces(result, format, recipient);
      },
    };
  };
};

const auditedPart = (
  { partner, registry, transactionId: transaction }: Transaction,
  asked: AuditEntry | undefined,
  items: readonly JsonObject[],
): Audited => ({
  ...{ partner, registry, action: 'file-result', outcome: outcomeOf(items), count: countRecords(items) },
  ...auditedBefore([asked]),
  transaction,
});

const noResult = (): GatewayError =>
  new GatewayError('request.not_found', { message: 'There is no such result of this partner.' });

const idsOf = ({ transactionId, correlationId }: Transaction): object => ({
  transaction_id: transactionId,
  correlation_id: correlationId,
});

async function* partsIn(entries: readonly OutboxEntry[], reading: Reading): AsyncGenerator<readonly JsonObject[]> {
  for (const entry of entries) yield await itemsIn(entry, reading);
}

const WITHDRAWN = 'Consent was withdrawn by somebody in this part of the result: ask for its rows again.';

/** Of a part whose persons do not all consent any more nothing is told; the other parts are not concerned. */
const itemsIn = async (entry: OutboxEntry, reading: Reading): Promise<readonly JsonObject[]> => {
  const consented = await reading.consented(entry);
  const list = (await openKept(entry, reading))?.message.search_response;
  if (!isJsonArray(list)) throw new GatewayError('service.fault', { detail: 'a part of a result is gone' });
  const all = list.filter(isJsonObject);
  const items = consented ? all : all.map((item) => (item.status === 'rjct' ? item : withheld(item)));
  await reading.note(entry, items);
  return items;
};

const withheld = ({ reference_id = '', timestamp = '' }: JsonObject): JsonObject => ({
  ...{ reference_id, timestamp, status: 'rjct', status_reason_code: NEAREST_ITEM_CODE },
  status_reason_message: WITHDRAWN,
});
