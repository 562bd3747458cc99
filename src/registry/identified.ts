/** Of whom a message is, for its audit entry: every identifier in it, of those who are nested as well. */

import type { TriedIdentifier } from '../query/count-identifiers.ts';

/** @param value JSON that is as the standard has it, in whole records or parts of them */
export const identifiersIn = (value: unknown): readonly TriedIdentifier[] => {
  const found = new Map<string, TriedIdentifier>();
  const look = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { identifier_type: type, identifier_value: identifier } = node as Readonly<Record<string, unknown>>; // an array has neither
    if (typeof identifier === 'string' || typeof identifier === 'number') {
      const one = { type: typeof type === 'string' ? type : undefined, value: `${identifier}` };
      found.set(JSON.stringify(one), one);
    }
    for (const each of Object.values(node)) look(each);
  };
  look(value);
  return [...found.values()];
};
