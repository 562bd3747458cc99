/** Many look-ups as one filter: those that differ in one value only become one `in`. */

import type { Compare, Filter } from '../../dci/filter.ts';

interface Form {
  /** Of the filter without its value: equal forms can be merged. */
  readonly key: string;
  readonly filter: Filter;
  readonly values: Set<Compare['values'][number]>;
}

/**
 * Satisfied by what satisfies one of the filters, and by nothing else. Undefined where one of them is no look-up of a
 * single value: `any` of a list whose conditions are all equalities, one of them on `identifier_value`.
 */
export const mergeLookUps = (filters: readonly Filter[]): Filter | undefined => {
  const forms = new Map<string, Form>();
  for (const filter of filters) {
    const compare = lookedFor(filter);
    const [value] = compare?.values ?? [];
    if (compare === undefined || value === undefined) return undefined;
    const key = keyOf(filter);
    const form = forms.get(key) ?? { key, filter, values: new Set() };
    form.values.add(value);
    forms.set(key, form);
  }
  const merged = [...forms.values()].map(({ filter, values }) => withValues(filter, [...values]));
  const [only] = merged;
  return only !== undefined && merged.length === 1 ? only : { kind: 'or', of: merged };
};

/** The filter itself where it compares an identifier's value with one. */
const asValue = (filter: Filter): Compare | undefined =>
  filter.kind === 'compare' &&
  filter.operator === 'eq' &&
  filter.values.length === 1 &&
  filter.attribute.path.endsWith('.identifier_value')
    ? filter
    : undefined;

/** The one comparison of an identifier's value in it. */
const lookedFor = (filter: Filter): Compare | undefined => {
  if (filter.kind === 'any') return lookedFor(filter.of);
  if (filter.kind !== 'and') return asValue(filter);
  const [found, ...more] = filter.of.filter((each) => asValue(each) !== undefined);
  const plain = filter.of.every(({ kind }) => kind === 'compare');
  return plain && found !== undefined && more.length === 0 ? asValue(found) : undefined;
};

const keyOf = (filter: Filter): string => {
  switch (filter.kind) {
    case 'any':
      return JSON.stringify(['any', filter.list, keyOf(filter.of)]);
    case 'and':
      return JSON.stringify(['and', ...filter.of.map(keyOf)]);
    case 'compare':
      return JSON.stringify([filter.attribute.path, filter.operator, asValue(filter) ? null : filter.values]);
    default:
      throw new TypeError('no look-up'); // `lookedFor` has seen that it is one
  }
};

const withValues = (filter: Filter, values: Compare['values']): Filter => {
  if (filter.kind === 'any') return { ...filter, of: withValues(filter.of, values) };
  if (filter.kind === 'and') return { ...filter, of: filter.of.map((each) => withValues(each, values)) };
  const value = asValue(filter);
  return value === undefined ? filter : { ...value, operator: values.length === 1 ? 'eq' : 'in', values };
};
