/** Every file of config/examples loads, and answers searches over its database through HTTP. */

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import {
  EXAMPLES,
  type ExamplePartner,
  exampleSql,
  type RunningExample,
  startExample,
  statementsOf,
} from './support/examples.ts';
import { freePort } from './support/local-server.ts';
import { type DatabaseServer, startMariadb, startPostgres } from './support/servers.ts';
import { FRONT_AS_PARTNER, startUpstream } from './support/upstream-pair.ts';

const SECRET = 'example-secret-1234567890';
const SOCIAL: ExamplePartner = { clientId: 'social', clientSecret: SECRET, senderId: 'social.gov.example' };
const HEALTH: ExamplePartner = { clientId: 'health', clientSecret: SECRET, senderId: 'health.gov.example' };

const id = (type: string, value: string) => ({ type, value });
const is = (attribute: string, value: unknown, operator = 'eq') => ({ seq: [{ attribute, operator, value }] });
const GROUP = { reg_record_type: 'Group' };
const valuesOf = (list: readonly { identifier_value: string }[]) => list.map((each) => each.identifier_value);

test('every example has a test here, domains.yaml one in domain-examples.test.ts, openspp.yaml one beside its plugin', () => {
  const files = readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml'));
  const here = ['composite.yaml', 'csv.yaml', 'openmrs.yaml', 'passthrough.yaml', 'postgres.yaml', 'sqlite.yaml'];
  const elsewhere = ['domains.yaml', 'openspp.yaml'];
  assert.deepEqual(files.toSorted(), [...here, ...elsewhere].toSorted());
});

const started: AsyncDisposable[] = [];
let mariadb: DatabaseServer | undefined;
let postgres: DatabaseServer | undefined;
before(async () => {
  [mariadb, postgres] = await Promise.all([startMariadb(), startPostgres()]);
  for (const server of [mariadb, postgres]) if (server !== undefined) started.push(server);
});
after(async () => {
  for (const each of started.toReversed()) await each[Symbol.asyncDispose]();
});

const running = async (start: () => Promise<RunningExample>): Promise<RunningExample> => {
  const example = await start();
  started.push(example);
  return example;
};

describe('composite.yaml on MariaDB', () => {
  let example: RunningExample | undefined;
  before(async () => {
    if (mariadb === undefined) return;
    const options = 'character set latin1 collate latin1_swedish_ci';
    const url = await mariadb.createDatabase(statementsOf(exampleSql('composite.sql')), options);
    example = await running(() => startExample('composite.yaml', { REG_URL: url, HEALTH_SECRET: SECRET }, HEALTH));
  });

  test('an identifier put together from the key is taken apart, and finds one person', async (t) => {
    if (example === undefined) return t.skip('no MariaDB');
    const { records, total } = await example.search(id('urn:gov:social-registry', '01-01-000007-1'));
    assert.equal(total, 1);
    assert.deepEqual(valuesOf(records[0].identifier), ['00123456', '01-01-000007-1']);
    assert.deepEqual(records[0].name, { surname: 'Muñoz Pérez', given_name: 'Ana' });
    assert.equal(records[0].sex, 'female');
    assert.deepEqual(records[0].phone_number, ['900000001']);
    assert.equal(records[0].registration_date, '2012-05-01T14:30:00Z', 'Lima is five hours behind');
    for (const value of ['01-01-7-1', '1-01-000007-1', '01-01-000007-01', '01-01-000007-4', '01-01-000007']) {
      assert.equal((await example.search(id('urn:gov:social-registry', value))).total, 0, value);
    }
  });

  test('values compare exactly on a folding collation: zeros, letters, case and accents count', async (t) => {
    if (example === undefined) return t.skip('no MariaDB');
    const dnis = [
      ['00123456', 1],
      ['123456', 1],
      ['00123456A', 1],
      ['0123456', 0],
      ['00123456a', 0],
      ['', 0],
    ] as const;
    for (const [value, count] of dnis)
      assert.equal((await example.search(id('urn:gov:dni', value))).total, count, value);
    assert.equal((await example.search(is('name.surname', 'Muñoz Pérez'))).total, 1);
    assert.equal((await example.search(is('name.surname', 'munoz perez'))).total, 0);
    assert.equal((await example.search(is('name.surname', 'Munoz Perez'))).total, 1);
  });

  test('zero dates and placeholders are no birth dates; deleted members are nowhere', async (t) => {
    if (example === undefined) return t.skip('no MariaDB');
    const { records } = await example.search(id('urn:gov:dni', '00123456A'));
    assert.equal('birth_date' in records[0], false);
    assert.equal((await example.search(is('birth_date', '1900-01-01'))).total, 0);
    assert.equal((await example.search(id('urn:gov:dni', '00999999'))).total, 0);
    const group = await example.search(id('urn:gov:household', '01-01-000007'), GROUP);
    assert.equal(group.records[0].group_size, 3);
    assert.equal(group.records[0].member_list.length, 3);
    assert.equal(group.records[0].group_head_info.demographic_info.name.given_name, 'Ana');
    assert.equal(group.records[0].poverty_score, 23.5);
    assert.equal((await example.search(id('urn:gov:household', '02-01-000121'), GROUP)).total, 0, 'closed');
  });

  test('what the partner may not ask by is refused like an unknown name', async (t) => {
    if (example === undefined) return t.skip('no MariaDB');
    assert.equal((await example.search(is('sex', 'female'))).code, 'rjct.search_criteria.invalid');
  });

  test('two tables make one hierarchy of areas', async (t) => {
    if (example === undefined) return t.skip('no MariaDB');
    const response = await fetch(`${example.url}/.well-known/locations.json`);
    const { locations } = (await response.json()) as { locations: readonly Record<string, unknown>[] };
    const found = locations.map((each) => [each.id, each.name, each.parent_id ?? null]);
    assert.deepEqual(found.toSorted(), [
      ['01', 'Costa', null],
      ['0101', 'Puerto Nuevo', '01'],
      ['0102', 'Ñuñoa Baja', '01'],
      ['02', 'Sierra', null],
      ['0201', 'Alto Río', '02'],
    ]);
  });
});

describe('openmrs.yaml on MariaDB', () => {
  let example: RunningExample | undefined;
  before(async () => {
    if (mariadb === undefined) return;
    const url = await mariadb.createDatabase(statementsOf(exampleSql('openmrs.sql')), 'character set utf8mb3');
    example = await running(() => startExample('openmrs.yaml', { OMRS_URL: url, SOCIAL_SECRET: SECRET }, SOCIAL));
  });

  test('an identifier finds its patient, with what this partner may see and nothing else', async (t) => {
    if (example === undefined) return t.skip('no MariaDB');
    const { records, total } = await example.search(id('urn:gov:national-id', '0012345'));
    assert.equal(total, 1);
    const { '@context': _, '@type': __, ...fields } = records[0];
    assert.deepEqual(fields, {
      identifier: [{ identifier_type: 'urn:gov:national-id', identifier_value: '0012345' }],
      name: { prefix: 'Ms', given_name: 'Wanjikũ', second_name: 'Ann', surname: 'Kamau' },
      sex: 'female',
      birth_date: '1985-06-15',
    });
    const dead = await example.search(id('urn:gov:national-id', '12345'));
    assert.equal(dead.records[0].death_date, '2022-05-05');
    assert.equal(dead.records[0].birth_date, '1950-07-12');
  });

  test('other identifier types and other ways of searching are not this partner’s', async (t) => {
    if (example === undefined) return t.skip('no MariaDB');
    const mrn = await example.search(id('urn:gov:mrn', 'MRN-0001'));
    assert.equal(mrn.records.length, 0);
    assert.notEqual(mrn.status, 'succ');
    assert.equal((await example.search(is('name.surname', 'Kamau'))).records.length, 0);
  });
});

describe('postgres.yaml on PostgreSQL', () => {
  let example: RunningExample | undefined;
  before(async () => {
    if (postgres === undefined) return;
    const url = await postgres.createDatabase([exampleSql('postgres.sql')]);
    example = await running(() => startExample('postgres.yaml', { CIVIL_URL: url, SOCIAL_SECRET: SECRET }, SOCIAL));
  });

  test('the current version is found and older ones are not', async (t) => {
    if (example === undefined) return t.skip('no PostgreSQL');
    const { records, total } = await example.search(id('UIN', '1001'));
    assert.equal(total, 1);
    assert.deepEqual(records[0].name, { surname: 'Tesfaye', given_name: 'ማርታ', maiden_name: 'Abebe' });
    assert.deepEqual(valuesOf(records[0].identifier), ['1001', '000123'], 'passports are not for this partner');
    assert.equal((await example.search(is('name.surname', 'Abebe'))).total, 0, 'her former name');
    assert.equal((await example.search(is('name.surname', 'TESFÀYE'))).total, 3, 'without case and accents');
    assert.equal(
      (await example.search(id('urn:gov:national-id', '123'))).records[0].identifier[0].identifier_value,
      '1002',
    );
  });

  test('the partner’s rows leave out the dead, other regions and the deleted, also in counts', async (t) => {
    if (example === undefined) return t.skip('no PostgreSQL');
    for (const uin of ['1004', '1005', '9999']) assert.equal((await example.search(id('UIN', uin))).total, 0, uin);
    assert.equal((await example.search(id('urn:gov:national-id', '000555'))).total, 0);
    assert.equal((await example.search(is('birth_date', '1988-01-01'))).total, 0, 'an estimated birth date is none');
    assert.equal((await example.search(is('birth_date', '1991-03-08'))).total, 1);
  });

  test('a household has its present members and its head; a dissolved one is gone', async (t) => {
    if (example === undefined) return t.skip('no PostgreSQL');
    const { records } = await example.search(id('urn:gov:household', '7'), GROUP);
    assert.equal(records[0].group_size, 3);
    assert.equal(records[0].poverty_score, 41.5);
    assert.equal(records[0].group_head_info.demographic_info.name.given_name, 'Dawit');
    assert.deepEqual(
      records[0].member_list.map(
        (each: { demographic_info: { name: { given_name: string } } }) => each.demographic_info.name.given_name,
      ),
      ['Dawit', 'ማርታ', 'Zoë'],
    );
    assert.equal((await example.search(id('urn:gov:household', '8'), GROUP)).total, 0);
  });
});

describe('sqlite.yaml', () => {
  let example: RunningExample | undefined;
  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dci-example-db-'));
    started.push({ [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }) });
    const file = join(folder, 'beneficiaries.db');
    const database = new DatabaseSync(file);
    database.exec(exampleSql('sqlite.sql'));
    database.close();
    example = await running(() =>
      startExample('sqlite.yaml', { BENEFICIARIES_DB: file, SOCIAL_SECRET: SECRET }, SOCIAL),
    );
  });

  test('odd types come out as DCI values, and impossible ones are left out', async () => {
    const { records, total } = (await example?.search(id('urn:gov:card', '0000012345'))) ?? assert.fail();
    assert.equal(total, 1);
    assert.equal(records[0].birth_date, '1975-12-31');
    assert.equal(records[0].registration_date, '2009-01-31');
    assert.deepEqual(records[0].phone_number, ['900000001', '900000002']);
    assert.equal(records[0].is_disabled, false);
    const pedro = (await example?.search(id('urn:gov:beneficiary', 'B000004'))) ?? assert.fail();
    assert.equal('birth_date' in pedro.records[0], false, '30 February');
    assert.equal('registration_date' in pedro.records[0], false);
    assert.equal(
      'is_disabled' in ((await example?.search(id('urn:gov:beneficiary', 'B000003')))?.records[0] ?? {}),
      false,
    );
  });

  test('columns that fold case are compared exactly, struck-off rows are gone', async () => {
    const count = async (query: unknown) => (await example?.search(query))?.total;
    assert.equal(await count(is('name.surname', 'SANTOS')), 1);
    assert.equal(await count(is('name.surname', 'SANTOS ')), 1);
    assert.equal(await count(is('name.surname', 'Santos')), 1);
    assert.equal(await count(is('name.surname', 'santos')), 0);
    assert.equal(await count(id('urn:gov:card', '12345')), 1);
    assert.equal(await count(id('urn:gov:card', '0000012347')), 0);
  });

  test('a day can be asked for where dates are dd/mm/yyyy text, a range is refused; where they are yyyymmdd both work', async () => {
    const selective = (more: object) => ({
      seq: [{ attribute: 'name.surname', operator: 'eq', value: 'SANTOS' }, more],
    });
    const born = { attribute: 'birth_date', operator: 'eq', value: '1975-12-31' };
    assert.equal((await example?.search(selective(born)))?.total, 1);
    const range = await example?.search(selective({ ...born, operator: 'ge' }));
    assert.equal(range?.code, 'rjct.search_criteria.invalid');
    const since = { attribute: 'registration_date', operator: 'lt', value: '2009-06-01' };
    assert.equal((await example?.search(selective(since)))?.total, 1);
  });

  test('a family has its head by -1 and its members', async () => {
    const { records } = (await example?.search(id('urn:gov:family', 'F000010'), GROUP)) ?? assert.fail();
    assert.equal(records[0].group_head_info.demographic_info.name.given_name, 'MARIA');
    assert.equal(records[0].member_list.length, 3);
    assert.equal(records[0].poverty_score, 12.5);
    assert.equal(records[0].last_updated, '2009-11-30T10:00:00Z');
  });
});

describe('csv.yaml', () => {
  let example: RunningExample | undefined;
  before(async () => {
    example = await running(() => startExample('csv.yaml', { SOCIAL_SECRET: SECRET }, SOCIAL));
  });

  test('a line of a windows-1252 file becomes a person', async () => {
    const { records, total } = (await example?.search(id('urn:gov:national-id', '00778899'))) ?? assert.fail();
    assert.equal(total, 1);
    const { '@context': _, '@type': __, ...fields } = records[0];
    assert.deepEqual(fields, {
      identifier: [
        { identifier_type: 'urn:gov:national-id', identifier_value: '00778899' },
        { identifier_type: 'urn:gov:census', identifier_value: '0001' },
      ],
      name: { surname: 'Müller', given_name: 'Änne' },
      sex: 'female',
      birth_date: '1984-09-03',
      phone_number: ['900000001'],
      address: [{ locality: 'Neudorf' }],
      last_updated: '2024-02-01',
    });
  });

  test('converted dates take ranges, folded names every spelling, and the bad line is left out', async () => {
    const count = async (query: unknown) => (await example?.search(query))?.total;
    assert.equal(await count(is('name.surname', 'muller')), 3);
    const young = {
      seq: [...is('name.surname', 'MÜLLER').seq, { attribute: 'birth_date', operator: 'ge', value: '1980-01-01' }],
    };
    assert.equal(await count(young), 2);
    assert.equal(await count(id('urn:gov:census', '0006')), 0, 'born on 31 February');
    assert.equal(await count(id('urn:gov:national-id', 'N/A')), 0);
    assert.equal(await count(is('birth_date', '2020-02-29')), 1);
  });

  test('households are made out of the lines', async () => {
    const { records } = (await example?.search(id('urn:gov:household', 'H-01'), GROUP)) ?? assert.fail();
    assert.equal(records[0].group_size, 3);
    assert.equal(records[0].poverty_score, 33.5);
    assert.equal(records[0].group_head_info.demographic_info.name.given_name, 'Änne');
    const limits = records[0].member_list.map(
      (each: { disability_info?: readonly object[] }) => each.disability_info?.length,
    );
    assert.deepEqual(limits, [undefined, 2, undefined]);
  });
});

test('passthrough.yaml in front of another gateway: some fields, one identifier type, two regions', async () => {
  const port = await freePort();
  await using upstream = await startUpstream(port, { sender_ids: ['gateway.example.org'] });
  const env = {
    ...{ UPSTREAM_URL: `${upstream.url}/registry`, UPSTREAM_KEYS_URL: `${upstream.url}/.well-known/jwks.json` },
    ...{ UPSTREAM_CLIENT_ID: FRONT_AS_PARTNER.client_id, UPSTREAM_CLIENT_SECRET: FRONT_AS_PARTNER.client_secret },
    SOCIAL_SECRET: SECRET,
  };
  await using front = await startExample('passthrough.yaml', env, SOCIAL, port);
  const { records } = await front.search(id('urn:gov:national-id', '12345678'));
  assert.deepEqual(Object.keys(records[0]).toSorted(), ['@context', '@type', 'birth_date', 'identifier', 'name']);
  assert.equal((await front.search(is('birth_date', '1990-05-17'))).status, 'rjct');
});
