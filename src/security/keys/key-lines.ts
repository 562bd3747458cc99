/** Our keys follow each other in lines: of each line one is in use, and the next one takes over from it. */

import type { StoredKey } from '../../store/store.ts';
import type { OwnKeyKind } from './own-key.ts';

/** As the ids in the store begin: `signing-1`. */
export type Line = 'signing' | 'token' | 'encryption-rsa' | 'encryption-ec';

export const LINES: Readonly<Record<Line, { readonly use: StoredKey['use']; readonly kind: OwnKeyKind }>> = {
  signing: { use: 'sig', kind: 'ed25519' },
  token: { use: 'token', kind: 'ed25519' },
  // Partners choose: every JOSE library knows both, some hardware only the first.
  'encryption-rsa': { use: 'enc', kind: 'rsa' },
  'encryption-ec': { use: 'enc', kind: 'p-256' },
};

export const ALL_LINES = Object.keys(LINES) as readonly Line[]; // its keys are the lines

export const linesOf = (use: StoredKey['use']): readonly Line[] => ALL_LINES.filter((line) => LINES[line].use === use);

export const isOfLine = ({ id }: Pick<StoredKey, 'id'>, line: Line): boolean => id.startsWith(`${line}-`);

export const idInLine = (line: Line, number: number): string => `${line}-${number}`;

export const numberAfter = (keys: readonly Pick<StoredKey, 'id'>[], line: Line): number =>
  1 + Math.max(0, ...keys.map(({ id }) => (id.startsWith(`${line}-`) ? Number(id.slice(line.length + 1)) || 0 : 0)));
