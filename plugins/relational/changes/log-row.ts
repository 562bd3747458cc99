/** What a row of a log says. */

import type { LogSource, NativeChange, NativeValue } from 'dci-gateway/plugin';
import { eventColumns, eventOf, touchColumns, touchedBy } from '../../native/changes/touched.ts';

type Cells = Readonly<Record<string, NativeValue>>;

/** Columns of the log that are read. */
export const logColumns = (source: LogSource): readonly string[] => [
  ...new Set([
    source.seq,
    ...(source.op === undefined ? [] : [source.op.column]),
    ...touchColumns(source),
    ...eventColumns(source),
    ...Object.values(source.old?.columns ?? {}),
  ]),
];

/** `version`: the row's number in the log, which no other row has. */
export const changeOf = (source: LogSource, cells: Cells, version: string): NativeChange => {
  const { op, old } = source;
  const code = op === undefined ? null : (cells[op.column] ?? null);
  const kind = (code === null ? undefined : op?.kinds[String(code)]) ?? 'changed';
  const before = Object.entries(old?.columns ?? {}).map(([own, logged]) => [own, cells[logged] ?? null] as const);
  const known = before.some(([, value]) => value !== null);
  const columns = Object.fromEntries(before);
  const event = eventOf(source, cells);
  return {
    // A row that moved touches the parent it left as well.
    touches: touchedBy(source, cells, ...(known ? [columns] : [])),
    kind,
    version,
    ...(old !== undefined && known && { old: { entity: old.entity, row: { columns, children: {} } } }),
    ...(event !== undefined && { event }),
  };
};
