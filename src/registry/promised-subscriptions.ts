/** Codes that the acknowledgements of subscribe requests promised which are not done: their subscriptions are still to be made. */

import { TRANSACTIONS, type Transaction } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';

/** Whether one is to be made under this code. Where not, it was made by now or never will be. */
export type Promised = (code: string) => Promise<boolean>;

/** They were accepted before the one that names their code, so they are among the oldest of the lane. */
const MOST_LOOKED_AT = 1_000;

/** To the partner of this request, on its registry; looked for once. */
export const createPromised = (documents: Documents, { lane, registry }: Transaction): Promised => {
  let known: Promise<ReadonlySet<string>> | undefined;
  const read = async (): Promise<ReadonlySet<string>> => {
    const codes = new Set<string>();
    // In the order in which a request moves: one that moves meanwhile is met in the next state.
    for (const state of ['accepted', 'running'] as const) {
      const found = await documents.find(TRANSACTIONS, { index: 'byLane', equals: [lane, state], limit: MOST_LOOKED_AT }); // biome-ignore format: one look
      for (const each of found)
        if (each.operation === 'subscribe' && each.registry === registry) for (const code of each.codes ?? []) codes.add(code); // biome-ignore format: one look
    }
    return codes;
  };
  return async (code) => {
    known ??= read();
    return (await known).has(code);
  };
};
