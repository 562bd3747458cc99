/** From a changed row to the records it touches, and to what the change means. */

import type { ChangeSource, EntityKey, NativeValue } from 'dci-gateway/plugin';

type Cells = Readonly<Record<string, NativeValue>>;
export type TouchedKeys = Readonly<Record<string, readonly EntityKey[]>>;

/** A key with an empty part touches nothing: the row hangs on nobody. */
export const touchedBy = ({ touches }: Pick<ChangeSource, 'touches'>, ...rows: readonly Cells[]): TouchedKeys => {
  const found: Record<string, readonly EntityKey[]> = {};
  for (const [type, { columns }] of Object.entries(touches)) {
    const keys = rows.map((row) => columns.map((name) => row[name] ?? null)).filter((key) => !key.includes(null));
    if (keys.length > 0) found[type] = distinct(keys);
  }
  return found;
};

export const joinTouched = (...several: readonly TouchedKeys[]): TouchedKeys => {
  const joined: Record<string, readonly EntityKey[]> = {};
  for (const touched of several)
    for (const [type, keys] of Object.entries(touched)) joined[type] = distinct([...(joined[type] ?? []), ...keys]);
  return joined;
};

const distinct = (keys: readonly EntityKey[]): readonly EntityKey[] => [
  ...new Map(keys.map((key) => [JSON.stringify(key), key])).values(),
];

/** The event's name when the row is one. Values compare as they are written; numbers by what they are. */
export const eventOf = ({ event }: Pick<ChangeSource, 'event'>, row: Cells): string | undefined => {
  if (event === undefined) return undefined;
  const fits = Object.entries(event.where).every(([name, values]) => {
    const cell = row[name] ?? null;
    return values.some((value) => (value === null || cell === null ? value === cell : same(cell, value)));
  });
  return fits ? event.name : undefined;
};

const same = (cell: NonNullable<NativeValue>, value: NonNullable<NativeValue>): boolean => {
  if (typeof cell === 'boolean' || typeof value === 'boolean') return truth(cell) === truth(value);
  return String(cell) === String(value) || (typeof value === 'number' && cell !== '' && Number(cell) === value);
};

const truth = (value: NonNullable<NativeValue>): string =>
  value === 1 || value === '1' ? 'true' : value === 0 || value === '0' ? 'false' : String(value);

export const eventColumns = ({ event }: Pick<ChangeSource, 'event'>): readonly string[] =>
  Object.keys(event?.where ?? {});

export const touchColumns = ({ touches }: Pick<ChangeSource, 'touches'>): readonly string[] =>
  Object.values(touches).flatMap(({ columns }) => columns);
