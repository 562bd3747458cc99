/** Small record models made by hand, shaped as a mapping of the social registry would shape them. */
import type { Attribute, AttributeStep, CodeList, RecordModel } from '../../src/dci/attribute.ts';
import type { Operator } from '../../src/dci/filter.ts';

export const EVERY_OPERATOR: ReadonlySet<Operator> = new Set([
  'eq',
  'ne',
  'gt',
  'ge',
  'lt',
  'le',
  'in',
  'nin',
  'contains',
  'startswith',
  'exists',
]);

export const SEX: CodeList = {
  name: 'sex',
  codes: new Map([
    ['male', ['Male', 'M']],
    ['female', ['Female', 'F']],
    ['unknown', ['Not known']],
  ]),
  labels: new Map(),
  open: false,
};

const MARITAL: CodeList = {
  name: 'marital',
  codes: new Map([
    ['S', ['Single']],
    ['M', ['Married']],
  ]),
  labels: new Map(),
  open: true,
};

type Options = Partial<Pick<Attribute, 'type' | 'codes' | 'selective' | 'sortable' | 'operators' | 'match'>> & {
  readonly list?: string;
};

const own = (record: string, path: string, options: Options = {}): Attribute => {
  const { list, ...rest } = options;
  return {
    path,
    type: 'text',
    lists: list === undefined ? [] : [list],
    chains: [[{ record, path }]],
    operators: EVERY_OPERATOR,
    selective: false,
    sortable: list === undefined,
    ...rest,
  };
};

/** The attributes of a nested record, seen from the one it lies in. */
const nested = (step: AttributeStep, list: boolean, inner: RecordModel): readonly Attribute[] =>
  [...new Set(inner.attributes.values())].map((attribute) => ({
    ...attribute,
    path: `${step.path}.${attribute.path}`,
    lists: [...(list ? [step.path] : []), ...attribute.lists.map((each) => `${step.path}.${each}`)],
    chains: attribute.chains.map((chain) => [step, ...chain]),
    sortable: attribute.sortable && !list,
  }));

export const makeModel = (
  type: string,
  identifiers: string | undefined,
  attributes: readonly Attribute[],
  names: Readonly<Record<string, string>> = {},
): RecordModel => {
  const byPath = new Map(attributes.map((each) => [each.path, each]));
  const named = Object.entries(names).flatMap(([name, path]) => {
    const attribute = byPath.get(path);
    return attribute === undefined ? [] : [[name, attribute] as const];
  });
  return { type, identifiers, attributes: new Map([...byPath, ...named]) };
};

export const PERSON: RecordModel = makeModel(
  'Person',
  'identifier',
  [
    own('Person', 'identifier.identifier_type', { list: 'identifier' }),
    own('Person', 'identifier.identifier_value', { list: 'identifier', selective: true }),
    own('Person', 'name.surname', { selective: true }),
    own('Person', 'name.given_name', { match: 'fold' }),
    own('Person', 'name.second_name'),
    own('Person', 'sex', { codes: SEX }),
    own('Person', 'birth_date', { type: 'date' }),
    own('Person', 'death_date', { type: 'date', operators: new Set<Operator>(['eq', 'in']) }),
    own('Person', 'address.locality', { list: 'address' }),
    own('Person', 'address.region_code', { list: 'address' }),
    own('Person', 'address.postal_code', { list: 'address' }),
    own('Person', 'phone_number', { list: 'phone_number', selective: true }),
    own('Person', 'email', { list: 'email' }),
    own('Person', 'registration_date', { type: 'datetime' }),
    own('Person', 'income', { type: 'number' }),
    own('Person', 'children', { type: 'integer' }),
    own('Person', 'area_id.code'),
  ],
  { region: 'address.region_code' },
);

export const MEMBER: RecordModel = makeModel('Member', 'member_identifier', [
  own('Member', 'member_identifier.identifier_type', { list: 'member_identifier' }),
  own('Member', 'member_identifier.identifier_value', { list: 'member_identifier', selective: true }),
  ...nested({ record: 'Member', path: 'demographic_info' }, false, PERSON),
  own('Member', 'is_disabled', { type: 'boolean' }),
  own('Member', 'marital_status', { codes: MARITAL }),
]);

export const GROUP: RecordModel = makeModel('Group', 'group_identifier', [
  own('Group', 'group_identifier.identifier_type', { list: 'group_identifier' }),
  own('Group', 'group_identifier.identifier_value', { list: 'group_identifier', selective: true }),
  own('Group', 'group_size', { type: 'integer' }),
  own('Group', 'poverty_score', { type: 'number' }),
  own('Group', 'group_type'),
  ...nested({ record: 'Group', path: 'group_head_info' }, false, MEMBER),
  ...nested({ record: 'Group', path: 'member_list' }, true, MEMBER),
]);

export const MODELS: ReadonlyMap<string, RecordModel> = new Map(
  [PERSON, MEMBER, GROUP].map((model) => [model.type, model]),
);

/** The attribute at a path; tests name only what is there. */
export const attributeOf = (model: RecordModel, path: string): Attribute => {
  const attribute = model.attributes.get(path);
  if (attribute === undefined) throw new Error(`no attribute ${path} in ${model.type}`);
  return attribute;
};
