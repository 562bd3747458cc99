import type { PlainValue } from '../../dci/json-plain.ts';
import type { Domain } from '../config.ts';
import { consentSchema, type RawConsent } from './consent.ts';
import { fieldScope, type RawFieldScopes } from './field-scopes.ts';
import { choice, count, flag, formatted, keys, list, text } from './section.ts';

/** One entry of `registries`. `backend`, `records`, `locations` and `changes` are checked by the plugin and by the mapping. */
export interface RawRegistry {
  readonly domain: Domain;
  readonly mounts: readonly string[];
  readonly sample: boolean;
  readonly reg_type?: string;
  readonly reg_types: readonly string[];
  readonly max_records?: number;
  readonly push_secret?: string;
  readonly scopes: RawFieldScopes;
  readonly yes_when?: PlainValue;
  readonly consent?: RawConsent;
  readonly backend: { readonly plugin: string; readonly timezone?: string } & Readonly<Record<string, unknown>>;
  readonly records: unknown;
  readonly locations?: unknown;
  readonly changes?: unknown;
}

export const DOMAINS: readonly Domain[] = ['social', 'crvs', 'fr', 'dr', 'ibr'];

/** What answers carry as `reg_type` unless the entry says otherwise. */
export const REG_TYPES: Readonly<Record<Domain, string>> = {
  social: 'ns:org:RegistryType:Social',
  crvs: 'ns:org:RegistryType:Civil',
  fr: 'ns:org:RegistryType:FR',
  dr: 'ns:org:RegistryType:DR',
  ibr: 'ns:org:RegistryType:IBR',
};

const NAME = { pattern: '^[a-z0-9][a-z0-9_-]{0,49}$' };
const NAME_FIX = 'use up to 50 lower-case letters, digits, - and _';

/** Names that stand in logs, metrics and folders. */
export const nameKeyed = (values: object): object => ({
  type: 'object',
  propertyNames: NAME,
  additionalProperties: values,
  default: {},
  fix: NAME_FIX,
});

const registrySchema = keys(
  {
    domain: choice(DOMAINS),
    mounts: { ...list(formatted('mount')), minItems: 1 },
    sample: flag(false),
    reg_type: text(),
    reg_types: list(text(), []),
    max_records: count(undefined),
    push_secret: {
      type: 'string',
      pattern: '^[A-Za-z0-9+/=_.~-]{32,200}$',
      fix: 'write at least 32 random characters: openssl rand -base64 32',
    },
    scopes: nameKeyed(fieldScope),
    yes_when: { type: ['object', 'array'] },
    consent: consentSchema,
    backend: { type: 'object', required: ['plugin'], properties: { plugin: text(), timezone: text() } },
    records: {
      anyOf: [{ type: 'object' }, { const: 'dci' }],
      fix: 'map record types, or write dci where the backend speaks it',
    },
    locations: { type: 'object' },
    changes: { type: 'object' },
  },
  ['domain', 'mounts', 'backend', 'records'],
);

export const registriesSchema = { ...nameKeyed(registrySchema), minProperties: 1 };
