/** One comparison with a field, as Odoo's terms, each with its exact complement. Odoo's empty value is false; an empty text counts as none. */

import { BackendError, type NativeCompare, type NonNullValue } from 'dci-gateway/plugin';
import { dateText, instantText, integerText, plainText } from '../native/coerce-value.ts';
import {
  allOf,
  and,
  type Condition,
  EVERY,
  type Exact,
  NOTHING,
  negatedTerm,
  not,
  or,
  someOf,
  term,
} from './domain.ts';
import type { FieldColumn } from './model.ts';

type Range = 'lt' | 'le' | 'gt' | 'ge';

const ODOO: Readonly<Record<Range, string>> = { lt: '<', le: '<=', gt: '>', ge: '>=' };
const OPPOSITE: Readonly<Record<Range, string>> = { lt: '>=', le: '>', gt: '<=', ge: '<' };
const INT4: readonly [bigint, bigint] = [-2_147_483_648n, 2_147_483_647n];
/** PostgreSQL refuses longer patterns of nothing but wildcards long before they mean anything. */
const LONGEST_LENGTH = 4_000;

export const presentField = ({ kind, field }: FieldColumn): Exact => {
  switch (kind) {
    case 'id':
    case 'boolean':
    case 'integer': // an empty one is answered as false or 0
      return EVERY;
    case 'text':
      return {
        yes: and(term(field, '!=', false), term(field, '!=', '')),
        no: or(term(field, '=', false), term(field, '=', '')),
      };
    default:
      return { yes: term(field, '!=', false), no: term(field, '=', false) };
  }
};

export const compareField = (column: FieldColumn, { op, value, match }: NativeCompare): Exact => {
  if (op === 'contains' || op === 'startswith') return textPattern(column, op, value, match);
  if (op === 'eq') return match === 'lower' ? textPattern(column, op, value, match) : equalsOne(column, [value]);
  if (match === 'lower') throw new BackendError('refused', `${column.name} is not ordered without regard to case`);
  return rangeField(column, op, value);
};

/** The field has one of these values. */
export const equalsOne = (column: FieldColumn, wanted: readonly NonNullValue[]): Exact => {
  const { kind, field } = column;
  if (kind === 'boolean') return booleanIn(field, new Set(wanted));
  if (kind === 'moment') return someOf(wanted.map((value) => secondOf(field, value)));
  const values = wanted.map((value) => heldValue(column, value)).filter((value) => value !== undefined);
  const [only] = values;
  if (only === undefined) return NOTHING;
  const plain: Exact =
    values.length === 1 && kind !== 'link'
      ? { yes: term(field, '=', only), no: term(field, '!=', only) }
      : { yes: term(field, 'in', values), no: term(field, 'not in', values) };
  if (kind === 'id') return plain;
  if (kind === 'integer' && values.includes(0)) return orEmpty(field, plain, true);
  return orEmpty(field, plain, false);
};

/** Where the field is empty: whether the condition holds then. */
const orEmpty = (field: string, { yes, no }: Exact, holds: boolean): Exact => {
  const empty = term(field, '=', false);
  const filled = term(field, '!=', false);
  return holds ? { yes: or(empty, yes), no: and(filled, no) } : { yes, no: or(empty, no) };
};

/** The value as Odoo holds it; undefined where no such field can hold it. */
const heldValue = ({ kind }: FieldColumn, value: NonNullValue): string | number | undefined => {
  switch (kind) {
    case 'text': {
      const text = plainText(value);
      return text === '' ? undefined : text;
    }
    case 'date':
      return dateText(value);
    default: {
      const digits = integerText(value, INT4);
      return digits === undefined ? undefined : Number(digits);
    }
  }
};

const booleanIn = (field: string, values: ReadonlySet<unknown>): Exact => {
  const isTrue: Exact = { yes: term(field, '=', true), no: term(field, '=', false) };
  if (values.has(true)) return values.has(false) ? EVERY : isTrue;
  return values.has(false) ? not(isTrue) : NOTHING;
};

const rangeField = (column: FieldColumn, op: Range, value: NonNullValue): Exact => {
  const { kind, field } = column;
  if (kind === 'boolean') return typeof value === 'boolean' ? booleanIn(field, truthsThat(op, value)) : NOTHING;
  if (kind === 'moment') return momentRange(field, op, value);
  if (kind === 'link') throw new BackendError('refused', `${column.name} has no order`);
  if (kind === 'text' && value === '') return op === 'gt' || op === 'ge' ? presentField(column) : NOTHING;
  const wanted = heldValue(column, value);
  if (wanted === undefined) return NOTHING;
  const plain: Exact = { yes: term(field, ODOO[op], wanted), no: term(field, OPPOSITE[op], wanted) };
  if (kind === 'id') return plain;
  if (kind === 'integer') return orEmpty(field, plain, holds(op, 0, Number(wanted)));
  if (kind === 'date') return orEmpty(field, plain, false);
  const { yes: filled, no: empty } = presentField(column);
  return { yes: and(filled, plain.yes), no: or(empty, plain.no) };
};

const holds = (op: Range, left: number, right: number): boolean =>
  ({ lt: left < right, le: left <= right, gt: left > right, ge: left >= right })[op];

const truthsThat = (op: Range, value: boolean): ReadonlySet<boolean> =>
  new Set([false, true].filter((each) => holds(op, Number(each), Number(value))));

/** A moment is answered cut to its second, though the database has microseconds: it lies from that second up to the next. */
const secondOf = (field: string, value: NonNullValue): Exact => {
  const moment = momentOf(value);
  if (moment === undefined || moment.fraction) return NOTHING;
  const { from, next } = moment;
  const starts: Exact = { yes: term(field, '>=', from), no: term(field, '<', from) };
  const ends: Exact = next === undefined ? EVERY : { yes: term(field, '<', next), no: term(field, '>=', next) };
  const { yes, no } = allOf([starts, ends]);
  return { yes, no: or(term(field, '=', false), no) };
};

const momentRange = (field: string, op: Range, value: NonNullValue): Exact => {
  const moment = momentOf(value);
  if (moment === undefined) return NOTHING;
  const { from, next, fraction } = moment;
  if (next === undefined && (op === 'le' || op === 'gt'))
    return op === 'le' ? { yes: term(field, '!=', false), no: term(field, '=', false) } : NOTHING;
  const edge = op === 'le' || op === 'gt' || fraction ? (next ?? from) : from;
  const below: Condition = term(field, '<', edge);
  const above: Condition = term(field, '>=', edge);
  const [yes, no] = op === 'lt' || op === 'le' ? [below, above] : [above, below];
  return { yes, no: or(term(field, '=', false), no) };
};

const momentOf = (value: NonNullValue) => {
  const text = instantText(value);
  if (text === undefined) return undefined;
  const from = text.slice(0, 19);
  const next = new Date(Date.parse(`${from.replace(' ', 'T')}Z`) + 1000).toISOString();
  const fraction = text.length > 19;
  // After the last second of the year 9999 nothing comes.
  return { from, next: /^\d{4}-/.test(next) ? next.slice(0, 19).replace('T', ' ') : undefined, fraction };
};

/** `=like` compares exactly with a pattern, `=ilike` without regard to case. */
const textPattern = (
  column: FieldColumn,
  op: 'eq' | 'contains' | 'startswith',
  value: NonNullValue,
  match: NativeCompare['match'],
): Exact => {
  const text = plainText(value);
  if (text === undefined) return NOTHING;
  if (text === '') return op === 'eq' ? NOTHING : presentField(column);
  const escaped = text.replaceAll(/[\\%_]/g, '\\$&');
  const pattern = `${op === 'contains' ? '%' : ''}${escaped}${op === 'eq' ? '' : '%'}`;
  return likePattern(column.field, match === 'lower' ? '=ilike' : '=like', pattern);
};

export const lengthField = ({ field, name }: FieldColumn, characters: number): Exact => {
  if (characters === 0) return NOTHING;
  if (characters > LONGEST_LENGTH) throw new BackendError('refused', `${name} is not compared with such a length`);
  return likePattern(field, '=like', '_'.repeat(characters));
};

const likePattern = (field: string, operator: string, pattern: string): Exact => ({
  yes: term(field, operator, pattern),
  no: or(term(field, '=', false), negatedTerm(field, operator, pattern)),
});
