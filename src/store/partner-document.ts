/** A partner as one JSON text, the form in which adapters of the Store keep it. */

import { type JsonNode, JsonNumber } from '../dci/json-node.ts';
import type { Partner } from '../security/partner.ts';
import type { NarrowedRecord, PurposeRights, RecordRights, RegistryRights } from '../security/rights.ts';
import { StoreError } from './store.ts';

/** Raised when the document's form changes in a way that an older gateway would misread. */
const FORM = 1;
/** Of a partner with purposes, which narrow its rights: an older gateway must not overlook them. */
const FORM_WITH_PURPOSES = 2;
/** Of a partner whose messages are encrypted: a gateway that knows nothing of it would send them in clear. */
const FORM_WITH_ENCRYPTION = 3;

type Stored<Record> = Omit<Record, 'rows'> & { readonly rows?: string };
type Entries<Value> = readonly (readonly [string, Value])[];
type StoredPurpose = Omit<PurposeRights, 'records'> & { readonly records?: Entries<Stored<NarrowedRecord>> };
type StoredRegistry = Omit<RegistryRights, 'records' | 'purposes'> & {
  readonly records: Entries<Stored<RecordRights>>;
  readonly purposes?: Entries<StoredPurpose>;
};
type StoredPartner = Omit<Partner, 'registries'> & {
  readonly form: number;
  readonly registries: readonly (readonly [string, StoredRegistry])[];
};

export const partnerToText = (partner: Partner): string =>
  JSON.stringify({
    ...partner,
    form: formOf(partner),
    registries: [...partner.registries].map(([id, rights]) => [id, packRights(rights)]),
  });

const FORMS: readonly number[] = [FORM, FORM_WITH_PURPOSES, FORM_WITH_ENCRYPTION];

const formOf = ({ encryptionKeys = [], encryption, registries }: Partner): number => {
  if (encryptionKeys.length > 0 || encryption === 'required') return FORM_WITH_ENCRYPTION;
  return [...registries.values()].some(({ purposes }) => purposes !== undefined) ? FORM_WITH_PURPOSES : FORM;
};

/** Rejects with a `StoreError` when the text is no partner of a form that this version knows. */
export const partnerFromText = (text: string): Partner => {
  // Only `partnerToText` writes these texts; the form number guards against another version's.
  const { form, registries, ...rest } = JSON.parse(text) as StoredPartner;
  if (!FORMS.includes(form))
    throw new StoreError(`a stored partner has form ${form}, this version reads forms up to ${FORM_WITH_ENCRYPTION}`);
  return {
    ...rest,
    secret: rest.secret,
    registries: new Map(registries.map(([id, rights]) => [id, unpackRights(rights)])),
  };
};

const packRights = ({ records, purposes, ...rest }: RegistryRights): StoredRegistry => ({
  ...rest,
  records: packRecords(records),
  ...(purposes !== undefined && {
    purposes: [...purposes].map(([name, { records: narrowed, ...purpose }]) => [
      name,
      { ...purpose, ...(narrowed !== undefined && { records: packRecords(narrowed) }) },
    ]),
  }),
});

const packRecords = <Record extends NarrowedRecord>(records: ReadonlyMap<string, Record>): Entries<Stored<Record>> =>
  [...records].map(([type, { rows, ...rest }]) => [
    type,
    rows === undefined ? rest : { ...rest, rows: JSON.stringify(rows, writeNumber) },
  ]);

const unpackRights = ({ records, purposes, ...rest }: StoredRegistry): RegistryRights => ({
  ...rest,
  records: new Map(records.map(([type, record]) => [type, { ...record, ...unpackRows(record) }])),
  ...(purposes !== undefined && {
    purposes: new Map(
      purposes.map(([name, { records: narrowed, ...purpose }]) => [
        name,
        {
          ...purpose,
          ...(narrowed !== undefined && {
            records: new Map(narrowed.map(([type, record]) => [type, { ...record, ...unpackRows(record) }])),
          }),
        },
      ]),
    ),
  }),
});

const unpackRows = ({ rows }: { readonly rows?: string }): { readonly rows?: JsonNode } =>
  rows === undefined ? {} : { rows: JSON.parse(rows, readNode) as JsonNode };

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
