/**
 * What OpenSPP's models hold, as entities with the same columns on both kinds of server: OpenSPP on Odoo 17 (`g2p` models) and
 * on Odoo 19 (`spp` models). The names on the left are what a mapping uses.
 */

import type { ColumnType, NativeFilter } from 'dci-gateway/plugin';

export type ProfileName = 'g2p' | 'spp';

export interface ColumnSource {
  /** Odoo's field; of several the first that is there. */
  readonly field: string | readonly string[];
  /** Field of the row that a many2one leads to. */
  readonly part?: string;
  /** True where one of the linked rows has this in its `part`. */
  readonly is?: string;
  /** Without this field the server is not what it was taken for; another that is missing is always empty. */
  readonly need?: boolean;
  /** Type of the column where the field is missing; `text`. */
  readonly empty?: ColumnType;
}

export interface ChildSource {
  readonly entity: string;
  readonly on: readonly [ours: string, theirs: string];
  /** `-` is descending; the key follows. */
  readonly order?: readonly string[];
}

export interface EntitySource {
  /** The model: by name, or where this field of a registrant leads. A model that is not there has no rows. */
  readonly model: { readonly name: string } | { readonly behind: string };
  readonly columns: Readonly<Record<string, ColumnSource>>;
  /** Which rows are this thing at all: fields of the model that must have these values. */
  readonly where?: Readonly<Record<string, boolean>>;
  /** Which rows are not deleted: `running` are those whose end, in this column, has not come. Rows with `active` must be active as well. */
  live?(running: (column: string) => NativeFilter): NativeFilter;
  /** Many2ones whose rows must be registrants that are not deleted. */
  readonly liveRegistrants?: readonly string[];
  readonly children: Readonly<Record<string, ChildSource>>;
  /** Numbers of live child rows, by column: the child. They cannot be compared. */
  readonly counts?: Readonly<Record<string, string>>;
  /**
   * Columns with the registrants that a row is about. Where there are some, change feeds know the columns `person_keys` and
   * `group_keys` as well: the persons and groups that show the row, members of a group and groups of a member among them.
   */
  readonly registrants?: readonly string[];
}

export const KEYS = { person_keys: 'person', group_keys: 'group' } as const;

export type Profile = Readonly<Record<string, EntitySource>>;

/** Where `reg_ids` of a registrant leads. */
export const PROFILE_OF_IDENTIFIERS: Readonly<Record<string, ProfileName>> = {
  'g2p.reg.id': 'g2p',
  'spp.registry.id': 'spp',
};

const empty = (column: string): NativeFilter => ({ kind: 'not', of: { kind: 'present', column } });
/** An end that is a day is over with its first moment. `now` is `YYYY-MM-DD HH:MM:SS` in UTC. */
export const notEnded = (column: string, type: ColumnType | undefined, now: string): NativeFilter => ({
  kind: 'or',
  of: [empty(column), { kind: 'compare', column, op: 'gt', value: type === 'date' ? now.slice(0, 10) : now }],
});
const isFalse = (column: string): NativeFilter => ({ kind: 'compare', column, op: 'eq', value: false });

const STAMPS = {
  create_date: { field: 'create_date', empty: 'instant' },
  write_date: { field: 'write_date', need: true },
} as const;

const registrant = (spp: boolean): EntitySource['columns'] => ({
  name: { field: 'name', need: true },
  address: { field: 'address' },
  email: { field: 'email' },
  phone: { field: 'phone' },
  area_id: { field: 'area_id', empty: 'integer' },
  registration_date: { field: 'registration_date', empty: 'date' },
  disabled: { field: 'disabled', need: !spp, empty: 'instant' },
  active: { field: 'active', need: true },
  ...STAMPS,
});

const registrantLive = (): NativeFilter => empty('disabled');

const OF_REGISTRANT = {
  identifiers: { entity: 'identifier', on: ['id', 'registrant_id'] },
  phones: { entity: 'phone', on: ['id', 'registrant_id'] },
  area: { entity: 'area', on: ['area_id', 'id'] },
} as const satisfies Readonly<Record<string, ChildSource>>;

export const profileOf = (name: ProfileName): Profile => {
  const spp = name === 'spp';
  return {
    person: {
      model: { name: 'res.partner' },
      where: { is_registrant: true, is_group: false },
      live: registrantLive,
      registrants: ['id'],
      columns: {
        ...registrant(spp),
        given_name: { field: 'given_name', need: true },
        family_name: { field: 'family_name', need: true },
        addl_name: { field: 'addl_name' },
        birthdate: { field: 'birthdate', need: true },
        birth_place: { field: 'birth_place' },
        gender: spp ? { field: 'gender_id', part: 'code' } : { field: 'gender' },
        civil_status: spp ? { field: 'civil_status_id', part: 'code' } : { field: 'civil_status' },
      },
      children: {
        ...OF_REGISTRANT,
        memberships: { entity: 'membership', on: ['id', 'person_id'] },
        relations: { entity: 'relation', on: ['id', 'source_id'] },
      },
    },
    group: {
      model: { name: 'res.partner' },
      where: { is_registrant: true, is_group: true },
      live: registrantLive,
      registrants: ['id'],
      columns: {
        ...registrant(spp),
        kind: spp ? { field: 'group_type_id', part: 'code' } : { field: 'kind', part: 'name' },
      },
      children: {
        ...OF_REGISTRANT,
        memberships: { entity: 'membership', on: ['id', 'group_id'], order: ['-is_head'] },
      },
      counts: { size: 'memberships' },
    },
    identifier: {
      model: { behind: 'reg_ids' },
      registrants: ['registrant_id'],
      columns: {
        registrant_id: { field: 'partner_id', need: true },
        type: { ...(spp ? { field: 'id_type_id', part: 'code' } : { field: 'id_type', part: 'name' }), need: true },
        type_uri: spp ? { field: 'id_type_id', part: 'uri' } : { field: [] },
        value: { field: 'value', need: true },
        expiry_date: { field: 'expiry_date', empty: 'date' },
        status: { field: 'status' },
        ...STAMPS,
      },
      children: {},
    },
    phone: {
      model: { behind: 'phone_number_ids' },
      registrants: ['registrant_id'],
      live: () => empty('disabled'),
      columns: {
        registrant_id: { field: 'partner_id', need: true },
        number: { field: 'phone_no', need: true },
        disabled: { field: 'disabled', empty: 'instant' },
        ...STAMPS,
      },
      children: {},
    },
    membership: {
      model: { behind: 'group_membership_ids' },
      live: (running) => ({ kind: 'and', of: [isFalse('is_ended'), running('ended_date')] }),
      liveRegistrants: ['group', 'individual'],
      columns: {
        group_id: { field: 'group', need: true },
        person_id: { field: 'individual', need: true },
        is_head: spp
          ? { field: 'membership_type_ids', part: 'code', is: 'head', need: true }
          : { field: 'kind', part: 'name', is: 'Head', need: true },
        start_date: { field: 'start_date', empty: 'instant' },
        ended_date: { field: 'ended_date', empty: 'instant' },
        is_ended: { field: 'is_ended', need: true },
        ...STAMPS,
      },
      children: {
        person: { entity: 'person', on: ['person_id', 'id'] },
        group: { entity: 'group', on: ['group_id', 'id'] },
        identifiers: { entity: 'identifier', on: ['person_id', 'registrant_id'] },
        group_identifiers: { entity: 'identifier', on: ['group_id', 'registrant_id'] },
        relations: { entity: 'relation', on: ['person_id', 'source_id'] },
      },
    },
    relation: {
      model: { name: spp ? 'spp.registry.relationship' : 'g2p.reg.rel' },
      live: (running) => ({ kind: 'and', of: [empty('disabled'), running('end_date')] }),
      liveRegistrants: ['source', 'destination'],
      registrants: ['source_id', 'destination_id'],
      columns: {
        source_id: { field: 'source', need: true },
        destination_id: { field: 'destination', need: true },
        kind: spp
          ? { field: ['relation_type_id', 'relationship_type_id', 'relation_id'], part: 'code' }
          : { field: 'relation', part: 'name' },
        start_date: { field: 'start_date', empty: 'instant' },
        end_date: { field: 'end_date', empty: 'instant' },
        disabled: { field: 'disabled', empty: 'instant' },
        ...STAMPS,
      },
      children: {
        other: { entity: 'person', on: ['destination_id', 'id'] },
        membership: { entity: 'membership', on: ['destination_id', 'person_id'] },
        identifiers: { entity: 'identifier', on: ['destination_id', 'registrant_id'] },
      },
    },
    area: {
      model: { behind: 'area_id' },
      columns: {
        code: { field: 'code', need: true },
        name: { field: ['draft_name', 'name'], need: true },
        level: { field: 'area_level' },
        kind: { field: ['kind', 'area_type_id'], part: 'name' },
        parent_id: { field: 'parent_id', empty: 'integer' },
        parent_code: { field: 'parent_id', part: 'code' },
        ...STAMPS,
      },
      children: { parent: { entity: 'area', on: ['parent_id', 'id'] } },
    },
  };
};
