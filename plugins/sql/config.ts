/** The sql plugin's section: what may stand in it, and what it means. */

import type { ConfigProblem } from 'dci-gateway/plugin';
import { checkEntities } from '../relational/check-entities.ts';
import { ENTITIES_SCHEMA, type EntityConfigs } from '../relational/entities.ts';
import { ACCEPT_SCHEMA, type AcceptConfig, acceptProblems } from './accept/accept-schema.ts';
import { addressProblem, protocolOf } from './server-address.ts';

export type SqlClient = 'postgres' | 'mysql' | 'mariadb' | 'sqlite';

export interface SqlConfig {
  readonly client: SqlClient;
  readonly url?: string;
  readonly file?: string;
  readonly schema?: string;
  readonly ssl?: { readonly ca?: string; readonly reject_unauthorized?: boolean };
  readonly pool?: { readonly max?: number; readonly connect_timeout?: number | string };
  readonly timeout?: number | string;
  readonly timezone?: string;
  readonly entities: EntityConfigs;
  readonly accept?: AcceptConfig;
}

const duration = {
  anyOf: [
    { type: 'integer', minimum: 1 },
    { type: 'string', pattern: '^[0-9]+(ms|s|m)$', fix: 'write milliseconds, or 500ms, 10s, 1m' },
  ],
} as const;

export const CONFIG_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['client', 'entities'],
  properties: {
    client: { enum: ['postgres', 'mysql', 'mariadb', 'sqlite'], description: 'which database' },
    url: {
      type: 'string',
      minLength: 1,
      description: 'address of the server with user and database: `postgres://user:password@host:5432/registry`',
    },
    file: { type: 'string', minLength: 1, description: 'the SQLite file, taken from the folder of the configuration' },
    schema: {
      type: 'string',
      minLength: 1,
      description: 'where tables without a schema of their own lie (PostgreSQL; on MySQL and MariaDB another database)',
    },
    ssl: {
      type: 'object',
      additionalProperties: false,
      description: 'TLS to the server: `{ca, reject_unauthorized}`; its presence switches TLS on',
      properties: {
        ca: { type: 'string', description: 'PEM text of the CA, or its file' },
        reject_unauthorized: { type: 'boolean', default: true, description: 'false accepts any certificate' },
      },
    },
    pool: {
      type: 'object',
      additionalProperties: false,
      description: 'connections: `{max, connect_timeout}`',
      properties: {
        max: {
          type: 'integer',
          minimum: 1,
          maximum: 200,
          default: 10,
          description: 'most connections at once (SQLite: threads for searches that scan)',
        },
        connect_timeout: { ...duration, default: '3s', description: 'longest wait for a connection' },
      },
    },
    timeout: { ...duration, default: '10s', description: 'longest a statement may run, in milliseconds or as `10s`' },
    timezone: {
      type: 'string',
      minLength: 1,
      description: 'zone of the columns that carry none, for the mapping: `Africa/Nairobi`',
    },
    entities: ENTITIES_SCHEMA,
    accept: ACCEPT_SCHEMA,
  },
} as const;

const UNITS = { ms: 1, s: 1000, m: 60_000 } as const;

export const milliseconds = (given: number | string | undefined, standard: number): number => {
  if (given === undefined) return standard;
  if (typeof given === 'number') return given;
  const [, digits = '', unit = 'ms'] = /^(\d+)(ms|s|m)$/.exec(given) ?? [];
  return Number(digits) * UNITS[unit as keyof typeof UNITS];
};

const addressProblems = ({ client, url, file, ssl, schema }: SqlConfig): readonly ConfigProblem[] => {
  if (client === 'sqlite') {
    const foreign = Object.entries({ url, ssl, schema }).filter(([, value]) => value !== undefined);
    return [
      ...(file === undefined ? [{ path: [], problem: 'has no file', fix: 'write file: registry.db' }] : []),
      ...foreign.map(([key]) => ({ path: [key], problem: 'is not for SQLite', fix: 'remove it' })),
    ];
  }
  const problems: ConfigProblem[] =
    file === undefined ? [] : [{ path: ['file'], problem: `is not for ${client}`, fix: 'write url' }];
  if (url === undefined)
    return [
      ...problems,
      { path: [], problem: 'has no url', fix: `write url: ${protocolOf(client)}//user:password@host/registry` },
    ];
  const problem = addressProblem(client, url, ssl !== undefined);
  return problem === undefined ? problems : [...problems, { path: ['url'], ...problem }];
};

const acceptMistakes = ({ client, accept, ssl }: SqlConfig): readonly ConfigProblem[] =>
  accept === undefined
    ? []
    : acceptProblems(client, accept, (url) => addressProblem(client, url, ssl !== undefined)).map(
        ({ path, ...problem }) => ({
          path: ['accept', ...path],
          ...problem,
        }),
      );

const zoneProblems = (timezone: string | undefined): readonly ConfigProblem[] => {
  if (timezone === undefined) return [];
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [{ path: ['timezone'], problem: 'is not a known time zone', fix: 'write a name such as Africa/Nairobi' }];
  }
};

export const checkConfig = (config: SqlConfig): readonly ConfigProblem[] => [
  ...addressProblems(config),
  ...zoneProblems(config.timezone),
  ...checkEntities(config.entities, config.client === 'mysql' || config.client === 'mariadb' ? 'mysql' : 'standard'),
  ...acceptMistakes(config),
];
