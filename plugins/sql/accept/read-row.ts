/** A received item as the row that is written. */

import type { IncomingData, IncomingItem, IncomingValue } from 'dci-gateway/plugin';
import { type AcceptConfig, type Circumstance, type ColumnConfig, pathsOf } from './accept-schema.ts';
import { parsePath, type ReceivedPath, SEVERAL, valueAt } from './received-path.ts';

export type WrittenValue = string | number | boolean | null;

export interface WrittenRow {
  readonly key: string;
  /** In the order of `columns`. */
  readonly values: readonly WrittenValue[];
}

export interface RowReader {
  readonly columns: readonly string[];
  /** A sentence for the sender, without a value, where the item makes no row. */
  read(item: IncomingItem, message: IncomingData): WrittenRow | { readonly problem: string };
}

type ReadColumn = (item: IncomingItem, message: IncomingData) => WrittenValue | { readonly problem: string };

/** @param config checked */
export const createRowReader = ({ columns }: AcceptConfig): RowReader => {
  const readers = Object.values(columns).map(columnReader);
  return {
    columns: Object.keys(columns),
    read: (item, message) => {
      const values: WrittenValue[] = [];
      for (const read of readers) {
        const value = read(item, message);
        if (typeof value === 'object' && value !== null) return value;
        values.push(value);
      }
      return { key: item.key, values };
    },
  };
};

const columnReader = (config: ColumnConfig): ReadColumn => {
  if (typeof config === 'object' && 'is' in config) return (item, message) => circumstance(config.is, item, message);
  const names = pathsOf(config);
  const paths = names.map((name) => parsePath(name)).filter((path) => path !== undefined);
  const { codes = undefined, need = false } = typeof config === 'string' ? {} : config;
  const shown = names.join(' or ');
  return ({ data }) => {
    const value = firstOf(data, paths);
    if (value === SEVERAL) return { problem: `There are several values at ${shown}.` };
    if (value === undefined) return need ? { problem: `${shown} is missing.` } : null;
    if (typeof value === 'object' || (typeof value === 'string' && !isStorable(value)))
      return { problem: `${shown} must be plain text, a number or a boolean.` };
    if (codes === undefined) return value;
    const code = String(value);
    return Object.hasOwn(codes, code)
      ? (codes[code] ?? null)
      : { problem: `${shown} has a code that this registry does not know.` };
  };
};

/** No database text holds NUL or half a surrogate pair. */
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

const firstOf = (data: IncomingValue, paths: readonly ReceivedPath[]): IncomingValue | undefined | typeof SEVERAL => {
  for (const path of paths) {
    const value = valueAt(data, path);
    if (value !== undefined) return value;
  }
  return undefined;
};

const circumstance = (is: Circumstance, { data }: IncomingItem, message: IncomingData): WrittenValue => {
  switch (is) {
    case 'partner':
      return message.partner;
    case 'transaction':
      return message.transactionId;
    case 'receipt_type':
      return message.receiptType ?? null;
    case 'received_at':
      return message.receivedAt.replace('T', ' ').replace('Z', ''); // UTC, as columns without a zone hold it
    case 'content':
      return JSON.stringify(data);
  }
};
