/** The section `accept`: where data that flows in is written to. Without it nothing is. */

import type { ConfigProblem } from 'dci-gateway/plugin';
import type { SqlClient } from '../config.ts';
import { parsePath } from './received-path.ts';

export interface AcceptConfig {
  readonly url?: string;
  readonly file?: string;
  readonly table: string;
  readonly key: string;
  readonly columns: Readonly<Record<string, ColumnConfig>>;
}

/** A path alone is short for `{from: path}`. */
export type ColumnConfig = string | FromConfig | { readonly is: Circumstance };

export interface FromConfig {
  readonly from: string | readonly string[];
  readonly codes?: Readonly<Record<string, string | number>>;
  readonly need?: boolean;
}

/** What is known of a message beside its content. */
export const CIRCUMSTANCES = ['partner', 'transaction', 'receipt_type', 'received_at', 'content'] as const;
export type Circumstance = (typeof CIRCUMSTANCES)[number];

const path = { type: 'string', minLength: 1, maxLength: 300 } as const;

const column = {
  anyOf: [
    path,
    {
      type: 'object',
      additionalProperties: false,
      required: ['from'],
      properties: {
        from: { anyOf: [path, { type: 'array', items: path, minItems: 1, maxItems: 10 }] },
        codes: { type: 'object', minProperties: 1, additionalProperties: { type: ['string', 'number'] } },
        need: { type: 'boolean' },
      },
    },
    { type: 'object', additionalProperties: false, required: ['is'], properties: { is: { enum: CIRCUMSTANCES } } },
  ],
} as const;

export const ACCEPT_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['table', 'key', 'columns'],
  description: 'takes enrollment updates in: `{url, table, key, columns}`; nothing is written without it',
  properties: {
    url: {
      type: 'string',
      minLength: 1,
      description: 'address with a user that may INSERT into the table, and needs nothing else but SELECT on it',
    },
    file: {
      type: 'string',
      minLength: 1,
      description: 'the SQLite file that is written to; it may be the one that is read',
    },
    table: { type: 'string', minLength: 1, description: 'table that rows are added to (`schema.table` is allowed)' },
    key: {
      type: 'string',
      minLength: 1,
      description: 'text column of 64 characters with a unique index of its own: what came before is not stored twice',
    },
    columns: {
      type: 'object',
      minProperties: 1,
      maxProperties: 200,
      additionalProperties: column,
      description: 'what each column receives: a path into the received beneficiary, `{from, codes, need}`, or `{is}`',
    },
  },
} as const;

/** What is wrong with an address. */
export type UrlProblem = Omit<ConfigProblem, 'path'>;

/** Mistakes that the schema cannot see; paths from the section down. */
export const acceptProblems = (
  client: SqlClient,
  accept: AcceptConfig,
  addressProblem: (url: string) => UrlProblem | undefined,
): readonly ConfigProblem[] => [
  ...targetProblems(client, accept, addressProblem),
  ...(Object.hasOwn(accept.columns, accept.key)
    ? [{ path: ['columns', accept.key], problem: 'is the key, which is filled in by itself', fix: 'remove it' }]
    : []),
  ...Object.entries(accept.columns).flatMap(([name, config]) =>
    pathsOf(config)
      .filter((each) => parsePath(each) === undefined)
      .map((each) => ({
        path: ['columns', name],
        problem: `is ${each}, which is no path`,
        fix: 'write names with dots between them: member.member_identifier[identifier_type=UIN].identifier_value',
      })),
  ),
];

export const pathsOf = (config: ColumnConfig): readonly string[] => {
  if (typeof config === 'string') return [config];
  if ('is' in config) return [];
  return typeof config.from === 'string' ? [config.from] : config.from;
};

const targetProblems = (
  client: SqlClient,
  { url, file }: AcceptConfig,
  addressProblem: (url: string) => UrlProblem | undefined,
): readonly ConfigProblem[] => {
  const [right, wrong] = client === 'sqlite' ? (['file', 'url'] as const) : (['url', 'file'] as const);
  const given = { url, file };
  const foreign =
    given[wrong] === undefined ? [] : [{ path: [wrong], problem: `is not for ${client}`, fix: `write ${right}` }];
  if (given[right] === undefined)
    return [...foreign, { path: [], problem: `has no ${right}`, fix: `write where to write to, as ${right}` }];
  const problem = url === undefined || client === 'sqlite' ? undefined : addressProblem(url);
  return problem === undefined ? foreign : [...foreign, { path: ['url'], ...problem }];
};
