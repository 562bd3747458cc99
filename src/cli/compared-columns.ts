/** Which columns a search by an attribute compares: read off the query that the mapping compiles for it. */

import type { Attribute } from '../dci/attribute.ts';
import type { Operator, Scalar } from '../dci/filter.ts';
import { ItemRejection } from '../errors.ts';
import type { Mapping, View } from '../mapping/mapping.ts';
import type { Entity, NativeFilter } from '../plugin.ts';

/** How the rows are found: over one column, over the best of several conditions, over each of several. */
export type Access =
  | { readonly kind: 'column'; readonly entity: string; readonly column: string }
  | { readonly kind: 'best'; readonly of: readonly Access[] }
  | { readonly kind: 'each'; readonly of: readonly Access[] }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unknown' };

const EVERYTHING: View = { of: () => ({ shows: () => true, showsIdentifier: () => true, rows: undefined }) };

/** How an equality on the attribute finds its records; undefined when it cannot be searched for equality. */
export const accessOf = (
  mapping: Mapping,
  entities: ReadonlyMap<string, Entity>,
  recordType: string,
  attribute: Attribute,
): Access | undefined => {
  const probes: readonly [Operator, Scalar][] = [
    ['eq', sample(attribute)],
    ['exists', true],
  ]; // a template takes no sample apart
  for (const [operator, value] of probes) {
    const query = attribute.operators.has(operator)
      ? compiled(mapping, recordType, attribute, operator, value)
      : undefined;
    if (query !== undefined && query.filter.kind !== 'none')
      return access(query.filter, query.entity, entities, operator === 'exists');
  }
  return undefined;
};

const compiled = (mapping: Mapping, recordType: string, attribute: Attribute, operator: Operator, value: Scalar) => {
  try {
    return mapping.compile({
      recordType,
      filter: { kind: 'compare', attribute, operator, values: [value] },
      view: EVERYTHING,
      projection: [],
      sort: [],
      limit: 1,
      offset: 0,
      countCap: 1,
    }).query;
  } catch (cause) {
    if (cause instanceof ItemRejection) return undefined;
    throw cause;
  }
};

const SAMPLES: Readonly<Record<Attribute['type'], Scalar>> = {
  text: 'x',
  integer: 1,
  number: 1,
  boolean: true,
  date: '2000-01-01',
  datetime: '2000-01-01T00:00:00Z',
};

const sample = ({ type, codes }: Attribute): Scalar => codes?.codes.keys().next().value ?? SAMPLES[type];

const access = (
  filter: NativeFilter,
  entity: string,
  entities: ReadonlyMap<string, Entity>,
  presence: boolean,
): Access => {
  const below = (of: readonly NativeFilter[]): Access[] => of.map((each) => access(each, entity, entities, presence));
  switch (filter.kind) {
    case 'compare':
    case 'in':
      return { kind: 'column', entity, column: filter.column };
    case 'present':
      return presence ? { kind: 'column', entity, column: filter.column } : { kind: 'unknown' };
    case 'and':
      return { kind: 'best', of: below(filter.of) };
    case 'or':
      return { kind: 'each', of: below(filter.of) };
    case 'any':
    case 'first': {
      const child = entities.get(entity)?.children.get(filter.child)?.entity;
      return child === undefined ? { kind: 'unknown' } : access(filter.filter, child, entities, presence);
    }
    case 'none':
      return { kind: 'nothing' };
    default:
      return { kind: 'unknown' };
  }
};

/** The columns in it. */
export const columnsIn = (found: Access): readonly { readonly entity: string; readonly column: string }[] =>
  'of' in found ? found.of.flatMap(columnsIn) : found.kind === 'column' ? [found] : [];

/** Whether it reads a whole table, given the columns that do (`entity.column`). */
export const reads = (found: Access, scanned: ReadonlySet<string>): boolean => {
  switch (found.kind) {
    case 'column':
      return scanned.has(`${found.entity}.${found.column}`);
    case 'best':
      return found.of.every((each) => reads(each, scanned));
    case 'each':
      return found.of.some((each) => reads(each, scanned));
    case 'nothing':
      return false;
    case 'unknown':
      return true;
  }
};
