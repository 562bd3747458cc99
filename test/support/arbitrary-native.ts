/** Random native filters and queries over what a registry holds: values that are there, that nearly are, and that cannot be. */

import type {
  Capabilities,
  ChildSelection,
  Column,
  Entity,
  NativeCompare,
  NativeFilter,
  NonNullValue,
  RegistryQuery,
} from '../../src/plugin.ts';
import fc from './fast-check.ts';
import { type ObservedWorld, pageOf } from './observed-world.ts';

/** What text columns and careless comparisons trip over. */
const ODD_TEXTS = [
  '',
  ' ',
  'a',
  'A',
  'á',
  'ä',
  'e\u0301',
  'é',
  'ß',
  'ss',
  'ı',
  'İ',
  '0',
  '00',
  '012',
  '12',
  '12 ',
  ' 12',
  '12abc',
  '%',
  '_',
  'a%',
  'a_',
  '!',
  '!%',
  '\\',
  '\\%',
  "'",
  "' or 1=1 --",
  '"',
  '`',
  '\0',
  'a\0',
  '\ud800',
  '😀',
  'Жук',
  '漢',
  'ÿ',
  '€',
  'null',
  'true',
  '-1',
  '1e3',
  '1.0',
  '0x10',
  '{}',
  '[1]',
  '0000-00-00',
  '2023-02-30',
  '1950-07-12',
  'x'.repeat(300),
];
const ODD_NUMBERS = [
  0, -1, 1, 1.5, 127, 128, 255, 256, 32768, 2147483648, -2147483649, 4294967296, 9007199254740992, 1e21, 1e300, -0.001,
];
const ODD_OTHERS: readonly NonNullValue[] = [
  true,
  false,
  '9223372036854775807',
  '9223372036854775808',
  '123456789012345678901234567890',
];

const changed = (value: NonNullValue): readonly NonNullValue[] => {
  if (typeof value === 'number') return [value, value + 1, -value];
  if (typeof value === 'boolean') return [value, !value];
  const points = Array.from(value); // never half a surrogate pair
  const cuts = [points.slice(0, 2), points.slice(1, 3)].map((part) => part.join(''));
  return [value, value.toUpperCase(), value.toLowerCase(), `${value} `, value.trimEnd(), `0${value}`, ...cuts];
};

/** What `in` and the ops eq, contains and startswith are tried with. */
const valuesFor = (held: readonly NonNullValue[]): fc.Arbitrary<NonNullValue> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...(held.length > 0 ? held.flatMap(changed) : ['x'])) },
    { weight: 2, arbitrary: fc.constantFrom<NonNullValue>(...ODD_TEXTS) },
    { weight: 1, arbitrary: fc.constantFrom<NonNullValue>(...ODD_NUMBERS, ...ODD_OTHERS) },
  );

const leaf = (
  world: ObservedWorld,
  entity: Entity,
  column: Column,
  capabilities: Capabilities,
): fc.Arbitrary<NativeFilter> => {
  const { name } = column;
  const held = [...new Set(world.rows(entity.name).map((row) => row[name] ?? null))].filter((value) => value !== null);
  const values = valuesFor(held);
  const equal = values.map((value): NativeFilter => ({ kind: 'compare', column: name, op: 'eq', value }));
  const list = fc
    .array(values, { maxLength: 9 })
    .map((wanted): NativeFilter => ({ kind: 'in', column: name, values: wanted }));
  const can = (op: NativeCompare['op']) => capabilities.compare.has(op) && column.operators?.has(op) !== false;
  const ranges = (['lt', 'le', 'gt', 'ge'] as const).filter((op) => can(op) && held.length > 0);
  const range = () =>
    fc
      .tuple(fc.constantFrom(...ranges), fc.constantFrom(...held))
      .map(([op, value]): NativeFilter => ({ kind: 'compare', column: name, op, value }));
  const present = fc.constant<NativeFilter>({ kind: 'present', column: name });
  const text = fc
    .tuple(fc.constantFrom('contains' as const, 'startswith' as const), values)
    .map(([op, value]): NativeFilter => ({ kind: 'compare', column: name, op, value: String(value) }));
  const length = fc.nat(12).map((characters): NativeFilter => ({ kind: 'length', column: name, characters }));
  const isText = column.type === 'text' && can('contains') && can('startswith');
  return fc.oneof(
    equal,
    list,
    ...(ranges.length > 0 ? [range()] : []),
    present,
    ...(isText ? [text, text, length] : []),
  );
};

const leaves = (world: ObservedWorld, entity: Entity, capabilities: Capabilities): fc.Arbitrary<NativeFilter> => {
  const columns = [...entity.columns.values()].filter(({ searchable }) => searchable);
  return fc.oneof(...columns.map((column) => leaf(world, entity, column, capabilities)));
};

export const arbitraryFilter = (
  world: ObservedWorld,
  entity: Entity,
  capabilities: Capabilities,
  depth = 3,
): fc.Arbitrary<NativeFilter> => {
  const plain = leaves(world, entity, capabilities);
  if (depth === 0) return plain;
  const again = fc.oneof(
    plain,
    fc.constantFrom<NativeFilter>({ kind: 'all' }, { kind: 'none' }),
    deeper(world, entity, capabilities, depth),
  );
  const some = fc.array(again, { maxLength: 3 });
  return fc.oneof(
    { weight: 4, arbitrary: plain },
    { weight: 2, arbitrary: deeper(world, entity, capabilities, depth) },
    { weight: 2, arbitrary: some.map((of): NativeFilter => ({ kind: 'and', of })) },
    { weight: 3, arbitrary: some.map((of): NativeFilter => ({ kind: 'or', of })) },
    { weight: 2, arbitrary: again.map((of): NativeFilter => ({ kind: 'not', of })) },
  );
};

/** Edges whose rows all come back: what lies beyond a `max` cannot be observed. */
const wholeEdges = (entity: Entity) => [...entity.children].filter(([, edge]) => edge.max === undefined);

/** Conditions on child rows (plain ones where there are no children). */
const deeper = (
  world: ObservedWorld,
  entity: Entity,
  capabilities: Capabilities,
  depth: number,
): fc.Arbitrary<NativeFilter> => {
  const edges = capabilities.childDepth > 0 ? wholeEdges(entity) : [];
  if (edges.length === 0) return leaves(world, entity, capabilities);
  return fc.oneof(
    ...edges.flatMap(([child, edge]) => {
      const inner = arbitraryFilter(world, world.entity(edge.entity), capabilities, depth - 1);
      const any = inner.map((filter): NativeFilter => ({ kind: 'any', child, filter }));
      const first = fc
        .tuple(inner, inner)
        .map(([among, filter]): NativeFilter => ({ kind: 'first', child, among, filter }));
      const head = inner.map((filter): NativeFilter => ({ kind: 'first', child, among: { kind: 'all' }, filter }));
      return edge.ordered ? [any, first, head] : [any];
    }),
  );
};

export const arbitraryQuery = (
  world: ObservedWorld,
  entity: Entity,
  capabilities: Capabilities,
): fc.Arbitrary<RegistryQuery> => {
  const sortable = [...entity.columns.values()].filter((column) => column.sortable && column.searchable);
  const order = fc
    .uniqueArray(fc.constantFrom(...sortable.map(({ name }) => name)), { maxLength: 2 })
    .chain((columns) =>
      fc.tuple(
        ...columns.map((column) =>
          fc.constantFrom<'asc' | 'desc'>('asc', 'desc').map((direction) => ({ column, direction })),
        ),
      ),
    );
  return fc
    .record({
      filter: arbitraryFilter(world, entity, capabilities, 2),
      children: arbitraryChildren(world, entity, capabilities, 2),
      order: capabilities.sort ? order : fc.constant([]),
      limit: fc.integer({ min: 1, max: 12 }),
      offset: fc.constantFrom(0, 0, 1, 3, 10),
      countCap: fc.constantFrom(1, 5, 10_000),
    })
    .map(({ children, ...query }) => ({
      ...pageOf(entity),
      ...query,
      select: { columns: [...entity.columns.keys()], children },
    }));
};

const arbitraryChildren = (
  world: ObservedWorld,
  entity: Entity,
  capabilities: Capabilities,
  depth: number,
): fc.Arbitrary<Record<string, ChildSelection>> => {
  const edges = depth === 0 || capabilities.childDepth === 0 ? [] : wholeEdges(entity);
  if (edges.length === 0) return fc.constant({});
  const selections = edges.map(([child, edge]) => {
    const target = world.entity(edge.entity);
    const filter = arbitraryFilter(world, target, capabilities, 1);
    return fc
      .record(
        {
          filter,
          first: fc.oneof(fc.constant<NativeFilter>({ kind: 'all' }), filter),
          children: arbitraryChildren(world, target, capabilities, depth - 1),
        },
        { requiredKeys: ['children'] },
      )
      .map(
        (selection): ChildSelection => ({
          child,
          columns: [...target.columns.keys()],
          children: selection.children,
          ...(selection.filter === undefined ? {} : { filter: selection.filter }),
          ...(selection.first === undefined || !edge.ordered ? {} : { first: selection.first }),
        }),
      );
  });
  return fc
    .array(fc.oneof(...selections), { maxLength: 2 })
    .map((chosen) => Object.fromEntries(chosen.map((selection, n) => [`alias${n}`, selection])));
};
