import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError, ItemRejection } from '../../src/errors.ts';
import { agreeRecordType, normaliseRecordType } from '../../src/query/record-types.ts';

const SPELLINGS: Readonly<Record<string, string>> = {
  Person:
    'Person person PERSON SRPerson spdci-extensions-dci:Person CRVS_Person CRVSPerson Individual persons spdci:Person',
  Member: 'Member member spdci-extensions-dci:Member spdci:member members https://schema.spdci.org/core/v1/Member',
  Group: 'Group group Household household FAMILY families spdci:Group groups',
  Farmer: 'Farmer spdci-extensions-dci:Farmer FRPerson',
  DisabledPerson: 'DisabledPerson spdci-extensions-dci:DisabledPerson DRPerson disabled_person',
  Beneficiary: 'Beneficiary beneficiary',
  VitalEvent: 'VitalEvent vital_event spdci-extensions-dci:VitalEvent CRVSEvent life-event',
  Clinic: 'Clinic ns:org:Clinic',
};

for (const [type, names] of Object.entries(SPELLINGS)) {
  test(`${type} is spelled ${names}`, () => {
    for (const name of names.split(' ')) assert.equal(normaliseRecordType(name), type, name);
  });
}

test('what is no name is no record type', () => {
  for (const name of ['', ':', 'a b', '1', '__proto__', 'Person;', 'x'.repeat(100), 'ns:']) {
    assert.equal(normaliseRecordType(name), undefined, name);
  }
});

test('all names in a request agree, or it is refused', () => {
  assert.equal(agreeRecordType([undefined, '', undefined]), undefined);
  assert.equal(agreeRecordType(['SRPerson', undefined, 'person', 'spdci-extensions-dci:Person']), 'Person');
  assert.throws(() => agreeRecordType(['Person', 'Group']), ItemRejection);
  assert.throws(() => agreeRecordType(['Person', undefined, 'member']), ItemRejection);
  assert.throws(() => agreeRecordType(['no name']), GatewayError);
});
