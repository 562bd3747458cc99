import type { Entity } from 'dci-gateway/plugin';
import { isValueList } from './records.ts';

/** The dotted path of a column from the record; a list of plain values is its own value. */
export const pathOf = (prefix: string, column: string, entity: Entity): string =>
  isValueList(entity) ? prefix.slice(0, -1) : `${prefix}${column}`;
