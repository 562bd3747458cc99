import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'yaml';

export interface BenchPartner {
  readonly clientId: string;
  readonly secret: string;
  readonly senderId: string;
  readonly keyId: string;
  readonly publicKeyPem: string;
  /** Origin of its receiver, where it has one. */
  readonly callbacks?: string;
}

const PLENTY = 1_000_000_000;

/** The configuration under test: the embedded defaults, signatures required both ways, limits out of reach. */
export const writeGatewayConfig = (file: string, registry: string, partner: BenchPartner): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, stringify(gatewayConfig(registry, partner)));
};

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the configuration fills them in
const gatewayConfig = (registry: string, partner: BenchPartner): object => ({
  server: { port: '${PORT}', admin: { port: 0 } },
  store: { folder: '${STATE_FOLDER}' },
  log: { level: 'warn' },
  ...(partner.callbacks !== undefined && {
    outbound: { allow_origins: [partner.callbacks], private_origins: [partner.callbacks] },
  }),
  limits: {
    per_minute: PLENTY,
    per_day: PLENTY,
    records_per_day: PLENTY,
    identifiers_per_day: PLENTY,
    address_per_minute: PLENTY,
    concurrent_searches: 1000,
  },
  partners: {
    bench: {
      client_id: partner.clientId,
      client_secret: partner.secret,
      sender_ids: [partner.senderId],
      keys: [{ key_id: partner.keyId, pem: partner.publicKeyPem }],
      ...(partner.callbacks !== undefined && { callbacks: [partner.callbacks] }),
      registries: { social: { search: 'any', records: 'all' } },
    },
  },
  registries: {
    social: {
      domain: 'social',
      mounts: ['/registry'],
      backend: {
        plugin: 'sql',
        client: 'sqlite',
        file: registry,
        entities: {
          person: {
            table: 'person',
            key: 'id',
            children: { papers: { entity: 'paper', on: { id: 'person_id' }, order: ['id'] } },
          },
          paper: { table: 'paper', key: 'id' },
        },
      },
      records: { Person: { entity: 'person', fields: personFields } },
    },
  },
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the configuration fills them in

const personFields = {
  identifier: [
    { identifier_type: { const: 'urn:gov:national-id' }, identifier_value: { from: 'national_id', need: true } },
    {
      each: 'papers',
      identifier_type: { from: 'kind', codes: { P: 'urn:gov:passport' } },
      identifier_value: { from: 'number', need: true },
    },
  ],
  name: { surname: 'last_name', given_name: 'first_name' },
  sex: { from: 'gender', codes: { M: 'male', F: 'female' }, else: 'unknown', default: 'unknown' },
  birth_date: { from: 'dob', as: 'date' },
  phone_number: [{ from: 'phone' }],
  address: [{ address_line_1: 'street', sub_region_code: 'district' }],
};
