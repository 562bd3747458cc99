/**
 * A form at an asynchronous path. For a file of rows (csv or json) the form carries an envelope, which names the file's
 * SHA-256, so that its signature covers the file; a json file without one is the envelope itself and goes the way of every
 * body (PROTOCOL 9).
 */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { JsonObject } from '../../dci/json-node.ts';
import { malformed } from '../../dci/read-node.ts';
import { formatTimestamp } from '../../dci/timestamps.ts';
import { readUploadMessage, type UploadMessage } from '../../dci/upload-message.ts';
import { GatewayError } from '../../errors.ts';
import type { Operation } from '../../inbound/stages.ts';
import type { RowsFile } from '../../registry/files/incoming-file.ts';
import type { Partner } from '../../security/partner.ts';
import type { Exchange } from '../exchange.ts';
import { type Form, type FormLimits, readForm } from './read-form.ts';
import type { Spool } from './spool.ts';

export interface UploadPorts {
  readonly clock: Clock;
  readonly limits: FormLimits;
  /** Of a file that is an envelope. */
  readonly maxJsonBytes: number;
  /** Runs one of few of the partner's at once: each keeps a file on the disk. @throws GatewayError `request.too_many` */
  readonly bound: <Result>(partner: Partner, work: () => Promise<Result>) => Promise<Result>;
}

export interface Upload extends AsyncDisposable {
  /** The envelope's bytes, for the pipeline; the form is read here. */
  readBody(): Promise<Buffer>;
  /** The file whose rows are to be searched; undefined where it was the envelope. Once the body is read. */
  rows(): Omit<RowsFile, 'encrypted'> | undefined;
  /** Reads the envelope's message, which must name this very file. @throws GatewayError `request.bad` */
  readMessage(message: JsonObject): UploadMessage;
  /** The form may name the action too. @throws GatewayError `action.invalid` */
  requireAction(): void;
}

export const openUpload = (exchange: Exchange, operation: Operation, ports: UploadPorts): Upload => {
  let form: Form | undefined;
  let format = '';
  let rows: ReturnType<Upload['rows']>;

  const readBody = async (): Promise<Buffer> => {
    const { partner } = exchange.notes;
    if (partner === undefined) throw new TypeError('a body is read before its token');
    const { request, response } = exchange;
    form = await ports.bound(partner, () => readForm(request, response, ports.limits));
    const { file, fields } = form;
    if (file === undefined) throw malformed('The form has no file: it is sent as fileName.');
    format = (fields.get('fileFormat') ?? '').trim().toLowerCase();
    const envelope = fields.get('envelope');
    if (format === 'json' && envelope === undefined) {
      if (file.bytes > ports.maxJsonBytes) throw new GatewayError('request.too_large');
      return wholeOf(file);
    }
    if (format !== 'csv' && format !== 'json') throw malformed('fileFormat must be csv or json.');
    if (operation.action !== 'search') throw malformed('Only a search takes a file of rows.');
    rows = { format, read: () => file.read() };
    return Buffer.from(envelope ?? unsignedEnvelope(file, partner, operation, ports.clock()));
  };

  return {
    readBody,
    rows: () => rows,
    readMessage: (message) => {
      const read = readUploadMessage(message);
      if (read.fileFormat !== format) throw malformed('message.file_format is not the fileFormat of the form.');
      if (read.fileSha256 !== form?.file?.sha256) throw malformed('message.file_sha256 is not that of the file.');
      return read;
    },
    requireAction: () => {
      const action = form?.fields.get('action')?.trim().toLowerCase().replaceAll('_', '-') ?? operation.action;
      if (action !== operation.action && operation.otherActions?.includes(action) !== true)
        throw new GatewayError('action.invalid');
    },
    [Symbol.asyncDispose]: async () => form?.[Symbol.asyncDispose](),
  };
};

const wholeOf = async (file: Spool): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of file.read()) pieces.push(piece);
  return Buffer.concat(pieces);
};

/**
 * For a partner that need not sign: the signature step refuses it for every other. The same file is the same request, so
 * that one may send it again when the acknowledgement got lost.
 */
const unsignedEnvelope = ({ sha256 }: Spool, partner: Partner, { action }: Operation, now: number): string =>
  JSON.stringify({
    signature: '',
    header: {
      version: '1.0.0',
      message_id: randomUUID(),
      message_ts: formatTimestamp(now),
      action,
      sender_id: partner.senderIds[0] ?? partner.id,
      total_count: 1,
    },
    message: { transaction_id: sha256, file_sha256: sha256, file_format: 'csv' },
  });
