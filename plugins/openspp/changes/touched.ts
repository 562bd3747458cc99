/**
 * From changed rows to the records that show them. An identifier hangs on a registrant, which is a person or a group; a person is
 * shown by its groups, and a group by its members: three calls for a page at most.
 */

import type { ChangeSource, NativeValue } from 'dci-gateway/plugin';
import { type TouchedKeys, touchedBy } from '../../native/changes/touched.ts';
import { compileFilter } from '../compile-filter.ts';
import { and, type Condition, domainOf, term } from '../domain.ts';
import type { BoundEntity } from '../model.ts';
import { fieldsOf, linkOf, readRows } from '../read-rows.ts';
import { MAX_CHILD_ROWS, tooMany } from '../too-many.ts';
import { type Call, entityOf } from '../tools.ts';

type Cells = Readonly<Record<string, NativeValue>>;
type Source = Pick<ChangeSource, 'touches'>;

/** What a row says by itself: registrants stand under every type whose touched keys are derived from them. */
export const ownTouches = (source: Source, entity: BoundEntity, row: Cells): TouchedKeys => {
  const derived = derivedTypes(source, entity);
  const plain = Object.entries(source.touches).filter(([type]) => !derived.has(type));
  const registrants = entity.registrants.map(({ name }) => row[name]).filter((id) => typeof id === 'number');
  const own: Record<string, TouchedKeys[string]> = { ...touchedBy({ touches: Object.fromEntries(plain) }, row) };
  for (const type of registrants.length === 0 ? [] : derived.keys())
    own[type] = [...new Set(registrants)].map((id) => [id]);
  return own;
};

/** The records that show these rows, as registrants and memberships are now. */
export const showingRecords = async (
  source: Source,
  entity: BoundEntity,
  owns: readonly TouchedKeys[],
  call: Call,
): Promise<readonly TouchedKeys[]> => {
  const derived = derivedTypes(source, entity);
  if (derived.size === 0) return owns;
  const idsOf = (own: TouchedKeys, type: string) => (own[type] ?? []).map(([id]) => Number(id));
  const all = owns.flatMap((own) => [...derived.keys()].flatMap((type) => idsOf(own, type)));
  const showing = await readShowing(entity, [...new Set(all)], call);
  return owns.map((own) => {
    const touched: Record<string, TouchedKeys[string]> = { ...own };
    for (const [type, of] of derived) {
      const keys = [...new Set(idsOf(own, type).flatMap((id) => showing[of](id)))];
      if (keys.length > 0) touched[type] = keys.map((id) => [id]);
      else delete touched[type];
    }
    return touched;
  });
};

const derivedTypes = ({ touches }: Source, entity: BoundEntity): ReadonlyMap<string, 'person' | 'group'> =>
  new Map(
    Object.entries(touches).flatMap(([type, { columns }]): [string, 'person' | 'group'][] => {
      const column = entity.columns.get(columns[0] ?? '');
      return column?.kind === 'keys' ? [[type, column.of]] : [];
    }),
  );

/** Persons and groups that show what is a registrant's. */
type Showing = Readonly<Record<'person' | 'group', (registrant: number) => readonly number[]>>;

const readShowing = async (entity: BoundEntity, ids: readonly number[], call: Call): Promise<Showing> => {
  const kinds = await kindsOf(entity, ids, call);
  const membership = entityOf(call, 'membership');
  const persons = ids.filter((id) => kinds.get(id) === 'person');
  const groups = ids.filter((id) => kinds.get(id) === 'group');
  const groupsOf = await linksOf(membership, 'person_id', 'group_id', persons, call);
  const membersOf = await linksOf(membership, 'group_id', 'person_id', groups, call);
  // One that is gone was one of them.
  const own = (id: number, kind: 'person' | 'group') => ((kinds.get(id) ?? kind) === kind ? [id] : []);
  return {
    person: (id) => [...own(id, 'person'), ...(membersOf.get(id) ?? [])],
    group: (id) => [...own(id, 'group'), ...(groupsOf.get(id) ?? [])],
  };
};

const kindsOf = async (
  entity: BoundEntity,
  ids: readonly number[],
  call: Call,
): Promise<ReadonlyMap<number, 'person' | 'group'>> => {
  const { name } = entity;
  if (name === 'person' || name === 'group') return new Map(ids.map((id) => [id, name]));
  if (ids.length === 0) return new Map();
  const options = {
    domain: domainOf(and(term('is_registrant', '=', true), term('id', 'in', ids))),
    fields: ['is_group'],
    limit: ids.length,
    order: 'id asc',
  };
  const records = await call.odoo.read('res.partner', options, call.ctx);
  return new Map(records.map(({ id, is_group: group }) => [id, group === true ? 'group' : 'person']));
};

/** By memberships that have not ended, even of persons and groups that are archived: those show a change as well. */
const linksOf = async (
  membership: BoundEntity,
  from: 'person_id' | 'group_id',
  to: 'person_id' | 'group_id',
  ids: readonly number[],
  call: Call,
): Promise<ReadonlyMap<number, readonly number[]>> => {
  const links = new Map<number, number[]>();
  const [ours, theirs] = [membership.columns.get(from), membership.columns.get(to)];
  if (ids.length === 0 || membership.model === undefined || ours?.kind !== 'link' || theirs?.kind !== 'link')
    return links;
  const running: Condition = (await compileFilter(membership, membership.live(call.now), call)).yes;
  const domain = domainOf(and(term(ours.field, 'in', ids), running));
  const options = { domain, fields: fieldsOf([ours, theirs]), limit: MAX_CHILD_ROWS + 1, order: 'id asc' };
  const records = await call.odoo.read(membership.model, options, call.ctx);
  if (records.length > MAX_CHILD_ROWS) throw tooMany({ name: 'memberships' });
  for (const row of await readRows([ours, theirs], records, call)) {
    const [key, value] = [linkOf(row, ours), linkOf(row, theirs)];
    if (key !== undefined && value !== undefined) links.set(key, [...(links.get(key) ?? []), value]);
  }
  return links;
};
