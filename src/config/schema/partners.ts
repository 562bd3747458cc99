import { IDENTIFIER_TYPES, OUTPUT_PROFILES, OUTPUT_VALUES, type OutputPolicy } from '../../dci/output/policy.ts';
import { SIGNATURE_PROFILES, type SignatureProfile } from '../../security/partner.ts';
import { ACTIONS, type Allowed, LEGAL_BASES, type LegalBasis, type SearchWidth } from '../../security/rights.ts';
import { ALL_OR_LIST, allOr, wordOr } from './field-scopes.ts';
import { partnerLimitProperties, type RawLimits } from './limits.ts';
import { nameKeyed } from './registries.ts';
import { BEARER, choice, flag, formatted, keys, list, text } from './section.ts';

export interface RawPartner {
  readonly name?: string;
  readonly client_id: string;
  readonly client_secret?: string;
  readonly active: boolean;
  readonly sender_ids: readonly string[];
  readonly keys: readonly RawKey[];
  readonly jwks_url?: string;
  readonly signature: {
    readonly accept: readonly SignatureProfile[];
    readonly send?: SignatureProfile;
    readonly require: 'required' | 'optional';
    readonly optional_until?: string;
    readonly replay: 'answer' | 'refuse';
  };
  readonly encryption: 'optional' | 'required';
  readonly limits: Partial<
    Pick<
      RawLimits,
      'per_minute' | 'per_day' | 'records_per_day' | 'identifiers_per_day' | 'concurrent_searches' | 'max_records'
    >
  >;
  readonly scopes: Allowed;
  readonly callbacks: 'any' | readonly string[];
  readonly callback: RawCallback;
  readonly output: RawOutput;
  readonly demo: boolean;
  readonly registries: Readonly<Record<string, RawRights>>;
}

/** How callbacks reach the partner, beside its origins. */
export interface RawCallback {
  readonly url?: string;
  readonly rule: 'auto' | 'exact' | 'append';
  readonly bearer?: string;
  readonly token_url?: string;
  readonly client_id?: string;
  readonly client_secret?: string;
  readonly token_style?: 'form' | 'json' | 'basic';
  readonly scope?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly private_network: boolean;
}

/** How records are written for the partner. */
export interface RawOutput {
  readonly profile: OutputPolicy['profile'];
  readonly values: OutputPolicy['values'];
  readonly identifier_types?: OutputPolicy['identifierTypes'] | Readonly<Record<string, string>>;
}

/** One of `pem`, `jwk`, `file`. */
export interface RawKey {
  readonly key_id: string;
  readonly use: 'sig' | 'enc';
  readonly active: boolean;
  readonly pem?: string;
  readonly jwk?: Readonly<Record<string, string>>;
  readonly file?: string;
}

export interface RawRights {
  readonly search: SearchWidth;
  readonly actions: Allowed;
  readonly records: 'all' | Readonly<Record<string, 'all' | RawRecordRights>>;
  /** Of the registry's scopes of fields. */
  readonly scopes?: readonly string[];
  readonly purposes?: Readonly<Record<string, RawPurpose>>;
  readonly default_purpose?: string;
}

/** What the partner may act for; what stands here narrows its rights. */
export interface RawPurpose {
  readonly basis: LegalBasis;
  readonly scopes?: readonly string[];
  readonly records?: Readonly<Record<string, 'all' | RawRecordRights>>;
}

export interface RawRecordRights {
  readonly fields?: Allowed;
  readonly attributes?: Allowed;
  readonly identifier_types?: Allowed;
  readonly rows?: Readonly<Record<string, unknown>> | readonly unknown[];
}

/** RFC 9110 5.6.2 */
const HEADER_NAME = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$";

/** RFC 9110 5.5. A line break at the end, as files of secrets have it, would make each call fail. */
const HEADER_VALUE = {
  type: 'string',
  pattern: '^[!-~]([ \\t!-~]*[!-~])?$',
  fix: 'write visible letters of ASCII, without a blank or a line break at its ends',
};

const SCOPE = {
  type: 'string',
  pattern: '^registry[./][a-z][a-z_-]{0,40}$',
  fix: 'write registry. and an operation: registry.search',
};

const withDefault = (schema: object, initial: unknown): object => ({ ...schema, default: initial });

const recordRights = {
  ...keys({
    fields: ALL_OR_LIST,
    attributes: ALL_OR_LIST,
    identifier_types: ALL_OR_LIST,
    rows: { type: ['object', 'array'] },
  }),
};

const purpose = keys(
  {
    basis: choice(LEGAL_BASES),
    scopes: list(text()),
    records: { type: 'object', additionalProperties: allOr(recordRights, 'write all, or a map of rights') },
  },
  ['basis'],
);

const rights = keys({
  search: choice(['identifiers', 'selective', 'any'], 'selective'),
  actions: withDefault(allOr(list(choice(ACTIONS)), 'write all, or a list of operations'), ['search', 'status']),
  records: withDefault(
    allOr(
      { type: 'object', additionalProperties: allOr(recordRights, 'write all, or a map of rights') },
      'write all, or a map of record types',
    ),
    {},
  ),
  scopes: list(text()),
  purposes: { type: 'object', propertyNames: { minLength: 1, maxLength: 99 }, additionalProperties: purpose },
  default_purpose: text(),
});

const key = {
  ...keys(
    {
      key_id: text(),
      use: choice(['sig', 'enc'], 'sig'),
      active: flag(true),
      pem: text(),
      file: text(),
      jwk: { type: 'object', additionalProperties: { type: 'string' } },
    },
    ['key_id'],
  ),
};

const partnerSchema = keys(
  {
    name: text(),
    client_id: { ...text(), maxLength: 99 },
    client_secret: text(),
    active: flag(true),
    sender_ids: { ...list({ type: 'string', minLength: 1, maxLength: 99 }), minItems: 1 },
    keys: list(key, []),
    jwks_url: formatted('url'),
    signature: keys({
      accept: { ...list(choice(SIGNATURE_PROFILES), ['dci-spaced', 'dci-compact', 'dci-normalised']), minItems: 1 },
      send: choice(SIGNATURE_PROFILES),
      require: choice(['required', 'optional'], 'required'),
      optional_until: formatted('day'),
      replay: choice(['answer', 'refuse'], 'answer'),
    }),
    encryption: choice(['optional', 'required'], 'optional'),
    limits: keys(partnerLimitProperties(false)),
    scopes: withDefault(allOr(list(SCOPE), 'write all, or a list of scopes'), 'all'),
    callbacks: {
      ...wordOr('any', list(formatted('origin')), 'write any (tests only), or a list of origins'),
      default: [],
    },
    callback: keys({
      url: formatted('url'),
      rule: choice(['auto', 'exact', 'append'], 'auto'),
      bearer: BEARER,
      token_url: formatted('url'),
      client_id: text(),
      client_secret: text(),
      token_style: choice(['form', 'json', 'basic']),
      scope: text(),
      headers: { type: 'object', propertyNames: { pattern: HEADER_NAME }, additionalProperties: HEADER_VALUE },
      private_network: flag(false),
    }),
    output: keys({
      profile: choice(OUTPUT_PROFILES, 'standard'),
      values: choice(OUTPUT_VALUES, 'codes'),
      identifier_types: {
        if: { type: 'string' },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: choice(IDENTIFIER_TYPES),
        else: { type: 'object', additionalProperties: text(), minProperties: 1 },
      },
    }),
    demo: flag(false),
    registries: nameKeyed(rights),
  },
  ['client_id', 'sender_ids'],
);

export const partnersSchema = nameKeyed(partnerSchema);
