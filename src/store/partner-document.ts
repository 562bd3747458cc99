/** A partner as one JSON text, the form in which adapters of the Store keep it. */

import { type JsonNode, JsonNumber } from '../dci/json-node.ts';
import type { Partner } from '../security/partner.ts';
import type { RecordRights, RegistryRights } from '../security/rights.ts';
import { StoreError } from './store.ts';

/** Raised when the document's form changes in a way that an older gateway would misread. */
const FORM = 1;

type StoredRecord = Omit<RecordRights, 'rows'> & { readonly rows?: string };
type StoredRegistry = Omit<RegistryRights, 'records'> & {
  readonly records: readonly (readonly [string, StoredRecord])[];
};
type StoredPartner = Omit<Partner, 'registries'> & {
  readonly form: number;
  readonly registries: readonly (readonly [string, StoredRegistry])[];
};

export const partnerToText = (partner: Partner): string =>
  JSON.stringify({
    ...partner,
    form: FORM,
    registries: [...partner.registries].map(([id, rights]) => [id, packRights(rights)]),
  });

/** Rejects with a `StoreError` when the text is no partner of a form that this version knows. */
export const partnerFromText = (text: string): Partner => {
  // Only `partnerToText` writes these texts; the form number guards against another version's.
  const { form, registries, ...rest } = JSON.parse(text) as StoredPartner;
  if (form !== FORM) throw new StoreError(`a stored partner has form ${form}, this version reads form ${FORM}`);
  return {
    ...rest,
    secret: rest.secret,
    registries: new Map(registries.map(([id, rights]) => [id, unpackRights(rights)])),
  };
};

const packRights = ({ records, ...rest }: RegistryRights): StoredRegistry => ({
  ...rest,
  records: [...records].map(([type, record]) => [type, packRecord(record)]),
});

const packRecord = ({ rows, ...rest }: RecordRights): StoredRecord =>
  rows === undefined ? rest : { ...rest, rows: JSON.stringify(rows, writeNumber) };

const unpackRights = ({ records, ...rest }: StoredRegistry): RegistryRights => ({
  ...rest,
  records: new Map(records.map(([type, record]) => [type, unpackRecord(record)])),
});

const unpackRecord = ({ rows, ...rest }: StoredRecord): RecordRights =>
  rows === undefined ? rest : { ...rest, rows: JSON.parse(rows, readNode) as JsonNode };

/** Node has `JSON.rawJSON`; TypeScript's library does not declare it yet. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => object };

/** A row filter keeps the text of its numbers (long identifiers): they are written raw and read from the source. */
const writeNumber = (_key: string, value: unknown): unknown =>
  value instanceof JsonNumber ? rawJSON(value.text) : value;

const readNode = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => {
  if (typeof value === 'number') return new JsonNumber(context?.source ?? String(value));
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof JsonNumber) return value;
  return Object.assign(Object.create(null), value);
};
