/** The entities as `describe` tells them, and what of them the upstream can be asked: nothing that the configuration does not name. */
import {
  type ChildEdge,
  type Column,
  type ColumnType,
  type ConfigProblem,
  ConfigProblems,
  type Entity,
  type NativeCompare,
} from 'dci-gateway/plugin';
import type { Attribute, AttributeConfig, EntityConfig, Operator, PassthroughConfig, RecordType } from './config.ts';
import { isValueList, KEY, VALUE } from './records.ts';

export interface World {
  /** By name, with `searchable`, `sortable` and `operators` as configured. */
  readonly entities: ReadonlyMap<string, Entity>;
  readonly recordTypes: ReadonlyMap<string, RecordType>;
}

const IDENTIFIER_LISTS = ['identifier', 'member_identifier', 'group_identifier'];

const COLUMN_TYPES: Readonly<Record<string, ColumnType>> = { number: 'float', datetime: 'instant' };

/** Throws `ConfigProblems` for attributes that are nowhere. */
export const makeWorld = (config: PassthroughConfig, found: readonly Entity[]): World => {
  const known = new Map(found.map((entity) => [entity.name, entity]));
  for (const [name, own] of Object.entries(config.entities)) known.set(name, withOwn(name, known.get(name), own));
  const uses = new Map<string, Set<Operator>>();
  const sorted = new Set<string>();
  const problems: ConfigProblem[] = [];
  const recordTypes = new Map<string, RecordType>();
  for (const [name, own] of Object.entries(config.entities)) {
    const entity = known.get(name);
    if (entity === undefined || isItem(name)) continue;
    const attributes = new Map<string, Attribute>();
    for (const [path, written] of Object.entries(own.attributes ?? {})) {
      const place = placeOf(entity, path, known);
      if (place === undefined) {
        problems.push({
          path: ['entities', name, 'attributes', path],
          problem: `is no field of ${name} that the mapping knows`,
        });
        continue;
      }
      const attribute = readAttribute(path, written);
      attributes.set(path, attribute);
      addUse(uses, place, [...attribute.operators, ...attribute.here]);
      if (attribute.sort) sorted.add(place);
    }
    const identifiers = identifiersOf(entity, own, known);
    if (identifiers !== undefined && queriesOf(config).includes('idtype-value'))
      for (const column of [identifiers.type, identifiers.value]) {
        const place = placeOf(entity, `${identifiers.list}.${column}`, known);
        if (place !== undefined) addUse(uses, place, ['eq']);
      }
    recordTypes.set(name, { entity, wireName: own.record_type ?? name, identifiers, key: own.key, attributes });
  }
  if (problems.length > 0) throw new ConfigProblems(problems);
  const entities = new Map(
    [...known].map(([name, entity]) => [
      name,
      withKey(limited(entity, uses, sorted), recordTypes.get(name)?.key !== undefined),
    ]),
  );
  const complete = [...recordTypes].map(
    ([name, type]) => [name, { ...type, entity: entities.get(name) ?? type.entity }] as const,
  );
  return { entities, recordTypes: new Map(complete) };
};

export const queriesOf = ({ queries }: PassthroughConfig): NonNullable<PassthroughConfig['queries']> =>
  queries ?? ['idtype-value'];

/** Columns and children that the configuration adds to the standard's, or writes in place of them. */
const withOwn = (name: string, known: Entity | undefined, own: EntityConfig & OwnColumns): Entity => {
  if (own.columns === undefined && own.children === undefined)
    return known ?? { name, key: [], columns: new Map(), children: new Map() };
  const columns = Object.entries(own.columns ?? {}).map(
    ([column, type]) => [column, makeColumn(column, type)] as const,
  );
  const children = Object.entries(own.children ?? {}).map(([child, { entity, one }]): readonly [string, ChildEdge] => [
    child,
    { entity, on: {}, ordered: true, ...(one === true && { max: 1 }) },
  ]);
  return { name, key: [], columns: new Map(columns), children: new Map(children) };
};

interface OwnColumns {
  readonly columns?: Readonly<Record<string, string>>;
  readonly children?: Readonly<Record<string, { readonly entity: string; readonly one?: boolean }>>;
}

const makeColumn = (name: string, written: string): Column => {
  const type = COLUMN_TYPES[written] ?? (written as ColumnType); // the schema lists the others
  return { name, type, nullable: true, nativeType: written, searchable: true, sortable: true };
};

/** A list's item, not a record that is searched by itself. */
const isItem = (name: string): boolean => name.includes('.');

const identifiersOf = (
  entity: Entity,
  own: EntityConfig,
  known: ReadonlyMap<string, Entity>,
): RecordType['identifiers'] => {
  if (own.identifiers !== undefined) return own.identifiers;
  const list = IDENTIFIER_LISTS.find((each) => entity.children.has(each));
  const item = list === undefined ? undefined : known.get(entity.children.get(list)?.entity ?? '');
  if (list === undefined || item?.columns.has('identifier_value') !== true) return undefined;
  return { list, type: 'identifier_type', value: 'identifier_value' };
};

const readAttribute = (path: string, written: readonly Operator[] | AttributeConfig): Attribute => {
  const own: AttributeConfig = isList(written) ? { operators: written } : written;
  return {
    name: own.name ?? path,
    operators: new Set(own.operators ?? []),
    here: new Set(own.here ?? []),
    match: own.match ?? 'exact',
    sort: own.sort ?? false,
  };
};

const isList = (written: readonly Operator[] | AttributeConfig): written is readonly Operator[] =>
  Array.isArray(written);

/** `Person.identifier|identifier_value`: the column at a dotted path from a record. Undefined: there is none. */
const placeOf = (entity: Entity, path: string, known: ReadonlyMap<string, Entity>): string | undefined => {
  if (entity.columns.has(path)) return `${entity.name}|${path}`;
  for (const [child, edge] of entity.children) {
    const target = known.get(edge.entity);
    if (target === undefined) continue;
    if (path === child && isValueList(target)) return `${target.name}|${VALUE}`;
    const found = path.startsWith(`${child}.`) ? placeOf(target, path.slice(child.length + 1), known) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
};

const addUse = (uses: Map<string, Set<Operator>>, place: string, operators: readonly Operator[]): void => {
  uses.set(place, new Set([...(uses.get(place) ?? []), ...operators]));
};

/** Where records are told apart, their key is a column that they do not have themselves. */
const withKey = (entity: Entity, keyed: boolean): Entity => {
  if (!keyed) return entity;
  const column: Column = { ...makeColumn(KEY, 'text'), operators: new Set(['eq']), sortable: false };
  return { ...entity, key: [KEY], columns: new Map([...entity.columns, [KEY, column]]) };
};

const limited = (
  entity: Entity,
  uses: ReadonlyMap<string, ReadonlySet<Operator>>,
  sorted: ReadonlySet<string>,
): Entity => ({
  ...entity,
  columns: new Map(
    [...entity.columns].map(([name, column]) => {
      const place = `${entity.name}|${name}`;
      const operators = comparisons(uses.get(place) ?? new Set(), column.type);
      return [name, { ...column, searchable: operators.size > 0, sortable: sorted.has(place), operators }];
    }),
  ),
});

/** What a column can be compared with: `in` and `ne` are made of `eq`; a moment that is equal lies between two others. */
const comparisons = (operators: ReadonlySet<Operator>, type: ColumnType): ReadonlySet<NativeCompare['op']> => {
  const found = new Set<NativeCompare['op']>();
  for (const operator of operators) {
    if (operator === 'in' || operator === 'ne' || operator === 'nin') found.add('eq');
    else if (operator !== 'exists') found.add(operator);
  }
  if (type === 'instant' && !(found.has('ge') && found.has('lt'))) found.delete('eq');
  return found;
};
