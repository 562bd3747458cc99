/** Reads a multipart form as it arrives, within bounds of size, number and time; its parts may come in any order (PROTOCOL 9). */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { malformed } from '../../dci/read-node.ts';
import { GatewayError } from '../../errors.ts';
import { CallerGone, requirePlain } from '../read-body.ts';
import { type Spool, writeSpool } from './spool.ts';
import { watchArrival } from './watch-arrival.ts';

export interface FormLimits {
  /** Of the file. */
  readonly maxBytes: number;
  /** For all of the form. */
  readonly timeoutMs: number;
  /** Without a byte. */
  readonly pauseMs: number;
  /** Where a file waits for its checks. */
  readonly folder: string;
}

export interface Form extends AsyncDisposable {
  readonly fields: ReadonlyMap<string, string>;
  readonly file: Spool | undefined;
}

const MULTIPART = /^multipart\/form-data\s*(;|$)/i;
const LARGEST_FIELD_BYTES = 64 * 1024;
const MOST_FIELDS = 16;
/** What a form weighs beside its file. */
const AROUND_BYTES = MOST_FIELDS * LARGEST_FIELD_BYTES;
const FILE_FIELDS = ['fileName', 'file'];

export const isForm = ({ headers }: IncomingMessage): boolean => MULTIPART.test(headers['content-type'] ?? '');

/** @throws GatewayError `request.bad`, `request.too_large`, `request.timeout`, `request.media_type`; CallerGone. Nothing of the file is left then. */
export const readForm = async (
  request: IncomingMessage,
  response: ServerResponse,
  limits: FormLimits,
): Promise<Form> => {
  requirePlain(request);
  const { 'content-length': length = 0, expect } = request.headers;
  const mostBytes = limits.maxBytes + AROUND_BYTES;
  if (Number(length) > mostBytes) throw new GatewayError('request.too_large');
  const parser = openParser(request, limits);
  if (expect !== undefined) response.writeContinue();
  const fields = new Map<string, string>();
  let spooling: Promise<Spool> | undefined;
  let stream: Readable | undefined;
  let stopWatching: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      stopWatching = watchArrival(request, { ...limits, mostBytes }, reject);
      parser.on('field', (name, value, _nameCut, cut) => {
        if (cut) reject(malformed('A field of the form is too long.'));
        else if (fields.has(name)) reject(malformed('A field stands twice in the form.'));
        else fields.set(name, value);
      });
      parser.on('file', (_name, file) => {
        stream = file;
        file.on('error', reject); // also when it is ended below, where nobody else may listen any more
        file.on('limit', () => reject(new GatewayError('request.too_large')));
        spooling = writeSpool(limits.folder, file);
        spooling.catch(reject);
      });
      for (const event of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
        parser.on(event, () => reject(malformed('The form has too many parts.')));
      }
      parser.on('error', (cause) => reject(broken(cause)));
      parser.on('finish', resolve);
      request.pipe(parser);
    });
    const file = await spooling;
    return { fields, file, [Symbol.asyncDispose]: async () => file?.[Symbol.asyncDispose]() };
  } catch (cause) {
    request.unpipe(parser);
    stream?.destroy(new CallerGone('the form is not read to its end'));
    const spool = await spooling?.catch(() => undefined); // what it failed with is `cause`, or follows from it
    await spool?.[Symbol.asyncDispose]();
    throw cause;
  } finally {
    stopWatching?.();
  }
};

const openParser = (request: IncomingMessage, { maxBytes }: FormLimits): BusboyInstance => {
  try {
    return new Busboy({
      headers: { ...request.headers, 'content-type': request.headers['content-type'] ?? '' },
      isPartAFile: (name) => FILE_FIELDS.includes(name ?? ''), // curl's envelope=@file is a field all the same
      limits: {
        fieldSize: LARGEST_FIELD_BYTES,
        fields: MOST_FIELDS,
        files: 1,
        fileSize: maxBytes,
        parts: MOST_FIELDS + 1,
        headerPairs: 20,
        headerSize: 8 * 1024,
      },
    });
  } catch (cause) {
    throw new GatewayError('request.bad', { message: 'The content type of the form names no boundary.', cause });
  }
};

const broken = (cause: unknown): GatewayError =>
  new GatewayError('request.bad', { message: 'The form is not well formed.', cause });
