/**
 * Names that senders use for DCI attributes → candidates for the canonical dotted path (PROTOCOL 6). The names that a
 * mapping gives come first; these only stand in where it has none of that name. All rights are checked on the
 * canonical path, so an alias can never reach further than the attribute itself.
 */

const PERSON: Readonly<Record<string, readonly string[]>> = {
  birth_date: ['birthdate', 'dob', 'date_of_birth', 'birth_day', 'birthday'],
  death_date: ['deathdate', 'dod', 'date_of_death'],
  sex: ['gender'],
  'name.given_name': ['given_name', 'first_name', 'forename', 'name.first_name', 'name.given'],
  'name.surname': ['surname', 'family_name', 'last_name', 'name.family_name', 'name.last_name', 'name.family'],
  'name.second_name': ['second_name', 'middle_name', 'addl_name', 'name.middle_name'],
  'name.maiden_name': ['maiden_name'],
  'name.prefix': ['prefix'],
  'name.suffix': ['suffix'],
  phone_number: ['phone', 'phones', 'phone_no', 'phone_numbers', 'mobile', 'mobile_number', 'telephone'],
  email: ['email_address', 'emails', 'e_mail', 'mail'],
  birth_place: ['place_of_birth'],
  ...identifierNames('identifier', [
    'id',
    'identifiers',
    'person_identifier',
    'member_identifier',
    'reg_id',
    'reg_ids',
  ]),
  ...addressNames(),
};

/** Of members and beneficiaries (IBR spec and its examples). */
const ENROLMENT: Readonly<Record<string, readonly string[]>> = {
  'programme_identifier.programme.programme_identifier': [
    'programme_identifier',
    'program_identifier',
    'programme_identifier.programme_identifier',
    'programme_identifier.program.programme_identifier',
    'programme.programme_identifier',
  ],
  'programme_identifier.programme.programme_name': ['programme_name', 'program_name', 'programme.programme_name'],
  'programme_identifier.enrolment_status': ['enrolment_status', 'enrollment_status'],
  'programme_identifier.enrolment_date': ['enrolment_date', 'enrollment_date'],
};

const MEMBER: Readonly<Record<string, readonly string[]>> = {
  ...identifierNames('member_identifier', ['identifier', 'identifiers', 'member_id', 'person_identifier']),
  is_disabled: ['disabled'],
  marital_status: ['civil_status'],
  education_level: ['education'],
  occupation: ['profession'],
  ...ENROLMENT,
};

const GROUP: Readonly<Record<string, readonly string[]>> = {
  ...identifierNames('group_identifier', [
    'identifier',
    'identifiers',
    'household_identifier',
    'group_id',
    'household_id',
  ]),
  group_size: ['household_size', 'family_size', 'size', 'member_count'],
  group_type: ['household_type', 'type_of_group'],
  poverty_score: ['pmt_score', 'household_poverty_score'],
  ...addressNames(),
};

/** Farmers, disabled persons and beneficiaries: what lies beside the person in them (FR, DR, IBR specs and their examples). */
const OTHER_DOMAINS: Readonly<Record<string, readonly string[]>> = {
  ...identifierNames('identifier', [
    'identifiers',
    'person_identifier',
    'member_identifier',
    'member.member_identifier',
  ]),
};

const VITAL_EVENT: Readonly<Record<string, readonly string[]>> = {
  ...identifierNames('identifier', ['identifiers', 'registration_number', 'event_id']),
  event_type: ['vital_event_type', 'vital_event'],
  event_date: ['date_of_event'],
};

interface Edge {
  readonly path: string;
  readonly names: readonly string[];
  readonly record: string;
}

/** To a nested record, by its canonical path and other spellings; `''`: it may be left out. */
function edge(path: string, record: string, ...spellings: readonly string[]): Edge {
  return { path, record, names: [path, ...spellings] };
}

const EDGES: Readonly<Record<string, readonly Edge[]>> = {
  Member: [edge('demographic_info', 'Person', 'demographics', 'person', '')],
  Group: [
    edge('member_list', 'Member', 'members', 'member', 'group_members'),
    edge('group_head_info', 'Member', 'group_head', 'head', 'household_head'),
  ],
  Farmer: [
    edge('famer_personal_details', 'Member', 'farmer_personal_details', 'personal_details', 'member', ''),
    edge('family_details', 'Group', 'family', 'household'),
  ],
  DisabledPerson: [edge('personal_details', 'Person', 'person', 'member', '')],
  Beneficiary: [edge('member', 'Member', 'beneficiary', ''), edge('group', 'Group', 'household', 'family')],
  VitalEvent: [edge('person', 'Person', 'subject', '')],
};

const canonicalByName = (table: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(table).flatMap(([path, names]) => names.map((name): [string, string] => [name, path])));

const TABLES: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ['Person', canonicalByName(PERSON)],
  ['Member', canonicalByName(MEMBER)],
  ['Group', canonicalByName(GROUP)],
  ['Farmer', canonicalByName(OTHER_DOMAINS)],
  ['DisabledPerson', canonicalByName(OTHER_DOMAINS)],
  ['Beneficiary', canonicalByName({ ...OTHER_DOMAINS, ...ENROLMENT })],
  ['VitalEvent', canonicalByName(VITAL_EVENT)],
]);

const LONGEST_NAME = 200; // our longest canonical path has half of that

/** `birthDate`, `DOB`, `pin-code` → `birth_date`, `dob`, `pin_code`. */
const snake = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();

/**
 * Canonical paths that a name may stand for in this record type, best first; the name itself is the first. Nothing
 * is looked up here: a candidate counts only where the model has it.
 */
export const candidatePaths = (name: string, recordType: string): readonly string[] => {
  if (name.length > LONGEST_NAME) return [name];
  const plain = snake(name);
  const own = `${snake(recordType)}.`;
  return [
    name,
    ...within(plain, recordType),
    ...(plain.startsWith(own) ? within(plain.slice(own.length), recordType) : []),
  ];
};

const within = (name: string, recordType: string): readonly string[] => {
  const alias = TABLES.get(recordType)?.get(name);
  const nested = (EDGES[recordType] ?? []).flatMap((edge) =>
    edge.names.flatMap((spelling) => {
      if (spelling === name) return [edge.path];
      const rest =
        spelling === '' ? name : name.startsWith(`${spelling}.`) ? name.slice(spelling.length + 1) : undefined;
      return rest === undefined ? [] : within(rest, edge.record).map((path) => `${edge.path}.${path}`);
    }),
  );
  return [name, ...(alias === undefined ? [] : [alias]), ...nested];
};

/** `identifier` compared with a plain value means its value; `type` and `value` are what GraphQL and OpenCRVS write. */
function identifierNames(list: string, others: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const lists = [list, ...others];
  return {
    [`${list}.identifier_value`]: [
      'identifier_value',
      'id_value',
      ...lists,
      ...lists.flatMap((each) => [`${each}.value`, `${each}.identifier_value`]),
    ],
    [`${list}.identifier_type`]: [
      'identifier_type',
      'id_type',
      ...lists.flatMap((each) => [`${each}.type`, `${each}.identifier_type`]),
    ],
  };
}

function addressNames(): Readonly<Record<string, readonly string[]>> {
  return {
    'address.postal_code': ['postal_code', 'postcode', 'zip', 'zip_code', 'pin_code', 'address.zip_code'],
    'address.locality': ['locality', 'city', 'address.city'],
    'address.sub_region_code': ['sub_region_code'],
    'address.region_code': ['region_code'],
    'address.country_code': ['country_code', 'country'],
    'address.address_line_1': ['address_line_1'],
    'address.address_line_2': ['address_line_2'],
  };
}
