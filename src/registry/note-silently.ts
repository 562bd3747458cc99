/** What is there when a feed begins: noted as seen, told to nobody, so that what comes later is known as new. */

import { SEEN } from '../store/async-documents.ts';
import { type Documents, insertIfAbsentOf } from '../store/documents.ts';
import type { Touched } from './touched.ts';

/** The content is not known: the first change of each is told whatever it is. */
export const noteSilently = async (
  documents: Documents,
  registry: string,
  touched: readonly Touched[],
  now: number,
): Promise<void> => {
  const ids = [...new Set(touched.map(({ id }) => id))];
  await documents.apply(ids.map((_id) => insertIfAbsentOf(SEEN, { _id, version: 1, registry, hash: '', at: now })));
};
