/**
 * Odoo 17's domains as it turns them into SQL: negations pushed down to the operators that have an opposite, the others left as
 * NOT; three-valued, so that an empty value satisfies neither; a condition on a field that is not stored is dropped.
 */

import { type Cell, OdooError, type OdooField, type OdooRow, type OdooWorld, valueError } from './model.ts';

type Truth = boolean | null;
type Leaf = readonly [string, string, unknown];

export interface DomainSettings {
  /** Odoo's option: patterns do not see accents. */
  readonly unaccent: boolean;
  /** How the database orders text. */
  readonly collation: 'C' | 'en';
  /** Odoo 19: an empty text and a zero are no values either. */
  readonly falsy: boolean;
  /** Told what was dropped, as Odoo logs it. */
  dropped(message: string): void;
}

type Tree =
  | { readonly kind: '&' | '|'; readonly left: Tree; readonly right: Tree }
  | { readonly kind: 'leaf'; readonly leaf: Leaf; readonly negated: boolean };

const OPPOSITES: Readonly<Record<string, string>> = {
  ...{ '<': '>=', '>': '<=', '<=': '>', '>=': '<', '=': '!=', '!=': '=', in: 'not in', 'not in': 'in' },
  ...{ like: 'not like', 'not like': 'like', ilike: 'not ilike', 'not ilike': 'ilike' },
};
const OPERATORS = new Set([...Object.keys(OPPOSITES), '=like', '=ilike']);

export const rowsInDomain = (
  world: OdooWorld,
  model: string,
  domain: readonly unknown[],
  activeTest: boolean,
  settings: DomainSettings,
): readonly OdooRow[] => {
  const trees = readDomain(domain);
  const names = domain.flatMap((each) => (Array.isArray(each) ? [each[0]] : []));
  const hidden = activeTest && world.model(model).fields.has('active') && !names.includes('active');
  const rows = hidden ? world.rows(model).filter((row) => row.active === true) : world.rows(model);
  const tests = trees.map((tree) => compile(world, model, tree, settings));
  return rows.filter((row) => tests.every((holds) => holds(row) === true));
};

const readDomain = (domain: readonly unknown[]): readonly Tree[] => {
  const rest = [...domain];
  const next = (negated: boolean): Tree => {
    const token = rest.shift();
    if (token === '!') return next(!negated);
    if (token === '&' || token === '|') {
      const kind = negated ? (token === '&' ? '|' : '&') : token;
      return { kind, left: next(negated), right: next(negated) };
    }
    if (!Array.isArray(token) || token.length !== 3) throw valueError(`Invalid domain term ${python(token)}`);
    const [name, operator, value] = token as unknown as Leaf;
    if (!OPERATORS.has(operator)) throw valueError(`Invalid operator ${operator} in domain term ${python(token)}`);
    const opposite = negated ? OPPOSITES[operator] : operator;
    return { kind: 'leaf', leaf: [name, opposite ?? operator, value], negated: negated && opposite === undefined };
  };
  const trees: Tree[] = [];
  while (rest.length > 0) trees.push(next(false));
  return trees;
};

type Test = (row: OdooRow) => Truth;

const compile = (world: OdooWorld, model: string, tree: Tree, settings: DomainSettings): Test => {
  if (tree.kind === 'leaf') {
    const test = compileLeaf(world, model, tree.leaf, settings);
    return tree.negated ? (row) => invert(test(row)) : test;
  }
  const [left, right] = [tree.left, tree.right].map((each) => compile(world, model, each, settings));
  if (left === undefined || right === undefined) throw new Error('a tree has two sides');
  const [ends, other] = tree.kind === '&' ? [false, true] : [true, false];
  return (row) => {
    const [l, r] = [left(row), right(row)];
    return l === ends || r === ends ? ends : l === null || r === null ? null : other;
  };
};

const invert = (truth: Truth): Truth => (truth === null ? null : !truth);

const compileLeaf = (world: OdooWorld, model: string, leaf: Leaf, settings: DomainSettings): Test => {
  const [path, operator, value] = leaf;
  const [name = '', ...below] = path.split('.');
  const found = name === 'id' ? ID : world.model(model).fields.get(name);
  if (found === undefined) throw valueError(`Invalid field ${model}.${name} in leaf ${python(leaf)}`);
  if (below.length > 0) {
    const inner = rowsInDomain(world, found.relation ?? '', [[below.join('.'), operator, value]], false, settings);
    return linkTest(
      world,
      model,
      name,
      found,
      'in',
      inner.map(({ id }) => id),
    );
  }
  if (found.type === 'one2many' || found.type === 'many2many')
    return linkTest(world, model, name, found, operator, listOf(value));
  if (!found.store) {
    settings.dropped(`Non-stored field ${model}.${name} cannot be searched.`);
    return () => true;
  }
  return columnTest(world, model, name, found, operator, value, settings);
};

const ID: OdooField = { type: 'integer', required: true, store: true };

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const linkTest = (
  world: OdooWorld,
  model: string,
  name: string,
  { type }: OdooField,
  operator: string,
  ids: readonly unknown[],
): Test => {
  const wanted = new Set(ids);
  const negative = operator === 'not in' || operator === '!=';
  if (type === 'many2one') return (row) => (isNull(row[name]) ? null : wanted.has(row[name]) !== negative);
  return (row) => world.linked(model, row, name).some((id) => wanted.has(id)) !== negative;
};

const isNull = (cell: Cell | undefined): boolean => cell === null || cell === undefined;

/** SQL's way: an empty value makes a comparison unknown; some of Odoo's operators add `or … is null`. */
const columnTest = (
  world: OdooWorld,
  model: string,
  name: string,
  found: OdooField,
  operator: string,
  value: unknown,
  settings: DomainSettings,
): Test => {
  const cell = (row: OdooRow): Cell =>
    found.type === 'boolean' && row[name] === undefined ? null : (row[name] ?? null);
  if (settings.falsy && (value === '' || value === 0) && (operator === '=' || operator === '!='))
    return columnTest(world, model, name, found, operator, false, settings);
  if (found.type === 'boolean' && (operator === '=' || operator === '!=')) {
    const wanted = (value === true) === (operator === '=');
    return (row) => (cell(row) === true) === wanted;
  }
  if (value === false || value === null) {
    if (operator === '=') return (row) => isNull(emptied(cell(row), found, settings));
    if (operator === '!=') return (row) => !isNull(emptied(cell(row), found, settings));
    throw valueError(`Invalid value False for ${operator}`);
  }
  if (operator === 'in' || operator === 'not in') {
    const values = listOf(value).map((each) =>
      each === false ? null : converted(world, model, name, found, operator, each),
    );
    const wanted = new Set(values);
    return (row) => {
      const held = cell(row);
      const inside = isNull(held) ? (wanted.has(null) ? true : null) : wanted.has(comparable(held, found));
      return operator === 'in' ? inside : isNull(held) ? !wanted.has(null) : invert(inside);
    };
  }
  if (operator.endsWith('like')) return likeTest(cell, operator, String(value), settings);
  const wanted = converted(world, model, name, found, operator, value);
  return (row) => {
    const held = cell(row);
    if (isNull(held)) return operator === '!=' ? true : null;
    return ordered(operator, order(comparable(held, found), wanted, found, settings));
  };
};

/** In a column that is no boolean, false is an empty value. */
const emptied = (cell: Cell, { type }: OdooField, { falsy }: DomainSettings): Cell => {
  const none = (cell === false && type !== 'boolean') || (falsy && (cell === '' || cell === 0));
  return none ? null : cell;
};

const ordered = (operator: string, by: number): boolean =>
  ({ '=': by === 0, '!=': by !== 0, '<': by < 0, '<=': by <= 0, '>': by > 0, '>=': by >= 0 })[operator] ?? false;

const TEXT = new Set(['char', 'text', 'selection']);

const order = (left: unknown, right: unknown, { type }: OdooField, settings: DomainSettings): number => {
  if (typeof left === 'number' || typeof right === 'number') return Math.sign(Number(left) - Number(right));
  if (TEXT.has(type)) return compareTexts(String(left), String(right), settings);
  return String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0;
};

export const compareTexts = (left: string, right: string, { collation }: Pick<DomainSettings, 'collation'>): number => {
  if (left === right) return 0;
  if (collation === 'C') return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return left.localeCompare(right, 'en', { ignorePunctuation: true }) || (left < right ? -1 : 1);
};

const comparable = (cell: Cell, { type }: OdooField): unknown =>
  type === 'datetime' ? String(cell).padEnd(19).concat('.000000').slice(0, 26) : cell;

/** The value as the column takes it; PostgreSQL refuses what it cannot read. */
const converted = (
  world: OdooWorld,
  model: string,
  name: string,
  { type }: OdooField,
  operator: string,
  value: unknown,
): unknown => {
  const text = String(value);
  if (text.includes('\0')) throw valueError('A string literal cannot contain NUL (0x00) characters.');
  if (type === 'date') return dateOf(world, model, name, operator, text);
  if (type === 'datetime') {
    dateOf(world, model, name, operator, text.slice(0, 10));
    return comparable(text, { type, required: false, store: true });
  }
  if (type === 'integer' || type === 'many2one') {
    if (!Number.isInteger(value))
      throw new OdooError('psycopg2.errors.InvalidTextRepresentation', 'invalid input syntax for type integer');
    if (Math.abs(Number(value)) > 2_147_483_648)
      throw new OdooError('psycopg2.errors.NumericValueOutOfRange', 'integer out of range');
    return value;
  }
  return text;
};

const dateOf = (world: OdooWorld, model: string, name: string, operator: string, text: string): string => {
  const moment = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN);
  if (!Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text) && text >= '0001') return text;
  const table = model.replaceAll('.', '_');
  const active = world.model(model).fields.has('active') ? 'active" = true) AND (' : '';
  throw new OdooError(
    'psycopg2.errors.InvalidDatetimeFormat',
    `invalid input syntax for type date: "${text}"\nLINE 1: ...${active}"${table}"."${name}" ${operator} '${text.slice(0, 9)}...\n${' '.repeat(61)}^\n`,
  );
};

const likeTest = (
  cell: (row: OdooRow) => Cell,
  operator: string,
  value: string,
  { unaccent }: DomainSettings,
): Test => {
  const negative = operator.startsWith('not ');
  const kind = operator.replace('not ', '');
  if (value.includes('\0')) throw valueError('A string literal cannot contain NUL (0x00) characters.');
  const plain = (text: string): string => {
    const folded = unaccent ? text.normalize('NFD').replace(/\p{M}/gu, '') : text;
    return kind.endsWith('ilike') ? folded.toLowerCase() : folded;
  };
  const pattern = likePattern(plain(kind.startsWith('=') ? value : `%${value}%`));
  return (row) => {
    const held = cell(row);
    if (isNull(held) || held === false) return negative ? true : null;
    return pattern.test(plain(String(held))) !== negative;
  };
};

/** A backslash takes the meaning from what follows. */
const likePattern = (text: string): RegExp => {
  let source = '';
  const points = Array.from(text);
  for (let at = 0; at < points.length; at += 1) {
    const point = points[at] ?? '';
    if (point === '\\' && at + 1 === points.length)
      throw new OdooError('psycopg2.errors.InvalidEscapeSequence', 'LIKE pattern must not end with escape character');
    if (point === '\\') source += escaped(points[++at] ?? '');
    else source += point === '%' ? '[^]*' : point === '_' ? '[^]' : escaped(point);
  }
  return new RegExp(`^${source}$`, 'u');
};

const escaped = (point: string): string => point.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');

/** Python's repr of the values that domains hold. */
export const python = (value: unknown): string => {
  if (Array.isArray(value))
    return value.length === 3 ? `(${value.map(python).join(', ')})` : `[${value.map(python).join(', ')}]`;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null || value === undefined) return 'None';
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);
};
