import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError, formatProblem } from '../../src/config/source.ts';
import type { RegistryRights } from '../../src/security/rights.ts';
import { configFolder, REGISTRY } from '../support/config-folder.ts';

const registryWith = (scopes: string): string =>
  REGISTRY.replace('domain: social', `domain: social\n    scopes: ${scopes}`);

const load = async (scopes: string, rights: string): Promise<RegistryRights | undefined> => {
  const partners = `  h: { client_id: h, sender_ids: [h], registries: { social: ${rights} } }`;
  using folder = configFolder(`partners:\n${partners}\nregistries:${registryWith(scopes)}`);
  const { partners: loaded } = await loadConfig({ file: folder.file, env: {} });
  return loaded[0]?.partner.registries.get('social');
};

const problemOf = async (scopes: string, rights = '{ records: {} }'): Promise<string> => {
  try {
    await load(scopes, rights);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(formatProblem).join('\n');
  }
  return '';
};

const SCOPES =
  '{ basic: { Person: [birth_date], Group: { fields: all } }, more: { Person: { fields: [sex], identifier_types: [UIN] } } }';

test('rights hold what their scopes hold, beside what they say themselves', async () => {
  const rights = await load(
    SCOPES,
    '{ scopes: [basic, more], records: { Person: { attributes: [sex], rows: { sex: female } } } }',
  );
  const person = rights?.records.get('Person');
  assert.deepEqual([person?.fields, person?.attributes], [['birth_date', 'sex'], ['sex', 'birth_date']]); // biome-ignore format: one look
  assert.deepEqual(person?.identifierTypes, ['UIN']);
  assert.ok(person?.rows, 'the row filter stays');
  assert.deepEqual(rights?.records.get('Group'), { fields: 'all', attributes: [], identifierTypes: [] });
});

test('rights hold nothing of scopes that they do not name', async () => {
  const rights = await load(SCOPES, '{ scopes: [more] }');
  assert.deepEqual([...(rights?.records.keys() ?? [])], ['Person']);
  assert.deepEqual(rights?.records.get('Person')?.fields, ['sex']);
  assert.equal((await load(SCOPES, '{}'))?.records.size, 0);
});

test('mistakes are told with their place and a fix', async () => {
  assert.match(await problemOf(SCOPES, '{ scopes: [basics] }'), /:2:\d+ partners\.h\.registries\.social\.scopes\.0 cannot be: .*no scope basics.*did you mean basic\?/s); // biome-ignore format: one look
  assert.match(await problemOf('{ a: { Cow: [name] } }'), /registries\.social\.scopes\.a\.Cow cannot be: registry social has no record type Cow/); // biome-ignore format: one look
  assert.match(await problemOf('{ a: { Person: [birthdate] } }'), /:\d+:\d+ registries\.social\.scopes\.a\.Person cannot be: Person has no field birthdate.*did you mean birth_date\?/s); // biome-ignore format: one look
  assert.match(await problemOf('{ a: { Person: { field: [sex] } } }'), /did you mean fields\?/);
  assert.match(await problemOf('{ a: { Person: everything } }'), /scopes\.a\.Person/);
  assert.equal(await problemOf(SCOPES), '');
});
