/** `{purpose}`, `{partner}` and `{today}` in the values of a consent rule. */

import { isJsonArray, isJsonObject, type JsonNode } from '../dci/json-node.ts';

/** All that there are. */
export const PLACEHOLDERS = ['purpose', 'partner', 'today'] as const;

export type Placeholders = Readonly<Partial<Record<(typeof PLACEHOLDERS)[number], string>>>;

/** The query with each value that is exactly a placeholder filled in; others of `PLACEHOLDERS` stay. */
export const fillPlaceholders = (node: JsonNode, values: Placeholders): JsonNode => {
  if (typeof node === 'string') {
    const name = PLACEHOLDERS.find((each) => node === `{${each}}`);
    return (name && values[name]) ?? node;
  }
  if (isJsonArray(node)) return node.map((each) => fillPlaceholders(each, values));
  if (!isJsonObject(node)) return node;
  const filled = Object.entries(node).map(([key, value]) => [key, fillPlaceholders(value, values)]);
  return Object.assign(Object.create(null), Object.fromEntries(filled));
};

/** A value that looks like a placeholder and is none: a slip of the pen that would let nobody through. */
export const strayPlaceholder = (node: JsonNode): string | undefined => {
  if (typeof node === 'string')
    return /^\{\w+\}$/.test(node) && !PLACEHOLDERS.some((each) => node === `{${each}}`) ? node : undefined;
  const below = isJsonArray(node) ? node : isJsonObject(node) ? Object.values(node) : [];
  for (const each of below) {
    const stray = strayPlaceholder(each);
    if (stray !== undefined) return stray;
  }
  return undefined;
};
