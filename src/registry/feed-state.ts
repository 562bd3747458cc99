/** How far each source of a registry was read: one document, compared and set (ASYNC "Notify" 1 and 3). */

import type { Sealer } from '../security/at-rest.ts';
import { CURSORS, type Cursor } from '../store/async-documents.ts';
import { type Documents, insertIfAbsentOf } from '../store/documents.ts';

export interface SourceState {
  readonly cursor: string;
  /** What is there when the feed begins is noted, not told. */
  readonly silent?: boolean;
}

export interface FeedState {
  readonly stored: Cursor;
  readonly sources: Readonly<Record<string, SourceState>>;
}

/** Made at first. */
export const readFeedState = async (
  documents: Documents,
  sealer: Sealer,
  registry: string,
  now: number,
): Promise<FeedState> => {
  const stored = await documents.get(CURSORS, registry);
  // Only `moved` and the line below write these texts.
  if (stored !== undefined)
    return { stored, sources: JSON.parse(sealer.open(stored.position)) as FeedState['sources'] };
  const first: Cursor = { _id: registry, version: 1, position: sealer.seal('{}'), highest: 0, changedAt: now };
  await documents.apply([insertIfAbsentOf(CURSORS, first)]);
  return readFeedState(documents, sealer, registry, now);
};

/**
 * The place of the first event of a page: above all before. It grows with the time as well, so that a page that is worked on
 * again after a crash stands behind what it left.
 */
export const nextPosition = ({ stored }: FeedState, now: number): number => Math.max(now * PLACES, stored.highest + 1);

const PLACES = 1_000; // in a millisecond

/** Whether nobody has moved the feed since. */
export const isUnmoved = async (documents: Documents, { stored: { _id, version } }: FeedState): Promise<boolean> =>
  (await documents.get(CURSORS, _id))?.version === version;

/** False: another was faster, and this page is dropped. */
export const moveFeed = (
  { documents, sealer }: { readonly documents: Documents; readonly sealer: Sealer },
  state: FeedState,
  source: string,
  to: SourceState,
  highest: number,
  now: number,
): Promise<boolean> =>
  documents.replace(CURSORS, {
    ...state.stored,
    position: sealer.seal(JSON.stringify({ ...state.sources, [source]: to })),
    highest,
    changedAt: now,
  });

/** Positions up to this one are given: what follows stands above, by whose clock ever it is placed. False: another was faster. */
export const raiseFeed = (
  documents: Documents,
  { stored }: FeedState,
  highest: number,
  now: number,
): Promise<boolean> => documents.replace(CURSORS, { ...stored, highest, changedAt: now });
