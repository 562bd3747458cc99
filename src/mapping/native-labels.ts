/** The registry's own codes as further names of what they stand for: senders who know its forms write `sex: F` (PROTOCOL 6). */

import type { CodeList } from '../dci/attribute.ts';
import type { Scalar } from '../dci/filter.ts';

/**
 * A native code that is another code's name, or stands for several, names nothing: it would be a guess. One that is a word
 * is the label of what has no other.
 */
export const withNativeLabels = (list: CodeList, natives: ReadonlyMap<string, Scalar>): CodeList => {
  const meanings = new Map<string, Set<Scalar>>();
  const mean = (name: string, value: Scalar): void => {
    const folded = name.toLowerCase();
    meanings.set(folded, (meanings.get(folded) ?? new Set()).add(value));
  };
  for (const [code, labels] of list.codes) for (const name of [code, ...labels]) mean(name, code);
  for (const [native, value] of natives) mean(native, value);
  const added = [...natives].filter(
    ([native, value]) => native !== value && meanings.get(native.toLowerCase())?.size === 1,
  );
  if (added.length === 0) return list;
  const labelsOf = (code: string): readonly string[] =>
    added.filter(([, value]) => value === code).map(([native]) => native);
  const words = added.filter(([native]) => WORD.test(native)).toReversed(); // the first of them decides
  return {
    ...list,
    codes: new Map([...list.codes].map(([code, labels]) => [code, [...labels, ...labelsOf(code)]])),
    labels: new Map([...words.map(([native, value]) => [String(value), native] as const), ...list.labels]),
  };
};

/** `Nuclear family`, not `NF` or `07`. */
const WORD = /\p{L}{3}/u;
