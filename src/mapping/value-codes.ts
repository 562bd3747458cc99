/** What the values of a mapped field may be, under which names they are known, and how they are labelled. */

import type { CodeList } from '../dci/attribute.ts';
import { codeList } from '../dci/code-lists.ts';
import { withNativeLabels } from './native-labels.ts';
import type { LeafSpec } from './spec.ts';

/** Undefined: anything. */
export const valueCodes = (spec: LeafSpec): CodeList | undefined => {
  const list = listOf(spec);
  return spec.labels === undefined ? list : withLabels(list ?? { ...NO_CODES, name: nameOf(spec) }, spec.labels);
};

const NO_CODES = { codes: new Map(), labels: new Map(), open: true };

const nameOf = ({ path }: LeafSpec): string => String(path.at(-1));

const listOf = (spec: LeafSpec): CodeList | undefined => {
  const standard = spec.list === undefined ? undefined : codeList(spec.list);
  if (spec.codes === undefined) return standard;
  if (standard !== undefined && !standard.open) return withNativeLabels(standard, spec.codes);
  const values = new Set(
    [...spec.codes.values(), spec.otherwise, spec.missing].filter((value) => typeof value === 'string'),
  );
  if (values.size === 0) return standard;
  const list = {
    name: standard?.name ?? nameOf(spec),
    codes: new Map([...values].map((value) => [value, standard?.codes.get(value) ?? []])),
    labels: standard?.labels ?? new Map<string, string>(),
    open: standard !== undefined,
  };
  return withNativeLabels(list, spec.codes);
};

/** `labels`: written before any other label, and names to search by. */
const withLabels = (list: CodeList, labels: ReadonlyMap<string, string>): CodeList => {
  const codes = new Map(list.codes);
  for (const [code, label] of labels) codes.set(code, [label, ...(codes.get(code) ?? [])]);
  return { ...list, codes, labels: new Map([...list.labels, ...labels]) };
};
