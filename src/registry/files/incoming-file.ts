/** A file that was proved to come from its partner, on its way into the store. */

import { malformed } from '../../dci/read-node.ts';
import { GatewayError } from '../../errors.ts';
import type { Sealer } from '../../security/at-rest.ts';
import type { FindDecryptionKey } from '../../security/encryption/decrypt.ts';
import type { Partner } from '../../security/partner.ts';
import type { Documents, Write } from '../../store/documents.ts';
import type { DataLimits } from '../data-limits.ts';
import { dropRows, partsOf, ROWS_IN_A_PART, rowsWrite } from './file-rows.ts';
import { readEncryptedFile } from './read-encrypted-file.ts';
import { readJsonRows } from './read-json-rows.ts';
import { type FileRow, readRows } from './read-rows.ts';

export interface IncomingFile {
  readonly rows: number;
  /**
   * Takes the identifiers from the partner's day and writes the rows, before the transaction that names them.
   *
   * @throws GatewayError `request.too_many`
   */
  keep(transaction: string): Promise<void>;
  /** Takes the rows out again: the transaction was not accepted. */
  drop(transaction: string): Promise<void>;
}

export interface IncomingFileOptions {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly data: DataLimits;
  readonly clock: () => number;
  readonly maxRows: number;
  readonly decryptionKey: FindDecryptionKey;
}

export interface RowsFile {
  readonly format: 'csv' | 'json';
  /** It came encrypted, as the envelope did. */
  readonly encrypted: boolean;
  /** From its beginning, as often as wanted. */
  read(): AsyncIterable<Buffer>;
}

/** @throws GatewayError `request.bad`, `encryption.invalid` */
export type ReceiveFile = (partner: Partner, file: RowsFile) => Promise<IncomingFile>;

/** Chunks that are written together. */
const TOGETHER = 4;

export const createReceiveFile =
  ({ documents, sealer, data, clock, maxRows, decryptionKey }: IncomingFileOptions): ReceiveFile =>
  async (partner, file) => {
    const { rows, tries } = await count(rowsOf(file, decryptionKey), maxRows);
    return {
      rows,
      keep: async (transaction) => {
        await admit(data, partner, tries);
        const at = clock();
        let part = 0;
        let waiting: Write[] = [];
        for await (const some of inParts(rowsOf(file, decryptionKey))) {
          waiting.push(rowsWrite(sealer, transaction, part, some, at));
          part += 1;
          if (waiting.length < TOGETHER) continue;
          await documents.apply(waiting);
          waiting = [];
        }
        await documents.apply(waiting);
      },
      drop: async (transaction) => {
        await documents.apply(dropRows(transaction, partsOf(rows)));
      },
    };
  };

const rowsOf = ({ format, encrypted, read }: RowsFile, find: FindDecryptionKey): AsyncIterable<FileRow> => {
  const source = encrypted ? readEncryptedFile(read(), find) : read();
  return format === 'json' ? readJsonRows(source) : readRows(source);
};

const count = async (
  source: AsyncIterable<FileRow>,
  maxRows: number,
): Promise<{ readonly rows: number; readonly tries: number }> => {
  let rows = 0;
  let tries = 0;
  for await (const row of source) {
    rows += 1;
    if (rows > maxRows) throw malformed(`The file has more than ${maxRows} rows.`);
    if ('value' in row) tries += 1;
  }
  if (rows === 0) throw malformed('The file has no rows.');
  return { rows, tries };
};

const admit = async (data: DataLimits, partner: Partner, tries: number): Promise<void> => {
  try {
    await data.admit(partner, tries);
  } catch (cause) {
    if (!(cause instanceof GatewayError) || cause.code !== 'request.too_many') throw cause;
    const message = 'The file has more identifiers than are left of this day, or no records are left.';
    throw new GatewayError('request.too_many', {
      message,
      ...(cause.retryAfter !== undefined && { retryAfter: cause.retryAfter }),
      cause,
    });
  }
};

async function* inParts(rows: AsyncIterable<FileRow>): AsyncGenerator<readonly FileRow[]> {
  let some: FileRow[] = [];
  for await (const row of rows) {
    some.push(row);
    if (some.length < ROWS_IN_A_PART) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}
