/**
 * The reference meaning of a filter (PROTOCOL 6, MAPPING "What it means, exactly"), on records as they are rendered.
 * It shares nothing with the compiler: property tests hold the two against each other.
 *
 * - A value that is absent, null or an empty list satisfies nothing but `exists false`.
 * - On a list, `eq … startswith` and `exists true` mean "some item"; `ne` and `nin` mean "there are values and none of
 *   them is"; `exists false` means "no item has it". Within `any` the same holds for the one item that is looked at.
 * - `not` is the exact complement.
 * - Text orders and equals by code point; it is folded only where the attribute says so.
 */
import type { Attribute } from '../../src/dci/attribute.ts';
import type { Compare, Filter, Scalar } from '../../src/dci/filter.ts';
import type { DciRecord } from '../../src/mapping/mapping.ts';

/** The list items that enclosing `any` nodes look at, by the list's path. The record itself lies at ''. */
type Scope = ReadonlyMap<string, unknown>;

export const evaluate = (filter: Filter, record: DciRecord): boolean => holds(filter, new Map([['', record]]));

const holds = (filter: Filter, scope: Scope): boolean => {
  switch (filter.kind) {
    case 'everything':
      return true;
    case 'and':
      return filter.of.every((each) => holds(each, scope));
    case 'or':
      return filter.of.some((each) => holds(each, scope));
    case 'not':
      return !holds(filter.of, scope);
    case 'any':
      return valuesAt(filter.list, scope).some((item) => holds(filter.of, new Map([...scope, [filter.list, item]])));
    case 'compare':
      return compares(filter, scope);
  }
};

const compares = (compare: Compare, scope: Scope): boolean => {
  const { attribute, operator } = compare;
  const values = attribute.chains
    .flatMap((chain) => valuesAt(chain.map((step) => step.path).join('.'), scope))
    .filter(isScalar)
    .map((value) => comparable(value, attribute));
  const wanted = operator === 'exists' ? [] : compare.values.map((value) => comparable(value, attribute));
  const some = (test: (value: Scalar, against: Scalar) => boolean): boolean =>
    values.some((value) => wanted.some((against) => typeof value === typeof against && test(value, against)));
  const equal = (): boolean => some((value, against) => order(value, against) === 0);
  switch (operator) {
    case 'exists':
      return values.length > 0 === (compare.values[0] === true);
    case 'eq':
    case 'in':
      return equal();
    case 'ne':
    case 'nin':
      return values.length > 0 && !equal();
    case 'gt':
      return some((value, against) => order(value, against) > 0);
    case 'ge':
      return some((value, against) => order(value, against) >= 0);
    case 'lt':
      return some((value, against) => order(value, against) < 0);
    case 'le':
      return some((value, against) => order(value, against) <= 0);
    case 'contains':
      return some((value, against) => String(value).includes(String(against)));
    case 'startswith':
      return some((value, against) => String(value).startsWith(String(against)));
  }
};

/** All values at a path, from the innermost item in scope that lies above it, through lists of any depth. */
const valuesAt = (path: string, scope: Scope): unknown[] => {
  let from = '';
  for (const list of scope.keys()) if (list.length > from.length && isAtOrBelow(path, list)) from = list;
  const rest = path === from ? [] : path.slice(from === '' ? 0 : from.length + 1).split('.');
  return rest.reduce<unknown[]>(
    (found, key) => flatten(found.map((each) => (isObject(each) && Object.hasOwn(each, key) ? each[key] : undefined))),
    flatten([scope.get(from)]),
  );
};

const flatten = (values: readonly unknown[]): unknown[] =>
  values.flatMap((each) => (Array.isArray(each) ? flatten(each) : each === undefined || each === null ? [] : [each]));

const isAtOrBelow = (path: string, list: string): boolean => path === list || path.startsWith(`${list}.`);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** A value in the form in which the attribute compares; numbers may be rendered as text (`"45.50"`). */
const comparable = (value: Scalar, attribute: Attribute): Scalar => {
  if (attribute.type === 'integer' || attribute.type === 'number') return Number(value);
  if (attribute.type === 'boolean') return value;
  const text = String(value);
  if (attribute.type === 'datetime') return instant(text);
  if (attribute.type === 'date') return text;
  if (attribute.match === 'nocase') return text.toLowerCase();
  return attribute.match === 'fold' ? text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase() : text;
};

/** `2022-05-05T00:00:00.12Z` with nine digits of fraction, so that texts order as times do. */
const instant = (text: string): string => {
  const [seconds = '', fraction = ''] = text.replace(/Z$/, '').split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}`;
};

const order = (left: Scalar, right: Scalar): number =>
  typeof left === 'string' && typeof right === 'string' ? byCodePoint(left, right) : Number(left) - Number(right);

/** UTF-8 orders like code points; JavaScript's `<` orders by UTF-16 units. */
const byCodePoint = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));
