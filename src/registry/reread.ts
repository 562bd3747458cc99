/** Has everything that a registry's feed can read again read now: changes may have been missed. */

import type { Sealer } from '../security/at-rest.ts';
import { CURSORS } from '../store/async-documents.ts';
import { wakeOf } from '../store/documents.ts';
import { readFeedState } from './feed-state.ts';
import { feedLane } from './lane-names.ts';
import type { WakingOptions } from './waking-options.ts';

export interface RereadOptions extends WakingOptions {
  readonly sealer: Sealer;
}

/** Resolves when it is noted: the feed does it. Rejects with StoreError. */
export type Reread = (registry: string) => Promise<void>;

export const createReread =
  ({ documents, sealer, clock, registry: find, log, wake }: RereadOptions): Reread =>
  async (id) => {
    const changes = (await find(id)?.mapping())?.changes;
    if (changes === undefined || changes.sources.length === 0) {
      log.warn('changes may have been missed, and nothing is read again', { registry: id });
      return;
    }
    for (;;) {
      const { stored } = await readFeedState(documents, sealer, id, clock());
      if (await documents.replace(CURSORS, { ...stored, again: clock() })) break; // else the feed moved on meanwhile
    }
    log.info('changes are read again', { registry: id });
    await documents.apply([wakeOf(feedLane(id), 0)]);
    wake(feedLane(id));
  };
