/** A DCI record as rows: columns are dotted paths, children its lists and nested records. What is not of a column's type is absent. */
import type {
  ChildSelection,
  ColumnType,
  Entity,
  NativeRow,
  NativeValue,
  Selection,
  UpstreamJson,
  UpstreamObject,
} from 'dci-gateway/plugin';
import type { RecordType } from './config.ts';

/** The column of a list of plain values. */
export const VALUE = 'value';

/** The column of a record's key: the value of its identifier of the configured type. */
export const KEY = '@key';

export const withKey = (record: UpstreamObject, { identifiers, key }: RecordType): UpstreamObject => {
  if (identifiers === undefined || key === undefined) return record;
  const { list, type, value } = identifiers;
  const own = childNodes(record, list).find((each) => cell(each, type, 'text') === key);
  return { ...record, [KEY]: own === undefined ? null : cell(own, value, 'text') };
};

export const isValueList = ({ columns, children }: Entity): boolean =>
  columns.size === 1 && columns.has(VALUE) && children.size === 0;

/** What stands at a dotted path; of a list of plain values each item is its own value. */
const at = (node: UpstreamJson, path: string): UpstreamJson | undefined => {
  if (!isObject(node)) return path === VALUE ? node : undefined;
  let current: UpstreamJson | undefined = node;
  for (const step of path.split('.')) {
    if (!isObject(current) || !Object.hasOwn(current, step)) return undefined;
    current = current[step];
  }
  return current;
};

/** A column's value on a record or an item, in the column's type. */
export const cell = (node: UpstreamJson, path: string, type: ColumnType): NativeValue => {
  const value = at(node, path);
  return value === undefined ? null : READERS[type](value);
};

/** The rows of a child: a list's items, or the one nested record. */
export const childNodes = (node: UpstreamJson, path: string): readonly UpstreamJson[] => {
  const value = at(node, path);
  if (value === undefined || value === null) return [];
  return isArray(value) ? value.filter((each) => each !== null) : [value];
};

/** @param keeps whether an item satisfies a child's filter */
export const rowOf = (
  node: UpstreamJson,
  entity: Entity,
  select: Selection,
  entities: ReadonlyMap<string, Entity>,
  chosen: (items: readonly UpstreamJson[], child: ChildSelection, entity: Entity) => readonly UpstreamJson[],
): NativeRow => ({
  columns: Object.fromEntries(
    select.columns.map((column) => [column, cell(node, column, entity.columns.get(column)?.type ?? 'other')]),
  ),
  children: Object.fromEntries(
    Object.entries(select.children).map(([alias, child]) => {
      const target = entities.get(entity.children.get(child.child)?.entity ?? '');
      if (target === undefined) return [alias, []];
      const items = chosen(childNodes(node, child.child), child, target);
      return [alias, items.map((item) => rowOf(item, target, child, entities, chosen))];
    }),
  ),
});

const text = (value: UpstreamJson): NativeValue => {
  if (typeof value === 'string') return value === '' ? null : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
};

const number = (value: UpstreamJson): NativeValue => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) ? Number(value) : null;
};

const integer = (value: UpstreamJson): NativeValue => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null;
  if (typeof value !== 'string' || !/^(0|-?[1-9]\d{0,37})$/.test(value)) return null;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
};

const boolean = (value: UpstreamJson): NativeValue => {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : null;
};

const DAY = /^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

const date = (value: UpstreamJson): NativeValue => {
  const day = typeof value === 'string' ? DAY.exec(value)?.[1] : undefined;
  return day !== undefined && isDay(day) ? day : null;
};

const isDay = (day: string): boolean => {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === day;
};

/** In UTC and cut to seconds; a time without a zone is UTC. */
const instant = (value: UpstreamJson): NativeValue => {
  const [whole, day = '', time = '00:00:00', , zone = 'Z'] =
    (typeof value === 'string' ? INSTANT.exec(value) : null) ?? [];
  if (whole === undefined || !isDay(day)) return null;
  const seconds = time.length === 5 ? `${time}:00` : time;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const moment = Date.parse(`${day}T${seconds}${offset}`);
  return Number.isNaN(moment) ? null : `${new Date(moment).toISOString().slice(0, 19)}Z`;
};

const READERS: Readonly<Record<ColumnType, (value: UpstreamJson) => NativeValue>> = {
  ...{ text, integer, float: number, decimal: number, boolean, date, instant, datetime: instant },
  other: () => null,
};

export const isObject = (value: UpstreamJson | undefined): value is { readonly [key: string]: UpstreamJson } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isArray = (value: UpstreamJson): value is readonly UpstreamJson[] => Array.isArray(value);
