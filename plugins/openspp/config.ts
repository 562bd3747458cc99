/** The openspp plugin's section: what may stand in it, and what it means. */

import { isAbsolute } from 'node:path';
import type { ConfigProblem } from 'dci-gateway/plugin';

export interface OpensppConfig {
  readonly url: string;
  readonly database: string;
  readonly user?: string;
  readonly key: string;
  readonly transport?: 'auto' | 'jsonrpc' | 'json2';
  readonly company?: number;
  readonly language?: string;
  readonly timeout?: number | string;
  readonly connections?: number;
  readonly max_joined?: number;
  readonly ca?: string;
}

export const DEFAULTS = { timeoutMs: 10_000, connections: 4, maxJoined: 10_000 } as const;

export const CONFIG_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['url', 'database', 'key'],
  properties: {
    url: { type: 'string', minLength: 1, description: 'address of the Odoo server: `https://openspp.example.org`' },
    database: { type: 'string', minLength: 1, description: "name of Odoo's database" },
    user: { type: 'string', minLength: 1, description: 'login of the user that reads (JSON-2 needs none)' },
    key: { type: 'string', minLength: 1, description: 'API key of that user, or its password (not for JSON-2)' },
    transport: {
      enum: ['auto', 'jsonrpc', 'json2'],
      default: 'auto',
      description: 'how Odoo is asked; auto asks for its version: JSON-2 from 19 on',
    },
    company: { type: 'integer', minimum: 1, description: 'id of the company as which the user reads' },
    language: {
      type: 'string',
      pattern: '^[a-z]{2,3}(_[A-Za-z]{2,8})?(@[a-z]+)?$',
      description: 'language of translated names: `fr_FR`',
    },
    timeout: {
      anyOf: [
        { type: 'integer', minimum: 1 },
        { type: 'string', pattern: '^[0-9]+(ms|s|m)$' },
      ],
      default: '10s',
      description: 'longest that one call may take',
    },
    connections: { type: 'integer', minimum: 1, maximum: 50, default: 4, description: 'most calls at once' },
    max_joined: {
      type: 'integer',
      minimum: 1,
      maximum: 100_000,
      default: 10_000,
      description: 'most child rows that a condition on them may find; beyond it the search is refused',
    },
    ca: { type: 'string', minLength: 1, description: "PEM text of the server's CA, or its file" },
  },
} as const;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

export const milliseconds = (given: number | string | undefined, standard: number): number => {
  if (given === undefined) return standard;
  if (typeof given === 'number') return given;
  const [, digits = '', unit = 'ms'] = /^(\d+)(ms|s|m)$/.exec(given) ?? [];
  return Number(digits) * (UNITS[unit] ?? 1);
};

export const checkConfig = ({ url, user, transport, ca }: OpensppConfig): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol))
    problems.push({ path: ['url'], problem: 'is no http(s) address', fix: 'write https://openspp.example.org' });
  else if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '')
    problems.push({ path: ['url'], problem: 'holds more than an address', fix: 'write user and key by their names' });
  if (user === undefined && transport !== 'json2')
    problems.push({ path: [], problem: 'has no user', fix: 'write user, or transport: json2' });
  if (ca !== undefined && parsed?.protocol === 'http:')
    problems.push({ path: ['ca'], problem: 'is for https alone', fix: isAbsolute(ca) ? 'remove it' : 'use https' });
  return problems;
};
