/** Asks the server for its models' fields, tells the profile by them, and binds it. */

import {
  type CallContext,
  type Column,
  type ColumnType,
  type ConfigProblem,
  ConfigProblems,
  type Entity,
} from 'dci-gateway/plugin';
import { ALL, and, type Condition, term } from './domain.ts';
import type { BoundColumn, BoundEdge, BoundEntity, BoundModel, FieldColumn, FieldKind } from './model.ts';
import type { Odoo, OdooField } from './odoo.ts';
import { OdooFault } from './odoo-fault.ts';
import { type ColumnSource, type EntitySource, KEYS, notEnded, PROFILE_OF_IDENTIFIERS, profileOf } from './profile.ts';
import type { TextFacts } from './text-facts.ts';

type Fields = ReadonlyMap<string, OdooField>;

/** Throws `ConfigProblems` where this is no OpenSPP that the profiles know. */
export const bindModel = async (odoo: Odoo, text: TextFacts, ctx: CallContext): Promise<BoundModel> => {
  const partner = await odoo.fields('res.partner', ctx);
  const profileName = PROFILE_OF_IDENTIFIERS[partner.get('reg_ids')?.relation ?? ''];
  if (profileName === undefined)
    throw new ConfigProblems([
      {
        path: ['url'],
        problem: 'leads to no OpenSPP: its partners have no identifiers (reg_ids) that this plugin knows',
        fix: 'install OpenSPP there, or give the user its rights to read the registry',
      },
    ]);
  const fieldsOf = createFieldReader(odoo, partner, ctx);
  const problems: ConfigProblem[] = [];
  const profile = profileOf(profileName);
  const bound = new Map<string, BoundEntity>();
  for (const [name, source] of Object.entries(profile))
    bound.set(name, await bindEntity(name, source, { partner, fieldsOf, text, problems }));
  for (const [name, source] of Object.entries(profile)) bindEdges(bound, name, source);
  if (problems.length > 0) throw new ConfigProblems(problems);
  return bound;
};

type FieldReader = (model: string) => Promise<Fields | undefined>;

/** Undefined for a model that is not there. */
const createFieldReader = (odoo: Odoo, partner: Fields, ctx: CallContext): FieldReader => {
  const known = new Map<string, Fields | undefined>([['res.partner', partner]]);
  return async (model) => {
    if (!known.has(model))
      known.set(
        model,
        await odoo.fields(model, ctx).catch((cause: unknown) => {
          if (cause instanceof OdooFault && cause.fault === 'no-model') return undefined;
          throw cause;
        }),
      );
    return known.get(model);
  };
};

interface Binding {
  readonly partner: Fields;
  readonly fieldsOf: FieldReader;
  readonly text: TextFacts;
  readonly problems: ConfigProblem[];
}

const bindEntity = async (name: string, source: EntitySource, binding: Binding): Promise<BoundEntity> => {
  const wanted = 'name' in source.model ? source.model.name : binding.partner.get(source.model.behind)?.relation;
  const fields = wanted === undefined ? undefined : await binding.fieldsOf(wanted);
  const model = fields === undefined ? undefined : wanted;
  const columns = new Map<string, BoundColumn>([['id', keyColumn()]]);
  for (const [column, each] of Object.entries(source.columns))
    columns.set(column, await bindColumn(column, each, { ...binding, model, fields }));
  for (const [column, child] of Object.entries(source.counts ?? {}))
    columns.set(column, {
      ...{ kind: 'count', name: column, child },
      described: describe(column, 'integer', false, 'count', { searchable: false, sortable: false }),
    });
  const registrants = (source.registrants ?? []).flatMap((column) => columns.get(column) ?? []);
  for (const [column, of] of registrants.length === 0 ? [] : Object.entries(KEYS))
    columns.set(column, {
      ...{ kind: 'keys', name: column, of },
      described: describe(column, 'integer', true, 'keys', { searchable: false, sortable: false }),
    });
  const active = fields?.has('active') === true;
  return {
    name,
    model,
    columns,
    edges: new Map(),
    registrants,
    where: and(...Object.entries(source.where ?? {}).map(([field, value]) => term(field, '=', value))),
    liveLinks: and(
      ...(active ? [term('active', '=', true)] : []),
      ...(source.liveRegistrants ?? []).map((field) => liveRegistrant(field, binding.partner)),
    ),
    live: (now) =>
      source.live?.((column) => notEnded(column, columns.get(column)?.described.type, now)) ?? { kind: 'all' },
    described: {
      name,
      key: ['id'],
      columns: new Map([...columns].map(([column, { described }]) => [column, described])),
      children: new Map(),
    },
  };
};

/** The links are required, so a condition behind the dot is never one about an empty link. */
const liveRegistrant = (field: string, partner: Fields): Condition =>
  and(term(`${field}.active`, '=', true), partner.has('disabled') ? term(`${field}.disabled`, '=', false) : ALL);

const keyColumn = (): FieldColumn => ({
  ...{ kind: 'id', name: 'id', field: 'id' },
  described: describe('id', 'integer', false, 'integer', { searchable: true, sortable: true }),
});

const KINDS: Readonly<Record<string, readonly [FieldKind, ColumnType]>> = {
  char: ['text', 'text'],
  text: ['text', 'text'],
  selection: ['text', 'text'],
  integer: ['integer', 'integer'],
  boolean: ['boolean', 'boolean'],
  date: ['date', 'date'],
  datetime: ['moment', 'instant'],
  many2one: ['link', 'integer'],
};

interface ColumnBinding extends Binding {
  readonly model: string | undefined;
  readonly fields: Fields | undefined;
}

const bindColumn = async (name: string, source: ColumnSource, binding: ColumnBinding): Promise<BoundColumn> => {
  const { fields, model, text, problems } = binding;
  const names = typeof source.field === 'string' ? [source.field] : source.field;
  const field = names.find((each) => fields?.has(each));
  const found = fields?.get(field ?? '');
  if (field === undefined || found === undefined) {
    if (source.need === true && model !== undefined) problems.push(missing(model, names.join(' or ')));
    return absent(name, source.empty);
  }
  if (source.part !== undefined) return bindPart(name, field, { ...source, part: source.part }, found, binding);
  const bound = fieldColumn(name, field, found, text);
  if (bound !== undefined) return bound;
  problems.push({ path: ['database'], problem: `has ${model}.${field} of a type not known here: ${found.type}` });
  return absent(name);
};

const bindPart = async (
  name: string,
  field: string,
  { part, is, need }: ColumnSource & { readonly part: string },
  { relation = '', type, ...link }: OdooField,
  { fieldsOf, text, problems }: ColumnBinding,
): Promise<BoundColumn> => {
  const fields = type === (is === undefined ? 'many2one' : 'many2many') ? await fieldsOf(relation) : undefined;
  const found = fields?.get(part);
  const behind = found === undefined ? undefined : fieldColumn(part, part, found, text);
  if (behind?.kind !== 'text') {
    if (need === true) problems.push(missing(relation, part));
    return absent(name);
  }
  const asked = { searchable: link.store && link.searchable && behind.described.searchable, sortable: false };
  if (is === undefined) {
    const { nativeType, operators, lowers } = behind.described;
    const column = describe(name, 'text', true, nativeType, asked);
    const described = {
      ...column,
      ...(operators !== undefined && { operators }),
      ...(lowers !== undefined && { lowers }),
    };
    return { kind: 'part', name, field, behind, model: relation, described };
  }
  const described = describe(name, 'boolean', false, type, asked);
  return { kind: 'flag', name, field, behind, model: relation, value: is, described };
};

/** Undefined for a type that no column has. */
const fieldColumn = (name: string, field: string, found: OdooField, text: TextFacts): FieldColumn | undefined => {
  const [kind, type] = KINDS[found.type] ?? [];
  if (kind === undefined || type === undefined) return undefined;
  const plain = kind === 'text' || kind === 'date' || kind === 'moment';
  const nullable = kind !== 'boolean' && kind !== 'integer';
  // Odoo leaves out a condition on a field that it cannot search.
  const searchable = found.store && found.searchable;
  const described = describe(name, type, nullable, found.type, {
    searchable,
    sortable: searchable && found.sortable && plain && found.type !== 'text',
  });
  return { kind, name, field, described: { ...described, ...comparable(kind, text) } };
};

const comparable = (kind: FieldKind, { operators, lowers }: TextFacts): Pick<Column, 'operators' | 'lowers'> =>
  kind === 'text' ? { operators, lowers } : kind === 'link' ? { operators: EQUALITY } : {};

const EQUALITY = new Set(['eq'] as const);

const absent = (name: string, type: ColumnType = 'text'): BoundColumn => ({
  ...{ kind: 'empty', name },
  described: describe(name, type, true, 'not there', { searchable: true, sortable: false }),
});

const describe = (
  name: string,
  type: ColumnType,
  nullable: boolean,
  nativeType: string,
  asked: { readonly searchable: boolean; readonly sortable: boolean },
): Column => ({ name, type, nullable, nativeType, ...asked });

const missing = (model: string, field: string): ConfigProblem => ({
  path: ['database'],
  problem: `has no field ${field} on ${model}, or the user may not read it`,
  fix: 'give the user the rights of an OpenSPP registry reader',
});

const bindEdges = (bound: BoundModel, name: string, source: EntitySource): void => {
  const entity = bound.get(name);
  if (entity === undefined) return;
  for (const [edge, { entity: target, on, order = [] }] of Object.entries(source.children)) {
    const child = bound.get(target);
    const [ours, theirs] = [entity.columns.get(on[0]), child?.columns.get(on[1])];
    const sorted = order.flatMap((each) => {
      const column = child?.columns.get(each.replace(/^-/, ''));
      return column === undefined ? [] : [{ column, descending: each.startsWith('-') }];
    });
    if (isKey(ours) && isKey(theirs))
      (entity.edges as Map<string, BoundEdge>).set(edge, { name: edge, entity: target, ours, theirs, order: sorted });
    (entity.described.children as Map<string, Entity['children'] extends ReadonlyMap<string, infer E> ? E : never>).set(
      edge,
      { entity: target, on: { [on[0]]: on[1] }, ordered: true },
    );
  }
};

const isKey = (column: BoundColumn | undefined): column is FieldColumn =>
  column?.kind === 'id' || column?.kind === 'link';
