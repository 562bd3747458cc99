/** Bodies as they lie in the store: sealed, and in chunks where one document would grow too large (ASYNC, "Accept" 2). */

import { GatewayError } from '../errors.ts';
import type { Sealer } from '../security/at-rest.ts';
import { CHUNKS } from '../store/async-documents.ts';
import { K } from '../store/document-key.ts';
import { type Documents, insertIfAbsentOf, removeOf, type Write } from '../store/documents.ts';
import type { Keyed } from './keyed.ts';

export interface SealedBody {
  /** Either this or `chunks`. */
  readonly sealed: string | undefined;
  readonly chunks: number | undefined;
  /** Chunks, to be written before the document that names them. */
  readonly writes: readonly Write[];
}

export interface BodyPlace {
  readonly sealed: string | undefined;
  readonly chunks: number | undefined;
  /** The `digest` of its chunks. */
  readonly set: string;
}

/**
 * The set of a message that may be made more than once, each time with another text. Keyed: a dump of the store must not say
 * whether a guessed text is right.
 */
export const chunkSet = (keyed: Keyed, id: string, text: string): string => keyed('chunks', id, text);

const LARGEST_WHOLE = 1_000_000;
const CHUNK_CHARACTERS = 500_000;

/**
 * @param set names the chunks: texts of one set are equal, so that two writers of the same set write the same
 * @param text ASCII, as canonical texts are: it is cut between any two characters
 * @param largestWhole 0: always in chunks, so that the document that names them stays small
 */
export const sealBody = (
  sealer: Sealer,
  set: string,
  text: string,
  at: number,
  largestWhole = LARGEST_WHOLE,
): SealedBody => {
  if (text.length <= largestWhole) return { sealed: sealer.seal(text), chunks: undefined, writes: [] };
  const chunks = Math.ceil(text.length / CHUNK_CHARACTERS);
  const writes = Array.from({ length: chunks }, (_, n) =>
    insertIfAbsentOf(CHUNKS, {
      _id: K(set, n),
      version: 1,
      digest: set,
      n,
      data: sealer.seal(text.slice(n * CHUNK_CHARACTERS, (n + 1) * CHUNK_CHARACTERS)),
      at,
    }),
  );
  return { sealed: undefined, chunks, writes };
};

/** Undefined where the body was dropped. @throws GatewayError `service.fault` when a chunk is gone, StoreError for another key */
export const openBody = async (
  documents: Documents,
  sealer: Sealer,
  { sealed, chunks, set }: BodyPlace,
): Promise<string | undefined> => {
  if (sealed !== undefined) return sealer.open(sealed);
  if (chunks === undefined) return undefined;
  const pieces: string[] = [];
  for (let n = 0; n < chunks; n++) {
    const chunk = await documents.get(CHUNKS, K(set, n));
    if (chunk === undefined) throw new GatewayError('service.fault', { detail: 'a chunk of a body is missing' });
    pieces.push(sealer.open(chunk.data));
  }
  return pieces.join('');
};

/** To be written after the document no longer names them. */
export const dropChunks = ({ chunks = 0, set }: Pick<BodyPlace, 'chunks' | 'set'>): readonly Write[] =>
  Array.from({ length: chunks }, (_, n) => removeOf(CHUNKS, K(set, n)));
