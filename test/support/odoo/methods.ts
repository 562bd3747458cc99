/** The methods of Odoo's models that clients call, on a world of rows. */

import { compareTexts, type DomainSettings, rowsInDomain } from './domain.ts';
import { type Cell, OdooError, type OdooField, type OdooRow, type OdooWorld, valueError } from './model.ts';

export type Named = Readonly<Record<string, unknown>>;

/** Names of a method's arguments by position. */
const POSITIONS: Readonly<Record<string, readonly string[]>> = {
  search: ['domain', 'offset', 'limit', 'order'],
  search_read: ['domain', 'fields', 'offset', 'limit', 'order'],
  search_count: ['domain', 'limit'],
  read: ['ids', 'fields'],
  fields_get: ['allfields', 'attributes'],
  create: ['vals_list'],
  write: ['ids', 'vals'],
  unlink: ['ids'],
};

export const callMethod = (
  world: OdooWorld,
  settings: DomainSettings,
  model: string,
  method: string,
  args: readonly unknown[],
  named: Named,
): unknown => {
  const { name } = world.model(model);
  const positions = POSITIONS[method];
  if (positions === undefined)
    throw new OdooError('builtins.AttributeError', `The method '${method}' does not exist on the model '${name}'`);
  const given: Named = { ...Object.fromEntries(args.map((value, at) => [positions[at] ?? '', value])), ...named };
  const context = (given.context ?? {}) as Named;
  const found = () => {
    const domain = (given.domain ?? []) as readonly unknown[];
    const rows = rowsInDomain(world, model, domain, context.active_test !== false, settings);
    return sorted(world, model, rows, String(given.order ?? world.model(model).order), settings);
  };
  const page = () => {
    const offset = Number(given.offset ?? 0);
    return found().slice(offset, typeof given.limit === 'number' && given.limit > 0 ? offset + given.limit : undefined);
  };
  switch (method) {
    case 'search':
      return page().map(({ id }) => id);
    case 'search_read':
      return read(world, model, page(), given.fields);
    case 'search_count': {
      const { length } = found();
      return typeof given.limit === 'number' ? Math.min(length, given.limit) : length;
    }
    case 'read': {
      const ids = given.ids as readonly number[];
      return read(
        world,
        model,
        ids.flatMap((id) => world.row(model, id) ?? []),
        given.fields,
      );
    }
    case 'fields_get':
      return fieldsGet(world, model, given);
    case 'create': {
      const values = given.vals_list;
      if (!Array.isArray(values)) return world.create(model, values as Named);
      const made = values.map((each) => world.create(model, each as Named));
      return made;
    }
    case 'write':
      world.write(model, given.ids as readonly number[], given.vals as Named);
      return true;
    default:
      world.unlink(model, given.ids as readonly number[]);
      return true;
  }
};

const fieldsGet = (world: OdooWorld, model: string, { allfields, attributes }: Named): unknown => {
  const wanted = Array.isArray(allfields) && allfields.length > 0 ? new Set<unknown>(allfields) : undefined;
  const known = [...world.model(model).fields].filter(([name]) => wanted === undefined || wanted.has(name));
  const only = attributes === undefined ? undefined : new Set<unknown>(attributes as readonly unknown[]);
  return Object.fromEntries(
    known.map(([name, { type, relation, required, store }]) => {
      const searchable = store || type === 'one2many';
      const whole = { type, relation, required, store, searchable, sortable: store && type !== 'many2many' };
      return [
        name,
        Object.fromEntries(
          Object.entries(whole).filter(([key, value]) => value !== undefined && only?.has(key) !== false),
        ),
      ];
    }),
  );
};

const read = (world: OdooWorld, model: string, rows: readonly OdooRow[], fields: unknown): readonly Named[] => {
  const all = world.model(model).fields;
  const names = Array.isArray(fields) && fields.length > 0 ? (fields as readonly string[]) : [...all.keys()];
  for (const name of names)
    if (name !== 'id' && !all.has(name)) throw valueError(`Invalid field '${name}' on model '${model}'`);
  return rows.map((row) => ({
    id: row.id,
    ...Object.fromEntries(
      names.flatMap((name): [string, unknown][] => {
        const found = all.get(name);
        return found === undefined || name === 'id' ? [] : [[name, shown(world, model, row, name, found)]];
      }),
    ),
  }));
};

/** Empty values are false, links have a name, lists are the other model's order, times are cut to their second. */
const shown = (
  world: OdooWorld,
  model: string,
  row: OdooRow,
  name: string,
  { type, relation = '' }: OdooField,
): unknown => {
  const cell: Cell = row[name] ?? null;
  if (type === 'one2many' || type === 'many2many') {
    const ids = new Set(world.linked(model, row, name));
    const others = world.rows(relation).filter(({ id }) => ids.has(id));
    return sorted(world, relation, others, world.model(relation).order, { collation: 'C' }).map(({ id }) => id);
  }
  if (name === 'display_name') return nameOf(row);
  if (type === 'integer' && cell === null) return 0;
  if (cell === null) return false;
  if (type === 'many2one') {
    const other = world.row(relation, Number(cell));
    return other === undefined ? false : [other.id, nameOf(other)];
  }
  return type === 'datetime' ? String(cell).slice(0, 19) : cell;
};

const nameOf = (row: OdooRow): string => String(row.name ?? row.id);

const ORDER = /^([a-z0-9_]+)(?:\s+(asc|desc))?(?:\s+nulls\s+(first|last))?$/i;

/** PostgreSQL's order: empty values last, or first where it is descending, unless it is said. */
const sorted = (
  world: OdooWorld,
  model: string,
  rows: readonly OdooRow[],
  order: string,
  settings: Pick<DomainSettings, 'collation'>,
): readonly OdooRow[] => {
  const terms = order.split(',').map((part) => {
    const [, name = '', direction = 'asc', nulls] = ORDER.exec(part.trim()) ?? [];
    if (name === '') throw new OdooError('odoo.exceptions.UserError', `Invalid "order" specified (${order})`);
    const found = world.model(model).fields.get(name);
    if (found === undefined) throw valueError(`Invalid field '${name}' on model '${model}'`);
    if (!found.store) throw valueError(`Cannot convert ${model}.${name} to SQL because it is not stored`);
    const descending = direction.toLowerCase() === 'desc';
    return { name, descending, nullsLast: nulls === undefined ? !descending : nulls.toLowerCase() === 'last' };
  });
  return rows.toSorted((left, right) => {
    for (const { name, descending, nullsLast } of terms) {
      const by = compare(left[name] ?? null, right[name] ?? null, descending, nullsLast, settings);
      if (by !== 0) return by;
    }
    return 0;
  });
};

const compare = (
  left: Cell,
  right: Cell,
  descending: boolean,
  nullsLast: boolean,
  settings: Pick<DomainSettings, 'collation'>,
): number => {
  if (left === right) return 0;
  if (left === null || right === null) return (left === null) === nullsLast ? 1 : -1;
  const order = typeof left === 'string' ? compareTexts(left, String(right), settings) : Number(left) - Number(right);
  return descending ? -order : order;
};
