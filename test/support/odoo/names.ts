/** What the two kinds of OpenSPP call the same things. */

export type OpensppVersion = 17 | 19;

export interface Names {
  /** Models. */
  readonly identifier: string;
  readonly phone: string;
  readonly membership: string;
  readonly relation: string;
  /** Fields of a row, with the numbers of labels. */
  readonly kind: (label: number) => Readonly<Record<string, unknown>>;
  readonly sex: (label: number) => Readonly<Record<string, unknown>>;
  readonly group: (label: number) => Readonly<Record<string, unknown>>;
  readonly member: (heads: readonly number[]) => Readonly<Record<string, unknown>>;
  readonly relates: (label: number) => Readonly<Record<string, unknown>>;
}

const NAMES_17: Names = {
  ...{
    identifier: 'g2p.reg.id',
    phone: 'g2p.phone.number',
    membership: 'g2p.group.membership',
    relation: 'g2p.reg.rel',
  },
  kind: (label) => ({ id_type: label }),
  sex: (label) => ({ gender: ['Female', 'Male', null, 'Other'][label % 4] }),
  group: (label) => ({ kind: label === 4 ? null : label }),
  member: (heads) => ({ kind: heads }),
  relates: (label) => ({ relation: label === 4 ? null : label }),
};

const NAMES_19: Names = {
  identifier: 'spp.registry.id',
  phone: 'spp.phone.number',
  membership: 'spp.group.membership',
  relation: 'spp.registry.relationship',
  kind: (label) => ({ id_type_id: label }),
  sex: (label) => ({ gender_id: label === 4 ? null : label }),
  group: (label) => ({ group_type_id: label === 4 ? null : label }),
  member: (heads) => ({ membership_type_ids: heads }),
  relates: (label) => ({ relation_type_id: label === 4 ? null : label }),
};

export const namesOf = (version: OpensppVersion): Names => (version === 17 ? NAMES_17 : NAMES_19);
