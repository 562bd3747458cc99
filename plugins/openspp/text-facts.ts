/**
 * What can be asked exactly of text on this server. A database may order text by a language, and Odoo may leave accents out of
 * patterns (its option `unaccent`): then ranges, or patterns, are not offered. The US dollar that every Odoo has tells which.
 */

import type { CallContext, NativeCompare } from 'dci-gateway/plugin';
import { and, domainOf, term } from './domain.ts';
import type { Odoo } from './odoo.ts';
import { OdooFault } from './odoo-fault.ts';

type Operator = NativeCompare['op'];

export interface TextFacts {
  /** What can be asked of text columns. */
  readonly operators: ReadonlySet<Operator>;
  /** Patterns without regard to case leave out nothing else. */
  readonly lowers: boolean;
}

const RANGES: readonly Operator[] = ['lt', 'le', 'gt', 'ge'];
const PATTERNS: readonly Operator[] = ['contains', 'startswith'];

export const readTextFacts = async (odoo: Odoo, ctx: CallContext): Promise<TextFacts> => {
  const finds = async (operator: string, value: string): Promise<boolean> => {
    const domain = domainOf(and(term('name', '=', 'USD'), term('name', operator, value)));
    return (await odoo.count('res.currency', domain, 1, ctx)) > 0;
  };
  const all = async (...asked: readonly Promise<boolean>[]): Promise<boolean> =>
    (await Promise.all(asked)).every((each) => each);
  try {
    const patterns = (await finds('=like', 'US_')) && !(await finds('=like', 'ÛS_'));
    const lowers = (await finds('=ilike', 'us_')) && !(await finds('=ilike', 'ûs_'));
    // By code point capitals come before small letters, and `_` between them; by a language neither.
    const ordered = await all(finds('<', 'a'), finds('<', 'US_'), finds('<', 'USÉ'));
    return { operators: new Set<Operator>(['eq', ...(ordered ? RANGES : []), ...(patterns ? PATTERNS : [])]), lowers };
  } catch (cause) {
    if (!(cause instanceof OdooFault) || cause.fault !== 'forbidden') throw cause;
    ctx.log.warn('patterns and ranges on text are not offered: the user may not read res.currency');
    return { operators: new Set<Operator>(['eq']), lowers: false };
  }
};
