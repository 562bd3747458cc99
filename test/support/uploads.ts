/** Forms with files, written byte by byte as a partner's system would, and signed envelopes for csv files. */

import { createHash, randomUUID } from 'node:crypto';
import { type Answer, type Client, type Envelope, type SigningKey, signEnvelope } from './client.ts';

export type Part = readonly [name: string, content: string | Buffer, fileName?: string];

const BOUNDARY = 'form-boundary-of-a-test';

export const formBody = (parts: readonly Part[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap(([name, content, fileName]) => [
      Buffer.from(
        `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}\r\n\r\n`,
      ),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);

export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

export const csvOf = (values: readonly string[], type = 'urn:gov:national-id'): string =>
  `identifier_type,identifier_value\n${values.map((value) => `${type},${value}\n`).join('')}`;

export const sha256 = (file: string | Buffer): string => createHash('sha256').update(file).digest('hex');

export interface EnvelopeOptions {
  readonly key?: SigningKey;
  readonly senderId?: string;
  readonly header?: object;
  readonly message?: object;
}

/** The field `envelope` of a csv file. */
export const fileEnvelope = (file: string | Buffer, options: EnvelopeOptions = {}): string => {
  const { key, senderId = 'external.system.org', header = {}, message = {} } = options;
  const envelope: Envelope = {
    header: {
      ...{ version: '1.0.0', message_id: randomUUID(), message_ts: '2026-01-15T10:30:00Z', action: 'search' },
      ...{ sender_id: senderId, total_count: 1, ...header },
    },
    message: { transaction_id: randomUUID(), file_sha256: sha256(file), file_format: 'csv', ...message },
  };
  return JSON.stringify({ signature: key === undefined ? '' : signEnvelope(envelope, senderId, key), ...envelope });
};

/** The parts as curl would send them. */
export const csvForm = (file: string | Buffer, envelope?: string): readonly Part[] => [
  ['action', 'search'],
  ['fileFormat', 'csv'],
  ...(envelope === undefined ? [] : ([['envelope', envelope]] as const)),
  ['fileName', file, 'persons.csv'],
];

/** A json file of rows; its envelope says `file_format: json`. */
export const jsonForm = (file: string | Buffer, options: EnvelopeOptions = {}): readonly Part[] => [
  ['fileName', file, 'persons.json'],
  ['envelope', fileEnvelope(file, { ...options, message: { file_format: 'json', ...options.message } })],
  ['fileFormat', 'json'],
];

export const postForm = async (client: Client, path: string, parts: readonly Part[]): Promise<Answer> =>
  client.send(`/registry${path}`, {
    method: 'POST',
    headers: { 'Content-Type': FORM_TYPE, Authorization: `Bearer ${await client.getToken()}` },
    body: new Uint8Array(formBody(parts)),
  });
