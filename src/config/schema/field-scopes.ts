import type { Allowed } from '../../security/rights.ts';
import { keys, list } from './section.ts';

/** A list stands for fields and attributes alike. */
export type RawScopeRecord =
  | readonly string[]
  | { readonly fields?: Allowed; readonly attributes?: Allowed; readonly identifier_types?: Allowed };

export type RawFieldScopes = Readonly<Record<string, Readonly<Record<string, RawScopeRecord>>>>;

export const wordOr = (word: string, otherwise: object, fix: string): object => ({
  if: { type: 'string' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { const: word, fix },
  else: otherwise,
});

export const allOr = (otherwise: object, fix: string): object => wordOr('all', otherwise, fix);

const PATHS = list({ type: 'string', minLength: 1 });

export const ALL_OR_LIST = allOr(PATHS, 'write all, or a list of names');

const scopeRecord = {
  if: { type: 'array' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: PATHS,
  else: keys({ fields: ALL_OR_LIST, attributes: ALL_OR_LIST, identifier_types: ALL_OR_LIST }),
};

/** Of one scope: what it holds of each record type. */
export const fieldScope = { type: 'object', additionalProperties: scopeRecord };
