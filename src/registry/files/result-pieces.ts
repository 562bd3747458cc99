/**
 * The text of a result, a part of its items at a time. For a partner with an encryption key it is a list of encrypted messages, one
 * a part: so neither side needs more than a part in memory, and nothing of it is in clear.
 */

import type { AnswerHeader } from '../../dci/answer-header.ts';
import { canonicalText, canonicalValue } from '../../dci/canonical.ts';
import { isJsonObject, type JsonNode, type JsonObject } from '../../dci/json-node.ts';
import { GatewayError } from '../../errors.ts';
import { encryptMessage } from '../../security/encryption/encrypt.ts';
import type { Recipient } from '../../security/encryption/ready-message.ts';
import { recordsIn } from '../kept-records.ts';

export type ResultFormat = 'json' | 'csv';

export interface ResultParts {
  readonly header: AnswerHeader;
  /** Beside the items. */
  readonly ids: object;
  /** It was made for a partner with an encryption key: it never goes out in clear. */
  readonly confidential: boolean;
  readonly parts: AsyncIterable<readonly JsonObject[]>;
}

const KEY_GONE = 'This result was made to be encrypted, and there is no encryption key any more.';

/** @throws GatewayError `request.forbidden` */
export const resultPieces = (
  result: ResultParts,
  format: ResultFormat,
  { key }: Pick<Recipient, 'key'>,
): AsyncIterable<string> => {
  if (key !== undefined) return encryptedPieces(result, format, key);
  if (result.confidential) throw new GatewayError('request.forbidden', { message: KEY_GONE });
  return format === 'csv' ? csvPieces(result) : jsonPieces(result);
};

async function* encryptedPieces(
  { header, ids, parts }: ResultParts,
  format: ResultFormat,
  key: NonNullable<Recipient['key']>,
): AsyncGenerator<string> {
  const start = canonicalValue({ header: { ...header, is_msg_encrypted: true } }, 'compact');
  yield `${start.slice(0, -1)},"messages":[`;
  let between = '';
  const texts = format === 'csv' ? csvPieces({ parts }) : messagesOf({ ids, parts });
  for await (const text of texts) {
    yield `${between}\n${canonicalValue(await encryptMessage(Buffer.from(text), key), 'compact')}`;
    between = ',';
  }
  yield '\n]}\n';
}

/** Each as a callback of its own would have it. */
async function* messagesOf({ ids, parts }: Pick<ResultParts, 'ids' | 'parts'>): AsyncGenerator<string> {
  for await (const items of parts) yield canonicalValue({ ...ids, search_response: items }, 'compact');
}

async function* jsonPieces({ header, ids, parts }: ResultParts): AsyncGenerator<string> {
  yield `${canonicalValue({ header, ...ids }, 'compact').slice(0, -1)},"search_response":[`;
  let between = '';
  for await (const items of parts) {
    yield `${between}\n${items.map((item) => canonicalText(item, 'compact')).join(',\n')}`;
    between = ',';
  }
  yield '\n]}\n';
}

const CSV_HEADER = 'reference_id,status,status_reason_code,status_reason_message,reg_record_type,reg_record\n';

/** A line for each record; one without a record where an item has none. */
async function* csvPieces({ parts }: Pick<ResultParts, 'parts'>): AsyncGenerator<string> {
  let header = CSV_HEADER;
  for await (const items of parts) {
    const lines = items.flatMap(linesOf).map((line) => `${line.map(quoted).join(',')}\n`);
    yield `${header}${lines.join('')}`;
    header = '';
  }
}

const linesOf = (item: JsonObject): readonly (readonly string[])[] => {
  const { reference_id, status, status_reason_code, status_reason_message } = item;
  const data = isJsonObject(item.data) ? item.data : {};
  const head = [reference_id, status, status_reason_code, status_reason_message, data.reg_record_type].map(textOf);
  const records = recordsIn(item);
  return records.length === 0 ? [[...head, '']] : records.map((record) => [...head, canonicalText(record, 'compact')]);
};

const textOf = (node: JsonNode | undefined): string => (typeof node === 'string' ? node : '');

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
