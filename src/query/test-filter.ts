/**
 * A filter compiled to a test of rendered records: the same meaning as the compiled queries have (PROTOCOL 6, MAPPING
 * "What it means, exactly"), for changes that are matched against thousands of filters. Property tests hold it against
 * both the queries and the tests' own reference.
 */

import type { Attribute } from '../dci/attribute.ts';
import type { Compare, Filter, Scalar } from '../dci/filter.ts';
import { keepsPath } from './record-path.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What enclosing `any` nodes look at, innermost last. */
interface Scope {
  readonly list: string;
  readonly item: unknown;
  readonly outer: Scope | undefined;
}

type Test = (scope: Scope) => boolean;

/**
 * Undefined where the records do not show what decides: an attribute that is asked only (`attributes` of the mapping) or that
 * finds areas within areas. Such a filter is left to the backend.
 *
 * @param rendered canonical paths that records of the type can have (`RecordModel.fields`)
 */
export const compileTest = (
  filter: Filter,
  rendered: ReadonlySet<string> | undefined,
): ((record: object) => boolean) | undefined => {
  const test = compile(filter, rendered);
  return test && ((record) => test({ list: '', item: record, outer: undefined }));
};

const compile = (filter: Filter, rendered: ReadonlySet<string> | undefined): Test | undefined => {
  switch (filter.kind) {
    case 'everything':
      return () => true;
    case 'and':
    case 'or': {
      const parts = filter.of.map((each) => compile(each, rendered));
      const tests = parts.filter((part) => part !== undefined);
      if (tests.length < parts.length) return undefined;
      return filter.kind === 'and'
        ? (scope) => tests.every((test) => test(scope))
        : (scope) => tests.some((test) => test(scope));
    }
    case 'not': {
      const test = compile(filter.of, rendered);
      return test && ((scope) => !test(scope));
    }
    case 'any': {
      const { list } = filter;
      const test = compile(filter.of, rendered);
      if (test === undefined || !keepsPath(list, rendered)) return undefined;
      const items = reader(list);
      return (scope) => items(scope).some((item) => test({ list, item, outer: scope }));
    }
    case 'compare':
      return compileCompare(filter, rendered);
  }
};

const compileCompare = (compare: Compare, rendered: ReadonlySet<string> | undefined): Test | undefined => {
  const { attribute, operator, values } = compare;
  const paths = attribute.chains.map((chain) => chain.map(({ path }) => path).join('.'));
  // An attribute of another name than what it shows is the mapping's own: an area, say.
  const shown = paths.length > 1 || paths[0] === attribute.path;
  if (!shown || paths.length === 0 || !paths.every((path) => keepsPath(path, rendered))) return undefined;
  const readers = paths.map(reader);
  const toComparable = comparableOf(attribute);
  const valuesOf = (scope: Scope): Scalar[] =>
    readers.flatMap((read) => read(scope).flatMap((value) => (isScalar(value) ? [toComparable(value)] : [])));
  if (operator === 'exists') {
    const wanted = values[0] === true;
    return (scope) => valuesOf(scope).length > 0 === wanted;
  }
  const against = values.map(toComparable);
  const known = new Set(against);
  switch (operator) {
    case 'eq':
    case 'in':
      return (scope) => valuesOf(scope).some((value) => known.has(value));
    case 'ne':
    case 'nin':
      return (scope) => {
        const found = valuesOf(scope);
        return found.length > 0 && !found.some((value) => known.has(value));
      };
    case 'contains':
      return (scope) => valuesOf(scope).some((value) => against.some((part) => String(value).includes(String(part))));
    case 'startswith':
      return (scope) => valuesOf(scope).some((value) => against.some((part) => String(value).startsWith(String(part))));
    default: {
      const holds = ORDERS[operator];
      return (scope) =>
        valuesOf(scope).some((value) =>
          against.some((other) => typeof value === typeof other && holds(order(value, other))),
        );
    }
  }
};

const ORDERS: Readonly<Record<'gt' | 'ge' | 'lt' | 'le', (order: number) => boolean>> = {
  gt: (sign) => sign > 0,
  ge: (sign) => sign >= 0,
  lt: (sign) => sign < 0,
  le: (sign) => sign <= 0,
};

/** All values at a path, from the innermost item in scope above it, through lists of any depth. */
const reader = (path: string): ((scope: Scope) => unknown[]) => {
  const keysFrom = new Map<string, readonly string[]>();
  return (scope) => {
    let at: Scope = scope;
    while (at.outer !== undefined && path !== at.list && !path.startsWith(`${at.list}.`)) at = at.outer;
    let keys = keysFrom.get(at.list);
    if (keys === undefined) {
      keys = path === at.list ? [] : path.slice(at.list === '' ? 0 : at.list.length + 1).split('.');
      keysFrom.set(at.list, keys);
    }
    const found: unknown[] = [];
    collect(at.item, keys, 0, found);
    return found;
  };
};

const collect = (value: unknown, keys: readonly string[], depth: number, found: unknown[]): void => {
  if (value === undefined || value === null) return;
  if (Array.isArray(value)) {
    for (const each of value) collect(each, keys, depth, found);
    return;
  }
  const key = keys[depth];
  if (key === undefined) found.push(value);
  else if (typeof value === 'object' && Object.hasOwn(value, key))
    collect((value as Fields)[key], keys, depth + 1, found);
};

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** The form in which values of the attribute compare; numbers may be rendered as text. */
const comparableOf = ({ type, match }: Attribute): ((value: Scalar) => Scalar) => {
  if (type === 'integer' || type === 'number') return (value) => Number(value) + 0;
  if (type === 'boolean') return (value) => value;
  if (type === 'datetime') return (value) => instant(String(value));
  if (type === 'date' || match === undefined) return String;
  if (match === 'nocase') return (value) => String(value).toLowerCase();
  return (value) => String(value).normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
};

/** Nine digits of fraction, so that texts order as times do. */
const instant = (text: string): string => {
  const [seconds = '', fraction = ''] = text.replace(/Z$/, '').split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}`;
};

/** Text orders by code point, which is the order of its UTF-8 bytes. */
const order = (left: Scalar, right: Scalar): number =>
  typeof left === 'string' && typeof right === 'string'
    ? Buffer.compare(Buffer.from(left), Buffer.from(right))
    : Number(left) - Number(right);
