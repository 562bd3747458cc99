/**
 * Text of rows that many2ones lead to (kinds of identifiers, codes of sex, areas): read by number where rows show it, looked up
 * by text where a query names it. Both are kept for a while, because the same few come in every search.
 */

import { BackendError, type CallContext } from 'dci-gateway/plugin';
import { type Condition, domainOf } from './domain.ts';
import type { FieldColumn } from './model.ts';
import type { Odoo } from './odoo.ts';

export interface References {
  /** Numbers of the rows that satisfy a condition on this field of theirs. */
  find(model: string, condition: Condition, ctx: CallContext): Promise<readonly number[]>;
  /** The text of each row that is there and has one. */
  texts(
    model: string,
    field: FieldColumn,
    ids: readonly number[],
    ctx: CallContext,
  ): Promise<ReadonlyMap<number, string>>;
}

interface Kept<Value> {
  readonly value: Value;
  readonly until: number;
}

/** A kind of identifier that is renamed is known by its old name for so long. */
const KEPT_MS = 30_000;
const MOST_KEPT = 20_000;
const MOST_QUESTIONS = 500;

export const createReferences = (odoo: Odoo, most: number): References => {
  const texts = new Map<string, Kept<string | undefined>>();
  const found = new Map<string, Kept<readonly number[]>>();

  return {
    async find(model, condition, ctx) {
      if (condition.kind === 'none') return [];
      const domain = domainOf(condition);
      const question = `${model} ${JSON.stringify(domain)}`;
      const known = fresh(found, question);
      if (known !== undefined) return known.value;
      const rows = await odoo.read(model, { domain, fields: ['id'], limit: most + 1, order: 'id asc' }, ctx);
      if (rows.length > most) throw new BackendError('too_many', `a condition on ${model} finds too many of its rows`);
      const ids = rows.map(({ id }) => id);
      // What is not there may be made at any moment.
      if (ids.length > 0 && ids.length < MOST_QUESTIONS) keep(found, question, ids, MOST_QUESTIONS);
      return ids;
    },
    async texts(model, { field }, ids, ctx) {
      const answer = new Map<number, string>();
      const unknown: number[] = [];
      for (const id of new Set(ids)) {
        const known = fresh(texts, `${model} ${field} ${id}`);
        if (known === undefined) unknown.push(id);
        else if (known.value !== undefined) answer.set(id, known.value);
      }
      if (unknown.length === 0) return answer;
      const domain = [['id', 'in', unknown]] as const;
      const options = { domain, fields: [field], limit: unknown.length, order: 'id asc' };
      for (const row of await odoo.read(model, options, ctx)) {
        const text = row[field];
        const value = typeof text === 'string' && text !== '' ? text : undefined;
        keep(texts, `${model} ${field} ${row.id}`, value, MOST_KEPT);
        if (value !== undefined) answer.set(row.id, value);
      }
      return answer;
    },
  };
};

const fresh = <Value>(kept: Map<string, Kept<Value>>, key: string): Kept<Value> | undefined => {
  const known = kept.get(key);
  return known !== undefined && known.until > performance.now() ? known : undefined;
};

const keep = <Value>(kept: Map<string, Kept<Value>>, key: string, value: Value, most: number): void => {
  kept.delete(key);
  kept.set(key, { value, until: performance.now() + KEPT_MS });
  const [oldest] = kept.keys();
  if (kept.size > most && oldest !== undefined) kept.delete(oldest);
};
