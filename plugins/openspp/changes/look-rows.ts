/** One page of a look at the keys of all rows, live or not, and at whose they are. */

import type { SweepSource } from 'dci-gateway/plugin';
import type { LookedRow } from '../../native/changes/difference.ts';
import { rowHash } from '../../native/changes/seen-rows.ts';
import { eventColumns, eventOf, touchColumns } from '../../native/changes/touched.ts';
import { and, domainOf, term } from '../domain.ts';
import { fieldsOf, readRows } from '../read-rows.ts';
import { type Call, columnOf, entityOf } from '../tools.ts';
import { ownTouches } from './touched.ts';

export const lookAtRows = async (
  source: SweepSource,
  after: LookedRow['key'] | null,
  limit: number,
  call: Call,
): Promise<readonly LookedRow[]> => {
  const entity = entityOf(call, source.entity);
  const { model } = entity;
  if (model === undefined) return [];
  const named = [...touchColumns(source), ...eventColumns(source)].map((name) => columnOf(entity, name));
  const columns = [...new Set([...named, ...entity.registrants])];
  const condition = and(entity.where, term('id', '>', Number(after?.[0] ?? 0)));
  const options = { domain: domainOf(condition), fields: fieldsOf(columns), limit, order: 'id asc' };
  const rows = await readRows(columns, await call.odoo.read(model, options, call.ctx), call);
  return rows.map(({ id, values }) => {
    // Compared by what the row says itself: who else shows it may change without it.
    const touches = ownTouches(source, entity, values);
    return { key: [id], hash: rowHash(touches), touches, kept: undefined, event: eventOf(source, values) };
  });
};
