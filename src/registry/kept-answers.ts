/**
 * What a registry answered to work that is run again later: sealed in the store before the work waits, so that nothing which was
 * answered is asked twice, whoever goes on. Raw answers: what the partner may see of them is decided by each run.
 */

import type { Clock } from '../clock.ts';
import type { KeptAnswers, UpstreamJson } from '../plugin.ts';
import type { Sealer } from '../security/at-rest.ts';
import { CHUNKS } from '../store/async-documents.ts';
import { K } from '../store/document-key.ts';
import { type Documents, insertIfAbsentOf, removeOf, type Write } from '../store/documents.ts';
import type { Keyed } from './keyed.ts';

export interface KeptAnswersOptions {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly keyed: Keyed;
  readonly clock: Clock;
}

/** Of one run. */
export interface KeptRun {
  readonly answers: KeptAnswers;
  /** Writes what is not written yet. */
  keep(): Promise<void>;
  /** To be written when the work is done. What another worker wrote meanwhile goes by age. */
  drop(): Promise<readonly Write[]>;
}

/**
 * @param work `transaction`, and `part` of a file's
 * @param before whether a run before this one may have kept some
 */
export type OpenKept = (
  work: { readonly transaction: string; readonly part?: number },
  before: boolean,
) => Promise<KeptRun>;

const CHUNK_CHARACTERS = 500_000;
/** One that is larger would not fit into a document: it is asked again. */
const LARGEST_CHARACTERS = 3_000_000;
const MOST_CHUNKS = 10_000;

type Entry = readonly [key: string, answer: UpstreamJson];

export const createOpenKept =
  ({ documents, sealer, keyed, clock }: KeptAnswersOptions): OpenKept =>
  async ({ transaction, part = 0 }, before) => {
    const set = setOf(transaction, part);
    const chunks = () => documents.find(CHUNKS, { index: 'byDigest', equals: [set], limit: MOST_CHUNKS });
    let stored = false;
    const known = new Map<string, UpstreamJson>();
    for (const { data } of before ? await chunks() : []) {
      stored = true;
      // Only `keep` writes these texts.
      for (const [key, answer] of JSON.parse(sealer.open(data)) as readonly Entry[]) known.set(key, answer);
    }
    let fresh: Entry[] = [];

    return {
      answers: {
        answer: async (key, ask) => {
          const kept = known.get(key);
          if (kept !== undefined) return kept;
          const answer = await ask();
          known.set(key, answer);
          fresh.push([key, answer]);
          return answer;
        },
      },
      keep: async () => {
        const writing = fresh;
        fresh = [];
        const at = clock();
        const writes = inChunks(writing).map((texts) => {
          const n = numberOf(keyed('kept', ...texts));
          const data = sealer.seal(`[${texts.join(',')}]`);
          return insertIfAbsentOf(CHUNKS, { _id: K(set, n), version: 1, digest: set, n, data, at });
        });
        if (writes.length === 0) return;
        stored = true;
        await documents.apply(writes);
      },
      drop: async () => (stored ? (await chunks()).map(({ _id }) => removeOf(CHUNKS, _id)) : []),
    };
  };

/** What was kept for a transaction that is over, however it ended: to be removed. */
export const dropKept = async (documents: Documents, transaction: string): Promise<readonly Write[]> => {
  const equals = [setOf(transaction, 0)];
  const chunks = await documents.find(CHUNKS, { index: 'byDigest', equals, limit: MOST_CHUNKS });
  return chunks.map(({ _id }) => removeOf(CHUNKS, _id));
};

const setOf = (transaction: string, part: number): string => K(transaction, 'kept', part);

/** Texts of entries. */
const inChunks = (entries: readonly Entry[]): readonly (readonly string[])[] => {
  const chunks: string[][] = [];
  let size = CHUNK_CHARACTERS;
  for (const entry of entries) {
    const text = JSON.stringify(entry);
    if (text.length > LARGEST_CHARACTERS) continue;
    if (size + text.length > CHUNK_CHARACTERS) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)?.push(text);
    size += text.length;
  }
  return chunks;
};

/** The same for the same texts: two workers that keep the same do so once. */
const numberOf = (digest: string): number => Number.parseInt(digest.slice(0, 12), 16);
