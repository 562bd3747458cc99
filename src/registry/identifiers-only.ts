/** What is told of a record that is gone: its identifiers, nothing else (PROTOCOL 8). */

import type { RecordModel } from '../dci/attribute.ts';
import type { DciRecord, View } from '../mapping/mapping.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A record cut down to `@context`, `@type` and its identifiers; undefined when it shows none. */
export const identifiersOnly = (record: DciRecord, { identifiers }: RecordModel): DciRecord | undefined => {
  const keys = identifiers?.split('.') ?? [];
  const list = keys.reduce<unknown>((value, key) => (isFields(value) ? value[key] : undefined), record);
  if (keys.length === 0 || !Array.isArray(list) || list.length === 0) return undefined;
  const named = Object.fromEntries(['@context', '@type'].flatMap((key) => (key in record ? [[key, record[key]]] : [])));
  return { ...named, ...nest(keys, list) };
};

/** Of what was sent earlier: the identifiers that the partner may still see. */
export const stillShown = (sent: DciRecord, model: RecordModel, view: View): DciRecord | undefined => {
  const seen = view.of(model.type);
  const keys = model.identifiers?.split('.') ?? [];
  const list = keys.reduce<unknown>((value, key) => (isFields(value) ? value[key] : undefined), sent);
  if (seen === undefined || !seen.shows(keys.join('.')) || !Array.isArray(list)) return undefined;
  const shown = list.filter((item) => {
    const type = isFields(item) ? item.identifier_type : undefined;
    return seen.showsIdentifier(typeof type === 'string' ? type : '');
  });
  return identifiersOnly({ ...sent, ...nest(keys, shown) }, model);
};

const nest = (keys: readonly string[], list: readonly unknown[]): Record<string, unknown> => {
  const nested = keys.reduceRight<unknown>((value, key) => ({ [key]: value }), list);
  return isFields(nested) ? { ...nested } : {};
};

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
