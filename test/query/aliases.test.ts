import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidatePaths } from '../../src/query/aliases.ts';
import { findAttribute } from '../../src/query/names.ts';
import { MODELS } from '../support/models.ts';

const NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Person: {
    birth_date: 'birth_date birthdate birthDate dob DOB date_of_birth birthday person.birth_date',
    sex: 'sex gender Gender SEX',
    'name.given_name': 'name.given_name given_name givenName first_name name.first_name name.givenName',
    'name.surname': 'name.surname surname family_name familyName last_name name.family_name',
    'name.second_name': 'second_name middle_name addl_name',
    phone_number: 'phone_number phone mobile MOBILE phone_no mobile-number',
    email: 'email email_address',
    'identifier.identifier_value':
      'identifier.identifier_value identifier.value identifier_value identifier person_identifier person.identifier id',
    'identifier.identifier_type': 'identifier.identifier_type identifier.type identifier_type id_type',
    'address.postal_code': 'address.postal_code postal_code pin-code zip_code',
    'address.locality': 'locality city address.city',
    'address.region_code': 'region_code region',
    'area_id.code': 'area_id.code',
  },
  Member: {
    'demographic_info.birth_date':
      'demographic_info.birth_date birth_date dob demographic_info.DOB member.birthdate person.dob',
    'demographic_info.name.surname': 'surname demographic_info.family_name member.demographic_info.name.surname',
    'demographic_info.identifier.identifier_value':
      'demographic_info.identifier.identifier_value demographic_info.identifier.value',
    'member_identifier.identifier_value':
      'member_identifier identifier identifier_value member_identifier.value member.member_identifier',
    is_disabled: 'is_disabled disabled',
    marital_status: 'marital_status civil_status',
  },
  Group: {
    'group_identifier.identifier_value':
      'group_identifier identifier household_identifier group_identifier.value household_id',
    group_size: 'group_size household_size family_size group.group_size',
    'member_list.demographic_info.birth_date':
      'member_list.demographic_info.birth_date members.birth_date member_list.dob member.demographic_info.dob',
    'member_list.member_identifier.identifier_value': 'members.identifier member_list.member_identifier.value',
    'group_head_info.demographic_info.sex':
      'group_head_info.demographic_info.sex head.gender group_head.sex household_head.sex',
  },
};

for (const [type, paths] of Object.entries(NAMES)) {
  for (const [path, names] of Object.entries(paths)) {
    test(`${type} ${path} is found by ${names}`, () => {
      const model = MODELS.get(type);
      assert.ok(model);
      for (const name of names.split(' ')) assert.equal(findAttribute(name, model)?.path, path, name);
    });
  }
}

const CANDIDATES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  DisabledPerson: {
    'identifier.identifier_value': 'member.member_identifier identifier person_identifier disabled_person.identifier',
    'personal_details.birth_date': 'birth_date dob person.dob personal_details.birthDate',
  },
  Beneficiary: {
    'identifier.identifier_value': 'person_identifier identifier.value',
    'programme_identifier.programme.programme_identifier':
      'programme_identifier.program.programme_identifier programme_identifier program_identifier',
    'member.programme_identifier.programme.programme_identifier':
      'programme_identifier.program.programme_identifier programme_identifier',
    'member.programme_identifier.enrolment_status': 'enrollment_status member.enrolment_status',
    'member.demographic_info.sex': 'gender beneficiary.demographic_info.sex member.sex',
  },
  VitalEvent: {
    'identifier.identifier_value': 'identifier registration_number',
    'person.identifier.identifier_value': 'person.person_identifier person.identifier',
    'person.birth_date': 'dob person.birth_date subject.dob',
  },
  Farmer: {
    'famer_personal_details.demographic_info.birth_date': 'birth_date dob farmer_personal_details.dob',
    'family_details.group_size': 'family.household_size household.group_size',
  },
};

for (const [type, paths] of Object.entries(CANDIDATES)) {
  for (const [path, names] of Object.entries(paths)) {
    test(`${type} ${path} may be written ${names}`, () => {
      for (const name of names.split(' ')) assert.ok(candidatePaths(name, type).includes(path), name);
    });
  }
}

test('a name that could mean several things, or nothing, is found nowhere', () => {
  const group = MODELS.get('Group');
  assert.ok(group);
  // Whose? The head's, a member's, all members'?
  for (const name of [
    'birth_date',
    'dob',
    'sex',
    'surname',
    'is_disabled',
    'members',
    '',
    '.',
    'member_list.',
    'toString',
  ]) {
    assert.equal(findAttribute(name, group), undefined, name);
  }
});
