/** How many asynchronous requests wait for a registry that limits how often it is asked, for the operator's metrics. */

import type { Clock } from '../clock.ts';
import { TRANSACTIONS } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';

/** By registry. Rejects with StoreError. */
export type WaitingRequests = () => Promise<ReadonlyMap<string, number>>;

export const createWaitingRequests =
  (documents: Documents, registries: readonly string[], clock: Clock): WaitingRequests =>
  async () => {
    const above = clock();
    const counts = registries.map(async (id): Promise<[string, number]> => {
      return [id, await documents.count(TRANSACTIONS, { index: 'byLimit', equals: [id], above })];
    });
    return new Map(await Promise.all(counts));
  };
