/** What the cases of the Store's contract share. */

import type { Clock } from '../../src/clock.ts';
import type { Store } from '../../src/store/store.ts';

/** A fresh, empty store; `Symbol.asyncDispose` ends all that was started for it. */
export type MakeStore = (options: { readonly clock: Clock }) => Promise<{ readonly store: Store } & AsyncDisposable>;

export const AT_ONCE = 50;
export const ODD_TEXTS = [
  "o'Brien",
  'a.b.c',
  '$where',
  '"quoted"',
  'Ñandú – 日本語 😀',
  'back\\slash',
  ' blank ',
  "'; DROP TABLE partner; --",
  '%_',
  '__proto__',
];
export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
