/** The rows of an accepted file in the store: a chunk for each part of the answer, sealed (ASYNC "Accept" 2). */

import type { Sealer } from '../../security/at-rest.ts';
import { CHUNKS, type FileProgress } from '../../store/async-documents.ts';
import { K } from '../../store/document-key.ts';
import { type Documents, insertIfAbsentOf, removeOf, type Write } from '../../store/documents.ts';
import type { FileRow } from './read-rows.ts';

/** Items of one message (PROTOCOL 9). What a part holds follows from the file alone: whoever makes it, it answers these rows. */
export const ROWS_IN_A_PART = 1_000;

export const partsOf = (rows: number): number => Math.ceil(rows / ROWS_IN_A_PART);

/** Of a file that was just accepted. */
export const unmade = (rows: number, purpose: string | undefined): FileProgress => ({
  rows,
  parts: partsOf(rows),
  made: 0,
  ...(purpose !== undefined && { purpose }),
});

const setOf = (transaction: string): string => K(transaction, 'rows');

/** @returns the chunk of part `part` */
export const rowsWrite = (
  sealer: Sealer,
  transaction: string,
  part: number,
  rows: readonly FileRow[],
  at: number,
): Write => {
  const set = setOf(transaction);
  const data = sealer.seal(JSON.stringify(rows));
  return insertIfAbsentOf(CHUNKS, { _id: K(set, part), version: 1, digest: set, n: part, data, at });
};

/** Undefined when they are gone. */
export const openRows = async (
  documents: Documents,
  sealer: Sealer,
  transaction: string,
  part: number,
): Promise<readonly FileRow[] | undefined> => {
  const chunk = await documents.get(CHUNKS, K(setOf(transaction), part));
  if (chunk === undefined) return undefined;
  return JSON.parse(sealer.open(chunk.data)) as readonly FileRow[]; // only `rowsWrite` writes these texts
};

/** To be written after the transaction is done. */
export const dropRows = (transaction: string, parts: number): readonly Write[] => {
  const set = setOf(transaction);
  return Array.from({ length: parts }, (_, part) => removeOf(CHUNKS, K(set, part)));
};
