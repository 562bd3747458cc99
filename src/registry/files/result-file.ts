/** The result of a search by file as one file: the parts of its answer, read one at a time (PROTOCOL 9). */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { type AnswerHeader, answerHeader } from '../../dci/answer-header.ts';
import { canonicalText, canonicalValue } from '../../dci/canonical.ts';
import { enforcedMeta } from '../../dci/enforced.ts';
import { isJsonArray, isJsonObject, type JsonNode, type JsonObject } from '../../dci/json-node.ts';
import { GatewayError } from '../../errors.ts';
import type { Sealer } from '../../security/at-rest.ts';
import type { Partner } from '../../security/partner.ts';
import type { OutboxEntry } from '../../store/async-documents.ts';
import type { Documents } from '../../store/documents.ts';
import { receiverOf } from '../accept.ts';
import type { StillConsented } from '../consent/still-consented.ts';
import { readOutcome } from '../outbox.ts';
import { createPolicyOf, enforcedOn } from '../policy.ts';
import type { Registry } from '../registry.ts';
import type { RightsVersion } from '../rights-version.ts';
import { NEAREST_ITEM_CODE } from '../search-content.ts';
import { type ItemReader, openKept } from '../status-items.ts';
import { readState, type TransactionState } from '../transaction-state.ts';
import { isTicketOf, resultTicket, ticketTransaction } from './result-ticket.ts';

export type ResultFormat = 'json' | 'csv';

export interface ResultFile {
  readonly rows: number;
  /** Pieces of its text, made as they are wanted. Rejects where a part is gone meanwhile. */
  pieces(format: ResultFormat): AsyncIterable<string>;
}

export interface ResultCall {
  readonly partner: Partner;
  readonly registryId: string;
  readonly ticket: string;
}

type Reading = Pick<ItemReader, 'documents' | 'sealer' | 'rightsVersion' | 'consented'>;

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
    return {
      rows: transaction.file?.rows ?? 0,
      pieces: (format) =>
        format === 'csv' ? csvPieces(entries, reading) : jsonPieces(state, headerOf(state, partner), reading),
    };
  };
};

const noResult = (): GatewayError =>
  new GatewayError('request.not_found', { message: 'There is no such result of this partner.' });

async function* jsonPieces(
  { transaction: { transactionId, correlationId }, entries }: TransactionState,
  header: AnswerHeader,
  reading: Reading,
): AsyncGenerator<string> {
  const start = { header, transaction_id: transactionId, correlation_id: correlationId };
  yield `${canonicalValue(start, 'compact').slice(0, -1)},"search_response":[`;
  let between = '';
  for (const entry of entries) {
    const texts = (await itemsIn(entry, reading)).map((item) => canonicalText(item, 'compact'));
    yield `${between}\n${texts.join(',\n')}`;
    between = ',';
  }
  yield '\n]}\n';
}

const CSV_HEADER = 'reference_id,status,status_reason_code,status_reason_message,reg_record_type,reg_record\n';

/** A line for each record; one without a record where an item has none. */
async function* csvPieces(entries: readonly OutboxEntry[], reading: Reading): AsyncGenerator<string> {
  yield CSV_HEADER;
  for (const entry of entries) {
    const lines = (await itemsIn(entry, reading)).flatMap(linesOf);
    yield lines.map((line) => `${line.map(quoted).join(',')}\n`).join('');
  }
}

const linesOf = (item: JsonObject): readonly (readonly string[])[] => {
  const { reference_id, status, status_reason_code, status_reason_message } = item;
  const data = isJsonObject(item.data) ? item.data : {};
  const head = [reference_id, status, status_reason_code, status_reason_message, data.reg_record_type].map(textOf);
  const records = recordsIn(data.reg_records);
  return records.length === 0 ? [[...head, '']] : records.map((record) => [...head, canonicalText(record, 'compact')]);
};

/** A list, or an object that stands for it (PROTOCOL 7). */
const recordsIn = (records: JsonNode | undefined): readonly JsonNode[] => {
  if (isJsonArray(records)) return records;
  if (!isJsonObject(records)) return [];
  const { '@graph': graph } = records;
  return isJsonArray(graph) ? graph : [records];
};

const textOf = (node: JsonNode | undefined): string => (typeof node === 'string' ? node : '');

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const WITHDRAWN = 'Consent was withdrawn by somebody in this part of the result: ask for its rows again.';

/** Of a part whose persons do not all consent any more nothing is told; the other parts are not concerned. */
const itemsIn = async (entry: OutboxEntry, reading: Reading): Promise<readonly JsonObject[]> => {
  const consented = await reading.consented(entry);
  const list = (await openKept(entry, reading))?.message.search_response;
  if (!isJsonArray(list)) throw new GatewayError('service.fault', { detail: 'a part of a result is gone' });
  const items = list.filter(isJsonObject);
  return consented ? items : items.map((item) => (item.status === 'rjct' ? item : withheld(item)));
};

const withheld = ({ reference_id = '', timestamp = '' }: JsonObject): JsonObject => ({
  ...{ reference_id, timestamp, status: 'rjct', status_reason_code: NEAREST_ITEM_CODE },
  status_reason_message: WITHDRAWN,
});
