/** The standard's code lists, by the names that the field tables use (SPDCI, Apache-2.0; see codes.json). */

import type { CodeList } from './attribute.ts';
import source from './codes.json' with { type: 'json' };

/** Lists that the standard leaves to the country, or that hold one example only: other text is a value as well. */
const OPEN: ReadonlySet<string> = new Set([
  'identifier_type',
  'language_code',
  'income_level',
  'occupation',
  'equipment_source',
]);

const read = (name: string, codes: Readonly<Record<string, readonly string[]>>): CodeList => ({
  name,
  codes: new Map(Object.entries(codes)),
  labels: new Map(
    Object.entries(codes).flatMap(([code, [label]]) => (label === undefined ? [] : [[code, label.trim()]])),
  ),
  open: OPEN.has(name),
});

export const CODE_LISTS: ReadonlyMap<string, CodeList> = new Map(
  Object.entries(source.lists).map(([name, codes]) => [name, read(name, codes)]),
);

/** The list of this name, as the field tables spell it. Undefined when there is none. */
export const codeList = (name: string): CodeList | undefined => CODE_LISTS.get(name);
